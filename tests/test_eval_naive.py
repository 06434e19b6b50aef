"""The comparison with the naive pipeline: what counts as found, and what is told of it."""

import re

import pytest
from asking import ALWAYS
from click.testing import CliRunner
from digests import document as split
from eval_fakes import DOCUMENT, answer, citation, document
from fakes import FigureReader, HashEncoder

from eval.bench import naive
from eval.bench.naive import relevant, success
from eval.dataset import Evidence, GoldQuestion, Place, ResolvedQuestion
from eval.results.sets import MeasuredSet, Source
from index.schema import Span


def asked(language="zh", start=100, end=110):
    gold = GoldQuestion(
        id=f"{language}{start}", language=language, question=f"{start}?", type="fact", style=None, answerable=True,
        document="d.txt", answers=("x",), all_answers=False, evidence=(Evidence("d.txt", Span(start, end)),), note="",
    )  # fmt: skip
    place = Place(DOCUMENT.sha256, Span(start, end), DOCUMENT.text[start:end])
    return ResolvedQuestion(gold, ("x",), (place,))


@pytest.mark.parametrize(
    ("cited", "found"),
    [
        ((100, 110), True),
        ((102, 200), True),  # 8 of 10
        ((103, 200), False),  # 7 of 10
        ((0, 500), True),
        ((0, 501), False),
    ],
)
def test_a_citation_is_relevant_as_everywhere(cited, found):
    assert relevant(citation(*cited), asked()) == found


def test_the_same_place_of_another_document_is_not_relevant():
    assert not relevant(citation(100, 110, source=document("other.txt", "x" * 2000)), asked())


class System:
    """Cites 100-110 first and 300-310 second, whatever is asked."""

    def ask_batch(self, questions, k, within=None):
        assert k == 5
        return [answer(question, cited=[(100, 110), (300, 310)]) for question in questions]


def test_success_is_told_for_each_group_of_languages():
    gold = [asked("zh"), asked("zh", 300, 310), asked("en", 300, 310), asked("fr"), asked("de", 600, 610)]
    assert success(System(), gold, 1) == {"all": 40.0, "zh": 50.0, "en": 0.0, "others": 50.0}
    assert success(System(), gold, 5) == {"all": 80.0, "zh": 100.0, "en": 100.0, "others": 50.0}


def test_both_are_compared_on_the_answerable_questions_of_our_own_sets(monkeypatch):
    source = split("到去年年底全市共有12家企业获得贷款。港口装上了新的吊车。\n")
    proof = Place(source.sha256, Span(0, 19), source.text[:19])
    gold = [ResolvedQuestion(asked(language).gold, ("12家",), (proof,)) for language in ("zh", "en", "fr")]
    silent = ResolvedQuestion(asked("de").gold, (), ())
    own = MeasuredSet("towns", [source], [*gold, silent], (), own=True)
    monkeypatch.setenv("DIGEST_QA_ENCODERS", "fake")
    monkeypatch.setattr(naive, "load_encoder", lambda spec: HashEncoder(name=spec))
    monkeypatch.setattr(naive, "shipped_reader", FigureReader)
    monkeypatch.setattr(naive, "own_sets", lambda shared: {"towns": Source((), lambda: iter([own]))})
    monkeypatch.setattr("rag.assistant.calibration_for", lambda encoders, read: ALWAYS)
    done = CliRunner().invoke(naive.main)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[1] == "towns: 3 answerable questions, Success@1 / @5 in %"
    assert lines[3] == "| | all | zh | en | others | warm question |"
    found = [line.rpartition(" | ")[0] for line in lines[5:8]]
    names = ["naive: 500-character chunks, e5, FAISS", "digest-qa, best", "digest-qa, fast"]
    assert found == [f"| {name}{' | 100 / 100' * 4}" for name in names]
    assert re.fullmatch(
        r"A question takes [\d.]+ \(best\), [\d.]+ \(fast\) times as long as in the naive pipeline\.", lines[-1]
    )
