"""Reasons in every language: no blank is left, names are right, and whatever is asked it is one short line."""

import unicodedata
from collections.abc import Iterator
from dataclasses import fields
from string import Formatter

import pytest
from asking import NEVER, assistant_over, build_reports
from hypothesis import example, given
from hypothesis import strategies as st
from refusals import ONE, collection_of, why

from index.collection import Collection
from index.errors import QuestionInvalid
from index.place_names import gazetteer
from index.places import places_in
from rag.answer_view import answer_card
from rag.assistant import Assistant
from rag.missing import Searched
from rag.named_places import NamedPlaces
from rag.province_names import province_name
from rag.query import Query, analyse
from rag.reason_texts import TEXTS, TRADITIONAL, ReasonTexts
from rag.reasons import reason_for
from rag.strings import Words

BLANKS = {
    "absent": {"places"},
    "outside": {"places"},
    "inside": {"place", "province"},
    "present": {"places", "chance"},
    "lacking": {"places", "figures", "chance"},
    "without": {"figures", "chance"},
    "weak": {"found", "needed"},
    "chance": {"found", "needed"},
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """It refuses every question about 湖北, 宁波, 甘肃, 云南, 洛阳, and English towns that no gazetteer has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.assistant.calibration_for", lambda encoders, read=False: NEVER)
        yield assistant_over(build_reports(tmp_path_factory.mktemp("texts")))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection of one passage, of no place."""
    return collection_of(tmp_path_factory.mktemp("one"), ONE)


WEAK = {
    "zh": "证据不足：最接近的段落能回答这个问题的概率为 7%，低于 31%；下面列出最接近的段落。",
    "ja": "根拠が不十分です。最も近い段落がこの質問に答えている確率は 7% で、必要な 31% に届きません。"
    "最も近い段落を示します。",
    "ru": "Данных недостаточно: ближайший отрывок отвечает на вопрос с вероятностью 7\u00a0%, а нужно 31\u00a0%. "
    "Ближайшие отрывки приведены.",
    "fr": "Les indices sont faibles\u00a0: le passage le plus proche répond avec une probabilité de 7\u00a0%, "
    "moins que 31\u00a0%. Les passages les plus proches sont affichés.",
    "ar": "الأدلة ضعيفة: احتمال أن يجيب أقرب مقطع عن السؤال 7%، وهو أقل من 31%. أقرب المقاطع مذكورة.",
}


@pytest.mark.parametrize(("language", "expected"), WEAK.items(), ids=WEAK)
def test_weak_evidence(one: Collection, language: str, expected: str) -> None:
    assert why(one, "？", language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh", "没有找到任何段落。"), ("ko", "단락을 찾지 못했습니다."), ("de", "Es wurde keine Textstelle gefunden.")],
)
def test_no_candidate_comes_before_all_else(one: Collection, language: str, expected: str) -> None:
    assert reason_for(Query("海南 2035", language), Searched(one, NamedPlaces(one)), [], 0.0, 0.31) == expected


# What is always so


QUESTIONS = st.lists(
    st.sampled_from(
        ["海南", "云南", "Hainan", "Tibet", "Inner\u00a0Mongolia", "쿤밍", "Хайнане", "Hải Nam", "2035", "7.37万"]
    )
    | st.sampled_from(["\x00", "\u2028", "\x85", "\u202e", "\ud83d", "{places}", "{0}", "<b>", "%s", "\n", " "])
    | st.text(max_size=8),
    min_size=1,
    max_size=30,
).map("".join)


@given(question=QUESTIONS, language=st.sampled_from([*TEXTS, "fi"]))
@example(question="<script>alert('Hainan')</script>\nTibet\x07", language="en")
@example(question="海南" * 5_000, language="zh")
@example(question="Hai-nan " * 1_250, language="en")
@example(question="9" * 10_000, language="de")
@example(question="Hainan" + "\u0323" * 9_000, language="es")  # marks belong to the letter before
@example(question="1,000" + ",000" * 2_000, language="fr")
@example(question=" ".join(name for name, _, _ in gazetteer().places)[:10_000], language="ja")
def test_a_reason_is_one_short_line(assistant: Assistant, question: str, language: str) -> None:
    try:
        text = analyse(question).text
    except QuestionInvalid:
        return
    reason = why(assistant.collection, text, language)
    assert reason.splitlines() == [reason.strip()]
    assert not {unicodedata.category(character) for character in reason} & {"Cc", "Cs", "Zl", "Zp"}
    assert len(reason) < 600
    assert "<" not in reason


def test_long_mentions_are_cut(one: Collection) -> None:
    """The figure is written with 47 characters, 39 of them before its last word."""
    number = ",".join(["999"] * 10)
    assert len(number) == 39
    reason = why(one, f"Who has {number} million?", "en")
    assert reason == f"The nearest passages do not mention {number}… (probability 7%, 31% needed)."


def test_every_language_has_every_blank_and_no_other() -> None:
    assert list(TEXTS) == ["zh", TRADITIONAL, "en", "ja", "ko", "ru", "es", "fr", "de", "ar", "vi"]
    for texts in TEXTS.values():
        for field in fields(ReasonTexts):
            blanks = [name for _, name, _, _ in Formatter().parse(getattr(texts, field.name)) if name is not None]
            expected = {""} if field.name in ("quoted", "percent") else BLANKS.get(field.name, set())
            assert sorted(blanks) == sorted(expected)


@pytest.mark.parametrize("language", list(TEXTS))
def test_provinces_are_called_by_names_that_are_known(language: str) -> None:
    """Each name that is shown is one that the gazetteer would find in a question; no two are alike."""
    provinces = {province for _, kind, province in gazetteer().places if kind in ("city", "county")}
    assert {"山东", "内蒙古", "台湾"} <= provinces
    shown = {province: province_name(province, language) for province in provinces}
    assert len(set(shown.values())) == len(provinces)
    for province, name in shown.items():
        assert province in [place.name for place in places_in(name)]


# On the page


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("広東省では何をしましたか？", "ja", "これらの文書に「広東省」についての記述はありません。"),
        ("What did 海南 do for the farmers of the island?", "en", "Nothing in these documents is about 海南."),
        ("Vad gjorde Hainan för bönderna på landsbygden i år?", "en", "Nothing in these documents is about Hainan."),
    ],
)
def test_the_page_says_in_which_language_the_reason_is(
    assistant: Assistant, question: str, language: str, expected: str
) -> None:
    card = answer_card(assistant.ask(question), Words("en"))
    assert f'<p class="reason" lang="{language}" dir="auto">{expected}</p>' in card
