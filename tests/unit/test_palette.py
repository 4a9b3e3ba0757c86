"""Colours that charts draw: they stand out from light and dark pages, and eyes that lack a cone tell them apart."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from core.charts import palette
from core.charts.bars import moved_figure, number_bars, probability_bars
from core.charts.curves import Expected, Ghost, accuracy_figure, loss_figure
from core.charts.experiments import KEPT, RANDOM, TRAINED
from core.charts.looks import look_of
from core.charts.palette import DASHES, GHOSTS, ON_DARK, ON_LIGHT, RUN_COLORS, RUN_MARKERS, SERIES
from core.history import Epoch
from pages.parts import frame

PAPERS = {"light": ("#FFFFFF", "#F4F6F9"), "dark": ("#0E1117", "#171614", "#262730")}
INKS = {"light": ON_LIGHT, "dark": ON_DARK}
TEXT, GRAPHIC = 4.5, 3.0
"""The least contrast of WCAG 2.2: 1.4.3 for text, 1.4.11 for lines, bars and marks."""
APART = 12.0
"""The least distance in CIELAB between two lines of one chart: five times what an eye just notices."""

# Machado, Oliveira and Fernandes (2009), "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# severity 1.0, on linear RGB.
EYES = {
    "three cones": np.eye(3),
    "no red cone": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                             [-0.003882, -0.048116, 1.051998]]),
    "no green cone": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                               [-0.011820, 0.042940, 0.968881]]),
}  # fmt: skip
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(color: str) -> np.ndarray:
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(color: str, eye: np.ndarray) -> np.ndarray:
    ratio = XYZ @ np.clip(eye @ linear(color), 0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def drawn_together() -> set[frozenset[str]]:
    """Pairs of colours that stand as lines or bars in one chart."""
    groups = [
        (palette.TRAINING, palette.VALIDATION, palette.EXPECTED, palette.OLD_TASK, palette.NEUTRAL),
        (palette.TRAINING, *RUN_COLORS), (palette.VALIDATION, *RUN_COLORS), SERIES, (*SERIES[:3], palette.NEUTRAL),
        (palette.POSITIVE, palette.NEGATIVE, palette.NEUTRAL), tuple(look.color for look in (KEPT, TRAINED, RANDOM)),
    ]  # fmt: skip
    return {frozenset(pair) for group in groups for pair in itertools.combinations(group, 2)}


def test_the_measures_are_the_known_ones() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
    assert lab("#FF0000", np.eye(3)) == pytest.approx([53.2, 80.1, 67.2], abs=0.2)


def test_every_colour_has_an_ink_on_either_page() -> None:
    names = {value for value in vars(palette).values() if isinstance(value, str) and value.startswith("#")}
    assert names | {*SERIES, *RUN_COLORS} <= set(ON_LIGHT) == set(ON_DARK)


@pytest.mark.parametrize("theme", PAPERS)
def test_lines_and_bars_stand_out_from_the_page(theme: str) -> None:
    for ink, paper in itertools.product([*INKS[theme].values(), *GHOSTS], PAPERS[theme]):
        assert contrast(ink, paper) >= GRAPHIC, (ink, paper)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("theme", PAPERS)
def test_colours_of_one_chart_are_told_apart_by_every_eye(theme: str, eye: str) -> None:
    for one, other in map(sorted, drawn_together()):
        inks = INKS[theme][one], INKS[theme][other]
        distance = np.linalg.norm(np.subtract(*(lab(ink, EYES[eye]) for ink in inks)))
        assert distance >= APART, (inks, distance)


def test_text_of_the_page_stands_out() -> None:
    """The small texts that have a colour of their own: on light pages the first, on dark ones the second."""
    for name in ("--lab-up-text", "--lab-down-text", "--lab-chosen", "--lab-focus"):
        (pair,) = re.findall(rf"{name}: light-dark\((#\w+), (#\w+)\)", frame.STYLE)
        for theme, ink in zip(PAPERS, pair, strict=True):
            assert all(contrast(ink, paper) >= TEXT for paper in PAPERS[theme]), (name, ink)
    main = Path(frame.__file__).parents[2] / ".streamlit" / "config.toml"
    primary = re.findall(r'primaryColor = "(#\w+)"', main.read_text(encoding="utf-8"))
    on_primary = re.findall(r"--lab-on-primary: light-dark\((#\w+), (#\w+)\)", frame.STYLE)[0]
    assert contrast(primary[0], "#FFFFFF") >= TEXT and on_primary[0] == "#fff"
    assert contrast(primary[1], on_primary[1]) >= TEXT


def epochs(moved: dict[str, float] | None = None) -> list[Epoch]:
    return [Epoch(n, 1 / n, 0.5, 1.2 / n, 0.5, 0.01, moved=moved or {}) for n in range(1, 6)]


def looks(figure: dict[str, object]) -> list[tuple[str, ...]]:
    """How each named line or bar looks to somebody who sees no colour."""
    found = []
    for trace in figure["data"]:  # type: ignore[attr-defined]
        marker = trace.get("marker", {})
        shown = (trace.get("line", {}).get("dash"), str(trace.get("line", {}).get("width")), marker.get("symbol"),
                 str(marker.get("pattern", {}).get("shape")))  # fmt: skip
        if trace["x"] and trace.get("showlegend") is not False and trace.get("fill") is None:
            found.append(tuple(map(str, shown)))
    return found


@pytest.mark.parametrize(
    "figure",
    [
        loss_figure(epochs(), 5, None, [Ghost("last run", epochs())], expected=Expected([(1, 1.0), (5, 0.4)])),
        accuracy_figure(epochs(), 5, None, [Ghost("1", epochs(), 1), Ghost("2", epochs(), 2)]),
        moved_figure(epochs({f"layer {n}": 0.1 for n in range(5)}), [f"layer {n}" for n in range(5)], ["layer 4"]),
        number_bars([(f"review {n}", [0.1, -0.2, 0.3]) for n in range(4)]),
    ],
    ids=["loss", "accuracy", "moved", "numbers"],
)  # fmt: skip
def test_series_are_told_apart_without_colour(figure: dict[str, object]) -> None:
    seen = looks(figure)
    assert len(seen) >= 4 and len(set(seen)) == len(seen)


def test_runs_and_experiments_are_told_apart_without_colour() -> None:
    assert len({(look_of(n).dash, look_of(n).marker) for n in range(len(DASHES) * len(RUN_MARKERS))}) == 35
    assert len({(look.dash, look.symbol) for look in (KEPT, TRAINED, RANDOM)}) == 3
    (bar,) = probability_bars(["cat", "dog"], [0.3, 0.7])["data"]
    assert bar["text"] == ["30.0%", "70.0%"]
