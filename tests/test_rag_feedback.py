"""Verdicts on passages: what is kept, what is refused, and the gold lines that they make."""

import json
import re
import threading
from datetime import UTC

import httpx
import pytest
from click.testing import CliRunner
from fakes import HashEncoder
from fakes_assistant import DOCUMENTS, STORES, FakeAssistant, document
from page_in_browser import served

from eval.cli import evaluate
from eval.dataset import load_gold, resolve
from eval.gold_check import problems, wording
from index.build import build
from index.collection import Collection
from index.errors import QuestionInvalid, StoreNotWritable
from index.sample import sample_digest
from index.schema import Span
from rag.feedback import Feedback, FeedbackFull, FeedbackInvalid, FeedbackNotFound, Judgement
from rag.feedback_gold import export, repeats, whole_sentences
from rag.settings import MAX_QUESTION, Settings

HARBOUR, ORCHARD, _ = DOCUMENTS
START = HARBOUR.text.index(STORES)
QUOTE = Span(START, START + len(STORES))
OTHER = HARBOUR.text.index("渔民说，鱼价因此稳住了。")


def judgement(verdict="right", question="Where is the fish kept?", **changes):
    values = {
        "question": question,
        "verdict": verdict,
        "document_sha256": HARBOUR.sha256,
        "start": START - 15,
        "end": QUOTE.end,
        "quote_start": QUOTE.start,
        "quote_end": QUOTE.end,
        "rank": 1,
        "score": 0.93,
        "generation": 7,
    }
    return Judgement.model_validate(values | changes)


@pytest.fixture(name="feedback")
def feedback_fixture(tmp_path):
    return Feedback(tmp_path)


def test_a_verdict_is_one_line_with_all_that_is_known_of_it(feedback, tmp_path):
    kept = feedback.add(judgement(question="  冷库  在哪里？\u200b"), HARBOUR)
    assert (kept.question, kept.language, kept.document) == ("冷库 在哪里？", "zh", "harbour.txt")
    assert kept.time.tzinfo == UTC
    (line,) = (tmp_path / "feedback" / "feedback.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line) == {
        "kind": "verdict",
        "id": kept.id,
        "time": kept.time.isoformat().replace("+00:00", "Z"),
        "question": "冷库 在哪里？",
        "language": "zh",
        "verdict": "right",
        "document": "harbour.txt",
        "document_sha256": HARBOUR.sha256,
        "start": START - 15,
        "end": QUOTE.end,
        "quote_start": QUOTE.start,
        "quote_end": QUOTE.end,
        "rank": 1,
        "score": 0.93,
        "mode": None,
        "generation": 7,
    }
    assert Feedback(tmp_path).verdicts() == (kept,)


def test_the_last_verdict_on_a_passage_counts_until_it_is_taken_back(feedback):
    feedback.add(judgement("right"), HARBOUR)
    last = feedback.add(judgement("wrong"), HARBOUR)
    elsewhere = feedback.add(judgement(question="Who sells apples?"), HARBOUR)
    assert feedback.verdicts() == (last, elsewhere)
    feedback.withdraw(last.id)
    assert [one.verdict for one in feedback.verdicts()] == ["right", "right"]
    with pytest.raises(FeedbackNotFound, match=last.id):
        feedback.withdraw(last.id)


@pytest.mark.parametrize(
    "changes",
    [
        {"end": len(HARBOUR.text) + 1},
        {"quote_start": START - 16},
        {"quote_end": QUOTE.end + 1},
        {"quote_start": QUOTE.end},
        {"start": 0, "end": 0, "quote_start": 0, "quote_end": 0},
        {"end": len(HARBOUR.text), "quote_start": len(HARBOUR.text) - 2, "quote_end": len(HARBOUR.text)},  # blank
    ],
)
def test_offsets_that_are_no_place_in_the_document_are_refused(feedback, changes):
    with pytest.raises(FeedbackInvalid):
        feedback.add(judgement(**changes), HARBOUR)
    assert feedback.verdicts() == ()


def test_a_question_without_words_is_refused(feedback):
    with pytest.raises(QuestionInvalid):
        feedback.add(judgement(question="？！"), HARBOUR)


def test_a_line_that_was_cut_off_costs_only_itself(feedback, tmp_path):
    first = feedback.add(judgement(), HARBOUR)
    path = tmp_path / "feedback" / "feedback.jsonl"
    path.write_bytes(path.read_bytes() + b'{"kind": "verdict", "id": "cut o')
    second = feedback.add(judgement(question="Who sells apples?"), HARBOUR)
    assert feedback.verdicts() == (first, second)
    assert len(path.read_bytes().splitlines()) == 3


def test_many_threads_write_whole_lines(feedback, tmp_path):
    def work(number):
        for step in range(20):
            feedback.add(judgement(question=f"question {number} {step}"), HARBOUR)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp_path / "feedback" / "feedback.jsonl").read_text("utf-8").splitlines()
    said = {json.loads(line)["question"] for line in lines}
    assert said == {f"question {number} {step}" for number in range(8) for step in range(20)}
    assert len(lines) == 160


def test_the_file_does_not_grow_for_ever(tmp_path):
    small = Feedback(tmp_path, max_bytes=700)
    small.add(judgement(), HARBOUR)
    with pytest.raises(FeedbackFull, match="700 bytes"):
        small.add(judgement(question="x" * 300), HARBOUR)


def test_a_store_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "feedback").write_text("a file where the folder should be")
    with pytest.raises(StoreNotWritable, match="feedback"):
        Feedback(tmp_path).add(judgement(), HARBOUR)


def test_right_passages_are_evidence_and_the_questions_of_wrong_ones_are_left_out(feedback):
    feedback.add(judgement("right"), HARBOUR)
    later = {"start": OTHER, "end": OTHER + 12, "quote_start": OTHER, "quote_end": OTHER + 12}
    feedback.add(judgement("right", **later), HARBOUR)
    feedback.add(judgement("wrong", start=0, end=QUOTE.end), HARBOUR)
    feedback.add(judgement("wrong", question="Who sells apples?"), HARBOUR)
    made = export(feedback.verdicts(), DOCUMENTS)
    spans = [{"start": QUOTE.start, "end": QUOTE.end}, {"start": OTHER, "end": OTHER + 12}]
    (line,) = made.lines
    assert made.left_out == 1
    assert line["evidence"] == line["answers"] == spans
    assert (line["document"], line["answerable"], line["type"]) == (HARBOUR.sha256, True, "factoid")
    assert line["note"].startswith("readers' verdicts: right 2, wrong 1;")
    # The documents are gone: nothing is left to point at.
    assert export(feedback.verdicts(), [ORCHARD]).lines == ()


def test_evidence_in_another_document_names_it(feedback):
    feedback.add(judgement("right"), HARBOUR)
    text = ORCHARD.text
    start = text.index("Since then")
    end = text.index("night.", start) + 6
    place = {"start": start, "end": end, "quote_start": start, "quote_end": end}
    feedback.add(judgement("right", document_sha256=ORCHARD.sha256, **place), ORCHARD)
    (line,) = export(feedback.verdicts(), DOCUMENTS).lines
    assert line["evidence"][1] == {"start": start, "end": end, "document": ORCHARD.sha256}
    assert line["answers"] == [{"start": QUOTE.start, "end": QUOTE.end}]


def test_a_question_that_repeats_the_text_is_no_gold(feedback):
    copied = document("a.txt", [("title", 0, "题"), ("body", 0, "管理处把三座旧冷库都拆掉了。")], (None,))
    assert repeats("管理处把三座旧冷\n库都拆了吗", copied)  # 12 characters, 管理处把三座旧冷库都拆
    assert repeats("管理處把三座舊冷庫都拆", copied)
    assert not repeats("管理处把三座旧冷库都", copied)  # 10
    feedback.add(judgement(question="去年管理处把三座旧冷库拆掉，换成了什么？"), HARBOUR)
    made = export(feedback.verdicts(), DOCUMENTS)
    assert (made.lines, made.left_out) == ((), 1)


def test_a_piece_of_a_sentence_is_no_evidence(feedback):
    inside = {"quote_start": QUOTE.start, "quote_end": HARBOUR.text.index("，管理处")}
    feedback.add(judgement(**inside), HARBOUR)
    assert export(feedback.verdicts(), DOCUMENTS).lines == ()
    source = document("a.md", [("body", 0, 'One. "Two 2.5 of it." (Three)\nfour')], ("",))
    pieces = {
        "One.": True,
        '"Two 2.5 of it."': True,
        "Two 2.5 of it": False,
        '"Two 2.': False,
        "(Three)": True,  # the line ends
        "(Three": False,
        "four": True,
        "our": False,
    }
    for piece, whole in pieces.items():
        start = source.text.index(piece)
        assert whole_sentences(Span(start, start + len(piece)), source) is whole, piece


def test_the_export_of_every_passage_is_valid_gold(tmp_path):
    """Each sentence of the sample, marked right, passes the checks of `digest-qa eval --check`."""
    with sample_digest() as path:
        build([path], tmp_path / "store", Settings(encoders=("fake",)).build, lambda spec: HashEncoder())
    collection = Collection.open(tmp_path / "store")
    (source,) = collection.documents
    feedback = Feedback(tmp_path / "store")
    for passage in collection.passages:
        for sentence in passage.sentences:
            feedback.add(
                judgement(
                    question=f"What does sentence {sentence.start} say?",
                    document_sha256=source.sha256,
                    start=passage.start,
                    end=passage.end,
                    quote_start=sentence.start,
                    quote_end=sentence.end,
                ),
                source,
            )
    made = export(feedback.verdicts(), collection.documents)
    assert made.left_out == 0
    gold = tmp_path / "feedback.jsonl"
    gold.write_text("".join(json.dumps(line) + "\n" for line in made.lines), "utf-8")
    questions = resolve(load_gold(gold), collection.documents)
    assert len(questions) == sum(len(passage.sentences) for passage in collection.passages)
    assert problems(questions, collection.documents) == []
    assert wording(questions, collection.documents) == []
    done = CliRunner().invoke(evaluate, ["--gold", str(gold), "--store", str(tmp_path / "store"), "--check"])
    assert (done.exit_code, done.exception) == (0, None)
    assert f"answerable yes  {len(questions)}" in re.sub(" {2,}", "  ", done.output)


def body(**changes):
    return judgement(**changes).model_dump(mode="json")


@pytest.fixture(name="base", scope="module")
def base_fixture(tmp_path_factory):
    store = tmp_path_factory.mktemp("feedback") / "store"
    with served(FakeAssistant.open, store=store) as address:
        yield address


def same_origin(base):
    return {"Origin": base, "Sec-Fetch-Site": "same-origin"}


def test_the_page_leaves_a_verdict_and_takes_it_back(base):
    answer = httpx.post(base + "/feedback", json=body(), headers=same_origin(base))
    assert answer.status_code == 201
    kept = answer.json()
    assert {key: kept[key] for key in ("questions", "verdicts", "left_out")} == {
        "questions": 1,
        "verdicts": 1,
        "left_out": 0,
    }
    lines = httpx.get(base + "/feedback/gold.jsonl")
    assert lines.headers["content-disposition"] == 'attachment; filename="feedback.jsonl"'
    assert json.loads(lines.text)["question"] == "Where is the fish kept?"
    gone = httpx.delete(f"{base}/feedback/{kept['id']}", headers=same_origin(base))
    assert gone.json() == {"id": kept["id"], "questions": 0, "verdicts": 0, "left_out": 0}
    assert httpx.delete(f"{base}/feedback/{kept['id']}", headers=same_origin(base)).status_code == 404
    assert httpx.get(base + "/feedback/gold.jsonl").text == ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
)
def test_other_pages_leave_none(base, headers):
    answer = httpx.post(base + "/feedback", json=body(), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:digest-qa:error:cross-site")
    assert httpx.delete(base + "/feedback/x", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"document_sha256": "0" * 64}, 422),
        ({"end": 99_999}, 422),
        ({"rank": 0}, 422),
        ({"verdict": "perhaps"}, 422),
        ({"question": "？"}, 422),
        ({"surprise": 1}, 422),
        ({"question": "x" * (MAX_QUESTION + 1)}, 422),
        ({"question": "x" * 70_000}, 413),
    ],
)
def test_what_does_not_fit_is_refused(base, changes, status):
    answer = httpx.post(base + "/feedback", json={**body(), **changes}, headers=same_origin(base))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert httpx.get(base + "/feedback/gold.jsonl").text == ""
