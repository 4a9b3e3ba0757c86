"""Rows of iris flowers, real (Fisher 1936, by way of scikit-learn) and made up."""

from __future__ import annotations

import numpy as np

from core.errors import InvalidSetting
from core.limits import TABLE_ROWS as MOST_ROWS
from core.words import mark, say

FEATURES = (mark("sepal length"), mark("sepal width"), mark("petal length"), mark("petal width"))
"""In centimetres."""
SPECIES = ("setosa", "versicolor", "virginica")
FLOWERS = ("alba", "rosea", "aurea", "gigas")
"""Four species that do not exist."""
LOW, HIGH = 0.0, 30.0
"""Limits of a measurement in a table, in centimetres."""

# Centres of the made-up species. They overlap in each single measurement, and pairs differ by one or two only, so that
# a network has to combine what it sees, as the base learned to do on the real ones.
CENTRES = np.array(
    [[5.4, 3.6, 2.4, 0.3], [6.6, 3.0, 2.2, 1.1], [5.6, 2.6, 4.9, 1.0], [7.2, 3.4, 6.6, 2.4]], dtype=np.float32
)
SPREAD = 0.25
"""Standard deviation within a made-up species in centimetres, near that of real irises' petals and sepals (0.1-0.6)."""


def real_rows() -> tuple[np.ndarray, np.ndarray]:
    """All 150 flowers, (150, 4) float32 in centimetres, and their species 0 to 2."""
    from sklearn.datasets import load_iris

    bunch = load_iris()
    return bunch.data.astype(np.float32), bunch.target.astype(np.int64)


def stratified_split(species: np.ndarray, held_out: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers to train on (120) and to validate on (30), ``held_out`` of each species; always the same split."""
    rng = np.random.default_rng(0)
    kept = np.concatenate([rng.permutation(np.flatnonzero(species == s))[:held_out] for s in np.unique(species)])
    return np.setdiff1d(np.arange(len(species)), kept), np.sort(kept)


def made_up_rows(
    per_species: int, spread: float, seed: int, centres: np.ndarray = CENTRES
) -> tuple[np.ndarray, np.ndarray]:
    """``per_species`` flowers of each made-up species around its centre, rounded to a millimetre as a ruler would.

    Args:
        spread: standard deviation of each measurement in centimetres; 0 gives the centres themselves.
    """
    rng = np.random.default_rng(seed)
    species = np.repeat(np.arange(len(centres)), per_species)
    rows = centres[species] + spread * rng.standard_normal((len(species), 4))
    return np.clip(np.round(rows, 1), 0.1, HIGH).astype(np.float32), species


def write_table(rows: np.ndarray, species: np.ndarray) -> str:
    """A table as one line of text, for RunSpec: ``rows:5.1,3.5,1.4,0.2,0;…``."""
    return "rows:" + ";".join(
        ",".join(f"{x:g}" for x in row) + f",{s}" for row, s in zip(rows.tolist(), species.tolist(), strict=True)
    )


def read_table(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The inverse of `write_table`, for text from anywhere.

    Raises:
        InvalidSetting: naming the row that is wrong.
    """
    lines = [line for line in text.removeprefix("rows:").split(";") if line.strip()]
    if not text.startswith("rows:") or not len(FLOWERS) <= len(lines) <= MOST_ROWS:
        what = say("The table (data) must be rows: and {least} to {most} rows.", least=len(FLOWERS), most=MOST_ROWS)
        raise InvalidSetting("data", what, text)
    parsed = [_read_row(i, line) for i, line in enumerate(lines, 1)]
    rows, species = np.array([r for r, _ in parsed], np.float32), np.array([s for _, s in parsed])
    for number, name in enumerate(FLOWERS):
        if not (species == number).any():
            what = say("The table (data) has no flower of the species {name}.", name=name)
            raise InvalidSetting("data", what, None, say("Add one row at least."))
    return rows, species


def _read_row(number: int, line: str) -> tuple[list[float], int]:
    cells = line.split(",")
    try:
        values, species = [float(c) for c in cells[:-1]], int(cells[-1])
    except ValueError:
        values, species = [], -1
    if len(values) == 4 and all(LOW < v <= HIGH for v in values) and 0 <= species < len(FLOWERS):
        return values, species
    what = say(
        "Row {number} of the table (data) must be four lengths above 0 up to {most:g} cm and a species.",
        number=number,
        most=HIGH,
    )
    raise InvalidSetting("data", what, line, say("Fill in all five cells, or remove the row."))
