"""The evaluation on the page: when it was made and on what, its scorecard, and a run in progress."""

from __future__ import annotations

from datetime import UTC
from html import escape
from pathlib import PurePath

from rag.evaluations import Evaluation, Report, State
from rag.render import failure
from rag.strings import Words

REPORT_URL = "/evaluation/report.html"


def card(evaluation: Evaluation, words: Words) -> str:
    """The collapsible card, open while an evaluation runs. page.js compares its data-state with `mark`."""
    state, report = evaluation.state, evaluation.newest()
    notice = failure(state.error, words) if state.error is not None else ""
    scores = f'<div class="scores">{report.scorecard}</div>' if report is not None else ""
    return (
        f'<details class="card" data-state="{escape(mark(state, report))}"{" open" if state.running else ""}>'
        f"<summary><h2>{escape(words('evaluation'))}</h2> <small>{_summary(state, report, words)}</small></summary>"
        f'<p class="about">{escape(words("evaluation.about"))}</p>{_controls(state, report, words)}{notice}{scores}'
        "</details>"
    )


def mark(state: State, report: Report | None) -> str:
    """Differs between any two states that are drawn differently, but for the progress of a run."""
    if state.running:
        return "running"
    return f"{state.finished} {report.folder.name if report is not None else ''}"


def _summary(state: State, report: Report | None, words: Words) -> str:
    if state.running:
        return f"{escape(words('evaluation.running'))} {_count(state)}"
    if report is None:
        return escape(words("evaluation.none"))
    created = report.created.astimezone(UTC)
    names = (words("evaluation.gold", file=PurePath(item.file).name, count=item.questions) for item in report.gold)
    gold = "".join(f' · <span dir="auto">{escape(name)}</span>' for name in names)
    return f'<time datetime="{created.isoformat()}">{created:%Y-%m-%d %H:%M} UTC</time>{gold}{_fold(report, words)}'


def _fold(report: Report, words: Words) -> str:
    if report.fold == "all":
        return ""
    count = "?" if report.asked is None else report.asked
    return f" · {escape(words(f'evaluation.fold.{report.fold}', count=count))}"


def _controls(state: State, report: Report | None, words: Words) -> str:
    label = escape(words("evaluation.running" if state.running else "evaluation.run"))
    button = f'<button type="button" id="evaluate" aria-disabled="{str(state.running).lower()}">{label}</button>'
    progress = _progress(state, words) if state.running else ""
    link = ""
    if report is not None and report.page is not None and not state.running:
        text = escape(words("evaluation.report"))
        link = f'<a href="{REPORT_URL}" target="_blank" rel="noopener">{text}</a>'
    return f'<div class="controls">{button}{progress}{link}</div>'


def _progress(state: State, words: Words) -> str:
    percent = round(100 * min(state.done / state.total, 1)) if state.total else 0
    return (
        f'<span class="bar" role="progressbar" aria-label="{escape(words("evaluation"))}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent}"><i style="width:{percent}%"></i></span>{_count(state)}'
    )


def _count(state: State) -> str:
    return f"<span data-count>{f'{state.done} / {state.total}' if state.total else ''}</span>"
