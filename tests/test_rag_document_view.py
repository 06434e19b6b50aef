import json
import re
from dataclasses import replace
from html import unescape

import pytest
from fakes_assistant import DOCUMENTS, HOSTILE_NAME, FakeAssistant, document

from index.digest import COLUMN, STRAY, THEME
from index.overrides import BY_HAND
from index.readers import READERS
from rag.api import MAX_UPLOAD_BYTES
from rag.audit_view import audit, reason
from rag.document_view import OPEN, Shelf, document_list, remarks, upload_panel
from rag.feedback_view import feedback_buttons, feedback_panel
from rag.strings import TABLE, Words

HARBOUR, ORCHARD, HOSTILE = DOCUMENTS
ZH, EN = Words("zh"), Words("en")


def tags_are_whole(html):
    """No attribute value is left early: inside of tags quotes come in pairs and there is no bare bracket."""
    return all(tag.count('"') % 2 == 0 and "<" not in tag[1:] for tag in re.findall(r"<[^>]*>", html))


def test_documents_list_articles_authors_and_regions():
    html = document_list(Shelf(DOCUMENTS, {HARBOUR.id: 3, ORCHARD.id: 1}), EN)
    assert re.findall(r'<span class="by">(.*?)</span>', html)[:3] == ["林海生", "顾春燕", "Mira Holm"]
    assert f"articles: 2 · passages: 3 · characters: {len(HARBOUR.text)} · UTF-8" in html
    total = sum(len(each.text) for each in DOCUMENTS)
    assert f"documents: 3 · articles: 4 · passages: 4 · characters: {total}" in html
    assert f"sha256={HARBOUR.sha256}&amp;article=1" in html
    assert "no document yet" in document_list(Shelf(()), EN)


def test_only_a_collection_that_can_be_changed_has_buttons():
    html = document_list(Shelf(DOCUMENTS[:1]), EN)
    assert "<button" not in html
    changeable = document_list(Shelf(DOCUMENTS[:1], restorable=(ORCHARD,), changeable=True), EN)
    assert re.findall(r'data-action="(\w+)"', changeable) == ["add", "replace", "remove", "restore"]
    assert 'aria-label="Bring back orchard.md"' in changeable
    assert "<input" not in upload_panel(False, EN)
    assert "read-only" in upload_panel(False, EN)


def test_a_shelf_is_that_of_the_collection_and_what_can_be_brought_back_is_not_there():
    collection = FakeAssistant.collection
    shelf = Shelf.of(collection, [ORCHARD, replace(ORCHARD, id="f" * 16)])
    assert (shelf.documents, shelf.generation, shelf.changeable) == (DOCUMENTS, 7, True)
    assert [gone.id for gone in shelf.restorable] == ["f" * 16]
    assert Shelf.of(collection, None) == Shelf(DOCUMENTS, collection.passage_counts, generation=7)


def test_many_documents_are_listed_closed():
    many = tuple(document(f"{n}.txt", [("body", 0, "x")], (None,)) for n in range(OPEN + 1))
    assert document_list(Shelf(many[:OPEN]), EN).count('<details class="document card"') == OPEN
    assert len(re.findall(r'<details class="document card"[^>]* open>', document_list(Shelf(many[:OPEN]), EN))) == OPEN
    assert not re.search(r'<details class="document card"[^>]* open>', document_list(Shelf(many), EN))


def test_remarks_are_in_plain_words():
    told = replace(HARBOUR, notices=("converted from GB18030", "a line <b> fits nowhere"))
    assert remarks(told, EN) == (
        "It was written in GB18030 and has been converted: see whether any characters are garbled.",
        "a line <b> fits nowhere",
    )
    untitled = replace(HARBOUR, articles=(HARBOUR.articles[0], replace(HARBOUR.articles[1], title="")))
    assert remarks(untitled, EN) == ("No title was found for some articles: 1.",)
    assert remarks(HARBOUR, EN) == ()
    html = document_list(Shelf((told,)), ZH)
    assert "需要看一看：2 处" in html
    assert "a line &lt;b&gt; fits nowhere" in html


def test_the_audit_accounts_for_every_character():
    html = audit(HARBOUR, EN)
    outside = sum(len(mark.span) for mark in HARBOUR.furniture)
    inside = len(HARBOUR.text) - outside
    share = 100 * inside / len(HARBOUR.text)
    assert f"articles {inside} ({share:.1f} %) · page furniture {outside} ({100 - share:.1f} %)" in html
    assert f"together {len(HARBOUR.text)} characters = 100 %" in html
    assert f"width:{share:.2f}%" in html
    first = HARBOUR.articles[0]
    places = ", ".join(f"{span.start}–{span.end}" for span in first.spans)
    assert f"paragraphs: {len(first.paragraphs)} · at {places}" in html
    assert re.findall(r"<q[^>]*>(.*?)</q>", html) == ["走近渔港看变化", "基层来信"]
    assert "None: all text belongs to an article." in audit(ORCHARD, EN)


@pytest.mark.parametrize(
    "told", [THEME, COLUMN, STRAY, BY_HAND, "page number", "a rule, no words", "running head: the line stands 3 times"]
)
def test_known_reasons_are_told_in_the_language_of_the_page(told):
    assert reason(told, EN) == told
    assert re.search("[\u4e00-\u9fff]", reason(told, ZH))


def test_a_reason_that_is_not_known_stays_as_it_is():
    assert reason("a new reason", ZH) == "a new reason"


def test_hostile_text_stays_text():
    hostile = replace(HOSTILE, notices=('<script>"',))
    shelf = Shelf((hostile,), restorable=(HOSTILE,), changeable=True)
    answer = FakeAssistant().ask('hostile <script>"')
    for words in (ZH, EN):
        for html in (
            document_list(shelf, words),
            audit(hostile, words),
            feedback_buttons(answer, answer.citations[0], words),
            upload_panel(True, words),
            feedback_panel({"questions": 1, "verdicts": 2, "left_out": 0}, words),
        ):
            assert "<script" not in html
            assert "<img" not in html
            assert tags_are_whole(html)
    (name,) = re.findall(r'<details class="document card" [^>]*data-name="(.*?)"', document_list(shelf, EN))
    assert unescape(name) == HOSTILE_NAME


def test_the_scripts_are_given_their_words_and_limits():
    html = upload_panel(True, ZH)
    words = json.loads(unescape(re.search(r'data-words="(.*?)"', html)[1]))
    assert words == {key.removeprefix("client."): row["zh"] for key, row in TABLE.items() if key.startswith("client.")}
    assert f'data-limit="{MAX_UPLOAD_BYTES}"' in html
    assert f'accept="{",".join(sorted(READERS))}"' in html
    assert "最多 64 MiB" in html


def test_buttons_carry_what_is_judged():
    answer = FakeAssistant().ask("stoves")
    cited = answer.citations[0]
    html = feedback_buttons(answer, cited, EN)
    assert json.loads(unescape(re.search(r'data-judgement="(.*?)"', html)[1])) == {
        "question": "stoves",
        "document_sha256": ORCHARD.sha256,
        "start": cited.start,
        "end": cited.end,
        "quote_start": cited.quote.start,
        "quote_end": cited.quote.end,
        "rank": 1,
        "score": 0.93,
        "mode": "fast",
        "generation": 7,
    }
    read = answer.model_copy(update={"citations": [cited.model_copy(update={"parts": {"rerank": 1.0}})]})
    assert "&quot;mode&quot;: &quot;best&quot;" in feedback_buttons(read, cited, EN)
