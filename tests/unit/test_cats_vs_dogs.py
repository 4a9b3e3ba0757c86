"""The full photos of cats and dogs: prepared by TensorFlow Datasets from the archive, read back as they are."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from core.errors import SourceUnavailable
from core.sources import cats_vs_dogs
from core.sources.catalogue import asset, installed_file
from core.sources.cats_dogs import NAMES
from core.sources.cats_vs_dogs import ARCHIVE, PARTS, photos
from core.sources.downloads import CATS_VS_DOGS, DOWNLOADS, install, location
from core.sources.photos import read_photo

PER_KIND = 10
"""Cats and dogs in the small archive."""
WHITE, BLACK = 240, 20
"""Cats are light here and dogs are dark, so that a photo shows its label."""
SHARD = "cats_vs_dogs-train.tfrecord-00000-of-00001"
Offer = Callable[[bytes], None]


def jpeg(shade: int, number: int, is_jfif: bool = True) -> bytes:
    """A photo of one shade, of a size of its own."""
    buffer = io.BytesIO()
    Image.new("RGB", (20 + number, 30), (shade, shade, shade)).save(buffer, "JPEG")
    return buffer.getvalue() if is_jfif else buffer.getvalue().replace(b"JFIF", b"ABCD")


def small_archive(dogs: int = PER_KIND, damaged: int = 1, first: bytes = b"") -> bytes:
    """kagglecatsanddogs_5340.zip in small: the original's folders, and what lies beside its photos."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("PetImages/Cat/0.jpg", first or jpeg(WHITE, 0))
        for number in range(1, 2 * PER_KIND - dogs):
            archive.writestr(f"PetImages/Cat/{number}.jpg", jpeg(WHITE, number))
        for number in range(dogs):
            archive.writestr(f"PetImages/Dog/{number}.jpg", jpeg(BLACK, number))
        for number in range(damaged):
            archive.writestr(f"PetImages/Dog/{666 + number}.jpg", jpeg(BLACK, number, is_jfif=False))
        for other in ("PetImages/Cat/Thumbs.db", "readme[1].txt", "MSR-LA - 3467.docx"):
            archive.writestr(other, b"?")
    return buffer.getvalue()


@pytest.fixture
def offer(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """`offer(content)`: at the mirror; TensorFlow Datasets believes that it is the original, and so do we."""
    from tensorflow_datasets.core.download.checksums import UrlInfo
    from tensorflow_datasets.image_classification import cats_vs_dogs as original

    def set_up(content: bytes) -> None:
        archive = replace(ARCHIVE, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        infos = {archive.url: UrlInfo(size=len(content), checksum=archive.sha256, filename=archive.name)}
        monkeypatch.setattr(original.CatsVsDogs, "url_infos", infos)
        monkeypatch.setitem(DOWNLOADS, CATS_VS_DOGS, replace(DOWNLOADS[CATS_VS_DOGS], files=(archive,)))
        path = mirror / urlsplit(archive.url).path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    monkeypatch.setattr(original, "_NUM_CORRUPT_IMAGES", 1)
    monkeypatch.setattr(cats_vs_dogs, "PHOTOS", 2 * PER_KIND)
    return set_up


def get() -> list[str]:
    told: list[str] = []
    install(CATS_VS_DOGS, lambda phase, *_: told.append(phase))
    return list(dict.fromkeys(told))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that prepares the photos leaves them for the others."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def prepared(kept: Path, own_home: Path, offer: Offer) -> Path:
    """A prepared folder in the data folder."""
    target = own_home / "tfds" / "cats_vs_dogs" / "4.0.1"
    if not (kept / "4.0.1").exists():
        offer(small_archive())
        get()
        shutil.copytree(target, kept / "4.0.1")
    shutil.rmtree(own_home / "tfds", ignore_errors=True)
    shutil.copytree(kept / "4.0.1", target)
    return target


# --- what is the original -------------------------------------------------------------------------------------------


def test_archive_is_the_one_tensorflow_datasets_wants() -> None:
    path = installed_file("tensorflow-datasets", "tensorflow_datasets/url_checksums/cats_vs_dogs.txt")
    (row,) = csv.reader(path.read_text().splitlines(), delimiter="\t")
    assert row == [ARCHIVE.url, str(ARCHIVE.size), ARCHIVE.sha256, ARCHIVE.name]
    from tensorflow_datasets.image_classification import cats_vs_dogs as original

    assert ARCHIVE.url == original._URL
    assert original.CatsVsDogs.VERSION == cats_vs_dogs.VERSION
    assert cats_vs_dogs.PHOTOS == 25_000 - original._NUM_CORRUPT_IMAGES
    assert asset(CATS_VS_DOGS).handle == cats_vs_dogs.DATASET


def test_parts_have_the_sizes_that_tensorflow_datasets_gives_them(tmp_path: Path) -> None:
    import tensorflow_datasets as tfds

    names = tfds.core.ShardedFileTemplate(
        data_dir=tmp_path, dataset_name=cats_vs_dogs.DATASET, split="train", filetype_suffix="tfrecord"
    )
    info = tfds.core.SplitInfo(name="train", shard_lengths=[cats_vs_dogs.PHOTOS], num_bytes=1, filename_template=names)
    splits = tfds.core.splits.SplitDict([info])
    sizes = {part: splits[split].num_examples for part, split in PARTS.items()}
    assert sizes == {
        "train": cats_vs_dogs.TRAIN, "validation": cats_vs_dogs.VALIDATION, "test": cats_vs_dogs.TEST
    }  # fmt: skip


def test_labels_mean_what_the_small_pictures_labels_mean() -> None:
    assert cats_vs_dogs.NAMES == NAMES


def test_looking_for_the_photos_loads_no_tensorflow() -> None:
    code = """
import sys
from core.sources.cats_vs_dogs import location
location()
assert not {"tensorflow", "tensorflow_datasets"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


# --- downloading and reading ----------------------------------------------------------------------------------------


def test_photos_are_fetched_prepared_and_read_back(offer: Offer, own_home: Path) -> None:
    with pytest.raises(SourceUnavailable, match="not on this computer.*library page"):
        photos("train")
    offer(small_archive())
    assert get() == ["fetching", "preparing (some minutes)", "checking"]
    assert location(CATS_VS_DOGS) == own_home / "tfds" / "cats_vs_dogs" / "4.0.1"
    assert not list(own_home.rglob("part-*")) and not list(own_home.rglob("*.zip"))
    parts = {part: list(photos(part)) for part in PARTS}
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 8, "validation": 2, "test": 2}
    assert all(rows == list(photos(part)) for part, rows in parts.items())
    contents = [content for rows in parts.values() for content, _ in rows]
    assert len(set(contents)) == 12, "no photo is in two parts"


def test_each_photo_is_a_jpeg_file_that_goes_with_its_label(prepared: Path) -> None:
    labels = []
    for content, label in photos("train"):
        assert content.startswith(b"\xff\xd8\xff") and b"JFIF" in content[:16]
        shade = read_photo(content, 8).mean()
        assert abs(shade - (BLACK if label else WHITE)) < 5
        labels.append(label)
    assert set(labels) == {0, 1} and {type(label) for label in labels} == {int}


def test_photos_come_one_by_one(prepared: Path) -> None:
    rows = photos("train")
    assert isinstance(rows, Iterator)
    first = next(rows)
    assert next(photos("train")) == first and next(rows) != first


@pytest.mark.parametrize("where", ["TFDS_DATA_DIR", "HOME"])
@pytest.mark.parametrize("version", ["4.0.1", "4.0.0"])
def test_folder_that_the_user_prepared_counts(
    where: str, version: str, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own" / "tensorflow_datasets"
    monkeypatch.setenv(where, str(own if where == "TFDS_DATA_DIR" else own.parent))
    moved = own / "cats_vs_dogs" / version
    moved.parent.mkdir(parents=True)
    prepared.rename(moved)
    info = json.loads((moved / "dataset_info.json").read_text())
    (moved / "dataset_info.json").write_text(json.dumps({**info, "version": version}))
    assert location(CATS_VS_DOGS) == moved
    assert len(list(photos("train"))) == 8


# --- what is damaged ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [SHARD, "dataset_info.json", "features.json"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut"])
def test_photos_written_by_half_are_not_there(file: str, damage: str, prepared: Path) -> None:
    path = prepared / file
    whole = path.read_bytes()
    path.write_bytes(b"" if damage == "empty" else whole[: len(whole) // 2])
    if damage == "gone":
        path.unlink()
    assert location(CATS_VS_DOGS) is None
    with pytest.raises(SourceUnavailable, match="library page"):
        photos("train")


def test_damaged_photo_is_noticed_and_mended_by_a_new_download(prepared: Path, offer: Offer) -> None:
    content = bytearray((prepared / SHARD).read_bytes())
    content[len(content) // 8] ^= 1
    (prepared / SHARD).write_bytes(content)
    with pytest.raises(SourceUnavailable, match="cannot be read.*library page"):
        list(photos("train"))
    offer(small_archive())
    assert "fetching" in get()
    assert len(list(photos("train"))) == 8


def test_data_set_of_another_size_is_refused(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cats_vs_dogs, "PHOTOS", 18)
    assert location(CATS_VS_DOGS) is None
    with pytest.raises(SourceUnavailable, match="should be 18 photos.*10 cats, 10 dogs"):
        cats_vs_dogs.prove(prepared)


FAULTS = {
    "no dogs": (small_archive(dogs=0), "20 cats, 0 dogs"),
    "more damaged ones": (small_archive(damaged=2), "cannot be prepared.*1 corrupt"),
    "fewer photos": (small_archive(dogs=PER_KIND)[:1_000], "cannot be prepared"),
    "a photo that is none": (small_archive(first=b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(100)), "cannot be prepared"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_archive_of_something_else_leaves_nothing_behind(fault: str, offer: Offer, own_home: Path) -> None:
    content, words = FAULTS[fault]
    offer(content)
    with pytest.raises(SourceUnavailable, match=words):
        get()
    assert location(CATS_VS_DOGS) is None and not list(own_home.rglob("part-*"))
