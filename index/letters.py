"""What official letters and orders have that articles have not: long titles that say what they are, and signatures."""

from __future__ import annotations

import re

from index.simplified import simplified

LONGEST_TITLE = 100  # code points

_LETTERS = "通知|通告|通报|公告|公报|意见|决定|决议|批复|复函|函|请示|办法|规定|条例|方案|答复"
_REPORTS = "报告|纲要|规划|说明|解读"  # parts of one text are headed so too, unless who issues it stands before
_TITLE = re.compile(
    rf"(?:关于.{{2,}}(?:的|[）》])(?:{_LETTERS})|.{{2,}}关于.{{2,}}(?:的|[）》])(?:{_REPORTS}))(?:[（(].{{1,12}}[）)])?$"
)
_PAUSE = re.compile("[，。；：！？]")
_DATE = re.compile(
    r"^[（(]?(?:\d{4}|[〇○零一二三四五六七八九]{4})\s?年\s?(?:\d{1,2}|[一二三四五六七八九十]{1,2})\s?月\s?"
    r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s?日[）)]?$"
)
_INSTITUTION = re.compile(r"(?:厅|局|委|办|部|署|院|校|会|府|社|馆|所|站|行|中心|大学|公司|集团|办公室|总队|支队)$")


def is_official_title(text: str) -> bool:
    """True for 某某关于某事的通知 and its like, which may be longer than a line of text."""
    folded = simplified(text)
    return len(text) <= LONGEST_TITLE and _PAUSE.search(folded) is None and _TITLE.search(folded) is not None


def is_date(text: str) -> bool:
    """True for a line that is a day in Chinese, and nothing else."""
    return _DATE.match(text) is not None


def names_institution(text: str) -> bool:
    """True for a line that ends as the names of offices, schools and firms do."""
    return _INSTITUTION.search(simplified(text)) is not None
