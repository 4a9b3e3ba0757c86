"""Photos being read in the background: how far it is, how it ends, and that it ends when nobody wants it any more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from core.errors import SourceUnavailable
from core.runs import intake
from core.runs.intake import WAITING, Intake
from core.sources.photo_sets import Brought, Tell

BROUGHT = Brought(f"sha256:{'a' * 64}", ("a", "b"), {}, (), ())


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What is being read goes on once this is set; at the end of a test nothing is left reading."""
    opened = threading.Event()
    yield opened
    opened.set()


def slow(gate: threading.Event) -> Callable[[Tell], Brought]:
    def bring(tell: Tell) -> Brought:
        tell("reading photos", 3, 12)
        gate.wait(30)
        tell("reading photos", 12, 12)
        return BROUGHT

    return bring


def test_it_says_how_far_it_is_and_what_came_of_it(gate: threading.Event, wait_until: Callable[..., None]) -> None:
    reading = Intake(slow(gate))
    wait_until(lambda: reading.status.done == 3)
    assert (reading.status.state, reading.status.what, reading.status.of) == ("reading", "reading photos", 12)
    gate.set()
    assert reading.wait(10).state == "done" and reading.status.brought == BROUGHT


def test_the_time_left_is_said_once_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(intake.time, "monotonic", lambda: now[0])
    seen: list[float | None] = []

    def bring(tell: Tell) -> Brought:
        for second, done in ((0.0, 0), (0.5, 1), (2.0, 4)):
            now[0] = second
            tell("reading photos", done, 12)
            seen.append(reading.status.left)
        return BROUGHT

    started = threading.Event()
    reading = Intake(lambda tell: (started.wait(10), bring(tell))[1])
    started.set()
    reading.wait(10)
    assert seen == [None, None, 4.0]


def test_an_error_is_a_sentence_and_the_unexpected_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(tell: Tell) -> Brought:
        raise SourceUnavailable("There are no photos.", "mine.zip")

    assert Intake(refuse).wait(10).reason == "There are no photos. Received: mine.zip."
    with caplog.at_level(logging.ERROR):
        ended = Intake(lambda tell: 1 / 0).wait(10)  # type: ignore[arg-type, return-value]
    assert ended.state == "failed" and "log has the details" in ended.reason and "ZeroDivisionError" in caplog.text


def test_cancelled_it_stops_at_the_next_photo_or_while_it_waits(
    gate: threading.Event, wait_until: Callable[..., None]
) -> None:
    reading = [Intake(slow(gate)) for _ in range(intake.AT_ONCE)]
    wait_until(lambda: all(one.status.done == 3 for one in reading))
    waiting = Intake(slow(gate))
    assert waiting.status.what == WAITING
    waiting.cancel()
    assert waiting.wait(10).state == "cancelled"
    reading[0].cancel()
    gate.set()
    assert (reading[0].wait(10).state, reading[1].wait(10).state) == ("cancelled", "done")
    assert Intake(slow(gate)).wait(10).state == "done"
