"""The comparison with the naive pipeline: what counts as found."""

import pytest
from eval_fakes import DOCUMENT, answer, citation, document

from eval.bench.naive import relevant, success
from eval.dataset import Evidence, GoldQuestion, Place, ResolvedQuestion
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
