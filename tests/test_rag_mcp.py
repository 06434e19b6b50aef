"""The tools and the resources as the official client sees them: values, errors, bounds, reading on."""

import asyncio
import hashlib
import json
import threading

import pytest
from fakes_assistant import DOCUMENTS, HOSTILE_NAME, STORES, FakeAssistant, FakeCollection
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from mcp_clients import ERAS, call, failure, refused, texts, with_client

from index.errors import CollectionDamaged
from index.schema import Document
from rag.answer import Answer, SearchResult
from rag.engine import Engine
from rag.filters import ArticleKey, Filters
from rag.mcp import server as mcp_server
from rag.mcp.document_text import LONGEST_PIECE, PlaceInvalid, read_piece
from rag.mcp.server import build_server
from rag.settings import Mode

HARBOUR = DOCUMENTS[0]
INVALID_PARAMS = -32602


def long_document(length):
    """Text in which every piece is at one place only, some of it beyond the first plane."""
    text = "".join(f"{number}𠮷" for number in range(length))[:length]
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(digest[:16], "long.txt", digest, "text/plain", "utf-8", text, (), ())


class Long(FakeAssistant):
    collection = FakeCollection((long_document(2 * LONGEST_PIECE + 5_000),))


# what is offered


@pytest.fixture(scope="module")
def tools():
    listed = with_client(FakeAssistant(), lambda client: client.list_tools()).tools
    return {tool.name: tool for tool in listed}


def test_three_tools_that_change_nothing(tools):
    assert list(tools) == ["ask", "search", "read_document"]
    for tool in tools.values():
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.open_world_hint is False
        assert tool.title


def test_the_input_schemas_have_bounds_and_no_references(tools):
    wanted = {
        "ask": (["question"], ["question", "k", "filters", "mode"]),
        "search": (["question"], ["question", "k", "offset", "filters"]),
        "read_document": (["document"], ["document", "start", "end"]),
    }
    for name, (required, properties) in wanted.items():
        schema = tools[name].input_schema
        assert (schema["required"], list(schema["properties"])) == (required, properties)
        assert schema["additionalProperties"] is False
        assert all(value.get("description") for value in schema["properties"].values())
        assert "$ref" not in json.dumps([schema, tools[name].output_schema])
    for name in ("ask", "search"):
        k = tools[name].input_schema["properties"]["k"]
        assert (k["minimum"], k["maximum"], k["default"]) == (1, 100, 5)
    assert tools["search"].input_schema["properties"]["offset"]["minimum"] == 0
    filters, null = tools["ask"].input_schema["properties"]["filters"]["anyOf"]
    assert (list(filters["properties"]), null) == (["documents", "articles", "regions"], {"type": "null"})
    mode, _ = tools["ask"].input_schema["properties"]["mode"]["anyOf"]
    assert mode["enum"] == ["best", "fast"]


def test_the_output_schemas_are_those_of_the_results(tools):
    assert list(tools["ask"].output_schema["properties"]) == list(Answer.model_fields)
    assert list(tools["search"].output_schema["properties"]) == list(SearchResult.model_fields)
    assert list(tools["read_document"].output_schema["properties"]) == [
        "document",
        "document_sha256",
        "start",
        "end",
        "text",
        "length",
        "next_start",
        "articles",
    ]


# ask


@pytest.mark.parametrize("era", ERAS)
def test_ask_gives_the_answer_and_a_text_of_it(era):
    result = call(FakeAssistant(), "ask", era, question="冷库每天能存多少鱼？", k=2)
    assert result.is_error is False
    assert Answer.model_validate(result.structured_content) == FakeAssistant().ask("冷库每天能存多少鱼？", k=2)
    quote = result.structured_content["citations"][0]["quote"]
    assert quote["text"] == STORES == HARBOUR.text[quote["start"] : quote["end"]]
    assert texts(result) == [
        "六十吨  [1]  (93%)\n\n"
        "[1] 东湾：旧码头的新生意 · 林海生 东湾渔港管理处主任 · 93%\n"
        "    去年，管理处把三座旧冷库拆掉，换成集装箱式的小冷库，每天能存六十吨鱼。\n"
        f"    harbour.txt {quote['start']}-{quote['end']}\n\n"
        "[2] 东湾：旧码头的新生意 · 林海生 东湾渔港管理处主任 · 10%\n"
        "    码头的另一头开了早市。早市每\n"
        f"    harbour.txt {HARBOUR.text.index('码头的另一头')}-{HARBOUR.text.index('码头的另一头') + 14}"
    ]


def test_a_refusal_is_a_result_with_its_reason():
    result = call(FakeAssistant(), "ask", question="moon?", k=1)
    assert (result.is_error, result.structured_content["answerable"]) == (False, False)
    assert texts(result)[0].startswith("no passage speaks of this\n\n[1] ")


@pytest.mark.parametrize(
    ("given_filters", "passed"),
    [
        (None, None),
        ({}, Filters()),
        ({"regions": ["东湾", "粤"]}, Filters(regions=("东湾", "粤"))),
        (
            {"documents": ["harbour.txt"], "articles": [{"document": "harbour.txt", "index": 1}]},
            Filters(documents=("harbour.txt",), articles=(ArticleKey(document="harbour.txt", index=1),)),
        ),
        ('{"regions": ["东湾"]}', Filters(regions=("东湾",))),
    ],
)
def test_filters_reach_the_assistant(given_filters, passed):
    assistant = FakeAssistant()
    for tool in ("ask", "search"):
        assert call(assistant, tool, question="早市", filters=given_filters).is_error is False
    assert assistant.filtered == [passed, passed]


def test_the_mode_reaches_the_assistant():
    assistant = FakeAssistant()
    for arguments in ({}, {"mode": None}, {"mode": "best"}, {"mode": "fast"}):
        call(assistant, "ask", question="早市", **arguments)
    assert assistant.asked == [None, None, Mode.BEST, Mode.FAST]


@pytest.mark.parametrize("k", [1, 2, 5, 100])
def test_k_is_kept(k):
    assert len(call(FakeAssistant(), "ask", question="早市", k=k).structured_content["citations"]) == min(k, 5)


# search


def test_search_gives_passages_and_says_how_to_go_on():
    first = call(FakeAssistant(), "search", question="早市", k=2)
    assert SearchResult.model_validate(first.structured_content) == FakeAssistant().search("早市", 2)
    (text,) = texts(first)
    start = HARBOUR.text.index("码头的另一头")
    assert text.startswith(
        "passages 1-2 of 5; go on with offset=2\n\n"
        f"[1] 东湾：旧码头的新生意 · 林海生 东湾渔港管理处主任 · 东湾 · 93% · harbour.txt {start}-{start + 39}\n"
        "码头的另一头开了早市。早市每周三开张，摊位费全免，头一年就有两百户渔民来摆摊。\n\n[2] "
    )
    rest = call(FakeAssistant(), "search", question="早市", k=10, offset=2)
    assert [cited["rank"] for cited in rest.structured_content["citations"]] == [3, 4, 5]
    assert texts(rest)[0].startswith("passages 3-5 of 5\n\n[3] ")
    assert texts(call(FakeAssistant(), "search", question="早市", offset=5)) == ["no passages"]


# read_document


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("key", [HARBOUR.name, HARBOUR.id, HARBOUR.sha256])
def test_read_document_gives_the_source(key, era):
    result = call(FakeAssistant(), "read_document", era, document=key)
    piece = result.structured_content
    assert piece == {
        "document": "harbour.txt",
        "document_sha256": hashlib.sha256(HARBOUR.text.encode()).hexdigest(),
        "start": 0,
        "end": len(HARBOUR.text),
        "text": HARBOUR.text,
        "length": len(HARBOUR.text),
        "next_start": None,
        "articles": [
            {
                "title": "东湾：旧码头的新生意",
                "authors": [{"name": "林海生", "office": "东湾渔港管理处主任"}],
                "region": "东湾",
                "index": 0,
                "spans": [{"start": s.start, "end": s.end} for s in HARBOUR.articles[0].spans],
            },
            {
                "title": "西岭：一棵树算三笔账",
                "authors": [{"name": "顾春燕", "office": "西岭林场场长"}],
                "region": "西岭",
                "index": 1,
                "spans": [{"start": s.start, "end": s.end} for s in HARBOUR.articles[1].spans],
            },
        ],
    }
    head, text = texts(result)
    assert text == HARBOUR.text
    assert head.splitlines()[0] == f"harbour.txt · characters 0-224 of 224 · SHA-256 {HARBOUR.sha256}"
    assert head.splitlines()[2].startswith("article 1 · 西岭：一棵树算三笔账 · 顾春燕 西岭林场场长 · 西岭 · ")


def test_only_the_articles_of_the_piece_are_named():
    second = HARBOUR.articles[1].paragraphs[0]
    result = call(FakeAssistant(), "read_document", document="harbour.txt", start=second.start, end=second.start + 4)
    assert result.structured_content["text"] == "西岭林场"
    assert [article["index"] for article in result.structured_content["articles"]] == [1]


def test_hostile_text_comes_as_it_stands_in_the_source():
    head, text = texts(call(FakeAssistant(), "read_document", document=HOSTILE_NAME))
    assert text == DOCUMENTS[2].text
    assert head.startswith(HOSTILE_NAME)


def test_reading_on_gives_the_whole_document():
    source = Long.collection.documents[0].text
    starts, pieces, start = [], [], 0
    while start is not None:
        result = call(Long(), "read_document", document="long.txt", start=start)
        starts.append(start)
        pieces.append(result.structured_content["text"])
        start = result.structured_content["next_start"]
        told = texts(result)[0].splitlines()[-1]
        assert told == (f"cut at {start}; go on with start={start}" if start is not None else told)
    assert starts == [0, 20_000, 40_000]
    assert [len(piece) for piece in pieces] == [20_000, 20_000, 5_000]
    assert "".join(pieces) == source


def test_a_piece_that_ends_where_it_was_asked_to_end_is_not_cut():
    asked = {"document": "long.txt", "start": 10, "end": 10 + LONGEST_PIECE}
    assert call(Long(), "read_document", **asked).structured_content["next_start"] is None
    asked["end"] += 1
    assert call(Long(), "read_document", **asked).structured_content["next_start"] == 10 + LONGEST_PIECE


@given(start=st.integers(0, 46_000), end=st.none() | st.integers(1, 50_000))
def test_every_piece_is_a_slice_of_the_source(start, end):
    document = Long.collection.documents[0]
    wanted = document.text[start:end]
    if not wanted:
        with pytest.raises(PlaceInvalid):
            read_piece(document, start, end)
        return
    piece = read_piece(document, start, end)
    assert piece.text == wanted[:LONGEST_PIECE] == document.text[piece.start : piece.end]
    assert (piece.next_start is None) == (len(wanted) <= LONGEST_PIECE)


# what goes wrong


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("ask", {"question": "  "}, "the question is empty; ask with at least one word"),
        ("ask", {}, "ask: question is missing; ask takes question, k, filters, mode: see its schema"),
        (
            "ask",
            {"question": "x", "k": 0},
            "ask: k should be greater than or equal to 1 (it is 0); "
            "ask takes question, k, filters, mode: see its schema",
        ),
        (
            "search",
            {"question": "x", "k": 101, "page": 2},
            "search: k should be less than or equal to 100 (it is 101), there is no page; "
            "search takes question, k, offset, filters: see its schema",
        ),
        (
            "search",
            {"question": "x", "offset": -1, "filters": {"articles": [{"document": "a"}]}},
            "search: offset should be greater than or equal to 0 (it is -1), filters.articles.0.index is missing; "
            "search takes question, k, offset, filters: see its schema",
        ),
        (
            "ask",
            {"question": "x", "mode": "quick"},
            "ask: mode should be 'best' or 'fast' (it is 'quick'); "
            "ask takes question, k, filters, mode: see its schema",
        ),
        ("read_document", {"document": "nope"}, "no document 'nope' in the collection; run: digest-qa documents"),
        (
            "read_document",
            {"document": "harbour.txt", "start": 224},
            "start 224 is not in harbour.txt, which has 224 characters; start between 0 and 223",
        ),
        (
            "read_document",
            {"document": "harbour.txt", "start": 9, "end": 9},
            "end 9 is not after start 9; give an end after the start, or none",
        ),
    ],
)
@pytest.mark.parametrize("era", ERAS)
def test_a_mistake_is_a_result_that_names_it_and_its_remedy(era, tool, arguments, message):
    assert failure(call(FakeAssistant(), tool, era, **arguments)) == message


def test_a_long_wrong_argument_is_not_repeated_whole():
    assert len(failure(call(FakeAssistant(), "ask", question="x", k="y" * 5_000))) < 300


@pytest.mark.parametrize("era", ERAS)
def test_an_unexpected_error_tells_the_client_nothing(era, caplog):
    message = failure(call(FakeAssistant(), "ask", era, question="crash"))
    assert message == "something went wrong on the server; look at the server's log"
    assert "secret of the server" in caplog.text


def test_a_tool_that_does_not_exist():
    message = "there is no tool 'answer'; there are ask, search, read_document"
    assert refused(FakeAssistant(), lambda client: client.call_tool("answer", {})) == (INVALID_PARAMS, message)


def test_a_collection_that_cannot_be_opened_is_said():
    def damaged():
        raise CollectionDamaged("passages.jsonl is damaged", "run: digest-qa doctor")

    server = build_server(Engine(damaged))
    assert failure(call(server, "ask", question="x")) == "passages.jsonl is damaged; run: digest-qa doctor"


def test_while_the_models_load_other_requests_are_answered():
    release = threading.Event()

    def slow():
        assert release.wait(30)
        return FakeAssistant()

    async def work():
        async with Client(build_server(Engine(slow))) as client:
            asked = asyncio.create_task(client.call_tool("ask", {"question": "早市"}))
            assert len((await client.list_tools()).tools) == 3
            assert not asked.done()
            release.set()
            return await asked

    assert asyncio.run(work()).structured_content["answer"]["text"] == "每周三"


def test_models_that_load_for_too_long_are_not_waited_for(monkeypatch):
    monkeypatch.setattr(mcp_server, "PATIENCE_SECONDS", 0)
    release = threading.Event()
    server = build_server(Engine(lambda: release.wait(30) and FakeAssistant()))
    try:
        message = failure(call(server, "ask", question="x"))
    finally:
        release.set()
    assert message == "the models are still loading; ask again in a few seconds"


# resources


def test_the_documents_are_resources():
    listed = with_client(FakeAssistant(), lambda client: client.list_resources())
    assert listed.next_cursor is None
    assert [(r.uri, r.name, r.mime_type, r.size) for r in listed.resources] == [
        (f"digest://{document.sha256}", document.name, "text/plain", len(document.text.encode()))
        for document in DOCUMENTS
    ]
    assert listed.resources[0].description == "2 articles, 224 characters"


def test_resources_are_listed_in_pages(monkeypatch):
    monkeypatch.setattr(mcp_server, "PAGE", 2)

    async def work(client):
        first = await client.list_resources()
        return first, await client.list_resources(cursor=first.next_cursor)

    first, second = with_client(FakeAssistant(), work)
    assert [r.name for r in first.resources] == [document.name for document in DOCUMENTS[:2]]
    assert ([r.name for r in second.resources], second.next_cursor) == ([HOSTILE_NAME], None)
    message = "'x' is no cursor of this server's; list without one"
    assert refused(FakeAssistant(), lambda client: client.list_resources(cursor="x")) == (INVALID_PARAMS, message)


@pytest.mark.parametrize("document", DOCUMENTS, ids=["zh", "en", "hostile"])
def test_a_resource_is_the_source_text(document):
    read = with_client(FakeAssistant(), lambda client: client.read_resource(f"digest://{document.sha256}"))
    assert [(content.text, content.mime_type) for content in read.contents] == [(document.text, "text/plain")]


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("digest://nope", "no document 'nope' in the collection; run: digest-qa documents"),
        ("file:///etc/passwd", "'file:///etc/passwd' is no document; list the resources"),
    ],
)
def test_a_resource_that_does_not_exist(uri, message):
    assert refused(FakeAssistant(), lambda client: client.read_resource(uri)) == (INVALID_PARAMS, message)
