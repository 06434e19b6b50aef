"""Which passages fit: by document, article and region, in whatever language the region is named."""

import pytest
from asking import assistant_over, build_reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from index.collection import Collection
from index.errors import DocumentNotFound
from rag.assistant import Assistant
from rag.filters import ArticleKey, FilterInvalid, Filters, regions_of, rows_of


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return assistant_over(build_reports(tmp_path_factory.mktemp("filters")))


@pytest.fixture(scope="module")
def collection(assistant: Assistant) -> Collection:
    return assistant.collection


def articles_of(collection: Collection, filters: Filters) -> set[tuple[str, int]]:
    """(document, article index) of the passages that fit."""
    passages = [collection.passages[row] for row in rows_of(filters, collection)]
    return {(collection.document(passage.document_id).name, passage.article_index) for passage in passages}


def place_of(collection: Collection, region: str) -> tuple[str, int]:
    (found,) = [(d.name, a.index) for d in collection.documents for a in d.articles if a.region == region]
    return found


def test_no_filter_lets_all_pass(collection: Collection) -> None:
    assert not Filters()
    assert rows_of(Filters(), collection).tolist() == list(range(len(collection.passages)))


@pytest.mark.parametrize("by", ["name", "id", "sha256"])
def test_a_document_by_any_of_its_keys(collection: Collection, by: str) -> None:
    document = collection.document("town.md")
    found = rows_of(Filters(documents=(getattr(document, by),)), collection)
    assert found.tolist() == [n for n, p in enumerate(collection.passages) if p.document_id == document.id]


@pytest.mark.parametrize(
    "name", ["湖北", "湖北省", "Hubei", "鄂", "Hồ Bắc", "후베이성", "Хубэй", "hubei province", "湖北全省", " 湖北 "]
)
def test_a_region_in_any_language(collection: Collection, name: str) -> None:
    assert articles_of(collection, Filters(regions=(name,))) == {place_of(collection, "湖北")}


def test_kinds_narrow_and_values_of_one_kind_widen(collection: Collection) -> None:
    hubei, gansu = place_of(collection, "湖北"), place_of(collection, "甘肃")
    key = ArticleKey(document=gansu[0], index=gansu[1])
    assert articles_of(collection, Filters(regions=("湖北", "Gansu"))) == {hubei, gansu}
    assert articles_of(collection, Filters(regions=("湖北", "甘肃"), articles=(key,))) == {gansu}
    assert articles_of(collection, Filters(regions=("湖北",), articles=(key,))) == set()
    assert articles_of(collection, Filters(documents=("town.md",), regions=("湖北",))) == set()


def test_what_is_not_there_is_an_error_that_names_what_is(collection: Collection) -> None:
    with pytest.raises(DocumentNotFound, match=r"no document 'nowhere\.txt'"):
        rows_of(Filters(documents=("nowhere.txt",)), collection)
    with pytest.raises(FilterInvalid, match=r"no article is on the region '西藏'; there are .*湖北"):
        rows_of(Filters(regions=("西藏",)), collection)
    count = len(collection.document("town.md").articles)
    with pytest.raises(FilterInvalid, match=rf"town\.md has {count} articles, the filter asks for index {count}"):
        rows_of(Filters(articles=(ArticleKey(document="town.md", index=count),)), collection)


def test_unknown_kinds_and_negative_places_are_refused() -> None:
    with pytest.raises(ValidationError, match="region\n"):
        Filters.model_validate({"region": ["湖北"]})
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        ArticleKey(document="a", index=-1)


def test_regions_in_the_order_of_the_documents(collection: Collection) -> None:
    expected = [a.region for d in collection.documents for a in d.articles if a.region]
    assert regions_of(collection.documents) == tuple(dict.fromkeys(expected))
    assert "湖北" in expected


def test_answers_come_only_from_what_fits(assistant: Assistant) -> None:
    gansu = place_of(assistant.collection, "甘肃")
    answer = assistant.ask("全省有多少个？", 100, filters=Filters(regions=("Gansu",)))
    assert {(cited.document, cited.article.index) for cited in answer.citations} == {gansu}
    none = assistant.ask("全省有多少个？", within=["town.md"], filters=Filters(regions=("甘肃",)))
    assert (none.answerable, none.citations) == (False, [])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(offset=st.integers(0, 30), k=st.integers(1, 12))
def test_pages_of_a_search_are_slices_of_the_whole(assistant: Assistant, offset: int, k: int) -> None:
    question = "渠道衬砌了多少公里？"
    whole = assistant.search(question, 100)
    page = assistant.search(question, k, offset=offset)
    assert page.citations == whole.citations[offset : offset + k]
    assert (page.offset, page.total, whole.total) == (offset, len(whole.citations), len(assistant.collection.passages))
    assert [cited.rank for cited in page.citations] == list(range(offset + 1, offset + 1 + len(page.citations)))


def test_a_search_ranks_as_an_answer_does(assistant: Assistant) -> None:
    for mode in ("fast", "best"):
        answer, found = (
            assistant.ask("干支渠多少公里？", 7, mode=mode),
            assistant.search("干支渠多少公里？", 7, mode=mode),
        )
        assert found.citations == answer.citations
        assert (found.question, found.language, found.collection) == ("干支渠多少公里？", "zh", answer.collection)
