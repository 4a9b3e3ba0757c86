"""Zip archives, honest and hostile: nothing is written outside, nothing grows without end, errors say what it is."""

from __future__ import annotations

import io
import json
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import SourceUnavailable
from core.sources import archives, photo_sets
from core.sources.archives import Unpacked, count_files, unpack
from core.sources.photo_sets import Brought, bring_zip

Entries = list[tuple[str | zipfile.ZipInfo, bytes]]


def jpeg(number: int) -> bytes:
    file, noise = io.BytesIO(), np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8)
    Image.fromarray(noise).save(file, "JPEG")
    return file.getvalue()


def photos(above: str = "", classes: tuple[str, ...] = ("cats", "dogs"), each: int = 6) -> Entries:
    return [
        (f"{above}{name}/{n}.jpg", jpeg(100 * label + n)) for label, name in enumerate(classes) for n in range(each)
    ]


def packed(entries: Entries, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def brought(entries: Entries | bytes) -> Brought:
    return bring_zip(io.BytesIO(entries if isinstance(entries, bytes) else packed(entries)), "mine.zip")


def unpacked(content: bytes, folder: Path, name: str = "mine.zip") -> Unpacked:
    folder.mkdir(exist_ok=True)
    return unpack(io.BytesIO(content), name, folder, lambda *_: None)


def info(name: str, mode: int = 0) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


@pytest.mark.parametrize("above", ["", "photos/", "a/b/c/d/e/f/"])
def test_photos_are_found_whatever_folders_stand_around_them(above: str, own_home: Path) -> None:
    clutter: Entries = [("__MACOSX/photos/cats/._0.jpg", b"x"), (f"{above}cats/.DS_Store", b"x"), (f"{above}.x/a", b"")]
    found = brought([*photos(above), *clutter])
    assert found.classes == ("cats", "dogs") and found.counts["train"] == (4, 4)
    assert (found.unreadable, found.duplicates) == ((), ())
    assert found.data == brought(photos()).data


def test_parts_are_kept_and_backslashes_are_folders_too(own_home: Path) -> None:
    parts = [(name.replace("/", "\\"), content) for part, each in (("train/", 6), ("val/", 3))
             for name, content in photos(part, each=each)]  # fmt: skip
    found = brought([(n, jpeg(i + 1_000)) for i, (n, _) in enumerate(parts)])
    assert found.counts == {"train": (6, 6), "validation": (3, 3), "test": (0, 0)}


EVIL = ("../evil.jpg", "cats/../../evil.jpg", "/etc/evil.jpg", "C:/evil.jpg", "c:\\evil.jpg", "\\\\host\\evil.jpg",
        "cats/./evil.jpg", "cats//evil.jpg")  # fmt: skip


@pytest.mark.parametrize("name", EVIL)
def test_a_name_that_leads_elsewhere_writes_nothing_there(name: str, tmp_path: Path) -> None:
    found = unpacked(packed([*photos(), (name, b"evil")]), tmp_path / "in")
    assert len(found.found) == 12
    ((said, why),) = found.left_out
    assert "evil.jpg" in said and "leads out" in why
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]
    assert sorted(p.name for p in (tmp_path / "in").iterdir()) == [f"{n:06}" for n in range(12)]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_are_left_out(kind: int, tmp_path: Path) -> None:
    found = unpacked(packed([*photos(), (info("cats/link.jpg", kind | 0o777), b"/etc/passwd")]), tmp_path / "in")
    assert found.left_out == (("cats/link.jpg", "This is a link or a device, not a file."),)
    assert not any(p.is_symlink() for p in (tmp_path / "in").iterdir())


def test_a_file_that_becomes_far_larger_is_left_out_and_the_rest_stays(tmp_path: Path) -> None:
    found = unpacked(packed([*photos(), ("cats/bomb.jpg", bytes(15_000_000))]), tmp_path / "in")
    assert len(found.found) == 12 and dict(found.left_out)["cats/bomb.jpg"].startswith("It becomes far larger")
    assert all(p.stat().st_size < 10**6 for p in (tmp_path / "in").iterdir())


def test_a_photo_of_its_own_size_is_refused_for_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 1_000_000)
    noise = np.random.default_rng(1).bytes(1_200_000)
    found = unpacked(packed([*photos(), ("cats/large.jpg", noise)]), tmp_path / "in")
    assert dict(found.left_out) == {"cats/large.jpg": "A photo may have up to 1 MB. Save it smaller."}


def test_all_together_may_be_no_more_than_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ZIP_UNPACKED_BYTES", 5_000)
    with pytest.raises(SourceUnavailable, match="may be up to 0 MB together"):
        unpacked(packed(photos()), tmp_path / "in")
    assert sum(p.stat().st_size for p in (tmp_path / "in").iterdir()) <= 5_000


def test_what_is_left_out_counts_towards_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bombs: Entries = [(f"cats/{n}.jpg", bytes(1_100_000 + n)) for n in range(12)]
    assert len(unpacked(packed(bombs), tmp_path / "in").left_out) == 12
    monkeypatch.setattr(archives, "ZIP_UNPACKED_BYTES", 5_000_000)
    with pytest.raises(SourceUnavailable, match="up to 5 MB together"):
        unpacked(packed(bombs), tmp_path / "in")


def test_a_zip_in_a_zip_is_a_file_that_is_no_photo(own_home: Path) -> None:
    found = brought([*photos(), ("cats/inner.zip", packed(photos()))])
    assert "not a picture" in dict(found.unreadable)["cats/inner.zip"]


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed([(f"cats/{n}.jpg", b"") for n in range(10_000)], zipfile.ZIP_STORED)
    with pytest.raises(SourceUnavailable, match="up to 5,000 entries.*10,000"):
        unpacked(content, tmp_path / "in")
    monkeypatch.setattr(archives, "ZIP_DIRECTORY_BYTES", 100_000)
    with pytest.raises(SourceUnavailable, match="list of contents is too long"):
        unpacked(content, tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_too_large_an_archive_is_refused_before_it_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ZIP_BYTES", 1_000_000)
    monkeypatch.setattr(archives.zipfile, "ZipFile", lambda *_: pytest.fail("It was opened."))
    with pytest.raises(SourceUnavailable, match="up to 1 MB.*1.2 MB"):
        count_files(io.BytesIO(bytes(1_200_000)), "mine.zip")


def renamed(content: bytes, old: bytes, new: bytes, flags: int | None = None) -> bytes:
    """An archive with a name of the same length put in place of another, and perhaps other flags."""
    assert len(old) == len(new)
    content = content.replace(old, new)
    for mark, at, name_at in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        place = 0
        while flags is not None and (place := content.find(mark, place)) >= 0:
            if content[place + name_at :].startswith(new):
                content = content[: place + at] + struct.pack("<H", flags) + content[place + at + 2 :]
            place += 4
    return content


def test_names_in_dos_letters_or_a_macs_utf_8_are_read_and_shown(own_home: Path) -> None:
    content = packed(photos(classes=("XXpfel", "dogs")))
    mac = brought(renamed(content, b"XXpfel", "Äpfel".encode()))
    dos = brought(renamed(packed(photos(classes=("Xpfel", "dogs"))), b"Xpfel", "Äpfel".encode("cp437")))
    assert (mac.classes, dos.classes) == (("dogs", "Äpfel"), ("dogs", "Äpfel"))


def test_a_name_that_is_no_utf_8_although_it_says_so_is_an_error_in_words(tmp_path: Path) -> None:
    content = renamed(packed(photos(classes=("XXpfel", "dogs"))), b"XXpfel", b"\xff\xfepfel", 0x800)
    with pytest.raises(SourceUnavailable, match="damaged or cut off") as caught:
        unpacked(content, tmp_path / "in")
    assert str(caught.value).isprintable()


def test_names_of_any_letters_can_be_said_and_written_as_json(own_home: Path) -> None:
    names = ("cats/\udcff\n\x1b[31m.jpg".encode("utf-8", "surrogatepass").decode("latin-1"), "cats/\u202egpj.exe", "")
    found = brought([*photos(), *((n or "cats/" + "n" * 65_000, b"no photo") for n in names)])
    assert len(found.unreadable) == 3
    for name, why in found.unreadable:
        assert name.isprintable() and why.isprintable() and len(name) <= 200 and json.dumps([name, why]).encode("ascii")


def test_the_longest_names_there_can_be_are_cut(own_home: Path) -> None:
    long = "x" * (65_535 - len("/0.jpg"))
    found = brought([(f"{long}/{n}.jpg", jpeg(n)) for n in range(6)] + photos(classes=("dogs",))[:0] + [
        (f"dogs/{n}.jpg", jpeg(50 + n)) for n in range(6)])  # fmt: skip
    assert found.classes == ("dogs", "x" * 40)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_files_of_one_name_the_last_one_counts(own_home: Path) -> None:
    found = brought([*photos(each=7), ("cats/0.jpg", b"no photo")])
    assert sum(of[0] for of in found.counts.values()) == 6
    assert "not a picture" in dict(found.unreadable)["cats/0.jpg"]


def test_a_folder_that_is_a_file_elsewhere_harms_nothing(own_home: Path) -> None:
    found = brought([*photos(), ("cats", b"a file"), ("dogs/0.jpg/inside.jpg", jpeg(7))])
    assert found.classes == ("cats", "dogs") and found.counts["train"] == (4, 4)
    assert set(dict(found.unreadable)) == {"cats", "dogs/0.jpg"}


def test_a_locked_zip_says_so(tmp_path: Path) -> None:
    content = renamed(packed(photos()), b"cats/0.jpg", b"cats/0.jpg", 0x1)
    with pytest.raises(SourceUnavailable, match="locked with a password"):
        unpacked(content, tmp_path / "in")


@pytest.mark.parametrize("left", [0.2, 0.9, 0.999])
def test_a_zip_cut_off_says_so(left: float, tmp_path: Path) -> None:
    content = packed(photos())
    with pytest.raises(SourceUnavailable, match="damaged or cut off"):
        unpacked(content[: int(left * len(content))], tmp_path / "in")


def test_damage_inside_costs_one_file(own_home: Path) -> None:
    content = bytearray(packed([*photos(), ("cats/hurt.jpg", jpeg(77))]))
    at = content.find(b"cats/hurt.jpg") + 60
    content[at : at + 8] = bytes(8)
    found = brought(bytes(content))
    assert "damaged in the archive" in dict(found.unreadable)["cats/hurt.jpg"]


def test_what_the_list_says_of_sizes_is_not_believed(tmp_path: Path) -> None:
    content = packed([("cats/a.jpg", bytes(3_000_000)), *photos()])
    first = content.find(b"PK\x01\x02")
    for claimed in (10, 0xFFFFFFFE):
        lying = content[: first + 24] + struct.pack("<I", claimed) + content[first + 28 :]
        found = unpacked(lying, tmp_path / f"in{claimed}")
        assert len(found.found) == 12 and "cats/a.jpg" in dict(found.left_out)
        assert max(p.stat().st_size for p in (tmp_path / f"in{claimed}").iterdir()) < 10**6


@pytest.mark.parametrize("claimed", [0, 2**63, 2**64 - 1])
def test_lies_in_zip64_fields_are_errors_or_cost_one_file(claimed: int, tmp_path: Path) -> None:
    content = packed([("cats/a.jpg", jpeg(5))])
    first, end = content.find(b"PK\x01\x02"), content.find(b"PK\x05\x06")
    extra = struct.pack("<HHQQ", 1, 16, claimed, claimed)
    entry = bytearray(content[first:end])
    entry[20:28], entry[30:32] = b"\xff" * 8, struct.pack("<H", len(extra))
    tail = bytearray(content[end:])
    tail[12:16] = struct.pack("<I", len(entry) + len(extra))
    try:
        found = unpacked(content[:first] + bytes(entry) + extra + bytes(tail), tmp_path / "in")
    except SourceUnavailable as error:
        assert str(error).isprintable()
    else:
        assert sum(p.stat().st_size for p in (tmp_path / "in").iterdir()) < 10**6 and len(found.found) <= 1


def test_files_that_lie_one_over_the_other_are_refused(tmp_path: Path) -> None:
    content = packed(photos())
    places = [i for i in range(len(content)) if content.startswith(b"PK\x01\x02", i)]
    second = places[1] + 42
    overlapping = content[:second] + struct.pack("<I", 5) + content[second + 4 :]
    with pytest.raises(SourceUnavailable, match="one over the other"):
        unpacked(overlapping, tmp_path / "in")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_left_out(method: int, tmp_path: Path) -> None:
    found = unpacked(packed(photos(), method), tmp_path / "in")
    assert not found.found and all("packed in a way" in why for _, why in found.left_out)


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("cats"), None)
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (tar, "a tar archive"),
        (lambda: b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
        (lambda: b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7-Zip archive"),
        (lambda: b"\x1f\x8b\x08" + bytes(20), "a gzip file"),
        (lambda: b"PK\x07\x08PK\x03\x04", "one part of a zip in several"),
        (lambda: b"%PDF-1.7", "a PDF"),
        (lambda: b"", "this is empty"),
        (lambda: b"Dear cat", "no archive at all"),
        (lambda: b"\x89HDF\r\n\x1a\n" + bytes(50), "a model's file. Models are never loaded"),
    ],
    ids=["tar", "rar", "7z", "gzip", "split", "pdf", "empty", "text", "hdf5"],
)
def test_what_is_no_zip_is_named(make: Callable[[], bytes], words: str) -> None:
    with pytest.raises(SourceUnavailable, match=words):
        count_files(io.BytesIO(make()), "mine.zip")


def test_a_model_is_never_loaded(own_home: Path) -> None:
    keras = packed([("metadata.json", b"{}"), ("config.json", b"{}"), ("model.weights.h5", b"\x89HDF")])
    for name in ("net.keras", "photos.zip"):
        with pytest.raises(SourceUnavailable, match=f"model's file.*{name}"):
            count_files(io.BytesIO(keras), name)
    found = brought([*photos(), ("cats/net.keras", keras), ("net.H5", b"\x89HDF\r\n\x1a\n"), ("cats/w.pt", b"PK")])
    assert set(dict(found.unreadable)) == {"cats/net.keras", "net.H5", "cats/w.pt"}
    assert all("never loaded" in why for why in dict(found.unreadable).values())


def test_an_empty_zip_and_one_of_no_folders_say_what_is_wanted(own_home: Path) -> None:
    for entries in ([], [("a.jpg", jpeg(1))]):
        with pytest.raises(SourceUnavailable, match="needs 2 to 10 folders.*Here are none"):
            brought(list(entries))


def test_nothing_stays_of_an_archive_but_its_set(own_home: Path) -> None:
    data = brought([*photos(), ("cats/letter.jpg", b"Dear cat")]).data
    with pytest.raises(SourceUnavailable):
        brought(photos(each=2))
    above = own_home / "data" / "pictures"
    assert [p.name for p in above.iterdir()] == [data[7:]]
    assert photo_sets.counts(data) == (8, 4, 0)


def test_files_are_counted_by_the_list_alone() -> None:
    assert count_files(io.BytesIO(packed([*photos(), ("__MACOSX/x", b"")])), "mine.zip") == 12
