"""One file from a server that may do anything: all of it, or a sentence, within the time-out."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import SourceUnavailable
from core.sources import fetch as module
from core.sources.fetch import MIRROR, Remote, address, fetch

Answer = Callable[[socket.socket, threading.Event], None]
CONTENT = b"\x1f\x8b" + bytes(range(256)) * 1_000
REMOTE = Remote(
    "https://example.org/some/file?form=compressed", "some.tar.gz", len(CONTENT), b"\x1f\x8b",
    hashlib.sha256(CONTENT).hexdigest(),
)  # fmt: skip
PAGE = b"<!DOCTYPE html><html><body>Log in to the school's network</body></html>"


def reply(content: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + content


def say(content: bytes) -> Answer:
    return lambda connection, _: connection.sendall(content)


def say_and_hang(content: bytes) -> Answer:
    def answer(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(content)
        over.wait(10)

    return answer


class Server:
    """A port on this computer; what it does with a connection can be changed at any time."""

    def __init__(self) -> None:
        self.answer: Answer = say(reply(CONTENT))
        self.asked: list[str] = []
        self.over = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self.over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection, suppress(OSError):
                    self.asked.append(connection.recv(4096).split(b"\r\n")[0].decode("latin-1"))
                    self.answer(connection, self.over)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """All downloads go to this server, which answers with the whole file until told otherwise."""
    opened = Server()
    monkeypatch.setenv(MIRROR, opened.address)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(module, "SECONDS", 0.3)
    yield opened
    opened.close()


def get(target: Path, remote: Remote = REMOTE) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    fetch(remote, target, lambda done, of: told.append((done, of)))
    return told


def test_file_arrives_whole_and_progress_is_told_on_the_way(server: Server, tmp_path: Path) -> None:
    told = get(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert told == sorted(told) and len(told) > 2 and told[-1] == (len(CONTENT), len(CONTENT))
    assert server.asked == ["GET /some/file?form=compressed HTTP/1.1"]


def test_length_that_the_server_does_not_say_is_the_one_expected(server: Server, tmp_path: Path) -> None:
    server.answer = say(b"HTTP/1.0 200 OK\r\n\r\n" + CONTENT)
    assert get(tmp_path / "file", replace(REMOTE, size=300_000))[-1] == (len(CONTENT), 300_000)


def test_server_may_send_elsewhere(server: Server, tmp_path: Path) -> None:
    def answer(connection: socket.socket, _: threading.Event) -> None:
        moved = reply(b"", f"Location: {server.address}/elsewhere", status="302 Found")
        connection.sendall(reply(CONTENT) if "elsewhere" in server.asked[-1] else moved)

    server.answer = answer
    get(tmp_path / "file")
    assert [line.split()[1] for line in server.asked] == ["/some/file?form=compressed", "/elsewhere"]


HALF = CONTENT[: len(CONTENT) // 2]
CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + f"{len(HALF):x}\r\n".encode() + HALF
FAULTS: dict[str, tuple[Answer, str]] = {
    "accepts and says nothing": (say_and_hang(b""), r"sent nothing for 0\.3 s\."),
    "stops in the middle": (say_and_hang(reply(HALF, length=len(CONTENT))), r"sent nothing for 0\.3 s after 0\.1 MB"),
    "hangs up at once": (say(b""), "connection was cut"),
    "cut after the header": (say(reply(b"", length=len(CONTENT))), "connection was cut"),
    "cut in the middle": (say(reply(HALF, length=len(CONTENT))), r"cut before all .* Received: 0\.1 MB"),
    "cut between two chunks": (say(CHUNK + b"\r\n"), "connection was cut"),
    "cut inside a chunk": (say(CHUNK), "connection was cut"),
    "no HTTP": (say(b"SSH-2.0-OpenSSH\r\n"), "connection was cut"),
    "login page": (say(reply(PAGE)), "web page instead of some.tar.gz; a school's login page"),
    "login page with a byte-order mark": (
        say(reply(b"\xef\xbb\xbf" + PAGE, "Content-Type: text/html; charset=utf-8")), "web page instead"
    ),
    "not found": (say(reply(PAGE, status="404 Not Found")), "refuses some.tar.gz. Received: HTTP 404 Not Found"),
    "out of order": (say(reply(b"", status="503 Busy")), "HTTP 503"),
    "nothing": (say(reply(b"")), "something else than some.tar.gz"),
    "another file": (say(reply(b"PK\x03\x04" + CONTENT)), "something else than some.tar.gz"),
    "changed on the way": (say(reply(CONTENT[:-1] + b"?")), r"not the file it should be \(SHA-256\)"),
    "far too large, and says so": (say_and_hang(reply(CONTENT, length=10**9)), r"should have about 0\.3 MB"),
    "far too large": (say(b"HTTP/1.0 200 OK\r\n\r\n" + CONTENT * 5), r"should have about 0\.3 MB"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_said_in_a_sentence_and_the_next_try_succeeds(fault: str, server: Server, tmp_path: Path) -> None:
    server.answer, words = FAULTS[fault]
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=words) as told:
        get(tmp_path / "file")
    assert time.monotonic() - began < 2
    assert "Press Download again" in told.value.do
    server.over.set()
    server.answer = say(reply(CONTENT))
    get(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_connection_that_nobody_takes_means_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv(MIRROR, f"http://127.0.0.1:{port}")
    with pytest.raises(SourceUnavailable, match=f"no way to 127.0.0.1:{port}: this computer has no network") as told:
        get(tmp_path / "file")
    assert told.value.received == "Connection refused"


def test_name_that_cannot_be_looked_up_means_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(SourceUnavailable, match="no way to example.org: this computer has no network"):
        get(tmp_path / "file")


def test_connection_that_only_claims_to_be_safe_is_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, server.address.replace("http", "https"))
    with pytest.raises(SourceUnavailable, match="is not safe"):
        get(tmp_path / "file")


@pytest.mark.parametrize("target", ["no/such/folder/file", "."])
def test_disk_that_takes_nothing_is_told_apart_from_the_network(target: str, server: Server, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be written"):
        get(tmp_path / target)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="takes a system with /dev/full")
def test_full_disk_is_told_apart_from_the_network(server: Server) -> None:
    with pytest.raises(SourceUnavailable, match="cannot be written.*No space left"):
        get(Path("/dev/full"))


def test_mirror_replaces_scheme_and_host_only(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://example.org/a/b?c=d"
    monkeypatch.delenv(MIRROR, raising=False)
    assert address(url) == url
    monkeypatch.setenv(MIRROR, "http://10.0.0.2:8000/")
    assert address(url) == "http://10.0.0.2:8000/a/b?c=d"


@pytest.mark.parametrize("mirror", ["10.0.0.2:8000", "ftp://10.0.0.2", "http://", "http://10.0.0.2/files", "x"])
def test_mirror_that_is_no_server_is_refused(mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR, mirror)
    with pytest.raises(SourceUnavailable, match=f"{MIRROR} must be a server"):
        get(tmp_path / "file")
