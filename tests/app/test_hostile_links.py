"""Addresses that may have been made to do harm, on the real pages: each is read or refused in a sentence, and none
starts anything. ``TRANSFER_LAB_HOSTILE=500`` takes ten times as many."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.runs.store import RUNS
from pages.parts.lab import shared_runner
from tests.hostile import how_many
from tests.makers.links import links

ROOT = Path(__file__).resolve().parents[2]
SEED = 20_261_125
pytestmark = pytest.mark.slow


def files(home: Path) -> set[str]:
    found = {path.relative_to(home).as_posix() for path in home.rglob("*")}
    return {name for name in found if not name.startswith(("runs.sqlite3", "prepared", "features", "logs"))}


def test_no_link_breaks_a_page_or_starts_a_run(own_home: Path) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    runner = shared_runner()
    run = runner.submit(scenarios.parse({"scenario": "iris", "task": "source", "epochs": 1}), "5" * 64)
    runner.wait(run, 60)
    before, names = files(own_home), list(scenarios.SCENARIOS)
    queries = links(how_many("links"), SEED, run)
    for place, name in enumerate(names):
        app.switch_page(f"pages/{name}.py").run()
        for what, query in queries[place :: len(names)]:
            app.query_params.clear()
            for field, value in query.items():
                app.query_params[field] = value
            app.run()
            assert not app.exception, f"{what} on {name}: {query} {[e.value for e in app.exception]}"[:3_000]
            shown = [str(e.value) for e in app.error]
            assert len(shown) <= 10 and all(len(text) < 2_000 for text in shown), f"{what} on {name}"
    assert [row.id for row in runner.store._read(sa.select(RUNS.c.id))] == [run]
    assert files(own_home) == before
