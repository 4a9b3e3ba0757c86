"""The command `experiment`: a race, a sweep or a comparison of seeds, its points printed as they come."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from core import experiments
from core.errors import InvalidSetting, InvalidSettings
from core.experiments import Experiment
from core.spec import RunSpec

Read = Callable[[Sequence[str]], dict[str, str]]
LOOK_SECONDS = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=[*experiments.KINDS, "continue"], metavar="KIND",
                        help=f"{', '.join(experiments.KINDS)}; or continue")  # fmt: skip
    parser.add_argument("scenario", help="a scenario; after continue, an experiment's id")
    parser.add_argument("--set", action="append", default=[], nargs="+", metavar="NAME=VALUE", help="a setting")
    parser.add_argument("--against", action="append", default=[], nargs="+", metavar="NAME=VALUE",
                        help="for seeds: what the settings to compare with have otherwise")  # fmt: skip
    parser.add_argument("--sizes", help="for examples: as in 50,100,200")
    parser.add_argument("--depths", help="for depth: as in 0,5,10")
    parser.add_argument("--seeds", help="as in 1,2,3")
    parser.add_argument("--rival", help="for race and examples: what stands for a start from nothing")
    parser.add_argument("--mistake", help="for mistake: which one")


def read_experiment(given: argparse.Namespace, read: Read) -> Experiment:
    """The experiment that the arguments ask for.

    Raises:
        InvalidSettings: naming each that is wrong.
    """
    values = {"scenario": given.scenario, **read([p for group in given.set for p in group])}
    setting = experiments.setting_for(given.kind, values)
    other = read([p for group in given.against for p in group])
    fields = {name: getattr(given, name) for name in ("sizes", "depths", "seeds", "rival", "mistake")}
    return experiments.parse({
        "kind": given.kind, "setting": setting.flat(), "against": _against(setting, other),
        **{name: value for name, value in fields.items() if value is not None},
    })  # fmt: skip


def run(given: argparse.Namespace, read: Read) -> int:
    """Start one, or go on with one, and print its points; exit code 1 where some run failed."""
    experiment = None if given.kind == "continue" else read_experiment(given, read)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from core.runs.brought import COMMAND_LINE
    from core.runs.engines import make_engine
    from core.runs.experiments import estimated
    from core.runs.runner import Runner
    from core.runs.store import Store

    runner = Runner(make_engine(), Store())
    say = _say_json if given.json else _say_line
    try:
        if experiment is None:
            which = given.scenario
            runner.experiments.take_up(which, COMMAND_LINE)
        else:
            which = runner.experiments.start(experiment, COMMAND_LINE)
        progress = runner.experiments.progress(which)
        seconds = round(estimated(progress.experiment, runner.engine.slots), 1)
        say({"event": "planned", "experiment": which, "kind": progress.experiment.kind, "runs": len(progress.trials),
             "done": progress.done, "seconds": seconds})  # fmt: skip
        return _follow(runner, which, say)
    finally:
        runner.close()


def _follow(runner: Any, which: str, say: Callable[[dict[str, Any]], None]) -> int:
    told: set[str] = set()
    while True:
        runner.experiments.wait(which, LOOK_SECONDS)
        progress = runner.experiments.progress(which)
        for result in progress.results:
            if result.run not in told:
                told.add(result.run)
                say({"event": "point", **result.as_dict()})
        if not progress.is_live:
            break
    conclusion = progress.conclusion
    say({"event": progress.state, "experiment": which, "sentence": conclusion.sentence, **conclusion.figures})
    return 0 if progress.state == "finished" and all(r.state == "finished" for r in progress.results) else 1


def _against(setting: RunSpec, other: dict[str, str]) -> dict[str, Any] | None:
    """The setting in hand with other values: what hangs on them takes its default anew."""
    if not other:
        return None
    unknown = [n for n in other if n not in setting.flat()]
    if unknown:
        raise InvalidSettings([InvalidSetting(n, "There is no such setting.", n, "See --set.") for n in unknown])
    return {**setting.flat(), **other}


def _say_json(row: dict[str, Any]) -> None:
    print(json.dumps(row), flush=True)


def _say_line(row: dict[str, Any]) -> None:
    match row["event"]:
        case "planned":
            again = f", {row['done']} of them done" if row["done"] else ""
            about = f"{row['runs']} runs{again}, about {row['seconds']:.0f} s"
            print(f"experiment {row['experiment']}: {about}", flush=True)
        case "point":
            x = "" if row["x"] is None else f" at {row['x']:,.0f}"
            accuracy = "no figures" if row["val_accuracy"] is None else f"val_accuracy {row['val_accuracy']:.4f}"
            print(f"{row['arm']}{x}, seed {row['seed']}: {accuracy}  epoch {row['best_epoch']}  "
                  f"{row['seconds']:.2f} s  {row['state']}", flush=True)  # fmt: skip
        case _:
            print(row["sentence"] or f"The experiment is {row['event']}.", flush=True)
