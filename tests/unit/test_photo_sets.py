"""Photos in a folder become a set: the good ones, each once, whole or not at all, and all that is left out is named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.errors import SourceUnavailable
from core.scenarios import get, parse
from core.sources import photo_folders, photo_sets
from core.sources.own_sets import LEFT_BEHIND_SECONDS
from core.sources.photo_parts import identity
from core.sources.photo_sets import Brought, bring, counts, is_here, photos
from core.sources.photos import read_photo

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data" / "photos"
pytestmark = pytest.mark.usefixtures("own_home")


def draw(path: Path, number: int, **options: Any) -> Path:
    """A JPEG that is no other number's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8)
    Image.fromarray(noise).save(path, "JPEG", **options)
    return path


def whole(folder: Path, cats: int = 14, dogs: int = 14) -> Path:
    """A folder that is not split."""
    for number in range(cats + dogs):
        kind = "cats" if number < cats else "dogs"
        draw(folder / kind / f"{number:03}.jpg", number)
    return folder


def parted(folder: Path) -> Path:
    """Ten and four of each kind, under train and validation."""
    for number in range(28):
        part = "train" if number < 20 else "validation"
        draw(folder / part / ("cats", "dogs")[number % 2] / f"{number:03}.jpg", number)
    return folder


def contents(data: str, part: str) -> list[bytes]:
    return [content for content, _ in photos(data, part)]


def left_out(brought: Brought) -> dict[str, str]:
    return dict(brought.unreadable)


def sets(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "data" / "pictures").iterdir())


def test_photos_under_train_and_validation_keep_their_part_and_their_bytes(tmp_path: Path) -> None:
    folder, told = parted(tmp_path / "mine"), []
    brought = bring(folder, lambda *what: told.append(what))
    assert brought.counts == {"train": (10, 10), "validation": (4, 4), "test": (0, 0)}
    assert (brought.unreadable, brought.duplicates, brought.classes) == ((), (), ("cats", "dogs"))
    assert counts(brought.data) == (20, 8, 0) and photo_sets.classes(brought.data) == ("cats", "dogs")
    for part in ("train", "validation"):
        for label, kind in enumerate(("cats", "dogs")):
            here = {path.read_bytes() for path in (folder / part / kind).iterdir()}
            assert {content for content, of in photos(brought.data, part) if of == label} == here
    assert told[0] == ("reading photos", 0, 28) and told[-1] == ("reading photos", 28, 28)


def test_cats_and_dogs_come_in_turns_as_far_as_both_last(tmp_path: Path) -> None:
    folder = parted(tmp_path / "mine")
    for number in range(100, 103):
        draw(folder / "train" / "dogs" / f"{number}.jpg", number)
    brought = bring(folder)
    assert [label for _, label in photos(brought.data, "train")] == [0, 1] * 10 + [1] * 3


@pytest.mark.parametrize(
    ("names", "kinds"),
    [(("train", "val"), ("cats", "dogs")), (("TRAIN", "Valid"), ("cats", " dogs "))],
    ids=["short", "capitals"],
)
def test_folders_of_parts_may_be_called_otherwise_and_a_test_part_is_kept(
    names: tuple[str, str], kinds: tuple[str, str], tmp_path: Path
) -> None:
    usual = parted(tmp_path / "usual")
    draw(usual / "test" / "cats" / "x.jpg", 500)
    other = tmp_path / "other"
    for part, called in zip(("train", "validation", "test"), (*names, "Test"), strict=True):
        for kind, named in zip(("cats", "dogs"), kinds, strict=True):
            if (usual / part / kind).is_dir():
                shutil.copytree(usual / part / kind, other / called / named)
    brought = bring(other)
    assert brought.data == bring(usual).data
    assert counts(brought.data) == (20, 8, 1)


@pytest.mark.parametrize(("each", "held_out"), [(6, 2), (9, 3), (14, 4), (30, 6)])
def test_a_folder_not_split_yet_is_split_always_alike(each: int, held_out: int, tmp_path: Path) -> None:
    folder = whole(tmp_path / "mine", each, each)
    brought = bring(folder)
    assert brought.counts["train"] == (each - held_out,) * 2
    assert brought.counts["validation"] == (held_out,) * 2
    assert not set(contents(brought.data, "train")) & set(contents(brought.data, "validation"))
    for path in (folder / "cats").iterdir():
        path.rename(path.with_name(f"other {hash(path.name)}.jpeg"))
    folder.rename(tmp_path / "moved")
    assert bring(tmp_path / "moved").data == brought.data


def test_the_split_does_not_follow_names(tmp_path: Path) -> None:
    """Cameras number photos: one in five by name would hold out neighbours."""
    data = bring(whole(tmp_path / "mine", 50, 50)).data
    cats = [read_photo(content, 24).tobytes() for content, label in photos(data, "validation") if label == 0]
    numbers = [n for n in range(50) if read_photo((tmp_path / "mine/cats" / f"{n:03}.jpg").read_bytes(), 24).tobytes()
               in cats]  # fmt: skip
    assert len(numbers) == 10
    assert len(set(np.diff(numbers))) > 2


def test_another_label_or_part_is_another_set(tmp_path: Path) -> None:
    first = bring(parted(tmp_path / "a")).data
    moved = parted(tmp_path / "b")
    draw(moved / "train" / "cats" / "x.jpg", 900)
    draw(moved / "train" / "dogs" / "y.jpg", 901)
    (moved / "train" / "cats" / "000.jpg").rename(moved / "validation" / "cats" / "000.jpg")
    second = bring(moved).data
    (moved / "validation" / "cats" / "000.jpg").rename(moved / "validation" / "dogs" / "000.jpg")
    assert len({first, second, bring(moved).data}) == 3


def test_a_photo_that_lies_twice_is_kept_once_and_in_training_first(tmp_path: Path) -> None:
    folder = parted(tmp_path / "mine")
    same = (folder / "train/cats/000.jpg").read_bytes()
    for other in ("train/cats/again.jpg", "validation/cats/000.jpg", "test/cats/000.png"):
        (folder / other).parent.mkdir(parents=True, exist_ok=True)
        (folder / other).write_bytes(same)
    brought = bring(folder)
    assert dict(brought.duplicates) == dict.fromkeys(
        ("train/cats/again.jpg", "validation/cats/000.jpg", "test/cats/000.png"), "train/cats/000.jpg"
    )
    assert brought.counts == {"train": (10, 10), "validation": (4, 4), "test": (0, 0)}
    assert same in contents(brought.data, "train")


def test_twins_in_a_folder_not_split_never_face_each_other(tmp_path: Path) -> None:
    folder = whole(tmp_path / "mine", 20, 20)
    for path in list((folder / "cats").iterdir()):
        shutil.copy(path, path.with_name(f"copy of {path.name}"))
    brought = bring(folder)
    assert len(brought.duplicates) == 20
    assert brought.counts["train"] == (16, 16)
    assert not set(contents(brought.data, "train")) & set(contents(brought.data, "validation"))


def test_a_photo_that_lies_in_two_classes_is_in_neither(tmp_path: Path) -> None:
    folder = parted(tmp_path / "mine")
    same = draw(folder / "train/cats/both.jpg", 700).read_bytes()
    (folder / "validation/dogs/both.jpg").write_bytes(same)
    brought = bring(folder)
    assert set(left_out(brought)) == {"train/cats/both.jpg", "validation/dogs/both.jpg"}
    assert "lies in “cats” and “dogs”" in left_out(brought)["train/cats/both.jpg"]
    assert same not in contents(brought.data, "train") + contents(brought.data, "validation")
    assert not (photo_sets.SETS.folder(brought.data) / hashlib.sha256(same).hexdigest()).exists()


def test_what_cannot_be_read_is_left_out_by_name_and_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = parted(tmp_path / "mine")
    cats = folder / "train" / "cats"
    (cats / "text.jpg").write_text("not a picture")
    (cats / "empty.jpg").write_bytes(b"")
    (cats / "cut.jpg").write_bytes((cats / "000.jpg").read_bytes()[:600])
    Image.new("RGB", (1, 1)).save(cats / "dot.png")
    (cats / "large.jpg").write_bytes(bytes(2_000))
    monkeypatch.setattr(photo_folders, "MOST_BYTES", 1_990)
    (cats / "more").mkdir()
    draw(cats / "more" / "deep.jpg", 801)
    os.mkfifo(cats / "pipe.jpg")
    before = bring(parted(tmp_path / "clean")).data
    brought = bring(folder)
    assert brought.data == before
    reasons = {
        "text.jpg": "not a picture",
        "empty.jpg": "0 bytes",
        "cut.jpg": "damaged or cut off",
        "dot.png": "too small",
        "large.jpg": "may have up to",
        "more": "not looked into",
        "pipe.jpg": "not a file",
    }
    assert {Path(name).name for name in left_out(brought)} == set(reasons)
    assert all(name.startswith("train/cats/") for name in left_out(brought))
    for name, words in reasons.items():
        assert words in left_out(brought)[f"train/cats/{name}"]


def test_a_file_that_may_not_be_read_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = parted(tmp_path / "mine")
    locked, opened = draw(folder / "train/cats/locked.jpg", 800), Path.open

    def refuse(path: Path, *how: Any, **options: Any) -> Any:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return opened(path, *how, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert left_out(bring(folder)) == {"train/cats/locked.jpg": "This file cannot be read (Permission denied)."}


def test_what_systems_put_there_and_links_that_lead_elsewhere_are_passed_over(tmp_path: Path) -> None:
    folder = parted(tmp_path / "mine")
    cats = folder / "train" / "cats"
    for name in ("Thumbs.db", ".DS_Store", "._000.jpg", "desktop.ini"):
        (cats / name).write_bytes(b"of the system")
    (cats / "secret.jpg").symlink_to(draw(tmp_path / "elsewhere.jpg", 600))
    (cats / "nowhere.jpg").symlink_to(tmp_path / "mine.jpg")
    (cats / "loop.jpg").symlink_to(cats / "loop.jpg")
    (cats / "inside.jpg").symlink_to(cats / "000.jpg")
    (folder / "val").symlink_to(whole(tmp_path / "others"))
    (folder / "train" / "birds").symlink_to(tmp_path / "others" / "dogs")
    brought = bring(folder)
    assert brought.counts["train"] == (10, 10) and brought.counts["validation"] == (4, 4)
    assert dict(brought.duplicates) == {"train/cats/inside.jpg": "train/cats/000.jpg"}
    assert set(left_out(brought)) <= {"train/cats/loop.jpg"}


def test_turned_photos_and_those_of_four_inks_are_kept_as_they_are(tmp_path: Path) -> None:
    folder, exif = parted(tmp_path / "mine"), Image.Exif()
    exif[274] = 6
    turned = draw(folder / "train/cats/turned.jpg", 650, exif=exif).read_bytes()
    Image.new("CMYK", (40, 30), (0, 200, 90, 10)).save(folder / "train/dogs/inks.jpg", "JPEG")
    brought = bring(folder)
    assert brought.counts["train"] == (11, 11)
    assert turned in contents(brought.data, "train")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda f: f.mkdir(), "needs 2 to 10 folders.*Here are none"),
        (lambda f: whole(f, 20, 0), "Here are 1: cats"),
        (lambda f: [draw(f / f"{n} kind/a.jpg", n) for n in range(11)], "Here are 11: 0 kind, 1 kind, 10 kind, 2"),
        (lambda f: whole(f, 5, 20), "needs 4 photos of each class.*train: cats 4, dogs 16; validation: cats 1, dogs 4"),
        (lambda f: shutil.rmtree(parted(f) / "validation"), "validation: cats 0, dogs 0"),
        (lambda f: [p.write_bytes(b"no") for p in sorted((parted(f) / "train/cats").iterdir())[:7]],
         "cats 3.*Left out: 7 files, as train/cats"),
        (lambda f: [whole(f), parted(f)], "both at the top \\(cats, dogs\\) and under train, validation"),
        (lambda f: [draw(f / name / "a.jpg", 1) for name in ("cats", "Cats", "dogs")], "called alike.*Cats, cats"),
        (lambda f: [draw(f / name / "a.jpg", 1) for name in ("cats", "\u202e", "dogs")], "no name that can be shown"),
        (lambda f: f.write_text("a file"), "Only zip archives are read, and this is no archive at all"),
        (lambda f: None, "cannot be read"),
    ],
    ids=["empty", "one class", "eleven", "few", "no validation", "few good", "both ways", "alike", "nameless", "file",
         "nothing"],
)  # fmt: skip
def test_a_folder_that_makes_no_set_is_refused_and_leaves_nothing(
    make: Callable[[Path], Any], words: str, tmp_path: Path, own_home: Path
) -> None:
    make(tmp_path / "mine")
    with pytest.raises(SourceUnavailable, match=words):
        bring(tmp_path / "mine")
    assert not (own_home / "data").exists() or sets(own_home) == []


def test_too_many_files_are_refused_before_any_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = parted(tmp_path / "mine")
    monkeypatch.setattr(photo_folders, "MOST_FILES", 28)
    assert bring(folder).counts["train"] == (10, 10)
    draw(folder / "train/cats/one more.jpg", 640)
    with pytest.raises(SourceUnavailable, match="up to 28 files"):
        bring(folder, lambda *_: pytest.fail("It was read."))


def test_a_folder_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, whole_list = parted(tmp_path / "mine"), os.listdir

    def refuse(path: Any) -> list[str]:
        if Path(path) == folder / "train" / "dogs":
            raise PermissionError(13, "Permission denied")
        return whole_list(path)

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(SourceUnavailable, match=r"cannot be read \(Permission denied\)"):
        bring(folder)


def test_broken_off_it_leaves_nothing(tmp_path: Path, own_home: Path) -> None:
    def interrupt(what: str, done: int, of: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(parted(tmp_path / "mine"), interrupt)
    assert sets(own_home) == []


def test_a_disk_that_is_full_is_said_and_leaves_nothing(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    folder = parted(tmp_path / "mine")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SourceUnavailable, match="cannot be kept.*No space left.*Make room"):
        bring(folder)
    assert sets(own_home) == []


def test_killed_in_the_middle_there_is_no_set_and_the_rest_goes_later(tmp_path: Path, own_home: Path) -> None:
    folder = parted(tmp_path / "mine")
    code = """
import os, signal, sys
from pathlib import Path
from core.sources.photo_sets import bring
bring(Path(sys.argv[1]), lambda what, done, of: done == 7 and os.kill(os.getpid(), signal.SIGKILL))
"""
    ended = subprocess.run([sys.executable, "-c", code, folder], cwd=ROOT, check=False)
    assert ended.returncode == -9
    (rest,) = sets(own_home)
    assert rest.startswith("part-")
    data = bring(folder).data  # the rest may be another process at work
    assert sets(own_home) == sorted([rest, data[7:]])
    path = own_home / "data" / "pictures" / rest
    for one in (*path.iterdir(), path):
        os.utime(one, times=(path.stat().st_mtime - LEFT_BEHIND_SECONDS - 1,) * 2)
    assert bring(folder).data == data
    assert sets(own_home) == [data[7:]]


def test_a_set_brought_again_stays_and_is_mended(tmp_path: Path, own_home: Path) -> None:
    folder = parted(tmp_path / "mine")
    data = bring(folder).data
    place = own_home / "data" / "pictures" / data[7:]
    inode = place.stat().st_ino
    assert bring(folder).data == data
    assert place.stat().st_ino == inode
    for damage in ("missing", "shorter", "no index"):
        file = place / "index.json" if damage == "no index" else max(place.iterdir())
        if damage == "shorter":
            file.write_bytes(file.read_bytes()[:-1])
        else:
            file.unlink()
        assert bring(folder).data == data
        assert [len(contents(data, part)) for part in ("train", "validation", "test")] == [20, 8, 0]
        assert sets(own_home) == [data[7:]]


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_photo_that_is_gone_or_changed_is_an_error(damage: str, tmp_path: Path, own_home: Path) -> None:
    data = bring(parted(tmp_path / "mine")).data
    file = next(p for p in (own_home / "data" / "pictures" / data[7:]).iterdir() if p.suffix != ".json")
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(SourceUnavailable, match="missing or changed.*core bring"):
        contents(data, "train") + contents(data, "validation")


@pytest.mark.parametrize(
    "data",
    ["builtin", "sha256:", f"sha256:{'A' * 64}", f"sha256:{'a' * 64}", "sha256:../../runs", f"sha256:{'a' * 64}\n"],
    ids=["builtin", "short", "capitals", "unknown", "path", "line"],
)  # fmt: skip
def test_a_set_that_is_not_here_says_how_to_bring_it(data: str) -> None:
    assert not is_here(data)
    with pytest.raises(SourceUnavailable, match="python -m core bring"):
        counts(data)
    with pytest.raises(SourceUnavailable, match="python -m core bring"):
        photo_sets.classes(data)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"train": 7}', '{"train": [["a"]], "validation": [], "test": []}'])
def test_an_index_that_is_damaged_or_anothers_is_not_believed(content: str, tmp_path: Path, own_home: Path) -> None:
    data = bring(parted(tmp_path / "mine")).data
    assert is_here(data)
    index = own_home / "data" / "pictures" / data[7:] / "index.json"
    index.write_text(content or index.read_text().replace('", 0]', '", 1]', 1))
    assert not is_here(data)


def test_a_set_removed_from_disk_is_no_longer_here(tmp_path: Path, own_home: Path) -> None:
    data = bring(parted(tmp_path / "mine")).data
    assert is_here(data)
    shutil.rmtree(own_home / "data")
    assert not is_here(data)
    with pytest.raises(SourceUnavailable, match="not on this computer"):
        next(photos(data, "train"))


def test_names_of_any_characters_are_said_in_one_line(tmp_path: Path) -> None:
    folder = parted(tmp_path / "mine")
    name = os.fsdecode(b"a\n\x1b[31m\xff.jpg")
    (folder / "train" / "cats" / name).write_text("no picture")
    (said,) = left_out(bring(folder))
    assert said.isprintable() and said.encode()


def of_classes(folder: Path, names: tuple[str, ...], each: int = 6) -> Path:
    for label, name in enumerate(names):
        for number in range(each):
            draw(folder / name / f"{number}.jpg", 100 * label + number)
    return folder


def test_any_classes_are_sorted_by_name_and_come_in_turns(tmp_path: Path) -> None:
    brought = bring(of_classes(tmp_path / "mine", ("pears", "Äpfel", "apples")))
    assert brought.classes == photo_sets.classes(brought.data) == ("apples", "pears", "Äpfel")
    assert brought.counts == {"train": (4, 4, 4), "validation": (2, 2, 2), "test": (0, 0, 0)}
    assert [label for _, label in photos(brought.data, "train")] == [0, 1, 2] * 4
    pears = {read_photo(p.read_bytes(), 24).tobytes() for p in (tmp_path / "mine/pears").iterdir()}
    found = [read_photo(c, 24).tobytes() for part in ("train", "validation") for c, label in photos(brought.data, part)
             if label == 1]  # fmt: skip
    assert set(found) == pears and len(found) == 6


def test_one_photo_of_a_class_comes_after_the_other(tmp_path: Path) -> None:
    data = bring(of_classes(tmp_path / "mine", ("a", "b"), each=9)).data
    of_b = [content for content, label in photos(data, "validation") if label == 1]
    assert [photo_sets.one_photo(data, "validation", 1, turn) for turn in range(4)] == [
        (of_b[0], 1, 3), (of_b[1], 2, 3), (of_b[2], 3, 3), (of_b[0], 1, 3)
    ]  # fmt: skip
    with pytest.raises(SourceUnavailable, match="no photo of this class"):
        photo_sets.one_photo(data, "test", 1, 0)


def test_folders_around_all_classes_count_for_nothing(tmp_path: Path) -> None:
    plain = bring(of_classes(tmp_path / "plain", ("a", "b"))).data
    assert bring(of_classes(tmp_path / "deep" / "photos" / "mine", ("a", "b")).parents[1]).data == plain
    assert bring(parted(tmp_path / "p")).data == bring(parted(tmp_path / "q" / "photos").parent).data


def test_trains_may_be_a_class(tmp_path: Path) -> None:
    assert bring(of_classes(tmp_path / "mine", ("train", "car", "test"))).classes == ("car", "test", "train")


def test_a_class_called_otherwise_is_another_set_and_letters_written_apart_are_not(tmp_path: Path) -> None:
    first = bring(of_classes(tmp_path / "a", ("a", "b\u00e4r"))).data
    assert bring(of_classes(tmp_path / "b", ("a", "ba\u0308r"))).data == first
    assert bring(of_classes(tmp_path / "c", ("a", "bear"))).data != first


def test_names_of_classes_are_kept_short_and_printable(tmp_path: Path) -> None:
    brought = bring(of_classes(tmp_path / "mine", ("a\n\u202eb", os.fsdecode(b"c\xff"), "d" * 90)))
    assert brought.classes == ("a b", "c", "d" * 40)
    assert photo_sets.classes(brought.data) == brought.classes


def test_a_file_beside_the_classes_is_left_out_by_name(tmp_path: Path) -> None:
    folder = of_classes(tmp_path / "mine", ("a", "b"))
    draw(folder / "stray.jpg", 900)
    assert left_out(bring(folder)) == {"stray.jpg": "It lies in no class's folder."}


def test_a_set_from_before_classes_had_names_opens_as_cats_and_dogs(tmp_path: Path, own_home: Path) -> None:
    brought = bring(parted(tmp_path / "mine"))
    folder = photo_sets.SETS.folder(brought.data)
    index = json.loads((folder / "index.json").read_text())
    del index["classes"]
    old = f"sha256:{identity(index)}"
    (folder / "index.json").write_text(json.dumps(index))
    folder.rename(folder.with_name(old[7:]))
    assert photo_sets.classes(old) == () and counts(old) == (20, 8, 0)
    assert [label for _, label in photos(old, "train")] == [0, 1] * 10
    spec = parse({"scenario": "cats_dogs", "data": old, "examples": 20})
    assert spec.options["classes"] == 0 and get("cats_dogs").layers(spec)[-1].output == "1"


@pytest.mark.skipif(not REAL.is_dir(), reason="the photos beside the project are not here")
def test_real_photos_make_a_set_of_200_and_100() -> None:
    brought = bring(REAL)
    assert brought.counts == {"train": (100, 100), "validation": (50, 50), "test": (0, 0)}
    assert (brought.unreadable, brought.duplicates) == ((), ())
    assert counts(brought.data) == (200, 100, 0)


def test_the_web_process_may_look_without_tensorflow() -> None:
    code = (
        "import core.sources.photo_sets as s, core.sources.pictures, sys; "
        "assert not s.is_here('sha256:' + 'a' * 64); assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
