"""23,262 photos of cats and dogs in their full size, as TensorFlow Datasets prepares them. Not shipped: read where a
person has downloaded them. Also how the archive they come in is prepared."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from core.errors import SourceUnavailable
from core.home import home
from core.sources.fetch import Remote
from core.words import mark, say

ARCHIVE = Remote(
    "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip",
    "kagglecatsanddogs_5340.zip",
    824_887_076,
    b"PK\x03\x04",
    "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
)
DATASET, VERSION, OLDER = "cats_vs_dogs", "4.0.1", "4.0.0"
"""The older version holds the same photos, some of which make a JPEG decoder complain."""
DESCRIPTIONS = ("dataset_info.json", "features.json")
PHOTOS = 23_262
"""Of 25,000: TensorFlow Datasets leaves out 1,738 that are damaged."""
TRAIN, VALIDATION, TEST = 9_305, 2_326, 2_326
PARTS = {"train": "train[:40%]", "validation": "train[40%:50%]", "test": "train[50%:60%]"}
"""As Keras' guide to transfer learning splits them; the other 40 % are not used."""
NAMES = (mark("cat"), mark("dog"))
"""What the labels 0 and 1 mean."""
MEND = mark("Open the library page and press Check or Download there.")


def photos(part: str) -> Iterator[tuple[bytes, int]]:
    """Each photo of a part as the bytes of a JPEG file, with its label, always in the same order. A part is train,
    validation or test.

    Raises:
        SourceUnavailable: when they are not on this computer, or are damaged; the latter may come late.
    """
    folder = location()
    if folder is None:
        raise SourceUnavailable(
            say("The photos of cats and dogs are not on this computer."), None,
            say("Download them on the library page; it takes a network."),
        )  # fmt: skip
    return _read(folder, PARTS[part])


def location() -> Path | None:
    """The folder on this computer where they lie whole."""
    return next((place for place in places() if is_whole(place)), None)


def places() -> list[Path]:
    """Where the prepared data set may lie: in the data folder, or where TensorFlow Datasets puts it by itself."""
    own = os.path.expanduser(os.path.join("~", "tensorflow_datasets"))
    folders = [folder for folder in (home() / "tfds", os.environ.get("TFDS_DATA_DIR"), own) if folder]
    return [Path(folder, DATASET, version) for version in (VERSION, OLDER) for folder in folders]


def is_whole(folder: Path) -> bool:
    """Whether a folder holds the prepared data set with all its photos, without loading anything heavy."""
    try:
        info, _ = (json.loads((folder / name).read_text(encoding="utf-8")) for name in DESCRIPTIONS)
        split: dict[str, Any] = next(split for split in info["splits"] if split["name"] == "train")
        lengths = [int(length) for length in split["shardLengths"]]
        shards = [folder / f"{DATASET}-train.tfrecord-{i:05}-of-{len(lengths):05}" for i in range(len(lengths))]
        is_long_enough = sum(shard.stat().st_size for shard in shards) >= int(split["numBytes"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return False
    return sum(lengths) == PHOTOS and is_long_enough


def prepare(fetched: Path) -> Path:
    """Have TensorFlow Datasets prepare the archive in a folder, with no network; returns the prepared folder.

    A file in its folder for manual downloads, under the name that it has in the data set's list of checksums, it takes
    for downloaded.

    Raises:
        SourceUnavailable: when the archive is damaged, or holds other photos.
    """
    import tensorflow as tf
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    builder = tfds.builder(f"{DATASET}:{VERSION}", data_dir=fetched / "data")
    config = tfds.download.DownloadConfig(manual_dir=fetched, try_download_gcs=False)
    try:
        builder.download_and_prepare(download_dir=fetched / "downloads", download_config=config)
    except (ValueError, KeyError, EOFError, AssertionError, BadZipFile, zlib.error, tf.errors.OpError) as error:
        raise SourceUnavailable(say("The archive of photos cannot be prepared."), str(error), say(MEND)) from error
    return Path(builder.data_dir)


def prove(folder: Path) -> None:
    """Read every photo of a prepared folder.

    Raises:
        SourceUnavailable: when it is damaged, or holds other photos.
    """
    found = [0, 0]
    for _, label in _read(folder, "train"):
        found[label] += 1
    if sum(found) != PHOTOS or not all(found):
        received = say("{cats:,} cats, {dogs:,} dogs", cats=found[0], dogs=found[1])
        what = say("There should be {count:,} photos of cats and dogs.", count=PHOTOS)
        raise SourceUnavailable(what, received, say(MEND))


def _read(folder: Path, split: str) -> Iterator[tuple[bytes, int]]:
    """Undecoded: that is left to whoever knows what size they are wanted in."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder_from_directory(folder)
        rows: Any = builder.as_dataset(split=split, decoders={"image": tfds.decode.SkipDecoding()})
        for row in rows.as_numpy_iterator():
            yield bytes(row["image"]), int(row["label"])
    except (OSError, ValueError, KeyError, TypeError, AssertionError, tf.errors.OpError) as error:
        raise SourceUnavailable(say("The photos of cats and dogs cannot be read."), str(folder), say(MEND)) from error
