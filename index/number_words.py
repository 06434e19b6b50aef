"""The words and characters that numbers are written with, folded: magnitudes, per cent, Chinese numerals."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

_NUMERALS = "零〇 一 二两兩 三 四 五 六 七 八 九"
HAN_DIGITS = {numeral: value for value, same in enumerate(_NUMERALS.split()) for numeral in same}
SMALL = {"十": 10, "百": 100, "千": 1000, "십": 10, "백": 100, "천": 1000}
BIG = {"万": 10**4, "萬": 10**4, "만": 10**4, "亿": 10**8, "億": 10**8, "억": 10**8, "兆": 10**12, "조": 10**12}
FORMAL = dict(zip("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟", "一二二三三四五六六七八九十百千", strict=True))
"""As on cheques, ordinary words by themselves: read where digit and unit (拾, 佰, 仟) stand together."""
NOT_OF_YEARS = frozenset(["bin"])
"""Magnitudes that are other words besides: not after a year (seit 2015 bin ich …)."""
TENS = {"廿": "二十", "卅": "三十"}
MEASURES = "个個項项家名位条種种次件所座省市县天人倍级批大年月日届期岁歳つ本社校台"
"""A single Chinese numeral counts only before one of these, or it is part of a word."""

_MAGNITUDES = {
    3: """thousand k tausend tsd thousands mille mil тыс тысяч тысяча тысячи тысячу тысячами тисяч тисячі тисяча
        الف الاف هزار nghìn ngàn tys tisíc ribu duizend tusen tusind bin हजार हज़ार হাজার พัน""",
    4: "vạn",
    5: "lakh lakhs लाख লাখ",
    6: """million millions mln mio millionen millón millones milhão milhões milione milioni миллион миллиона миллионов
        миллионами млн мільйон мільйони мільйона мільйонів مليون ملايين میلیون triệu milyon juta jt miljoen miljon
        miljoner ล้าน मिलियन""",
    7: "crore crores करोड़ কোটি",
    9: """billion billions bn milliarde milliarden mrd milliard milliards millardo millardos mld миллиард миллиарда
        миллиардов млрд мільярд мільярди мільярда мільярдів مليار مليارات بليون میلیارد tỷ tỉ milyar miliar miliardo
        miliardi miljard miljarder bilhão bilhões""",
    12: """trillion trillions trn billionen billón billones biljoen трлн триллион триллиона триллионов تريليون trilhão
        trilhões trilyon triliun""",
}
MAGNITUDES = {
    unicodedata.normalize("NFKC", word): Decimal(10) ** power
    for power, words in _MAGNITUDES.items()
    for word in words.split()
}

_PERCENT = """percent | per cent | pct | percentage points? | por ciento | por cento | pour cent |
points? de pourcentage |
prozent | prozentpunkte?n? | процент | процента | процентов | процентами | процентных пунктов | процентного пункта |
بالمئه | بالمايه | بالمائه | في المئه | في المائه | في الميه | نقطه مئويه | phần trăm | điểm phần trăm |
procent | per cento | パーセント | ポイント | 퍼센트포인트 | 퍼센트 | 个百分点 | 個百分點 | 百分点"""
PERCENT = tuple(" ".join(phrase.split()) for phrase in _PERCENT.split("|"))
"""Regular expressions."""
