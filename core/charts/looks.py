"""How a run of a run book looks on every page: a colour, a dash and a marker that go with its number."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache

from core.charts.palette import DASHES, ON_DARK, ON_LIGHT, RUN_COLORS, RUN_MARKERS
from core.words import language, mark, say

NAME_SHOWN = 28
"""Letters of a name that a legend has room for."""
SVG_DASHES = {
    mark("solid"): "",
    mark("dash"): "6 3",
    mark("dashdot"): "6 3 1.5 3",
    mark("longdash"): "10 3",
    mark("longdashdot"): "10 3 1.5 3",
}
SVG_MARKERS = {
    mark("circle"): "",
    mark("square"): "M13 2h8v8h-8z",
    mark("diamond"): "M17 1l5 5-5 5-5-5z",
    mark("triangle-up"): "M17 1l5.2 9H11.8z",
    mark("triangle-down"): "M17 11l5.2-9H11.8z",
    mark("cross"): "M15.5 1h3v3.5H22v3h-3.5V11h-3V7.5H12v-3h3.5z",
    mark("hourglass"): "M12.5 1.5h9L17 6l4.5 4.5h-9L17 6z",
}
"""Centred at (17, 6). A circle is no path."""


@dataclass(frozen=True)
class Look:
    """A colour (#rrggbb), a dash and a marker of Plotly's."""

    color: str
    dash: str
    marker: str

    def faint(self, opacity: float) -> str:
        """The colour let through, as Plotly and CSS write it."""
        red, green, blue = (int(self.color[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({red}, {green}, {blue}, {opacity:g})"


def look_of(number: int) -> Look:
    """The look of the run of this number: of any fifteen in a row no two have the same colour and dash, of a hundred
    no two the same colour, dash and marker. Training's, validation's and the best epoch's colours are never among
    them."""
    return Look(
        RUN_COLORS[number % len(RUN_COLORS)], DASHES[number % len(DASHES)], RUN_MARKERS[number % len(RUN_MARKERS)]
    )


def label_of(number: int, name: str = "", otherwise: str = "") -> str:
    """A run as a legend calls it: ``7 · its name · last run``. ``otherwise`` is said already. For Plotly: what would be
    markup is none."""
    words = " · ".join(part for part in (str(number) if number else "", in_short(name), otherwise) if part)
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def in_short(name: str) -> str:
    """As much of a name as there is room for."""
    return name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 1]}…"


def swatch(number: int) -> str:
    """The look of a run as a small picture for a page's HTML: its line with its marker."""
    return _swatch(number, language())


@lru_cache(maxsize=1_000)
def _swatch(number: int, spoken: str) -> str:
    """As ``spoken`` now: what it shows is said in it too."""
    look = look_of(number)
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="34" height="12" viewBox="0 0 34 12">'
        f"<style>svg{{color:{ON_LIGHT[look.color]}}}@media(prefers-color-scheme:dark){{svg{{color:{ON_DARK[look.color]}}}}}"
        f'</style><line x1="0" y1="6" '
        f'x2="34" y2="6" stroke="currentColor" stroke-width="2.5" stroke-dasharray="{SVG_DASHES[look.dash]}"/>'
        f"{_marker(look)}</svg>"
    )
    # A picture, since Streamlit takes an <svg> out of a page's HTML.
    data = base64.b64encode(picture.encode()).decode()
    about = say("{dash} line with {marker} markers", dash=say(look.dash), marker=say(look.marker))
    return (
        f'<img width="34" height="12" alt="{about}" title="{about}" style="vertical-align:-1px" '
        f'src="data:image/svg+xml;base64,{data}">'
    )


def _marker(look: Look) -> str:
    path = SVG_MARKERS[look.marker]
    if not path:
        return '<circle cx="17" cy="6" r="4" fill="currentColor"/>'
    return f'<path d="{path}" fill="currentColor"/>'
