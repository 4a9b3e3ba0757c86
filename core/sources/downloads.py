"""What can be downloaded: from where, where it lies, and how it is unpacked, proved and put in its place, whole or not
at all. TensorFlow is loaded only to prove something."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from core.errors import SourceUnavailable
from core.home import home
from core.sources import cats_vs_dogs, glove_file, hub_pictures, image_weights, test_reviews
from core.sources.fetch import LATER, Remote, fetch, unwritable
from core.sources.hub_modules import HubModule
from core.words import mark, say

Tell = Callable[[str, int, int | None], None]
"""Is told the phase, and in the phase `FETCHING` how many bytes are here, of about how many."""
FETCHING, CHECKING = mark("fetching"), mark("checking")

TEST_REVIEWS, CATS_VS_DOGS = "imdb-test-reviews", "cats-vs-dogs"

HUB = "gnews-swivel-20dim"
HUB_HANDLE = "https://tfhub.dev/google/tf2-preview/gnews-swivel-20dim/1"
HUB_FILES = ("saved_model.pb", "variables/variables.index", "assets/tokens.txt")
HUB_MODULE = HubModule(HUB, HUB_HANDLE, 1_600_000, mark("text embedding"), HUB_FILES)
HUB_ARCHIVE = HUB_MODULE.archive

JUDGE = "sst2-judge"
JUDGE_ADDRESS = (
    "https://huggingface.co/distilbert/distilbert-base-uncased-finetuned-sst-2-english/resolve/"
    "714eb0fa89d2f80546fda750413ed43d93601a13/"
)
JUDGE_FILES = tuple(
    Remote(JUDGE_ADDRESS + name, name, size, begins, sha256)
    for name, size, begins, sha256 in (
        ("config.json", 629, b"{", None),
        ("tokenizer_config.json", 48, b"{", None),
        ("vocab.txt", 231_508, b"[PAD]", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
        ("tf_model.h5", 267_900_000, b"\x89HDF", None),
    )
)
"""Of one commit. Where no checksum is known from two sides, the first bytes, the length and what loads are checked."""


@dataclass(frozen=True)
class Recipe:
    """How a download becomes a folder on this computer.

    ``places`` are the folders where it may lie; the first is where it is put. ``is_whole`` looks at names and sizes
    only, ``prove`` at everything, and raises SourceUnavailable. ``build`` turns the folder with the fetched ``files``
    into the one to put in place; ``building`` says what it does.
    """

    files: tuple[Remote, ...]
    places: Callable[[], list[Path]]
    is_whole: Callable[[Path], bool]
    prove: Callable[[Path], object]
    build: Callable[[Path], Path] = lambda fetched: fetched
    building: str = mark("putting together")

    @property
    def size(self) -> int:
        """About how many bytes are fetched."""
        return sum(remote.size for remote in self.files)

    @property
    def host(self) -> str:
        return urlsplit(self.files[0].url).netloc


def location(name: str) -> Path | None:
    """Where a download lies whole on this computer. A folder that is empty or half written is not there.

    Raises:
        SourceUnavailable: when there is no such download.
    """
    found = _recipe(name)
    return next((place for place in found.places() if _is_whole(found, place)), None)


def install(name: str, tell: Tell) -> Path:
    """Have a download on this computer, whole and proved: what lies there is kept if it is, else fetched again.

    Raises:
        SourceUnavailable: when it cannot be had; nothing is changed then.
    """
    recipe, there = _recipe(name), location(name)
    fault = _fault(recipe, there, tell) if there is not None else None
    if there is not None and fault is None:
        return there
    try:
        return _install_new(name, recipe, tell)
    except SourceUnavailable as error:
        if fault is None:
            raise
        what = say(
            "What is here is not good: {fault} And no other could be had: {error}", fault=fault.what, error=error.what
        )
        raise SourceUnavailable(what, error.received, error.do) from error


def sweep(name: str, own: bool = False) -> None:
    """Remove what processes that have ended left half done, and with ``own`` what this one is doing."""
    for part in _recipe(name).places()[0].parent.glob(f"part-{name}-*"):
        if not _is_at_work(part, name) or (own and _pid(part, name) == os.getpid()):
            shutil.rmtree(part, ignore_errors=True)


def _recipe(name: str) -> Recipe:
    if name not in DOWNLOADS:
        mend = say("What can: {names}.", names=", ".join(DOWNLOADS))
        raise SourceUnavailable(say("This cannot be downloaded."), name, mend)
    return DOWNLOADS[name]


def _is_whole(recipe: Recipe, folder: Path) -> bool:
    try:
        return recipe.is_whole(folder)
    except OSError:  # a folder that cannot be read
        return False


def _fault(recipe: Recipe, folder: Path, tell: Tell) -> SourceUnavailable | None:
    tell(CHECKING, 0, None)
    try:
        recipe.prove(folder)
    except SourceUnavailable as error:
        return error
    return None


def put_in_place(name: str, make: Callable[[Path], Path]) -> Path:
    """Have a download's place filled from what is on this computer already: ``make`` is given an empty folder and
    returns the one to prove and to put there.

    Raises:
        SourceUnavailable: when it is not what it should be, or cannot be written; nothing is changed then.
    """
    recipe = _recipe(name)
    target = recipe.places()[0]
    try:
        with _part(name, target.parent) as part:
            built = make(part)
            recipe.prove(built)
            _place(built, target, part / "replaced")
    except OSError as error:
        raise unwritable(target.parent, error) from error
    return target


def _install_new(name: str, recipe: Recipe, tell: Tell) -> Path:
    target = recipe.places()[0]
    try:
        with _part(name, target.parent) as part:
            fetched = _fetch_all(recipe.files, part, tell)
            tell(recipe.building, 0, None)
            built = recipe.build(fetched)
            tell(CHECKING, 0, None)
            recipe.prove(built)
            _place(built, target, part / "replaced")
    except OSError as error:
        raise unwritable(target.parent, error) from error
    return target


@contextmanager
def _part(name: str, parent: Path) -> Iterator[Path]:
    """A folder beside the target for all that is not finished. Its name says whose it is."""
    parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"part-{name}-{os.getpid()}-", dir=parent))
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _pid(part: Path, name: str) -> int:
    text = part.name.removeprefix(f"part-{name}-").split("-")[0]
    return int(text) if text.isdecimal() else 0


def _is_at_work(part: Path, name: str) -> bool:
    """Whether the process that made a part still lives, and no younger one has its number."""
    try:
        process = psutil.Process(_pid(part, name))
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() < part.stat().st_mtime + 1
    except (psutil.NoSuchProcess, OSError):
        return False
    except psutil.Error:  # another user's, of which nothing is told
        return True


def _fetch_all(files: tuple[Remote, ...], part: Path, tell: Tell) -> Path:
    folder, done = part / "fetched", 0
    folder.mkdir()
    for number, remote in enumerate(files, 1):
        later = sum(other.size for other in files[number:])
        tell(FETCHING, done, done + remote.size + later)
        fetch(remote, folder / remote.name, partial(_tell_progress, tell, done, later))
        done += (folder / remote.name).stat().st_size
    return folder


def _tell_progress(tell: Tell, before: int, later: int, here: int, of: int) -> None:
    tell(FETCHING, before + here, before + of + later)


def _place(built: Path, target: Path, replaced: Path) -> None:
    """Put a folder in its place in one step. What lay there was not whole, or not what it should be."""
    if target.exists():
        os.replace(target, replaced)
    try:
        os.replace(built, target)
    except OSError:
        if replaced.exists():
            os.replace(replaced, target)
        raise


def _prove_module(folder: Path) -> None:
    from core.sources.embedding import read_module

    read_module(folder, HUB)


def _is_judge(folder: Path) -> bool:
    return all((folder / remote.name).stat().st_size >= 0.9 * remote.size for remote in JUDGE_FILES)


def _prove_judge(folder: Path) -> None:
    for remote in JUDGE_FILES:
        with (folder / remote.name).open("rb") as file:
            if remote.sha256 and hashlib.file_digest(file, "sha256").hexdigest() != remote.sha256:
                what = say("{name} is not the file it should be (SHA-256).", name=remote.name)
                raise SourceUnavailable(what, str(folder), say(LATER))
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind != "distilbert":
        raise SourceUnavailable(say("The judge is not a DistilBERT."), kind, say(LATER))


def _module_recipe(module: HubModule, prove: Callable[[Path], object]) -> Recipe:
    return Recipe((module.archive,), module.places, module.is_whole, prove, module.unpack, mark("unpacking"))


def _weights_recipe(name: str) -> Recipe:
    return Recipe(
        (image_weights.FILES[name].remote,), partial(image_weights.places, name),
        partial(image_weights.is_whole, name), partial(image_weights.prove, name),
    )  # fmt: skip


DOWNLOADS: dict[str, Recipe] = {
    HUB: _module_recipe(HUB_MODULE, _prove_module),
    TEST_REVIEWS: Recipe(
        (test_reviews.ARCHIVE,), test_reviews.places, test_reviews.is_whole, test_reviews.read_reviews,
        test_reviews.prepare, mark("preparing (about half a minute)"),
    ),
    JUDGE: Recipe(JUDGE_FILES, lambda: [home() / "downloads" / JUDGE], _is_judge, _prove_judge),
    **{name: _weights_recipe(name) for name in image_weights.FILES},
    hub_pictures.SOURCE: _module_recipe(hub_pictures.MODULE, hub_pictures.prove),
    CATS_VS_DOGS: Recipe(
        (cats_vs_dogs.ARCHIVE,), cats_vs_dogs.places, cats_vs_dogs.is_whole, cats_vs_dogs.prove, cats_vs_dogs.prepare,
        mark("preparing (some minutes)"),
    ),
    glove_file.NAME: Recipe(
        (glove_file.ARCHIVE,), glove_file.places, glove_file.is_whole, glove_file.prove, glove_file.build,
        mark("reading 400,000 words"),
    ),
}  # fmt: skip
"""By the id of their catalogue entries."""
