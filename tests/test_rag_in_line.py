"""Questions of many are answered one at a time, in one thread, and errors reach who asked."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes_assistant import FakeAssistant

from index.errors import QuestionInvalid
from rag.engine import Engine
from rag.filters import Filters
from rag.settings import Mode


class Watched(FakeAssistant):
    """Notes the threads that ask, and how many were inside at once."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[str] = set()
        self.most = self.inside = 0

    def ask(self, *arguments, **options):
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.threads.add(threading.current_thread().name)
        try:
            return super().ask(*arguments, **options)
        finally:
            self.inside -= 1


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_questions_of_many_threads_share_one(watched: Watched) -> None:
    answerer = Engine(lambda: watched).get(10)
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(answerer.ask, ["冷库", "stoves", "早市"] * 8))
    assert [answer.answer.text for answer in answers if answer.answer] == ["六十吨", "90", "每周三"] * 8
    assert len(watched.threads) == 1
    assert watched.most == 1
    assert threading.current_thread().name not in watched.threads


def test_everything_is_handed_on(watched: Watched) -> None:
    engine = Engine(lambda: watched)
    answerer, filters = engine.get(10), Filters(regions=("东湾",))
    assert engine.assistant() is watched
    found = answerer.search("冷库", 2, offset=1, mode=Mode.FAST, filters=filters)
    assert (found.offset, [cited.rank for cited in found.citations]) == (1, [2, 3])
    assert answerer.ask("冷库", 3, mode=Mode.BEST, filters=filters).citations[0].rank == 1
    assert (watched.asked, watched.filtered) == ([Mode.FAST, Mode.BEST], [filters, filters])
    assert answerer.collection is watched.collection
    assert answerer.document("orchard.md").name == "orchard.md"
    assert answerer.mode is watched.mode


def test_an_error_reaches_who_asked_and_nobody_else(watched: Watched) -> None:
    answerer = Engine(lambda: watched).get(10)
    with pytest.raises(QuestionInvalid, match="the question is empty"):
        answerer.ask(" ")
    with pytest.raises(RuntimeError, match="secret"):
        answerer.ask("crash")
    assert answerer.ask("冷库").answerable
