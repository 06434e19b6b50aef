"""Made-up title pages: what is asked stands where the answers say, on one page of the digest and no other."""

import pytest

from index.chunking import LABEL, TITLE_LABEL
from training.reader.bylines import ARTICLES, ASKED, DIGESTS, _name, bylines
from training.reader.data import Groups
from training.reader.records import Source

LANGUAGES = {"zh", "en", "ja", "ko", "ru", "es", "fr", "de", "ar", "vi"}
BODY = "全年粮食总产量增长百分之二。"


@pytest.fixture(scope="module")
def sources() -> tuple[Source, ...]:
    return bylines(0.06, [BODY])


def test_each_digest_has_its_share(sources: tuple[Source, ...]) -> None:
    assert len(sources) == DIGESTS
    assert sum(source.share for source in sources) == pytest.approx(0.06)
    assert all(len(source.questions) == ARTICLES * ASKED for source in sources)
    assert {question.language for source in sources for question in source.questions} == LANGUAGES


def test_answers_stand_in_their_line(sources: tuple[Source, ...]) -> None:
    for source in sources[:10]:
        for question in source.questions:
            kind = question.id.split()[-3]
            assert question.passage.title.endswith(TITLE_LABEL if kind == "title" else LABEL)
            answers = [answer.of(question.passage.text) for answer in question.answers]
            if kind == "both":
                assert answers == [question.passage.text]
            if kind == "office":
                full, post = answers
                assert full.endswith(post)
            assert answers
            assert "{" not in question.text + "".join(question.near_misses)


def test_no_two_pages_of_a_digest_are_of_one_region_or_topic(sources: tuple[Source, ...]) -> None:
    for source in sources:
        bodies = [text for text in source.texts if text.key.endswith("body")]
        assert len({text.text for text in bodies}) == ARTICLES
        assert len({text.title.partition("（")[0] for text in bodies}) == ARTICLES
        assert all(text.text.endswith(BODY) for text in bodies)


def test_the_same_seed_gives_the_same(sources: tuple[Source, ...]) -> None:
    assert bylines(0.06, [BODY]) == sources
    assert bylines(0.06, [BODY], seed=6) != sources


def test_a_group_has_no_other_line_that_answers(sources: tuple[Source, ...]) -> None:
    groups = Groups(sources[:4], seed=1)
    for number in range(80):
        first, *others = groups[number].pairs
        assert first.answers
        assert all(pair.question != first.question or pair.window != first.window for pair in others)


@pytest.mark.parametrize(
    ("language", "written"),
    [("zh", "陈思远"), ("ja", "陈思远"), ("en", "Chen Siyuan"), ("ko", "천쓰위안"), ("ru", "Чэнь Сыюань")],
)
def test_a_name_as_the_language_writes_it(language: str, written: str) -> None:
    assert _name("陈思远", language) == written
