"""One file from the network: with a time-out, with progress, and with a sentence for whatever goes wrong.

``TRANSFER_LAB_MIRROR=http://host:port`` in the environment replaces scheme and host of every download by a classroom's
own server, which offers the same files under the same paths.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import LabError, SourceUnavailable
from core.words import mark, say

MIRROR = "TRANSFER_LAB_MIRROR"
SECONDS = 5.0
"""How long to wait for a connection, and each time for more to come."""
BLOCK, HEAD = 2**16, 64
MOST_TIMES = 4
"""A file this many times as large as it should be is another file: it would only fill the disk."""
AGAIN = mark("Press Download again.")
LATER = mark("Press Download again; if it stays so, try later or from another network.")
GZIP = b"\x1f\x8b"

Progress = Callable[[int, int], None]
"""Is told how many bytes have come, and of about how many."""


@dataclass(frozen=True)
class Remote:
    """A file on the network, its ``name`` here, its ``size`` in bytes (about), what it ``begins`` with, and its SHA-256
    where that is known."""

    url: str
    name: str
    size: int
    begins: bytes
    sha256: str | None = None


def fetch(remote: Remote, target: Path, progress: Progress) -> None:
    """Stream a file to ``target``, which may hold a part of it if this fails.

    Raises:
        SourceUnavailable: when it cannot be had, is cut short, or is not the file it should be.
    """
    digest, done = hashlib.sha256(), 0
    try:
        with target.open("wb") as file:
            for block, of in _stream(remote):
                file.write(block)
                digest.update(block)
                done += len(block)
                progress(done, of)
    except OSError as error:
        raise unwritable(target.parent, error) from error
    if remote.sha256 not in {None, digest.hexdigest()}:
        what = say("{name} arrived, but it is not the file it should be (SHA-256).", name=remote.name)
        raise SourceUnavailable(what, digest.hexdigest()[:12], say(LATER))


def unwritable(folder: Path, error: OSError) -> SourceUnavailable:
    """What to say when a download cannot be put on the disk."""
    return SourceUnavailable(
        say("The download cannot be written ({error}).", error=error.strerror or error),
        str(folder),
        f"{say('Make room there or mend its permissions.')} {say(AGAIN)}",
    )


def address(url: str) -> str:
    """A URL, at the mirror where the environment names one.

    Raises:
        SourceUnavailable: when what it names is no server.
    """
    mirror = os.environ.get(MIRROR, "").rstrip("/")
    if not mirror:
        return url
    server = urlsplit(mirror)
    if server.scheme not in {"http", "https"} or not server.netloc or mirror != f"{server.scheme}://{server.netloc}":
        raise SourceUnavailable(
            say("{variable} must be a server.", variable=MIRROR),
            mirror,
            say("Set it to something like http://192.168.0.2:8000, or unset it."),
        )
    return urlsplit(url)._replace(scheme=server.scheme, netloc=server.netloc).geturl()


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _stream(remote: Remote) -> Iterator[tuple[bytes, int]]:
    """The file block by block, each with the length of all of it, as the server says or as it should be."""
    request = urllib.request.Request(address(remote.url), headers={"User-Agent": "transfer-lab"})
    done, of = 0, None
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            of = _length(response)
            block = response.read(HEAD)
            if len(block) < min(HEAD, of or 0):
                raise _cut(remote, len(block))
            _check_start(remote, block, response)
            while block:
                done += len(block)
                _check_size(remote, max(done, of or 0))
                yield block, of or remote.size
                block = response.read1(BLOCK)  # what there is: `read` would wait for a whole block
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise _explain(error, remote, request.host, done) from error
    if of is not None and done < of:
        raise _cut(remote, done)


def _length(response: http.client.HTTPResponse) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdecimal() else None


def _check_start(remote: Remote, first: bytes, response: http.client.HTTPResponse) -> None:
    if first.startswith(remote.begins):
        return
    if first.lstrip().startswith(b"<") or response.headers.get_content_type() == "text/html":
        raise SourceUnavailable(
            say(
                "The server returned a web page instead of {name}; a school's login page may be in between.",
                name=remote.name,
            ),
            urlsplit(response.url).netloc,
            f"{say('Open any web page and log in.')} {say(AGAIN)}",
        )
    what = say("The server returned something else than {name}.", name=remote.name)
    raise SourceUnavailable(what, first[:20], say(LATER))


def _check_size(remote: Remote, count: int) -> None:
    if count > MOST_TIMES * remote.size:
        what = say("{name} should have about {size}.", name=remote.name, size=megabytes(remote.size))
        raise SourceUnavailable(what, say("more than {size}", size=megabytes(count)), say(LATER))


def _explain(error: Exception, remote: Remote, host: str, done: int) -> LabError:
    """`urlopen` wraps what happens before the request is out in a URLError; later troubles come as they are."""
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        what = say("{host} refuses {name}.", host=host, name=remote.name)
        return SourceUnavailable(what, f"HTTP {error.code} {error.reason}", say(LATER))
    is_early = isinstance(error, urllib.error.URLError)
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        after = mark("{host} has sent nothing for {seconds:g} s.")
        if done:
            after = mark("{host} has sent nothing for {seconds:g} s after {size}.")
        what = say(after, host=host, seconds=SECONDS, size=megabytes(done))
        return SourceUnavailable(what, remote.name, say(LATER))
    if isinstance(cause, ssl.SSLError):
        what = say("The connection to {host} is not safe.", host=host)
        return SourceUnavailable(what, str(cause), say("Ask who runs this network."))
    if is_early or isinstance(error, ValueError):
        return SourceUnavailable(
            say("There is no way to {host}: this computer has no network, or it blocks that address.", host=host),
            getattr(cause, "strerror", None) or str(cause),
            f"{say('Connect to a network.')} {say(AGAIN)}",
        )
    return _cut(remote, done)


def _cut(remote: Remote, done: int) -> SourceUnavailable:
    what = say("The connection was cut before all of {name} was here.", name=remote.name)
    return SourceUnavailable(what, megabytes(done), say(AGAIN))
