from math import log2

import fakes_store
import pytest
import pytrec_eval
from eval_fakes import DOCUMENT, answer, document, gold_line, write_gold
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.dataset import Place, ResolvedQuestion, load_gold, resolve
from eval.measures.ranking import (
    RANKING_MEASURES,
    Ranking,
    Unit,
    covers,
    first_relevant,
    qrels_lines,
    ranking_measures,
    ranking_of,
    run_lines,
    units,
)
from index.collection import Collection
from index.schema import Span


def place(start, end, source=DOCUMENT):
    return Place(source.sha256, Span(start, end), source.text[start:end])


def unit(start, end, source=DOCUMENT):
    return Unit(f"{start}-{end}", source.sha256, start, end)


def question(tmp_path, *evidence, **changes):
    line = gold_line("q", evidence=[{"start": a, "end": b} for a, b in evidence], **changes)
    return resolve(load_gold(write_gold(tmp_path / "g.jsonl", [line])), [DOCUMENT])[0]


def measured(ids, qrels):
    return ranking_measures([Ranking(tuple(ids), qrels)])[0]


@pytest.mark.parametrize(
    ("start", "end", "relevant"),
    [
        (100, 150, True),  # exactly the span
        (110, 400, True),  # 40 of 50: 80 %
        (111, 400, False),  # 39 of 50
        (0, 140, True),  # 40 of 50 from the other side
        (0, 500, True),  # 500 code points
        (0, 501, False),  # one too many
        (150, 300, False),  # next to it
    ],
)
def test_a_passage_covers_four_fifths_in_at_most_500_code_points(start, end, relevant):
    assert covers(unit(start, end), place(100, 150)) is relevant
    assert not covers(unit(start, end, document("other.txt", "x" * 600)), place(100, 150))


def test_qrels_are_the_relevant_passages_of_the_collection_and_what_none_covers(tmp_path):
    asked = question(tmp_path, (90, 140), (160, 200), (700, 720))
    passages = [unit(0, 140), unit(80, 210), unit(210, 400), unit(400, 600)]
    made = ranking_of(asked, answer(cited=[(400, 600), (80, 210)]), passages)
    assert made.ids == ("400-600", "80-210")
    # 80-210 covers the first two spans, 0-140 the first; 700-720 was split away or lost.
    assert made.qrels == {"0-140": 1, "80-210": 1, f"{DOCUMENT.sha256[:16]}:700-720": 1}
    scores = ranking_measures([made])[0]
    assert (scores["success@1"], scores["success@3"], scores["recall@5"]) == (0, 1, pytest.approx(1 / 3))


def test_what_was_cited_is_judged_even_when_no_passages_are_named(tmp_path):
    made = ranking_of(question(tmp_path, (90, 140)), answer(cited=[(300, 400), (90, 140)]), [])
    assert made.qrels == {"90-140": 1}
    assert first_relevant(made) == 2


def test_a_passage_that_is_cited_twice_counts_once(tmp_path):
    made = ranking_of(question(tmp_path, (90, 140)), answer(cited=[(300, 400), (300, 400), (90, 140)]), [])
    assert made.ids == ("300-400", "90-140")


def test_by_document_a_citation_counts_where_its_document_comes_first(tmp_path):
    asked = question(tmp_path, (90, 140))
    asked = ResolvedQuestion(asked.gold, (), (), relevant={"d.txt": 2, "e.txt": 1})
    made = ranking_of(asked, answer(cited=[(0, 9), (20, 30)]), [])
    assert made == Ranking(("d.txt",), {"d.txt": 2, "e.txt": 1})


def test_every_measure_by_hand():
    # Relevant: b, d and one that is never found. Ranks: a, b, c, d.
    scores = measured("abcd", {"b": 1, "d": 1, "lost": 1})
    ideal = 1 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert scores == {
        "success@1": 0,
        "success@3": 1,
        "success@5": 1,
        "success@10": 1,
        "recall@5": pytest.approx(2 / 3),
        "recall@10": pytest.approx(2 / 3),
        "mrr@10": pytest.approx(1 / 2),
        "ndcg@10": pytest.approx((1 / log2(3) + 1 / log2(5)) / ideal),
        "map": pytest.approx((1 / 2 + 2 / 4) / 3),
    }


def test_the_reciprocal_rank_is_zero_beyond_ten():
    ids = [f"x{n}" for n in range(9)]
    assert measured([*ids, "hit"], {"hit": 1})["mrr@10"] == pytest.approx(1 / 10)
    deep = measured([*ids, "x9", "hit"], {"hit": 1})
    assert (deep["mrr@10"], deep["success@10"]) == (0, 0)
    assert deep["map"] == pytest.approx(1 / 11)


def test_a_silent_question_scores_zero_and_one_without_relevant_passages_has_no_score():
    silent, nothing = ranking_measures([Ranking((), {"a": 1}), Ranking(("a",), {})])
    assert silent == dict.fromkeys(RANKING_MEASURES, 0)
    assert nothing == {}
    assert ranking_measures([]) == []


_IDS = st.lists(st.sampled_from([f"d{n:02}" for n in range(30)]), unique=True, max_size=25)
_QRELS = st.dictionaries(st.sampled_from([f"d{n:02}" for n in range(30)]), st.integers(0, 3), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_IDS, _QRELS), min_size=1, max_size=6))
def test_parity_with_trec_eval_to_the_last_digit(pairs):
    """Against trec_eval through pytrec_eval itself, on the TREC files that a report writes."""
    rankings = {f"q{n}": Ranking(tuple(ids), qrels) for n, (ids, qrels) in enumerate(pairs)}
    qrels = pytrec_eval.parse_qrel(qrels_lines(rankings))
    run = pytrec_eval.parse_run(run_lines(rankings))
    names = {
        "success_1": "success@1", "success_5": "success@5", "success_10": "success@10", "recall_5": "recall@5",
        "recall_10": "recall@10", "ndcg_cut_10": "ndcg@10", "map": "map",
    }  # fmt: skip
    judge = pytrec_eval.RelevanceEvaluator(qrels, {"success.1,5,10", "recall.5,10", "ndcg_cut.10", "map"})
    official = judge.evaluate(run)
    cut = {name: dict(list(scores.items())[:10]) for name, scores in run.items()}
    reciprocal = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(cut)
    for name, scores in zip(rankings, ranking_measures(list(rankings.values())), strict=True):
        judged = any(rankings[name].qrels.values())
        assert bool(scores) is judged
        if judged and name in official:
            assert {ours: scores[ours] for ours in names.values()} == {
                ours: official[name][theirs] for theirs, ours in names.items()
            }
            assert scores["mrr@10"] == reciprocal[name]["recip_rank"]
        elif judged:  # trec_eval leaves out what was not answered; here it counts
            assert set(scores.values()) == {0}


@settings(max_examples=150, deadline=None)
@given(_IDS, _QRELS)
def test_the_textbook_formulas_written_out(ids, qrels):
    """Manning, Raghavan and Schütze ch. 8; trec_eval's gain is the grade itself (Järvelin and Kekäläinen 2002)."""
    (scores,) = ranking_measures([Ranking(tuple(ids), qrels)])
    grades = [qrels.get(name, 0) for name in ids]
    relevant = sum(grade > 0 for grade in qrels.values())
    if not relevant:
        assert scores == {}
        return
    hits = [rank for rank, grade in enumerate(grades, start=1) if grade > 0]
    ideal = sorted(qrels.values(), reverse=True)[:10]
    gain, best = (sum(g / log2(rank + 1) for rank, g in enumerate(gs[:10], start=1)) for gs in (grades, ideal))
    assert scores == {
        **{f"success@{k}": float(any(rank <= k for rank in hits)) for k in (1, 3, 5, 10)},
        **{f"recall@{k}": pytest.approx(sum(rank <= k for rank in hits) / relevant) for k in (5, 10)},
        "mrr@10": pytest.approx(next((1 / rank for rank in hits if rank <= 10), 0)),
        "ndcg@10": pytest.approx(gain / best),
        "map": pytest.approx(sum(n / rank for n, rank in enumerate(hits, start=1)) / relevant),
    }


def test_the_files_keep_order_and_names_with_blanks():
    rankings = {"q 1": Ranking(("a b", "c%", "d"), {"c%": 1, "x\ty": 2})}
    assert list(run_lines(rankings, "tag")) == [
        "q%201 Q0 a%20b 1 1 tag",
        "q%201 Q0 c%25 2 0.5 tag",
        "q%201 Q0 d 3 0.333333333 tag",
    ]
    assert list(qrels_lines(rankings)) == ["q%201 0 c%25 1", "q%201 0 x%09y 2"]


def test_the_units_of_a_collection_are_its_passages(tmp_path):
    fakes_store.index(fakes_store.write(tmp_path / "in", a=fakes_store.report("甲", *range(30))), tmp_path / "store")
    collection = Collection.open(tmp_path / "store")
    made = units(collection)
    assert [(u.id, u.start, u.end) for u in made] == [(p.id, p.start, p.end) for p in collection.passages]
    assert len(made) == 3
    assert {u.document_sha256 for u in made} == {collection.documents[0].sha256}
