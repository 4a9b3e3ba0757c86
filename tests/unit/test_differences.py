"""What differs between two runs, said as a learner would; and the lines of a run book, sought and sorted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.insight.differences import FIRST, MOST, SAME, differences, sentence, short, validation_rows
from core.runs.book import Entry, Summary
from core.scenarios import SCENARIOS, parse
from pages.parts.book_lines import ALL, Wanted, book_lines, chosen

BLOCKS = [layer.name for layer in SCENARIOS["cats_dogs"].layers(parse({"scenario": "cats_dogs"})) if
          layer.part == "base" and layer.parameters]  # fmt: skip
RUN = "0123456789abcdef"
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("imdb", {}, {}, SAME),
    ("imdb", {"frozen": "none"}, {"frozen": "embedding"}, "froze embedding"),
    ("imdb", {"learning_rate": 0.001}, {"learning_rate": 1e-5}, "rate 1e-3 to 1e-5"),
    ("imdb", {"examples": 500}, {"examples": 15_000}, "examples 500 to 15,000"),
    ("imdb", {}, {"start": "random"}, "start pretrained to random"),
    ("imdb", {}, {"source": "glove-100d", "frozen": "none", "learning_rate": 0.001},
     "source News, 20 a word (stand-in) to GloVe, 100 a word"),
    ("imdb", {}, {"hidden": 32}, "hidden units 16 to 32"),
    ("imdb", {"seed": 1, "epochs": 10}, {"seed": 2, "epochs": 20}, "epochs 10 to 20; seed 1 to 2"),
    ("imdb", {}, {"early_stopping": True, "patience": 7}, "early stopping on, patience 7"),
    ("imdb", {"early_stopping": True}, {}, "early stopping off"),
    ("imdb", {"early_stopping": True}, {"early_stopping": True, "patience": 9}, "patience 5 to 9"),
    ("imdb", {}, {"patience": 9}, "patience 5 to 9 (not in use)"),
    ("imdb", {}, {"start": f"run:{RUN}"}, "goes on from run 7"),
    ("imdb", {}, {"start": "run:ffffffffffffffff"}, "goes on from run ffff…"),
    ("imdb", {"start": f"run:{RUN}"}, {}, "start run 7 to pretrained"),
    ("iris", {}, {"task": "source"}, "another task: 1 · Source: three irises"),
    ("iris", {}, {"frozen": "none"}, "unfroze all of the base"),
    ("iris", {}, {"frozen": "dense_50"}, "unfroze dense 25"),
    ("iris", {}, {"data": "rows:1,1,1,1,0;2,2,2,2,1;3,3,3,3,2;4,4,4,4,3", "examples": 4},
     "data builtin to a table of one's own; examples 8 to 4"),
    ("cats_dogs", {}, {"frozen": ",".join(BLOCKS[:-1]), "learning_rate": 1e-5},
     f"unfroze {BLOCKS[-1].replace('_', ' ')}; rate 1e-3 to 1e-5"),
    ("cats_dogs", {}, {"frozen": ",".join(BLOCKS[:-4])},
     f"unfroze {BLOCKS[-4].replace('_', ' ')} to {BLOCKS[-1].replace('_', ' ')}"),
    ("cats_dogs", {"frozen": "none"}, {}, "froze all of the base"),
    ("cats_dogs", {}, {"frozen": ",".join([*BLOCKS[:1], *BLOCKS[2:-2]])},
     f"unfroze {BLOCKS[1].replace('_', ' ')}, {BLOCKS[-2].replace('_', ' ')} and {BLOCKS[-1].replace('_', ' ')}"),
    ("cats_dogs", {}, {"augment": "passes"}, "augmentation none to 4 passes"),
]  # fmt: skip


@pytest.mark.parametrize(("scenario", "before", "after", "words"), CASES, ids=[c[3][:40] for c in CASES])
def test_a_change_is_said_in_words(scenario: str, before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    was, now = (parse({"scenario": scenario, **values}) for values in (before, after))
    assert sentence(differences(now, was, {RUN: 7})) == words


def test_the_first_run_and_another_scenario_are_said_as_such(spec: Callable[..., Any]) -> None:
    assert differences(spec("imdb"), None) == [FIRST]
    assert differences(spec("imdb"), spec("iris")) == ["another scenario: IMDB reviews"]


def test_another_network_is_told_by_how_much_of_its_base_is_frozen(spec: Callable[..., Any]) -> None:
    small = spec("cats_dogs", backbone="small_cnn")
    assert differences(spec("cats_dogs", frozen="none"), small)[0].startswith("Backbone ".lower())
    assert "all of the base frozen" in differences(spec("cats_dogs"), small)
    assert not any("frozen" in words for words in differences(small, spec("cats_dogs")))


def test_runs_that_differ_in_all_are_summed_up(spec: Callable[..., Any]) -> None:
    now = spec("imdb", frozen="embedding", learning_rate=1e-4, examples=100, hidden=32, epochs=3, batch_size=8, seed=5,
               early_stopping=True, start="random", source="glove-100d")  # fmt: skip
    found = differences(now, spec("imdb"))
    assert len(found) == MOST + 1 and found[-1] == "and 5 more"


def test_every_setting_that_differs_is_said(spec: Callable[..., Any]) -> None:
    """No two specs of one scenario and task are called the same unless they are."""
    changes: dict[str, Any] = {
        "frozen": "embedding", "learning_rate": 0.1, "examples": 77, "epochs": 3, "batch_size": 7, "seed": 5,
        "early_stopping": True, "patience": 99, "min_delta": 0.5, "restore_best": False, "start": "random",
        "source": "glove-100d", "data": "sha256:0", **{o.name: o.choices[-1] for o in SCENARIOS["imdb"].options},
    }  # fmt: skip
    before = spec("imdb", examples=100, frozen="none", reviews=25_000)
    for name in set(before.flat()) - {"v", "scenario"}:
        values = {name: changes[name]}
        after = before.changed(**({"options": values} if name in before.options else values))
        assert after != before and differences(after, before) != [SAME], name


@pytest.mark.parametrize(("rate", "words"), [(0.001, "1e-3"), (3e-5, "3e-5"), (0.5, "0.5"), (0.01, "1e-2"), (0.0, "0")])
def test_rates_are_short(rate: float, words: str) -> None:
    assert short(rate) == words


def test_runs_on_other_validation_rows_are_told_apart(spec: Callable[..., Any]) -> None:
    rows = validation_rows
    assert rows(spec("imdb")) == rows(spec("imdb", examples=100, seed=9, frozen="embedding"))
    assert rows(spec("imdb")) != rows(spec("imdb", reviews=3_000))
    assert rows(spec("cats_dogs")) != rows(spec("cats_dogs", data="builtin:cats_vs_dogs"))
    assert rows(spec("cats_dogs")) == rows(spec("cats_dogs", size=96))
    assert rows(spec("imdb")) != rows(spec("imdb", mistake="training_as_validation"))
    assert rows(spec("iris", task="source")) != rows(spec("iris", task="flowers"))


def entry(number: int, values: dict[str, Any], state: str = "finished", **more: Any) -> Entry:
    return Entry(f"{number:016x}", number, parse(values), state, 0.0, more.pop("summary", Summary()), **more)


BOOK = [
    entry(4, {"scenario": "imdb", "seed": 2}, summary=Summary(2, 1.0, 1, 0.5, 0.5, 0.5, 0.4, 0.9)),
    entry(3, {"scenario": "iris"}, "running", note="looks odd"),
    entry(2, {"scenario": "imdb"}, "failed", name="The *baseline*"),
    entry(1, {"scenario": "imdb"}, summary=Summary(2, 1.0, 1, 0.5, 0.5, 0.5, 0.3, 0.8)),
]


def test_each_line_tells_what_changed_since_the_last_of_its_scenario() -> None:
    assert [line.changed for line in book_lines(BOOK)] == ["seed 1 to 2", FIRST, SAME, FIRST]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(), [4, 3, 2, 1]),
        (Wanted(scenario="imdb"), [4, 2, 1]),
        (Wanted(state="live"), [3]),
        (Wanted(state="failed"), [2]),
        (Wanted(text="BASELINE"), [2]),
        (Wanted(text="odd iris"), [3]),
        (Wanted(text="seed"), [4]),
        (Wanted(text="4"), [4]),
        (Wanted(text="#1"), [1]),
        (Wanted(text="nothing"), []),
        (Wanted(order="val_loss"), [1, 4, 3, 2]),
        (Wanted(order="val_accuracy", scenario="imdb"), [4, 1, 2]),
        (Wanted(scenario=ALL, state=ALL, text="  "), [4, 3, 2, 1]),
    ],
)
def test_runs_are_found_and_put_in_order(wanted: Wanted, numbers: list[int]) -> None:
    assert [line.entry.number for line in chosen(book_lines(BOOK), wanted)] == numbers
