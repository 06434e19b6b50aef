"""The assistant: one answer for each question, whose every text stands in the source where it says."""

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import exp
from pathlib import Path
from types import SimpleNamespace

import pytest
from asking import (
    ALWAYS,
    ANSWER_KEYS,
    CITATION_KEYS,
    NEVER,
    assistant_over,
    build_reports,
    check_answer,
    fake,
)
from fakes import FigureReader, HashEncoder
from fakes_store import OtherEncoder, write
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from eval.dataset import SHIPPED, load_gold, resolve
from index.build import BuildSettings, build, remove
from index.collection import Collection
from index.errors import DocumentNotFound, EncoderMismatch, EncoderUnavailable, QuestionInvalid
from rag.answer import Answer
from rag.api import create_api
from rag.assistant import Assistant
from rag.confidence import ANY, READ, Calibration, calibration_for
from rag.diversity import Diversity
from rag.engine import Engine
from rag.query import analyse
from rag.reranker import Reranker
from rag.retriever import Retriever
from rag.settings import Mode
from rag.weights import Weights

WORDS = st.sampled_from(["渠", "水价", "harbour", "预警", "9月", "ميناء", "порт", "库房", "2300", "library", "？", ","])
ODD = st.sampled_from(["🌾", "👩‍🌾", "\x00", "\x1b[31m", "\u202e", "\u200f", "\ud83d", "\u2028", "\n", "“", "é", "ﷺ"])
QUESTIONS = st.lists(WORDS | ODD | st.text(max_size=5), min_size=1, max_size=8).map("".join)
ONE = "到去年年底全市共有12家企业获得新的贷款，用于购买更加节能的设备和改造旧厂房。"  # a document of one sentence
ASKED = [
    "全年衬砌干支渠多少公里？",
    "Who leads the Riverton water board?",
    "宁波的码头装上了什么？",
    "预警短信平均要走多少分钟？",
    "蓝鲸吃什么？",
    "Сколько судов принял порт?",
    "9",
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reports(tmp_path_factory.mktemp("assistant"))


@pytest.fixture(
    scope="module",
    params=[(ALWAYS, Mode.BEST), (ALWAYS, Mode.FAST), (NEVER, Mode.BEST)],
    ids=["answers", "answers fast", "refuses"],
)
def assistant(store: Path, request: pytest.FixtureRequest) -> Iterator[Assistant]:
    calibration, mode = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rag.assistant.calibration_for", lambda encoders, read: calibration)
        yield assistant_over(store, mode)


def without_timing(answer: Answer) -> dict[str, object]:
    return answer.model_dump(mode="json", exclude={"timing_ms"})


@given(question=QUESTIONS, k=st.integers(1, 12))
@example(question="水" * 10_000, k=3)
@example(question="\x07水价\x00\ud800", k=100)
def test_every_text_stands_in_the_source(assistant: Assistant, question: str, k: int) -> None:
    try:
        answer = assistant.ask(question, k)
    except QuestionInvalid:
        assert not any(char.isalnum() for char in question)
        return
    check_answer(answer, assistant.collection, k)
    assert json.loads(answer.model_dump_json()) == answer.model_dump(mode="json")


@pytest.mark.parametrize("k", [1, 2, 5, 100])
def test_k_citations_where_there_are_as_many(assistant: Assistant, k: int) -> None:
    answer = assistant.ask("预警", k)
    assert len(answer.citations) == min(k, len(assistant.collection.passages))
    more = assistant.ask("预警", 100)
    assert answer.citations == more.citations[:k]


def test_the_keys_are_those_of_the_contract(assistant: Assistant) -> None:
    answer = assistant.ask(ASKED[0]).model_dump(mode="json")
    assert list(answer) == ANSWER_KEYS
    cited = answer["citations"][0]
    assert list(cited) == CITATION_KEYS
    assert list(cited["article"]) == ["title", "authors", "region", "index"]
    assert list(cited["article"]["authors"][0]) == ["name", "office"]
    assert list(cited["quote"]) == ["start", "end", "text"]
    read = ["rerank"] if assistant.settings()["mode"] == "best" else []
    assert cited["parts"].keys() == {
        *("dense", "lexical", "place", *read),
        *("fake passage", "fake sentence", "lexical passage", "lexical sentence"),
    }
    assert answer["collection"] == {"generation": 1, "encoders": ["fake"]}
    times = answer["timing_ms"]
    assert list(times) == ["total", "retrieve", "read", "answer"]
    assert times["total"] == pytest.approx(times["retrieve"] + times["read"] + times["answer"], abs=0.002)
    assert answer["question"] == ASKED[0]
    assert answer["language"] == "zh"


@pytest.mark.parametrize(("mode", "read"), [(Mode.BEST, 4000.0), (Mode.FAST, 0.0)])
def test_each_part_of_the_time_is_of_its_own_steps(
    store: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode, read: float
) -> None:
    """A clock that stands, but for what these steps take."""
    clock = SimpleNamespace(now=0.0)
    seconds = {Retriever.embed: 1, Retriever.rank: 2, Reranker.rerank: 4, Diversity.spread: 8}

    def takes(step: Callable[..., object], time: int) -> Callable[..., object]:
        def slow(*arguments: object, **named: object) -> object:
            clock.now += time
            return step(*arguments, **named)

        return slow

    for step, time in seconds.items():
        monkeypatch.setattr(f"rag.ranking.{step.__qualname__}", takes(step, time))
    for module in ("assistant", "ranking"):
        monkeypatch.setattr(f"rag.{module}.perf_counter", lambda: clock.now)
    monkeypatch.setattr("rag.assistant.calibration_for", lambda encoders, read: ALWAYS)
    expected = {"total": (1 + 2 + 8) * 1000 + read, "retrieve": (1 + 2) * 1000, "read": read, "answer": 8 * 1000}
    assert assistant_over(store, mode).ask(ASKED[0]).timing_ms == expected


def test_an_answer_or_a_reason(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.assistant.calibration_for", lambda encoders, read: ALWAYS)
    found = assistant_over(store, Mode.FAST).ask(ASKED[0])
    assert found.answer is not None
    assert "全年衬砌干支渠740公里" in found.answer.text
    assert (found.answerable, found.reason) == (True, None)
    monkeypatch.setattr("rag.assistant.calibration_for", lambda encoders, read: NEVER)
    refused = assistant_over(store, Mode.FAST).ask(ASKED[0])
    assert (refused.answerable, refused.answer) == (False, None)
    assert refused.citations == found.citations
    assert refused.reason == (
        f"证据不足：最接近的段落能回答这个问题的概率为 {found.confidence:.0%}，低于 100%；下面列出最接近的段落。"
    )
    english = assistant_over(store).ask("Who leads the Riverton water board?")
    assert english.reason is not None
    assert english.reason.startswith("The evidence is weak: ")


def test_a_batch_is_as_single_questions_in_order(assistant: Assistant) -> None:
    batch = assistant.ask_batch(ASKED, 3)
    assert [answer.question for answer in batch] == ASKED
    assert [without_timing(answer) for answer in batch] == [without_timing(assistant.ask(q, 3)) for q in ASKED]
    assert assistant.ask_batch([]) == []


@pytest.mark.parametrize("name", ["reports.txt", "town.md"])
def test_only_documents_that_are_named_are_cited(assistant: Assistant, name: str) -> None:
    document = assistant.document(name)
    there = sum(passage.document_id == document.id for passage in assistant.collection.passages)
    for question in ASKED:
        answer = assistant.ask(question, 100, [name])
        check_answer(answer, assistant.collection, 100)
        assert [cited.document for cited in answer.citations] == [name] * there
        for key in (document.id, document.sha256):
            assert without_timing(assistant.ask(question, 100, {key})) == without_timing(answer)


def test_all_documents_named_are_as_none_named(assistant: Assistant) -> None:
    """The collection is so small that every passage is a candidate."""
    every = assistant.ask_batch(ASKED, 100, ("town.md", "reports.txt"))
    assert [without_timing(answer) for answer in every] == [
        without_timing(answer) for answer in assistant.ask_batch(ASKED, 100)
    ]


def test_no_document_named_no_citation(assistant: Assistant) -> None:
    for question, reason in ((ASKED[0], "没有找到任何段落。"), (ASKED[1], "No passage was found.")):
        answer = assistant.ask(question, within=[])
        assert (answer.answerable, answer.confidence, answer.answer, answer.citations) == (False, 0.0, None, [])
        assert answer.reason == reason


def test_a_document_that_is_not_there_cannot_be_asked(assistant: Assistant) -> None:
    with pytest.raises(DocumentNotFound, match=r"nowhere\.txt.*reports\.txt, town\.md"):
        assistant.ask_batch(ASKED, 5, ["town.md", "nowhere.txt"])


def test_weights_decide_over_the_parts_that_are_cited(store: Path) -> None:
    collection, encoders = Collection.open(store), {"fake": HashEncoder(name="fake")}

    def parts(**weights: object) -> dict[str, float]:
        return Assistant(collection, encoders, Weights(**weights)).ask(ASKED[0]).citations[0].parts

    whole = parts()
    assert parts(dense=1, lexical=2) == whole
    for key, found in parts(lexical=0).items():
        assert found == (0.0 if key == "lexical" else whole[key])
    only_terms = parts(dense=0)
    assert (only_terms["dense"], only_terms["lexical"]) == (0.0, only_terms["lexical passage"])
    only_sentences = parts(passage=0)
    assert only_sentences["lexical"] == only_sentences["lexical sentence"]
    assert only_sentences["dense"] == only_sentences["fake sentence"]


@pytest.mark.parametrize(
    "weights", [{"lexical": 0}, {"dense": 0}, {"passage": 0}, {"sentence": 0}, {"known": False}, {"place": 0}]
)
def test_every_part_can_be_left_out(store: Path, weights: dict[str, object]) -> None:
    assistant = Assistant(Collection.open(store), {"fake": HashEncoder(name="fake")}, Weights(**weights))
    for answer in assistant.ask_batch(ASKED, 100):
        check_answer(answer, assistant.collection, 100)


def test_an_encoders_own_parameters_are_used_where_all_its_arms_count(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They look at the cosines of whole passages and of sentences; `any` does not."""
    own = Calibration(weights={"fake passage": 0.0, "fake sentence": 0.0}, intercept=0.0, threshold=0.0)
    common = Calibration(weights={}, intercept=2.0, threshold=0.0)
    monkeypatch.setattr("rag.confidence._table", lambda: {"fake": own, ANY: common, f"{ANY} {READ}": ALWAYS})
    monkeypatch.setattr("rag.assistant.calibration_for", calibration_for)

    def confidence(**weights: object) -> float:
        opened = Assistant(Collection.open(store), {"fake": HashEncoder(name="fake")}, Weights(**weights))
        return opened.ask(ASKED[0]).confidence

    assert [confidence(), confidence(lexical=0)] == [0.5, 0.5]
    for weights in ({"sentence": 0}, {"passage": 0}, {"dense": 0}):
        assert confidence(**weights) == pytest.approx(1 / (1 + exp(-2)))


def test_one_bad_question_spoils_a_batch(assistant: Assistant) -> None:
    with pytest.raises(QuestionInvalid, match="the question is empty"):
        assistant.ask_batch(["水价", " "])


@pytest.mark.parametrize(("question", "k"), [("", 5), ("？", 5), ("🌾", 5), ("\x00", 5), ("水" * 10_001, 5), ("水", 0)])
def test_what_cannot_be_asked(assistant: Assistant, question: str, k: int) -> None:
    with pytest.raises(QuestionInvalid):
        assistant.ask(question, k)


def test_eight_threads_find_what_one_finds(assistant: Assistant) -> None:
    questions = [f"{question} {number}" for number in range(3) for question in ASKED][:20]
    expected = [without_timing(assistant.ask(question)) for question in questions]

    def ask_all(_: int) -> list[dict[str, object]]:
        return [without_timing(assistant.ask(question)) for question in questions]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask_all, range(8))) == [expected] * 8


def test_rest_answers_alike(assistant: Assistant) -> None:
    engine = Engine(lambda: assistant)
    engine.get(timeout=5)
    client = TestClient(create_api(engine))
    for question in ASKED:
        body = client.post("/api/v1/ask", json={"question": question, "k": 4}).json()
        expected = assistant.ask(question, 4).model_dump(mode="json")
        assert body.pop("timing_ms").keys() == expected.pop("timing_ms").keys()
        assert list(body) == list(expected)
        assert body == expected


def test_documents_go_by_name_id_and_hash(assistant: Assistant) -> None:
    document = assistant.document("town.md")
    assert assistant.document(document.id) is assistant.document(document.sha256) is document
    with pytest.raises(DocumentNotFound, match=r"nowhere\.txt.*reports\.txt, town\.md"):
        assistant.document("nowhere.txt")


def test_a_collection_of_one_passage(tmp_path: Path) -> None:
    build([write(tmp_path / "d", one=ONE)], tmp_path / "s", BuildSettings(("fake",)), fake)
    assistant = assistant_over(tmp_path / "s")
    answer = assistant.ask("有多少家企业？", 5)
    check_answer(answer, assistant.collection, 5)
    assert [cited.text for cited in answer.citations] == [ONE]


@pytest.mark.parametrize(
    ("question", "reason"), [("水价？", "文档集中没有任何段落。"), ("9", "The collection holds no passage.")]
)
def test_an_empty_collection(tmp_path: Path, question: str, reason: str) -> None:
    build([write(tmp_path / "d", one=ONE)], tmp_path / "s", BuildSettings(("fake",)), fake)
    remove("one.txt", tmp_path / "s", fake)
    answer = assistant_over(tmp_path / "s").ask(question)
    assert (answer.answerable, answer.confidence, answer.answer, answer.citations) == (False, 0.0, None, [])
    assert answer.reason == reason


def test_another_encoder_is_refused(store: Path) -> None:
    collection = Collection.open(store)
    other = OtherEncoder(64, "fake")
    with pytest.raises(
        EncoderMismatch, match=r"built with fake \(64 d, 000000000000\), loaded is fake \(64 d, .*differ"
    ):
        Assistant(collection, {"fake": other})
    with pytest.raises(EncoderMismatch, match=r"\(64 d, .*\(32 d"):
        Assistant(collection, {"fake": HashEncoder(32)})


def test_an_encoder_may_have_got_another_name(store: Path) -> None:
    renamed = Assistant(Collection.open(store), {"fake": HashEncoder(name="renamed")}, reader=FigureReader())
    expected = assistant_over(store)
    for question in ASKED:
        assert without_timing(renamed.ask(question)) == without_timing(expected.ask(question))


@pytest.mark.usefixtures("fake_encoder")
def test_open_takes_what_is_in_the_store(store: Path) -> None:
    expected = assistant_over(store)
    assert without_timing(Assistant.open(store).ask(ASKED[0])) == without_timing(expected.ask(ASKED[0]))
    assert without_timing(Assistant.open(str(store)).ask(ASKED[0])) == without_timing(expected.ask(ASKED[0]))


@pytest.mark.usefixtures("fake_encoder")
def test_open_builds_the_sample_where_there_is_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assistant = Assistant.open(tmp_path / "new")
    said = f"no collection in {tmp_path / 'new'} yet: building that of the sample digest"
    assert [record.getMessage() for record in caplog.records] == [said]
    assert [document.name for document in assistant.collection.documents] == ["sample-digest.txt"]
    assert Assistant.open(tmp_path / "new").collection.generation == 1


@pytest.mark.usefixtures("fake_encoder")
def test_open_refuses_other_settings(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_QA_ENCODERS", "fake,other")
    with pytest.raises(
        EncoderMismatch, match="was built with fake, the settings ask for fake, other; run: digest-qa index"
    ):
        Assistant.open(store)


def test_open_says_what_is_missing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(spec: str) -> HashEncoder:
        raise EncoderUnavailable(f"{spec} is gone", "make install")

    monkeypatch.setenv("DIGEST_QA_ENCODERS", "fake")
    monkeypatch.setattr("rag.opening.load_encoder", gone)
    with pytest.raises(EncoderUnavailable, match="fake is gone"):
        Assistant.open(store)


class Real:
    """Questions to the sample digest, in several languages, with what the first citation must hold."""

    QUESTIONS = (
        ("天津高教科创园开园以来新落户多少家企业？", "zh", "528家", "朱玉兵"),
        ("广西2022年的综合科技创新水平指数是多少？", "zh", "54.82%", "李国忠"),
        ("How many lychee-growing households benefited in Maoming?", "en", "7.37万户", "龚国平"),
        ("¿Cuántos instrumentos ofrece la alianza de laboratorios de Tianjin?", "es", "3708台", "朱玉兵"),
    )


@pytest.fixture(scope="module")
def real(sample_store: Path) -> Assistant:
    opened = Assistant.open(sample_store)
    opened.warm_up()
    return opened


@pytest.mark.model
@pytest.mark.parametrize(("question", "language", "words", "author"), Real.QUESTIONS)
def test_the_bundled_encoders_find_the_fact(
    real: Assistant, question: str, language: str, words: str, author: str
) -> None:
    answer = real.ask(question)
    check_answer(answer, real.collection, 5)
    assert answer.language == language
    proving = [cited for cited in answer.citations if words in cited.display_text]
    assert proving
    assert author in [one.name for one in proving[0].article.authors]


@pytest.mark.model
def test_a_batch_of_real_questions_is_as_single_ones(real: Assistant) -> None:
    """Cosines may differ in their last digits by the company that a text is encoded in."""
    questions = [question for question, *_ in Real.QUESTIONS]
    for batched, alone in zip(real.ask_batch(questions), map(real.ask, questions), strict=True):
        assert [c.passage_id for c in batched.citations] == [c.passage_id for c in alone.citations]
        assert [c.quote for c in batched.citations] == [c.quote for c in alone.citations]
        assert batched.confidence == pytest.approx(alone.confidence, abs=1e-3)
        assert batched.answer == alone.answer


@pytest.mark.model
def test_real_questions_from_several_threads(real: Assistant) -> None:
    questions = [question for question, *_ in Real.QUESTIONS]
    expected = [real.ask(question).citations for question in questions]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: [real.ask(question).citations for question in questions], range(4)):
            assert found == expected


@pytest.mark.model
def test_the_lexical_arms_do_not_hurt_questions_in_other_languages(real: Assistant) -> None:
    """Mean reciprocal rank of the shipped gold's proving passages, with BM25 and without."""
    gold = resolve(load_gold(SHIPPED / "sample.jsonl"), real.collection.documents)
    asked = [one for one in gold if one.gold.answerable and not one.gold.language.startswith("zh")]
    queries = [analyse(one.gold.question) for one in asked]
    embedded = real._retriever.embed(queries)

    def reciprocal_rank(weights: Weights) -> float:
        retriever = Retriever(real.collection, real._retriever.encoders, weights)
        total = 0.0
        for one, query, vectors in zip(asked, queries, embedded, strict=True):
            found = [real.collection.passages[candidate.row] for candidate in retriever.rank(query, vectors)]
            proving = [any(p.start <= e.span.start < e.span.end <= p.end for e in one.evidence) for p in found]
            total += 1 / (1 + proving.index(True)) if any(proving) else 0.0
        return total / len(asked)

    assert len(asked) > 40
    assert reciprocal_rank(Weights()) >= reciprocal_rank(Weights(lexical=0))
