"""The teacher's page: what the class sees, and the class as dots."""

from __future__ import annotations

from pages.parts.frame import begin

begin("Teach")

from pages.parts.lab import open_lab
from pages.parts.teaching import draw_teaching

draw_teaching(open_lab())
