"""An answer as the text of a chat reply: the answer with its numbers, or why there is none; then the passages."""

from __future__ import annotations

from rag.answer import Answer, Citation, Written
from rag.chat.markdown import link, plain
from rag.strings import Words


def reply(answer: Answer, base_url: str) -> list[str]:
    """The paragraphs of the reply, in Markdown; `base_url` of this server, without a slash at its end."""
    words = Words(answer.language)
    head = _head(answer, words)
    if not answer.citations:
        return head
    heading = f"**{plain(words('citations' if answer.answerable else 'citations.closest'))}**"
    return [*head, heading, *(_passage(citation, base_url, words) for citation in answer.citations)]


def _head(answer: Answer, words: Words) -> list[str]:
    if answer.answer is None:
        reason = [plain(answer.reason)] if answer.reason else []
        return [f"**{plain(words('no-answer'))}**", *reason]
    if answer.written is not None and answer.written.text:
        return [_written(answer.written)]
    number = next((cited.rank for cited in answer.citations if _holds(cited, answer)), 1)
    notice = [f"*{plain(answer.written.notice)}*"] if answer.written is not None and answer.written.notice else []
    return [f"**{plain(answer.answer.text)}** [{number}]", *notice]


def _written(written: Written) -> str:
    """The sentences, escaped one by one: the numbers behind them are ours."""
    numbers = ("".join(f"[{rank}]" for rank in sentence.citations) for sentence in written.sentences)
    return " ".join(f"{plain(one.text)} {mark}" for one, mark in zip(written.sentences, numbers, strict=True))


def _holds(citation: Citation, answer: Answer) -> bool:
    short = answer.answer
    return (
        short is not None
        and citation.document == short.document
        and citation.start <= short.start
        and short.end <= citation.end
    )


def _passage(citation: Citation, base_url: str, words: Words) -> str:
    """The quote, then on a line of its own the number, title, authors with their offices, document and the link."""
    article = citation.article
    authors = "、".join(" ".join(filter(None, (author.name, author.office))) for author in article.authors)
    place = [plain(part) for part in (article.title, authors, citation.document) if part]
    where = " · ".join([*place, link(words("open"), base_url + citation.url)])
    return f"> {plain(citation.quote.text)}\n>\n> [{citation.rank}] {where}"
