"""A refusal says what is missing: a place, a figure, or an answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asking import NEVER, assistant_over, build_reports, fake
from refusals import ONE, collection_of, why

from index.build import BuildSettings, build
from index.collection import Collection
from index.places import places_in
from rag.assistant import Assistant


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """It refuses every question about 湖北, 宁波, 甘肃, 云南, 洛阳, and English towns that no gazetteer has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.assistant.calibration_for", lambda encoders, read=False: NEVER)
        yield assistant_over(build_reports(tmp_path_factory.mktemp("reasons")))


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A collection of one passage, of no place."""
    return collection_of(tmp_path_factory.mktemp("one"), ONE)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Hainan do for its farmers?", "Nothing in these documents is about Hainan."),
        ("How do Hainan and Tibet help farmers?", "Nothing in these documents is about Hainan, Tibet."),
        ("Do Yunnan and Hainan warn people?", "Nothing in these documents is about Hainan."),
        (
            "What did the city of Kunming do about the floods?",
            "Nothing in these documents is about Kunming (only about Yunnan, its province).",
        ),
        (
            "Which of Kunming, Wuhan and Haikou lends out tools?",
            "Nothing in these documents is about Kunming (only about Yunnan, its province), "
            "Wuhan (only about Hubei, its province), Haikou.",
        ),
        ("海南做了什么？", "这些文档没有谈到“海南”。"),
        ("昆明和三亚做了什么？", "这些文档没有谈到“昆明”（只谈到它所在的云南）、“三亚”。"),
        ("廣東為農民做了什麼？", "這些文件沒有談到「廣東」。"),
        ("蘭州為農民做了什麼？", "這些文件沒有談到「蘭州」（只談到它所在的甘肅）。"),
        ("広東省では何をしましたか？", "これらの文書に「広東省」についての記述はありません。"),
        ("쿤밍은 무엇을 했나요?", "이 문서들에는 ‘쿤밍’(속한 성인 윈난에 관한 내용만 있음)에 관한 내용이 없습니다."),
        ("Что сделали на Хайнане для крестьян?", "По запросу «Хайнане» в этих документах ничего нет."),
        ("¿Qué se hizo en Hainan por los campesinos?", "Nada en estos documentos trata sobre Hainan."),
        ("Qu’a fait Kunming pour les paysans de la région ?",
         "Rien dans ces documents ne porte sur Kunming (seulement sur sa province, Yunnan)."),
        ("Was haben Hainans Bauern in diesem Jahr bekommen?", "In diesen Dokumenten steht nichts zu „Hainans“."),
        ("ماذا فعلت هاينان للمزارعين؟", "لا يوجد في هذه الوثائق شيء عن «هاينان»."),
        ("Tỉnh Hải Nam đã làm gì cho nông dân?", "Các tài liệu này không có nội dung nào về Hải Nam."),
        ("Vad gjorde Hainan för bönderna på landsbygden i år?", "Nothing in these documents is about Hainan."),
    ],
)  # fmt: skip
def test_a_place_that_no_document_has(assistant: Assistant, question: str, expected: str) -> None:
    answer = assistant.ask(question)
    assert answer.citations
    assert answer.reason == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "How many schools did Yunnan close?",
            "The documents speak of Yunnan, but the nearest passages do not answer this "
            "(probability {}%, 100% needed).",
        ),
        (
            "What did Yunnan do in 2035?",
            "The documents speak of Yunnan, but the nearest passages do not mention 2035 "
            "(probability {}%, 100% needed).",
        ),
        (
            "云南和湖北关了多少所学校？",
            "文档谈到了“云南”、“湖北”，但最接近的段落没有回答这个问题（概率 {}%，需要 100%）。",
        ),
        ("雲南關了多少所學校？", "文件談到了「雲南」，但最接近的段落沒有回答這個問題（機率 {}%，需要 100%）。"),
        (
            "Was hat Yunnan für die Schulen getan, die geschlossen wurden?",
            "Die Dokumente erwähnen „Yunnan“, aber die ähnlichsten Textstellen beantworten diese Frage nicht "
            "(Wahrscheinlichkeit {}\u00a0%, nötig 100\u00a0%).",
        ),
        (
            "Сколько школ закрыли в Юньнани в 2035 году?",
            "В документах упоминается «Юньнани», но в ближайших отрывках не встречается 2035 "
            "(вероятность {}\u00a0%, нужно 100\u00a0%).",
        ),
    ],
)
def test_a_place_that_is_there_without_an_answer(assistant: Assistant, question: str, expected: str) -> None:
    answer = assistant.ask(question)
    assert answer.reason == expected.format(round(answer.confidence * 100))


def test_a_name_for_two_provinces_is_there_when_one_is(tmp_path: Path) -> None:
    """산시 is 山西 or 陕西."""
    collection = collection_of(tmp_path, "陕西" + ONE)
    assert [place.name for place in places_in("산시에서")] == ["山西", "陕西"]
    assert why(collection, "산시에서 무엇을 했나요?", "ko").startswith("문서들은 ‘산시’에 관해 말하지만, ")


def test_a_place_that_a_document_writes_as_the_question_does_is_not_called_absent(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, "The farmers of Hainan grow rice.")
    assert why(collection, "What do the farmers of Hainan eat?", "en").startswith("The documents speak of Hainan, but ")
    assert why(collection, "Eat in Tibet?", "en") == "Nothing in these documents is about Tibet."


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("What happened in 2035?", "en", "The nearest passages do not mention 2035 (probability 7%, 31% needed)."),
        ("2035年、2036年怎么样？", "zh", "最接近的段落没有提到 2035、2036（概率 7%，需要 31%）。"),
        ("2035年怎麼樣？", "zh", "最接近的段落沒有提到 2035（機率 7%，需要 31%）。"),
        ("2035年はどうでしたか", "ja", "最も近い段落に 2035 は出てきません（確率 7%、必要 31%）。"),
        ("2035년에는?", "ko", "가장 가까운 단락들에는 2035에 관한 언급이 없습니다(확률 7%, 필요 31%)."),
        ("В 2035 году?", "ru", "В ближайших отрывках не встречается 2035 (вероятность 7\u00a0%, нужно 31\u00a0%)."),
        (
            "¿En 2035?",
            "es",
            "Los pasajes más cercanos no mencionan 2035 (probabilidad de 7\u00a0%, se necesita 31\u00a0%).",
        ),
        (
            "En 2035 ?",
            "fr",
            "Les passages les plus proches ne mentionnent pas 2035 (probabilité 7\u00a0%, il faut 31\u00a0%).",
        ),
        (
            "Im Jahr 2035?",
            "de",
            "In den ähnlichsten Textstellen steht nichts von 2035 (Wahrscheinlichkeit 7\u00a0%, nötig 31\u00a0%).",
        ),
        ("في عام 2035؟", "ar", "أقرب المقاطع لا تذكر 2035 (الاحتمال 7%، والمطلوب 31%)."),
        ("Năm 2035?", "vi", "Những đoạn gần nhất không nhắc đến 2035 (xác suất 7%, cần 31%)."),
        ("Vuonna 2035?", "fi", "The nearest passages do not mention 2035 (probability 7%, 31% needed)."),
        (
            "Who got 7.37万 or 12,601?",
            "en",
            "The nearest passages do not mention 7.37万, 12,601 (probability 7%, 31% needed).",
        ),
        ("2035 or 2035?", "en", "The nearest passages do not mention 2035 (probability 7%, 31% needed)."),
        (
            "2031 2032 2033 2034 2035 2036",
            "en",
            "The nearest passages do not mention 2031, 2032, 2033, 2034, 2035, … (probability 7%, 31% needed).",
        ),
    ],
)
def test_a_figure_that_the_nearest_passages_lack(one: Collection, question: str, language: str, expected: str) -> None:
    assert why(one, question, language) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What happened in 2019 and who are the 12.600?",  # the passage has 2019 and 12,600
        "12.6 thousand",
        "二〇一九年",
        "The 5 best of 45 firms",  # two digits are not looked for
        "Who grew by 30 or 37%?",  # nor are shares
        "covid19 on 5G",  # nor what is part of a name
        "Who pays?",
    ],
)
def test_no_figure_is_lacking(one: Collection, question: str) -> None:
    assert why(one, question, "en") == (
        "The evidence is weak: the nearest passage answers with a probability of 7%, below 31%. "
        "The nearest passages are listed."
    )


def test_a_share_is_not_looked_for_but_found(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, "到年底全市企业的贷款增长300%，比上年多了一倍。")
    assert why(collection, "Who got 400?", "en").startswith("The nearest passages do not mention 400 (")
    assert why(collection, "Who rose by 300 pp?", "en").startswith("The evidence is weak: ")
    assert why(collection, "Who grew by 400%?", "en").startswith("The evidence is weak: ")


def test_the_first_five_candidates_are_looked_at(tmp_path: Path) -> None:
    texts = [f"第{2030 + n}号决定在会上通过，各地都要照办，不得拖延，也不得打折扣，到期检查。" for n in range(7)]
    collection = collection_of(tmp_path, *texts)
    asked = "2030 2031 2032 2033 2034 2035 2036"
    assert len(collection.passages) == 7
    missing = [year for year in asked.split() if not any(year in p.text for p in collection.passages[:5])]
    assert len(missing) == 2
    assert why(collection, asked, "en").startswith(f"The nearest passages do not mention {missing[0]}, {missing[1]} (")


@pytest.mark.parametrize(
    ("found", "needed", "shown"),
    [
        (0.07, 0.31, "7%, 31%"),
        (0.306, 0.312, "30%, 32%"),  # both are 31 when rounded
        (0.3, 0.304, "30%, 31%"),
        (0.0, 1.0, "0%, 100%"),
    ],
)
def test_what_was_found_is_shown_as_less_than_what_is_needed(
    one: Collection, found: float, needed: float, shown: str
) -> None:
    assert why(one, "2035", "en", found, needed).endswith(f" (probability {shown} needed).")


def test_how_many_are_cited_does_not_change_the_reason(assistant: Assistant) -> None:
    answers = [assistant.ask("Which harbour was opened in 2035?", k) for k in (1, 100)]
    chance = round(answers[0].confidence * 100)
    expected = f"The nearest passages do not mention 2035 (probability {chance}%, 100% needed)."
    assert [answer.reason for answer in answers] == [expected] * 2


def test_a_reason_is_about_the_documents_that_were_searched(tmp_path: Path) -> None:
    texts = {
        "hubei.txt": "湖北把门诊开到了村口，大家都说好。",
        "gansu.txt": "甘肃今年修好了四百公里的水渠，地里有了水。",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(f"测试报告一则\n\n{text}\n", "utf-8")
    build([tmp_path / name for name in texts], tmp_path / "store", BuildSettings(("fake",)), fake)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.assistant.calibration_for", lambda encoders, read=False: NEVER)
        asked = assistant_over(tmp_path / "store")
        for question, absent in (
            ("What did Hubei do?", "Nothing in what was searched is about Hubei."),
            ("湖北做了什么？", "检索范围内没有谈到“湖北”。"),
            ("武汉做了什么？", "检索范围内没有谈到“武汉”。"),
        ):
            assert asked.ask(question, within=["gansu.txt"]).reason == absent
            assert asked.ask(question).reason != absent
            assert asked.ask(question, within=["gansu.txt", "hubei.txt"]).reason == asked.ask(question).reason
        there = asked.ask("甘肃做了什么？", within=["gansu.txt"]).reason
        assert there is not None
        assert there.startswith("文档谈到了“甘肃”，但最接近的段落没有回答这个问题")
