"""Does a gold set fit its documents? What `resolve` cannot tell: whether the right text is marked, in own words.

Evidence must be whole sentences, answers must stand in their evidence, and a question must not be copied from the text
that answers it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from eval.dataset import GoldQuestion, ResolvedQuestion, documents_named, fold
from eval.measures.answers import normalise
from eval.measures.ranking import COVERED, LONGEST_CITATION
from eval.reports.tables import table
from index.schema import Document, Span
from index.simplified import simplified

LONGEST_SHARED_RUN = 10
"""Han characters in a row that a question may share with its document."""
LONGEST_QUOTED_NAME = 20
"""Han characters: what is longer between quotation marks is a sentence, no name."""

# All splitters agree on a mark of these; on a full stop only where a blank follows it.
_MARKS = "。！？!?…｡．；;"
_CLOSERS = "”’」』）)】》〉\"']"
_LINE_BREAKS = "\n\r\f\v\x85\u2028\u2029"
_HAN_RUN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_QUOTED = tuple(re.compile(f"{a}([^{a}{b}]+){b}") for a, b in ("《》", "“”", "「」"))
_BLANK = re.compile(r"\s+")


def problems(gold: Sequence[ResolvedQuestion], documents: Sequence[Document]) -> list[str]:
    """Every place where the gold set does not fit its documents, each with its file and line; [] when all is well.

    Evidence that begins or ends inside a sentence, answers that stand in no evidence. `documents` are those that the
    set was resolved against. Questions without answers or without evidence are not asked about them.
    """
    sources = {document.sha256: document for document in documents}
    return [f"{question.gold.where}: {problem}" for question in gold for problem in _misfits(question, sources)]


def wording(gold: Sequence[ResolvedQuestion], documents: Sequence[Document]) -> list[str]:
    """Every question that shares more than LONGEST_SHARED_RUN Han characters in a row with a document that it names."""
    names = {document.sha256: names_in(document) for document in documents}
    found = []
    for question in gold:
        called = documents_named([question.gold])
        for document in documents:
            if called.isdisjoint((document.name, document.id, document.sha256)):
                continue
            run = shared_run(question.gold.question, document, names[document.sha256])
            if len(run) > LONGEST_SHARED_RUN:
                found.append(
                    f"{question.gold.where}: shares {len(run)} characters with {document.name} (“{run}”), "
                    f"more than {LONGEST_SHARED_RUN}"
                )
    return found


def off_sentence(span: Span, document: Document) -> str | None:
    """What is wrong with an edge of an evidence span, or None when whole sentences, lines or list items stand there.

    Splitters differ, so much is tolerated: blank space at the span's edges, closing quotes and brackets on either side
    of an edge, a semicolon as the end of a list item, every full stop before a blank, and every edge of a line on its
    own side, since the print cuts lines in mid-sentence. `span` must lie inside the document.
    """
    text = document.text
    inked = span.of(text)
    if not inked.strip():
        return f"evidence {span.start}-{span.end} is blank"
    start = span.start + len(inked) - len(inked.lstrip())
    end = span.start + len(inked.rstrip())
    wrong = []
    if not _starts_well(text, start, document):
        wrong.append(f"starts inside a sentence (“…{text[start - 1]}|{text[start]}…”)")
    if not _ends_well(text, end):
        wrong.append(f"ends inside a sentence (“…{text[end - 1]}|{text[end]}…”)")
    return f"evidence {span.start}-{span.end} {' and '.join(wrong)}" if wrong else None


def outside_evidence(answers: Sequence[str], all_answers: bool, evidence_texts: Sequence[str]) -> str | None:
    """Which answers are missing from the evidence, or None: one must stand in a text, with `all_answers` each of them.

    Compared without blank space, in NFKC and without case. None, too, where there is nothing to compare.
    """
    texts = [_plain(text) for text in evidence_texts]
    missing = [answer for answer in answers if not any(_plain(answer) in text for text in texts)]
    if not texts or not missing or (len(missing) < len(answers) and not all_answers):
        return None
    listed = ", ".join(f"“{answer}”" for answer in missing)
    if all_answers:
        return f"all answers are needed, but {listed} {'stands' if len(missing) == 1 else 'stand'} in no evidence"
    return f"no answer stands in the evidence: {listed}"


def shared_run(question: str, document: Document, names: Collection[str]) -> str:
    """The longest run of Han characters that stands in both, "" where they share none; the first of equally long ones.

    Blank space is ignored, traditional characters are the same as simplified ones (the run is given simplified). A run
    that is one of `names` or part of one does not count: there are no other words for it.
    """
    source = _folded_source(document.text)
    longest = ""
    for match in _HAN_RUN.finditer(_folded(question)):
        for run in _shared(match[0], source):
            if len(run) > len(longest) and not any(run in _folded(name) for name in names):
                longest = run
    return longest


def names_in(document: Document) -> frozenset[str]:
    """What the document calls things: titles, regions, authors and offices, and what stands in 《》, “” or 「」.

    Quotations of more than LONGEST_QUOTED_NAME Han characters are no names.
    """
    names = {match[1] for pattern in _QUOTED for match in pattern.finditer(document.text)}
    names = {name for name in names if sum(map(len, _HAN_RUN.findall(name))) <= LONGEST_QUOTED_NAME}
    for article in document.articles:
        names |= {article.title, article.region or ""}
        names |= {part for author in article.authors for part in (author.name, author.office)}
    return frozenset(names - {""})


def counts(gold: Iterable[GoldQuestion]) -> dict[str, dict[str, int]]:
    """The number of questions by language, type, style, answerable, kind and fold; the most frequent value first.

    Questions without a style or kind are not counted there.
    """
    rows = [
        {
            "language": question.language,
            "type": question.type,
            "style": question.style,
            "answerable": "yes" if question.answerable else "no",
            "kind": question.kind,
            "fold": fold(question.id),
        }
        for question in gold
    ]
    counted: dict[str, dict[str, int]] = {}
    for aspect in ("language", "type", "style", "answerable", "kind", "fold"):
        values = Counter(value for row in rows if (value := row[aspect]) is not None)
        counted[aspect] = dict(sorted(values.items(), key=lambda item: (-item[1], item[0])))
    return counted


def render_counts(counts: Mapping[str, Mapping[str, int]]) -> str:
    """A table, one value a line."""
    rows = [[f"{aspect} {value}", str(n)] for aspect, values in counts.items() for value, n in values.items()]
    return table([["", "questions"], *rows])


def _misfits(question: ResolvedQuestion, sources: Mapping[str, Document]) -> Iterator[str]:
    for place in question.evidence:
        problem = off_sentence(place.span, sources[place.document_sha256])
        if problem is not None:
            yield problem
        if COVERED * len(place.span) > LONGEST_CITATION:
            yield (
                f"evidence {place.span.start}-{place.span.end} has {len(place.span)} characters, of which no passage "
                f"of {LONGEST_CITATION} can hold {COVERED}: give its sentences one by one"
            )
    for answer in question.answers:
        if not normalise(answer):
            yield f"answer {answer!r} has no letter and no digit"
    problem = outside_evidence(question.answers, question.gold.all_answers, [place.text for place in question.evidence])
    if problem is not None:
        yield problem
    yield from _spans_outside(question, sources)


def _spans_outside(question: ResolvedQuestion, sources: Mapping[str, Document]) -> Iterator[str]:
    name = question.gold.document
    proofs = [
        place.span
        for place in question.evidence
        if name in ((source := sources[place.document_sha256]).name, source.id, source.sha256)
    ]
    for answer in question.gold.answers:
        if isinstance(answer, Span) and not any(
            proof.start <= answer.start < answer.end <= proof.end for proof in proofs
        ):
            yield f"answer {answer.start}-{answer.end} lies in no evidence span"


def _starts_well(text: str, start: int, document: Document) -> bool:
    before = text[:start].rstrip()
    if not before or any(char in _LINE_BREAKS for char in text[len(before) : start]):
        return True
    if any(len(before) <= mark.span.end <= start for mark in document.furniture):
        return True
    return _closes(before, blank_follows=len(before) < start)


def _ends_well(text: str, end: int) -> bool:
    after = text[end:]
    gap = after[: len(after) - len(after.lstrip())]
    if not after.strip() or any(char in _LINE_BREAKS for char in gap):
        return True
    # A closing quote left outside still belongs to the mark before it.
    return _closes(text[:end], blank_follows=bool(gap) or after.lstrip(_CLOSERS)[:1].isspace())


def _closes(text: str, *, blank_follows: bool) -> bool:
    """Whether the last character of `text`, closing quotes and brackets aside, ends a sentence or a list item."""
    mark = text.rstrip(_CLOSERS)[-1:]
    return mark != "" and (mark in _MARKS or (mark == "." and blank_follows))


def _plain(text: str) -> str:
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _folded(text: str) -> str:
    return simplified(_BLANK.sub("", text))


_folded_source = lru_cache(maxsize=16)(_folded)  # a document is compared with every question


def _shared(run: str, source: str) -> Iterator[str]:
    """The pieces of `run` that stand in `source` and cannot be made longer."""
    end = 0
    for start in range(len(run)):
        longest = max(end, start)
        while longest < len(run) and run[start : longest + 1] in source:
            longest += 1
        if longest > max(end, start):
            yield run[start:longest]
        end = longest
