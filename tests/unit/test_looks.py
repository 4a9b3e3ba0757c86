"""Each run has a look of its own, on the bench as a faint line and in the run book's overlay."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from core.charts.curves import Ghost, loss_figure
from core.charts.looks import NAME_SHOWN, label_of, look_of, swatch
from core.charts.overlay import MOST_LINES, Line, overlay_figure
from core.charts.palette import BEST, ON_DARK, ON_LIGHT, TRAINING, VALIDATION
from core.history import Epoch
from pages.parts.called import called


def curve(val_losses: Sequence[float | None], seconds: float = 0.5) -> list[Epoch]:
    return [Epoch(n, 0.5, 0.5, v, None if v is None else 1 - v, seconds) for n, v in enumerate(val_losses, 1)]


FALLEN = curve([0.9, 0.4, 0.6])


def test_of_fifteen_neighbours_no_two_look_the_same() -> None:
    for first in range(1, 100):
        assert len({(look_of(n).color, look_of(n).dash) for n in range(first, first + 15)}) == 15
    assert len({look_of(n) for n in range(1, 101)}) == 100


def test_reserved_colours_are_no_runs_colours() -> None:
    assert not {look_of(n).color for n in range(1, 101)} & {TRAINING, VALIDATION, BEST}


def test_a_swatch_shows_the_look() -> None:
    for number in range(1, 22):
        look = look_of(number)
        data = re.search(r"base64,([^\"]+)", swatch(number))
        assert data is not None
        picture = base64.b64decode(data.group(1)).decode()
        assert ON_LIGHT[look.color] in picture and ON_DARK[look.color] in picture
        assert f"{look.dash} line with {look.marker} markers" in swatch(number)
    assert len({swatch(n) for n in range(1, 16)}) == 15


def test_what_somebody_calls_a_run_is_no_markup() -> None:
    assert label_of(7, "<b>x</b> & y", "last run") == "7 · &lt;b&gt;x&lt;/b&gt; &amp; y · last run"
    assert "<script>" not in called(7, "<script>")
    assert "&lt;script&gt;" in called(7, "<script>")
    assert len(label_of(7, "x" * 60)) <= NAME_SHOWN + 4


def ghost_lines(ghost: Ghost) -> list[dict[str, Any]]:
    return [t for t in loss_figure(FALLEN, 3, None, [ghost])["data"] if t["uid"].startswith("ghost")]


def test_a_faint_line_has_its_runs_look_and_number_and_stays_fainter() -> None:
    lines = ghost_lines(Ghost("last run", FALLEN, 7, "mine"))
    assert {t["line"]["dash"] for t in lines} == {look_of(7).dash}
    assert [t["name"] for t in lines if t["showlegend"]] == ["7 · mine · last run"]
    assert all(line["line"]["width"] < 2.5 and line["zorder"] < 0 for line in lines)
    opacities = [float(line["line"]["color"].rstrip(")").split(",")[-1]) for line in lines]
    assert opacities[0] < opacities[1] == 1, "validation, the line to compare, stands out from the page"
    assert lines[0]["line"] != lines[1]["line"], "training and validation are told apart"


def test_an_overlay_has_a_line_a_star_and_a_number_for_each_run() -> None:
    figure = overlay_figure([Line(3, "", FALLEN), Line(4, "mine", curve([0.5, 0.3]))])
    lines, stars = figure["data"][:2], figure["data"][2:]
    assert [t["name"] for t in lines] == ["3", "4 · mine"]
    assert [(t["line"]["color"], t["line"]["dash"]) for t in lines] == [
        (look_of(n).color, look_of(n).dash) for n in (3, 4)
    ]
    assert [(t["x"], t["y"]) for t in stars] == [([2], [0.4]), ([2], [0.3])]
    assert {t["marker"]["symbol"] for t in stars} == {"star"}
    assert sorted(a["text"] for a in figure["layout"]["annotations"]) == ["<b>3</b>", "<b>4</b>"]


def test_accuracy_has_its_star_at_the_best_epoch_by_loss() -> None:
    assert overlay_figure([Line(3, "", FALLEN)], by_accuracy=True)["data"][1]["y"] == [0.6]


def test_by_seconds_the_computing_time_adds_up() -> None:
    figure = overlay_figure([Line(3, "", FALLEN)], by_seconds=True)
    assert figure["data"][0]["x"] == [0.5, 1.0, 1.5]
    assert figure["data"][1]["x"] == [1.0]
    assert "seconds" in figure["layout"]["xaxis"]["title"]["text"]


def test_numbers_at_the_ends_do_not_hide_each_other() -> None:
    figure = overlay_figure([Line(n, "", FALLEN) for n in range(1, 5)])
    shifts = sorted(a["yshift"] for a in figure["layout"]["annotations"])
    assert all(after - before >= 12 for before, after in pairwise(shifts))


def test_no_more_lines_than_can_be_told_apart() -> None:
    figure = overlay_figure([Line(n, "", FALLEN) for n in range(1, 20)])
    assert len(figure["data"]) == 2 * MOST_LINES


@pytest.mark.parametrize("epochs", [[], curve([None, None]), curve([float("nan"), 0.5]), curve([float("inf")])])
@pytest.mark.parametrize("by_seconds", [False, True])
def test_an_overlay_is_json_whatever_the_run(epochs: list[Epoch], by_seconds: bool) -> None:
    for by_accuracy in (False, True):
        json.dumps(overlay_figure([Line(1, "", epochs)], by_accuracy, by_seconds), allow_nan=False)
