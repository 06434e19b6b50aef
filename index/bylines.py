"""Recognise a byline: a line that gives a name and an office, in the orders and forms that print uses."""

from __future__ import annotations

import re

from index.letters import is_date
from index.simplified import simplified

_OFFICE_WORDS = (
    "书记|局长|厅长|主任|部长|处长|院长|校长|司长|省长|市长|县长|区长|州长|镇长|主席|会长|理事长|秘书长|董事长|总经理|总裁|"
    "[一二三四]级(?:巡视员|调研员)|"
    "总编辑|主编|所长|馆长|教授|研究员|院士|工程师|委员|行长|台长|社长|组长|科长|关长|署长|专员|盟长|"
    "Director|Minister|Professor|President|Secretary|Chair|Chief|Governor|Mayor|Dean"
)
_INSTITUTIONS = "大学|学院|研究|中心|图书馆|公司|University|Institute|Academy|College|Library"
_NAME = (
    r"(?:[㐀-鿿]{2,4}|[㐀-鿿][ 　]+[㐀-鿿]|[㐀-鿿]{1,8}(?:[·•・][㐀-鿿]{1,8})+|[A-Z][\w.'-]+(?: [A-Z][\w.'-]+){1,3})"
)
_OFFICE = rf"(?=.{{2,48}}$)(?=.*(?:{_OFFICE_WORDS}))[^。！？!?；;]+"
_GAP = r"(?:[ 　\t]+|\s*[：:/／|｜]\s*)"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_REPORTERS = "记者|通讯员|评论员|特派员"

_NAME_FIRST = re.compile(rf"^({_NAME}){_GAP}({_OFFICE})$")
# 宝音德力格尔: where Mongols, Uyghurs and Tibetans live, a name may be as long as an office's, but ends otherwise.
_LONG_NAME_FIRST = re.compile(
    rf"^([㐀-鿿]{{4,7}}[㐀-鿿])(?<![厅局委办部署院校会府社馆所站行心学司团室队]){_GAP}"
    rf"((?=内蒙古|新疆|西藏|青海|[㐀-鿿]{{2,12}}(?:自治|盟|旗)){_OFFICE})$"
)
_NAME_THEN_BRACKET = re.compile(
    rf"^({_NAME})\s*[（(]((?=[^）)]*(?:{_OFFICE_WORDS}|{_INSTITUTIONS}))[^（）()]{{2,60}})[）)]$"
)
_OFFICE_FIRST = re.compile(rf"^([^。！？!?；;：:\s　]{{1,40}}(?:{_OFFICE_WORDS}))[ 　\t]+({_NAME})$")
_RANK_FIRST = re.compile(rf"^({_OFFICE_WORDS})[ 　\t]+([{_SURNAMES}](?:[ 　]*[㐀-鿿]){{1,2}})$")
_GLUED = re.compile(
    rf"^([{_SURNAMES}][㐀-鿿]{{1,2}})"
    rf"((?:(?!省|市|自治区)[㐀-鿿]){{2,8}}(?:省|市|自治区|州|县|区)[^。！？!?；;]*(?:{_OFFICE_WORDS}))$"
)
_CREDIT = re.compile(r"^(?:作\s*者|撰\s*文|文|By)\s*[：:/／|｜ ]\s*(.+?)(?:[ 　\t]+(?:时间|日期|来源)\s*[：:].*)?$")
_REPORTER = re.compile(rf"^([^。！？!?；;，,]{{0,12}}(?:{_REPORTERS}))[ 　\t]+(.+)$")
_REPORTER_LAST = re.compile(rf"^({_NAME})[ 　\t]+([^。！？!?；;，,]{{0,12}}(?:{_REPORTERS}))$")
_DATELINE = re.compile(
    r"^[（(【]?\s*(?:来源|字号|时间|日期|发布时间|责任编辑|责编|编辑|信息来源|发布日期|索引号|发文机关)\s*[：:]"
)
_WIRE = re.compile(r"^[（(]?[^，。（）()]{0,20}\d{1,2}日电(?:[ 　].{0,30})?[）)]?$")
_PHOTO = re.compile(r"摄[）)]?$")


def is_dateline(text: str) -> bool:
    """True for a line that gives the source, date or editor of an article, or the photographer of a picture."""
    told = len(text) <= 40 and any(pattern.search(simplified(text)) for pattern in (_DATELINE, _WIRE, _PHOTO))
    return told or is_date(text)


def people(text: str) -> tuple[tuple[str, str], ...]:
    """The (name, office) pairs of a byline, or () when `text` is none. The office may be ""."""
    text = text.strip()
    if len(text) > 80 or is_dateline(text):
        return ()
    folded = simplified(text)
    return tuple((_verbatim(name, text, folded), _verbatim(office, text, folded)) for name, office in _people(folded))


def _people(text: str) -> tuple[tuple[str, str], ...]:
    if (match := _CREDIT.match(text)) is not None:
        return tuple((name, "") for name in _names(match[1]))
    if (match := _REPORTER.match(text)) is not None:
        return tuple((name, match[1]) for name in _names(match[2]))
    for pattern, name, office in (
        (_NAME_FIRST, 1, 2),
        (_LONG_NAME_FIRST, 1, 2),
        (_REPORTER_LAST, 1, 2),
        (_NAME_THEN_BRACKET, 1, 2),
        (_OFFICE_FIRST, 2, 1),
        (_RANK_FIRST, 2, 1),
        (_GLUED, 1, 2),
    ):
        if (match := pattern.match(text)) is not None and not _is_office(match[name]):
            return ((_closed(match[name]), match[office].strip()),)
    return ()


def bare_names(text: str) -> tuple[str, ...]:
    """The names of a line that holds nothing but Chinese names, or (). Only a heading gives such a line a meaning."""
    folded = simplified(text)
    names = _names(folded)
    bare = names and all(len(name) <= 3 and name[0] in _SURNAMES for name in names)
    return tuple(_verbatim(name, text, folded) for name in names) if bare else ()


def institution(office: str) -> str:
    """`office`, simplified, without its ranks: 天津市科学技术局党组书记、局长 → 天津市科学技术局, Dean of X → of X."""
    office = simplified(office)
    before, *after = re.split(rf"(?:党组|党委|党工委|副)?(?:{_OFFICE_WORDS})", office, maxsplit=1)
    return before if before.strip() or not after else after[0]


def _verbatim(piece: str, text: str, folded: str) -> str:
    """`piece` of `folded`, from which blanks may be gone, as it stands in `text`, of which `folded` is the folding."""
    if text == folded:
        return piece
    inked = [at for at, char in enumerate(folded) if not char.isspace()]
    bare = "".join(piece.split())
    start = "".join(folded[at] for at in inked).find(bare)
    return "".join(text[at] for at in inked[start : start + len(bare)])


def _is_office(text: str) -> bool:
    return re.search(rf"(?:{_OFFICE_WORDS})$", text) is not None


def _names(text: str) -> list[str]:
    separated = [piece for piece in re.split(r"[;；、，,]|\s(?:and|&)\s", text) if piece.strip()]
    western = re.search(r"[㐀-鿿]", text) is None  # blanks stand inside such names, not between them
    spread = re.sub(r"(?<![㐀-鿿])([㐀-鿿])[ 　]+([㐀-鿿])(?![㐀-鿿])", r"\1\2", text.strip())  # 李 明 is one name
    pieces = separated if len(separated) > 1 or western else re.split(r"[ 　\t]+", spread)
    names = [_closed(piece) for piece in pieces]
    return names if all(re.fullmatch(_NAME, name) for name in names) else []


def _closed(name: str) -> str:
    """李 明 → 李明; a Western name keeps its blanks."""
    name = name.strip()
    return re.sub(r"[ 　]+", "", name) if re.match(r"[㐀-鿿]", name) else name
