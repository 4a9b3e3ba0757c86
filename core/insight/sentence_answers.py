"""What a network makes of a sentence, word by word, and what its words' vectors know, before and after a run. Answers
are JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from core.errors import LabError, UnreadableText
from core.insight import moved_words, near_words, word_lab
from core.insight.review_answers import readable
from core.scenarios.base import Models
from core.scenarios.glove import ENCODER, SHIPPED, chosen_sentences
from core.sources import encoder
from core.sources.sentence_ids import coverage_of, ids_of, rows_of, vectors_of, vocabulary_of
from core.sources.sentences import load_sentences
from core.sources.tokens import UNKNOWN_ID, Vocabulary, split_tokens
from core.sources.word_vectors import WordVectors, of_vocabulary
from core.spec import RunSpec
from core.training.prefix import features
from core.words import say

SAMPLES = 6
ENCODER_WORDS = 60
"""Words an encoder is asked to do without, at most: it reads the sentence anew for each (1 ms)."""


def answer(question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
    """``samples``, ``examine`` and ``judge`` are about sentences; ``word``, ``neighbours``, ``formula`` and
    ``words_map`` about the source's vectors; ``moved``, ``neighbours_moved``, ``pair_moved`` and ``moves_map`` about
    what a run did to them. See the functions of these names, here and in `core.insight.word_lab` and its neighbours."""
    match question:
        case "samples":
            return samples(spec)
        case "examine":
            return examine(spec, models, given["text"])
        case "judge":
            from core.insight import judges

            return judges.judge(given["judge"], readable(given["text"]))
        case "word":
            return word_lab.word(_vectors(spec), given["word"])
        case "neighbours":
            return near_words.neighbours(_vectors(spec), given["word"])
        case "formula":
            return word_lab.formula(_vectors(spec), given["text"])
        case "words_map":
            return word_lab.word_map(_vectors(spec), given["words"])
        case "moved":
            return moved_words.moved_words(*before_and_after(spec, models), times_read(spec))
        case "neighbours_moved":
            return moved_words.neighbours_moved(*before_and_after(spec, models), given["word"])
        case "pair_moved":
            return moved_words.pair_moved(*before_and_after(spec, models), given["first"], given["second"])
        case "moves_map":
            return moved_words.moves_map(*before_and_after(spec, models), given["words"])
    mend = say("Ask examine, word, formula or moved.")
    raise LabError(say("There is no such question about sentences."), question, mend)


def samples(spec: RunSpec) -> dict[str, Any]:
    """The first ``sentences`` a run trains on, with labels; how much of the vocabulary has a vector (``coverage`` of
    words and of occurrences, the commonest ``missing`` ones), and how many sentences are longer than what is read."""
    kept, vocabulary = load_sentences(spec.data), vocabulary_of(spec.data)
    rows = chosen_sentences(kept.training, spec.examples, spec.seed)[:SAMPLES]
    found = coverage_of(spec.data, _vectors(spec))
    longer = sum(len(split_tokens(text)) > int(spec.options["length"]) for text in kept.texts)
    return {
        "sentences": [{"text": kept.texts[row], "label": int(kept.labels[row])} for row in rows],
        "vocabulary": len(vocabulary),
        "coverage": [found.words, found.occurrences],
        "missing": [list(pair) for pair in found.missing],
        "longer": longer,
        "of": len(kept),
        "training": kept.training,
    }


def examine(spec: RunSpec, models: Models, text: str) -> dict[str, Any]:
    """One sentence, by the network as the run left it.

    ``words`` are its tokens, each with its ``id``, whether it is ``known``, whether it has a vector at the start
    (``has_vector``), and the probability ``without`` it; ``ids`` is the padded row the network reads; ``cut`` says how
    many words did not fit. ``probability`` of praise, and ``before`` training.

    Raises:
        UnreadableText: when it is too long, or has no word in it.
    """
    if spec.source == ENCODER:
        return _examine_whole(spec, models, text)
    vocabulary, length = vocabulary_of(spec.data), int(spec.options["length"])
    tokens = split_tokens(readable(text))
    if not tokens:
        mend = say("Write a sentence of at least one word.")
        raise UnreadableText(say("There is no word in this text."), text, mend)
    ids, read = vocabulary.ids(text), tokens[:length]
    shorter = [" ".join(tokens[:i] + tokens[i + 1 :]) for i in range(len(read))]
    rows = ids_of(vocabulary, [text, *shorter], length)
    p, *without = _probabilities(models.after, rows)
    table = np.asarray(models.before.get_layer("embedding").embeddings)
    has_vector = [bool(table[number].any()) for number in ids]
    return {
        "words": [
            {"word": token, "id": number, "known": number != UNKNOWN_ID, "has_vector": has, "without": q}
            for token, number, has, q in zip(read, ids, has_vector, without, strict=False)
        ],
        "ids": rows[0].tolist(),
        "count": len(tokens),
        "cut": len(tokens) - len(read),
        "unknown": ids.count(UNKNOWN_ID),
        "probability": p,
        "before": _probabilities(models.before, rows[:1])[0],
    }


def before_and_after(spec: RunSpec, models: Models) -> tuple[WordVectors, WordVectors]:
    """The words of the vocabulary with their vectors as the run began and as it left them.

    Raises:
        LabError: when the run has no vectors of words.
    """
    if spec.source == ENCODER:
        what = say("The sentence encoder reads whole sentences: there are no words whose vectors could move.")
        raise LabError(what, spec.source, say("Choose GloVe as source."))
    vocabulary = vocabulary_of(spec.data)
    return _words_of(vocabulary, models.before), _words_of(vocabulary, models.after)


def times_read(spec: RunSpec) -> np.ndarray:
    """How often a run's training sentences hold each word of the vocabulary, the unknown word left out."""
    kept, vocabulary = load_sentences(spec.data), vocabulary_of(spec.data)
    chosen = chosen_sentences(kept.training, spec.examples, spec.seed)
    rows = rows_of(spec.data, int(spec.options["length"]))[chosen]
    return np.bincount(rows.ravel(), minlength=len(vocabulary) + 1)[UNKNOWN_ID + 1 :]


@lru_cache(maxsize=4)
def _words_of(vocabulary: Vocabulary, model: Any) -> WordVectors:
    table = np.asarray(model.get_layer("embedding").embeddings)
    return of_vocabulary({w: n for w, n in vocabulary.id_of.items() if n != UNKNOWN_ID}, table)


def _vectors(spec: RunSpec) -> WordVectors:
    return vectors_of(SHIPPED if spec.source == ENCODER else spec.source)


def _examine_whole(spec: RunSpec, models: Models, text: str) -> dict[str, Any]:
    """By an encoder, which knows no ids."""
    words = readable(text).split()
    some = range(min(len(words), ENCODER_WORDS))
    shorter = [" ".join(words[:i] + words[i + 1 :]) for i in some]
    numbers = encoder.encode_each([text, *shorter])
    p, *without = _probabilities(models.after, numbers)
    return {
        "words": [{"word": words[i], "id": None, "known": True, "has_vector": True, "without": without[i]}
                  for i in some],
        "ids": [], "count": len(words), "cut": len(words) - len(some), "unknown": 0, "probability": p,
        "before": _probabilities(models.before, numbers[:1])[0],
    }  # fmt: skip


def _probabilities(model: Any, rows: Sequence[Any] | np.ndarray) -> list[float]:
    return [float(p) for p in features(tuple(model.layers), np.asarray(rows))[:, 0]]
