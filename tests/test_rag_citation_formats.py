from datetime import date

from fakes_assistant import DOCUMENTS, HOSTILE_NAME, FakeAssistant, citation
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import ArticleRecord, AuthorRecord
from rag.citation_formats import formats, gbt7714, markdown, plain
from rag.strings import Words

ZH, EN = Words("zh"), Words("en")
DAY = date(2026, 3, 1)
HOST = "http://127.0.0.1:7860"

HARBOUR = DOCUMENTS[0]
FIRST = FakeAssistant().ask("早市").citations[0]
START = HARBOUR.text.index("早市每周三")
SHOWN = "早市每周三开张，摊位费全免，头一年就有两百户渔民来摆摊。"
END = START + len(SHOWN)


def by(*names, title="题名", office=""):
    people = [AuthorRecord(name=name, office=office) for name in names]
    return FIRST.model_copy(update={"article": ArticleRecord(title=title, authors=people, region=None, index=0)})


def test_plain_text_in_the_language_of_the_page():
    assert plain(FIRST, ZH, HOST) == (
        f"“{SHOWN}”\n"
        f"—— 林海生（东湾渔港管理处主任），《东湾：旧码头的新生意》，harbour.txt，第{START}–{END}字\n{HOST}{FIRST.url}"
    )
    assert plain(FIRST, EN, "") == (
        f"“{SHOWN}”\n"
        f"—— 林海生 (东湾渔港管理处主任), “东湾：旧码头的新生意”, harbour.txt, characters {START}–{END}\n{FIRST.url}"
    )


def test_what_is_not_known_is_left_out():
    assert plain(by(title=""), EN, "").split("\n")[1] == f"—— harbour.txt, characters {START}–{END}"
    assert gbt7714(by(title=""), "", DAY) == f"harbour.txt[Z/OL]: 第{START}-{END}字[2026-03-01]. {FIRST.url}"
    assert markdown(by(title=""), EN, "").split("\n")[2] == (
        f"> — [harbour.txt](<{FIRST.url}>), characters {START}–{END}"
    )


def test_a_reference_as_the_standard_writes_it():
    assert gbt7714(FIRST, HOST, DAY) == (
        f"林海生. 东湾：旧码头的新生意[Z/OL]//harbour.txt: 第{START}-{END}字[2026-03-01]. {HOST}{FIRST.url}"
    )


def test_a_reference_names_three_authors():
    assert gbt7714(by("甲", "乙", "丙"), "", DAY).startswith("甲, 乙, 丙. 题名[Z/OL]")
    assert gbt7714(by("甲", "乙", "丙", "丁"), "", DAY).startswith("甲, 乙, 丙, 等. 题名[Z/OL]")


def test_markdown_takes_nothing_for_markup():
    found = markdown(by("*甲*", title="[题](x) `名`\n# 行"), ZH, "")
    assert found == (
        f"> {SHOWN}\n>\n> — \\*甲\\*，[\\[题\\](x) \\`名\\` \\# 行](<{FIRST.url}>)，harbour.txt，第{START}–{END}字"
    )


def test_a_quote_that_the_layout_cut_is_whole_in_all_three():
    cut = FakeAssistant().ask("冷库").citations[0]
    made = formats(cut, ZH, "", DAY)
    assert "三座旧冷库拆掉" in made.text
    assert "三座旧冷库拆掉" in made.markdown
    assert "\n" not in made.gbt7714


def test_a_hostile_document_stays_in_its_quotes():
    source = DOCUMENTS[2]
    article = source.articles[0]
    found = citation(source, article, article.paragraphs[0], article.paragraphs[0], rank=1, score=0.5)
    made = formats(found, EN, HOST, DAY)
    assert "\\<script\\>" in made.markdown
    assert "<script" not in made.markdown.replace("\\<", "")
    assert f"(<{HOST}/?document=a%22%3E%3Cimg" in made.markdown
    assert HOSTILE_NAME in made.text


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_each_line_of_a_markdown_quote_stays_in_the_quote(text):
    if not text.strip():
        return
    quote = FIRST.quote.model_copy(update={"start": 0, "end": len(text), "text": text})
    lines = markdown(
        FIRST.model_copy(update={"start": 0, "text": text, "display_text": text, "quote": quote}), EN, ""
    ).split("\n")
    assert all(line.startswith(">") for line in lines)
