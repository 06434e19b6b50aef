"""Cuts a run into slices, so that one broken language or type cannot hide in an average."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from eval.dataset import FOLDS, KINDS, fold
from eval.runner import Result

ALL = "all"
GROUPS = ("zh", "en", "others")


def language_group(language: str) -> str:
    """`zh` and `en` with all their scripts and regions, `others` for the rest."""
    base = language.lower().replace("_", "-").split("-")[0]
    return base if base in GROUPS else "others"


def pair(result: Result) -> str:
    """The language of the question and that of the document, "en→zh"; "?" for an unknown one."""
    question = result.question
    return f"{question.gold.language}→{question.document_language or '?'}"


def slices(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Slice name → its results, none empty.

    "all", then by fold, answerability, kind of unanswerable question, language group, language pair, type, region of
    the evidence (a question may have several) and style, each named with its dimension: "pair en→zh", "style typo".
    """
    cut: dict[str, list[Result]] = {ALL: list(results)}
    for dimension, order, values in _DIMENSIONS:
        found: dict[str, list[Result]] = {name: [] for name in order}
        rest: dict[str, list[Result]] = {}
        for result in results:
            for value in values(result):
                (found if value in found else rest).setdefault(value, []).append(result)
        for value, members in [*found.items(), *sorted(rest.items())]:
            if members:
                cut[f"{dimension} {value}"] = members
    return cut


_Values = Callable[[Result], Iterable[str]]

_DIMENSIONS: tuple[tuple[str, Sequence[str], _Values], ...] = (
    ("fold", FOLDS, lambda r: [fold(r.question.gold.id)]),
    ("answerable", ("yes", "no"), lambda r: ["yes" if r.question.gold.answerable else "no"]),
    ("kind", KINDS, lambda r: filter(None, [r.question.gold.kind])),
    ("languages", GROUPS, lambda r: [language_group(r.question.gold.language)]),
    ("pair", (), lambda r: [pair(r)]),
    ("type", (), lambda r: [r.question.gold.type]),
    ("region", (), lambda r: r.question.regions),
    ("style", (), lambda r: filter(None, [r.question.gold.style])),
)
