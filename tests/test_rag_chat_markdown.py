"""Nothing from a document comes alive in Markdown, and all of it can still be read."""

import html
import re

import pytest
from fakes_assistant import ATTACK, HOSTILE_NAME, HOSTILE_TITLE
from hypothesis import given
from hypothesis import strategies as st

from rag.chat.markdown import link, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("每天能存\n\n六十吨鱼。", "每天能存六十吨鱼。"),
        ("36.44%, 2,400 & more", "36.44%, 2,400 &amp; more"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("[x](y) ![z]", r"\[x\](y) \!\[z\]"),
        ("*a* _b_ ~c~ `d` $e$", r"\*a\* \_b\_ \~c\~ \`d\` \$e\$"),
        ("# head", r"\# head"),
        ("- item", "&#45; item"),
        ("1. item", "&#49;. item"),
        ("12) item", "&#49;2) item"),
        ("===", "&#61;=="),
        ("> quote", "&gt; quote"),
        ("see http://evil.example/a?b=(c).", "see `http://evil.example/a?b=(c).`"),
        ("www.evil.example, eve@evil.example", "`www.evil.example`, `eve@evil.example`"),
        ("harbour.txt", "`harbour.txt`"),
        ("javascript:alert(1)", "`javascript:alert(1)`"),
        ("a\x00b\u202ec", "a bc"),
        ("", ""),
    ],
)
def test_plain(text, shown):
    assert plain(text) == shown


CODE = re.compile("`[^`<>]+`")


def check_dead(shown: str) -> None:
    """What is no code span has no bare mark that a viewer acts on."""
    outside = CODE.sub("", re.sub(r"\\[\\`*_\[\]|~$!{}^#]", "", shown))
    assert not re.search(r"[<>`*_\[\]~$|{}\n]", outside)
    assert "://" not in outside
    assert not re.search(r"&(?!amp;|lt;|gt;|#\d+;)", outside)


@pytest.mark.parametrize("text", [ATTACK, HOSTILE_NAME, HOSTILE_TITLE, "[1]: http://evil.example", "<http://a.b>"])
def test_hostile_texts(text):
    check_dead(plain(text))


@given(st.text(alphabet=st.sampled_from("ab.:/@ <>[]()!*_`~|#-+=1&;\\\n中。")) | st.text())
def test_any_text_is_dead_and_readable(text):
    shown = plain(text)
    check_dead(shown)
    code = CODE.findall(re.sub(r"\\[\\`*_\[\]|~$!{}^#]", "", shown))
    if not code:
        read = html.unescape(re.sub(r"\\([\\`*_\[\]|~$!{}^#])", r"\1", shown))
        assert [char for char in read if char.isalnum()] == [
            char for char in html.unescape(text) if char.isalnum()
        ] or ("&" in text)


def test_a_link_stays_ours_whatever_the_host_header_says():
    url = "http://a)[b](javascript:x) <i>:1/?document=%E4%B8%AD.txt&sha256=ab&start=1&end=2"
    shown = link("Open", url)
    assert shown.startswith("[Open](http://a%29%5Bb%5D%28javascript:x%29%20%3Ci%3E:1/?document=%E4%B8%AD.txt&sha256")
    assert shown.endswith("&start=1&end=2)")
    assert shown.count(")") == 1
