"""A benchmark as documents and gold questions, sampled, and with answers taken out."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.benchmarks.records import AnswerPlace, Benchmark, BenchmarkPassage, BenchmarkQuestion
from eval.benchmarks.trial import ABSENT, sample, trial, withhold
from index.chunking import context_of, passages
from index.schema import Span


def text_of(identifier, text="长江很长。", language="zh"):
    return BenchmarkPassage(identifier, f"about {identifier}", text, language)


def asked(identifier, relevant=(), **more):
    given = {"language": "en", "question": f"{identifier}?", "answerable": True, **more}
    return BenchmarkQuestion(id=identifier, relevant=dict.fromkeys(relevant, 1), **given)


def benchmark(passages, questions):
    return Benchmark("set", tuple(passages), tuple(questions))


def test_a_passage_is_a_document_of_one_article():
    text = "第一行。\n\n  第二行。 "
    (document,), _ = trial(benchmark([text_of("a", text)], []))
    assert (document.name, document.text) == ("a", text)
    assert document.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert document.id == document.sha256[:16]
    (article,) = document.articles
    assert (article.title, article.region, article.spans) == ("about a", None, (Span(0, 13),))
    assert [span.of(text) for span in article.paragraphs] == ["第一行。", "第二行。"]
    assert document.furniture == ()


@given(st.text(alphabet="长江。.\n \t\rab", min_size=1).filter(str.strip))
def test_every_character_but_blanks_reaches_a_passage(text):
    (document,), _ = trial(benchmark([text_of("a", text)], []))
    assert context_of(document.articles[0]) == "about a"
    found = {at for p in passages(document) for at in range(p.start, p.end) if not text[at].isspace()}
    assert found == {at for at, char in enumerate(text) if not char.isspace()}


def test_a_question_with_a_known_place_is_proved_by_its_sentence():
    text = "甲在这里。乙在那里。\n丙在第二行。"
    places = (AnswerPlace("a", Span(5, 6)), AnswerPlace("a", Span(8, 9)), AnswerPlace("a", Span(11, 12)))
    given = asked("q", ["a", "b"], answers=("乙", "那", "丙"), places=places)
    documents, (resolved,) = trial(benchmark([text_of("a", text), text_of("b")], [given]))
    assert [(place.span, place.text) for place in resolved.evidence] == [
        (Span(5, 10), "乙在那里。"),
        (Span(11, 17), "丙在第二行。"),
    ]
    assert {place.document_sha256 for place in resolved.evidence} == {documents[0].sha256}
    assert [(e.document, e.span) for e in resolved.gold.evidence] == [("a", Span(5, 10)), ("a", Span(11, 17))]
    assert (resolved.answers, resolved.relevant, resolved.within) == (("乙", "那", "丙"), {"a": 1, "b": 1}, None)
    assert (resolved.gold.language, resolved.document_language, resolved.gold.type) == ("en", "zh", "benchmark")
    assert (resolved.gold.document, resolved.gold.answerable, resolved.gold.kind) == ("a", True, None)


def test_an_answer_over_two_sentences_is_proved_by_both():
    given = asked("q", ["a"], answers=("。乙",), places=(AnswerPlace("a", Span(1, 3)),))
    _, (resolved,) = trial(benchmark([text_of("a", "甲。乙。丙。")], [given]))
    assert [place.text for place in resolved.evidence] == ["甲。乙。"]


def test_grades_are_kept():
    given = BenchmarkQuestion("q", "en", "q?", True, relevant={"a": 2, "b": 1})
    _, (resolved,) = trial(benchmark([text_of("a"), text_of("b", "other")], [given]))
    assert resolved.relevant == {"a": 2, "b": 1}


def test_of_candidates_nobody_knows_which_is_relevant():
    questions = [asked("q1", candidates=("a", "b")), asked("q2", answerable=False, negatives=("c",))]
    _, (first, second) = trial(benchmark([text_of(name, name) for name in "abc"], questions))
    assert (first.relevant, first.evidence, first.within) == (None, (), frozenset({"a", "b"}))
    assert (second.relevant, second.within, second.gold.answerable) == (None, None, False)


def test_a_question_over_two_languages_has_no_document_language():
    passages = [text_of("a"), text_of("b", "a river", "en")]
    _, found = trial(benchmark(passages, [asked("q1", ["a"]), asked("q2", ["a", "b"]), asked("q3", answerable=False)]))
    assert [question.document_language for question in found] == ["zh", "", ""]


def test_a_sample_whose_questions_name_many_passages_has_fewer_questions():
    names = [f"p{n}" for n in range(40)]
    questions = [asked(f"q{n}", names[4 * n : 4 * n + 4]) for n in range(10)]
    whole = benchmark([text_of(name, f"text {name}") for name in names], questions)
    few = sample(whole, 10, 4)  # at most 3 x 4 passages, four for each question
    assert (len(few.questions), len(few.passages)) == (3, 12)
    one = sample(whole, 10, 1)  # the first question is asked whatever it needs
    assert (len(one.questions), len(one.passages)) == (1, 4)


def rivers(number):
    passages = [text_of(f"p{n}", f"text {n}") for n in range(number)]
    return benchmark(passages, [asked(f"q{n}", [f"p{n}"], negatives=(f"p{(n + 1) % number}",)) for n in range(number)])


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 5))
def test_a_sample_has_what_its_questions_need_and_no_more_than_asked_for(questions, passages, seed):
    whole = rivers(10)
    found = sample(whole, questions, passages, seed)
    needed = {name for question in found.questions for name in question.needs}
    assert min(1, questions) <= len(found.questions) <= min(10, questions)
    assert len(found.questions) == min(10, questions) or len(needed) + 2 > 3 * passages  # two passages to a question
    assert len(found.passages) == min(10, max(passages, len(needed)))
    assert needed <= {p.id for p in found.passages} <= {p.id for p in whole.passages}
    assert found == sample(whole, questions, passages, seed)


def test_a_larger_sample_holds_the_smaller_one_and_seeds_differ():
    whole = rivers(40)
    small, large, other = (sample(whole, n, 20, seed) for n, seed in ((10, 0), (20, 0), (10, 1)))
    assert {q.id for q in small.questions} < {q.id for q in large.questions}
    assert {q.id for q in small.questions} != {q.id for q in other.questions}


def test_languages_take_turns_in_a_sample():
    spoken = ["zh", "zh-Hant", "zh", "zh", "zh", "en", "fr", "de"]
    questions = [asked(f"q{n}", ["a"], language=language) for n, language in enumerate(spoken)]
    found = [q.language for q in sample(benchmark([text_of("a")], questions), 8, 1).questions]
    group = {"zh": "zh", "zh-Hant": "zh", "en": "en", "fr": "others", "de": "others"}
    assert {group[language] for language in found[:3]} == {"zh", "en", "others"}
    assert {group[language] for language in found[3:5]} == {"zh", "others"}
    assert {group[language] for language in found[5:]} == {"zh"}


def test_a_sample_holds_negatives_and_candidates():
    given = asked("q", ["a"], negatives=("b",), candidates=("a", "c"))
    found = sample(benchmark([text_of(name, name) for name in "abcd"], [given]), 1, 0)
    assert [p.id for p in found.passages] == ["a", "b", "c"]


def chosen(name, share):
    """What the docstring says of a passage: SHA-256 behind the seed 0, as a share of all numbers."""
    return int.from_bytes(hashlib.sha256(f"0:{name}".encode()).digest()[:8], "big") / 2**64 < share


def test_withholding_takes_passages_out_and_the_answers_with_them():
    whole = rivers(50)
    found = withhold(whole, 0.2)
    gone = {f"p{n}" for n in range(50) if chosen(f"p{n}", 0.2)}
    assert 0 < len(gone) < 25
    assert {p.id for p in whole.passages} - {p.id for p in found.passages} == gone
    for item in found.questions:
        absent = f"p{item.id[1:]}" in gone
        assert (item.answerable, item.note) == ((False, ABSENT) if absent else (True, ""))
        assert (dict(item.relevant) == {}) == absent
        assert not gone & item.needs
    assert found.left_out == {}


def parts_gone():
    """A name that is chosen and one that is not."""
    names = [f"p{n}" for n in range(50)]
    return next(n for n in names if chosen(n, 0.2)), next(n for n in names if not chosen(n, 0.2))


def test_a_question_with_another_relevant_passage_stays_and_forgets_the_one_taken_out():
    out, kept = parts_gone()
    places = (AnswerPlace(out, Span(0, 1)), AnswerPlace(kept, Span(1, 2)))
    questions = [asked("q1", [out]), asked("q2", [kept, out], answers=("x",), places=places)]
    found = withhold(benchmark([text_of(out, "one"), text_of(kept, "two")], questions)).questions
    assert [(q.id, q.answerable, dict(q.relevant)) for q in found] == [("q1", False, {}), ("q2", True, {kept: 1})]
    assert (found[1].answers, found[1].places) == (("x",), (AnswerPlace(kept, Span(1, 2)),))


def test_a_question_that_loses_a_part_of_its_answer_is_left_out():
    out, kept = parts_gone()
    questions = [asked("q1", [out]), asked("q2", [kept, out], answers=("x", "y"), all_answers=True)]
    found = withhold(benchmark([text_of(out, "one"), text_of(kept, "two")], questions))
    assert [q.id for q in found.questions] == ["q1"]
    assert found.left_out == {"part of the answer withheld": 1}


@pytest.mark.parametrize(
    "extra", [asked("x", answerable=False), asked("x", candidates=("p0",))], ids=["unanswerable", "candidates"]
)
def test_nothing_is_withheld_where_something_is_absent_already(extra):
    whole = rivers(30)
    whole = benchmark(whole.passages, [*whole.questions, extra])
    assert withhold(whole) == whole
