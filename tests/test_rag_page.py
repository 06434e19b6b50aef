import pytest

from rag.filters import ArticleKey, Filters
from rag.page.asked import Asked
from rag.page.newest import MOST_VISITS, Newest
from rag.settings import Mode


def test_a_question_as_it_is_sent():
    asked = Asked.read(
        {
            "number": 3,
            "question": "早市?",
            "k": "8",
            "mode": "fast",
            "documents": ["a.txt"],
            "articles": ["1@b@c.txt"],
            "regions": ["粤"],
            "origin": "http://127.0.0.1:7860",
        }
    )
    assert asked == Asked(
        number=3,
        question="早市?",
        k=8,
        mode=Mode.FAST,
        filters=Filters(documents=("a.txt",), articles=(ArticleKey(document="b@c.txt", index=1),), regions=("粤",)),
        origin="http://127.0.0.1:7860",
    )


def test_what_is_not_said_is_as_usual():
    assert Asked.read({}) == Asked(0, "")
    assert Asked.read({"k": None, "mode": None, "home": True}) == Asked(0, "", home=True)


@pytest.mark.parametrize(("k", "read"), [("0", 1), ("-4", 1), ("21", 20), ("1e3", 5), ("x", 5), (7, 7), ([], 5)])
def test_any_number_of_passages_becomes_a_possible_one(k, read):
    assert Asked.read({"k": k}).k == read


@pytest.mark.parametrize("mode", ["slow", "BEST", 3, ["best"], "<b>"])
def test_a_mode_that_is_none_is_not_said(mode):
    assert Asked.read({"mode": mode}).mode is None


@pytest.mark.parametrize("articles", ["1@a.txt", ["a.txt"], ["x@a.txt"], ["-1@a.txt"], ["1@"], [f"{10**12}@a"], None])
def test_an_article_that_is_none_is_not_said(articles):
    assert Asked.read({"articles": articles}).filters == Filters()


@pytest.mark.parametrize("origin", ["javascript:alert(1)", 'http://a"><img>', "http://a/b", "http://", 7, None])
def test_a_link_begins_only_with_a_host(origin):
    assert Asked.read({"origin": origin}).origin == ""


def test_the_newest_of_a_visit():
    newest = Newest()
    assert newest.take("one", 2)
    assert not newest.take("one", 1)
    assert newest.holds("one", 2)
    assert newest.take("two", 1)
    assert newest.take("one", 3)
    assert not newest.holds("one", 2)
    assert newest.holds("two", 1)


def test_visits_are_forgotten_the_quietest_first():
    newest = Newest()
    newest.take("first", 5)
    newest.take("second", 5)
    for number in range(MOST_VISITS - 2):
        newest.take(str(number), 1)
    newest.take("first", 6)
    newest.take("one more", 1)
    assert not newest.holds("first", 5)
    assert newest.holds("second", 1)  # forgotten: nothing is known to be newer
