"""A report on one run to hand in: one HTML page without scripts that prints well."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core import scenarios
from core.export.settings import link_query
from core.export.svg import Beside, curves_svg
from core.history import Epoch, Snapshot, best_epoch
from core.insight.differences import differences, sentence
from core.insight.reading import number, read_curve
from core.scenarios.mistakes import NONE
from core.sources.catalogue import Asset, asset
from core.spec import RunSpec
from core.words import language, mark, say

FILE = "report.html"
MOST_BESIDE, LONG = 4, 200
ABOUT_SETTINGS = mark(
    "Those that differ from what the page opens with are in bold. The file settings.json opens all of them on another "
    "server."
)
ABOUT_NOTEBOOK = mark("The same settings give the same curve. The notebook in this pack makes it again in plain Keras.")
FIGURES = (mark("best epoch"), mark("validation loss"), mark("validation accuracy"), mark("training loss then"),
           mark("numbers trained"), mark("seconds"), mark("what differs"))  # fmt: skip
ORIGINS = (mark("what"), mark("licence"), mark("citation"))
STYLE = """
body { font: 11pt/1.45 Helvetica, Arial, sans-serif; color: #222; max-width: 48rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 1.6rem 0 0.4rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.92em; }
th, td { text-align: left; padding: 0.22rem 0.6rem; border-bottom: 1px solid #ccc; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; } .quiet { color: #555; font-size: 0.92em; }
.notes { white-space: pre-wrap; border-left: 3px solid #0072B2; padding-left: 0.8rem; overflow-wrap: anywhere; }
td { overflow-wrap: anywhere; } tbody td:first-child { min-width: 4.5rem; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } table, svg { break-inside: avoid; } }
"""


@dataclass(frozen=True)
class Report:
    """What a report is made of: a run, others to compare it with, what its learner wrote, and who hands it in; of a
    lesson its title, and each question with its answer."""

    run: Snapshot
    beside: Sequence[Snapshot] = ()
    notes: str = ""
    author: str = ""
    lesson: str = ""
    answers: Sequence[tuple[str, str]] = ()


def write_report(report: Report) -> str:
    """The page, in the language spoken. All that somebody typed is shown as text."""
    run, spec = report.run, report.run.spec
    scenario = scenarios.get(spec.scenario)
    title = full_title(run)
    others = report.beside[:MOST_BESIDE]
    reading = read_curve(run.epochs, spec, run.outcome)
    body = [
        f"<h1>{_text(title)}</h1>",
        _quiet(report.author) if report.author else "",
        f"<p>{_text(say(scenario.sentence))}</p>",
        _heading(say("Curves")),
        curves_svg(run.epochs, title, [Beside(run_name(other), other.epochs) for other in others]),
        f"<p><b>{_text(reading.headline)}</b> {_text(reading.evidence)}</p>" if reading.headline else "",
        f"<p>{_text(_ending(run))}</p>",
        _heading(say("Figures")),
        _figures([run, *others]),
        *_answers(report),
        _heading(say("Notes")),
        f"<p class='notes'>{_text(report.notes)}</p>" if report.notes else _quiet(say("None were written.")),
        _heading(say("Settings")),
        _quiet(say(ABOUT_SETTINGS)),
        _settings(spec),
        _heading(say("Data and weights")),
        _origins(spec),
        _quiet(say(ABOUT_NOTEBOOK)),
    ]
    lang = language().replace("_", "-")
    return (
        f"<!doctype html>\n<html lang='{lang}'><head><meta charset='utf-8'><title>{_text(title)}</title>"
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(filter(None, body)) + "\n</body></html>\n"
    )


def _answers(report: Report) -> list[str]:
    """What a lesson asked and what was answered; nothing where the run was made in none."""
    if not report.lesson:
        return []
    rows = [[question, answer or say("not answered")] for question, answer in report.answers]
    return [_heading(say("Lesson: {title}", title=report.lesson)), _table((), rows)]


def run_name(run: Snapshot) -> str:
    """How a run is called in text."""
    name = say("run {number}", number=run.number or run.id[:6])
    return say("{run}, {name}", run=name, name=run.name) if run.name else name


def full_title(run: Snapshot) -> str:
    """A run's name with its scenario's."""
    return say("{scenario}: {run}", scenario=say(scenarios.get(run.spec.scenario).title), run=run_name(run))


def _ending(run: Snapshot) -> str:
    outcome = run.outcome
    if outcome is None:
        return say("{n} of {planned} epochs; state: {state}.", n=len(run.epochs), planned=run.spec.epochs,
                   state=say(run.state))  # fmt: skip
    counts = {"n": outcome.epochs, "planned": run.spec.epochs}
    if outcome.stopped_early:
        how = say("Training stopped early after {n} of {planned} epochs.", **counts)
    elif outcome.stopped_by_hand:
        how = say("Training stopped by hand after {n} of {planned} epochs.", **counts)
    else:
        how = say("Training ended after {n} of {planned} epochs.", **counts)
    if not outcome.restored_epoch:
        return how
    return say("{how} It carries the weights of epoch {epoch}.", how=how, epoch=outcome.restored_epoch)


def _figures(runs: Sequence[Snapshot]) -> str:
    header = ("", *map(say, FIGURES))
    return _table(header, (_figure_row(run, runs[0]) for run in runs), numbers=range(1, 7))


def _figure_row(run: Snapshot, first: Snapshot) -> list[str]:
    best = _at(run.epochs, best_epoch(run.epochs))
    told = "" if run is first else sentence(differences(run.spec, first.spec))
    return [
        run_name(run),
        str(best.epoch) if best else "–",
        _loss(best.val_loss if best else None),
        _share(best.val_accuracy if best else None),
        _loss(best.loss if best else None),
        say("{n:,} of {total:,}", n=run.trainable, total=run.total) if run.total else "–",
        f"{sum(epoch.seconds for epoch in run.epochs):.1f}",
        told,
    ]


def _settings(spec: RunSpec) -> str:
    plain = scenarios.parse({"scenario": spec.scenario, **_task(spec)})
    usual = link_query(plain)
    titles = {option.name: option.title for option in scenarios.get(spec.scenario).options}
    titles |= {"frozen": mark("Frozen")}
    titles |= {name: info.title for name, info in RunSpec.model_fields.items() if info.title}
    rows = []
    for name, value in link_query(spec).items():
        if name == "v" or (name, value) == ("mistake", NONE):
            continue
        title = say(titles.get(name) or name.replace("_", " ").capitalize())
        shown = _text(value if len(value) < LONG else f"{value[:LONG]}…")
        rows.append([_text(title), f"<b>{shown}</b>" if value != usual.get(name) else shown])
    return _table((), rows, escape=False)


def _task(spec: RunSpec) -> dict[str, object]:
    return {"task": spec.options["task"]} if "task" in spec.options else {}


def _origins(spec: RunSpec) -> str:
    entries = [asset(name) for name in scenarios.get(spec.scenario).origins(spec)]
    rows = [[_what(entry), say(entry.licence), entry.citation] for entry in entries]
    own = [[say("Data of the learner's own"), "", spec.data]] if spec.data.startswith(("sha256:", "rows:")) else []
    return _table([say(head) for head in ORIGINS], [*rows, *own])


def _what(entry: Asset) -> str:
    title = say(entry.title)
    if entry.stands_in_for is None:
        return title
    return say("{what} (stands in for {original})", what=title, original=say(entry.stands_in_for or ""))


def _heading(text: str) -> str:
    return f"<h2>{_text(text)}</h2>"


def _quiet(text: str) -> str:
    return f"<p class='quiet'>{_text(text)}</p>"


def _table(
    header: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = (), escape: bool = True
) -> str:
    right = set(numbers)

    def row(cells: Sequence[str], tag: str) -> str:
        marked = (
            f"<{tag}{' class=n' if place in right else ''}>{_text(cell) if escape else cell}</{tag}>"
            for place, cell in enumerate(cells)
        )
        return f"<tr>{''.join(marked)}</tr>"

    head = f"<thead>{row(header, 'th')}</thead>" if header else ""
    return f"<table>{head}<tbody>{''.join(row(cells, 'td') for cells in rows)}</tbody></table>"


def _at(epochs: Sequence[Epoch], epoch: int | None) -> Epoch | None:
    return next((e for e in epochs if e.epoch == epoch), None)


def _loss(value: float | None) -> str:
    return number(value) if value is not None else "–"


def _share(value: float | None) -> str:
    return f"{value:.3f}" if value is not None else "–"


def _text(value: object) -> str:
    return html.escape(str(value))
