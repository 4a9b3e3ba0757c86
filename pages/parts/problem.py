"""What went wrong in a callback, kept until the page has said it, and only in the language it was written in."""

from __future__ import annotations

from core.words import language
from pages.parts.form import Form


def keep_problem(form: Form, field: str, text: str | None) -> None:
    """Keep what went wrong; None or nothing forgets it."""
    form.put(field, (language(), text) if text else None)


def kept_problem(form: Form, field: str) -> str:
    """What was kept, where it is in the language spoken now."""
    written, text = form.get(field) or ("", "")
    return text if written == language() else ""
