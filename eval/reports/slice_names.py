"""What the slices of a run are called, in the languages of the report; a name from the data stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from eval.reports.words import LANGUAGES

_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "by all": ("总体", "Everything"),
        "by fold": ("开发与测试", "Fold"),
        "by answerable": ("是否有答案", "Answerability"),
        "by kind": ("无答案的缘由", "Why there is no answer"),
        "by languages": ("提问语言", "Language of the question"),
        "by pair": ("问题语言 → 文件语言", "Question → document language"),
        "by type": ("题型", "Type"),
        "by region": ("地区", "Region"),
        "by style": ("问法", "Style"),
        "all": ("全部问题", "all questions"),
        "answerable yes": ("有答案", "with an answer"),
        "answerable no": ("没有答案", "without an answer"),
        "languages others": ("其他语言", "other languages"),
        "type attribution": ("出处", "attribution"),
        "type comparison": ("比较", "comparison"),
        "type factoid": ("事实", "factoid"),
        "type how": ("做法", "how"),
        "type list": ("列举", "list"),
        "type multi-passage": ("跨段", "multi-passage"),
        "type paraphrase": ("换个说法", "paraphrase"),
        "type reason": ("原因", "reason"),
        "style plain": ("平实", "plain"),
        "style colloquial": ("口语", "colloquial"),
        "style keyword": ("关键词", "keyword"),
        "style typo": ("有错字", "typo"),
        "style traditional": ("繁体字", "traditional script"),
        "style long": ("长句", "long"),
        "kind wrong fact": ("事实有误", "wrong fact"),
        "kind other region": ("别的地区", "other region"),
        "kind other year": ("别的年份", "other year"),
        "kind near-miss entity": ("名称相近", "near-miss entity"),
        "kind false premise": ("前提不实", "false premise"),
        "fold all": ("全部", "all"),
        "fold dev": ("开发集", "development"),
        "fold test": ("测试集", "test"),
    }
)

_LANGUAGE_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ar": ("阿拉伯语", "Arabic"),
        "de": ("德语", "German"),
        "en": ("英语", "English"),
        "es": ("西班牙语", "Spanish"),
        "fr": ("法语", "French"),
        "it": ("意大利语", "Italian"),
        "ja": ("日语", "Japanese"),
        "ko": ("韩语", "Korean"),
        "pt": ("葡萄牙语", "Portuguese"),
        "ru": ("俄语", "Russian"),
        "th": ("泰语", "Thai"),
        "vi": ("越南语", "Vietnamese"),
        "zh": ("中文", "Chinese"),
    }
)


def slice_name(language: str, name: str) -> str:
    """The name of a slice in one of LANGUAGES: "pair en→zh" is "English → Chinese", "region 广东" is 广东."""
    dimension, _, member = name.partition(" ")
    if dimension == "pair":
        return " → ".join(_language_name(language, code) for code in member.split("→"))
    if dimension == "languages" and member in _LANGUAGE_NAMES:
        return _language_name(language, member)
    return _NAMES.get(name, (member or name,) * 2)[LANGUAGES.index(language)]


def dimension_name(language: str, dimension: str) -> str:
    """The heading above the slices of one dimension, e.g. "type"."""
    return _NAMES.get(f"by {dimension}", (dimension,) * 2)[LANGUAGES.index(language)]


def _language_name(language: str, code: str) -> str:
    return _LANGUAGE_NAMES.get(code, (code, code))[LANGUAGES.index(language)]
