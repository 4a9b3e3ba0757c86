"""The run book with 200 runs of 100 epochs: how soon its rows stand on the page.

Every repeat starts a new server on a copy of one filled data folder. The first visitor's server has imported nothing
yet; the second comes to a warm one, and with eight runs pinned waits for the chart too. `list` is what the store takes
for all entries, `list_first` with every summary still to be worked out, as after an update from a release without a
book.
"""

from __future__ import annotations

import hashlib
import math
import os
import secrets
import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import browser as browsing
from benchmarks.browser import CHART, CONTENT, LIMIT, open_chromium
from benchmarks.report import Figure, Report
from benchmarks.server import Server, running_app
from core import scenarios
from core.history import Epoch, Outcome, Snapshot
from core.home import VARIABLE
from core.runs.store import Store
from core.spec import RunSpec

RUNS, EPOCHS, PINNED = 200, 100, 8
COOKIE, ROW, LAST_ROW = "transfer_lab_browser", ".lab-figures", 9
ASKED = {
    "list_first": None, "list": 0.1, "first_content": 1.5, "first_rows": None, "first_chart": None,
    "again_content": 1.5, "again_rows": None, "again_all_rows": None, "again_chart": None,
}  # fmt: skip
"""Seconds at most, in the order of the table."""
SETTINGS: tuple[dict[str, Any], ...] = (
    {"scenario": "imdb"}, {"scenario": "imdb", "frozen": "embedding"}, {"scenario": "iris", "task": "flowers"},
    {"scenario": "cats_dogs"}, {"scenario": "cats_dogs", "frozen": "none", "learning_rate": 1e-5},
    {"scenario": "glove"}, {"scenario": "imdb", "learning_rate": 0.003, "batch_size": 256},
)  # fmt: skip


def measure(repeats: int) -> Report:
    """All of it, this many times."""
    samples: dict[str, list[float]] = defaultdict(list)
    lacking = browsing.missing()
    token = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory() as folder:
        filled = Path(folder) / "filled"
        filled.mkdir()
        fill(filled, hashlib.sha256(token.encode()).hexdigest())
        for _ in range(repeats):
            home = Path(folder) / "home"
            shutil.copytree(filled, home)
            for name in ("list_first", "list"):
                samples[name].append(_time_list(home, hashlib.sha256(token.encode()).hexdigest()))
            if lacking is None:
                with running_app(home) as server:
                    _visit(server, token, samples)
            shutil.rmtree(home, ignore_errors=True)
    figures = [Figure(name, median(samples[name]) if samples[name] else None, "s", asked)
               for name, asked in ASKED.items()]  # fmt: skip
    notes = [] if lacking is None else [f"No browser figures: {lacking}."]
    return Report("book", figures=figures, facts={"runs": RUNS, "epochs": EPOCHS, "pinned": PINNED}, notes=notes)


def fill(home: Path, owner: str, runs: int = RUNS, epochs: int = EPOCHS, pinned: int = PINNED) -> list[str]:
    """Write finished runs with made-up curves into a data folder, the newest IMDB ones pinned; returns their ids."""
    os.environ[VARIABLE] = str(home)
    store = Store()
    made = [_add_run(store, owner, _spec(number, epochs), number) for number in range(runs)]
    imdb = [run for number, run in enumerate(made) if _spec(number, epochs).scenario == "imdb"]
    for run in imdb[-pinned:] if pinned else []:
        store.in_book.label(run, pinned=True)
    store.close()
    return made


def _spec(number: int, epochs: int) -> RunSpec:
    return scenarios.parse({**SETTINGS[number % len(SETTINGS)], "epochs": epochs, "seed": number})


def _add_run(store: Store, owner: str, spec: RunSpec, number: int) -> str:
    run = secrets.token_hex(8)
    total, trainable = scenarios.parameters(spec)
    store.add(Snapshot(run, spec, "queued", owner=owner))
    store.set_facts(run, total, trainable, "")
    layers = [layer.name for layer in scenarios.get(spec.scenario).layers(spec) if layer.parameters]
    curve = [_epoch(n, number, layers) for n in range(1, spec.epochs + 1)]
    for epoch in curve:
        store.add_epoch(run, epoch)
    best = min(curve, key=lambda e: e.val_loss or 0).epoch
    store.finish(run, "finished", Outcome(spec.epochs, best, False, spec.epochs))
    return run


def _epoch(n: int, number: int, layers: list[str]) -> Epoch:
    """A curve that falls, and from some epoch on rises again."""
    loss = 0.1 + 0.6 * math.exp(-n / (8 + number % 5))
    val_loss = loss + 0.05 + 0.003 * max(0, n - 20 - number % 40)
    return Epoch(n, loss, 1 - loss / 2, val_loss, 1 - val_loss / 2, 0.05, {name: 0.01 * n for name in layers})


def _time_list(home: Path, owner: str) -> float:
    os.environ[VARIABLE] = str(home)
    store = Store()
    began = time.perf_counter()
    found = store.book(owner)
    seconds = time.perf_counter() - began
    store.close()
    if len(found) != RUNS:
        raise RuntimeError(f"The book should hold {RUNS} runs. It holds {len(found)}.")
    return seconds


def _visit(server: Server, token: str, samples: dict[str, list[float]]) -> None:
    with open_chromium() as browser:
        for prefix in ("first", "again"):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.add_cookies([{"name": COOKIE, "value": token, "url": server.address}])
            page = context.new_page()
            page.set_default_timeout(1000 * LIMIT)
            began = time.perf_counter()
            page.goto(f"{server.address}/compare", wait_until="commit")
            for what, selector in (("content", CONTENT), ("rows", ROW)):
                page.wait_for_selector(selector)
                samples[f"{prefix}_{what}"].append(time.perf_counter() - began)
            page.wait_for_function(f"document.querySelectorAll('{ROW}').length > {LAST_ROW}")
            samples[f"{prefix}_all_rows"].append(time.perf_counter() - began)
            page.wait_for_selector(CHART)
            samples[f"{prefix}_chart"].append(time.perf_counter() - began)
            context.close()
