"""The lessons: what each is about, how far this browser has come, and which files could not be read."""

from __future__ import annotations

from core.words import mark
from pages.parts.frame import begin

begin(mark("Lessons"))

from pages.parts.lesson_list import draw_lessons

draw_lessons()
