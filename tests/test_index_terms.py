import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.terms import ANALYSER_VERSION, query_terms, terms, translations, words

REPOSITORY = Path(__file__).resolve().parents[1]
any_text = st.text(st.characters(exclude_categories=()))
# Han characters, many of them traditional, among them those that OpenCC converts by phrase.
han_text = st.text(st.sampled_from("乾隆燥著作後发發頭髮關鍵词國家面麵裡裏台臺𠮟㑮"), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t。，！—…“”", []),
        ("开发区", ["开", "发", "区", "开发", "发区"]),
        ("开，发", ["开", "发"]),
        ("開發區", ["开", "发", "区", "开发", "发区"]),
        ("お茶を飲む", ["茶", "饮", "お茶", "茶を", "を饮", "饮む"]),
        ("ﾊﾟﾝ", ["パン"]),
        ("が", ["が"]),
        ("집에서", ["집", "에", "서", "집에", "에서"]),
        ("ไทย", ["ไท", "ทย"]),
        ("IE-Power", ["ie", "power"]),
        ("App", ["app"]),
        ("2.0版", ["2.0", "版", "#2"]),
        ("36.44%", ["36.44", "#36.44%"]),
        ("2,400", ["2400", "#2400", "#2.4"]),
        ("２，４００人", ["2400", "人", "#2400", "#2.4"]),
        ("1,234,567.89元", ["1234567.89", "元", "#1234567.89"]),
        ("1,2345", ["1", "2345", "#1.2345"]),
        ("2019,200", ["2019", "200", "#2019", "#200"]),
        ("2020.3.10", ["2020", "3", "10", "#2020", "#3", "#10"]),
        ("增长5.", ["增", "长", "增长", "5", "#5"]),
        ("COVID19", ["covid19", "covid", "19"]),
        ("7.37万", ["7.37", "万", "#73700"]),
        ("30%\n三成", ["30", "#30%", "三", "成", "三成", "#30%"]),
        ("covid-19", ["covid", "19", "#19"]),
        ("5G网", ["5g", "5", "g", "网"]),
        ("v2.0.1", ["v2.0.1", "v", "2", "0", "1"]),
        ("1,000km", ["1000km", "1000", "km", "#1000", "#1"]),
        ("Straße Müller ÉTÉ e\u0301te\u0301", ["strasse", "muller", "ete", "ete"]),
        ("Ёлка ΑΘΉΝΑ", ["елка", "αθηνα"]),
        ("أَحْمَد ١٢٬٣٤٥٫٦", ["احمد", "12345.6", "#12345.6"]),
        ("हिन्दी २०", ["हिन्दी", "20", "#20"]),
        ("co\u00adoperate a\u200bb", ["cooperate", "ab"]),
        ("葛\U000e0100城", ["葛", "城", "葛城"]),
        ("a\ud800b\x00c🙂d_e", ["a", "b", "c", "d", "e"]),
    ],
)
def test_values(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("關鍵技術", "关键技术"),
        ("臺灣後來發展", "台湾后来发展"),
        ("ＡＰＰ　３６．４４％", "app 36.44%"),
        ("ПРИВЕТ", "привет"),
        ("\uf900", "\u8c48"),
    ],
)
def test_two_ways_to_write_the_same(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


@given(han_text, st.data())
def test_a_piece_of_a_text_has_terms_of_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert Counter(terms(text[start:end])) <= Counter(terms(text))
    assert len(terms(text)) == len(text) + len(text) - 1


@given(any_text, any_text)
def test_a_line_break_separates(one: str, other: str) -> None:
    assert terms(f"{one}\n{other}") == terms(one) + terms(other)


@given(any_text)
@example("\ud800\udfff")
@example("ﷺ" * 5)
@example("1,234" * 9 + "1.2" * 9 + "a1" * 9)
def test_any_text_gives_clean_terms(text: str) -> None:
    found = terms(text)
    for term in found:  # planes 2 and 3 are kept for Han characters, also those that this Python does not know yet
        assert re.fullmatch(r"[0-9]+(\.[0-9]+)*|#[0-9]+(\.[0-9]+)?%?", term) or all(
            unicodedata.category(c)[0] in "LMN" or c == "." or c >= "\U00020000" for c in term
        )
        assert term == term.encode().decode().strip() != ""
    assert len(found) <= 2 * len(unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize(
    "text", ["73,700", "73.700", "73’700", "7.37万", "73.7 thousand", "73,7 тыс.", "73,7 nghìn", "7만 3700", "٧٣٬٧٠٠"]
)
def test_a_number_has_one_term_however_it_is_written(text: str) -> None:
    assert "#73700" in terms(text)
    assert terms(text) == [*words(text), *(term for term in terms(text) if term[0] == "#")]


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("What happened in Guangdong?", ["广", "东", "广东"]),
        ("Quảng Đông", ["广", "东", "广东"]),
        ("in Canton: Qingdao, Canton", ["广", "东", "广东", "青", "岛", "青岛"]),
        ("the finance bureau", ["财", "政", "财政"]),
        ("广东省与廣東", []),
        ("広東省", ["广", "东", "广东"]),
        ("no place, no office", []),
    ],
)
def test_a_question_also_has_the_chinese_names_that_it_does_not_hold(question: str, added: list[str]) -> None:
    assert query_terms(question) == terms(question) + added


def test_translations_say_which_words_they_stand_for() -> None:
    found = [(sorted(translation.asked), translation.added) for translation in translations("Thiên Tân, the mayor")]
    assert found == [(["tan", "thien"], ("天", "津", "天津")), ([], ("市", "长", "市长"))]


@given(any_text)
def test_a_question_has_all_terms_of_the_text(text: str) -> None:
    assert query_terms(text)[: len(terms(text))] == terms(text)


def test_a_long_run_of_marks_costs_no_more_than_other_text() -> None:
    # Normalised whole, this run would keep the test busy for many minutes.
    assert terms("a" + "\u0316\u0301" * 400_000) == ["a"]


def test_the_version_is_the_same_in_every_process() -> None:
    code = "from index.terms import ANALYSER_VERSION; print(ANALYSER_VERSION)"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{ANALYSER_VERSION}\n"
    assert re.fullmatch(r"3-[0-9a-f]{8}", ANALYSER_VERSION)
