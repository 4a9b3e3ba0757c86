"""The Okabe-Ito colours, which colour-blind eyes tell apart. Figures say the same by dash, mark or label."""

from __future__ import annotations

TRAINING = "#0072B2"
VALIDATION = "#D55E00"
VALIDATION_WASH = "rgba(213, 94, 0, 0.13)"
BEST = "#E69F00"

NEUTRAL = "#808080"
"""The grey that stands out from white and from near-black: endings, dividers, frozen layers."""

GHOSTS = ("rgba(128, 128, 128, 0.75)", "rgba(128, 128, 128, 0.55)", "rgba(128, 128, 128, 0.4)")

OLD_TASK = "#009E73"
"""What a base knew before: always solid, with squares, and always named."""

EXPECTED = "#CC79A7"
"""What somebody expected before a run: always dotted, and always named."""

POSITIVE = "#009E73"
NEGATIVE = "#CC79A7"

SERIES = ("#56B4E9", "#CC79A7", "#009E73", "#F0E442")
"""Things side by side that have no colour of their own, such as reviews or layers: always with a label and a pattern.
The last, yellow, is too pale for a thin line."""

PATTERNS = ("", "/", ".", "x")
DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot")

RUN_COLORS = ("#56B4E9", "#CC79A7", "#009E73")
"""Runs side by side, each with a dash and a marker: see `core.charts.looks`."""
RUN_MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "hourglass")
