"""Citations: what is copied from the collection, and where the link leads."""

from urllib.parse import parse_qs, urlsplit

import pytest
from asking import build_reports
from digests import document

from index.collection import Collection
from index.schema import Span
from rag.citation import cite, quote_record, url
from rag.retriever import Candidate, Evidence
from rag.source_view import Place

PARTS = {"fake passage": 0.5, "fake sentence": 0.75, "lexical passage": 6.0, "lexical sentence": 2.0}


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return Collection.open(build_reports(tmp_path_factory.mktemp("citation")))


def test_a_citation_says_whose_article_it_is(collection: Collection) -> None:
    """The title of the second report stands after its body, its byline above: the layout must not mislead."""
    row = next(row for row, p in enumerate(collection.passages) if "27个电话群" in p.display_text)
    passage = collection.passages[row]
    number = next(
        n for n, s in enumerate(passage.sentences) if "27个电话群" in s.of(collection.document("reports.txt").text)
    )
    cited = cite(collection, Candidate(row, 1.0, PARTS, number), 3, 0.25)
    assert (cited.rank, cited.score, cited.document) == (3, 0.25, "reports.txt")
    assert cited.parts == {**PARTS, "dense": (0.5 + 0.75) / 2, "lexical": 6.0}
    assert (cited.passage_id, cited.start, cited.end) == (passage.id, passage.start, passage.end)
    assert (cited.text, cited.display_text) == (passage.text, passage.display_text)
    assert (cited.article.title, cited.article.region, cited.article.index) == ("宁波：老码头装上新大脑", "宁波", 1)
    assert [(author.name, author.office) for author in cited.article.authors] == [("沈佳", "宁波市港航管理局局长")]
    assert "27个电话群" in cited.quote.text


def test_a_citation_of_what_was_read(collection: Collection) -> None:
    """The quote holds the answer, whatever sentence is nearest; neither place nor relevance is a cosine."""
    row = next(row for row, p in enumerate(collection.passages) if "27个电话群" in p.display_text)
    last = collection.passages[row].sentences[-1]
    evidence = Evidence(1.5, Span(last.start, last.start + 2), last, certainty=-1.0, null=-2.0)
    cited = cite(collection, Candidate(row, 1.0, {**PARTS, "place": 0.5}, 0, evidence), 1, 0.25)
    assert cited.parts == {**PARTS, "place": 0.5, "rerank": 1.5, "dense": (0.5 + 0.75) / 2, "lexical": 6.0}
    assert (cited.quote.start, cited.quote.end) == (last.start, last.end)


def test_every_passage_can_be_cited(collection: Collection) -> None:
    for row, passage in enumerate(collection.passages):
        source = collection.document(passage.document_id)
        for number, sentence in enumerate(passage.sentences):
            cited = cite(collection, Candidate(row, 0.0, PARTS, number), 1, 0.0)
            assert cited.text == source.text[cited.start : cited.end]
            assert (cited.quote.start, cited.quote.end) == (sentence.start, sentence.end)
            assert cited.quote.text == source.text[cited.quote.start : cited.quote.end]
            assert cited.start <= cited.quote.start < cited.quote.end <= cited.end
            assert cited.document_sha256 == source.sha256


def test_the_quote_is_verbatim() -> None:
    read = document("测试报告\n\n融\n\n资的事。\n")
    assert quote_record(read, Span(6, 11)).model_dump() == {"start": 6, "end": 11, "text": "融\n\n资的"}


@pytest.mark.parametrize("name", ["digest.txt", "a b&c=d?.txt", "文摘#1.txt", "folder/报告+100%.md", 'quote".txt'])
def test_the_link_leads_to_the_passage(name: str) -> None:
    read = document("测试报告\n\n融资的事。\n", name=name)
    link = url(read, Span(6, 9))
    parts = urlsplit(link)
    assert (parts.path, parts.fragment) == ("/", "")
    assert parse_qs(parts.query) == {"document": [name], "sha256": [read.sha256], "start": ["6"], "end": ["9"]}
    assert Place.from_url(link) == Place(name, read.sha256, Span(6, 9))
