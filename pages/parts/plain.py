"""Strangers' text inside Markdown."""

from __future__ import annotations

MARKUP = frozenset("\\`*_{}[]()#|$~:<>!&")


def plain(text: str) -> str:
    """As Markdown that shows just this text: whatever would be taken for markup has a backslash before it."""
    return "".join(f"\\{c}" if c in MARKUP else c for c in text)
