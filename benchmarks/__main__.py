"""python -m benchmarks NAME [--repeats N]: a table, and last one JSON line. --help lists the names."""

from __future__ import annotations

import argparse
import importlib
import sys

REPEATS = {"imdb": 3, "iris": 5, "cats_dogs": 3, "glove": 3, "app": 3, "book": 3, "experiments": 3, "readings": 1}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast and how small.")
    parser.add_argument("name", choices=REPEATS)
    parser.add_argument("--repeats", type=int, help="times each way is measured, 1 or more (iris 5, the others 3)")
    parser.add_argument("--record", action="store_true", help="readings only: train the recorded curves anew first")
    given = parser.parse_args()
    if given.repeats is not None and given.repeats < 1:
        parser.error(f"--repeats must be 1 or more. Received {given.repeats}.")
    if given.record and given.name != "readings":
        parser.error(f"--record is for readings. Received it with {given.name}.")
    module = importlib.import_module(f"benchmarks.{given.name}")
    if given.record:
        module.record()
    report = module.measure(given.repeats or REPEATS[given.name])
    print(report.table())
    print(report.json_line())
    return 0


if __name__ == "__main__":
    sys.exit(main())
