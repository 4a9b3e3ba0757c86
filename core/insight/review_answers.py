"""What an IMDB model makes of a text: its words, its numbers before and after training, the verdict, and the reviews
near it. Answers are JSON values."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.errors import LabError, UnreadableText
from core.insight.surroundings import head, surroundings, vectors
from core.limits import TEXT_CHARACTERS as LONGEST
from core.scenarios.base import Models
from core.scenarios.imdb import ENCODER, is_own, pool
from core.sources import encoder
from core.sources.embedding import Embedding, load_embedding
from core.sources.reviews import load_texts
from core.sources.words import split_words, word_ids
from core.spec import RunSpec
from core.words import say

WORDS_SHOWN = 400
ENCODER_WORDS, ENCODER_READING = 60, 6_000
"""Words an encoder is asked to do without, at most, and words it reads for that in all: about half a second."""
NEAREST = 5
SAMPLES = 3


def answer(question: str, spec: RunSpec, models: Models, **given: Any) -> dict[str, Any]:
    """``samples``, ``examine``, ``without``, ``map``, ``alike``, ``judge`` or ``test``; see the functions of these
    names, here and beside."""
    match question:
        case "samples":
            return samples(spec, models)
        case "examine":
            return examine(spec, models, given["text"])
        case "without":
            return without(spec, models, given["text"])
        case "map":
            return review_map(spec, models)
        case "alike":
            from core.insight import alike

            return alike.alike(given["texts"], given["of"])
        case "judge":
            from core.insight import judges

            return judges.judge(given["judge"], readable(given["text"]))
        case "test":
            from core.insight import sealed

            if is_own(spec.data):
                what = say("Texts of one's own have no test part.")
                raise LabError(what, spec.data, say("Validation is all there is."))
            return sealed.test_score(spec, models.after)
    mend = say("Ask examine, map, alike, judge or test.")
    raise LabError(say("There is no such question about reviews."), question, mend)


def samples(spec: RunSpec, models: Models) -> dict[str, Any]:
    """The first three training reviews, their labels, and their numbers as the run starts; how many there are to draw
    from and to validate on."""
    texts = load_texts(spec.data)
    first = texts.at(range(SAMPLES))
    numbers = [vectors(spec, models.before, [text])[0].tolist() for text in first]
    return {
        "reviews": [
            {"text": t, "label": int(label), "vector": v}
            for t, label, v in zip(first, texts.labels, numbers, strict=False)
        ],
        "of": pool(spec.options, spec.data),
    }


def examine(spec: RunSpec, models: Models, text: str) -> dict[str, Any]:
    """One text, by the network as the run left it.

    ``words`` with ``known`` marks and the probability ``without`` each (None where that is asked apart, by `without`);
    ``before`` and ``after``, its numbers; ``probability`` of praise; ``nearest``, the training reviews with the most
    similar numbers; ``place`` on the map of `review_map`.

    Raises:
        UnreadableText: when it is too long, or has no word in it.
    """
    words, known, apart = _words(spec, models, text)
    before, after = (vectors(spec, model, [text]) for model in (models.before, models.after))
    around = surroundings(spec, models.after)
    return {
        "words": [
            {"word": w, "known": k, "without": p} for w, k, p in zip(words, known, apart, strict=False)
        ],
        "count": len(words),
        "unknown": known.count(False),
        "before": before[0].tolist(),
        "after": after[0].tolist(),
        "probability": float(head(models.after, after)[0, 0]),
        "nearest": around.nearest(after[0], NEAREST) if around else [],
        "place": around.place(after)[0].tolist() if around else None,
    }  # fmt: skip


def without(spec: RunSpec, models: Models, text: str) -> dict[str, Any]:
    """What an encoder would predict ``without`` each of the first words: it has to read the text anew for each."""
    words = readable(text).split()
    most = min(ENCODER_WORDS, max(1, ENCODER_READING // len(words)))
    shorter = [" ".join(words[:i] + words[i + 1 :]) for i in range(min(most, len(words)))]
    found = head(models.after, encoder.encode_each(shorter))[:, 0]
    return {"without": found.tolist()}


def review_map(spec: RunSpec, models: Models) -> dict[str, Any]:
    """A thousand of the training reviews on the two directions that keep most of their spread (principal components),
    ``share`` of it; empty where an encoder has not read them yet."""
    around = surroundings(spec, models.after)
    return around.map() if around else {"x": [], "y": [], "labels": [], "texts": [], "share": 0.0}


def readable(text: str) -> str:
    """The text itself, where it is one that can be judged.

    Raises:
        UnreadableText: when it is too long, or blank.
    """
    if len(text) > LONGEST:
        what, received = say("This text is too long for a review."), say("{count:,} characters", count=len(text))
        raise UnreadableText(what, received, say("Paste up to {most:,} characters.", most=LONGEST))
    if not text.strip():
        raise _no_word(text)
    return text


def read_words(text: str, embedding: Embedding) -> list[str]:
    """A text's words by the embedding's own rule.

    Raises:
        UnreadableText: when it is too long, or has no word in it.
    """
    words = split_words(readable(text), embedding.rule)
    if not words:
        raise _no_word(text)
    return words


def _no_word(text: str) -> UnreadableText:
    return UnreadableText(say("There is no word in this text."), text, say("Paste a review of at least one word."))


def _words(spec: RunSpec, models: Models, text: str) -> tuple[list[str], list[bool], list[float | None]]:
    """All words, which of them are known, and for the first ones the probability without each."""
    if spec.source == ENCODER:
        words = readable(text).split()
        return words, [True] * len(words), [None] * min(len(words), WORDS_SHOWN)
    embedding = load_embedding(spec.source)
    words = read_words(text, embedding)
    ids = word_ids(text, embedding.vocabulary, embedding.rule)
    known = (ids < len(embedding.vocabulary)).tolist()
    return words, known, _without_each(ids, embedding, models.after)


def _without_each(ids: np.ndarray, embedding: Embedding, model: Any) -> list[float | None]:
    """The probability without each of the first words: the text's sum less that word's vector, over one word fewer."""
    kernel = np.asarray(model.get_layer("embedding").kernel)
    distinct, place = np.unique(ids[:WORDS_SHOWN], return_inverse=True)
    left = len(ids) - 1
    divisor = max(1.0, np.sqrt(left) if embedding.combine == "sqrtn" else left)
    shorter = (kernel[ids].sum(axis=0) - kernel[distinct]) / divisor if left else np.zeros_like(kernel[distinct])
    return [float(p) for p in head(model, shorter)[place, 0]]
