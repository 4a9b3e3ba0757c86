"""The builtin sentences: how many, none on both sides, as many of each kind, the same every time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.sources import sentences
from core.sources.catalogue import installed_file
from core.sources.sentences import COUNTS, counts, load_sentences
from core.sources.text_parts import same_text, split_texts


def test_all_sentences_are_there_each_with_its_label_and_evenly_split() -> None:
    kept = load_sentences()
    assert (len(kept), kept.training, counts()) == (8_530, 6_824, COUNTS)
    table = pd.read_csv(installed_file(sentences.PACKAGE, sentences.FILE))
    table = table[table["source"] == "rotten_tomatoes"]
    assert dict(zip(kept.texts, kept.labels.astype(int).tolist(), strict=True)) == dict(
        zip(table["text"], table["label"], strict=True)
    )
    assert kept.labels[: kept.training].sum() * 2 == kept.training
    assert kept.labels.dtype == np.float32 and 20 < np.abs(np.diff(kept.labels[:100])).sum() < 80  # shuffled


def test_no_sentence_is_on_both_sides_of_the_split() -> None:
    kept = load_sentences()
    train, held_out = (set(map(same_text, part)) for part in (kept.texts[: kept.training], kept.texts[kept.training :]))
    assert not train & held_out


def test_copies_stay_on_one_side_and_order_plays_no_part() -> None:
    texts = [f"text {n}" for n in range(40)] + ["Text  1", "TEXT 1 "]
    labels = [n % 2 for n in range(40)] + [1, 1]
    split = split_texts(texts, labels)
    again = split_texts(texts[::-1], labels[::-1])
    assert (split.texts, split.training) == (again.texts, again.training) and np.array_equal(split.labels, again.labels)
    sides = {i < split.training for i, text in enumerate(split.texts) if same_text(text) == same_text("text 1")}
    assert len(sides) == 1 and len(split) == 42
    held_out = split.labels[split.training :]
    assert held_out.tolist().count(0) == held_out.tolist().count(1) == 4


def test_counts_need_no_reading() -> None:
    code = "import sys\nfrom core.sources.sentences import counts\ncounts()\nassert not 'pandas' in sys.modules"
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("data", ["sha256:" + 64 * "a", "sha256:12", "elsewhere"])
def test_texts_that_are_not_here_are_an_error(data: str, own_home: Path) -> None:
    from core.errors import SourceUnavailable

    with pytest.raises(SourceUnavailable, match="not on this computer|named sha256"):
        load_sentences(data)
