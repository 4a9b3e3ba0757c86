"""Prints the seconds that preparing the reviews takes in a process that, as a warm worker, has loaded TensorFlow."""

from __future__ import annotations

import time


def main() -> None:
    from core.runs.worker import use_few_threads

    use_few_threads()
    import tensorflow_hub  # noqa: F401 - loaded beforehand

    from core.sources.reviews import load_reviews

    began = time.perf_counter()
    load_reviews("news20-stand-in")
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
