"""What differs between two runs' settings, in a learner's words: "unfroze block 15", "rate 1e-3 to 1e-5"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from core import scenarios
from core.scenarios import Layer, Option, Scenario
from core.scenarios.mistakes import TRAINING, mistake_of
from core.spec import RunSpec, Value
from core.words import mark, say

MOST = 5
"""Differences that are said one by one; of more, how many more there are."""
FIRST, SAME = mark("first run"), mark("same settings again")
STARTS = (mark("pretrained"), mark("random"))
"""What a start is called that is no other run."""
ROWS_FROM = {"iris": ("task", "spread"), "imdb": ("reviews",)}
"""Settings that choose the validation rows, where more than `data` does."""


def differences(spec: RunSpec, before: RunSpec | None, numbers: Mapping[str, int] | None = None) -> list[str]:
    """What was changed from the settings ``before`` to these, the weightiest first, never empty.

    Args:
        numbers: for runs that one may start from, the number each has in the book.
    """
    if before is None:
        return [say(FIRST)]
    if before.scenario != spec.scenario:
        return [say("another scenario: {scenario}", scenario=say(scenarios.get(spec.scenario).title))]
    scenario = scenarios.get(spec.scenario)
    if spec.options.get("task") != before.options.get("task"):  # another network on other data: all else follows
        return [say("another task: {task}", task=_label(_option(scenario, "task"), spec.options["task"]))]
    found = list(_found(scenario, spec, before, numbers or {}))
    more = [say("and {count} more", count=len(found) - MOST)] if len(found) > MOST + 1 else []
    return (found[:MOST] + more if more else found) or [say(SAME)]


def sentence(found: Sequence[str]) -> str:
    """Differences as one line."""
    return say("; ").join(found)


def validation_rows(spec: RunSpec) -> tuple[str, ...]:
    """What a spec's validation rows hang on: runs that agree in it were validated on the same rows."""
    names = ROWS_FROM.get(spec.scenario, ())
    rows = (spec.data, *(str(spec.options.get(name)) for name in names))
    return (*rows, "training", str(spec.examples), str(spec.seed)) if mistake_of(spec) == TRAINING else rows


def _found(scenario: Scenario, spec: RunSpec, before: RunSpec, numbers: Mapping[str, int]) -> Iterator[str]:
    for option in (o for o in scenario.options if o.leads):
        yield from _option_change(option, spec, before)
    yield from _start_change(spec, before, numbers)
    if spec.source != before.source and spec.source and before.source:
        titles = {s.id: s.title for o in (spec.options, before.options) for s in scenario.sources(o)}
        was, now = (say(titles.get(s.source, s.source)) for s in (before, spec))
        yield say("source {before} to {now}", before=was, now=now)
    yield from _freezing_change(scenario, spec, before)
    if spec.learning_rate != before.learning_rate:
        yield say("rate {before} to {now}", before=short(before.learning_rate), now=short(spec.learning_rate))
    yield from _data_change(scenario, spec, before)
    yield from _number_change(mark("examples {before:,} to {now:,}"), spec.examples, before.examples)
    for option in (o for o in scenario.options if not o.leads):
        yield from _option_change(option, spec, before)
    yield from _number_change(mark("epochs {before:,} to {now:,}"), spec.epochs, before.epochs)
    yield from _stopping_change(spec, before)
    yield from _number_change(mark("batch size {before:,} to {now:,}"), spec.batch_size, before.batch_size)
    yield from _number_change(mark("seed {before:,} to {now:,}"), spec.seed, before.seed)


def short(rate: float) -> str:
    """A learning rate as one says it: 1e-3, 3e-4, 0.5."""
    if rate >= 0.1 or rate == 0:
        return f"{rate:g}"
    digits, _, power = f"{rate:e}".partition("e")
    return f"{float(digits):g}e{int(power)}"


def _number_change(change: str, now: int, before: int) -> Iterator[str]:
    if now != before:
        yield say(change, before=before, now=now)


def _option(scenario: Scenario, name: str) -> Option:
    return next(o for o in scenario.options if o.name == name)


def _option_change(option: Option, spec: RunSpec, before: RunSpec) -> Iterator[str]:
    now, was = (s.options.get(option.name, option.default) for s in (spec, before))
    if now != was:
        title = say(option.title)
        title = title if title[1:2].isupper() else title[0].lower() + title[1:]
        yield say("{setting} {before} to {now}", setting=title, before=_label(option, was), now=_label(option, now))


def _label(option: Option, value: Value) -> str:
    if option.labels and value in option.choices:
        return say(option.labels[option.choices.index(value)])
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _start_change(spec: RunSpec, before: RunSpec, numbers: Mapping[str, int]) -> Iterator[str]:
    if spec.start == before.start:
        return
    if spec.parent:
        yield say("goes on from {run}", run=_start(spec.start, numbers))
    else:
        yield say("start {before} to {now}", before=_start(before.start, numbers), now=_start(spec.start, numbers))


def _start(start: str, numbers: Mapping[str, int]) -> str:
    if not start.startswith("run:"):
        return say(start)
    run = start[4:]
    return say("run {run}", run=numbers[run] if run in numbers else f"{run[:4]}…")


def _data_change(scenario: Scenario, spec: RunSpec, before: RunSpec) -> Iterator[str]:
    if spec.data == before.data:
        return
    if spec.data.startswith("rows:") and before.data.startswith("rows:"):
        yield say("other rows in the table")
        return
    titles = {**scenario.data_choices(before.options), **scenario.data_choices(spec.options)}
    yield say("data {before} to {now}", before=_data(before.data, titles), now=_data(spec.data, titles))


def _data(data: str, titles: Mapping[str, str]) -> str:
    if data.startswith("rows:"):
        return say("a table of one's own")
    if data in titles:
        return say(titles[data])
    return say("own data {data}…", data=data[7:15]) if data.startswith("sha256:") else data


def _stopping_change(spec: RunSpec, before: RunSpec) -> Iterator[str]:
    switched = spec.early_stopping != before.early_stopping
    if switched and spec.early_stopping:
        yield say("early stopping on, patience {patience:,}", patience=spec.patience)
    elif switched:
        yield say("early stopping off")
    for change in _rule_changes(spec, before, switched):
        yield change if spec.early_stopping else say("{change} (not in use)", change=change)


def _rule_changes(spec: RunSpec, before: RunSpec, switched: bool) -> Iterator[str]:
    """What differs in how early stopping goes, where it is in use."""
    if spec.patience != before.patience and not switched:
        yield say("patience {before:,} to {now:,}", before=before.patience, now=spec.patience)
    if spec.min_delta != before.min_delta:
        yield say("min delta {before} to {now}", before=short(before.min_delta), now=short(spec.min_delta))
    if spec.restore_best != before.restore_best:
        yield say("restores best weights") if spec.restore_best else say("keeps the last weights")


def _freezing_change(scenario: Scenario, spec: RunSpec, before: RunSpec) -> Iterator[str]:
    layers, others = (_switchable(scenario, s) for s in (spec, before))
    names = [layer.name for layer in layers]
    if names != [layer.name for layer in others]:  # another network: its layers have no fellows to compare with
        now, was = _depth(layers, spec.frozen), _depth(others, before.frozen)
        if now and now != was:
            yield now
        return
    base = [layer.name for layer in layers if layer.part == "base"]
    froze, unfroze = set(spec.frozen) - set(before.frozen), set(before.frozen) - set(spec.frozen)
    if froze & set(names):
        yield say("froze {layers}", layers=_ranges(names, base, froze))
    if unfroze & set(names):
        yield say("unfroze {layers}", layers=_ranges(names, base, unfroze))


def _switchable(scenario: Scenario, spec: RunSpec) -> list[Layer]:
    """The layers that can be frozen or not, from the input on."""
    return [layer for layer in scenario.layers(spec) if layer.parameters and not layer.fixed]


def _depth(layers: Sequence[Layer], frozen: Collection[str]) -> str:
    """How much of a base is frozen, as a whole; nothing where there is no base to freeze."""
    base = [layer.name for layer in layers if layer.part == "base"]
    still = [name for name in base if name in frozen]
    if not base:
        return ""
    if not still:
        return say("none of the base frozen")
    if len(still) == len(base):
        return say("all of the base frozen")
    return say("{still} of {all} blocks frozen", still=len(still), all=len(base))


def _ranges(names: Sequence[str], base: Sequence[str], those: Collection[str]) -> str:
    """Layers by name, neighbours put together."""
    if len(base) > 1 and those == set(base):
        return say("all of the base")
    groups: list[list[str]] = []
    for place, name in enumerate(names):
        if name not in those:
            continue
        if groups and names[place - 1] == groups[-1][-1]:
            groups[-1].append(name)
        else:
            groups.append([name])
    return say(", ").join(_group([name.replace("_", " ") for name in group]) for group in groups)


def _group(names: Sequence[str]) -> str:
    if len(names) > 2:
        return say("{first} to {last}", first=names[0], last=names[-1])
    return names[0] if len(names) == 1 else say("{first} and {second}", first=names[0], second=names[1])
