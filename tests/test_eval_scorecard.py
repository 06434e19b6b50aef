"""Figures by hand, their intervals, slices and curves over one small run."""

from itertools import pairwise

import numpy as np
import pytest
from eval_fakes import DOCUMENT, FakeAssistant, gold_line, write_gold
from test_eval_runner import GOLD, TABLE

from eval.dataset import ResolvedQuestion, load_gold, resolve
from eval.measures.ranking import Ranking
from eval.measures.scorecard import LOWER_IS_BETTER, SET_FIGURES, counts, figures, intervals, scorecard
from eval.measures.slices import language_group, slices
from eval.reports.curves import curves
from eval.runner import MEASURES, Result, run


def results(tmp_path, records=GOLD, table=TABLE):
    gold = resolve(load_gold(write_gold(tmp_path / "g.jsonl", records)), [DOCUMENT])
    return run(FakeAssistant(table), gold, documents=[DOCUMENT]).results


def test_means_are_over_the_gold_questions_silent_ones_included(tmp_path):
    found = figures(results(tmp_path))
    assert (found["answerable"], found["unanswerable"]) == (4, 2)
    assert found["success@1"] == (1 + 0 + 1 + 0) / 4
    assert found["mrr@10"] == pytest.approx((1 + 1 / 3 + 1 + 0) / 4)
    assert found["ndcg@10"] == pytest.approx((1 + 1 / 2 + 1 + 0) / 4)
    assert found["quote-iou"] == pytest.approx((50 / 60 + 0 + 1 + 0) / 4)
    assert found["contains"] == 1 / 4
    assert found["char-f1"] == (1 + 0.5 + 0 + 0) / 4
    assert found["decision"] == pytest.approx((1 + 1 + 0 + 0 + 1 + 0) / 6)
    assert found["verbatim"] == 1
    assert found["false-answer-rate"] == 1 / 2
    assert found["false-refusal-rate"] == 2 / 4
    # 0.9 beats 0.1 and 0.6; 0.6 beats 0.1 and ties; 0.2 beats 0.1; 0.0 beats neither.
    assert found["auroc"] == (2 + 1.5 + 1 + 0) / 8
    # None of four may be refused: the threshold is 0.0 and lets both through.
    assert found["false-answers@10%"] == 1
    # By falling confidence: 0.9 right, 0.6 and 0.6 wrong, 0.2 right, 0.1 and 0.0 wrong.
    assert found["aurc"] == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5 + 4 / 6) / 6)
    # Bins of a tenth: 0.0 wrong; 0.1 wrong; 0.2 right; 0.6, 0.6 wrong; 0.9 right.
    assert found["ece"] == pytest.approx((0.0 + 0.1 + 0.8 + 1.2 + 0.1) / 6)
    assert found["latency-p50"] is None  # the fake tells no time


def test_what_cannot_be_measured_is_none(tmp_path):
    unanswerable = figures(results(tmp_path, GOLD[4:]))
    for name in ("success@1", "false-refusal-rate", "auroc", "nauc"):
        assert unanswerable[name] is None
        assert name not in intervals(results(tmp_path, GOLD[4:]))
    assert unanswerable["decision"] == 1 / 2
    assert figures([])["decision"] is None
    assert intervals([]) == {}


def test_every_figure_has_an_interval_that_holds_it(tmp_path):
    lines = [line | {"id": f"{line['id']}{n}"} for n in range(3) for line in GOLD]
    answered = {name: entry | {"timing_ms": {"total": 20.0}} for name, entry in TABLE.items()}
    some = [result for result in results(tmp_path, lines, answered) if result.answer.timing_ms]
    found, bounds = figures(some), intervals(some)
    assert set(bounds) == {name for name, value in found.items() if value is not None} - {"answerable", "unanswerable"}
    assert set(SET_FIGURES) <= set(bounds)
    for name, (low, high) in bounds.items():
        assert low <= found[name] <= high, name
    assert bounds["latency-p50"] == (20.0, 20.0)
    assert set(SET_FIGURES) > LOWER_IS_BETTER


def many(n, wrong=lambda number: number % 2 == 0):
    """n answerable questions, some wholly wrong, the others wholly right."""
    lines = [gold_line(f"q{number}") for number in range(n)]
    return lines, {f"q{number}?": TABLE["idle?" if wrong(number) else "first?"] for number in range(n)}


def test_intervals_are_seeded_and_narrow_with_the_number_of_questions(tmp_path):
    wide, narrow = (results(tmp_path, *many(n)) for n in (20, 320))
    assert intervals(wide) == intervals(wide)
    assert intervals(wide, seed=1) != intervals(wide)
    # Half of the questions are wrong: the standard error of a share is 0.5 / sqrt(n).
    for some, n in ((wide, 20), (narrow, 320)):
        low, high = intervals(some)["exact"]
        assert (high - low) / 2 == pytest.approx(1.96 * 0.5 / n**0.5, rel=0.15)
        assert (high + low) / 2 == pytest.approx(0.5, abs=0.02)


def test_the_interval_of_a_mean_is_that_of_the_resampled_means(tmp_path):
    found = results(tmp_path, [line | {"id": f"{line['id']}{n}"} for n in range(3) for line in GOLD[:4]])
    drawn = np.random.default_rng(3).integers(0, 12, (500, 12))
    means = np.tile([1, 1 / 3, 1, 0], 3)[drawn].mean(axis=1)
    assert intervals(found, seed=3, rounds=500)["mrr@10"] == pytest.approx(np.quantile(means, (0.025, 0.975)))


def test_all_right_is_no_certainty(tmp_path):
    low, high = intervals(results(tmp_path, *many(37, wrong=lambda _: False)))["success@5"]
    # Wilson (1927): 37 of 37 lie above n / (n + z²).
    assert (low, high) == (pytest.approx(37 / (37 + 1.959964**2), abs=1e-6), 1)


def test_of_fewer_than_five_questions_there_is_no_interval(tmp_path):
    assert "success@1" not in intervals(results(tmp_path, *many(4)))
    assert "success@1" in intervals(results(tmp_path, *many(5)))


def test_a_calibration_error_of_chance_alone_has_an_interval_down_to_nought(tmp_path):
    lines, table = many(30)
    halves = {name: {"cited": [(90, 140) if entry is TABLE["first?"] else (500, 600)]} for name, entry in table.items()}
    some = results(tmp_path, lines, halves)  # all with confidence 0.5, and every second one right
    assert figures(some)["ece"] == pytest.approx(0)
    assert intervals(some)["ece"][0] == 0


def test_counts_name_the_questions_that_a_figure_rests_on(tmp_path):
    assert {name: n for name, n in counts(results(tmp_path)).items() if n != 4} == {
        "decision": 6, "verbatim": 6, "false-answer-rate": 2, "auroc": 6, "false-answers@10%": 6, "aurc": 6, "ece": 6,
        "latency-p50": 0, "latency-p95": 0,
    }  # fmt: skip
    assert counts(results(tmp_path, GOLD[4:]))["auroc"] == 0


def test_a_question_of_which_nobody_knows_the_answer_is_not_held_for_wrong(tmp_path):
    known = results(tmp_path)
    unknown = tuple(
        Result(ResolvedQuestion(r.question.gold, (), ()), r.answer, Ranking(r.ranking.ids, {}), {"decision": 1.0})
        for r in known[1:4]
    )
    some = (known[0], *unknown, *known[4:])
    assert [r.right for r in some] == [True, None, None, None, False, False]
    # Judged: 0.9 right, 0.6 and 0.1 wrong.
    assert figures(some)["aurc"] == pytest.approx((0 + 1 / 2 + 2 / 3) / 3)
    assert figures(some)["ece"] == pytest.approx((0.1 + 0.6 + 0.1) / 3)
    assert (counts(some)["aurc"], counts(some)["nauc"], counts(some)["auroc"]) == (3, 1, 6)
    assert len(curves(some)["risk_coverage"]) == 3
    assert sum(bar["n"] for bar in curves(some)["ranks"]) == 1


LINES = [
    gold_line("a", language="zh", note="x: y"),
    gold_line("b", language="zh-Hant", type="数字"),
    gold_line("c", language="en", style="keyword"),
    gold_line("f", language="ru", answerable=False, note="other year: 2031 is not told"),
]


def test_every_question_stands_in_all_its_slices(tmp_path):
    cut = slices(results(tmp_path, LINES))
    assert {name: [r.question.gold.id for r in members] for name, members in cut.items()} == {
        "all": ["a", "b", "c", "f"],
        "fold dev": ["a", "b", "f"],
        "fold test": ["c"],
        "answerable yes": ["a", "b", "c"],
        "answerable no": ["f"],
        "kind other year": ["f"],
        "languages zh": ["a", "b"],
        "languages en": ["c"],
        "languages others": ["f"],
        "pair en→zh": ["c"],
        "pair ru→zh": ["f"],
        "pair zh-Hant→zh": ["b"],
        "pair zh→zh": ["a"],
        "type fact": ["a", "c", "f"],
        "type 数字": ["b"],
        "style keyword": ["c"],
    }
    card = scorecard(results(tmp_path, LINES))
    assert list(card.measures) == list(card.intervals) == list(cut)
    assert (card.measures["pair en→zh"]["answerable"], card.measures["pair en→zh"]["success@1"]) == (1, 0)


def test_languages_fall_into_three_groups():
    assert [language_group(tag) for tag in ("zh", "zh-Hant", "ZH_tw", "en", "en-GB", "ru", "za")] == [
        "zh", "zh", "zh", "en", "en", "others", "others",
    ]  # fmt: skip


def test_the_points_of_the_pictures(tmp_path):
    drawn = curves(results(tmp_path))
    assert [point["coverage"] for point in drawn["risk_coverage"]] == [n / 6 for n in range(1, 7)]
    assert [point["risk"] for point in drawn["risk_coverage"]] == pytest.approx([0, 1 / 2, 2 / 3, 2 / 4, 3 / 5, 4 / 6])
    assert [bar["n"] for bar in drawn["reliability"]] == [1, 1, 1, 0, 0, 0, 2, 0, 0, 1]
    assert (drawn["reliability"][6]["confidence"], drawn["reliability"][6]["right"]) == (pytest.approx(0.6), 0)
    ranks = {bar["rank"]: bar["n"] for bar in drawn["ranks"]}
    assert ranks == {"1": 2, "3": 1, "missed": 1} | dict.fromkeys(["2", *map(str, range(4, 11)), "11-20", "21-100"], 0)
    assert drawn["latency_ms"] == []
    nothing = curves([])
    assert nothing["risk_coverage"] == nothing["ranks"] == nothing["latency_ms"] == []
    assert [bar["n"] for bar in nothing["reliability"]] == [0] * 10


def test_the_slowest_questions_are_in_the_last_bar_of_the_latencies(tmp_path):
    table = {f"q{n}?": {"timing_ms": {"total": float(ms)}} for n, ms in enumerate([10] * 30 + [20] * 9 + [1000])}
    bars = curves(results(tmp_path, [gold_line(f"q{n}") for n in range(40)], table))["latency_ms"]
    assert sum(bar["n"] for bar in bars) == 40
    assert bars[-1]["n"] == 1
    assert bars[0]["low"] == 0
    assert all(a["high"] == b["low"] for a, b in pairwise(bars))


def test_measures_and_set_figures_do_not_overlap():
    assert not set(MEASURES) & set(SET_FIGURES)
