"""Candidates: who is put forward, how the arms' scores come together, and that other languages are not misled."""

from pathlib import Path

import numpy as np
import pytest
from asking import build_reports, fake
from fakes import HashEncoder
from fakes_store import OtherEncoder, report, write

from index.build import BuildSettings, build
from index.collection import Collection
from index.embedding import passage_text
from rag.fusion import z_scores
from rag.query import Query, analyse
from rag.retriever import LEXICAL_WEIGHT, Retriever
from rag.settings import POOL


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
        }
        assert 0 <= candidate.sentence < len(passage.sentences)


def test_fused_is_the_weighted_mean_of_z_scores(retriever: Retriever) -> None:
    query = analyse("雨量站 and 显微镜 of the harbour")  # some terms are known, some are not
    found = retriever.search([query])[0]
    share = retriever.collection.lexical.passages.known_share(query.text)
    assert 0 < share < 1
    weight = {"fake": 1.0, "lexical": LEXICAL_WEIGHT * share}
    by_arm = {arm: np.array([c.parts[arm] for c in found], np.float32) for arm in found[0].parts}
    total = sum(weight[arm.split(" ")[0]] * z_scores(scores) for arm, scores in by_arm.items())
    assert [c.fused for c in found] == pytest.approx((total / (2 * 1.0 + 2 * weight["lexical"])).tolist(), abs=1e-5)
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


def test_two_encoders_are_four_dense_arms(tmp_path: Path) -> None:
    encoders = {"fake": HashEncoder(16), "other": OtherEncoder(8, "other")}
    build(
        [write(tmp_path / "d", one=report("北", 1, 2))], tmp_path / "s", BuildSettings(("fake", "other")), encoders.get
    )
    retriever = Retriever(Collection.open(tmp_path / "s"), encoders)
    arms = [f"{name} {part}" for name in ("fake", "other", "lexical") for part in ("passage", "sentence")]
    assert list(ask(retriever, "贷款")[0].parts) == arms


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
