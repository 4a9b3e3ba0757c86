"""The words a person reads, in the language they chose.

English stands in the code, where it is needed; every other language is one file beside this one, ``<code>.po``, in
gettext's format. `say` looks a sentence up there and fills in its values. What a file lacks is said in English.
`core.words.gather` finds all that is to be translated; ``python -m core words CODE`` begins a new language's file or
brings one up to date.

Who reads is known to the page alone: it says so once with `ask_reader`. Threads and worker processes that speak for
somebody do it under `speaking`; all others speak English.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

ENGLISH = "en"
FOLDER = Path(__file__).parent
OWN_NAMES = {ENGLISH: "English", "zh": "简体中文"}
"""What a language calls itself; one that is missing here goes by its code."""
CODE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,8})?")

_speaking: ContextVar[str | None] = ContextVar("language", default=None)
_reader: Callable[[], str | None] = lambda: None


@lru_cache(maxsize=1)
def languages() -> dict[str, str]:
    """All languages there are, by code, with their own names; English first."""
    codes = [ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po"))]
    return {code: OWN_NAMES.get(code, code) for code in codes}


def language() -> str:
    """The language spoken now."""
    return _speaking.get() or _reader() or ENGLISH


def ask_reader(reader: Callable[[], str | None]) -> None:
    """Have this asked for the reader's language; it returns None where nobody reads."""
    global _reader
    _reader = reader


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language in this thread, whoever reads."""
    before = _speaking.set(code if code in languages() else ENGLISH)
    try:
        yield
    finally:
        _speaking.reset(before)


def mark(text: str) -> str:
    """The text as it is. Marks a constant that `say` will be given, so that it gets into the language files."""
    return text


def mark_all(text: str) -> str:
    """`mark` for a text of several paragraphs, which `say_all` will be given."""
    return text


def say(text: str, /, **values: object) -> str:
    """A sentence in the language spoken, with its values filled in.

    Args:
        text: English, with the values' names and formats in braces: ``"{n:,} of {total:,} numbers will change."``
        values: by name. Without any, braces in the text are left alone.
    """
    code = language()
    found = text if code == ENGLISH or not text else _catalogue(code).gettext(text)
    return found.format(**values) if values else found


def say_many(one: str, many: str, n: int, /, **values: object) -> str:
    """`say` for a count: the form that the language has for so many. Both texts may use ``{n}``."""
    code = language()
    if code == ENGLISH:
        found = one if n == 1 else many
    else:
        found = _catalogue(code).ngettext(one, many, n)
    return found.format(n=n, **values)


def say_all(text: str) -> str:
    """A Markdown text in the language spoken, translated paragraph by paragraph: what is new in a long text does not
    take the rest of it back to English."""
    return "\n\n".join(say(part) for part in paragraphs(text))


def paragraphs(text: str) -> list[str]:
    """The parts of a text between blank lines, each as it stands in a language file. Lines that were broken for the
    editor are joined; a list's points and a table's rows keep theirs."""
    return [_joined(part) for part in re.split(r"\n\s*\n", text.strip())]


def _joined(part: str) -> str:
    return re.sub(r"[ \t]*\n[ \t]*(?![-*|>#]\s|\d+\.\s|\|)", " ", part.strip())


@lru_cache(maxsize=16)
def _catalogue(code: str) -> gettext.NullTranslations:
    """A language's sentences."""
    path = FOLDER / f"{code}.po"
    if not CODE.fullmatch(code) or not path.is_file():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
