"""The answer as HTML: the short answer with its citation, or that there is none and why. All is escaped."""

from __future__ import annotations

from html import escape

from rag.answer import Answer, Citation, ShortAnswer
from rag.reason_texts import reason_language
from rag.render import lang_of, place_line
from rag.shown_text import shown_part
from rag.strings import LANGUAGE_NAMES, Words

HIGH_CONFIDENCE = 0.8
MEDIUM_CONFIDENCE = 0.5
LONG_ANSWER = 28  # characters; from here on the answer is set smaller


def welcome(words: Words) -> str:
    """Stands in place of the answer before anything is asked."""
    return (
        f'<section class="card welcome"><p class="short">{escape(words("welcome"))}</p>'
        f"<p>{escape(words('welcome.about'))}</p></section>"
    )


def answer_card(answer: Answer, words: Words) -> str:
    """The short answer, where it stands and how sure we are of it; or that there is none, and why.

    `data-state` is "found" or "none".
    """
    body = _no_answer(answer, words) if answer.answer is None else _found(answer, answer.answer, words)
    language = LANGUAGE_NAMES.get(answer.language, answer.language)
    seconds = f"{answer.timing_ms.get('total', 0.0) / 1000:.2f}"
    state = "none" if answer.answer is None else "found"
    return (
        f'<section class="card answer" data-state="{state}" aria-label="{escape(words("answer"))}">'
        f'<p class="asked"{lang_of(answer.question)}>{escape(answer.question)}</p>{body}'
        f'<p class="meta"><span>{escape(words("asked-in"))} <span lang="{escape(answer.language)}">{escape(language)}'
        f"</span></span><span>{escape(words('took', seconds=seconds))}</span></p></section>"
    )


def _found(answer: Answer, short: ShortAnswer, words: Words) -> str:
    source = next((citation for citation in answer.citations if _holds(citation, short)), None)
    number, place = "", escape(short.document)
    if source is not None:
        number = _number(source, words)
        title = source.article.title
        place = f'<span class="title"{lang_of(title)}>{escape(title)}</span> {place_line(source)}'
    # The layout may have cut the answer; the passage's display text has it whole.
    text = short.text
    if source is not None:
        text = shown_part(source.text, source.display_text, source.start, short.start, short.end)
    size = " long" if len(text) >= LONG_ANSWER else ""
    return (
        f'<p class="short{size}"><span class="text"{lang_of(text)}>{escape(text)}</span>{number}</p>'
        f"{_written(answer, words)}"
        f'<p class="place"><span>{escape(words("from"))}</span> {place}</p>{_confidence(answer.confidence, words)}'
    )


def _written(answer: Answer, words: Words) -> str:
    """What a language model wrote from the citations, where there is one: each sentence with its numbers."""
    written = answer.written
    if written is None:
        return ""
    by_rank = {citation.rank: citation for citation in answer.citations}
    sentences = " ".join(
        f"<span{lang_of(sentence.text)}>{escape(sentence.text)}</span>"
        + "".join(_number(by_rank[rank], words) for rank in sentence.citations if rank in by_rank)
        for sentence in written.sentences
    )
    text = f"<p>{sentences}</p><small>{escape(words('written.by', model=written.model))}</small>" if sentences else ""
    remark = f'<p class="remark">{escape(written.notice)}</p>' if written.notice else ""
    return f'<div class="written">{text}{remark}</div>'


def _no_answer(answer: Answer, words: Words) -> str:
    reason = ""
    if answer.reason:
        language = escape(reason_language(answer.language))
        reason = f'<p class="reason" lang="{language}" dir="auto">{escape(answer.reason)}</p>'
    return f'<p class="short none">{escape(words("no-answer"))}</p>{reason}'


def _number(citation: Citation, words: Words) -> str:
    label = f"{words('open')}: {citation.rank}"
    return f'<a class="number" href="{escape(citation.url)}" data-open aria-label="{escape(label)}">{citation.rank}</a>'


def _holds(citation: Citation, short: ShortAnswer) -> bool:
    return citation.document == short.document and citation.start <= short.start and short.end <= citation.end


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
