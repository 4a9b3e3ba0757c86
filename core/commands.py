"""What the command line can do. Results go to standard output, one JSON object a line with --json; errors to standard
error, with exit code 2."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from core import bringing, experimenting, scenarios
from core.errors import InvalidSetting, InvalidSettings, LabError
from core.history import Snapshot
from core.sources.catalogue import Asset, catalogue, faults
from core.spec import RunSpec


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.command(given))
    except LabError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough, as with `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Transfer Lab without a browser.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: Any, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(command=command)
        sub.add_argument("--json", action="store_true", help="one JSON object a line")
        return sub

    add("scenarios", _scenarios, "List scenarios, their layers and settings.")
    train = add("train", _train, "Train one run and stream its epochs.")
    train.add_argument("scenario")
    train.add_argument(
        "--set", action="append", default=[], nargs="+", metavar="NAME=VALUE", help="a setting of RunSpec"
    )
    experiment = add("experiment", _experiment, "Answer a question by several runs: a race, a sweep, other seeds.")
    experimenting.add_arguments(experiment)
    predict = add("predict", _predict, "Ask a finished run about a text or a flower.")
    predict.add_argument("run")
    predict.add_argument("--text", help="a review")
    predict.add_argument("--row", help="a flower: four lengths in cm, comma-separated")
    about = "Take a finished run home: its notebook, model, figures, and a pack to hand in."
    take = add("take", _take, about)
    take.add_argument("run")
    take.add_argument(
        "--to", default=".", metavar="FOLDER", help="where the files go; the folder you are in by default"
    )
    bring = add("bring", bringing.bring, "Bring data of your own: photos in a folder or a zip, or a CSV file of texts.")
    about = "a folder of photos for each class, or these under train and validation; a CSV has columns text, sentiment"
    bring.add_argument("path", help=about)
    bring.add_argument("--glove", action="store_true", help="it is GloVe's file of 400,000 words, plain or packed")
    bring.add_argument("--text", help="the column of a CSV file that holds the texts")
    bring.add_argument("--label", help="the column that holds the labels")
    bring.add_argument("--positive", help="the label that means praise, where labels are not 0 and 1")
    bring.add_argument("--negative", help="the label that means complaint")
    about = "Delete data of your own with everything made from them, whoever brought them."
    forget = add("forget", bringing.forget, about)
    forget.add_argument("data", help="what bring printed: sha256: and 64 digits")
    assets = add("assets", _assets, "List data and weights: origin, size, licence.")
    assets.add_argument(
        "--check", action="store_true", help="compare each file's SHA-256; exit code 1 where one differs"
    )
    words = add("words", _words, "Begin another language's file, or bring one up to date with all there is to say.")
    words.add_argument("language", help="its code: zh, fr, pt_BR")
    return parser


def _words(given: argparse.Namespace) -> int:
    from core.words.gather import update

    try:
        path, missing = update(given.language)
    except ValueError:
        about = "Take one like zh, fr or pt_BR; English stands in the code."
        raise LabError("This is no code of a language.", given.language, about) from None
    print(json.dumps({"file": str(path), "missing": missing}) if given.json else f"{path}: {missing:,} to translate")
    return 0


def _scenarios(given: argparse.Namespace) -> int:
    for scenario in scenarios.SCENARIOS.values():
        spec = scenarios.parse({"scenario": scenario.name})
        layers = [
            {"name": la.name, "kind": la.kind, "output": la.output, "parameters": la.parameters}
            for la in scenario.layers(spec)
        ]
        options = {o.name: list(o.choices) or [o.low, o.high] for o in scenario.options}
        row = {
            "name": scenario.name,
            "title": scenario.title,
            "layers": layers,
            "options": options,
            "sources": [source.id for source in scenario.sources(spec.options)],
            "defaults": spec.flat(),
        }
        print(json.dumps(row) if given.json else _scenario_lines(row))
    return 0


def _scenario_lines(row: dict[str, Any]) -> str:
    layers = "\n".join(f"  {la['name']:<12} {la['kind']:<10} {la['parameters']:>9,} numbers" for la in row["layers"])
    settings = " ".join(f"{k}={_written(v)}" for k, v in row["defaults"].items() if k not in {"v", "scenario"})
    return f"{row['name']}: {row['title']}\n{layers}\n  {settings}"


def _written(value: object) -> str:
    return (",".join(map(str, value)) or "none") if isinstance(value, list) else str(value)


def read_settings(scenario: str, pairs: Sequence[str]) -> RunSpec:
    """A spec from NAME=VALUE words.

    Raises:
        InvalidSettings: naming each that is wrong.
    """
    return scenarios.parse({"scenario": scenario, **_pairs(pairs)})


def _pairs(pairs: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or name in {"", "scenario", "v"}:
            raise InvalidSettings(
                [InvalidSetting(name, "A setting is written NAME=VALUE.", pair, "As in: --set epochs=10.")]
            )
        values[name] = value
    return values


def _train(given: argparse.Namespace) -> int:
    spec = read_settings(given.scenario, [pair for group in given.set for pair in group])
    from core.runs.brought import COMMAND_LINE
    from core.runs.engines.inline import InlineEngine
    from core.runs.runner import Runner
    from core.runs.store import Store
    from core.runs.worker import use_few_threads

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    engine = WatchedEngine(InlineEngine(), given.json)
    runner = Runner(engine, Store())
    use_few_threads()
    try:
        run = runner.submit(spec, COMMAND_LINE)
        runner.wait(run)
        return _ended(runner.snapshot(run))
    finally:
        runner.close()


def _ended(snapshot: Snapshot) -> int:
    if snapshot.state == "failed":
        print(snapshot.reason, file=sys.stderr)
    return 0 if snapshot.state == "finished" else 1


def _experiment(given: argparse.Namespace) -> int:
    return experimenting.run(given, _pairs)


def _predict(given: argparse.Namespace) -> int:
    from core.runs.keeping import AGAIN
    from core.runs.store import Store

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    snapshot = Store().get(given.run)
    if snapshot.dropped:
        raise LabError("The weights of this run are no longer kept.", given.run, AGAIN)
    if not snapshot.has_weights:
        raise LabError("This run has left no trained model.", snapshot.state, "Train one to its end.")
    from core.runs.answers import answer

    question = {"spec": snapshot.spec.flat(), "run": given.run, **_asked(given)}
    result = answer(question)
    print(json.dumps(result) if given.json else _verdict(result))
    return 0


def _take(given: argparse.Namespace) -> int:
    from core.taking import take

    return take(given)


def _asked(given: argparse.Namespace) -> dict[str, Any]:
    if given.text is not None:
        return {"about": "examine", "text": given.text}
    try:
        return {"about": "predict", "row": [float(x) for x in (given.row or "").split(",")]}
    except ValueError:
        raise LabError(
            "Nothing to predict from.", given.row, "Give --text for a review, or --row 5.1,3.5,1.4,0.2."
        ) from None


def _verdict(result: dict[str, Any]) -> str:
    if "probability" in result:
        p = result["probability"]
        verdict = "praise" if p > 0.5 else "complaint"
        return f"{verdict} (probability of praise {p:.3f}); {result['unknown']} of {result['count']} words unknown"
    return "\n".join(f"{name:<12} {p:.3f}" for name, p in zip(result["classes"], result["after"], strict=True))


def _assets(given: argparse.Namespace) -> int:
    code = 0
    for entry in catalogue().values():
        found = faults(entry) if given.check else None
        code = 1 if found else code
        print(json.dumps(_asset_row(entry, found)) if given.json else _asset_line(entry, found))
    return code


def _asset_row(entry: Asset, found: list[str] | None) -> dict[str, Any]:
    names = ("id", "title", "origin", "bytes", "licence", "citation", "stands_in_for")
    return {**{name: getattr(entry, name) for name in names}, "faults": found}


def _asset_line(entry: Asset, found: list[str] | None) -> str:
    stand_in = f"  STAND-IN for {entry.stands_in_for}" if entry.is_stand_in else ""
    mark = "" if found is None else f"  [{'; '.join(found) or 'ok'}]"
    return f"{entry.id:<20} {entry.origin:<10} {entry.bytes:>11,} bytes  {entry.title}{stand_in}{mark}"


class WatchedEngine:
    """An engine whose events are also printed as they happen."""

    def __init__(self, engine: Any, as_json: bool) -> None:
        self._engine, self._json = engine, as_json
        self.slots = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def follow(self, job: Any, orders: Any, on_event: Any) -> None:
        def both(event: dict[str, Any]) -> None:
            on_event(event)
            row = {"event": event["event"], "run": job.run, **event}
            print(json.dumps(row) if self._json else _line(row), flush=True)

        self._engine.follow(job, orders, both)


def _line(row: dict[str, Any]) -> str:
    if row["event"] == "started":
        numbers = row["parameters"]
        return f"run {row['run']}: {numbers['trainable']:,} of {numbers['total']:,} numbers will change"
    if row["event"] == "preparing":
        return f"{row['what']}: {row['done']:,} of {row['of']:,}"
    if row["event"] == "epoch":
        cells = [
            f"{k} {row[k]:.4f}" if row[k] is not None else f"{k} diverged"
            for k in ("loss", "accuracy", "val_loss", "val_accuracy")
        ]
        if row["source_accuracy"] is not None:
            cells.append(f"old task {row['source_accuracy']:.4f}")
        return f"epoch {row['epoch']:>4}  {'  '.join(cells)}  {row['seconds']:.3f} s"
    return "  ".join(f"{k} {v}" for k, v in row.items() if k not in {"event", "run"})
