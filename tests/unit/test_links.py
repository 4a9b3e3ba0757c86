"""Links that were given away keep their meaning: what an address said once, it says in every later release."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from core.errors import InvalidSettings
from core.export.settings import link_query
from core.scenarios import parse
from pages.parts.share import qr_code, share_link

SPECS: dict[str, dict[str, Any]] = {
    # short links, as the address bar has them: what is not said is the default of the day they were made
    "iris?task=flowers": {"epochs": 200, "learning_rate": 0.01, "frozen": ("dense_50", "dense_25"), "examples": 8},
    "iris?task=third_species&frozen=none": {"source": "iris-two-species", "frozen": (), "examples": 15, "epochs": 200},
    "imdb?frozen=embedding&epochs=25": {"source": "news20-stand-in", "frozen": ("embedding",), "epochs": 25},
    "imdb?source=universal-sentence-encoder": {"examples": 200, "learning_rate": 0.003, "frozen": ("encoder",)},
    "cats_dogs?size=96&frozen=stem,block_0": {"frozen": ("stem", "block_0"), "examples": 2_000, "epochs": 20},
    "glove?network=lstm": {"learning_rate": 0.001, "epochs": 10, "examples": 6_824},
    # whole links, as they are shared
    "imdb?v=1&start=random&source=glove-100d&data=builtin&frozen=none&examples=700&epochs=3&early_stopping=true"
    "&patience=4&min_delta=0.0&restore_best=false&learning_rate=0.01&batch_size=64&seed=9&hidden=32&reviews=3000": {
        "start": "random", "source": "glove-100d", "frozen": (), "examples": 700, "epochs": 3, "early_stopping": True,
        "patience": 4, "min_delta": 0.0, "restore_best": False, "learning_rate": 0.01, "batch_size": 64, "seed": 9,
    },
    "iris?v=1&start=pretrained&source=iris-three-species&data=rows:5,3,1,0.2,0;6,3,4,1,1;6,3,5.5,2,2;7,3,6,2,3"
    "&frozen=dense_50,dense_25&epochs=5&task=flowers&per_species=2&spread=0.25": {"examples": 4, "epochs": 5},
}  # fmt: skip


def read(link: str) -> Any:
    parts = urlsplit(link)
    return parse({"scenario": parts.path.strip("/"), **dict(parse_qsl(parts.query))})


@pytest.mark.parametrize("link", SPECS)
def test_an_old_link_means_what_it_meant(link: str) -> None:
    spec = read(link)
    assert {name: getattr(spec, name) for name in SPECS[link]} == SPECS[link]


@pytest.mark.parametrize("link", SPECS)
def test_a_shared_link_gives_the_same_settings_again(link: str) -> None:
    spec = read(link)
    shared = share_link(f"http://class.example:8501/{spec.scenario}?old=1#x", spec, "0" * 16)
    parts = urlsplit(shared)
    query = dict(parse_qsl(parts.query))
    assert query.pop("run") == "0" * 16
    assert (parts.netloc, parts.path, parts.fragment) == ("class.example:8501", f"/{spec.scenario}", "")
    assert parse({"scenario": spec.scenario, **query}) == spec
    assert set(link_query(spec)) == set(spec.flat()) - {"scenario"}


def test_a_link_of_a_later_version_is_refused_in_words() -> None:
    with pytest.raises(InvalidSettings, match="This release reads version 1"):
        read("imdb?v=2&epochs=3")


def test_a_link_becomes_a_picture_unless_no_phone_could_read_it() -> None:
    code = qr_code("http://127.0.0.1:8501/imdb?v=1")
    assert code is not None and code.startswith(b"\x89PNG")
    assert qr_code("http://x/" + "a" * 5_000) is None
