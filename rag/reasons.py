"""Why a question is not answered, in the asker's language where we have it, else in English."""

from __future__ import annotations

_WEAK = {
    "zh": "证据不足：最接近的段落能回答这个问题的概率为 {found:.0%}，低于 {needed:.0%}；下面列出最接近的段落。",
    "en": "The evidence is weak: the nearest passage answers with a probability of {found:.0%}, below {needed:.0%}. "
    "The nearest passages are listed.",
}
_EMPTY = {"zh": "文档集中没有任何段落。", "en": "The collection holds no passage."}
_NOTHING = {"zh": "没有找到任何段落。", "en": "No passage was found."}


def weak_evidence(language: str, found: float, needed: float) -> str:
    """The nearest passage is not likely enough to answer."""
    return _WEAK.get(language, _WEAK["en"]).format(found=found, needed=needed)


def nothing_there(language: str) -> str:
    """There is no passage at all."""
    return _EMPTY.get(language, _EMPTY["en"])


def nothing_found(language: str) -> str:
    """There are passages, but none among those that may be cited, or none that has a word of the question."""
    return _NOTHING.get(language, _NOTHING["en"])
