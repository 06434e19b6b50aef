from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.numbers import numbers_in

any_text = st.text(st.characters(exclude_categories=()))


def read(text: str) -> list[tuple[str, str, str]]:
    """(value, unit, mention) of every number."""
    return [(f"{n.value.normalize():f}", n.unit, text[n.start : n.end]) for n in numbers_in(text)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "73,700",
            "73.700",
            "73 700",
            "73\u00a0700",
            "73\u202f700",
            "73’700",
            "73'700",
            "７３，７００",
            "٧٣٬٧٠٠",
            "७३७००",
        ),
        *("7.37万", "7.37萬", "73.7 thousand", "73.7k", "73,7 тыс.", "73,7 mil", "73,7 mille", "73,7 Tausend"),
        *("73.7 हजार", "73,7 ribu", "73.7 พัน", "0.737 lakh", "七萬三千七百", "柒万叁仟柒佰", "柒萬參仟柒佰"),
        *("73,7 nghìn", "٧٣٫٧ ألف", "7만 3700", "7만3700", "7.37만", "七万三千七百", "七万三千七"),
    ],
)
def test_the_same_number_in_every_style(text: str) -> None:
    (number,) = numbers_in(text)
    assert (number.value, number.unit, number.start, number.end) == (73700, "", 0, len(text))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2400亿",
            "2,400億",
            "二千四百亿",
            "两千四百亿",
            "2400억",
            "240 billion",
            "240bn",
            "240 Milliarden",
            "240 Mrd.",
        ),
        *(
            "240 milliards",
            "240 mil millones",
            "240 млрд",
            "240 миллиардов",
            "240 مليار",
            "240 tỷ",
            "240 tỉ",
            "0.24万亿",
        ),
        *("0,24 Billionen", "0,24 billones", "0.24조", "0.24兆", "240.000.000.000", "240 000 000 000"),
    ],
)
def test_large_numbers(text: str) -> None:
    (number,) = numbers_in(text)
    assert (number.value, text[number.start : number.end]) == (240_000_000_000, text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "30%",
            "30 %",
            "３０％",
            "٣٠٪",
            "百分之三十",
            "百分之30",
            "三成",
            "3成",
            "3割",
            "30 percent",
            "30 per cent",
            "30 Prozent",
        ),
        *(
            "30 por ciento",
            "30 pour cent",
            "30 процентов",
            "30 في المئة",
            "30 بالمئة",
            "30 phần trăm",
            "30パーセント",
            "30퍼센트",
        ),
        *("30个百分点", "三十个百分点"),
    ],
)
def test_per_cent(text: str) -> None:
    (number,) = numbers_in(text)
    assert (number.value, number.unit, text[number.start : number.end]) == (30, "%", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("二〇二五年", [("2025", "year", "二〇二五")]),
        ("2025年12月", [("2025", "year", "2025"), ("12", "", "12")]),
        ("2012–2022", [("2012", "year", "2012"), ("2022", "year", "2022")]),
        ("в 2022 году", [("2022", "year", "2022")]),
        ("2000家企业", [("2000", "", "2000")]),
        ("2020.3.10", [("2020", "year", "2020"), ("3", "", "3"), ("10", "", "10")]),
        ("2019,2020", [("2019", "year", "2019"), ("2020", "year", "2020")]),
        ("in 2022 300 firms", [("2022", "year", "2022"), ("300", "", "300")]),
        # decimal marks and separators together
        ("1,234,567.89", [("1234567.89", "", "1,234,567.89")]),
        ("1.234.567,89", [("1234567.89", "", "1.234.567,89")]),
        ("1 234 567,89", [("1234567.89", "", "1 234 567,89")]),
        ("36.44%", [("36.44", "%", "36.44%")]),
        ("0.125", [("0.125", "", "0.125")]),
        ("2,4", [("2.4", "", "2,4")]),
        # Chinese
        ("三千二百", [("3200", "", "三千二百")]),
        ("三千二", [("3200", "", "三千二")]),
        ("一百零五", [("105", "", "一百零五")]),
        ("一亿三千万", [("130000000", "", "一亿三千万")]),
        ("百分之三点五", [("3.5", "%", "百分之三点五")]),
        ("三成五", [("35", "%", "三成五")]),
        ("1.3亿千瓦、2617万千瓦", [("130000000", "", "1.3亿"), ("26170000", "", "2617万")]),
        ("5千米，3千人，2兆瓦", [("5", "", "5"), ("3000", "", "3千"), ("2", "", "2")]),
        ("1700多万人，三百余万", [("17000000", "", "1700多万"), ("3000000", "", "三百余万")]),
        ("1.2万亿元", [("1200000000000", "", "1.2万亿")]),
        ("3万5千", [("35000", "", "3万5千")]),
        ("1兆2000億円", [("1200000000000", "", "1兆2000億")]),
        ("三家企业、十个城市", [("3", "", "三"), ("10", "", "十")]),
        ("二十大", [("20", "", "二十")]),
        ("2억 4000만 명", [("240000000", "", "2억 4000만")]),
        ("제3조", [("3", "", "3")]),
        ("2 nghìn tỷ đồng", [("2000000000000", "", "2 nghìn tỷ")]),
        # no numbers
        ("一半", []),
        ("一些，三农，百姓，千方百计，万一", []),
        ("十四五规划", []),
        ("四五百人，数十家，几千万", []),
        ("三成为主", []),
        ("covid19, 5G, H3N2, v2.0.1", []),
        ("9" * 31, []),
    ],
)
def test_values_units_and_mentions(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "likelier", "other"),
    [
        ("2,400", "2400", "2.400"),
        ("2.400", "2400", "2.400"),
        ("2.400家", "2.400", "2400"),
        ("36.445%", "36.445", "36445"),
        ("2,400 million", "2400000000", "2400000.000"),
        ("24,00", "24.00", None),
        ("2,400,000", "2400000", None),
    ],
)
def test_one_separator_before_three_digits_has_two_readings(text: str, likelier: str, other: str | None) -> None:
    (number,) = numbers_in(text)
    assert (number.value, number.other) == (Decimal(likelier), None if other is None else Decimal(other))


@given(st.integers(0, 10**15), st.sampled_from([",", ".", " ", "\u00a0", "’", "٬"]))
def test_thousands_separators_read_back(value: int, separator: str) -> None:
    (number,) = numbers_in(f"{value:,}".replace(",", separator))
    assert value in (number.value, number.other)
    assert number.other is None or separator in ",."


@given(
    st.integers(0, 10**9),
    st.integers(1, 99),
    st.sampled_from([("", "."), ("", ","), (",", "."), (".", ","), (" ", ",")]),
)
def test_decimal_marks_read_back(whole: int, hundredths: int, marks: tuple[str, str]) -> None:
    text = f"{whole:,}".replace(",", marks[0]) + f"{marks[1]}{hundredths:02}"
    assert [number.value for number in numbers_in(text)] == [whole + Decimal(hundredths) / 100]


@given(st.integers(10, 99_999_999))
def test_chinese_numerals_read_back(value: int) -> None:
    assert [number.value for number in numbers_in(f"{chinese(value)}人")] == [value]


def chinese(value: int) -> str:
    """The usual way to write it: 10005 is 一万零五."""
    if value >= 10_000:
        low = value % 10_000
        rest = ("零" if low < 1000 else "") + chinese(low) if low else ""
        return chinese(value // 10_000) + "万" + rest
    written, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            written += ("零" if gap and written else "") + "零一二三四五六七八九"[digit] + name
        gap = not digit
    return written


@given(any_text)
@example("1" * 40 + "." + "2" * 40)
@example("十百千万亿兆" * 9)
@example("1,234" * 9 + "1.2" * 9 + "万千百" * 9)
@example("½ ² ① ㏒ \ud800 7\ud800万")
def test_any_text_gives_mentions_in_order(text: str) -> None:
    found = numbers_in(text)
    for number in found:
        assert 0 <= number.start < number.end <= len(text)
        assert number.value >= 0
    assert all(one.end <= other.start or one.start < other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("打造千亿级集群", [("100000000000", "", "千亿")]),
        ("百亿级、万亿级", [("10000000000", "", "百亿"), ("1000000000000", "", "万亿")]),
        ("3000亿级", [("300000000000", "", "3000亿")]),
        ("几千亿级、数百亿级、万级", [("10000", "", "万")]),
        ("廿五家、卅年", [("25", "", "廿五"), ("30", "", "卅")]),
        ("壹佰元、伍先生、大陆", [("100", "", "壹佰")]),
        ("12,34,567 and 1,23,45,678", [("1234567", "", "12,34,567"), ("12345678", "", "1,23,45,678")]),
        ("2.5 crore, 2.5 करोड़", [("25000000", "", "2.5 crore"), ("25000000", "", "2.5 करोड़")]),
        ("Seit 2015 bin ich da; 5 bin kişi", [("2015", "year", "2015"), ("5000", "", "5 bin")]),
        ("10 亿级产业", [("10", "", "10")]),
        ("收拾一下、重拾三千人", [("3000", "", "三千")]),
        (
            "3 ล้านคน, 2 мільйони, 5 हज़ार",
            [("3000000", "", "3 ล้าน"), ("2000000", "", "2 мільйони"), ("5000", "", "5 हज़ार")],
        ),
        ("1,5 juta, 1,5 ล้าน", [("1500000", "", "1,5 juta"), ("1500000", "", "1,5 ล้าน")]),
    ],
)
def test_levels_tens_and_other_peoples_magnitudes(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert read(text) == expected
