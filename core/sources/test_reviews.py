"""The 25,000 test reviews of the Large Movie Review Dataset, as TensorFlow Datasets prepares them. Not shipped: read
where a person has downloaded them. Also how the archive they come in is prepared."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import SourceUnavailable
from core.home import home
from core.sources.fetch import GZIP, Remote
from core.words import say

ARCHIVE = Remote(
    "http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
    "aclImdb_v1.tar.gz",
    84_125_825,
    GZIP,
    "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
)
DATASET, VERSION = "imdb_reviews/plain_text", "1.0.0"
DESCRIPTIONS = ("dataset_info.json", "features.json")
TEST_REVIEWS = 25_000
"""Half praise, half complaint."""


@dataclass(frozen=True)
class TestReviews:
    """``labels`` is float32, 1 for praise and 0 for complaint."""

    __test__ = False  # pytest takes the name for a test's

    texts: tuple[str, ...]
    labels: np.ndarray


@lru_cache(maxsize=1)
def load_test_reviews() -> TestReviews:
    """All test reviews, in the order in which they lie on disk.

    Raises:
        SourceUnavailable: when they are not on this computer, or are damaged.
    """
    folder = next((place for place in places() if is_whole(place)), None)
    if folder is None:
        raise SourceUnavailable(
            say("The test reviews are not on this computer."),
            None,
            say("Download them on the library page; it takes a network."),
        )
    return read_reviews(folder)


def places() -> list[Path]:
    """Where the prepared data set may lie: in the data folder, or where TensorFlow Datasets puts it by itself."""
    own = os.path.expanduser(os.path.join("~", "tensorflow_datasets"))
    folders = (home() / "tfds", os.environ.get("TFDS_DATA_DIR"), own)
    return [Path(folder, DATASET, VERSION) for folder in folders if folder]


def is_whole(folder: Path) -> bool:
    """Whether a folder holds the prepared data set with all its test reviews, without loading anything heavy."""
    try:
        info, _ = (json.loads((folder / name).read_text(encoding="utf-8")) for name in DESCRIPTIONS)
        test: dict[str, Any] = next(split for split in info["splits"] if split["name"] == "test")
        lengths = [int(length) for length in test["shardLengths"]]
        shards = [folder / f"imdb_reviews-test.tfrecord-{i:05}-of-{len(lengths):05}" for i in range(len(lengths))]
        is_long_enough = sum(shard.stat().st_size for shard in shards) >= int(test["numBytes"])
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return False
    return sum(lengths) == TEST_REVIEWS and is_long_enough


def prepare(fetched: Path) -> Path:
    """Have TensorFlow Datasets prepare the archive in a folder, with no network; returns the prepared folder.

    A file in its folder for manual downloads, under the name that it has in the data set's list of checksums, it takes
    for downloaded.
    """
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    builder = tfds.builder(DATASET, data_dir=fetched / "data")
    config = tfds.download.DownloadConfig(manual_dir=fetched, try_download_gcs=False)
    builder.download_and_prepare(download_dir=fetched / "downloads", download_config=config)
    return Path(builder.data_dir)


def read_reviews(folder: Path) -> TestReviews:
    """The test reviews of a prepared folder.

    Raises:
        SourceUnavailable: when it is damaged, or holds other reviews.
    """
    import tensorflow as tf
    import tensorflow_datasets as tfds

    mend = say("Open the library page and press Check or Download there.")
    try:
        rows: Any = tfds.builder_from_directory(folder).as_dataset(split="test", batch_size=-1)
        texts = tuple(text.decode("utf-8") for text in rows["text"].numpy())
        labels = rows["label"].numpy().astype(np.float32)
    except (OSError, ValueError, KeyError, TypeError, AssertionError, tf.errors.OpError) as error:
        raise SourceUnavailable(say("The test reviews cannot be read."), str(folder), mend) from error
    if len(texts) != TEST_REVIEWS or labels.sum() * 2 != TEST_REVIEWS:
        raise SourceUnavailable(
            say("The test reviews should be {count:,}, half of them praise.", count=TEST_REVIEWS),
            say("{count:,}, {praise:,.0f} praise", count=len(texts), praise=labels.sum()), mend,
        )  # fmt: skip
    return TestReviews(texts, labels)
