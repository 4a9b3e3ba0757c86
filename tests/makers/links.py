"""Bad addresses: what may stand behind the question mark of a page."""

from __future__ import annotations

import random

Query = dict[str, str | list[str]]
VALUES = (
    "", " ", "0", "-1", "-0", "1e999", "nan", "inf", "-inf", "9" * 400, "1_000", "١٢٣", "０", "1.5", "1e3",
    "0x10", "true",
    "None", "null", "[]", "{}", "[1]", "\0", "\u202e\u202d", "\ufeff1", "a\u0301" * 40, "🙂",
    "<script>alert(1)</script>",
    "%2525%2500", "%c0%af", "../../etc/passwd", "' OR 1=1 --", "${7*7}", "{{7*7}}", "a" * 5_000, "\r\nSet-Cookie: a=b",
    "sha256:", "sha256:" + "0" * 64, "sha256:" + "Z" * 64, "sha256:../../x", "sha256:" + "0" * 63, "SHA256:" + "0" * 64,
    "builtin:", "builtin:cats_vs_dogs", "rows:", "rows:1,2,3,4", "rows:" + "5,3,1,0,alba;" * 900, 
    "rows:nan,inf,1,1,alba",
    "rows:1,1,1,1,<b>;", "run:", "run:" + "0" * 16, "run:" + "Z" * 16, "pretrained", "random", "base", "none",
    "base,base,none", "embedding,embedding", "output", "universal-sentence-encoder", "gnews-swivel-20dim", "xception",
    "tf-hub", "mistake", "2147483648", "18446744073709551616", "1" + "0" * 4_400, "-9999999999999999999", "1,2,3", "on",
)  # fmt: skip
NAMES = (
    "v", "scenario", "start", "source", "data", "frozen", "examples", "epochs", "early_stopping", "patience",
    "min_delta",
    "restore_best", "learning_rate", "batch_size", "seed", "task", "hidden", "reviews", "network", "length", "backbone",
    "size", "augment", "transferred", "batch_norm", "mistake", "per_species", "spread", "run", "beside", "experiment",
    "options", "__class__", "embed", "embed_options", "tab", "rows", "", " ", "\0", "<b>", "a" * 3_000, "né", "🙂",
)  # fmt: skip


def links(count: int, seed: int, run: str) -> list[tuple[str, Query]]:
    """A name and a query each; ``run`` is the id of a run that there is."""
    makers = (_one, _some, _some, _runs, _versions, _many, _long, _repeated, _another)
    return [(f"link-{n}", makers[n % len(makers)](random.Random(f"{seed}:{n}"), run)) for n in range(count)]


def _one(rng: random.Random, run: str) -> Query:
    return {rng.choice(NAMES[:28]): rng.choice(VALUES)}


def _some(rng: random.Random, run: str) -> Query:
    return {rng.choice(NAMES): rng.choice(VALUES) for _ in range(rng.randint(2, 9))}


def _runs(rng: random.Random, run: str) -> Query:
    ids = [run, run[::-1], run.upper(), "0" * 16, run + "0", run[:15], "", "../" + run, run + "\0", "x" * 9_000]
    beside = ",".join(f"{rng.choice(['last run', 'from scratch', '<b>', ''])}:{rng.choice(ids)}" for _ in range(9))
    found = {"run": rng.choice(ids), "beside": beside, "experiment": rng.choice(ids), "start": f"run:{rng.choice(ids)}"}
    return {name: found[name] for name in rng.sample(list(found), rng.randint(1, 4))}


def _versions(rng: random.Random, run: str) -> Query:
    return {"v": rng.choice(["0", "2", "999", "1.0", "one", "-1"]), "epochs": "3", **_one(rng, run)}


def _many(rng: random.Random, run: str) -> Query:
    return {f"{rng.choice(NAMES)}{n}": rng.choice(VALUES)[:50] for n in range(rng.choice([30, 300]))}


def _long(rng: random.Random, run: str) -> Query:
    return {rng.choice(NAMES[:28]): rng.choice(["a", "🙂", "%25", "1", ","]) * rng.choice([20_001, 40_000])}


def _repeated(rng: random.Random, run: str) -> Query:
    return {rng.choice(NAMES[:31]): [rng.choice(VALUES) for _ in range(rng.randint(2, 5))] for _ in range(3)}


def _another(rng: random.Random, run: str) -> Query:
    """Settings of another scenario, right by themselves."""
    return rng.choice([
        {"backbone": "resnet50", "size": "224", "augment": "live"}, {"network": "lstm", "length": "100"},
        {"task": "flowers", "per_species": "7", "data": "rows:1,1,1,1,alba"}, {"reviews": "3000", "hidden": "32"},
        {"task": "three", "spread": "0.1"}, {"source": "glove-100d", "frozen": "embedding", "run": run},
    ])  # fmt: skip
