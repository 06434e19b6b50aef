import json
from dataclasses import replace

import numpy as np
import pytest

from eval.comparison.compare import LISTED, QuestionDifference, as_json, compare, render
from eval.comparison.differences import Difference
from eval.reports.run_file import Record, RunFile
from index.errors import InputError

LANGUAGES = ("zh", "en", "ja", "ko")


def run_of(*records, name="A", **setup):
    return RunFile(name, {record.id: record for record in records}, **setup)


def scored(identifier, **measures):
    return Record(identifier, {name.replace("_", "@"): score for name, score in measures.items()})


A = run_of(
    scored("p", success_1=0.0, decision=1.0), scored("q", success_1=0.0, decision=1.0), scored("r", decision=0.0)
)
B = run_of(
    scored("p", success_1=1.0, decision=1.0), scored("q", success_1=0.0, decision=0.0), scored("s", decision=1.0),
    name="B",
)  # fmt: skip


def labelled(size=12):
    """Questions in four languages, every fourth of each unanswerable, all answered rightly and surely."""
    return [
        Record(
            id=f"{language}-{number:02}",
            measures={"ndcg@10": 1.0, "decision": 1.0} if number % 4 else {"decision": 1.0},
            language=language,
            pair=f"{language}→zh",
            type=("factoid", "list")[number % 2],
            style="plain",
            regions=("广东",) if number % 4 else (),
            answerable=number % 4 > 0,
            answered=number % 4 > 0,
            right=number % 4 > 0,
            confidence=0.6 + number / 100 if number % 4 else 0.1 + number / 100,
        )
        for language in LANGUAGES
        for number in range(size)
    ]


def broken(record):
    """Nothing found for it any more."""
    return replace(record, measures=record.measures | ({"ndcg@10": 0.0} if "ndcg@10" in record.measures else {}))


def listed(comparison):
    return {(s.slice, s.difference.measure): s for s in comparison.slices if s.adjusted is not None}


def test_questions_are_paired_and_the_rest_left_out():
    comparison = compare(A, B)
    success, decision = comparison.measures
    # p wins, q ties. One difference of 1: both signs of it are as far from 0, so p is 1. A resample of {0, 1} is 0, 1/2
    # or 1 on average, 0 and 1 in a quarter of cases each: more than the tails of 2.5 %.
    assert success == Difference("success@1", 2, 0.0, 0.5, 0.5, 0.0, 1.0, wins=1, losses=0, ties=1, p=1.0)
    assert decision == Difference("decision", 2, 1.0, 0.5, -0.5, -1.0, 0.0, wins=0, losses=1, ties=1, p=1.0)
    assert comparison.n == 2
    assert comparison.notes == ("compared on the 2 questions that both have, of 3 and 3",)


def test_runs_without_a_common_question_cannot_be_compared():
    with pytest.raises(InputError, match="3 and 1 questions"):
        compare(A, run_of(scored("z", decision=1.0)))


def test_a_measure_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=r"no measure 'ndcg'; name one of success@1, "):
        compare(A, B, measure="ndcg")


def test_equal_runs_are_not_told_apart():
    run = run_of(*labelled())
    comparison = compare(run, run)
    assert [(d.measure, d.delta, d.low, d.high, d.ties, d.p) for d in comparison.measures] == [
        ("ndcg@10", 0, 0, 0, 36, 1),
        ("decision", 0, 0, 0, 48, 1),
    ]
    figures = [d for d in comparison.figures if d.figure != "ece"]
    # Not nauc: every question that has a ranking has the same one.
    assert [(d.figure, d.answerable, d.unanswerable, d.a) for d in figures] == [
        ("auroc", 36, 12, 1),
        ("false-answers@10%", 36, 12, 0),
        # The 36 right ones come first; then 1/37, 2/38, … 12/48 of the answers are wrong.
        ("aurc", 36, 12, pytest.approx(sum(k / (36 + k) for k in range(1, 13)) / 48)),
        ("false-answer-rate", 0, 12, 0),
        ("false-refusal-rate", 36, 0, 0),
    ]
    assert {(d.delta, d.low, d.high, d.p) for d in figures} == {(0, 0, 0, 1)}
    assert comparison.questions == comparison.notes == ()
    assert listed(comparison) == {}


def test_a_broken_language_is_listed_and_no_other():
    records = labelled(20)
    worse = run_of(*(broken(record) if record.language == "ko" else record for record in records), name="B")
    comparison = compare(run_of(*records), worse)
    found = listed(comparison)
    assert {name for name, _ in found if name.startswith("pair")} == {"pair ko→zh"}
    korean = found["pair ko→zh", "ndcg@10"]
    assert (korean.difference.mean_a, korean.difference.mean_b, korean.difference.losses) == (1.0, 0.0, 15)
    # 15 losses of 15: 2 / 2**15, and never less than 1 of 10,001.
    assert korean.difference.p < 0.001
    # Tested are the slices in which at least 6 of these 15 are: not "type factoid", with 2, 6, 10, 14 and 18.
    assert set(found) == {
        (name, "ndcg@10") for name in ("answerable yes", "pair ko→zh", "region 广东", "style plain", "type list")
    }


def test_chance_in_other_languages_is_not_listed():
    records = labelled(20)

    def changed(record):
        number = int(record.id[-2:])
        if record.language == "ko":
            return broken(record)
        # In turn up and down by the same amount.
        shift = (0.5, -0.5)[number // 2 % 2]
        return replace(record, measures=record.measures | {"decision": 0.5 + shift})

    before = run_of(*(replace(r, measures=r.measures | {"decision": 0.5}) for r in records))
    text = render(compare(before, run_of(*map(changed, records), name="B")))
    slices = text[text.index("Slices") : text.index("ndcg@10 by question")]
    assert "pair ko→zh  ndcg@10" in slices
    assert [language for language in ("zh", "en", "ja") if f"pair {language}→zh" in slices] == []


def test_older_runs_are_cut_by_language():
    records = [replace(record, pair="") for record in labelled(12)]
    comparison = compare(run_of(*records), run_of(*map(broken, records)))
    assert {name for name, _ in listed(comparison) if "zh" in name} == {"language zh"}


def test_inverted_confidences_are_told_by_auroc():
    records = labelled()
    inverted = [replace(record, confidence=1 - record.confidence) for record in records]
    figures = {d.figure: d for d in compare(run_of(*records), run_of(*inverted)).figures}
    assert (figures["auroc"].a, figures["auroc"].b, figures["auroc"].delta) == (1, 0, -1)
    assert figures["auroc"].p < 0.001
    assert figures["auroc"].high == -1  # perfect one way and the other in every resample
    assert figures["aurc"].delta > 0
    assert figures["false-answer-rate"].p == figures["false-refusal-rate"].p == 1


def noisy(seed, size=60):
    """Confidences in tenths, a little higher where the question is answerable; every third answer is wrong."""
    generator = np.random.default_rng(seed)
    return [
        Record(
            id=f"q{number:02}",
            measures={"ndcg@10": float(number % 3 > 0)} if number % 4 else {},
            answerable=number % 4 > 0,
            right=number % 4 > 0 and number % 3 > 0,
            confidence=float(generator.integers(0, 8) + (2 if number % 4 else 0)) / 10,
        )
        for number in range(size)
    ]


def test_a_run_whose_confidences_are_squeezed_is_as_far_from_a_third_run():
    third, run = run_of(*noisy(1)), noisy(2)
    squeezed = [replace(record, confidence=0.9 + record.confidence / 10) for record in run]
    before, after = ({d.figure: d for d in compare(third, run_of(*records)).figures} for records in (run, squeezed))
    assert set(before) == {"auroc", "false-answers@10%", "aurc", "nauc", "ece"}
    for figure in ("auroc", "false-answers@10%", "aurc", "nauc"):
        assert after[figure] == before[figure]
    assert 0.001 < before["auroc"].p < 1
    assert after["ece"].b > before["ece"].b  # which is about the values


def test_nauc_and_false_answers_by_hand():
    answerable = [
        Record(f"a{n}", {"ndcg@10": score}, answerable=True, confidence=0.1 * n)
        for n, score in enumerate((0.0, 0.0, 1.0, 1.0), start=1)
    ]
    unanswerable = [Record(f"u{n}", {}, answerable=False, confidence=c) for n, c in enumerate((0.05, 0.25))]
    unjudged = Record("x", {}, answerable=True, confidence=0.5)
    a = run_of(*answerable, unjudged, *unanswerable)
    b = run_of(*(replace(record, confidence=1 - record.confidence) for record in a.records.values()))
    figures = {d.figure: d for d in compare(a, b).figures}
    # Of four, 0 0 1 1 2 2 2 3 3 3 are dropped. A drops its worst rankings first, as the oracle does: the mean of the
    # others is 1/2 1/2 2/3 2/3 and then 1. B drops the best first: 1/2 1/2 1/3 1/3 and then 0, as far below the mean of
    # all as A is above it.
    assert (figures["nauc"].answerable, figures["nauc"].unanswerable) == (4, 0)
    assert (figures["nauc"].a, figures["nauc"].b) == (1, pytest.approx(-1))
    # Of five answerable questions none may be refused: the threshold is 0.1 in A, 0.5 in B.
    assert (figures["false-answers@10%"].a, figures["false-answers@10%"].b) == (1 / 2, 1)


def test_rates_by_hand():
    records = labelled()
    # B answers everything: 12 of 12 unanswerable ones falsely. A answers what can be answered.
    b = [replace(record, answered=True) for record in records]
    figures = {d.figure: d for d in compare(run_of(*records), run_of(*b)).figures}
    assert (figures["false-answer-rate"].a, figures["false-answer-rate"].b) == (0, 1)
    assert figures["false-answer-rate"].p < 0.01  # 2 / 2**12
    # Expected calibration error of a run that says 0.9 for each of 4 questions, right in 3: |0.9 - 0.75|.
    four = [Record(f"q{i}", {}, answerable=True, right=i > 0, confidence=0.9) for i in range(4)]
    (aurc, ece) = compare(run_of(*four), run_of(*(replace(record, confidence=0.75) for record in four))).figures
    assert (ece.figure, ece.a, ece.b) == ("ece", pytest.approx(0.15), pytest.approx(0))
    # The only wrong answer, among equals, comes first: 1/1, 1/2, 1/3, 1/4.
    assert (aurc.figure, aurc.a) == ("aurc", pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4))


def test_the_same_seed_gives_the_same_comparison_and_another_seed_another():
    records = labelled()
    a = run_of(*records)
    b = run_of(*(broken(record) if record.id.endswith(("1", "5")) else record for record in records))
    assert compare(a, b, 1) == compare(a, b, 1) != compare(a, b, 2)


def test_losses_come_first_and_the_greatest_of_them_first():
    a = run_of(*(scored(name, mrr_10=score) for name, score in zip("pqrst", (1, 1, 0.5, 0.2, 0.4), strict=True)))
    b = run_of(*(scored(name, mrr_10=score) for name, score in zip("pqrst", (0.5, 0, 1, 1, 0.4), strict=True)))
    assert compare(a, b, measure="mrr@10").questions == (
        QuestionDifference("q", 1, 0),
        QuestionDifference("p", 1, 0.5),
        QuestionDifference("s", 0.2, 1),
        QuestionDifference("r", 0.5, 1),
    )
    assert compare(a, b).questions == ()


def test_notes_tell_what_differs_in_the_set_up():
    one, other = run_of(*labelled(), gold=frozenset({"a" * 64}), fold="dev"), run_of(*labelled()[1:])
    assert compare(one, one).notes == ()
    assert compare(one, other).notes == ("compared on the 47 questions that both have, of 48 and 47",)
    other = run_of(*labelled(), gold=frozenset({"b" * 64, "a" * 64}), fold="all")
    assert compare(one, other).notes == (
        "the gold files differ (SHA-256 aaaaaaaa and aaaaaaaa, bbbbbbbb): a question may have been labelled anew",
        "the folds differ: dev and all",
    )


WEIGHTS = {"weights": {"lexical": 2.0, "known": True}, "calibration": {"weights": {"top": 1.5}, "threshold": 0.5}}
MANIFEST = {
    "generation": 3,
    "target_passage": 420,
    "analyser": "1",
    "specs": ["e5-small"],
    "encoders": [{"name": "e5", "dimension": 384, "weights_sha256": "c" * 64}],
    "files": {"passages.jsonl": "d" * 64},
}
CUT = "the passages were cut otherwise: recall, nDCG and MAP have other denominators"


@pytest.mark.parametrize(
    ("setup", "notes"),
    [
        ({}, ()),
        ({"k": 10}, ("100 and 10 citations were asked for: measures that look deeper see no more",)),
        (
            {"settings": {**WEIGHTS, "weights": {"lexical": 0.0, "known": True}}},
            ("the settings differ: weights.lexical (2.0 and 0.0)",),
        ),
        (
            {"settings": {**WEIGHTS, "calibration": {"weights": {"lead": 1}, "threshold": 0.4}}},
            (
                "the settings differ: calibration.threshold (0.5 and 0.4), calibration.weights.lead (none and 1), "
                "calibration.weights.top (1.5 and none)",
            ),
        ),
        (
            {"settings": {**WEIGHTS, "weights": dict.fromkeys("abcdef", 1)}},
            (
                "the settings differ: weights.a (none and 1), weights.b (none and 1), weights.c (none and 1), "
                "weights.d (none and 1), weights.e (none and 1) and 3 more",
            ),
        ),
        ({"manifest": MANIFEST | {"generation": 4, "analyser": "2"}}, ("the collections differ: analyser (1 and 2)",)),
        (
            {"manifest": MANIFEST | {"specs": ["use-m3"], "encoders": [{"name": "e5", "weights_sha256": "e" * 64}]}},
            ("the collections differ: encoders (e5 cccccccc and e5 eeeeeeee), specs (e5-small and use-m3)",),
        ),
        (
            {"manifest": MANIFEST | {"target_passage": 300}},
            ("the collections differ: target_passage (420 and 300)", CUT),
        ),
        ({"manifest": MANIFEST | {"files": {"passages.jsonl": "f" * 64}}}, (CUT,)),
        ({"k": None, "settings": {}, "manifest": {}}, ()),
    ],
)
def test_notes_tell_how_the_runs_were_made_otherwise(setup, notes):
    made = {"k": 100, "settings": WEIGHTS, "manifest": MANIFEST}
    run = labelled(1)
    assert compare(run_of(*run, **made), run_of(*run, **made | setup)).notes == notes


def test_slices_by_kind_and_fold():
    records = [
        replace(record, fold=("dev", "test")[n // 6 % 2], kind="" if record.answerable else "near-miss entity")
        for n, record in enumerate(labelled(12))
    ]
    worse = [replace(record, measures=dict.fromkeys(record.measures, 0.0)) for record in records]
    found = listed(compare(run_of(*records), run_of(*worse)))
    # Of each language 0 to 5 are dev, 6 to 11 test; 0, 4 and 8 are unanswerable: 8 in dev, 4 in test.
    sizes = {name: found[name].difference.n for name in found if name[0].startswith(("kind", "fold"))}
    assert sizes == {
        ("kind near-miss entity", "decision"): 12,
        ("fold dev", "decision"): 24,
        ("fold test", "decision"): 24,
        ("fold dev", "ndcg@10"): 24 - 8,
        ("fold test", "ndcg@10"): 24 - 4,
    }


def test_questions_of_which_nobody_knows_the_answer_are_no_part_of_aurc_and_ece():
    records = labelled()
    unknown = [replace(r, right=None) if r.answerable and r.language == "en" else r for r in records]
    figures = {d.figure: d for d in compare(run_of(*records), run_of(*unknown)).figures}
    assert [(figures[name].answerable, figures[name].unanswerable) for name in ("aurc", "ece")] == [(27, 12)] * 2
    assert figures["auroc"].answerable == 36
    # The 27 right ones come first; then 1/28, 2/29, … 12/39 of the answers are wrong.
    assert figures["aurc"].a == figures["aurc"].b == pytest.approx(sum(k / (27 + k) for k in range(1, 13)) / 39)


def test_what_a_file_says_cannot_steer_the_terminal():
    records = [replace(r, id=f"\x1b[2J{r.id}\n", type="li\x1b]0;st\nx") for r in labelled()]
    text = render(compare(run_of(*records), run_of(*map(broken, records))))
    assert "\x1b" not in text
    assert "type li]0;st x  ndcg@10" in text
    assert "\n[2Jen-01  " in text


def test_a_question_labelled_otherwise_is_left_out():
    records = labelled()
    relabelled = [replace(records[0], answerable=True), *records[1:]]
    comparison = compare(run_of(*records), run_of(*relabelled))
    assert comparison.n == 47
    assert comparison.notes == ("left out 1 questions that only one of the runs holds for answerable",)


def test_the_tables():
    records = labelled()
    comparison = compare(run_of(*records), run_of(*map(broken, records), name="B"))
    lines = render(comparison).splitlines()
    assert lines[0] == "A: A, B: B; 48 questions, %; p is of each measure alone, uncorrected"
    assert lines[3].split() == [
        "ndcg@10", "36", "100.0", "0.0", "-100.0", "-100.0…-100.0", "0", "36", "0", f"{1 / 10_001:.4f}",
    ]  # fmt: skip
    auroc, aurc = (next(line.split() for line in lines if line.startswith(name)) for name in ("auroc", "aurc"))
    assert auroc == ["auroc", "36+12", "100.0", "100.0", "+0.0", "+0.0…+0.0", "1.0000"]
    assert aurc[:2] == ["aurc", "↓"]
    rates = [line.split()[:3] for line in lines if line.startswith(("false-answer-rate", "false-refusal-rate"))]
    assert rates == [["false-answer-rate", "↓", "12"], ["false-refusal-rate", "↓", "36"]]
    assert sum("uncorrected" in line for line in lines) == 2
    # Slices with the measure: 1 of answerability (the other has no ranking), 4 languages, 2 types, 1 region, 1 style;
    # those with decision: one more. All of the first kind have 6 questions or more that differ.
    text = "\n".join(lines)
    assert "Slices with p ≤ 0.05: 9 of 9 tested (slices × measures); 10 more differ in too few questions" in text
    assert f"ndcg@10 by question: 36 losses, 0 wins (the {LISTED} greatest of each; --json has all)" in lines
    # 9 in English, 9 in Japanese, 9 in Korean, then the third in Chinese.
    assert lines[-1].split() == ["zh-03", "100.0", "0.0", "-100.0"]


def test_what_does_not_differ_has_no_table():
    text = render(compare(A, A))
    assert text.endswith("(slices × measures)\n\nndcg@10 by question: 0 losses, 0 wins")
    assert "set as a whole" not in text


def test_json_has_everything():
    comparison = compare(run_of(*labelled()), run_of(*map(broken, labelled())))
    content = json.loads(as_json(comparison))
    assert [d["measure"] for d in content["measures"]] == ["ndcg@10", "decision"]
    assert [(d["figure"], d["answerable"], d["unanswerable"]) for d in content["figures"]][:2] == [
        ("auroc", 36, 12),
        ("false-answers@10%", 36, 12),
    ]
    assert len(content["slices"]) == len(comparison.slices) == 19
    assert len(content["questions"]) == 36
    assert content["questions"][0] == {"id": "en-01", "a": 1.0, "b": 0.0}
    assert (content["n"], content["measure"], content["notes"]) == (48, "ndcg@10", [])
