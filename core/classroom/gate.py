"""The teacher's pass-phrase: how it is given at the start, and a gate that makes guessing slow. It is neither logged
nor kept: the gate holds a keyed hash, and the key is new with every start."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.errors import LabError, WrongPassPhrase
from core.words import mark, say

FLAG, VARIABLE = "--teacher", "TRANSFER_LAB_TEACHER"
FEWEST, MOST = 8, 200
"""Characters of a pass-phrase."""
LONGEST = 60.0
"""Seconds: the longest wait after a wrong one."""
AMONG_ALL = 4
"""So many wrong ones from all browsers together make nobody wait but who gave them: a slip is no attack."""
QUIET = 600.0
"""Seconds without a wrong one after which all is forgotten."""
REMEMBERED = 1_000
"""Browsers whose wrong ones are counted: one that makes up new ones is slowed down by what all gave together."""
MEND = mark('Start it with --teacher "…" or set TRANSFER_LAB_TEACHER, with {least} characters or more.')


@dataclass(frozen=True)
class Wrong:
    """So many wrong ones, the last one at ``at``; before ``until`` none is looked at. In the clock's seconds."""

    count: int
    at: float
    until: float

    def more(self, now: float, free: int = 0) -> Wrong:
        count = (self.count if now - self.at < QUIET else 0) + 1
        wait = min(LONGEST, 2.0 ** min(count - free - 1, 10)) if count > free else 0.0
        return Wrong(count, now, now + wait)


NEVER = Wrong(0, -math.inf, -math.inf)


class Gate:
    """Compares pass-phrases. After a wrong one its browser waits 1, 2, 4 … 60 seconds, and after some from any
    browsers all wait. Whoever comes earlier is refused at once, unheard: no thread ever sleeps."""

    def __init__(self, phrase: str, clock: Callable[[], float] = time.monotonic) -> None:
        """
        Raises:
            LabError: when the pass-phrase is too short or too long.
        """
        length = len(_plain(phrase))
        if not FEWEST <= length <= MOST:
            what = say("The teacher's pass-phrase must have {least} to {most} characters.", least=FEWEST, most=MOST)
            raise LabError(what, say("{n} characters", n=length), say(MEND, least=FEWEST))
        self._clock, self._lock, self._key = clock, threading.Lock(), secrets.token_bytes(32)
        self._hash = self._hashed(phrase)
        self._wrong: OrderedDict[str, Wrong] = OrderedDict()
        self._of_all = NEVER
        self._known: set[str] = set()

    def wait(self, who: str) -> float:
        """Seconds until a browser's next pass-phrase is looked at."""
        with self._lock:
            return self._wait(who)

    def knock(self, who: str, phrase: str) -> None:
        """Let a browser in.

        Raises:
            WrongPassPhrase: when it is not this one, or comes too early; its ``seconds`` say how long to wait.
        """
        with self._lock:
            if (wait := self._wait(who)) > 0:
                raise WrongPassPhrase(say("Too early: this one was not looked at."), wait, _later(wait))
            if hmac.compare_digest(self._hashed(phrase), self._hash):
                self._wrong.pop(who, None)
                self._of_all = NEVER
                self._known.add(who)
                return
            self._note(who)
            wait = self._wait(who)
        raise WrongPassPhrase(say("This is not the pass-phrase."), wait, _later(wait))

    def _wait(self, who: str) -> float:
        """A browser that was the teacher's before waits for its own slips only: others must not lock it out."""
        own = self._wrong.get(who, NEVER).until
        until = own if who in self._known else max(own, self._of_all.until)
        return max(0.0, until - self._clock())

    def _note(self, who: str) -> None:
        now = self._clock()
        self._wrong[who] = self._wrong.pop(who, NEVER).more(now)
        self._of_all = self._of_all.more(now, free=AMONG_ALL)
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)

    def _hashed(self, phrase: str) -> bytes:
        return hmac.new(self._key, _plain(phrase).encode(errors="replace"), hashlib.sha256).digest()


def phrase_given(arguments: Sequence[str], surroundings: Mapping[str, str]) -> str | None:
    """The pass-phrase that the program was started with, None where it is to have no teacher."""
    for number, argument in enumerate(arguments):
        if argument == FLAG:
            return arguments[number + 1] if number + 1 < len(arguments) else ""
        if argument.startswith(f"{FLAG}="):
            return argument.removeprefix(f"{FLAG}=")
    return surroundings.get(VARIABLE) or None


def _plain(phrase: str) -> str:
    """Keyboards write the same letter in more than one way."""
    return unicodedata.normalize("NFC", phrase[: 4 * MOST]).strip()


def _later(wait: float) -> str:
    return say("Try again in {seconds} s.", seconds=math.ceil(wait))
