"""A real server with its own data folder, and Debian's chromium to look at it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
OUTSIDE = re.compile(r"(https?|wss?)://(?!127\.0\.0\.1|localhost)")


@dataclass
class Server:
    """A running app."""

    port: int
    home: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the store holds."""
        with closing(sqlite3.connect(self.home / "runs.sqlite3", timeout=10)) as database:
            return database.execute(query).fetchall()

    def owner(self, page: Any) -> str:
        """The name that the runs of a page's browser carry."""
        (token,) = (c["value"] for c in page.context.cookies(self.address) if c["name"] == "transfer_lab_browser")
        return hashlib.sha256(token.encode()).hexdigest()

    def runs(self, page: Any) -> list[str]:
        """The runs of a page's browser. Other tests' browsers have theirs on the same server."""
        return [str(row[0]) for row in self.rows(f"select id from runs where owner = '{self.owner(page)}'")]

    def epochs(self, run: str) -> int:
        return int(self.rows(f"select count(*) from epochs where run = '{run}'")[0][0])

    def spec(self, run: str) -> dict[str, Any]:
        return dict(json.loads(self.rows(f"select spec from runs where id = '{run}'")[0][0]))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def start_server(home: Path, wait_until: Callable[..., None], port: int | None = None) -> Server:
    """The app as a newcomer starts it, but without opening a browser."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    log = (home / "server.log").open("ab")
    surroundings = {**os.environ, "TRANSFER_LAB_HOME": str(home)}
    server = Server(port, home, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=surroundings))
    log.close()
    wait_until(lambda: is_healthy(port), 60)
    return server


@pytest.fixture(scope="module")
def launch(wait_until: Callable[..., None]) -> Iterator[Callable[..., Server]]:
    """`launch(home, port=None)`: a server that ends with the module's tests."""
    started: list[Server] = []

    def start(home: Path, port: int | None = None) -> Server:
        started.append(start_server(home, wait_until, port))
        return started[-1]

    yield start
    for server in started:
        _end(server)


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, new_home: Callable[[Path], Path], wait_until: Callable[..., None]
) -> Iterator[Server]:
    """One server for all tests of this process: its workers start once and stay warm. Each test is a browser of its
    own, with a run book of its own."""
    started = start_server(new_home(tmp_path_factory.mktemp("server") / "home"), wait_until)
    yield started
    _end(started)


def _end(server: Server) -> None:
    server.process.terminate()
    server.process.wait(20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("Debian's chromium is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """`new_page()`: a fresh browser, as another person would have. Requests that leave this machine fail the test."""
    contexts, pages, outside = [], [], []

    def make(width: int = 1280, height: int = 900) -> Any:
        # Without motion a page that waits costs no processor, and one that trains half of it.
        context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(60_000)
        page.on("request", lambda r: outside.append(r.url) if OUTSIDE.match(r.url) else None)
        return page

    make.pages = pages  # type: ignore[attr-defined]
    yield make
    for context in contexts:
        context.close()
    assert not outside


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """What stood on the pages of a test that failed is a part of its report."""
    report = yield
    if report.when == "call" and report.failed:
        from playwright.sync_api import Error

        for page in getattr(getattr(item, "funcargs", {}).get("new_page"), "pages", []):
            try:
                shown = page.inner_text("body", timeout=5_000)
            except Error as error:  # a closed page must not hide the test's own failure
                shown = f"could not be read: {error}"
            report.sections.append((f"Page {page.url}", shown[:6_000]))
    return report
