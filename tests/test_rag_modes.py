"""The modes `best` and `fast`: who reads when, and how a user says which."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asking import assistant_over, build_reports
from fakes import FigureReader, HashEncoder

from index.collection import Collection
from index.errors import EncoderUnavailable, SettingInvalid
from index.schema import Span
from rag.answer import Answer
from rag.assistant import Assistant
from rag.cli import run
from rag.reading.deferred import DeferredReader
from rag.reading.inputs import Pair
from rag.reading.reading import Reading
from rag.settings import Mode
from rag.weights import Weights

QUESTION = "全年衬砌干支渠多少公里？"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reports(tmp_path_factory.mktemp("modes"))


@pytest.fixture
def loaded(fake_encoder: None, monkeypatch: pytest.MonkeyPatch) -> list[FigureReader]:
    """Every reader that was loaded."""
    found: list[FigureReader] = []

    def load() -> FigureReader:
        found.append(FigureReader())
        return found[-1]

    monkeypatch.setattr("rag.opening.shipped_reader", load)
    return found


def plain(answer: Answer) -> dict[str, object]:
    return answer.model_dump(mode="json", exclude={"timing_ms"})


def was_read(answer: Answer) -> bool:
    return "rerank" in answer.citations[0].parts


def test_only_best_reads(store: Path) -> None:
    collection, reader = Collection.open(store), FigureReader()
    assistant = Assistant(collection, {"fake": HashEncoder(name="fake")}, reader=reader)
    fast = assistant.ask(QUESTION, 100, mode=Mode.FAST)
    assert reader.asked == []
    assert [was_read(fast), fast.timing_ms.keys()] == [False, {"total", "retrieve", "read", "answer"}]
    best = assistant.ask(QUESTION, 100)
    (pairs,) = reader.asked
    assert {pair.question for pair in pairs} == {QUESTION}
    assert was_read(best)
    whole = [cited for cited in best.citations if cited.display_text in {pair.window for pair in pairs}]
    assert whole  # passages that are read in one window
    for cited in whole:
        assert cited.parts["rerank"] == len(re.findall("[0-9]", cited.display_text))
    assert {cited.passage_id for cited in best.citations} == {cited.passage_id for cited in fast.citations}
    assert best.citations != fast.citations


def test_the_mode_of_a_question_goes_before_the_assistants(store: Path) -> None:
    best, fast = assistant_over(store), assistant_over(store, Mode.FAST)
    for one, other in ((best, fast), (fast, best)):
        mode = one.settings()["mode"]
        expected = plain(one.ask(QUESTION))
        assert plain(other.ask(QUESTION)) != expected
        assert plain(other.ask(QUESTION, mode=Mode(mode))) == expected
        assert [plain(answer) for answer in other.ask_batch([QUESTION] * 2, mode=mode)] == [expected] * 2
    assert [best.settings()["mode"], fast.settings()["mode"]] == ["best", "fast"]


def test_without_a_reader_or_weight_for_it_all_is_fast(store: Path) -> None:
    collection, encoders = Collection.open(store), {"fake": HashEncoder(name="fake")}
    reader = FigureReader()
    for assistant in (
        Assistant(collection, encoders),
        Assistant(collection, encoders, Weights(relevance=0), reader),
    ):
        assert assistant.settings()["mode"] == "fast"
        assert plain(assistant.ask(QUESTION, mode=Mode.BEST)) == plain(assistant.ask(QUESTION, mode=Mode.FAST))
    assert reader.asked == []


@pytest.mark.parametrize("mode", ["quick", "BEST", ""])
def test_a_mode_that_does_not_exist(store: Path, loaded: list[FigureReader], mode: str) -> None:
    assistant = assistant_over(store)
    for ask in (
        lambda: assistant.ask(QUESTION, mode=mode),
        lambda: assistant.ask_batch([], mode=mode),
        lambda: Assistant.open(store, mode),
    ):
        with pytest.raises(SettingInvalid) as refused:
            ask()
        assert str(refused.value) == f"there is no mode {mode!r}; choose best or fast"
    assert loaded == []


def test_open_loads_the_reader_where_it_is_wanted(
    store: Path, loaded: list[FigureReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    best = Assistant.open(store)
    assert (best.settings()["mode"], len(loaded)) == ("best", 1)
    best.warm_up()
    assert len(loaded[0].asked) == 1
    fast = Assistant.open(store, Mode.FAST)
    fast.warm_up()
    assert plain(fast.ask(QUESTION)) == plain(assistant_over(store, Mode.FAST).ask(QUESTION))
    assert (fast.settings()["mode"], len(loaded)) == ("fast", 1)
    for _ in range(2):
        assert plain(fast.ask(QUESTION, mode="best")) == plain(assistant_over(store).ask(QUESTION))
        assert len(loaded) == 2
    monkeypatch.setenv("DIGEST_QA_MODE", "fast")
    assert Assistant.open(store).settings()["mode"] == "fast"
    assert Assistant.open(store, "best").settings()["mode"] == "best"


def test_a_deferred_reader_is_loaded_once_by_many_threads() -> None:
    loads: list[FigureReader] = []

    def load() -> FigureReader:
        loads.append(FigureReader())
        return loads[-1]

    reader = DeferredReader(load)
    assert loads == []
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: reader.read([Pair("?", "", f"a{n}b")]), range(20)))
    assert len(loads) == 1
    assert found == [[Reading(len(str(n)), Span(1, 1 + len(str(n))), -1.0, -2.0)] for n in range(20)]


def test_a_deferred_reader_that_cannot_be_had_says_so_each_time() -> None:
    def gone() -> FigureReader:
        raise EncoderUnavailable("the reader is gone", "make install")

    reader = DeferredReader(gone)
    for _ in range(2):
        with pytest.raises(EncoderUnavailable, match="the reader is gone"):
            reader.read([])


@pytest.fixture
def asked(store: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, object]]:
    """What `digest-qa ask --json` answers."""

    def call(*arguments: str) -> dict[str, object]:
        assert run(["ask", *arguments, "--json", "--store", str(store)]) == 0
        found = json.loads(capsys.readouterr().out)
        del found["timing_ms"]
        return found

    return call


def test_ask_in_the_shell(
    asked: Callable[..., dict[str, object]], store: Path, loaded: list[FigureReader], monkeypatch: pytest.MonkeyPatch
) -> None:
    best, fast = (plain(assistant_over(store, mode).ask(QUESTION)) for mode in Mode)
    assert asked(QUESTION) == asked(QUESTION, "--mode", "best") == best
    assert len(loaded) == 2
    assert asked(QUESTION, "--mode", "fast") == fast
    monkeypatch.setenv("DIGEST_QA_MODE", "fast")
    assert asked(QUESTION) == fast
    assert len(loaded) == 2
    assert asked(QUESTION, "--mode", "best") == best


def test_a_batch_in_the_shell(
    asked: Callable[..., dict[str, object]], store: Path, loaded: list[FigureReader], tmp_path: Path
) -> None:
    (tmp_path / "q.jsonl").write_text(json.dumps({"id": "a", "question": QUESTION}), "utf-8")
    for mode in Mode:
        found = asked("--batch", str(tmp_path / "q.jsonl"), "--mode", mode)
        assert found == {"id": "a", **plain(assistant_over(store, mode).ask(QUESTION))}
    assert len(loaded) == 1


def test_the_words_have_one_form_in_both_modes(
    store: Path, loaded: list[FigureReader], capsys: pytest.CaptureFixture[str]
) -> None:
    for mode in Mode:
        assert run(["ask", QUESTION, "-k", "2", "--mode", mode, "--store", str(store)]) == 0
        head, *citations = capsys.readouterr().out.strip().split("\n\n")
        answer = assistant_over(store, mode).ask(QUESTION, 2)
        assert answer.reason == head or head.endswith(f"  [1]  ({answer.confidence:.0%})")
        assert [len(shown.split("\n    ")) for shown in citations] == [3, 3]


@pytest.mark.parametrize("command", [["ask", QUESTION], ["eval"], ["serve", "--port", "0"]])
def test_a_wrong_mode_in_the_shell(
    command: list[str], store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run([*command, "--mode", "quick", "--store", str(store)]) == 2
    assert capsys.readouterr() == (
        "",
        "digest-qa: Invalid value for '--mode': 'quick' is not one of 'best', 'fast'; "
        f"see: digest-qa {command[0]} --help\n",
    )
    monkeypatch.setenv("DIGEST_QA_MODE", "quick")
    assert run([*command, "--store", str(store)]) == 2
    assert capsys.readouterr() == (
        "",
        "digest-qa: DIGEST_QA_MODE: Input should be 'best' or 'fast' (it is 'quick'); "
        "mend the DIGEST_QA_ variables of the environment\n",
    )
