"""Ready-made judges: models that somebody else made, asked about the same review beside the learner's own.

Their answers are JSON values. Who can be asked here is known without loading any of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer, SentiText

from core.errors import LabError, SourceUnavailable, shown
from core.sources.downloads import JUDGE, location
from core.sources.words import LINE_BREAK_TAGS
from core.words import mark, say

VADER, HUGGING_FACE = "VADER", mark("Hugging Face's sentiment pipeline")
LEXICON = mark("a lexicon of about 7,500 rated words and a few rules")
LANGUAGE_MODEL = mark("a language model of 67 million numbers, fine-tuned on sentences from film reviews")

UNDECIDED_BELOW = 0.05  # VADER's own README
WORDS_READ = 3_000
"""As many as VADER reads in 40 ms at worst; the longest review of the data set has 2,470."""
WORDS_SHOWN = 12

PRAISE, COMPLAINT = "POSITIVE", "NEGATIVE"
FILES = ("config.json", "tokenizer_config.json", "vocab.txt", "tf_model.h5")
PACKAGES = ("transformers", "tf_keras")
INSTALL = mark('Run: pip install -c constraints.txt -e ".[judge]"')
DAMAGE = (OSError, ValueError, TypeError, KeyError, AttributeError)
"""What transformers, h5py and TensorFlow raise over files that are not what they should be."""

_TAGS = re.compile(b"|".join(map(re.escape, LINE_BREAK_TAGS)).decode(), re.IGNORECASE)

Answer = dict[str, Any]


@dataclass(frozen=True)
class Judge:
    """``ask`` takes a text and answers as `vader` does; ``missing`` says why it cannot be asked here, or nothing.
    ``title`` and ``kind`` are yet to be said."""

    id: str
    title: str
    kind: str
    licence: str
    citation: str
    ask: Callable[[str], Answer]
    missing: Callable[[], str]


def judge(name: str, text: str) -> Answer:
    """What one of `JUDGES` says of a text.

    Raises:
        SourceUnavailable: when it cannot be asked on this computer.
    """
    for one in JUDGES:
        if one.id == name:
            return one.ask(text)
    known = " or ".join(one.id for one in JUDGES)
    raise LabError(say("There is no such judge."), name, say("Ask {known}.", known=known))


def vader(text: str) -> Answer:
    """VADER (Hutto and Gilbert 2014): ``score`` is its compound, -1 to 1; ``words`` are the rated words it read with
    their ratings, -4 to 4, strongest first; ``read`` is how many words it read ``of`` all."""
    analyzer = _analyzer()
    words = _plain(text).translate(_descriptions()).split()
    read = SentiText(" ".join(words[:WORDS_READ]))
    score = analyzer.polarity_scores(read.text)["compound"]
    return {
        "judge": VADER,
        "kind": say(LEXICON),
        "verdict": _verdict(score, UNDECIDED_BELOW),
        "score": score,
        "probability": None,
        "words": _rated(read.words_and_emoticons, analyzer.lexicon),
        "read": {"count": min(len(words), WORDS_READ), "of": len(words), "unit": "words"},
    }


def hugging_face(text: str, folder: Path | None) -> Answer:
    """DistilBERT fine-tuned on SST-2, out of a folder with `FILES`: its ``probability`` of praise, and the same from -1
    to 1 as ``score``. It reads 510 tokens (words and pieces of words); ``read`` says how many ``of`` all.

    Raises:
        SourceUnavailable: when the packages or the folder are missing, or the files are damaged.
    """
    pipeline = _pipeline(_whole(folder))
    text = _plain(text)
    longest = pipeline.model.config.max_position_embeddings
    tokens = len(pipeline.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
    said = pipeline(text, truncation=True, max_length=longest, top_k=None)
    probability = next(one["score"] for one in said if one["label"] == PRAISE)
    score = 2 * probability - 1
    return {
        "judge": say(HUGGING_FACE),
        "kind": say(LANGUAGE_MODEL),
        "verdict": _verdict(score, 0.0),
        "score": score,
        "probability": probability,
        "words": [],
        "read": {"count": min(tokens, longest - 2), "of": tokens, "unit": "tokens"},  # two mark begin and end
    }


def _verdict(score: float, undecided_below: float) -> str:
    if score == 0 or abs(score) < undecided_below:
        return "undecided"
    return "praise" if score > 0 else "complaint"


def _plain(text: str) -> str:
    """Without line-break tags, and without half an emoji, which has no UTF-8."""
    return _TAGS.sub(" ", text).encode("utf-8", errors="replace").decode()


class _Analyzer(SentimentIntensityAnalyzer):
    """VADER to the last digit, yet 100,000 characters in a tenth of its 6 s: these two rules lower the whole text again
    at every rated word, and look no further than three words back and two ahead."""

    @staticmethod
    def _negation_check(valence: float, words: list[str], start: int, i: int) -> float:
        near, at = _near(words, i)
        return float(SentimentIntensityAnalyzer._negation_check(valence, near, start, at))

    @staticmethod
    def _special_idioms_check(valence: float, words: list[str], i: int) -> float:
        near, at = _near(words, i)
        return float(SentimentIntensityAnalyzer._special_idioms_check(valence, near, at))


def _near(words: list[str], i: int) -> tuple[list[str], int]:
    first = max(i - 3, 0)
    return words[first : i + 3], i - first


@lru_cache(maxsize=1)
def _analyzer() -> SentimentIntensityAnalyzer:
    return _Analyzer()


@lru_cache(maxsize=1)
def _descriptions() -> dict[int, str]:
    """VADER puts words in an emoji's place. Done before it counts, 100,000 emoji cannot become 500,000 words."""
    return {ord(emoji): f" {words}" for emoji, words in _analyzer().emojis.items() if len(emoji) == 1}


def _rated(words: Sequence[str], lexicon: dict[str, float]) -> list[dict[str, Any]]:
    ratings = {word: lexicon[word] for word in map(str.lower, words) if word in lexicon}
    strongest = sorted(ratings, key=lambda word: -abs(ratings[word]))
    return [{"word": word, "rating": ratings[word]} for word in strongest[:WORDS_SHOWN]]


def _whole(folder: Path | None) -> Path:
    """The folder, when all that is needed to ask is here."""
    absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if absent:
        raise _not_installed(", ".join(absent))
    if folder is None or not all((folder / name).is_file() for name in FILES):
        mend = say("Download it in the Library: 268 MB, once.")
        raise SourceUnavailable(say("This judge is not on this computer."), do=mend)
    return folder


def _missing() -> str:
    try:
        _whole(location(JUDGE))
    except SourceUnavailable as error:
        return str(error)
    return ""


def _pipeline(folder: Path) -> Any:
    try:
        return _load(folder)
    except ImportError as error:
        raise _not_installed(str(error)) from error
    except DAMAGE as error:
        raise _damaged(str(error)) from error


@lru_cache(maxsize=1)
def _load(folder: Path) -> Any:
    """About ten seconds and 0.5 GB."""
    with _keras_3_stays():
        _stay_offline()
        transformers: Any = importlib.import_module("transformers")  # so that mypy says the same with and without it
        transformers.logging.set_verbosity_error()
        here = {"local_files_only": True, "trust_remote_code": False}
        model, report = transformers.TFAutoModelForSequenceClassification.from_pretrained(
            folder, use_safetensors=False, output_loading_info=True, **here
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **here)
        _prove(model, tokenizer, report["missing_keys"])
        # dtype is given because its default asks torch, which is not here.
        parts = {"model": model, "tokenizer": tokenizer, "framework": "tf", "device": -1, "dtype": None}
        return transformers.pipeline("sentiment-analysis", **parts)


@contextmanager
def _keras_3_stays() -> Iterator[None]:
    """transformers asks for Keras 2 in the environment, for itself; everyone else's tf.keras stays as it was."""
    import tensorflow  # noqa: F401  # it reads the environment as it is loaded: before transformers writes there

    before = os.environ.get("TF_USE_LEGACY_KERAS")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("TF_USE_LEGACY_KERAS", None)


def _stay_offline() -> None:
    """Keras loads huggingface_hub where it is installed, and with it what the environment said then: tell both."""
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
    constants: Any = importlib.import_module("huggingface_hub.constants")
    constants.HF_HUB_OFFLINE = True


def _prove(model: Any, tokenizer: Any, missing: Sequence[str]) -> None:
    """transformers only warns of weights that it did not find and left random."""
    random = set(missing) - {layer.name for layer in model.layers if not layer.weights}
    if random:
        raise _damaged(say("no weights for {layers}", layers=", ".join(sorted(random))))
    if len(tokenizer) != model.config.vocab_size:
        raise _damaged(
            say("{words:,} words for {vectors:,} vectors", words=len(tokenizer), vectors=model.config.vocab_size)
        )
    if set(model.config.id2label.values()) != {PRAISE, COMPLAINT}:
        raise _damaged(say("labels {labels}", labels=", ".join(map(str, model.config.id2label.values()))))


def _not_installed(what: str) -> SourceUnavailable:
    lacking = say("What this judge runs on is not installed: {lacking}.", lacking=shown(what))
    return SourceUnavailable(lacking, do=say(INSTALL))


def _damaged(received: str) -> SourceUnavailable:
    what, mend = say("The files of this judge are damaged."), say("Download it again in the Library.")
    return SourceUnavailable(what, received, mend)


JUDGES = (
    Judge(
        "vader", VADER, LEXICON, "MIT",
        "Hutto, C.J. and Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social "
        "Media Text. ICWSM-14.",
        ask=vader, missing=lambda: "",
    ),
    Judge(
        "sst2", HUGGING_FACE, LANGUAGE_MODEL, "Apache-2.0",
        "Sanh, V. et al. (2019). DistilBERT, a distilled version of BERT. Fine-tuned on SST-2: Socher, R. et al. "
        "(2013). Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank. EMNLP.",
        ask=lambda text: hugging_face(text, location(JUDGE)), missing=_missing,
    ),
)  # fmt: skip
"""In the order they are shown."""
