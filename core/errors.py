"""Every error a person may see. Each says what was wrong, what was received and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from core.words import say


def shown(value: object, limit: int = 60) -> str:
    """What was received, short enough for one line and with nothing unprintable in it."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


class LabError(Exception):
    """The base of all errors that are shown to a person."""

    def __init__(self, what: str, received: object = None, do: str = "") -> None:
        self.what, self.received, self.do = what, received, do
        parts = [what, "" if received is None else say("Received: {received}.", received=shown(received)), do]
        super().__init__(" ".join(p for p in parts if p))


class InvalidSetting(LabError):
    """One field of a RunSpec is not what it may be."""

    def __init__(self, field: str, what: str, received: object = None, do: str = "") -> None:
        self.field = field
        super().__init__(what, received, do)


class InvalidSettings(LabError):
    """All that is wrong with one set of settings, so that it can be mended in one go."""

    def __init__(self, problems: Sequence[InvalidSetting]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(str(p) for p in problems))


class SourceUnavailable(LabError):
    """A data set or pretrained weights cannot be had, or are not what they should be."""


class UnknownRun(LabError):
    """No run has this id here."""

    def __init__(self, run: object) -> None:
        super().__init__(
            say("There is no such run here."),
            run,
            say("Runs are kept where they were made; train again, or check the address."),
        )


class UnknownExperiment(LabError):
    """No experiment has this id here."""

    def __init__(self, which: object) -> None:
        super().__init__(
            say("There is no such experiment here."),
            which,
            say("They are kept where they were made; ask again there."),
        )


class NotYourRun(LabError):
    """Only the browser that started a run may change it."""


class NotYourData(LabError):
    """What was brought in a browser is that browser's alone to train on, to look at and to delete."""

    def __init__(self, data: str) -> None:
        super().__init__(
            say("These data were brought in another browser and are its own."),
            f"{data[:19]}…",
            say("You can watch the curves of its runs; to train, bring data of your own or take the built-in ones."),
        )


class ClassPaused(LabError):
    """The teacher lets nobody begin a run just now."""


class NotTheTeacher(LabError):
    """Only the teacher's browser may lead the class."""


class WrongPassPhrase(LabError):
    """A pass-phrase was wrong, or came before it would have been looked at; in ``seconds`` the next one is."""

    def __init__(self, what: str, seconds: float, do: str) -> None:
        self.seconds = seconds
        super().__init__(what, do=do)


class UnreadableText(LabError):
    """A text cannot be read as a review."""


class UnreadablePhoto(LabError):
    """A file cannot be read as a photo."""


class WorkerDied(LabError):
    """The process that trained or answered has ended."""


class StoreUnavailable(LabError):
    """Runs cannot be kept where they should be."""
