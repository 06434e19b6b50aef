"""Verdicts on the page: the two buttons beside a cited passage, and the line that offers them as a gold set."""

from __future__ import annotations

import json
from html import escape

from rag.answer import Answer, Citation
from rag.settings import Mode
from rag.strings import Words

RERANK = "rerank"  # the part of the score that only a passage that was read has
GOLD_URL = "/feedback/gold.jsonl"


def feedback_buttons(answer: Answer, citation: Citation, words: Words) -> str:
    """Right or wrong passage; feedback.js sends the verdict and takes it back."""
    record = {
        "question": answer.question,
        "document_sha256": citation.document_sha256,
        "start": citation.start,
        "end": citation.end,
        "quote_start": citation.quote.start,
        "quote_end": citation.quote.end,
        "rank": citation.rank,
        "score": citation.score,
        "mode": _mode(answer),
        "generation": answer.collection.generation,
    }
    buttons = "".join(
        f'<button type="button" data-verdict="{verdict}" aria-pressed="false" '
        f'aria-label="{escape(words(f"feedback.{verdict}"))}" title="{escape(words(f"feedback.{verdict}"))}">'
        f'<span aria-hidden="true">{sign}</span></button>'
        for verdict, sign in (("right", "✓"), ("wrong", "✗"))
    )
    return (
        f'<div class="feedback" role="group" aria-label="{escape(words("feedback"))}" '
        f'data-judgement="{escape(json.dumps(record, ensure_ascii=False))}">'
        f"<small>{escape(words('feedback'))}</small>{buttons}</div>"
    )


def _mode(answer: Answer) -> Mode:
    """How the question was answered: in the mode best the first passages are read."""
    return Mode.BEST if any(RERANK in cited.parts for cited in answer.citations) else Mode.FAST


def feedback_panel(counts: dict[str, int], words: Words) -> str:
    """What verdicts are for and where they stay; the download with its count. feedback.js keeps the count."""
    template = escape(words.under("feedback.")["count"])
    texts = escape(json.dumps(words.under("client."), ensure_ascii=False))
    return (
        f'<section aria-labelledby="feedback-title" data-words="{texts}" data-count="{template}">'
        f'<h2 id="feedback-title">{escape(words("feedback.heading"))}</h2>'
        f"<p>{escape(words('feedback.about'))}</p>"
        f'<p class="export"{"" if counts["verdicts"] else " hidden"}>'
        f'<a href="{GOLD_URL}" download="feedback.jsonl">{escape(words("feedback.export"))}</a> '
        f"<span data-shown-count>{escape(words('feedback.count', **counts))}</span></p>"
        f'<p class="more"{"" if counts["verdicts"] else " hidden"}>'
        f"{escape(words('feedback.left-out'))} {escape(words('feedback.use'))}</p></section>"
    )
