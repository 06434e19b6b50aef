"""A report as a page to look at: the scorecard and the pictures, the questions that went wrong, the set-up.

`fragment` is the part that the web page shows, too: a section with a style of its own and no script, which takes its
colours from the page around it and its language from `data-language` on the page's root. `page` is a whole file that
asks for nothing from anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from eval.measures.definitions import definition_of
from eval.measures.scorecard import LOWER_IS_BETTER
from eval.reports import pictures
from eval.reports.slice_names import dimension_name, slice_name
from eval.reports.words import LANGUAGES, say
from rag.render import lang_of

MAIN = (
    "success@1", "success@5", "ndcg@10", "quote-iou", "char-f1", "auroc", "false-answer-rate", "false-refusal-rate",
)  # fmt: skip
COLUMNS = (
    "success@1", "success@5", "mrr@10", "ndcg@10", "quote-iou", "contains", "char-f1", "decision", "auroc",
    "false-answer-rate", "false-refusal-rate", "ece",
)  # fmt: skip
TROUBLES = ("false-answer", "wrong-answer", "missed", "late", "wrong-quote", "false-refusal")
"""The gravest first: what misleads the reader goes before what only lets him down."""

NEUTRAL = 0.7
"""A share with no colour in the table. Not 0.5: half of the answers wrong is no middling result."""

_COUNTS = ("answerable", "unanswerable")

Figures = Mapping[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a document; `marks` are (start, end) offsets into `text`, `place` is document · article title."""

    place: str
    text: str
    marks: tuple[tuple[int, int], ...]
    relevant: bool | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong: what was wanted beside what was found. `trouble` is one of TROUBLES."""

    id: str
    language: str
    type: str
    style: str | None
    question: str
    answerable: bool
    trouble: str
    confidence: float
    answer: str | None
    accepted: tuple[str, ...]
    wanted: tuple[Excerpt, ...]
    found: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A share as the page shows it, with `much` (0-100) of the colour for better or for worse than NEUTRAL."""

    name: str
    value: float | None
    interval: tuple[float, float] | None
    counts: tuple[int, ...]

    @property
    def few(self) -> bool:
        """Whether it was measured on too few questions to say much."""
        return min(self.counts) < pictures.FEW

    @property
    def lower(self) -> bool:
        """Whether less of it is better."""
        return self.name in LOWER_IS_BETTER

    @property
    def better(self) -> bool:
        """Whether it is on the good side of NEUTRAL."""
        return self._goodness >= NEUTRAL

    @property
    def much(self) -> int:
        """How far it is from NEUTRAL, 100 at either end."""
        distance = self._goodness - NEUTRAL
        return round(100 * (distance / (1 - NEUTRAL) if self.better else -distance / NEUTRAL))

    @property
    def _goodness(self) -> float:
        value = 0.0 if self.value is None else min(max(self.value, 0.0), 1.0)
        return 1 - value if self.lower else value


def fragment(content: Mapping[str, Any]) -> str:
    """The scorecard and the pictures of a report: `<section class="evaluation">`, no script."""
    return _environment().get_template("fragment.html").render(_view(content))


def page(content: Mapping[str, Any], failures: Sequence[Failure]) -> str:
    """The whole report as one file of HTML: `fragment`, the failing questions by trouble, the set-up."""
    grouped: dict[str, list[Failure]] = {name: [] for name in TROUBLES}
    for failure in failures:
        grouped[failure.trouble].append(failure)
    troubles = {name: members for name, members in grouped.items() if members}
    return _environment().get_template("page.html").render(_view(content), troubles=troubles)


def marked(text: str, marks: Sequence[tuple[int, int]]) -> Markup:
    """`text` escaped, with `<mark>` around each of the (start, end) spans; spans that meet become one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    parts, last = [], 0
    for start, end in joined:
        parts += [Markup.escape(text[last:start]), Markup("<mark>{}</mark>").format(text[start:end])]
        last = end
    return Markup("").join([*parts, Markup.escape(text[last:])])


def _view(content: Mapping[str, Any]) -> dict[str, Any]:
    measures = content["measures"]
    return {
        "content": content,
        "overall": measures["all"],
        "main": [_figure(name, "all", content) for name in MAIN],
        "columns": COLUMNS,
        "dimensions": _dimensions(content),
        "figures": {name: _shown(name, content) for name in measures["all"] if name not in _COUNTS},
        "pictures": {
            key: Markup("").join(Markup(svg) for svg in drawn if svg) for key, drawn in _pictures(content).items()
        },
    }


def _shown(name: str, content: Mapping[str, Any]) -> str:
    """A figure of all questions with its interval, in per cent or milliseconds."""
    interval = content["intervals"].get("all", {}).get(name)
    if (value := content["measures"]["all"][name]) is None:
        return "–"
    scale, unit, decimals = (1, "ms", 0) if name.startswith("latency-") else (100, "%", 1)
    value, *bounds = (f"{scale * number:.{decimals}f}" for number in (value, *(interval or ())))
    return f"{value} {unit} ({'–'.join(bounds)})" if bounds else f"{value} {unit}"


def _dimensions(content: Mapping[str, Any]) -> dict[str, dict[str, list[Figure]]]:
    """Dimension → slice name → the figure in each column."""
    found: dict[str, dict[str, list[Figure]]] = {}
    for name in content["measures"]:
        row = [_figure(column, name, content) for column in COLUMNS]
        found.setdefault(name.partition(" ")[0], {})[name] = row
    return found


def _figure(name: str, part: str, content: Mapping[str, Any]) -> Figure:
    figures: Figures = content["measures"][part]
    interval = content["intervals"].get(part, {}).get(name)
    counts: tuple[int, ...] = (content["counts"][part][name],)
    if name == "auroc":  # it rests on both, and is only as good as the scarcer
        counts = (int(figures["answerable"] or 0), int(figures["unanswerable"] or 0))
    return Figure(name, figures.get(name), tuple(interval) if interval else None, counts)


def _pictures(content: Mapping[str, Any]) -> dict[str, list[str]]:
    """Each picture in every language, "" where there is nothing to draw; in the order of the page."""
    measures, curves = content["measures"], content["curves"]
    overall = measures["all"]
    times = {name: overall.get(f"latency-{name}") for name in ("p50", "p95")}
    pairs = [
        (name, figure.value, figure.interval or (figure.value, figure.value), figure.counts[0])
        for name in measures
        if name.startswith("pair ")
        for figure in [_figure("success@1", name, content)]
        if figure.value is not None
    ]
    draw: dict[str, Callable[[str], str]] = {
        "risk-coverage": lambda to: pictures.risk_coverage(curves["risk_coverage"], overall.get("aurc"), to),
        "reliability": lambda to: pictures.reliability(curves["reliability"], overall.get("ece"), to),
        "forest": lambda to: pictures.forest(pairs, overall.get("success@1"), to),
        "ranks": lambda to: pictures.ranks(curves["ranks"], to),
        "latency": lambda to: pictures.latency(curves["latency_ms"], times, to),
    }
    return {key: [function(language) for language in LANGUAGES] for key, function in draw.items()}


def _both(words: Callable[[str], str]) -> Markup:
    """The same in every language, one of which the style sheet shows."""
    tags = {"zh": "zh-Hans"}
    span = Markup('<span class="{}" lang="{}">{}</span>')
    return Markup("").join(span.format(name, tags.get(name, name), words(name)) for name in LANGUAGES)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eval.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        t=lambda key, **values: _both(lambda language: say(language, key, **values)),
        says=lambda name: _both(lambda language: definition_of(name).says[LANGUAGES.index(language)]),
        says_not=lambda name: _both(lambda language: definition_of(name).says_not[LANGUAGES.index(language)]),
        slice_name=lambda name: _both(lambda language: slice_name(language, name)),
        dimension_name=lambda name: _both(lambda language: dimension_name(language, name)),
        few=pictures.FEW,
        neutral=NEUTRAL,
        lower_is_better=LOWER_IS_BETTER,
    )
    environment.filters.update(
        percent=pictures.percent,
        marked=lambda excerpt: marked(excerpt.text, excerpt.marks),
        lang=lambda text: Markup(lang_of(text)),
        plain=lambda value: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
    )
    return environment
