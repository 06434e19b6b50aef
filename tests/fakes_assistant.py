"""An assistant over three short invented documents, whose answers can be read off this page.

Documents are written as blocks; offsets are counted here, so that a test can look for the text instead of a number.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from index.errors import DocumentNotFound, QuestionInvalid
from index.layout import display
from index.schema import Article, Author, Document, Furniture, Span
from rag.answer import Answer, ArticleRecord, AuthorRecord, Citation, CollectionRecord, Quote, SearchResult, ShortAnswer
from rag.filters import Filters
from rag.settings import Mode

HOSTILE_TITLE = """<script>window.hacked='title'</script>]]>"'&amp; {{7*7}} ${7*7}"""
HOSTILE_NAME = """a"><img src=x onerror="window.hacked='name'">.txt"""

# The layout cut these sentences in mid-word or mid-line.
STORES = "去年，管理处把三座旧冷\n\n库拆掉，换成集装箱式的小冷库，每天能存\n\n六十吨鱼。"
STOVES = "Since then\nthey burn 90 small stoves on every frosty night."
ATTACK = """<img src=x onerror="window.hacked='body'"> ${alert(1)} {{value}} &lt;b&gt; ]]> </div></mark>"""

# (kind, article, text): "title", "author" (name office), "body" or "furniture"
HARBOUR = [
    ("furniture", 0, "走近渔港看变化"),
    ("title", 0, "东湾：旧码头的新生意"),
    ("author", 0, "林海生 东湾渔港管理处主任"),
    ("author", 1, "顾春燕 西岭林场场长"),
    ("body", 0, f"东湾渔港有四十年没有大修。{STORES}渔民说，鱼价因此稳住了。"),
    ("body", 0, "码头的另一头开了早市。早市每周三开张，摊位费全免，头一年就有两百户渔民来摆摊。"),
    ("body", 1, "西岭林场过去只算木材一笔账。现在还要算水和游人两笔账。场里把四百亩薄地退耕还林，溪水比五年前清了。"),
    ("title", 1, "西岭：一棵树算三笔账"),
    ("furniture", 1, "基层来信"),
]
ORCHARD = [
    ("title", 0, "Frost nights in the Alder valley"),
    ("author", 0, "Mira_Holm head_of_the_growers'_union"),
    ("body", 0, f"The growers of the Alder valley lost half\nof their apples in one night in May. {STOVES}"),
]
HOSTILE = [
    ("title", 0, HOSTILE_TITLE),
    ("author", 0, "<b>Eve</b> <i>office</i>"),
    ("body", 0, f"Before. {ATTACK} After."),
]

# word in the question -> (document, quote, answer)
ANSWERS = {
    "冷库": (0, STORES, "六十吨"),
    "cold store": (0, STORES, "六十吨"),
    "早市": (0, "早市每周三开张，摊位费全免，头一年就有两百户渔民来摆摊。", "每周三"),
    "stoves": (1, STOVES, "90"),
    "hostile": (2, ATTACK, "${alert(1)}"),
}


def document(name: str, blocks: list[tuple[str, int, str]], regions: tuple[str | None, ...]) -> Document:
    """The blocks with two line breaks after each; those breaks belong to the block before them."""
    text = "".join(block + "\n\n" for _, _, block in blocks)
    spans: list[list[Span]] = [[] for _ in regions]
    headings: list[list[Span]] = [[] for _ in regions]
    paragraphs: list[list[Span]] = [[] for _ in regions]
    authors: list[list[Author]] = [[] for _ in regions]
    titles = [""] * len(regions)
    furniture = []
    at = 0
    for kind, index, block in blocks:
        here, whole = Span(at, at + len(block)), Span(at, at + len(block) + 2)
        at = whole.end
        if kind == "furniture":
            furniture.append(Furniture(whole, "page theme"))
            continue
        spans[index].append(whole)
        (paragraphs if kind == "body" else headings)[index].append(here)
        if kind == "title":
            titles[index] = block
        if kind == "author":
            person, office = block.split(" ", 1)
            authors[index].append(Author(person.replace("_", " "), office.replace("_", " "), here))
    articles = tuple(
        Article(i, titles[i], tuple(authors[i]), region, tuple(spans[i]), tuple(headings[i]), tuple(paragraphs[i]))
        for i, region in enumerate(regions)
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(digest[:16], name, digest, "text/plain", "utf-8", text, articles, tuple(furniture))


DOCUMENTS = (
    document("harbour.txt", HARBOUR, ("东湾", "西岭")),
    document("orchard.md", ORCHARD, ("Alder valley",)),
    document(HOSTILE_NAME, HOSTILE, (None,)),
)


@dataclass(frozen=True)
class FakeCollection:
    documents: tuple[Document, ...] = DOCUMENTS
    generation: int = 7


class FakeAssistant:
    """Answers by the table above; the citations after the first are the other paragraphs, with falling scores.

    `asked` holds the mode of each question, `filtered` the filters.
    """

    collection = FakeCollection()

    def __init__(self) -> None:
        self.asked: list[Mode | None] = []
        self.filtered: list[Filters | None] = []

    @classmethod
    def open(cls, store: object = None, mode: Mode | None = None) -> FakeAssistant:
        return cls()

    @classmethod
    def open_slowly(cls) -> FakeAssistant:
        time.sleep(0.3)
        return cls()

    def document(self, key: str) -> Document:
        for found in self.collection.documents:
            if key in (found.id, found.sha256, found.name):
                return found
        raise DocumentNotFound(f"no document {key!r} in the collection", "run: digest-qa documents")

    def warm_up(self) -> None:
        """Nothing to warm."""

    def search(
        self,
        question: str,
        k: int = 5,
        *,
        offset: int = 0,
        mode: Mode | None = None,
        filters: Filters | None = None,
    ) -> SearchResult:
        found = self.ask(question, 100, mode=mode, filters=filters)
        return SearchResult(
            question=question,
            language=found.language,
            offset=offset,
            total=len(found.citations),
            citations=found.citations[offset : offset + k],
            timing_ms={"total": 42.0},
            collection=found.collection,
        )

    def ask(self, question: str, k: int = 5, *, mode: Mode | None = None, filters: Filters | None = None) -> Answer:
        self.asked.append(mode)
        self.filtered.append(filters)
        if not question.strip():
            raise QuestionInvalid("the question is empty", "ask with at least one word")
        if "crash" in question:
            raise RuntimeError("secret of the server")
        hit = next((answer for word, answer in ANSWERS.items() if word in question), None)
        citations = _citations(hit, k)
        return Answer(
            question=question,
            language="en" if question.isascii() else "zh",
            answerable=hit is not None,
            confidence=0.93 if hit else 0.12,
            reason=None if hit else "no passage speaks of this",
            answer=_short(hit, citations[0]) if hit else None,
            citations=citations,
            timing_ms={"total": 42.0},
            collection=CollectionRecord(generation=7, encoders=["fake"]),
        )


def _citations(hit: tuple[int, str, str] | None, k: int) -> list[Citation]:
    found = []
    if hit is not None:
        source = DOCUMENTS[hit[0]]
        start = source.text.index(hit[1])
        article, paragraph = next((a, p) for a in source.articles for p in a.paragraphs if p.start <= start < p.end)
        found.append(citation(source, article, paragraph, Span(start, start + len(hit[1])), rank=1, score=0.93))
    for source in DOCUMENTS:
        for article in source.articles:
            for paragraph in article.paragraphs:
                if found and (source.name, paragraph.start) == (found[0].document, found[0].start):
                    continue
                quote = Span(paragraph.start, min(paragraph.start + 14, paragraph.end))
                found.append(
                    citation(source, article, paragraph, quote, rank=len(found) + 1, score=0.2 / (len(found) + 1))
                )
    return found[:k]


def citation(source: Document, article: Article, passage: Span, quote: Span, *, rank: int, score: float) -> Citation:
    text = passage.of(source.text)
    place = {"document": source.name, "sha256": source.sha256, "start": passage.start, "end": passage.end}
    return Citation(
        rank=rank,
        score=score,
        document=source.name,
        document_sha256=source.sha256,
        article=ArticleRecord(
            title=article.title,
            authors=[AuthorRecord(name=a.name, office=a.office) for a in article.authors],
            region=article.region,
            index=article.index,
        ),
        passage_id=f"{rank:016x}",
        start=passage.start,
        end=passage.end,
        text=text,
        display_text=display(text),
        quote=Quote(start=quote.start, end=quote.end, text=quote.of(source.text)),
        parts={"dense": 0.5, "lexical": 1.5},
        url="/?" + urlencode(place),
    )


def _short(hit: tuple[int, str, str], first: Citation) -> ShortAnswer:
    start = first.start + first.text.index(hit[2])
    return ShortAnswer(document=first.document, start=start, end=start + len(hit[2]), text=hit[2])
