import pytest
from eval_fakes import DOCUMENT, FakeAssistant, gold_line, write_gold

from eval.dataset import load_gold, resolve
from eval.runner import MEASURES, run, summary

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


def test_every_measure_of_every_question(tmp_path):
    done = run(FakeAssistant(TABLE), gold(tmp_path))
    scores = {result.question.gold.id: dict(result.measures) for result in done.results}
    names = MEASURES[:6]
    assert [scores["first"][name] for name in names] == [1, 1, 1, 1, 1, 1]
    assert scores["first"]["quote-iou"] == 50 / 60
    assert (scores["first"]["contains"], scores["first"]["char-f1"], scores["first"]["decision"]) == (1, 1, 1)
    assert [scores["third"][name] for name in names] == [0, 1, 1, 1, pytest.approx(1 / 3), pytest.approx(1 / 2)]
    assert (scores["third"]["quote-iou"], scores["third"]["contains"], scores["third"]["char-f1"]) == (0, 0, 0.5)
    assert scores["refused"]["success@1"] == scores["refused"]["quote-iou"] == 1
    assert scores["refused"]["contains"] == scores["refused"]["char-f1"] == scores["refused"]["decision"] == 0
    assert scores["silent"] == dict.fromkeys(MEASURES, 0)
    assert (scores["idle"], scores["fooled"]) == ({"decision": 1}, {"decision": 0})


def test_means_are_over_the_gold_questions_silent_ones_included(tmp_path):
    figures = summary(run(FakeAssistant(TABLE), gold(tmp_path)).results)
    assert (figures["answerable"], figures["unanswerable"]) == (4, 2)
    assert figures["success@1"] == (1 + 0 + 1 + 0) / 4
    assert figures["mrr@10"] == pytest.approx((1 + 1 / 3 + 1 + 0) / 4)
    assert figures["ndcg@10"] == pytest.approx((1 + 1 / 2 + 1 + 0) / 4)
    assert figures["quote-iou"] == pytest.approx((50 / 60 + 0 + 1 + 0) / 4)
    assert figures["contains"] == 1 / 4
    assert figures["char-f1"] == (1 + 0.5 + 0 + 0) / 4
    assert figures["decision"] == (1 + 1 + 0 + 0 + 1 + 0) / 6
    assert figures["false-answer-rate"] == 1 / 2
    assert figures["false-refusal-rate"] == 2 / 4
    # 0.9 beats 0.1 and 0.6; 0.6 beats 0.1 and ties; 0.2 beats 0.1; 0.0 beats neither.
    assert figures["auroc"] == (2 + 1.5 + 1 + 0) / 8
    # None of four may be refused: the threshold is 0.0 and lets both through.
    assert figures["false-answers@10%"] == 1


def test_what_cannot_be_measured_is_none(tmp_path):
    unanswerable = summary(run(FakeAssistant(TABLE), gold(tmp_path, GOLD[4:])).results)
    assert unanswerable["success@1"] is unanswerable["false-refusal-rate"] is unanswerable["auroc"] is None
    assert unanswerable["decision"] == 1 / 2
    assert summary([])["decision"] is None


def test_all_answers_are_needed_where_the_gold_says_so(tmp_path):
    parts = [{"start": 100, "end": 105}, {"start": 105, "end": 110}]
    table = {"both?": TABLE["first?"], "one?": TABLE["first?"] | {"short": (100, 105)}}
    lines = [gold_line(name, answers=parts, all_answers=True) for name in ("both", "one")]
    both, one = run(FakeAssistant(table), gold(tmp_path, lines)).results
    assert (both.measures["contains"], both.measures["char-f1"]) == (1, 1)
    assert (one.measures["contains"], one.measures["char-f1"]) == (0, pytest.approx(2 * 5 / (5 + 10)))


def test_questions_go_in_order_in_batches_and_progress_is_told(tmp_path):
    assistant, told = FakeAssistant({}), []
    lines = [gold_line(f"q{n}") for n in range(20)]
    done = run(assistant, gold(tmp_path, lines), k=3, progress=told.append)
    assert [len(questions) for questions, _ in assistant.asked] == told == [16, 4]
    assert [q for questions, _ in assistant.asked for q in questions] == [f"q{n}?" for n in range(20)]
    assert {k for _, k in assistant.asked} == {done.k} == {3}


def test_an_assistant_that_loses_an_answer_is_an_error_not_a_shorter_list(tmp_path):
    class Lossy(FakeAssistant):
        def ask_batch(self, questions, k):
            return super().ask_batch(questions, k)[1:]

    with pytest.raises(ValueError, match="shorter"):
        run(Lossy(TABLE), gold(tmp_path))


def test_a_planted_shift_of_all_offsets_is_seen(tmp_path):
    def shifted(entry):
        move = lambda pair: (pair[0] + 300, pair[1] + 300)  # noqa: E731
        moved = {key: move(entry[key]) for key in ("quote", "short") if key in entry}
        return entry | moved | {"cited": [move(pair) for pair in entry["cited"]]}

    before = summary(run(FakeAssistant(TABLE), gold(tmp_path)).results)
    after = summary(run(FakeAssistant({q: shifted(e) for q, e in TABLE.items()}), gold(tmp_path)).results)
    for name in (*MEASURES[:7], "contains", "char-f1"):
        assert before[name] > 0
        assert after[name] == 0


def test_planted_inverted_confidence_is_seen(tmp_path):
    inverted = {q: e | {"confidence": 1 - e["confidence"]} for q, e in TABLE.items()}
    records = [line for line in GOLD if line["id"] != "silent"]
    before = summary(run(FakeAssistant(TABLE), gold(tmp_path, records)).results)["auroc"]
    after = summary(run(FakeAssistant(inverted), gold(tmp_path, records)).results)["auroc"]
    assert before == (2 + 1.5 + 1) / 6
    assert after == pytest.approx(1 - before)
