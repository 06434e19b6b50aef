"""What is asked at the moment at which the server ends its stream of messages is answered all the same."""

import pytest
from page_in_browser import ask, chromium_fixture, visit_fixture  # noqa: F401 - fixtures, by name
from page_with_library import served_library

pytestmark = pytest.mark.browser

# The word that a stream has ended is held back until it is released, as on a slow line.
SLOW_ENDS = """
const fetching = window.fetch;
window.fetch = async (...given) => {
    const answer = await fetching(...given);
    if (!String(given[0].url ?? given[0]).includes("/queue/data")) return answer;
    const held = new TransformStream({
        async transform(chunk, out) {
            if (window.hold && new TextDecoder().decode(chunk).includes("close_stream")) {
                window.hold = false;
                await new Promise((release) => { window.release = release; });
            }
            out.enqueue(chunk);
        },
    });
    return new Response(answer.body.pipeThrough(held), answer);
};
"""


@pytest.fixture(name="address")
def address_fixture(tmp_path):
    with served_library(tmp_path) as server:
        yield server.address


def test_a_question_taken_as_the_stream_ends_is_answered(visit):
    page = visit(script=SLOW_ENDS)
    page.evaluate("window.hold = true; window.digestQA.seen(1e9)")  # the list is drawn anew
    page.wait_for_function("() => Boolean(window.release)")
    # The server has ended the stream, the browser does not know it yet.
    with page.expect_response("**/queue/join*"):
        ask(page, "冷库每天能存多少鱼？")
    page.evaluate("window.release()")
    page.locator("#answer .answer").wait_for()
    assert page.locator("#citations .document").first.inner_text() == "harbour.txt"
