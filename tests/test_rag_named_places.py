"""The places that a question names: which passages are about them, and that those are looked at."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from asking import fake
from fakes import HashEncoder
from fakes_store import write
from hypothesis import given
from hypothesis import strategies as st

from index.build import BuildSettings, build
from index.collection import Collection
from index.place_names import gazetteer
from index.schema import Passage
from rag.named_places import MENTIONED, MOST_NAMED, NamedPlaces, named
from rag.query import Query
from rag.retriever import PLACE, Retriever
from rag.weights import Weights


def passage(context: str, text: str) -> Passage:
    return Passage("0", "0", 0, 0, len(text), text, text, context, ())


PASSAGES = (
    passage("广东：企业贷款", "到年底，全省有12家企业获得贷款。"),
    passage("海南：渔港", "港口学了广东的办法，也去了青岛。"),
    passage("水渠", "广东和海南的客商来看水渠。"),
    passage("廣東：夜校", "夜校開了三年。"),
    passage("食堂", "到過臺灣的人都說好。"),
)
EVERY = np.arange(len(PASSAGES))


def places() -> NamedPlaces:
    return NamedPlaces(SimpleNamespace(passages=PASSAGES))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Guangdong do?", [1, 0.5, 0.5, 1, 0]),
        ("廣東做了什麼？", [1, 0.5, 0.5, 1, 0]),
        ("Что сделали в Гуандуне?", [1, 0.5, 0.5, 1, 0]),
        ("Guangdong and Hainan", [(1 + 0) / 2, (0.5 + 1) / 2, (0.5 + 0.5) / 2, (1 + 0) / 2, 0]),
        ("青岛、海南、广东", [1 / 3, (0.5 + 1 + 0.5) / 3, (0 + 0.5 + 0.5) / 3, 1 / 3, 0]),
        ("台湾", [0, 0, 0, 0, 0.5]),
        ("Guangdong and Tibet", [1, 0.5, 0.5, 1, 0]),  # Tibet is nowhere: it does not count in the mean
        ("Tibet", [0, 0, 0, 0, 0]),
        ("Who got a loan?", [0, 0, 0, 0, 0]),
        ("", [0, 0, 0, 0, 0]),
    ],
)
def test_scores(question: str, expected: list[float]) -> None:
    scores = places().scores(question, EVERY)
    assert scores.dtype == np.float32
    assert scores.tolist() == pytest.approx(expected)


def test_scores_are_those_of_the_rows_that_are_asked_for() -> None:
    assert places().scores("Guangdong", np.array([4, 1, 0])).tolist() == [0, MENTIONED, 1]
    assert places().scores("Guangdong", np.array([], np.int64)).tolist() == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Guangdong do?", [0, 3]),  # not those that only mention it
        ("海南和广东", [0, 1, 3]),
        ("Qingdao", []),
        ("Tibet", []),
        ("Who got a loan?", []),
    ],
)
def test_rows_are_those_of_articles_about_the_place(question: str, expected: list[int]) -> None:
    rows = places().rows(question)
    assert rows.dtype == np.int64
    assert rows.tolist() == expected


def test_a_place_is_present_where_a_text_or_a_context_has_it() -> None:
    looked_up = places()
    names = ("广东", "海南", "青岛", "台湾", "西藏", "山东")
    for _ in range(2):  # the second time it is remembered
        assert [looked_up.present(name) for name in names] == [True, True, True, True, False, False]


@given(st.lists(st.sampled_from(["广东", "Hainan", "Циндао", "Tibet", "台灣", "贷款"]), max_size=5).map(" ".join))
def test_scores_stay_between_0_and_1_and_rows_score_more_than_0(question: str) -> None:
    looked_up = places()
    scores = looked_up.scores(question, EVERY)
    assert 0 <= scores.min() <= scores.max() <= 1
    assert all(scores[row] > 0 for row in looked_up.rows(question))
    present = [place.name for place in named(question) if looked_up.present(place.name)]
    assert bool(scores.any()) == bool(present)


OTHERWISE = (
    passage("在粤企业", "他们去了滬蘇兩地。"),
    passage("Guang-\nDong: roads", "A road to Xi'an was opened."),
    passage("Гуандун", "В Тяньцзине построили порт."),
    passage("水渠", "粤港澳大湾区"),
)


@pytest.mark.parametrize(
    ("name", "about", "having"),
    [
        ("广东", [0, 1, 2], [0, 1, 2]),  # the Greater Bay Area is a place of its own
        ("上海", [], [0]),
        ("江苏", [], [0]),
        ("西安", [], [1]),
        ("天津", [], [2]),
        ("大湾区", [], [3]),
        ("北京", [], []),
    ],
)
def test_a_place_is_found_under_its_other_names(name: str, about: list[int], having: list[int]) -> None:
    looked_up = NamedPlaces(SimpleNamespace(passages=OTHERWISE))
    assert looked_up.rows(name).tolist() == about
    assert [row for row in range(4) if looked_up.present(name, np.array([row]))] == having
    assert looked_up.present(name) is bool(having)
    assert [looked_up.in_chinese(np.array([row])) for row in range(4)] == [True, False, False, True]


ANSWERING = (
    passage("广东：路", "乙。"),
    passage("", "广东和海南。"),
    passage("深圳：桥", "丙。"),
    passage("水渠", "丁。"),
    passage("石家庄", "戊。"),
    passage("山西：煤", "长治久安，云冈石窟在大同。"),
    passage("河北：雪", "Guangdong 来客。"),
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Guangdong?", [{0, 1, 2, 3, 6}]),  # Shenzhen lies in it; 水渠 is about no other place; 河北 names it
        ("深圳", [{0, 1, 2, 3, 6}]),  # which lies in 广东
        ("广东和山西各有多少？", [{0, 1, 2, 3, 6}, {1, 3, 5}]),
        ("Guangdong, 粤、廣東 and Hainan", [{0, 1, 2, 3, 6}]),  # once; no article is about Hainan
        ("京津冀", []),  # no article is about it
        ("大同", []),
        ("多少？", []),
        ("", []),
    ],
)
def test_the_passages_that_may_answer_for_a_place(question: str, expected: list[set[int]]) -> None:
    looked_up = NamedPlaces(SimpleNamespace(passages=ANSWERING))
    assert looked_up.answering(question, range(7)) == expected
    assert looked_up.answering(question, [4, 0]) == [rows & {0, 4} for rows in expected]


def test_a_region_is_answered_for_by_what_lies_in_it() -> None:
    about = ("京津冀：路", "北京：路", "石家庄：路", "广东：路")
    looked_up = NamedPlaces(SimpleNamespace(passages=tuple(passage(context, "甲。") for context in about)))
    assert looked_up.answering("京津冀", range(4)) == [{0, 1, 2}]


def test_what_may_mean_either_of_two_places_is_one() -> None:
    looked_up = NamedPlaces(SimpleNamespace(passages=(passage("山西：煤", "煤。"), passage("陕西：苹果", "苹果。"))))
    assert looked_up.answering("산시와 산시성", range(2)) == [{0, 1}]
    assert looked_up.answering("山西和陕西", range(2)) == [{0}, {1}]


def test_a_place_that_holds_another_one_is_left_out() -> None:
    passages = (passage("广东省深圳市", "甲。"), passage("海南：路", "乙。"), passage("广东：路", "丙。"))
    looked_up = NamedPlaces(SimpleNamespace(passages=passages))
    assert looked_up.answering("广东省深圳市", range(3)) == [{0, 2}]
    assert len(looked_up.answering("广东和海南", range(3))) == 2


def test_a_sign_inside_a_word_names_nothing_and_is_not_read_further(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = NamedPlaces(SimpleNamespace(passages=(passage("", "创新发展，津贴，云计算。"),)))
    monkeypatch.setattr("rag.named_places.places_in", lambda _: pytest.fail("read"))
    assert not any(looked_up.present(name) for name in ("新疆", "天津", "云南"))


def test_of_very_many_places_the_first_are_looked_up() -> None:
    assert len(named("、".join(place for _, place in zip(range(60), gazetteer_names(), strict=False)))) == MOST_NAMED


def gazetteer_names() -> list[str]:
    return [name for name, kind, _ in gazetteer().places if kind == "city" and len(name) > 2]


# In the retriever


REGIONS = ("湖北", "甘肃", "云南", "四川")
QUESTION = Query("Сколько фирм получили кредит в Сычуани?", "ru")
BODY = "到去年年底全省共有{}家企业获得新的贷款，用于购买更加节能的设备和改造旧厂房，下一步还要再加一倍。"


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Four reports that differ in their region and one figure, and one that mentions a region."""
    folder = tmp_path_factory.mktemp("alike")
    reports = {
        f"report{n}": f"{region}：给企业送去贷款\n\n李明 {region}省财政厅厅长\n\n{BODY.format(11 + n)}\n"
        for n, region in enumerate(REGIONS)
    }
    other = "水渠\n\n四川的客商也来看过这里的水渠，他们说这里的渠修得比哪里都好，水也比哪里都清。\n"
    build([write(folder / "d", other=other, **reports)], folder / "s", BuildSettings(("fake",)), fake)
    return Collection.open(folder / "s")


def found(collection: Collection, query: Query = QUESTION, **weights: object) -> dict[int, dict[str, float]]:
    """Rows with their parts."""
    retriever = Retriever(collection, {"fake": HashEncoder(name="fake")}, Weights(**weights))
    return {candidate.row: dict(candidate.parts) for candidate in retriever.search([query])[0]}


def nearest(collection: Collection, rows: np.ndarray) -> int:
    pair = collection.dense["fake"]
    return int(rows[np.argmax(pair.passages.vectors(rows) @ HashEncoder().embed_queries([QUESTION.text])[0])])


SMALL = {"pool": 1, "lexical": 0, "sentence": 0}


def test_the_pool_has_passages_on_the_place_that_no_other_arm_puts_forward(alike: Collection) -> None:
    about = [row for row, p in enumerate(alike.passages) if "四川" in p.context]
    assert len(about) > 1
    anywhere = nearest(alike, np.arange(len(alike.passages)))
    assert anywhere not in about
    assert found(alike, **SMALL).keys() == {anywhere, nearest(alike, np.array(about))}
    assert found(alike, **SMALL | {"pool": len(about)}).keys() >= set(about)
    assert found(alike, place=0, **SMALL).keys() == {anywhere}


def test_too_many_passages_on_the_place_are_not_compared(alike: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    about = [row for row, p in enumerate(alike.passages) if "四川" in p.context]
    both = found(alike, **SMALL).keys()
    assert len(both) == 2
    monkeypatch.setattr("rag.retriever.MOST_ABOUT", len(about))
    assert found(alike, **SMALL).keys() == both
    monkeypatch.setattr("rag.retriever.MOST_ABOUT", len(about) - 1)
    assert found(alike, **SMALL).keys() == both - set(about)


def test_the_place_is_a_part_of_the_score(alike: Collection) -> None:
    scores = {row: parts[PLACE] for row, parts in found(alike, pool=100).items()}
    assert scores == {
        row: 1.0 if "四川" in p.context else 0.5 if "四川" in p.text else 0.0 for row, p in enumerate(alike.passages)
    }
    assert sorted(set(scores.values())) == [0, 0.5, 1]


def test_passages_on_the_place_come_first_among_alike_ones(alike: Collection) -> None:
    first = next(iter(found(alike, pool=100, dense=0.1, lexical=0)))
    assert alike.passages[first].context.startswith("四川")


@pytest.mark.parametrize("question", [QUESTION, Query("Who got a loan?", "en")])
def test_a_place_that_weighs_nothing_is_no_part(alike: Collection, question: Query) -> None:
    arms = ["fake passage", "fake sentence", "lexical passage", "lexical sentence"]
    assert {tuple(parts) for parts in found(alike, question, place=0).values()} == {tuple(arms)}
    assert {tuple(parts) for parts in found(alike, question).values()} == {(*arms, PLACE)}


def test_a_question_without_a_place_is_ranked_as_if_places_did_not_count(alike: Collection) -> None:
    query = Query("Who got a loan?", "en")
    assert [*found(alike, query)] == [*found(alike, query, place=0)]
    assert {parts[PLACE] for parts in found(alike, query).values()} == {0}


def test_a_place_that_is_not_in_the_collection_scores_nothing(tmp_path: Path) -> None:
    build([write(tmp_path / "d", one=BODY.format(9))], tmp_path / "s", BuildSettings(("fake",)), fake)
    assert [parts[PLACE] for parts in found(Collection.open(tmp_path / "s")).values()] == [0]
