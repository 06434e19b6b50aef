"""The parts of the page as HTML: answer, citations, examples, notices. All text from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape
from urllib.parse import urlencode

from index.errors import DigestQAError
from index.schema import Document
from rag.answer import Answer, ArticleRecord, Citation, ShortAnswer
from rag.feedback_view import feedback_buttons
from rag.reason_texts import reason_language
from rag.strings import LANGUAGE_NAMES, Words

HIGH_CONFIDENCE = 0.8
MEDIUM_CONFIDENCE = 0.5
LONG_ANSWER = 28  # characters; from here on the answer is set smaller
MAX_EXAMPLES = 4

_INK = re.compile(r"\S")
_HAN = re.compile(r"[\u3400-\u9fff]")


def header(words: Words) -> str:
    """The name of the page and what it is for."""
    return (
        '<div class="masthead"><span class="seal" aria-hidden="true">答</span>'
        f"<div><h1>{escape(words('title'))}</h1><p>{escape(words('tagline'))}</p></div></div>"
    )


def footer(words: Words) -> str:
    """Links to what is beside the page."""
    return f'<a href="/docs">{escape(words("footer.api"))}</a><a href="/openapi.json">OpenAPI</a>'


def waiting(words: Words, ready: bool) -> str:
    """Shown in place of the answer while there is none."""
    text = escape(words("searching" if ready else "loading"))
    return f'<div class="card waiting" role="status"><p>{text}</p><i></i><i></i><i></i></div>'


def notice(heading: str, detail: str = "") -> str:
    """A friendly word about what did not work."""
    more = f"<p>{escape(detail)}</p>" if detail else ""
    return f'<div class="card notice" role="alert"><strong>{escape(heading)}</strong>{more}</div>'


def failure(error: DigestQAError, words: Words) -> str:
    """The notice for an error of the project's own, with its remedy."""
    return notice(words.notice(error.slug), f"{error.problem}; {error.remedy}")


def answer_card(answer: Answer, words: Words) -> str:
    """The short answer, where it stands and how sure we are of it; or that there is none, and why."""
    body = _no_answer(answer, words) if answer.answer is None else _found(answer, answer.answer, words)
    language = LANGUAGE_NAMES.get(answer.language, answer.language)
    seconds = f"{answer.timing_ms.get('total', 0.0) / 1000:.2f}"
    return (
        f'<section class="card answer" aria-label="{escape(words("answer"))}">'
        f'<p class="asked"{lang_of(answer.question)}>{escape(answer.question)}</p>{body}'
        f'<p class="meta"><span>{escape(words("asked-in"))} <span lang="{escape(answer.language)}">{escape(language)}'
        f"</span></span><span>{escape(words('took', seconds=seconds))}</span></p></section>"
    )


def citation_cards(answer: Answer, words: Words) -> str:
    """One card per citation, best first, the quote marked in the passage; "" for none."""
    if not answer.citations:
        return ""
    heading = escape(words("citations" if answer.answerable else "citations.closest"))
    return f"<h2>{heading}</h2>{''.join(_citation(answer, citation, words) for citation in answer.citations)}"


def example_questions(documents: Sequence[Document], words: Words) -> tuple[str, ...]:
    """Questions made from the collection's own regions and titles, at most `MAX_EXAMPLES`, none twice."""
    keys = ("example.region.did", "example.region.achieved")
    found: dict[str, None] = {}
    for number, article in enumerate(article for document in documents for article in document.articles):
        if article.region:
            question = words(keys[number % 2], region=article.region)
        else:
            question = words("example.title", title=article.title)
        found.setdefault(question)
        if len(found) == MAX_EXAMPLES:
            break
    return tuple(found)


def example_chips(questions: Sequence[str], words: Words) -> str:
    """Buttons that ask a question each; "" for none."""
    chips = "".join(
        f'<button type="button" data-question="{text}" title="{text}">{text}</button>'
        for text in map(escape, questions)
    )
    return f"<span>{escape(words('examples'))}</span>{chips}" if chips else ""


def shown_span(text: str, shown: str, start: int, end: int) -> tuple[int, int]:
    """Where `text[start:end]` stands in `shown`, which is `text` with other white space and without furniture.

    White space does not count; of a slice that is furniture in part, the rest is found; (0, 0) where nothing is left.
    """
    inked = [match.start() for match in _INK.finditer(text)]
    places = [match.start() for match in _INK.finditer(shown)]
    if len(inked) == len(places):
        kept = list(zip(inked, places, strict=True))
    else:
        matcher = SequenceMatcher(None, [text[at] for at in inked], [shown[at] for at in places], autojunk=False)
        kept = [
            (inked[a + step], places[b + step]) for a, b, size in matcher.get_matching_blocks() for step in range(size)
        ]
    found = [place for at, place in kept if start <= at < end]
    return (found[0], found[-1] + 1) if found else (0, 0)


def source_url(document: Document, **where: int) -> str:
    """The link that opens a document in the reader, at `start` and `end`, or at an `article`."""
    return "/?" + urlencode({"document": document.name, "sha256": document.sha256, **where})


def byline(article: ArticleRecord) -> str:
    """Authors, each with the office beside the name, as HTML."""
    return "、".join(
        f'<span class="author"{lang_of(author.name)}>{escape(author.name)}'
        f"{f' <small>{escape(author.office)}</small>' if author.office else ''}</span>"
        for author in article.authors
    )


def lang_of(text: str) -> str:
    """The `lang` and `dir` attributes for text from outside: Chinese where there are Han characters, else unknown."""
    return ' lang="zh"' if _HAN.search(text) else ' lang="" dir="auto"'


def _found(answer: Answer, short: ShortAnswer, words: Words) -> str:
    source = next((citation for citation in answer.citations if _holds(citation, short)), None)
    number, place = "", escape(short.document)
    if source is not None:
        label = escape(words("open"))
        number = f'<a class="number" href="{escape(source.url)}" data-open aria-label="{label}">{source.rank}</a>'
        title = source.article.title
        place = f'<span class="title"{lang_of(title)}>{escape(title)}</span> {_place(source)}'
    # The layout may have cut the answer; the passage's display text has it whole.
    text = _shown_answer(source, short) if source is not None else short.text
    size = " long" if len(text) >= LONG_ANSWER else ""
    return (
        f'<p class="short{size}"><span class="text"{lang_of(text)}>{escape(text)}</span>{number}</p>'
        f'<p class="place"><span>{escape(words("from"))}</span> {place}</p>{_confidence(answer.confidence, words)}'
    )


def _no_answer(answer: Answer, words: Words) -> str:
    reason = ""
    if answer.reason:
        language = escape(reason_language(answer.language))
        reason = f'<p class="reason" lang="{language}" dir="auto">{escape(answer.reason)}</p>'
    return f'<p class="short none">{escape(words("no-answer"))}</p>{reason}'


def _holds(citation: Citation, short: ShortAnswer) -> bool:
    return citation.document == short.document and citation.start <= short.start and short.end <= citation.end


def _shown_answer(citation: Citation, short: ShortAnswer) -> str:
    start, end = shown_span(
        citation.text, citation.display_text, short.start - citation.start, short.end - citation.start
    )
    return citation.display_text[start:end]


def _confidence(confidence: float, words: Words) -> str:
    level = "high" if confidence >= HIGH_CONFIDENCE else "medium" if confidence >= MEDIUM_CONFIDENCE else "low"
    percent = round(confidence * 100)
    label = escape(words("confidence"))
    return (
        f'<p class="confidence {level}"><span>{label}</span>'
        f'<span class="bar" role="meter" aria-label="{label}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}"><i style="width:{percent}%"></i></span>'
        f"<span>{percent}% · {escape(words(f'confidence.{level}'))}</span></p>"
    )


def _place(citation: Citation) -> str:
    """Region, authors and document of a citation, on one line."""
    region = citation.article.region
    where = f'<span class="region"{lang_of(region)}>{escape(region)}</span>' if region else ""
    name = f'<span class="document" dir="auto">{escape(citation.document)}</span>'
    return " ".join(part for part in (where, byline(citation.article), name) if part)


def _citation(answer: Answer, citation: Citation, words: Words) -> str:
    shown = citation.display_text
    start, end = shown_span(
        citation.text, shown, citation.quote.start - citation.start, citation.quote.end - citation.start
    )
    percent = round(citation.score * 100)
    title = citation.article.title or citation.document
    return (
        f'<article class="citation card" data-rank="{citation.rank}">'
        f'<header><span class="number" aria-hidden="true">{citation.rank}</span>'
        f'<h3{lang_of(title)}><a href="{escape(citation.url)}" data-open>{escape(title)}</a></h3>'
        f'<span class="score" title="{escape(words("score"))}">{percent}%</span></header>'
        f'<p class="place">{_place(citation)}</p>'
        f'<blockquote{lang_of(shown)} cite="{escape(citation.url)}">{escape(shown[:start])}'
        f"<mark>{escape(shown[start:end])}</mark>{escape(shown[end:])}</blockquote>"
        f'<a class="open" href="{escape(citation.url)}" data-open>{escape(words("open"))}</a>'
        f"{feedback_buttons(answer, citation, words)}</article>"
    )
