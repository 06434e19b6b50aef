"""How questions are asked, as HTML: filters, how many passages, the mode; and the list of what was asked in this visit.

The choices are kept by the page's script, which fills in the boxes, the chips and the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from index.schema import Document
from rag.examples import region_name
from rag.filters import regions_of
from rag.render import switch
from rag.settings import DEFAULT_K, Mode
from rag.strings import Words

MOST_CHOICES = 300  # of one kind; a larger collection is filtered by what was found, or through the API
MOST_PASSAGES = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick: what is sent, and what is read beside it."""

    value: str
    label: str


def options(documents: Sequence[Document], words: Words, mode: Mode) -> str:
    """All controls; `mode` is that of questions which choose none."""
    chips = (
        f'<div class="chips" role="group" aria-label="{escape(words("filters.active"))}" '
        f'data-remove="{escape(words("filters.remove"))}" data-clear="{escape(words("filters.clear"))}" hidden></div>'
    )
    return (
        f'<div class="options" role="group" aria-label="{escape(words("options"))}" data-mode="{escape(mode)}" '
        f'data-passages="{DEFAULT_K}">{_filters(documents, words)}{_k(words)}{_modes(words, mode)}{chips}'
        f"{_history(words)}</div>"
    )


def article_key(document: Document, index: int) -> str:
    """An article as the page's address names it: its number from 0, "@" and the document's name."""
    return f"{index}@{document.name}"


def _filters(documents: Sequence[Document], words: Words) -> str:
    regions = [Choice(region, region_name(region, words)) for region in regions_of(documents)]
    names = [Choice(document.name, document.name) for document in documents]
    articles = [
        Choice(article_key(document, article.index), article.title or document.name)
        for document in documents
        for article in document.articles
    ]
    groups = "".join(
        _group(kind, choices, words)
        for kind, choices in (("region", regions), ("document", names), ("article", articles))
        if choices
    )
    body = (
        f'<label class="find"><span>{escape(words("filters.find"))}</span><input type="search" data-find></label>'
        f'{groups}<button type="button" data-clear-filters>{escape(words("filters.clear"))}</button>'
        if groups
        else f"<p>{escape(words('filters.none'))}</p>"
    )
    return _menu("filters", words("filters"), body)


def _group(kind: str, choices: Sequence[Choice], words: Words) -> str:
    boxes = "".join(_box(kind, choice) for choice in choices[:MOST_CHOICES])
    left = len(choices) - MOST_CHOICES
    more = f"<p>{escape(words('filters.more', count=left))}</p>" if left > 0 else ""
    return f"<fieldset><legend>{escape(words(f'filters.{kind}s'))}</legend>{boxes}{more}</fieldset>"


def _box(kind: str, choice: Choice) -> str:
    return (
        f'<label><input type="checkbox" data-kind="{kind}" value="{escape(choice.value)}">'
        f'<span dir="auto">{escape(choice.label)}</span></label>'
    )


def _k(words: Words) -> str:
    numbers = "".join(
        f"<option{' selected' if number == DEFAULT_K else ''}>{number}</option>"
        for number in range(1, MOST_PASSAGES + 1)
    )
    return f'<label class="k"><span>{escape(words("k"))}</span><select data-k>{numbers}</select></label>'


def _modes(words: Words, mode: Mode) -> str:
    choices = ((one.value, words(f"mode.{one}"), words(f"mode.{one}.about")) for one in Mode)
    return switch("mode", words("mode"), choices, mode)


def _history(words: Words) -> str:
    states = "".join(
        f' data-{state}="{escape(words(f"history.{state}"))}"' for state in ("found", "none", "failed", "waiting")
    )
    body = (
        f'<p class="empty">{escape(words("history.empty"))}</p><ol{states}></ol>'
        f'<p class="foot"><small>{escape(words("history.about"))}</small>'
        f'<button type="button" data-clear-history>{escape(words("history.clear"))}</button></p>'
    )
    return _menu("history", words("history"), body)


def _menu(name: str, label: str, body: str) -> str:
    return (
        f'<details class="menu {name}"><summary>{escape(label)}<b class="count"></b></summary>'
        f'<div class="panel">{body}</div></details>'
    )
