import pytest
from eval_fakes import DOCUMENT, FakeAssistant, gold_line, write_gold

from eval.dataset import ResolvedQuestion, load_gold, resolve
from eval.measures.ranking import RANKING_MEASURES, Unit
from eval.runner import MEASURES, depth_note, run

# Gold of every answerable question: characters 100-110, proved by 90-140.
TABLE = {
    # Right at once: quote 90-150 against 90-140 is 50 of 60; the answer is exact.
    "first?": {"cited": [(50, 400)], "quote": (90, 150), "short": (100, 110), "confidence": 0.9},
    # Right at rank 3; the quote of citation 1 is elsewhere; the answer has 5 of its 10 characters right.
    "third?": {"cited": [(500, 600), (700, 800), (90, 140)], "short": (105, 115), "confidence": 0.6},
    # Right, but not sure enough to answer.
    "refused?": {"cited": [(0, 140)], "quote": (90, 140), "confidence": 0.2, "answerable": False},
    "idle?": {"cited": [(0, 140)], "confidence": 0.1, "answerable": False},
    "fooled?": {"cited": [(0, 140)], "short": (0, 5), "confidence": 0.6},
}
GOLD = [
    gold_line("first"),
    gold_line("third"),
    gold_line("refused"),
    gold_line("silent"),  # not in the table: nothing comes back
    gold_line("idle", answerable=False),
    gold_line("fooled", answerable=False),
]


def gold(tmp_path, records=GOLD):
    return resolve(load_gold(write_gold(tmp_path / "g.jsonl", records)), [DOCUMENT])


def asked(assistant, questions, **options):
    return run(assistant, questions, documents=[DOCUMENT], **options)


def test_every_measure_of_every_question(tmp_path):
    done = asked(FakeAssistant(TABLE), gold(tmp_path))
    scores = {result.question.gold.id: dict(result.measures) for result in done.results}
    assert [scores["first"][name] for name in RANKING_MEASURES] == [1] * 9
    assert scores["first"]["quote-iou"] == 50 / 60
    assert (scores["first"]["exact"], scores["first"]["contains"], scores["first"]["char-f1"]) == (1, 1, 1)
    third = [scores["third"][name] for name in RANKING_MEASURES]
    assert third == [0, 1, 1, 1, 1, 1, pytest.approx(1 / 3), pytest.approx(1 / 2), pytest.approx(1 / 3)]
    assert (scores["third"]["quote-iou"], scores["third"]["contains"], scores["third"]["char-f1"]) == (0, 0, 0.5)
    assert scores["refused"]["success@1"] == scores["refused"]["quote-iou"] == 1
    assert scores["refused"]["contains"] == scores["refused"]["char-f1"] == scores["refused"]["decision"] == 0
    assert scores["silent"] == {**dict.fromkeys(MEASURES, 0), "verbatim": 1}
    assert scores["idle"] == {"decision": 1, "verbatim": 1}
    assert scores["fooled"] == {"decision": 0, "verbatim": 1}
    assert {r.question.gold.id: r.right for r in done.results} == {
        "first": True, "third": False, "refused": True, "silent": False, "idle": False, "fooled": False,
    }  # fmt: skip


def test_the_passages_of_the_collection_are_in_the_qrels(tmp_path):
    half = [Unit("other", DOCUMENT.sha256, 80, 200), Unit("no", DOCUMENT.sha256, 200, 300), Unit("far", "0", 90, 140)]
    first = asked(FakeAssistant(TABLE), gold(tmp_path), passages=half).results[0]
    assert first.ranking.qrels == {"50-400": 1, "other": 1}
    assert first.measures["recall@5"] == 1 / 2


def test_what_the_gold_does_not_know_is_not_scored(tmp_path):
    (line,) = gold(tmp_path, GOLD[:1])
    unlabelled = ResolvedQuestion(line.gold, (), (), relevant={"d.txt": 1})
    (result,) = asked(FakeAssistant(TABLE), [unlabelled]).results
    assert set(result.measures) == {*RANKING_MEASURES, "decision", "verbatim"}
    assert result.measures["success@1"] == 1
    (unjudged,) = asked(FakeAssistant(TABLE), [ResolvedQuestion(line.gold, (), ())]).results
    assert set(unjudged.measures) == {"decision", "verbatim"}


def test_questions_go_in_order_in_batches_and_progress_is_told(tmp_path):
    assistant, told = FakeAssistant({}), []
    lines = [gold_line(f"q{n}") for n in range(20)]
    done = asked(assistant, gold(tmp_path, lines), k=3, progress=told.append)
    assert [len(questions) for questions, _, _ in assistant.asked] == told == [16, 4]
    assert [q for questions, _, _ in assistant.asked for q in questions] == [f"q{n}?" for n in range(20)]
    assert {k for _, k, _ in assistant.asked} == {done.k} == {3}


def test_questions_that_search_other_documents_are_asked_apart(tmp_path):
    assistant = FakeAssistant({})
    lines = gold(tmp_path, [gold_line(name) for name in "abc"])
    narrow = ResolvedQuestion(lines[1].gold, (), (), within=frozenset({"d.txt"}))
    asked(assistant, [lines[0], narrow, lines[2]])
    assert [(questions, within) for questions, _, within in assistant.asked] == [
        (["a?"], None),
        (["b?"], {"d.txt"}),
        (["c?"], None),
    ]


def test_an_assistant_that_loses_an_answer_is_an_error_not_a_shorter_list(tmp_path):
    class Lossy(FakeAssistant):
        def ask_batch(self, questions, k, within=None):
            return super().ask_batch(questions, k)[1:]

    with pytest.raises(ValueError, match="6 questions were asked, 5 answers came back"):
        asked(Lossy(TABLE), gold(tmp_path))


def test_whoever_asks_for_few_citations_is_told():
    assert depth_note(10) is None
    assert depth_note(9) == "9 citations are asked for: measures at 10 see no more"
