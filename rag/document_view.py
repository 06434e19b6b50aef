"""The documents on the page: the list with what can be done to each, and the place for new files. All text from outside
is escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType

from index.readers import READERS
from index.schema import Document
from rag.api import MAX_UPLOAD_BYTES
from rag.audit_view import AUDIT_URL
from rag.engine import Collection
from rag.render import lang_of, source_url
from rag.strings import Words

OPEN = 3  # so many documents are shown with their articles; of more, the list comes first

_CONVERTED = re.compile(r"converted from (\S+)")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the list shows: `passages` counts them by document id, `restorable` documents can be brought back.

    Without `changeable` nobody can add or remove documents here. `generation` is that of the collection.
    """

    documents: tuple[Document, ...]
    passages: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    restorable: tuple[Document, ...] = ()
    changeable: bool = False
    generation: int = 0

    @classmethod
    def of(cls, collection: Collection, restorable: Sequence[Document] | None) -> Shelf:
        """Of a collection; `restorable` is None where it cannot be changed."""
        there = {document.id for document in collection.documents}
        gone = tuple(document for document in restorable or () if document.id not in there)
        return cls(collection.documents, collection.passage_counts, gone, restorable is not None, collection.generation)


def document_list(shelf: Shelf, words: Words) -> str:
    """Every document with its articles, their authors and regions; each opens in the reader."""
    add = ""
    if shelf.changeable:
        add = f'<button type="button" class="plain" data-action="add">{escape(words("documents.add"))}</button>'
    heading = (
        f'<div class="shelf" data-generation="{shelf.generation}"><h2>{escape(words("documents"))}</h2>'
        f"{_totals(shelf, words)}{add}</div>"
    )
    removed = _removed(shelf.restorable, words)
    if not shelf.documents:
        return f'{heading}<p class="empty">{escape(words("documents.none"))}</p>{removed}'
    return heading + "".join(_document(document, shelf, words) for document in shelf.documents) + removed


def upload_panel(changeable: bool, words: Words) -> str:
    """Where files are chosen or dropped; documents.js draws what becomes of them. A line where nothing can be added."""
    if not changeable:
        return f'<p class="read-only">{escape(words("documents.read-only"))}</p>'
    kinds = " ".join(sorted(READERS))
    limit = MAX_UPLOAD_BYTES // (1024 * 1024)
    texts = json.dumps(words.under("client."), ensure_ascii=False)
    return (
        f'<section class="drop card" aria-labelledby="upload-title" data-words="{escape(texts)}" '
        f'data-limit="{MAX_UPLOAD_BYTES}" data-kinds="{escape(kinds)}">'
        f'<h3 id="upload-title">{escape(words("upload"))}</h3>'
        '<label class="zone"><input type="file" multiple '
        f'accept="{escape(",".join(sorted(READERS)))}" aria-describedby="upload-hint" data-files>'
        f"<span>{escape(words('upload.drop'))}</span></label>"
        f'<p id="upload-hint" class="hint">{escape(words("upload.hint", kinds=kinds, limit=limit))}</p>'
        '<input type="file" hidden tabindex="-1" aria-hidden="true" data-replacement>'
        f'<div class="uploads" role="group" aria-label="{escape(words("upload.uploads"))}"></div>'
        '<p class="said" role="status" aria-live="polite"></p></section>'
        f'<div class="toasts" role="region" aria-label="{escape(words("upload.notices"))}"></div>'
    )


def remarks(document: Document, words: Words) -> tuple[str, ...]:
    """What a person should look at, in plain words: remarks from reading, articles without a title."""
    found = [_plain(notice, words) for notice in document.notices]
    untitled = sum(not article.title for article in document.articles)
    if untitled and len(document.articles) > 1:
        found.append(words("documents.untitled", count=untitled))
    return tuple(found)


def _totals(shelf: Shelf, words: Words) -> str:
    if not shelf.documents:
        return ""
    totals = words(
        "documents.totals",
        documents=f"{len(shelf.documents):,}",
        articles=f"{sum(len(document.articles) for document in shelf.documents):,}",
        passages=f"{sum(shelf.passages.values()):,}",
        characters=f"{sum(len(document.text) for document in shelf.documents):,}",
    )
    return f'<p class="totals">{escape(totals)}</p>'


def _document(document: Document, shelf: Shelf, words: Words) -> str:
    counts = words(
        "documents.counts",
        articles=len(document.articles),
        passages=shelf.passages.get(document.id, 0),
        characters=f"{len(document.text):,}",
        encoding=document.encoding.upper(),
    )
    told = remarks(document, words)
    badge = f'<span class="badge">{escape(words("documents.look", count=len(told)))}</span>' if told else ""
    notices = "".join(f'<li dir="auto">{escape(remark)}</li>' for remark in told)
    notices = f'<ul class="remarks">{notices}</ul>' if notices else ""
    rows = "".join(
        f'<li><a href="{escape(source_url(document, article=article.index))}" data-open{lang_of(article.title)}>'
        f"{escape(article.title or document.name)}</a>"
        f'<span class="by">{escape("、".join(author.name for author in article.authors))}</span>'
        f'<span class="region">{escape(article.region or "")}</span></li>'
        for article in document.articles
    )
    audit = AUDIT_URL.format(id=document.id)
    return (
        f'<details class="document card" data-id="{escape(document.id)}" data-name="{escape(document.name)}"'
        f"{' open' if len(shelf.documents) <= OPEN else ''}>"
        f'<summary><b dir="auto">{escape(document.name)}</b>{badge}<small>{escape(counts)}</small></summary>'
        f"{notices}<ol>{rows}</ol>"
        f'<details class="audit" data-id="{escape(document.id)} audit" '
        f'data-audit="{escape(audit)}?language={escape(words.language)}">'
        f'<summary>{escape(words("audit"))}</summary><div class="audited" aria-live="polite"></div></details>'
        f"{_actions(document, words) if shelf.changeable else ''}</details>"
    )


def _actions(document: Document, words: Words) -> str:
    return (
        '<p class="actions">' + "".join(_button(action, document, words) for action in ("replace", "remove")) + "</p>"
    )


def _removed(documents: Sequence[Document], words: Words) -> str:
    if not documents:
        return ""
    rows = "".join(
        f'<li data-id="{escape(document.id)}" data-name="{escape(document.name)}">'
        f'<span dir="auto">{escape(document.name)}</span>{_button("restore", document, words)}</li>'
        for document in documents
    )
    return f'<div class="removed"><h3>{escape(words("documents.removed"))}</h3><ul>{rows}</ul></div>'


def _button(action: str, document: Document, words: Words) -> str:
    label = escape(words(f"documents.{action}.of", name=document.name))
    return (
        f'<button type="button" class="plain" data-action="{action}" aria-label="{label}">'
        f"{escape(words(f'documents.{action}'))}</button>"
    )


def _plain(notice: str, words: Words) -> str:
    converted = _CONVERTED.fullmatch(notice)
    return words("documents.converted", encoding=converted[1]) if converted else notice
