"""Pictures at a network's size from wherever they come, which of them a run sees, and what is said of them after."""

from __future__ import annotations

import base64
import io
import shutil
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import scenarios
from core.errors import InvalidSetting, SourceUnavailable, UnreadablePhoto
from core.insight import photo_answers, picture_parts
from core.scenarios.base import Models
from core.sources import cats_vs_dogs, pictures
from core.sources.cats_dogs import load_cats_dogs
from core.sources.photo_sets import Counts, bring, photos
from core.sources.photos import read_photo
from core.sources.pictures import LARGE, choose, enlarge, load_pictures, shown_pictures

SIZE = 96
CATS_IN_TRAINING, DOGS_IN_TRAINING, EACH_HELD_OUT = 14, 11, 5


def jpeg(number: int, size: tuple[int, int] = (120, 100), **options: Any) -> bytes:
    """A picture of blotches that is no other number's."""
    file, noise = io.BytesIO(), np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", **options)
    return file.getvalue()


def fill(folder: Path, kind: str, count: int, first: int) -> None:
    folder = folder / kind
    folder.mkdir(parents=True)
    for number in range(first, first + count):
        (folder / f"{number}.jpg").write_bytes(jpeg(number))


@pytest.fixture(scope="module")
def own(module_home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A set of photos with more cats than dogs."""
    folder = tmp_path_factory.mktemp("photos")
    fill(folder / "train", "cats", CATS_IN_TRAINING, 0)
    fill(folder / "train", "dogs", DOGS_IN_TRAINING, 100)
    fill(folder / "validation", "cats", EACH_HELD_OUT, 200)
    fill(folder / "validation", "dogs", EACH_HELD_OUT, 300)
    return bring(folder).data


@pytest.fixture
def large(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[tuple[bytes, int]]]]:
    """A large set in small: its photos by part, which a test may change before they are read."""
    held = {part: [(jpeg(1000 * p + n), n % 3 % 2) for n in range(count)]
            for p, (part, count) in enumerate((("train", 12), ("validation", 6), ("test", 4)))}  # fmt: skip
    monkeypatch.setattr(cats_vs_dogs, "photos", lambda part: iter(held[part]))
    for name, count in (("TRAIN", 12), ("VALIDATION", 6), ("TEST", 4)):
        monkeypatch.setattr(cats_vs_dogs, name, count)
    (own_home / "prepared").unlink()  # the shared one
    (own_home / "prepared").mkdir()
    yield held
    pictures._open.cache_clear()


def test_every_photo_is_its_middle_square_with_its_label(own: str) -> None:
    found = load_pictures(SIZE, own)
    for part in ("train", "validation"):
        here, brought = getattr(found, part), list(photos(own, part))
        assert here.images.shape == (len(brought), SIZE, SIZE, 3)
        assert (here.images.dtype, here.labels.dtype) == (np.uint8, np.float32)
        assert here.labels.tolist() == [label for _, label in brought]
        for picture, (content, _) in zip(here.images, brought, strict=True):
            assert np.array_equal(picture, read_photo(content, SIZE))
    assert found.test.images.shape == (0, SIZE, SIZE, 3) and found.test.labels.shape == (0,)
    assert isinstance(found.train.images, np.memmap)
    assert not found.train.images.flags.writeable and not found.train.labels.flags.writeable


def test_photos_are_read_once_for_each_size_and_progress_is_told(own: str) -> None:
    total = CATS_IN_TRAINING + DOGS_IN_TRAINING + 2 * EACH_HELD_OUT
    for size in (40, 48):
        told: list[tuple[str, int, int]] = []
        load_pictures(size, own, lambda *what, to=told: to.append(what))
        assert told == [("reading photos", done, total) for done in range(total + 1)]
        load_pictures(size, own, lambda *_: pytest.fail("They were read again."))


def test_a_turned_photo_is_upright_and_four_inks_become_three_colours(tmp_path: Path, own_home: Path) -> None:
    for kind, first in (("cats", 0), ("dogs", 100)):
        fill(tmp_path / "mine", kind, 14, first)
    exif, half = Image.Exif(), Image.new("RGB", (64, 64))
    exif[274] = 6  # stored lying on its left side
    half.paste("white", (0, 0, 32, 64))
    half.save(tmp_path / "mine" / "cats" / "turned.jpg", exif=exif)
    Image.new("CMYK", (64, 64), (0, 255, 255, 0)).save(tmp_path / "mine" / "dogs" / "inks.jpg")
    found = load_pictures(32, bring(tmp_path / "mine").data)
    every = np.concatenate([found.train.images, found.validation.images]).astype(int)
    assert any(p[:12].min() > 240 and p[20:].max() < 15 for p in every)
    assert any(p[..., 0].min() > 200 and p[..., 1:].max() < 60 for p in every)


def test_a_set_removed_from_disk_is_an_error_even_where_it_was_read_before(
    own: str, own_home: Path, module_home: Path
) -> None:
    shutil.copytree(module_home / "data", own_home / "data")
    load_pictures(SIZE, own)
    shutil.rmtree(own_home / "data")
    with pytest.raises(SourceUnavailable, match="not on this computer.*core bring"):
        load_pictures(SIZE, own)


def test_a_photo_damaged_since_leaves_nothing_half_read(own: str, own_home: Path, module_home: Path) -> None:
    place = own_home / "data" / "pictures" / own[7:]
    shutil.copytree(module_home / "data", own_home / "data")
    file = next(path for path in place.iterdir() if path.suffix != ".json")
    file.write_bytes(b"something else")
    before = set((own_home / "prepared").iterdir())
    with pytest.raises(SourceUnavailable, match="missing or changed"):
        load_pictures(72, own)
    assert set((own_home / "prepared").iterdir()) == before


def test_a_disk_that_is_full_is_said(own: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pictures, "_write_header", full)
    with pytest.raises(SourceUnavailable, match="cannot be kept at 64 points.*No space left.*Make room"):
        load_pictures(64, own)


@pytest.mark.parametrize("data", ["rows:1", "sha256:", f"sha256:{'0' * 64}"])
def test_other_data_are_refused(data: str, own_home: Path) -> None:
    with pytest.raises(SourceUnavailable):
        load_pictures(SIZE, data)


def test_cifar_is_as_it_ever_was(own_home: Path) -> None:
    found, small = load_pictures(SIZE), load_cats_dogs()
    for part in ("train", "validation", "test"):
        here, of = getattr(found, part), getattr(small, part)
        assert here.labels is of.labels
        assert all(np.array_equal(here.images[row], enlarge(of.images[row], SIZE)) for row in (0, 7, -1))
        on_disk = np.load(own_home / "prepared" / f"pictures-1-{SIZE}" / f"{part}.npy", mmap_mode="r")
        assert on_disk.shape == here.images.shape == (len(of.labels), SIZE, SIZE, 3)
    assert load_pictures(SIZE, "builtin").train is found.train


def test_a_large_set_is_read_part_by_part_in_its_order(large: Any) -> None:
    told: list[int] = []
    found = load_pictures(48, LARGE, lambda _, done, of: told.append(done) or of == 22 or pytest.fail("not 22"))
    for part, held in large.items():
        here = getattr(found, part)
        assert here.labels.tolist() == [label for _, label in held]
        assert all(np.array_equal(here.images[n], read_photo(content, 48)) for n, (content, _) in enumerate(held))
    assert told == list(range(23))


def test_of_a_large_set_what_cannot_be_read_is_left_out(large: Any, caplog: pytest.LogCaptureFixture) -> None:
    large["train"][4] = (jpeg(1, (4, 4)), 1)
    good = [photo for n, photo in enumerate(large["train"]) if n != 4]
    found = load_pictures(48, LARGE).train
    assert found.images.shape == (11, 48, 48, 3)
    assert found.labels.tolist() == [label for _, label in good]
    assert np.array_equal(found.images[4], read_photo(good[4][0], 48))
    assert "too small" in caplog.text


def test_a_large_set_with_more_than_it_should_have_is_refused(large: Any) -> None:
    large["test"].append(large["test"][0])
    with pytest.raises(SourceUnavailable, match="should be 4 photos.*Received: 5"):
        load_pictures(48, LARGE)


def test_photos_that_were_brought_are_never_left_out_silently(own_home: Path) -> None:
    source = pictures._Source(Counts(1, 0, 0), lambda _: iter([(b"no picture", 0)]), may_leave_out=False)
    with pytest.raises(UnreadablePhoto):
        pictures._read_all(own_home, 48, source, lambda *_: None)


def test_reading_many_photos_takes_the_memory_of_few(tmp_path: Path) -> None:
    """120 pictures of 224 points are 18 MB. What a process took at most would not show it: that is its parent's too."""
    content = jpeg(1)
    source = pictures._Source(Counts(120, 0, 0), lambda _: iter([(content, 0)] * 120), may_leave_out=False)
    tracemalloc.start()
    try:
        pictures._read_all(tmp_path, 224, source, lambda *_: None)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()
    assert np.load(tmp_path / "train.npy", mmap_mode="r").shape == (120, 224, 224, 3)


@pytest.mark.parametrize("seed", [0, 1, 4, 2**31 - 1])
def test_of_cifar_the_same_are_chosen_as_where_cats_and_dogs_take_turns(seed: int) -> None:
    """Written out for pictures that take turns: row 2 n is a cat, row 2 n + 1 a dog."""
    labels = load_cats_dogs().train.labels
    for examples in (20, 21, 36, 400, 401, 1_999, 2_000):
        rng = np.random.default_rng((seed, 2_000))
        cats, dogs = 2 * rng.permutation(1_000), 2 * rng.permutation(1_000) + 1
        expected = np.sort(np.concatenate([cats[: (examples + 1) // 2], dogs[: examples // 2]]))
        assert np.array_equal(choose(labels, examples, seed), expected)


@pytest.mark.parametrize(("cats", "dogs"), [(14, 11), (11, 14), (30, 3), (3, 30), (8, 8)])
def test_as_many_cats_as_dogs_are_chosen_while_both_last(cats: int, dogs: int) -> None:
    labels = np.random.default_rng(5).permutation(np.repeat(np.array([0, 1], np.float32), (cats, dogs)))
    sets = [choose(labels, n, 3) for n in range(1, cats + dogs + 1)]
    for n, rows in enumerate(sets, 1):
        assert len(rows) == len(set(rows)) == n
        assert (np.diff(rows) > 0).all()
        of_cats = int((labels[rows] == 0).sum())
        even = (-(-n // 2), n // 2)
        assert (of_cats, n - of_cats) == even or of_cats == cats or n - of_cats == dogs
        assert abs(2 * of_cats - n) <= 1 or n > 2 * min(cats, dogs)
    assert all(set(few) < set(many) for few, many in pairwise(sets))
    assert not np.array_equal(choose(labels, 4, 3), choose(labels, 4, 4))


@pytest.mark.parametrize("of", [(8, 8, 8), (3, 9, 1, 20), (2, 30)])
def test_as_many_of_each_class_are_chosen_while_they_last(of: tuple[int, ...]) -> None:
    labels = np.random.default_rng(5).permutation(np.repeat(np.arange(len(of), dtype=np.float32), of))
    sets = [choose(labels, n, 3) for n in range(1, sum(of) + 1)]
    for n, rows in enumerate(sets, 1):
        assert len(rows) == len(set(rows)) == n and (np.diff(rows) > 0).all()
        found = np.bincount(labels[rows].astype(int), minlength=len(of))
        lasting = [count for count, most in zip(found, of, strict=True) if count < most]
        assert not lasting or (max(found) - min(lasting) <= 1 and max(lasting) - min(lasting) <= 1)
    assert all(set(few) < set(many) for few, many in pairwise(sets))


def test_more_pictures_than_there_are_cannot_be_chosen() -> None:
    with pytest.raises(InvalidSetting, match=r"examples.*Received: 6\. Choose at most 5"):
        choose(np.array([0, 1, 0, 1, 0]), 6, 1)


@pytest.fixture(scope="module")
def asked(own: str, spec: Any) -> Any:
    """A run's spec on these photos, as of a set of cats and dogs from before classes had names, and a network whose
    verdicts differ from picture to picture."""
    chosen = spec("cats_dogs", size=SIZE, examples=20, seed=2).model_copy(update={"data": own, "examples": 21})
    model = scenarios.get("cats_dogs").build(chosen)
    yield chosen, model
    photo_answers._mistakes.cache_clear()


def decoded(png: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))


def test_samples_are_photos_the_run_trains_on(own: str, asked: Any) -> None:
    chosen, model = asked
    brought, found = load_pictures(SIZE, own).train, photo_answers.answer("samples", chosen, Models(model, model))
    rows = choose(brought.labels, 21, 2)
    assert [p["row"] for p in found["pictures"]] == rows[:12].tolist()
    for picture in found["pictures"]:
        assert picture["label"] == brought.labels[picture["row"]]
        assert np.array_equal(decoded(picture["image"]), brought.images[picture["row"]])


def test_mistakes_are_of_the_photos_held_out(own: str, asked: Any) -> None:
    chosen, model = asked
    held_out, found = (
        load_pictures(SIZE, own).validation,
        photo_answers.answer("mistakes", chosen, Models(model, model)),
    )
    logits = np.asarray(model(np.asarray(held_out.images), training=False))[:, 0]
    expected = [[int(((held_out.labels == true) & ((logits > 0) == called)).sum()) for called in (0, 1)]
                for true in (0, 1)]  # fmt: skip
    assert found["confusion"] == expected
    assert np.sum(expected) == 2 * EACH_HELD_OUT == len(found["worst"])
    for picture in found["worst"]:
        assert picture["probability"] == pytest.approx(1 / (1 + np.exp(-float(logits[picture["row"]]))), abs=1e-4)
        assert np.array_equal(decoded(picture["image"]), held_out.images[picture["row"]])


def test_photos_are_shown_no_larger_than_need_be(own: str) -> None:
    assert shown_pictures(128, own).train.images.shape[1] == 128
    assert decoded(picture_parts.shown_row(shown_pictures(128, own).train, 0)["image"]).shape == (96, 96, 3)
    assert shown_pictures(128, "builtin") is load_cats_dogs()
    assert decoded(picture_parts.shown_row(load_cats_dogs().train, 0)["image"]).shape == (64, 64, 3)


def test_the_cut_counts_the_photos_held_out(asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen, model = asked
    seen, whole = [], picture_parts.cut
    monkeypatch.setattr(picture_parts, "cut", lambda m, rows, **more: seen.append(rows) or whole(m, rows, **more))
    photo_answers._validation_logits(chosen, model)
    assert seen == [21 + 2 * EACH_HELD_OUT]
