"""Downloads in processes of their own, seen from the web side: however one ends, all of it is there or nothing."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import SourceUnavailable
from core.runs import fetching
from core.runs.engines.inline import InlineEngine
from core.runs.fetcher import OFTEN, Report
from core.runs.fetching import Fetch, Fetches, FetchStatus
from core.runs.runner import Runner
from core.runs.store import Store
from core.sources import downloads
from core.sources.downloads import DOWNLOADS, FETCHING, HUB, JUDGE, location
from core.sources.fetch import MIRROR, Remote

ROOT = Path(__file__).resolve().parents[2]
CONTENTS = {"config.json": b'{"model_type": "distilbert"}', "weights": b"\x89HDF" + bytes(2_000_000)}
HALF = 1_000_000
SMALL = """
import socket, sys, time
sys.path.insert(0, {root!r})
from dataclasses import replace
from core.sources import downloads, fetch
from core.sources.fetch import Remote
files = downloads.JUDGE_FILES = {files!r}
downloads.DOWNLOADS[downloads.JUDGE] = replace(downloads.DOWNLOADS[downloads.JUDGE], files=files)
{more}
from core.runs.fetcher import main
main()
"""
"""The real fetcher, with small files to fetch."""
SERVER = """
import time
from core.runs import fetching
fetching.COMMAND = {command!r}
fetches = fetching.Fetches()
fetches.start({name!r})
while not fetches.status({name!r}).done:
    time.sleep(0.01)
print("halfway", flush=True)
input()
"""


class Mirror:
    """A server of the small files that sends half of one and waits, where it is told to."""

    def __init__(self) -> None:
        self.gate, self.asked, mirror = threading.Event(), list[str](), self
        self.gate.set()

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.asked.append(self.path)
                content = CONTENTS[self.path.rsplit("/", 1)[-1]]
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    self.wfile.write(content[: HALF - 1])
                    mirror.gate.wait(2 * OFTEN)  # what follows is told: progress is not told more often than that
                    self.wfile.write(content[HALF - 1 : HALF])
                    mirror.gate.wait(20)
                    self.wfile.write(content[HALF:])
                except OSError:
                    return  # whoever asked has gone

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def mirror(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    opened = Mirror()
    monkeypatch.setenv(MIRROR, f"http://127.0.0.1:{opened.server.server_port}")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    files = tuple(
        Remote(downloads.JUDGE_ADDRESS + name, name, len(content), content[:2], hashlib.sha256(content).hexdigest())
        for name, content in CONTENTS.items()
    )
    monkeypatch.setattr(downloads, "JUDGE_FILES", files)
    monkeypatch.setitem(DOWNLOADS, JUDGE, replace(DOWNLOADS[JUDGE], files=files))
    monkeypatch.setattr(fetching, "COMMAND", command(tmp_path, files))
    yield opened
    opened.close()


def command(folder: Path, files: tuple[Remote, ...], more: str = "") -> tuple[str, str]:
    script = folder / f"fetcher{len(list(folder.glob('*.py')))}.py"
    script.write_text(SMALL.format(root=str(ROOT), files=files, more=more), encoding="utf-8")
    return (sys.executable, str(script))


@pytest.fixture
def fetches(mirror: Mirror) -> Iterator[Fetches]:
    opened = Fetches()
    yield opened
    opened.close()


@pytest.fixture
def wait_for(wait_until: Callable[..., None], fetches: Fetches) -> Callable[[str], FetchStatus]:
    """`wait_for(state)`: until the judge stands so, or has ended another way."""

    def wait(state: str) -> FetchStatus:
        wait_until(lambda: fetches.status(JUDGE).state != "fetching", 20)
        assert fetches.status(JUDGE).state == state, fetches.status(JUDGE)
        return fetches.status(JUDGE)

    return wait


@pytest.fixture
def halfway(mirror: Mirror, fetches: Fetches, wait_until: Callable[..., None]) -> Callable[[], psutil.Process]:
    """`halfway()`: start the judge's download and hold it in the middle; returns its process."""

    def start() -> psutil.Process:
        mirror.gate.clear()
        fetches.start(JUDGE)
        wait_until(lambda: fetches.status(JUDGE).done >= HALF or fetches.status(JUDGE).state != "fetching", 20)
        assert fetches.status(JUDGE).state == "fetching", fetches.status(JUDGE)
        (process,) = children()
        return process

    return start


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "fetcher" in " ".join(p.cmdline())]


def left(home: Path) -> list[str]:
    """What a download left in the data folder."""
    return [p.name for p in (home / "downloads").glob("*")]


def test_file_comes_in_a_process_of_its_own_and_is_there(
    mirror: Mirror, fetches: Fetches, halfway: Callable[[], psutil.Process], wait_for: Callable[[str], FetchStatus],
    own_home: Path,
) -> None:  # fmt: skip
    assert fetches.status(JUDGE) == FetchStatus(JUDGE, "absent")
    process = halfway()
    status = fetches.status(JUDGE)
    assert (status.state, status.phase) == ("fetching", FETCHING)
    total = sum(map(len, CONTENTS.values()))
    assert HALF <= status.done < status.of == total
    assert process.nice() > psutil.Process().nice() or sys.platform == "win32"
    assert location(JUDGE) is None and [name.startswith("part-") for name in left(own_home)] == [True]
    mirror.gate.set()
    assert wait_for("there") == FetchStatus(JUDGE, "there", "proved")
    assert left(own_home) == [JUDGE] and not process.is_running()


def test_two_tabs_that_press_at_once_start_one_download(
    mirror: Mirror, fetches: Fetches, halfway: Callable[[], psutil.Process], wait_for: Callable[[str], FetchStatus]
) -> None:
    threads = [threading.Thread(target=fetches.start, args=(JUDGE,)) for _ in range(8)]
    halfway()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [t.name for t in threading.enumerate()].count(f"fetch-{JUDGE}") == 1
    mirror.gate.set()
    wait_for("there")
    assert len(mirror.asked) == len(CONTENTS)


def test_cancelling_leaves_nothing_and_the_next_press_succeeds(
    mirror: Mirror, fetches: Fetches, halfway: Callable[[], psutil.Process], wait_for: Callable[[str], FetchStatus],
    own_home: Path,
) -> None:  # fmt: skip
    process = halfway()
    fetches.cancel(JUDGE)
    wait_for("cancelled")
    assert left(own_home) == [] and not process.is_running()
    mirror.gate.set()
    fetches.start(JUDGE)
    wait_for("there")


def test_cancelling_before_the_process_runs_ends_it_too(mirror: Mirror, own_home: Path) -> None:
    fetch = Fetch(JUDGE)
    fetch.cancel()
    assert fetch.run() == FetchStatus(JUDGE, "cancelled")
    assert location(JUDGE) is None


def test_killed_process_is_said_and_the_next_press_succeeds(
    mirror: Mirror, fetches: Fetches, halfway: Callable[[], psutil.Process], wait_for: Callable[[str], FetchStatus],
    own_home: Path,
) -> None:  # fmt: skip
    halfway().kill()
    status = wait_for("failed")
    assert "process that downloads has ended" in status.reason and "Press Download again" in status.reason
    assert left(own_home) == []
    mirror.gate.set()
    fetches.start(JUDGE)
    wait_for("there")


def test_silent_server_is_given_up_by_the_process_itself(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, halfway: Callable[[], psutil.Process],
    fetches: Fetches, wait_for: Callable[[str], FetchStatus], own_home: Path,
) -> None:  # fmt: skip
    monkeypatch.setattr(fetching, "COMMAND", command(tmp_path, downloads.JUDGE_FILES, "fetch.SECONDS = 0.3"))
    mirror.gate.clear()
    fetches.start(JUDGE)
    status = wait_for("failed")
    assert "sent nothing for 0.3 s" in status.reason
    assert left(own_home) == []
    monkeypatch.undo()


@pytest.mark.parametrize("hang", ["socket.getaddrinfo = lambda *a, **k: time.sleep(60)", "fetch.SECONDS = 60"])
def test_process_that_hangs_where_nothing_times_out_is_ended(
    hang: str, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fetches: Fetches,
    wait_for: Callable[[str], FetchStatus], own_home: Path,
) -> None:  # fmt: skip
    whole = fetching.COMMAND
    monkeypatch.setattr(fetching, "COMMAND", command(tmp_path, downloads.JUDGE_FILES, hang))
    monkeypatch.setitem(fetching.PATIENCE, FETCHING, 0.5)
    mirror.gate.clear()
    fetches.start(JUDGE)
    assert "Nothing has come for 0.5 s" in wait_for("failed").reason
    assert left(own_home) == [] and not children()
    mirror.gate.set()
    monkeypatch.setattr(fetching, "COMMAND", whole)
    fetches.start(JUDGE)
    wait_for("there")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("downloads.install = lambda *_: 1 / 0", r"unexpected went wrong \(ZeroDivisionError\)"),
        ("raise SystemExit(3)", r"has ended \(exit code 3\)"),
        ("import os; downloads.install = lambda *_: [os.write(1, b'noise\\n'), sys.exit(4)]", r"ended \(exit code 4\)"),
    ],
)
def test_process_that_breaks_is_one_sentence(
    more: str, words: str, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fetches: Fetches,
    wait_for: Callable[[str], FetchStatus],
) -> None:  # fmt: skip
    monkeypatch.setattr(fetching, "COMMAND", command(tmp_path, downloads.JUDGE_FILES, more))
    fetches.start(JUDGE)
    with pytest.raises(SourceUnavailable, match=words):
        raise SourceUnavailable(wait_for("failed").reason)
    monkeypatch.undo()


def test_process_that_cannot_start_is_one_sentence(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, fetches: Fetches, wait_for: Callable[[str], FetchStatus]
) -> None:
    monkeypatch.setattr(fetching, "COMMAND", ("/no/such/python",))
    fetches.start(JUDGE)
    assert "could not be run" in wait_for("failed").reason


def test_without_a_network_it_fails_at_once_and_says_so(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, fetches: Fetches, wait_until: Callable[..., None], own_home: Path
) -> None:
    """The command as it is, for a recipe as it is."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv(MIRROR, f"http://127.0.0.1:{taken.getsockname()[1]}")
    monkeypatch.setattr(fetching, "COMMAND", (sys.executable, "-m", "core.runs.fetcher"))
    fetches.start(HUB)
    wait_until(lambda: fetches.status(HUB).state == "failed", 20)
    assert "no network" in fetches.status(HUB).reason
    assert list((own_home / "tfhub").iterdir()) == []


def test_failure_is_forgotten_when_the_files_come_another_way(
    mirror: Mirror, fetches: Fetches, halfway: Callable[[], psutil.Process], wait_for: Callable[[str], FetchStatus],
    own_home: Path,
) -> None:  # fmt: skip
    halfway().kill()
    wait_for("failed")
    folder = own_home / "downloads" / JUDGE
    folder.mkdir()
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    assert fetches.status(JUDGE) == FetchStatus(JUDGE, "there")


def test_what_is_here_is_checked_and_fetched_again_where_it_is_not_good(
    mirror: Mirror, fetches: Fetches, wait_for: Callable[[str], FetchStatus], own_home: Path
) -> None:
    weights = own_home / "downloads" / JUDGE / "weights"
    for before, asked in (("absent", 2), ("good", 2), ("bad", 4)):
        if before == "bad":
            weights.write_bytes(CONTENTS["weights"][:-1] + b"?")
        fetches.start(JUDGE)
        assert wait_for("there").phase == "proved"
        assert len(mirror.asked) == asked and weights.read_bytes() == CONTENTS["weights"]


def test_closing_ends_all_downloads(
    mirror: Mirror, fetches: Fetches, halfway: Callable[[], psutil.Process], own_home: Path
) -> None:
    process = halfway()
    fetches.close()
    assert not process.is_running() and left(own_home) == []
    fetches.start(JUDGE)
    assert fetches.status(JUDGE).state != "fetching"


def test_what_a_dead_server_left_goes_at_the_next_start_and_what_lives_stays(
    mirror: Mirror, fetches: Fetches, halfway: Callable[[], psutil.Process], wait_for: Callable[[str], FetchStatus],
    own_home: Path,
) -> None:  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        dead = own_home / "downloads" / f"part-{JUDGE}-{ended.pid}-x"
    dead.mkdir(parents=True)
    process = halfway()
    dead.mkdir(exist_ok=True)
    Fetches().close()  # another server on this computer
    assert not dead.exists()
    assert [f"-{process.pid}-" in name for name in left(own_home)] == [True]
    mirror.gate.set()
    wait_for("there")


def test_download_ends_with_its_server_and_clears_up_behind_itself(
    mirror: Mirror, own_home: Path, wait_until: Callable[..., None]
) -> None:
    mirror.gate.clear()
    code = SERVER.format(command=fetching.COMMAND, name=JUDGE)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "halfway\n"
        (part,) = left(own_home)
        server.kill()
    wait_until(lambda: not psutil.pid_exists(int(part.split("-")[-2])), 10)
    assert left(own_home) == []


def test_what_cannot_be_downloaded_is_refused(fetches: Fetches) -> None:
    for act in (fetches.start, fetches.status):
        with pytest.raises(SourceUnavailable, match="cannot be downloaded"):
            act("iris")
    fetches.cancel("iris")


def test_runner_has_the_downloads_and_ends_them(own_home: Path) -> None:
    runner = Runner(InlineEngine(), Store())
    assert runner.fetches.status(JUDGE).state == "absent"
    runner.close()
    runner.fetches.start(JUDGE)
    assert runner.fetches.status(JUDGE).state == "absent"


def test_progress_is_told_at_every_turn_but_not_too_often(capfd: pytest.CaptureFixture[str]) -> None:
    report = Report(sys.stdout)
    for done in range(10_001):
        report(FETCHING, done, 10_000)
    report("checking", 0, None)
    told: list[dict[str, Any]] = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert 3 <= len(told) < 50
    assert (told[0]["done"], told[-2]["done"], told[-1]["phase"]) == (0, 10_000, "checking")
