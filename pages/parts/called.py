"""How a run is called on a page: its look, its number, its name."""

from __future__ import annotations

import html

from core.charts.looks import in_short, swatch


def called(number: int, name: str = "") -> str:
    """As HTML; a name is somebody's text and escaped."""
    return f"{swatch(number)} {number}" + (f" · {html.escape(in_short(name))}" if name else "")
