"""The app: how soon it answers, how fast a click acts, how much memory it takes. A notebook has no such thing.

Every repeat starts a new server on an empty data folder and a browser that has nothing cached. `first_content` and
`first_chart` count from asking for /imdb; `pause`, `step` and `stop` from the click until the run has obeyed, with
`_shown` until the page says so, which may take one more tick of the page; `click` is a layer's switch while two runs
train at full pace.

`microscope` is what a page's question about a text costs in that time, from the runner, in a data folder of its own:
the 95th percentile of the answers, interpolated as numpy does (`statistics.quantiles`, inclusive). The first answer of
a run, which loads its model, is not counted. `microscope_shown` is the browser's: from Ctrl+Enter until the words on
the page with their bars are those of the new text, the median.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks import browser as browsing
from benchmarks.browser import LIMIT, BenchPage, open_chromium
from benchmarks.report import Figure, Report
from benchmarks.server import ROOT, Server, running_app, wait_until
from core import scenarios
from core.history import LIVE
from core.home import VARIABLE
from core.runs.engines.process import ProcessEngine
from core.runs.runner import Runner
from core.runs.store import Store

ASKED = {
    "healthy": 2, "first_content": 1, "first_chart": 2.5, "train_to_first_epoch": 1, "pause": 0.3, "pause_shown": None,
    "step": 0.3, "step_shown": None, "stop": 0.3, "stop_shown": None, "click": None, "microscope": 0.3,
    "microscope_shown": None, "prepare_first": 4, "prepare_again": 0.3,
}  # fmt: skip
"""Seconds at most, in the order of the table."""
WEB_MEGABYTES = 250
CLICKS = 4
QUESTIONS, READINGS = 40, 10
"""Questions to the runner, and texts pasted into the page, in each repeat."""
NOTE = (
    f"microscope: the 95th percentile of {QUESTIONS} answers a repeat while two runs train; a run's first is not "
    "counted."
)
OWNER = "benchmark"
TEXT = 60
"""Words of a text to ask about, drawn from these:"""
WORDS = """the film was not what one might expect from such famous people but it has moments of real beauty and warmth
even where its plot makes little sense acting is strong throughout especially when they stop talking and let camera do
work music by contrast never rests for more than two minutes which becomes tiresome long before last scene still my
friends loved every bit boring awful wonderful terrible perfect worst best great poor dull"""

Samples = defaultdict[str, list[float]]


def measure(repeats: int) -> Report:
    """All of it, this many times."""
    samples: Samples = defaultdict(list)
    lacking = browsing.missing()
    imports = [_once(samples, with_browser=lacking is None) for _ in range(repeats)]
    summaries = {name: p95 if name == "microscope" else _median for name in ASKED}
    figures = [Figure(name, summaries[name](samples[name]), "s", asked) for name, asked in ASKED.items()]
    figures += [Figure("web", _median(samples["web"]), "MB", WEB_MEGABYTES),
                Figure("workers", _median(samples["workers"]), "MB")]  # fmt: skip
    notes = [NOTE]
    if lacking is not None:
        notes.append(f"No browser figures: {lacking}. Web memory is that of an idle server.")
    return Report("app", figures=figures, facts={"web_imports_tensorflow": any(imports)}, notes=notes)


def p95(samples: Sequence[float]) -> float:
    """The 95th percentile of two samples or more, as `numpy.percentile` has it."""
    return quantiles(samples, n=20, method="inclusive")[-1]


def new_text(number: int) -> str:
    """A text of `TEXT` words, another for each number, that the page splits into just these words."""
    return " ".join(random.Random(number).sample(WORDS.split(), TEXT))


def time_answers(runner: Runner, question: Mapping[str, Any], busy: Sequence[str], count: int) -> list[float]:
    """Seconds of so many answers, each about a new text, after a first that is not counted. Between two questions each
    of the busy runs finishes an epoch, which shows that they all train the whole time.

    Raises:
        RuntimeError: when one of them has ended.
    """
    chance, seconds = random.Random(0), list[float]()
    for number in range(count + 1):
        _await_epochs(runner, busy)
        time.sleep(chance.uniform(0, 0.2))  # a learner asks at any moment of an epoch
        began = time.perf_counter()
        runner.ask({**question, "text": new_text(number)}).result()
        seconds.append(time.perf_counter() - began)
    _await_epochs(runner, busy)
    return seconds[1:]


def _await_epochs(runner: Runner, runs: Sequence[str]) -> None:
    before = [_epochs(runner, run) for run in runs]
    wait_until(lambda: all(_epochs(runner, r) > n for r, n in zip(runs, before, strict=True)), LIMIT)


def _epochs(runner: Runner, run: str) -> int:
    snapshot = runner.snapshot(run)
    if not snapshot.is_live:
        raise RuntimeError(f"Two runs should train during all questions. One {snapshot.state}: {snapshot.reason}")
    return len(snapshot.epochs)


def _once(samples: Samples, with_browser: bool) -> bool:
    """One repeat; returns whether the web process has loaded TensorFlow."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("prepare_first", "prepare_again"):
            samples[name].append(_prepare(Path(folder)))
    with tempfile.TemporaryDirectory() as folder, _running_lab(Path(folder)) as runner:
        samples["microscope"] += _ask_while_two_train(runner)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, running_app(Path(folder)) as server:
        samples["healthy"].append(server.healthy)
        if with_browser:
            _visit(server, samples)
        _weigh(server, samples)
        return server.imports_tensorflow


def _visit(server: Server, samples: Samples) -> None:
    """A learner's visit, and a second one beside it."""
    with open_chromium() as browser:
        page = BenchPage(browser, server)
        _add(samples, page.open("epochs=2000"))
        server.settle()
        _add(samples, {"train_to_first_epoch": page.train()})
        _add(samples, page.pause())
        page.rest()
        _add(samples, page.step())
        page.resume_at_full_pace()
        other = BenchPage(browser, server)
        other.open("epochs=2000&seed=2")
        other.set_full_pace()
        other.train()
        samples["click"] += [page.freeze(number % 2 == 0) for number in range(CLICKS)]
        _weigh(server, samples)
        _add(samples, page.stop())
        samples["microscope_shown"] += _read_while_two_train(page)
        other.stop()


def _read_while_two_train(page: BenchPage) -> list[float]:
    """The run just stopped answers, while the next trains in its place, and the other visitor's goes on."""
    page.train_again()
    seconds = []
    for number in range(READINGS):
        page.rest()
        seconds.append(page.read(new_text(number)))
    page.stop()  # as the other's stop does, it fails on a run that has ended in the meantime
    return seconds


def _ask_while_two_train(runner: Runner) -> list[float]:
    trained = _submit(runner, epochs=3)
    runner.wait(trained)
    question = {"about": "examine", "spec": runner.snapshot(trained).spec.flat(), "run": trained}
    return time_answers(runner, question, [_submit(runner, epochs=2000, seed=seed) for seed in (1, 2)], QUESTIONS)


def _submit(runner: Runner, **values: Any) -> str:
    return runner.submit(scenarios.parse({"scenario": "imdb", "frozen": "none", **values}), OWNER)


@contextmanager
def _running_lab(home: Path) -> Iterator[Runner]:
    """Runner, workers and store, as in the web process; all runs are stopped at the end."""
    os.environ[VARIABLE] = str(home)
    runner = Runner(ProcessEngine(slots=2), Store())
    try:
        yield runner
    finally:
        for snapshot in runner.latest(OWNER, "imdb", LIVE, most=2):
            runner.stop(snapshot.id, OWNER)
            runner.wait(snapshot.id, LIMIT)
        runner.close()


def _weigh(server: Server, samples: Samples) -> None:
    _add(samples, {"web": server.megabytes, "workers": server.worker_megabytes})


def _prepare(home: Path) -> float:
    """In a process of its own; the first time in an empty folder, the second in the same."""
    command = [sys.executable, "-m", "benchmarks.prepare"]
    environment = {**os.environ, VARIABLE: str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout.split()[-1])


def _add(samples: Samples, found: Mapping[str, float]) -> None:
    for name, value in found.items():
        samples[name].append(value)


def _median(samples: Sequence[float]) -> float | None:
    return median(samples) if samples else None
