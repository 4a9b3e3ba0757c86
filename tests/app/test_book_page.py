"""The run book without a browser: runs found, told apart, pinned, named, deleted and brought back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import scenarios
from core.errors import InvalidSettings
from core.history import Epoch, Outcome, Snapshot
from core.runs.store import Store
from pages.parts.lab import shared_runner
from tests.visits import said

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
TOKEN = "t" * 32


@pytest.fixture
def owner() -> str:
    return hashlib.sha256(TOKEN.encode()).hexdigest()


@pytest.fixture
def runs(owner: str) -> list[str]:
    """Three finished runs: two of iris that differ in their rate, and one of IMDB. Oldest first."""
    store: Store = shared_runner().store
    return [
        write(store, owner, 1, [0.5, 0.2, 0.9], scenario="iris", learning_rate=0.01),
        write(store, owner, 2, [0.4, 0.3, 0.25], scenario="iris", learning_rate=0.001),
        write(store, owner, 3, [0.6, 0.5], scenario="imdb"),
    ]


def write(store: Store, owner: str, number: int, losses: list[float], **values: Any) -> str:
    run = f"{number:016x}"
    spec = scenarios.parse({**values, "epochs": len(losses)})
    store.add(Snapshot(run, spec, "queued", owner=owner))
    store.set_facts(run, 1_629, 104, "")
    for epoch, loss in enumerate(losses, 1):
        store.add_epoch(run, Epoch(epoch, loss, 0.5, loss, 1 - loss, 2.0))
    store.finish(run, "finished", Outcome(len(losses), None, False, None))
    return run


def open_book() -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["transfer_lab_browser"] = TOKEN
    app.run()
    app.switch_page("pages/compare.py")
    return app.run()


def rows(app: AppTest) -> list[str]:
    """The runs on the page, as their HTML."""
    return [h for h in html(app) if "lab-figures" in h and "<style>" not in h]


def html(app: AppTest) -> list[str]:
    return [str(e.proto.body) for e in app.get("html")]


def numbers(app: AppTest) -> list[int]:
    return [int(row.split("base64,")[1].split(">")[1].split("<")[0].split("·")[0]) for row in rows(app)]


def chart(app: AppTest) -> dict[str, Any]:
    found = [json.loads(c.proto.json) for c in app.get("bidi_component")]
    return next(f["figure"] for f in found if "figure" in f)


def pin(app: AppTest, run: str) -> AppTest:
    box = next(c for c in app.checkbox if c.key == f"book.pin.{run}")
    return box.set_value(not box.value).run()


def test_an_empty_book_says_what_to_do() -> None:
    app = open_book()
    assert not app.exception and "No runs yet" in said(app)


def test_runs_stand_newest_first_with_what_was_changed(runs: list[str]) -> None:
    app = open_book()
    assert not app.exception
    assert numbers(app) == [3, 2, 1]
    assert "first run" in rows(app)[0]
    assert "rate 1e-2 to 1e-3" in rows(app)[1]
    assert "best epoch</span> <b>2</b>" in rows(app)[2] and "0.200" in rows(app)[2]


def test_best_first_goes_by_the_best_epoch(runs: list[str]) -> None:
    app = open_book()
    app.selectbox(key="book.order").set_value("val_loss").run()
    assert numbers(app) == [1, 2, 3]
    app.selectbox(key="book.scenario").set_value("iris").run()
    assert numbers(app) == [1, 2]


def test_words_find_a_run(runs: list[str], owner: str) -> None:
    shared_runner().keeping.rename(runs[0], owner, "my baseline")
    app = open_book()
    app.text_input(key="book.text").set_value("baseline").run()
    assert numbers(app) == [1] and "1 of 3 runs" in said(app)


def test_pinned_runs_are_laid_over_each_other(runs: list[str], owner: str) -> None:
    app = open_book()
    assert not [c for c in app.get("bidi_component") if "figure" in c.proto.json]
    app = pin(pin(app, runs[0]), runs[1])
    assert [t["name"] for t in chart(app)["data"][:2]] == ["1", "2"]
    assert chart(app)["data"][0]["x"] == [1, 2, 3]
    app.segmented_control(key="book.axis").set_value("seconds").run()
    assert chart(app)["data"][0]["x"] == [2.0, 4.0, 6.0]
    app.segmented_control(key="book.measure").set_value("accuracy").run()
    assert chart(app)["data"][0]["y"] == [0.5, 0.8, 0.1]
    table = next(h for h in html(app) if "lab-pinned" in h and "<style>" not in h)
    assert "rate 1e-2 to 1e-3" in table and "4.00 s" in table and "104 of 1,629" in table
    assert {e.run for e in shared_runner().keeping.entries(owner) if e.pinned} == set(runs[:2])


def test_runs_of_two_scenarios_are_never_on_one_chart(runs: list[str]) -> None:
    app = open_book()
    for run in runs:
        app = pin(app, run)
    assert [t["name"] for t in chart(app)["data"] if t["type"] == "scatter" and t["mode"] != "markers"] == ["3"]
    app.segmented_control(key="book.overlay_of").set_value("iris").run()
    assert len(chart(app)["data"]) == 4


def test_other_validation_rows_are_said(runs: list[str], owner: str) -> None:
    run = write(shared_runner().store, owner, 4, [0.5], scenario="imdb", reviews=3_000)
    app = pin(pin(open_book(), runs[2]), run)
    assert "not validated on the same rows" in said(app)


def test_a_name_is_shown_and_is_no_markup(runs: list[str], owner: str) -> None:
    shared_runner().keeping.rename(runs[2], owner, "<img src=x onerror=alert(1)>")
    shared_runner().keeping.note(runs[2], owner, "<script>alert(2)</script> & more")
    app = open_book()
    assert "&lt;img src=x onerror=" in rows(app)[0] and "&lt;script&gt;" in rows(app)[0]
    assert not [h for h in html(app) if "<script>" in h or "<img src=x" in h]


def test_name_note_and_deletion_from_the_menu_and_undo(runs: list[str], owner: str) -> None:
    app = open_book()
    app.session_state[f"book.menu.{runs[1]}"] = True
    app.run()
    app.text_input(key=f"book.name.{runs[1]}").set_value("slow and steady").run()
    app.text_area(key=f"book.note.{runs[1]}").set_value("try again").run()
    assert "slow and steady" in rows(app)[1] and "try again" in rows(app)[1]
    app.button(key=f"book.delete.{runs[1]}").click().run()
    assert numbers(app) == [3, 1]
    assert any("slow and steady was deleted" in h for h in html(app))
    app.button(key=f"book.undo.{runs[1]}").click().run()
    assert numbers(app) == [3, 2, 1]


def test_a_run_under_way_is_shown_and_cannot_be_deleted(owner: str) -> None:
    runner = shared_runner()
    run = runner.submit(scenarios.parse({"scenario": "iris", "epochs": 2_000}), owner, steps=0)
    app = open_book()
    app.session_state[f"book.menu.{run}"] = True
    app.run()
    assert "0 of 2,000" in rows(app)[0] and "first run" in rows(app)[0]
    assert app.button(key=f"book.delete.{run}").disabled
    runner.stop(run, owner)
    runner.wait(run, 60)
    app.run()
    assert "stopped by hand" in rows(app)[0] or "cancelled" in rows(app)[0]
    assert not app.button(key=f"book.delete.{run}").disabled


def test_more_rows_come_on_demand(owner: str) -> None:
    for number in range(1, 41):
        write(shared_runner().store, owner, number, [0.5], scenario="iris", seed=number)
    app = open_book()
    assert len(rows(app)) == 10 and numbers(app)[0] == 40
    app.button(key="book.more").click().run()
    assert len(rows(app)) == 35
    app.button(key="book.more").click().run()
    assert len(rows(app)) == 40


def test_another_browsers_runs_are_not_in_the_book(runs: list[str]) -> None:
    write(shared_runner().store, "somebody else", 9, [0.5], scenario="iris")
    assert numbers(open_book()) == [3, 2, 1]


def test_a_run_without_weights_says_how_to_get_them_again(runs: list[str], owner: str) -> None:
    runner = shared_runner()
    runner.store.in_book.drop_weights(runs[1])
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["transfer_lab_browser"] = TOKEN
    app.run()
    app.switch_page("pages/iris.py")
    app.query_params["run"] = runs[1]
    app.run()
    assert not app.exception
    assert "no longer kept" in said(app) and "press Train" in said(app)
    assert not [b for b in app.button if b.label.endswith("more epochs")]
    with pytest.raises(InvalidSettings, match="no longer kept"):
        runner.submit(runner.snapshot(runs[1]).spec.changed(start=f"run:{runs[1]}"), owner)


def test_the_bench_shows_number_and_name_of_the_run_in_hand(runs: list[str], owner: str) -> None:
    shared_runner().keeping.rename(runs[1], owner, "slow & steady")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.session_state["transfer_lab_browser"] = TOKEN
    app.run()
    app.switch_page("pages/iris.py")
    app.query_params["run"] = runs[1]
    app.query_params["beside"] = f"last run:{runs[0]}"
    app.run()
    readout = next(h for h in html(app) if "lab-readout" in h and "<style>" not in h)
    assert "2 · slow &amp; steady" in readout
    assert "1 · last run" in [t.get("name") for t in chart(app)["data"]]
