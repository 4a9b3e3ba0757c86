"""The run book: this browser's runs, what was changed from one to the next, and their curves over each other."""

from __future__ import annotations

from pages.parts.frame import begin

begin("Run book")

from pages.parts.book import draw_book

draw_book()
