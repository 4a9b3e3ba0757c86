"""python -m benchmarks {imdb,iris,cats_dogs,glove,app} [--repeats N]: a table, and last one JSON line."""

from __future__ import annotations

import argparse
import importlib
import sys

REPEATS = {"imdb": 3, "iris": 5, "cats_dogs": 3, "glove": 3, "app": 3}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast and how small.")
    parser.add_argument("name", choices=REPEATS)
    parser.add_argument("--repeats", type=int, help="times each way is measured, 1 or more (iris 5, the others 3)")
    given = parser.parse_args()
    if given.repeats is not None and given.repeats < 1:
        parser.error(f"--repeats must be 1 or more. Received {given.repeats}.")
    module = importlib.import_module(f"benchmarks.{given.name}")
    report = module.measure(given.repeats or REPEATS[given.name])
    print(report.table())
    print(report.json_line())
    return 0


if __name__ == "__main__":
    sys.exit(main())
