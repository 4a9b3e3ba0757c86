"""The Okabe-Ito colours, which colour-blind eyes tell apart. Figures say the same by dash, mark or label."""

from __future__ import annotations

TRAINING = "#0072B2"
VALIDATION = "#D55E00"
VALIDATION_WASH = "rgba(213, 94, 0, 0.13)"
BEST = "#E69F00"

NEUTRAL = "#808080"
"""The grey that stands out from white and from near-black: endings, dividers, frozen layers."""

GHOSTS = ("#767676", "#828282", "#8C8C8C")
"""Greys for thin lines behind the others: 3:1 on either page as they are."""

OLD_TASK = "#009E73"
"""What a base knew before: always solid, with squares, and always named."""

EXPECTED = "#CC79A7"
"""What somebody expected before a run: always dotted, and always named."""

POSITIVE = "#009E73"
NEGATIVE = "#CC79A7"

SERIES = ("#56B4E9", "#CC79A7", "#009E73", "#F0E442")
"""Things side by side that have no colour of their own, such as reviews or layers: always with a label and a pattern.
The last, yellow, is too pale for a thin line."""

ON_LIGHT = {
    "#0072B2": "#0067A3", "#D55E00": "#C24A00", "#E69F00": "#B07C00", "#009E73": "#009470", "#CC79A7": "#C25E9B",
    "#56B4E9": "#3294CF", "#F0E442": "#857B00", "#808080": "#646464",
}  # fmt: skip
ON_DARK = {
    "#0072B2": "#2F94D8", "#D55E00": "#F07820", "#E69F00": "#F7C04A", "#009E73": "#2CCB9C", "#CC79A7": "#E0A0C4",
    "#56B4E9": "#82CCF5", "#F0E442": "#F0E442", "#808080": "#8C8C8C",
}  # fmt: skip
"""What charts draw for each colour, darker on a light page and lighter on a dark one: at least 3:1 on either."""

PATTERNS = ("", "/", ".", "x")
DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot")

RUN_COLORS = ("#56B4E9", "#CC79A7", "#009E73")
"""Runs side by side, each with a dash and a marker: see `core.charts.looks`."""
RUN_MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "triangle-down", "hourglass")
