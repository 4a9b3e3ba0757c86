"""Words as ids in the way of Keras' old Tokenizer and pad_sequences, against these themselves."""

from __future__ import annotations

import numpy as np
import pytest
from keras.src.legacy.preprocessing.text import Tokenizer
from keras.utils import pad_sequences

from core.sources.sentences import load_sentences
from core.sources.tokens import UNKNOWN, count_tokens, coverage, fit, split_tokens

ODD = ["", "...", "It's GREAT!\n\tso-so", "été  naïve", "<b>tags</b> & more", "one two one", "@#$ 3.5 %"]


@pytest.mark.parametrize("size", [5, 60, 10_000])
def test_ids_and_padding_are_those_of_keras_tokenizer(size: int) -> None:
    texts = [*load_sentences().texts[:400], *ODD]
    theirs = Tokenizer(num_words=size + 1, oov_token=UNKNOWN)
    theirs.fit_on_texts(texts)
    ours, new = fit(texts, size), [*texts[:50], *ODD, "words never seen zzz"]
    assert [ours.ids(text) for text in new] == theirs.texts_to_sequences(new)
    for length in (3, 50):
        expected = pad_sequences(theirs.texts_to_sequences(new), maxlen=length, padding="post", truncating="post")
        found = ours.padded(new, length)
        assert np.array_equal(found, expected) and found.dtype == np.int32
    assert len(ours) <= size and ours.words[0] == UNKNOWN and ours.id_of[UNKNOWN] == 1


def test_coverage_counts_words_and_occurrences() -> None:
    vocabulary = fit(["a a a b", "b c"], 10)
    found = coverage(vocabulary, count_tokens(["a a a b", "b c"]), {"a", "c"})
    assert found.words == pytest.approx(2 / 3) and found.occurrences == pytest.approx(4 / 6)
    assert found.missing == (("b", 2),)
    assert coverage(fit([], 10), {}, set()) == (0.0, 0.0, ())


def test_words_are_split_at_spaces_once_punctuation_is_gone() -> None:
    assert split_tokens("Don't stop-now,  OK?") == ["don't", "stop", "now", "ok"]
