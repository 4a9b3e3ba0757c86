"""A run's settings as a small JSON file, which opens the same settings on another server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core import scenarios
from core.errors import LabError, shown
from core.limits import SETTINGS_MEGABYTES
from core.spec import RunSpec, written
from core.words import mark, say

WHAT = "Transfer Lab settings"
FILE = "settings.json"
SAVE = mark("Take the file settings.json of a hand-in pack, or one saved under Share.")


def write_settings(spec: RunSpec) -> str:
    """All settings, defaults too: another release may have other defaults."""
    return json.dumps({"what": WHAT, "settings": spec.flat()}, indent=1, ensure_ascii=False) + "\n"


def read_settings(content: bytes) -> dict[str, Any]:
    """Settings from a file that comes from anywhere: as many plain values as it holds, unchecked, of a scenario that is
    here. `core.scenarios.parse` checks them.

    Raises:
        LabError: when it is no such file.
    """
    if len(content) > SETTINGS_MEGABYTES * 2**20:
        most = say("A file of settings has up to {size} MB.", size=SETTINGS_MEGABYTES)
        raise LabError(most, f"{len(content) / 2**20:,.1f} MB", say(SAVE))
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        what = say("This is not a file of settings: it is no JSON.")
        raise LabError(what, _beginning(content), say(SAVE)) from None
    settings = found.get("settings") if isinstance(found, Mapping) else None
    if not isinstance(settings, Mapping) or found.get("what") != WHAT:
        raise LabError(say("This is not a file of settings."), _beginning(content), say(SAVE))
    scenarios.get(settings.get("scenario"))
    return {name: value for name, value in settings.items() if _is_plain(value)}


def link_query(spec: RunSpec, run: str | None = None) -> dict[str, str]:
    """What an address must say to open these settings in any later release, and a run beside them: every setting, the
    version too."""
    query = {name: written(value) for name, value in spec.flat().items() if name != "scenario"}
    return {**query, **({"run": run} if run else {})}


def _is_plain(value: Any) -> bool:
    is_names = isinstance(value, list) and all(isinstance(name, str) for name in value)
    return is_names or isinstance(value, bool | int | float | str)


def _beginning(content: bytes) -> str:
    return shown(content[:40].decode("latin-1"), 40)
