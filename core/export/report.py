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
from core.sources.catalogue import asset
from core.spec import RunSpec
from core.words import say

FILE = "report.html"
MOST_BESIDE, LONG = 4, 200
ABOUT_SETTINGS = (
    "Those that differ from what the page opens with are in bold. The file settings.json opens all of them on another "
    "server."
)
ABOUT_NOTEBOOK = "The same settings give the same curve. The notebook in this pack makes it again in plain Keras."
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
    """The page. All that somebody typed is shown as text."""
    run, spec = report.run, report.run.spec
    scenario = scenarios.get(spec.scenario)
    title = full_title(run)
    others = report.beside[:MOST_BESIDE]
    reading = read_curve(run.epochs, spec, run.outcome)
    body = [
        f"<h1>{_text(title)}</h1>",
        f"<p class='quiet'>{_text(report.author)}</p>" if report.author else "",
        f"<p>{_text(scenario.sentence)}</p>",
        "<h2>Curves</h2>",
        curves_svg(run.epochs, title, [Beside(run_name(other), other.epochs) for other in others]),
        f"<p><b>{_text(reading.headline)}</b> {_text(reading.evidence)}</p>" if reading.headline else "",
        f"<p>{_text(_ending(run))}</p>",
        "<h2>Figures</h2>",
        _figures([run, *others]),
        *_answers(report),
        "<h2>Notes</h2>",
        f"<p class='notes'>{_text(report.notes)}</p>" if report.notes else "<p class='quiet'>None were written.</p>",
        "<h2>Settings</h2>",
        f"<p class='quiet'>{ABOUT_SETTINGS}</p>",
        _settings(spec),
        "<h2>Data and weights</h2>",
        _origins(spec),
        f"<p class='quiet'>{ABOUT_NOTEBOOK}</p>",
    ]
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{_text(title)}</title>"
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(filter(None, body)) + "\n</body></html>\n"
    )


def _answers(report: Report) -> list[str]:
    """What a lesson asked and what was answered; nothing where the run was made in none."""
    if not report.lesson:
        return []
    rows = [[question, answer or say("not answered")] for question, answer in report.answers]
    return [f"<h2>{_text(say('Lesson: {title}', title=report.lesson))}</h2>", _table((), rows)]


def run_name(run: Snapshot) -> str:
    """How a run is called in text."""
    name = f"run {run.number}" if run.number else f"run {run.id[:6]}"
    return f"{name}, {run.name}" if run.name else name


def full_title(run: Snapshot) -> str:
    """A run's name with its scenario's."""
    return f"{scenarios.get(run.spec.scenario).title}: {run_name(run)}"


def _ending(run: Snapshot) -> str:
    outcome = run.outcome
    if outcome is None:
        return f"{len(run.epochs)} of {run.spec.epochs} epochs; state: {run.state}."
    restored = f" It carries the weights of epoch {outcome.restored_epoch}." if outcome.restored_epoch else ""
    how = "stopped early" if outcome.stopped_early else "stopped by hand" if outcome.stopped_by_hand else "ended"
    return f"Training {how} after {outcome.epochs} of {run.spec.epochs} epochs.{restored}"


def _figures(runs: Sequence[Snapshot]) -> str:
    header = ("", "best epoch", "validation loss", "validation accuracy", "training loss then", "numbers trained",
              "seconds", "what differs")  # fmt: skip
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
        f"{run.trainable:,} of {run.total:,}" if run.total else "–",
        f"{sum(epoch.seconds for epoch in run.epochs):.1f}",
        told,
    ]


def _settings(spec: RunSpec) -> str:
    plain = scenarios.parse({"scenario": spec.scenario, **_task(spec)})
    usual = link_query(plain)
    titles = {option.name: option.title for option in scenarios.get(spec.scenario).options}
    titles |= {name: info.title for name, info in RunSpec.model_fields.items() if info.title}
    rows = []
    for name, value in link_query(spec).items():
        if name == "v" or (name, value) == ("mistake", NONE):
            continue
        title = titles.get(name) or name.replace("_", " ").capitalize()
        shown = _text(value if len(value) < LONG else f"{value[:LONG]}…")
        rows.append([_text(title), f"<b>{shown}</b>" if value != usual.get(name) else shown])
    return _table((), rows, escape=False)


def _task(spec: RunSpec) -> dict[str, object]:
    return {"task": spec.options["task"]} if "task" in spec.options else {}


def _origins(spec: RunSpec) -> str:
    entries = [asset(name) for name in scenarios.get(spec.scenario).origins(spec)]
    rows = [
        [e.title + (f" (stands in for {e.stands_in_for})" if e.is_stand_in else ""), e.licence, e.citation]
        for e in entries
    ]
    own = [["Data of the learner's own", "", spec.data]] if spec.data.startswith(("sha256:", "rows:")) else []
    return _table(("what", "licence", "citation"), [*rows, *own])


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
