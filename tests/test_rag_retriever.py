"""Candidates: who is put forward, how the arms' scores come together, and that other languages are not misled."""

from math import inf
from pathlib import Path

import numpy as np
import pytest
from asking import build_reports, fake, write_reports
from fakes import HashEncoder
from fakes_store import OtherEncoder, report, write

from index.build import BuildSettings, build
from index.collection import Collection
from index.embedding import passage_text
from index.errors import DocumentNotFound, SettingInvalid
from rag.fusion import z_scores
from rag.query import Query, analyse
from rag.retriever import Candidate, Retriever
from rag.settings import POOL
from rag.weights import Weights


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    return Collection.open(build_reports(tmp_path_factory.mktemp("retriever")))


@pytest.fixture(scope="module")
def retriever(collection: Collection) -> Retriever:
    return Retriever(collection, {"fake": HashEncoder(name="fake")})


def ask(retriever: Retriever, question: str):
    return retriever.search([analyse(question)])[0]


def test_the_passage_that_has_the_words_comes_first(retriever: Retriever) -> None:
    first = ask(retriever, "干支渠衬砌了多少公里？")[0]
    assert "全年衬砌干支渠740公里" in retriever.collection.passages[first.row].display_text


def test_parts_are_the_raw_scores_of_each_arm(retriever: Retriever) -> None:
    query = analyse("单箱平均在港时间降到多少小时？")
    collection = retriever.collection
    vector = HashEncoder().embed_queries([query.text])[0]
    for candidate in retriever.search([query])[0]:
        passage = collection.passages[candidate.row]
        rows = np.arange(*collection.sentence_starts[candidate.row : candidate.row + 2])
        whole = HashEncoder().embed_passages([passage_text(passage)])[0] @ vector
        sentences = collection.dense["fake"].sentences.vectors(rows) @ vector
        terms = collection.lexical.sentences.scores(query.text, rows)
        assert candidate.parts == {
            "fake passage": pytest.approx(whole, abs=1e-6),
            "fake sentence": pytest.approx(sentences.max(), abs=1e-6),
            "lexical passage": collection.lexical.passages.scores(query.text, np.array([candidate.row]))[0],
            "lexical sentence": terms.max(),
            "place": 0.0,
        }
        assert 0 <= candidate.sentence < len(passage.sentences)


def test_fused_is_the_weighted_mean_of_z_scores(retriever: Retriever) -> None:
    query = analyse("雨量站 and 显微镜 of the harbour")  # some terms are known, some are not
    found = retriever.search([query])[0]
    share = retriever.collection.lexical.passages.known_share(query.text)
    assert 0 < share < 1
    weight = {"fake": 1.0, "lexical": 0.7 * share, "place": 0.0}  # no place is named
    level = {"passage": 0.45, "sentence": 1.0, "place": 1.0}
    by_arm = {arm: np.array([c.parts[arm] for c in found], np.float32) for arm in found[0].parts}
    total = sum(weight[arm.split(" ")[0]] * level[arm.split(" ")[-1]] * z_scores(z) for arm, z in by_arm.items())
    assert [c.fused for c in found] == pytest.approx((total / (1.45 * (1 + 0.7 * share))).tolist(), abs=1e-5)
    assert [c.fused for c in found] == sorted((c.fused for c in found), reverse=True)


def test_a_batch_finds_what_single_questions_find(retriever: Retriever) -> None:
    queries = [analyse(text) for text in ("医生", "Who leads the water board?", "蓝鲸", "9")]
    assert retriever.search(queries) == [retriever.search([query])[0] for query in queries]
    assert retriever.search([]) == []


def test_rows_are_the_only_passages_wanted(retriever: Retriever) -> None:
    rows = np.array([2, 5, 7])
    found = retriever.search([analyse("水价")], rows)[0]
    assert sorted(candidate.row for candidate in found) == [2, 5, 7]
    assert retriever.search([analyse("水价")], np.array([], np.int64)) == [[]]


def test_rows_of_documents(retriever: Retriever) -> None:
    collection = retriever.collection
    town = collection.document("town.md")
    wanted = [row for row, passage in enumerate(collection.passages) if passage.document_id == town.id]
    assert 0 < len(wanted) < len(collection.passages)
    for key in (town.name, town.id, town.sha256):
        assert retriever.rows([key]).tolist() == wanted
    assert retriever.rows(["town.md", "reports.txt", town.id]).tolist() == list(range(len(collection.passages)))
    assert retriever.rows([]).tolist() == []
    with pytest.raises(DocumentNotFound, match=r"nowhere\.txt"):
        retriever.rows(["town.md", "nowhere.txt"])


def test_a_passage_comes_once(retriever: Retriever) -> None:
    rows = [candidate.row for candidate in ask(retriever, "宁波的码头")]
    assert len(rows) == len(set(rows))


class BlindEncoder(HashEncoder):
    """Knows only which of two topics a text is about, whatever its language."""

    TOPICS = (("渠", "water"), ("码头", "harbour"))

    def _embed(self, texts):
        found = np.full((len(texts), 2), 0.1, np.float32)
        for row, text in zip(found, texts, strict=True):
            for column, words in enumerate(self.TOPICS):
                row[column] += sum(text.lower().count(word) for word in words)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_shared_words_do_not_lead_a_question_in_another_language_astray(tmp_path: Path) -> None:
    """The question shares one name, "ABC", with a passage of the wrong topic: 1 of its 13 terms is known."""
    folder = write(
        tmp_path / "documents",
        right="灌区报告\n\n这里的渠修好了，渠里有水，灌区的人都说渠好，今年的收成比去年高。\n",
        wrong="港口报告\n\nABC公司在码头上班，码头的船多了，ABC公司的人说码头忙，忙的时候要加班。\n",
        other="学校报告\n\n学校盖了新的教学楼，孩子们有了操场，老师也多了，家长都放心了不少。\n",
    )
    load = {"blind": BlindEncoder(2, "blind")}.__getitem__
    build([folder], tmp_path / "store", BuildSettings(("blind",)), load)
    retriever = Retriever(Collection.open(tmp_path / "store"), {"blind": load("blind")})
    text = "Did the company ABC say how much more water reached the fields of farmers"
    assert retriever.collection.lexical.passages.known_share(text) == pytest.approx(1 / 13)  # "the" and "of" once each
    first = retriever.search([Query(text, "en")])[0][0]
    assert retriever.collection.passages[first.row].text.startswith("这里的渠")


@pytest.mark.parametrize("question", ["企业", "nothing of that"])
def test_a_collection_of_one_passage(tmp_path: Path, question: str) -> None:
    build(
        [write(tmp_path / "d", one="到去年年底全市共有12家企业获得贷款，用于改造旧厂房。")],
        tmp_path / "s",
        BuildSettings(("fake",)),
        fake,
    )
    retriever = Retriever(Collection.open(tmp_path / "s"), {"fake": fake("fake")})
    assert [(c.row, c.fused, c.sentence) for c in ask(retriever, question)] == [(0, 0.0, 0)]


def test_two_encoders_are_four_dense_arms_before_the_lexical_ones_and_the_place(tmp_path: Path) -> None:
    encoders = {"fake": HashEncoder(16), "other": OtherEncoder(8, "other")}
    build(
        [write(tmp_path / "d", one=report("北", 1, 2))], tmp_path / "s", BuildSettings(("fake", "other")), encoders.get
    )
    retriever = Retriever(Collection.open(tmp_path / "s"), encoders)
    arms = [f"{name} {part}" for name in ("fake", "other", "lexical") for part in ("passage", "sentence")]
    assert list(ask(retriever, "贷款")[0].parts) == [*arms, "place"]


def test_an_encoder_that_is_missing_is_a_mistake(collection: Collection) -> None:
    with pytest.raises(KeyError, match="fake"):
        Retriever(collection, {})


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    """One document of more than ten thousand passages, each a sentence with its own number."""
    folder = tmp_path_factory.mktemp("large")
    lines = (f"第{n}号仓库在去年一共收到了{n * 7}箱来自各地的货物并且全部登记入册。" for n in range(10_050))
    (folder / "large.txt").write_text("仓库的账本\n\n" + "\n".join(lines) + "\n", "utf-8")
    build([folder], folder / "store", BuildSettings(("fake",), target_passage=30), fake)
    return Retriever(Collection.open(folder / "store"), {"fake": fake("fake")})


def test_each_arm_puts_forward_a_limited_number(large: Retriever) -> None:
    assert len(large.collection.passages) > 10_000
    found = ask(large, "第9876号仓库收到了多少箱货物？")
    assert POOL <= len(found) <= 3 * POOL
    assert large.collection.passages[found[0].row].text.startswith("第9876号仓库")
    for candidate in (
        found[0],
        found[-1],
    ):  # the scores are those of their own rows, not of their neighbours in the pool
        scores = large.collection.lexical.passages.scores("第9876号仓库收到了多少箱货物？", np.array([candidate.row]))
        assert candidate.parts["lexical passage"] == scores[0]


def test_a_question_without_known_words_still_finds_neighbours(large: Retriever) -> None:
    found = ask(large, "zzz")
    assert POOL <= len(found) <= 2 * POOL
    assert all(candidate.parts["lexical passage"] == 0 for candidate in found)


TWO = ("fake", "other")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The reports with two encoders."""
    folder = tmp_path_factory.mktemp("two")
    build([write_reports(folder / "documents")], folder / "store", BuildSettings(TWO), ENCODERS.get)
    return Collection.open(folder / "store")


ENCODERS = {"fake": HashEncoder(16), "other": OtherEncoder(8, "other")}
MIXED = "雨量站 and 显微镜 of the harbour"


def weighed(collection: Collection, question: str = MIXED, **weights: object) -> list[Candidate]:
    return Retriever(collection, ENCODERS, Weights(**weights)).search([analyse(question)])[0]


def arms(found: list[Candidate]) -> list[str]:
    return list(found[0].parts)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"lexical": 0}, ["fake passage", "fake sentence", "other passage", "other sentence", "place"]),
        ({"dense": 0}, ["lexical passage", "lexical sentence", "place"]),
        ({"encoders": {"other": 0}}, ["fake passage", "fake sentence", "lexical passage", "lexical sentence", "place"]),
        ({"dense": 0, "encoders": {"other": 1}, "lexical": 0}, ["other passage", "other sentence", "place"]),
        ({"sentence": 0}, ["fake passage", "other passage", "lexical passage", "place"]),
        ({"passage": 0}, ["fake sentence", "other sentence", "lexical sentence", "place"]),
        ({"dense": 0, "passage": 0}, ["lexical sentence", "place"]),
        ({"dense": 0, "sentence": 0, "place": 0}, ["lexical passage"]),
    ],
)
def test_a_part_that_weighs_nothing_has_no_arm(
    two: Collection, weights: dict[str, object], expected: list[str]
) -> None:
    found = weighed(two, **weights)
    assert arms(found) == expected
    assert [c.fused for c in found] == sorted((c.fused for c in found), reverse=True)


def test_the_fused_score_is_the_mean_by_these_weights(two: Collection) -> None:
    share = two.lexical.passages.known_share(analyse(MIXED).text)
    assert 0 < share < 1
    for known, factor in ((True, share), (False, 1.0)):
        found = weighed(
            two, dense=0.5, encoders={"other": 3}, lexical=0.25, passage=2, sentence=0.75, known=known, pool=100
        )
        of_part = {"fake": 0.5, "other": 3, "lexical": 0.25 * factor}
        of_level = {"passage": 2, "sentence": 0.75}
        weight = {f"{part} {level}": of_part[part] * of_level[level] for part in of_part for level in of_level}
        assert arms(found) == [*weight, "place"]  # no place is named: it does not count
        total = sum(w * z_scores(np.array([c.parts[arm] for c in found], np.float32)) for arm, w in weight.items())
        assert [c.fused for c in found] == pytest.approx((total / sum(weight.values())).tolist(), abs=1e-5)


def test_the_place_counts_for_a_question_that_names_one(two: Collection) -> None:
    question = "宁波的码头"
    share = two.lexical.passages.known_share(analyse(question).text)
    found = weighed(two, question, dense=0.5, lexical=1, passage=2, place=3)
    scores = {arm: z_scores(np.array([c.parts[arm] for c in found], np.float32)) for arm in arms(found)}
    weight = {
        "fake passage": 0.5 * 2,
        "fake sentence": 0.5,
        "other passage": 0.5 * 2,
        "other sentence": 0.5,
        "lexical passage": share * 2,
        "lexical sentence": share,
        "place": 3,
    }
    assert {c.parts["place"] for c in found} == {0.0, 1.0}
    assert all((c.parts["place"] == 1) == ("宁波" in two.passages[c.row].context) for c in found)
    total = sum(weight[arm] * scores[arm] for arm in scores)
    assert [c.fused for c in found] == pytest.approx((total / (3 + 3 * share + 3)).tolist(), abs=1e-5)


def test_the_defaults_are_those_without_weights(two: Collection) -> None:
    query = [analyse(MIXED)]
    assert Retriever(two, ENCODERS, Weights(dense=1, lexical=0.7, passage=0.45, place=0.67)).search(query) == Retriever(
        two, ENCODERS
    ).search(query)


def test_scaling_all_weights_changes_nothing(two: Collection) -> None:
    before, after = weighed(two), weighed(two, dense=4, lexical=2.8)
    assert [(c.row, c.sentence) for c in after] == [(c.row, c.sentence) for c in before]
    assert [c.fused for c in after] == pytest.approx([c.fused for c in before], abs=1e-6)


def test_the_quote_is_chosen_by_its_own_scores_whatever_sentences_weigh(two: Collection) -> None:
    quotes = {c.row: c.sentence for c in weighed(two)}
    assert any(quotes.values())
    assert {c.row: c.sentence for c in weighed(two, sentence=0)} == quotes


def test_what_does_not_count_puts_nothing_forward(two: Collection) -> None:
    """Each of two arms finds one passage: by its terms, or by its vector."""
    terms = two.lexical.passages.search(analyse(MIXED).text, 1)[0][0]
    vector = ENCODERS["fake"].embed_queries([analyse(MIXED).text])
    near = int(two.dense["fake"].passages.search(vector, 1)[1][0, 0])
    assert [c.row for c in weighed(two, dense=0, sentence=0, pool=1)] == [terms]
    alone = {"dense": 0, "encoders": {"fake": 1}, "lexical": 0, "pool": 1}
    assert [c.row for c in weighed(two, sentence=0, **alone)] == [near]
    sentence = int(two.dense["fake"].sentences.search(vector, 1)[1][0, 0])
    assert [c.row for c in weighed(two, passage=0, **alone)] == [two.passage_of_sentence[sentence]]
    by_terms = two.lexical.sentences.search(analyse(MIXED).text, 1)[0][0]
    assert [c.row for c in weighed(two, dense=0, passage=0, pool=1)] == [two.passage_of_sentence[by_terms]]


def test_terms_alone_find_nothing_for_a_question_without_known_ones(two: Collection) -> None:
    assert weighed(two, "zzz", dense=0) == []
    retriever = Retriever(two, ENCODERS, Weights(dense=0))
    assert [(c.row, c.fused) for c in retriever.search([analyse("zzz")], np.array([1, 2]))[0]] == [(1, 0.0), (2, 0.0)]


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        ({"lexical": -1}, "the weight of lexical is -1"),
        (
            {"dense": float("nan"), "sentence": inf},
            "the weight of dense is nan, the weight of sentence is inf",
        ),
        ({"encoders": {"fake": -0.5}}, "the weight of encoder fake is -0.5"),
        ({"place": -1, "relevance": inf}, "the weight of place is -1, the weight of relevance is inf"),
        ({"pool": 0}, "the pool is 0"),
        ({"passage": 0, "sentence": 0}, "passages and sentences both weigh 0"),
        ({"dense": 0, "lexical": 0}, "all encoders and the lexical search weigh 0"),
    ],
)
def test_weights_that_cannot_be(weights: dict[str, object], problem: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Weights(**weights)
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        ({"encoders": {"e5": 2}}, "the weights name e5, the collection's encoders are fake, other"),
        (
            {"encoders": dict.fromkeys(TWO, 0), "lexical": 0},
            "the collection's encoders fake, other and the lexical search weigh 0",
        ),
    ],
)
def test_weights_that_do_not_fit_the_collection(two: Collection, weights: dict[str, object], problem: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Retriever(two, ENCODERS, Weights(**weights))
    assert caught.value.problem == problem


@pytest.mark.parametrize(
    ("weights", "names", "expected"),
    [
        ({}, ["e5-tuned", "use-m3"], {"e5-tuned": 1.0, "use-m3": 0.35}),
        ({}, ["use-m3"], {"use-m3": 1.0}),  # beside nothing
        ({"encoders": {"e5-tuned": 0}}, ["e5-tuned", "use-m3"], {"use-m3": 1.0}),
        ({"encoders": {"use-m3": 0.2}}, ["e5-tuned", "use-m3"], {"e5-tuned": 1.0, "use-m3": 0.2}),
        ({"dense": 2.0}, ["e5-tuned", "use-m3"], {"e5-tuned": 2.0, "use-m3": 0.7}),
    ],
)
def test_the_second_encoder_counts_less_beside_the_first(
    weights: dict[str, object], names: list[str], expected: dict[str, float]
) -> None:
    assert Weights(**weights).of_encoders(iter(names)) == pytest.approx(expected)


def test_a_retriever_is_complete_where_every_dense_arm_counts(two: Collection) -> None:
    def complete(**weights: object) -> bool:
        return Retriever(two, ENCODERS, Weights(**weights)).complete

    assert complete()
    assert complete(lexical=0)
    assert not complete(encoders={"other": 0})
    assert not complete(sentence=0)
    assert not complete(passage=0)


def test_where_only_some_passages_are_wanted_they_count_as_much_as_among_all(retriever: Retriever) -> None:
    query = analyse("单箱平均在港时间降到多少小时？")
    (vectors,) = retriever.embed([query])
    every = retriever.rank(query, vectors)
    assert len(every) == len(retriever.collection.passages) > 6
    for rows in ([1, 4, 6], [every[0].row], [every[-1].row]):
        wanted = [candidate for candidate in every if candidate.row in rows]
        assert retriever.rank(query, vectors, np.array(sorted(rows), np.int64)) == wanted
    assert retriever.rank(query, vectors, np.zeros(0, np.int64)) == []
