"""What was downloaded is there whole and proved, or not at all: TF Hub's module, the test reviews, the judge."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from core.errors import SourceUnavailable
from core.sources import downloads, test_reviews
from core.sources.catalogue import asset, catalogue, installed_file
from core.sources.downloads import DOWNLOADS, HUB, JUDGE, TEST_REVIEWS, install, location, sweep
from core.sources.embedding import read_module
from core.sources.fetch import Remote

SHA1 = "510580b203329a4a95dfdfefd838bdcd202f0d13"
WORDS = ["film", "the", "A", "terrible", "movie.", "two"]
PER_SIDE = 3
"""Positive and negative test reviews in the small archive."""


def offer(mirror: Path, remote: Remote, content: bytes) -> None:
    path = mirror / urlsplit(remote.url).path.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def get(name: str) -> list[tuple[str, int, int | None]]:
    told: list[tuple[str, int, int | None]] = []
    install(name, lambda *what: told.append(what))
    return told


def files_in(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(folder, ".")
    return buffer.getvalue()


def packed_file(name: str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def save_module(folder: Path, factor: float) -> Path:
    """A module of gnews-swivel-20dim's form, 20 numbers for six words; its output is ``factor`` times its table's."""
    import tensorflow as tf

    class Small(tf.train.Checkpoint):
        def __init__(self) -> None:
            super().__init__()
            table = np.random.default_rng(0).standard_normal((len(WORDS) + 1, 20)).astype(np.float32)
            self.embeddings = tf.Variable(table)
            self.variables = [self.embeddings]
            (folder.parent / "tokens.txt").write_text("\n".join(WORDS) + "\n")
            self.tokens = tf.saved_model.Asset(str(folder.parent / "tokens.txt"))
            lines = tf.lookup.TextFileInitializer(
                self.tokens,
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            )
            self.table = tf.lookup.StaticVocabularyTable(lines, num_oov_buckets=1)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, sentences: tf.Tensor) -> tf.Tensor:
            ids = self.table.lookup(tf.strings.split(sentences, sep=" ").to_sparse())
            return factor * tf.nn.safe_embedding_lookup_sparse(self.embeddings, ids, combiner="sqrtn")

    tf.saved_model.save(Small(), str(folder))
    return folder


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_module(tmp_path_factory.mktemp("good") / "module", 1.0)


@pytest.fixture(scope="module")
def other_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the same form, but what it gives is not what its table says."""
    return save_module(tmp_path_factory.mktemp("other") / "module", 1.5)


def parts(home: Path) -> list[Path]:
    return list(home.rglob("part-*"))


# --- what the recipes say -------------------------------------------------------------------------------------------


def test_every_download_of_the_catalogue_has_a_recipe_and_the_other_way_round() -> None:
    assert set(DOWNLOADS) == {entry.id for entry in catalogue().values() if entry.origin == "download"}


def test_recipes_name_the_sources_of_the_catalogue() -> None:
    assert asset(HUB).handle == downloads.HUB_HANDLE
    assert f"/{asset(JUDGE).handle}/" in downloads.JUDGE_ADDRESS
    assert asset(TEST_REVIEWS).handle == test_reviews.DATASET


def test_archive_of_the_reviews_is_the_one_tensorflow_datasets_wants() -> None:
    path = installed_file("tensorflow-datasets", "tensorflow_datasets/datasets/imdb_reviews/checksums.tsv")
    (row,) = csv.reader(path.read_text().splitlines(), delimiter="\t")
    archive = test_reviews.ARCHIVE
    assert row == [archive.url, str(archive.size), archive.sha256, archive.name]


def test_module_is_put_where_tf_hub_looks_for_it(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TFHUB_CACHE_DIR", raising=False)
    assert DOWNLOADS[HUB].places()[0] == own_home / "tfhub" / SHA1
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    assert DOWNLOADS[HUB].places()[:2] == [tmp_path / "cache" / SHA1, own_home / "tfhub" / SHA1]


def test_looking_for_downloads_loads_no_tensorflow(own_home: Path) -> None:
    code = """
import sys
from core.sources.downloads import DOWNLOADS, location
assert [location(name) for name in DOWNLOADS] == [None] * len(DOWNLOADS)
assert not {"tensorflow", "tensorflow_datasets", "tensorflow_hub", "keras"} & set(sys.modules)
"""
    environment = {**os.environ, "HOME": str(own_home), "USERPROFILE": str(own_home), "TMPDIR": str(own_home)}
    environment["KERAS_HOME"] = str(own_home)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2], env=environment)


def test_what_cannot_be_downloaded_is_refused_with_what_can() -> None:
    for act in (location, sweep, get):
        with pytest.raises(SourceUnavailable, match=f"cannot be downloaded.*imdb-reviews.*{HUB}"):
            act("imdb-reviews")


# --- TF Hub's module ------------------------------------------------------------------------------------------------


def test_module_is_fetched_unpacked_proved_and_put_in_place(mirror: Path, own_home: Path, module: Path) -> None:
    offer(mirror, downloads.HUB_ARCHIVE, packed(module))
    assert location(HUB) is None
    told = get(HUB)
    target = own_home / "tfhub" / SHA1
    assert location(HUB) == target and files_in(target) == files_in(module)
    assert read_module(target, HUB).table.shape == (len(WORDS) + 1, 20)
    assert [phase for phase, _, _ in dict.fromkeys(told)] and told[0] == ("fetching", 0, downloads.HUB_ARCHIVE.size)
    assert list(dict.fromkeys(phase for phase, _, _ in told)) == ["fetching", "unpacking", "checking"]
    size = len(packed(module))
    assert [(done, of) for phase, done, of in told if phase == "fetching"][-1] == (size, size)
    assert not parts(own_home)


HUB_FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut archive": (lambda whole: whole[: len(whole) // 2], "not a whole archive"),
    "cut within the packing": (
        lambda whole: gzip.compress(gzip.decompress(whole)[:5_000]),
        "archive|no text embedding",
    ),
    "not an archive": (lambda _: gzip.compress(b"hello" * 1_000), "not a whole archive"),
    "empty archive": (lambda _: gzip.compress(bytes(10_240)), "no text embedding"),
    "another thing": (lambda _: packed_file("readme.txt"), "no text embedding"),
    "path that climbs out": (lambda _: packed_file("../../escaped.txt"), "write outside its folder"),
    "unpacks to too much": (lambda _: packed_file("big", bytes(60_000_000)), "far too much"),
}


@pytest.mark.parametrize("fault", HUB_FAULTS)
def test_bad_archive_leaves_nothing_behind(fault: str, mirror: Path, own_home: Path, module: Path) -> None:
    spoil, words = HUB_FAULTS[fault]
    offer(mirror, downloads.HUB_ARCHIVE, spoil(packed(module)))
    with pytest.raises(SourceUnavailable, match=words) as told:
        get(HUB)
    assert "Press Download again" in told.value.do
    assert location(HUB) is None and not list((own_home / "tfhub").iterdir())
    assert not list(own_home.parent.rglob("escaped.txt"))
    offer(mirror, downloads.HUB_ARCHIVE, packed(module))
    get(HUB)
    assert location(HUB) is not None


def test_module_that_gives_other_numbers_than_its_table_is_refused(
    mirror: Path, own_home: Path, other_module: Path
) -> None:
    offer(mirror, downloads.HUB_ARCHIVE, packed(other_module))
    with pytest.raises(SourceUnavailable, match="does not give the numbers"):
        get(HUB)
    assert location(HUB) is None and not list((own_home / "tfhub").iterdir())


@pytest.mark.parametrize("missing", [*downloads.HUB_FILES, "variables/variables.data-00000-of-00001"])
@pytest.mark.parametrize("how", ["gone", "empty"])
def test_module_written_by_half_is_not_there(missing: str, how: str, own_home: Path, module: Path) -> None:
    folder = own_home / "tfhub" / SHA1
    shutil.copytree(module, folder)
    assert location(HUB) == folder
    (folder / missing).unlink() if how == "gone" else (folder / missing).write_bytes(b"")
    assert location(HUB) != folder


@pytest.mark.parametrize("lies", ["nothing", "empty folder", "half", "other module", "a file"])
def test_whatever_lies_in_tf_hubs_own_cache_ends_as_the_module(
    lies: str, mirror: Path, tmp_path: Path, module: Path, other_module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(cache))
    cache.mkdir()
    (cache / f"{SHA1}.lock").write_text("a process that ended long ago")
    if lies in {"half", "other module"}:
        shutil.copytree(other_module, cache / SHA1)
    if lies == "half":
        shutil.rmtree(cache / SHA1 / "variables")
    if lies == "empty folder":
        (cache / SHA1).mkdir()
    if lies == "a file":
        (cache / SHA1).write_text("?")
    offer(mirror, downloads.HUB_ARCHIVE, packed(module))
    get(HUB)
    assert location(HUB) == cache / SHA1 and files_in(cache / SHA1) == files_in(module)
    assert sorted(p.name for p in cache.iterdir()) == [SHA1, f"{SHA1}.lock"]


def test_what_is_here_and_good_is_not_fetched_again(mirror: Path, module: Path, tmp_path: Path) -> None:
    shutil.copytree(module, tmp_path / "tfhub_modules" / SHA1)  # TF Hub's own default, in the folder for passing things
    assert {phase for phase, _, _ in get(HUB)} == {"checking"}
    assert location(HUB) == tmp_path / "tfhub_modules" / SHA1


def test_bad_module_stays_as_it_is_while_no_better_can_be_had(mirror: Path, own_home: Path, other_module: Path) -> None:
    folder = own_home / "tfhub" / SHA1
    shutil.copytree(other_module, folder)
    with pytest.raises(SourceUnavailable, match="What is here is not good: .* no other could be had: .*404"):
        get(HUB)
    assert files_in(folder) == files_in(other_module) and not parts(own_home)


def test_folder_that_cannot_be_written_is_said(mirror: Path, own_home: Path, module: Path) -> None:
    offer(mirror, downloads.HUB_ARCHIVE, packed(module))
    (own_home / "tfhub").write_text("in the way")
    with pytest.raises(SourceUnavailable, match="cannot be written"):
        get(HUB)
    (own_home / "tfhub").unlink()
    get(HUB)
    assert location(HUB) is not None


# --- what dead processes left ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("whose", "stays"), [("ended", False), ("living", True), ("younger", False), ("own", True)])
def test_only_what_the_dead_left_is_removed(whose: str, stays: bool, own_home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        part = own_home / "tfhub" / f"part-{HUB}-{os.getpid() if whose == 'own' else process.pid}-x"
        (part / "fetched").mkdir(parents=True)
        if whose == "younger":  # the number was given to a new process after the folder was last touched
            os.utime(part, (1_000_000_000, 1_000_000_000))
        if whose == "ended":
            process.kill()
            process.wait()
        sweep(HUB)
        assert part.exists() == stays
        process.kill()
    sweep(HUB, own=True)
    assert not part.exists()


def test_sweeping_touches_nothing_else(own_home: Path) -> None:
    kept = [own_home / "tfhub" / name for name in (SHA1, "part-of-something-else", f"part-{JUDGE}-1-x", f"{SHA1}.lock")]
    for folder in kept:
        folder.mkdir(parents=True)
    sweep(HUB)
    assert all(folder.exists() for folder in kept)


# --- the judge ------------------------------------------------------------------------------------------------------

SMALL_JUDGE = {
    "config.json": b'{"model_type": "distilbert"}',
    "tokenizer_config.json": b"{ }",
    "vocab.txt": b"[PAD]\n[UNK]\n",
    "weights": b"\x89HDF" + bytes(100_000),
}


@pytest.fixture
def judge(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The judge's recipe with small files, offered by the mirror."""
    return offer_judge(mirror, monkeypatch, SMALL_JUDGE)


def offer_judge(mirror: Path, monkeypatch: pytest.MonkeyPatch, contents: dict[str, bytes]) -> Path:
    address = downloads.JUDGE_ADDRESS
    files = tuple(
        Remote(address + name, name, len(content), content[:2], hashlib.sha256(content).hexdigest())
        for name, content in contents.items()
    )
    monkeypatch.setattr(downloads, "JUDGE_FILES", files)
    monkeypatch.setitem(DOWNLOADS, JUDGE, replace(DOWNLOADS[JUDGE], files=files))
    for remote in files:
        offer(mirror, remote, contents[remote.name])
    return mirror


def test_files_of_the_judge_come_together(judge: Path, own_home: Path) -> None:
    told = get(JUDGE)
    assert files_in(own_home / "downloads" / JUDGE) == SMALL_JUDGE
    assert location(JUDGE) == own_home / "downloads" / JUDGE
    counts = [done for phase, done, _ in told if phase == "fetching"]
    total = sum(map(len, SMALL_JUDGE.values()))
    assert counts == sorted(counts) and counts[-1] == total
    assert {of for phase, _, of in told if phase == "fetching"} == {total}


@pytest.mark.parametrize("name", SMALL_JUDGE)
def test_one_bad_file_is_no_judge(name: str, judge: Path, own_home: Path) -> None:
    remote = next(r for r in downloads.JUDGE_FILES if r.name == name)
    offer(judge, remote, SMALL_JUDGE[name][:-1] + b"?")
    with pytest.raises(SourceUnavailable, match=f"{name} arrived, but it is not the file"):
        get(JUDGE)
    assert location(JUDGE) is None and not list((own_home / "downloads").iterdir())
    offer(judge, remote, SMALL_JUDGE[name])
    get(JUDGE)
    assert location(JUDGE) is not None


def test_file_of_the_judge_that_was_changed_later_is_fetched_again(judge: Path, own_home: Path) -> None:
    get(JUDGE)
    weights = own_home / "downloads" / JUDGE / "weights"
    weights.write_bytes(SMALL_JUDGE["weights"][:-1] + b"?")
    assert "fetching" in {phase for phase, _, _ in get(JUDGE)}
    assert weights.read_bytes() == SMALL_JUDGE["weights"]
    assert {phase for phase, _, _ in get(JUDGE)} == {"checking"}


def test_another_network_is_no_judge(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer_judge(mirror, monkeypatch, SMALL_JUDGE | {"config.json": b'{"model_type": "bert"}'})
    with pytest.raises(SourceUnavailable, match="not a DistilBERT. Received: bert"):
        get(JUDGE)
    assert location(JUDGE) is None


# --- the test reviews -----------------------------------------------------------------------------------------------


def small_archive(praise: int = PER_SIDE) -> bytes:
    """aclImdb_v1.tar.gz in small: the original's folders, a few reviews in each."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for folder, count in (("train/pos", 1), ("train/neg", 1), ("train/unsup", 1), ("test/pos", praise),
                              ("test/neg", 2 * PER_SIDE - praise)):  # fmt: skip
            for number in range(count):
                text = f"{folder} {number}: Schön war’s.<br />".encode()
                info = tarfile.TarInfo(f"aclImdb/{folder}/{number}_7.txt")
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text))
    return buffer.getvalue()


@pytest.fixture
def small_reviews(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`small_reviews(content)`: offer this archive; TensorFlow Datasets believes that it is the original."""
    from tensorflow_datasets.core.download.checksums import UrlInfo
    from tensorflow_datasets.datasets.imdb_reviews.imdb_reviews_dataset_builder import Builder

    def set_up(content: bytes) -> None:
        archive = replace(test_reviews.ARCHIVE, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        infos = {archive.url: UrlInfo(size=len(content), checksum=archive.sha256, filename=archive.name)}
        monkeypatch.setattr(Builder, "url_infos", infos)
        monkeypatch.setitem(DOWNLOADS, TEST_REVIEWS, replace(DOWNLOADS[TEST_REVIEWS], files=(archive,)))
        offer(mirror, archive, content)

    monkeypatch.setattr(test_reviews, "TEST_REVIEWS", 2 * PER_SIDE)
    test_reviews.load_test_reviews.cache_clear()
    yield set_up
    test_reviews.load_test_reviews.cache_clear()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that prepares the reviews leaves them for the others."""
    return tmp_path_factory.mktemp("kept")


def test_reviews_are_fetched_prepared_and_read_back(
    small_reviews: Callable[[bytes], None], own_home: Path, kept: Path
) -> None:
    with pytest.raises(SourceUnavailable, match="test reviews are not on this computer.*library page"):
        test_reviews.load_test_reviews()
    small_reviews(small_archive())
    told = get(TEST_REVIEWS)
    assert [phase.split()[0] for phase in dict.fromkeys(p for p, _, _ in told)] == ["fetching", "preparing", "checking"]
    target = own_home / "tfds" / "imdb_reviews" / "plain_text" / "1.0.0"
    assert location(TEST_REVIEWS) == target and not parts(own_home)
    read = test_reviews.load_test_reviews()
    assert sorted(zip(read.labels, read.texts, strict=True)) == sorted(
        (float(side == "pos"), f"test/{side} {i}: Schön war’s.<br />")
        for side in ("pos", "neg")
        for i in range(PER_SIDE)
    )
    assert read.labels.dtype == np.float32
    shutil.copytree(target, kept / "1.0.0")


@pytest.fixture
def prepared(kept: Path, own_home: Path, small_reviews: Callable[[bytes], None]) -> Path:
    """A prepared folder in the data folder."""
    if not (kept / "1.0.0").exists():
        small_reviews(small_archive())
        get(TEST_REVIEWS)
        shutil.copytree(own_home / "tfds" / "imdb_reviews" / "plain_text" / "1.0.0", kept / "1.0.0")
    target = own_home / "tfds" / "imdb_reviews" / "plain_text" / "1.0.0"
    shutil.rmtree(own_home / "tfds", ignore_errors=True)
    shutil.copytree(kept / "1.0.0", target)
    return target


@pytest.mark.parametrize("where", ["TFDS_DATA_DIR", "HOME"])
def test_folder_that_the_user_prepared_counts(
    where: str, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own" / "tensorflow_datasets"
    monkeypatch.setenv(where, str(own if where == "TFDS_DATA_DIR" else own.parent))
    moved = own / "imdb_reviews" / "plain_text" / "1.0.0"
    moved.parent.mkdir(parents=True)
    prepared.rename(moved)
    assert location(TEST_REVIEWS) == moved
    assert len(test_reviews.load_test_reviews().texts) == 2 * PER_SIDE


SHARD = "imdb_reviews-test.tfrecord-00000-of-00001"


@pytest.mark.parametrize("file", [SHARD, "dataset_info.json", "features.json"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut"])
def test_reviews_written_by_half_are_not_there(file: str, damage: str, prepared: Path) -> None:
    path = prepared / file
    whole = path.read_bytes()
    path.write_bytes(b"" if damage == "empty" else whole[: len(whole) // 2])
    if damage == "gone":
        path.unlink()
    assert location(TEST_REVIEWS) is None
    with pytest.raises(SourceUnavailable, match="library page"):
        test_reviews.load_test_reviews()


def test_damaged_review_is_noticed_and_mended_by_a_new_download(
    prepared: Path, small_reviews: Callable[[bytes], None]
) -> None:
    content = bytearray((prepared / SHARD).read_bytes())
    content[len(content) // 2] ^= 1
    (prepared / SHARD).write_bytes(content)
    with pytest.raises(SourceUnavailable, match="cannot be read.*library page"):
        test_reviews.load_test_reviews()
    small_reviews(small_archive())
    get(TEST_REVIEWS)
    assert len(test_reviews.load_test_reviews().texts) == 2 * PER_SIDE


def test_data_set_of_another_size_is_refused(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_reviews, "TEST_REVIEWS", 8)
    assert location(TEST_REVIEWS) is None
    with pytest.raises(SourceUnavailable, match="should be 8"):
        test_reviews.read_reviews(prepared)


def test_data_set_with_other_labels_is_refused(small_reviews: Callable[[bytes], None], own_home: Path) -> None:
    small_reviews(small_archive(praise=1))
    with pytest.raises(SourceUnavailable, match="half of them praise. Received: 6, 1 praise"):
        get(TEST_REVIEWS)
    assert location(TEST_REVIEWS) is None and not parts(own_home)
