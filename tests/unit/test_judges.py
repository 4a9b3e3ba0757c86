"""Ready-made judges: VADER as its authors wrote it, and Hugging Face's pipeline on a DistilBERT made here, two layers
high, with random weights."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from vaderSentiment.vaderSentiment import NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

from core.errors import LabError, SourceUnavailable
from core.insight.judges import FILES, JUDGES, WORDS_READ, hugging_face, judge, vader

KEYS = {"judge", "kind", "verdict", "score", "probability", "words", "read"}
STRANGE = {
    "nothing": "",
    "blank": " \n\t ",
    "only tags": "<br /><br>",
    "emoji": "😀💔" * 50,
    "Chinese": "这部电影很好看",
    "half an emoji": "good \ud83d movie",
    "control characters": "\x00\x07 good \x1b[31m",
    "one endless word": "x" * 5_000,
    "only punctuation": "?!?! ... )(",
    "right to left": "סרט טוב מאוד \u202e good",
}


def answers_in_json(answer: dict[str, Any]) -> bool:
    return set(answer) == KEYS and json.loads(json.dumps(answer, allow_nan=False).encode()) == answer


def quickest(task: Callable[[], object]) -> float:
    """Seconds, the best of three: other work on this computer only ever adds to them."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


# Texts and scores of VADER's own README.
@pytest.mark.parametrize(
    ("text", "score", "verdict"),
    [
        ("VADER is smart, handsome, and funny.", 0.8316, "praise"),
        ("VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!", 0.9469, "praise"),
        ("VADER is not smart, handsome, nor funny.", -0.7424, "complaint"),
        ("At least it isn't a horrible book.", 0.431, "praise"),
        ("Today SUX!", -0.5461, "complaint"),
        ("Catch utf-8 emoji such as 💘 and 💋 and 😁", 0.875, "praise"),
    ],
)
def test_vader_scores_as_its_authors_say(text: str, score: float, verdict: str) -> None:
    answer = vader(text)
    assert (answer["score"], answer["verdict"]) == (score, verdict)
    assert answer["probability"] is None


@pytest.mark.parametrize(
    ("text", "score", "verdict"),
    [
        ("The end is good, the rest is dull.", 0.0516, "praise"),
        ("The end is nice, the rest is dull.", 0.0258, "undecided"),
        ("The film has a beginning and a middle.", 0.0, "undecided"),
        ("The end is good, the rest is awful.", -0.0258, "undecided"),
        ("The end is good, the rest is sad.", -0.0516, "complaint"),
    ],
)
def test_vader_is_undecided_near_zero(text: str, score: float, verdict: str) -> None:
    assert (vader(text)["score"], vader(text)["verdict"]) == (score, verdict)


def test_vader_agrees_with_the_original_on_any_order_of_words() -> None:
    original, choose = SentimentIntensityAnalyzer(), random.Random(1)
    rated = choose.sample(sorted(original.lexicon), 40)
    turns = ["at least", "never so", "this", "without doubt", "but", "no", "or", "nor", "kind of", "very", "film", "😀"]
    pool = rated + turns * 3 + NEGATE + list(SPECIAL_CASES) * 4
    for _ in range(1_500):
        words = [choose.choice(pool) for _ in range(choose.randint(1, 14))]
        text = " ".join(w.upper() if choose.random() < 0.1 else w for w in words) + choose.choice(("", "!", "??"))
        assert vader(text)["score"] == original.polarity_scores(text)["compound"], text


def test_vader_shows_the_rated_words_strongest_first() -> None:
    words = vader("A good film. Not GREAT, good; the ending is horrible.")["words"]
    assert [w["word"] for w in words] == ["great", "horrible", "good"]
    assert [w["rating"] for w in words] == [3.1, -2.5, 1.9]


def test_vader_shows_twelve_words_at_most() -> None:
    assert len(vader(" ".join(sorted(SentimentIntensityAnalyzer().lexicon)[2_000:2_100]))["words"]) == 12


def test_line_break_tags_are_no_words() -> None:
    assert vader("good<br />bad<BR>film") == vader("good bad film")


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
def test_vader_answers_to_strange_texts(text: str) -> None:
    assert answers_in_json(vader(text))


def test_the_longest_review_is_read_whole() -> None:
    assert vader("good film " * 1_235)["read"] == {"count": 2_470, "of": 2_470, "unit": "words"}


@pytest.mark.parametrize("text", ["It was a great film, but the end is bad. ", "😀"], ids=["words", "emoji"])
def test_the_longest_text_is_read_in_part(text: str) -> None:
    text = (text * 100_000)[:100_000]
    answer = vader(text)
    assert answer["read"]["count"] == WORDS_READ < answer["read"]["of"]
    assert answer == {**vader(" ".join(text.split()[:WORDS_READ])), "read": answer["read"]}


def test_a_long_text_takes_a_fraction_of_the_originals_time() -> None:
    text = " ".join(("It was a great film, but the end is bad. " * WORDS_READ).split()[:WORDS_READ])
    original = SentimentIntensityAnalyzer()
    assert 3 * quickest(lambda: vader(text)) < quickest(lambda: original.polarity_scores(text))  # measured: 1 to 10


def test_judges_are_listed_without_loading_what_they_run_on() -> None:
    code = """
import sys
from core.insight.judges import JUDGES
print([(j.id, j.title, j.kind, j.licence, j.missing()) for j in JUDGES])
assert not {"tensorflow", "keras", "transformers", "huggingface_hub"} & set(sys.modules)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Download it in the Library" in ended.stdout


def test_every_judge_says_where_it_comes_from() -> None:
    assert [j.id for j in JUDGES] == ["vader", "sst2"]
    for one in JUDGES:
        assert one.title and one.kind and one.licence and one.citation


def test_a_judge_is_asked_by_its_name() -> None:
    assert judge("vader", "A good film.") == vader("A good film.")
    with pytest.raises(LabError, match="Ask vader or sst2"):
        judge("oracle", "A good film.")


def test_a_judge_that_is_not_here_says_how_to_have_it(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "none"):
        with pytest.raises(SourceUnavailable, match="Download it in the Library"):
            hugging_face("A good film.", folder)


def test_without_the_extra_a_judge_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)  # as Python marks a package that cannot be imported
    with pytest.raises(SourceUnavailable, match=r'pip install -c constraints.txt -e "\.\[judge\]"'):
        hugging_face("A good film.", tmp_path)
    assert "transformers" in JUDGES[1].missing()


VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "the", "film", "good", "bad", "was", ".", "!", "##s"]
REVIEW = "The FILM was<br />good!"
REVIEW_IDS = [2, 6, 7, 10, 8, 12, 3]


WIDTH, WIDER, BLOCKS = 32, 64, 2
CONFIG = {
    "model_type": "distilbert", "architectures": ["DistilBertForSequenceClassification"], "finetuning_task": "sst-2",
    "vocab_size": len(VOCABULARY), "max_position_embeddings": 512, "dim": WIDTH, "hidden_dim": WIDER, "n_heads": 2,
    "n_layers": BLOCKS, "id2label": {"0": "NEGATIVE", "1": "POSITIVE"}, "label2id": {"NEGATIVE": 0, "POSITIVE": 1},
}  # fmt: skip


def shapes() -> dict[str, tuple[int, ...]]:
    """Every tensor of the network, named as in a file of weights."""
    squares = [f"attention/{part}_lin" for part in ("q", "k", "v", "out")]
    wide = {"ffn/lin1": (WIDTH, WIDER), "ffn/lin2": (WIDER, WIDTH)}
    blocks = [f"distilbert/transformer/layer_._{n}" for n in range(BLOCKS)]
    dense = {f"{block}/{name}": (WIDTH, WIDTH) for block in blocks for name in squares}
    dense |= {f"{block}/{name}": shape for block in blocks for name, shape in wide.items()}
    dense |= {"pre_classifier": (WIDTH, WIDTH), "classifier": (WIDTH, 2)}
    norms = [f"{block}/{name}" for block in blocks for name in ("sa_layer_norm", "output_layer_norm")]
    norms.append("distilbert/embeddings/LayerNorm")
    return {
        "distilbert/embeddings/word_embeddings/weight:0": (len(VOCABULARY), WIDTH),
        "distilbert/embeddings/position_embeddings/embeddings:0": (512, WIDTH),
        **{f"{name}/kernel:0": shape for name, shape in dense.items()},
        **{f"{name}/bias:0": shape[1:] for name, shape in dense.items()},
        **{f"{name}/{part}:0": (WIDTH,) for name in norms for part in ("gamma", "beta")},
    }


def write_weights(path: Path) -> None:
    """Random weights, in the form that transformers' TensorFlow models are saved in."""
    chance, layers = np.random.default_rng(3), ("distilbert", "pre_classifier", "classifier")
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.encode() for layer in layers]
        for layer in layers:
            own = {f"tf_model/{name}": shape for name, shape in shapes().items() if name.split("/")[0] == layer}
            group = file.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name in own]
            for name, shape in own.items():
                group[name] = chance.normal(0, 0.5, shape).astype(np.float32)


@pytest.fixture(scope="module")
def curve_before(train: Callable[..., Any], spec: Callable[..., Any]) -> Any:
    return train(spec("iris", epochs=3)).curve


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory, curve_before: Any) -> Path:
    """A folder as the download leaves it, with a small random network inside. transformers was not loaded for it."""
    folder = tmp_path_factory.mktemp("judge")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 512, "do_lower_case": true}')
    write_weights(folder / "tf_model.h5")
    return folder


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


def test_the_pipeline_says_what_the_network_in_the_folder_says(tiny: Path) -> None:
    answer = hugging_face(REVIEW, tiny)
    from transformers import TFDistilBertForSequenceClassification

    model = TFDistilBertForSequenceClassification.from_pretrained(tiny)
    complaint, praise = np.exp(model(np.array([REVIEW_IDS])).logits[0])
    assert answer["probability"] == pytest.approx(praise / (complaint + praise), abs=1e-6)
    assert answer["score"] == pytest.approx((praise - complaint) / (praise + complaint), abs=1e-6)
    assert answer["verdict"] == ("praise" if praise > complaint else "complaint")
    assert answer["read"] == {"count": 5, "of": 5, "unit": "tokens"}


def test_the_pipeline_reads_510_tokens_and_says_so(tiny: Path) -> None:
    whole, more = "good " * 510, "good " * 510 + "bad " * 90
    answer = hugging_face(more, tiny)
    assert answer["read"] == {"count": 510, "of": 600, "unit": "tokens"}
    assert answer["probability"] == hugging_face(whole, tiny)["probability"]


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
def test_the_pipeline_answers_to_strange_texts(text: str, tiny: Path) -> None:
    assert answers_in_json(hugging_face(text, tiny))


def test_the_pipeline_never_looks_for_the_network(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **_: looked.append(where))
    monkeypatch.setattr(socket.socket, "connect", lambda _, where: looked.append(where))
    hugging_face(REVIEW, copy)
    assert not looked
    from transformers.utils.hub import is_offline_mode

    assert is_offline_mode()


def test_the_pipeline_leaves_training_and_keras_as_they_were(
    tiny: Path, curve_before: Any, train: Callable[..., Any], spec: Callable[..., Any]
) -> None:
    hugging_face(REVIEW, tiny)
    assert "TF_USE_LEGACY_KERAS" not in os.environ
    assert train(spec("iris", epochs=3)).curve == curve_before


def test_other_forms_of_the_weights_do_no_harm(copy: Path, tiny: Path) -> None:
    (copy / "model.safetensors").write_bytes(b"of no use without torch")
    assert hugging_face(REVIEW, copy) == hugging_face(REVIEW, tiny)


def test_a_judge_that_was_removed_is_not_asked_from_memory(copy: Path) -> None:
    hugging_face(REVIEW, copy)
    (copy / "tf_model.h5").unlink()
    with pytest.raises(SourceUnavailable, match="Download it in the Library"):
        hugging_face(REVIEW, copy)


@pytest.mark.parametrize("name", FILES)
def test_half_a_file_is_an_error_with_a_way_out(name: str, copy: Path) -> None:
    (copy / name).write_bytes((copy / name).read_bytes()[: (copy / name).stat().st_size // 2])
    with pytest.raises(SourceUnavailable, match="Download it again in the Library"):
        hugging_face(REVIEW, copy)


@pytest.mark.parametrize(
    ("setting", "other", "says"),
    [
        ('"n_layers": 2', '"n_layers": 3', "no weights for distilbert/transformer/layer_._2"),
        ('"POSITIVE"', '"JOY"', "labels NEGATIVE, JOY"),
        ('"dim": 32', '"dim": 30', "damaged"),
    ],
)
def test_settings_of_another_network_are_refused(setting: str, other: str, says: str, copy: Path) -> None:
    config = copy / "config.json"
    config.write_text(config.read_text().replace(setting, other))
    with pytest.raises(SourceUnavailable, match=says):
        hugging_face(REVIEW, copy)
