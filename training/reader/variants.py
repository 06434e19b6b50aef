"""The same question as people ask it: keywords, slips, no accents, a lead-in, two questions at once.

Traditional characters are folded anyway.
"""

from __future__ import annotations

import random
import re
import unicodedata

SHARE = 0.3  # of the questions that are changed
LED_IN = 0.1  # of the questions have a lead-in

_HAN = re.compile("[\u4e00-\u9fff]")
_EMPTY = re.compile(
    "请问|的时候|是什么|什么时候|什么|哪些|哪个|哪里|怎么|如何|为何|多少|是否|有没有|的|了|吗|呢|是|在|有|被|把"
)
_FUNCTION = re.compile(
    r"\b(?:the|a|an|is|are|was|were|did|does|do|of|what|which|who|der|die|das|ist|war|el|la|los|las|de|que|le|les)\b ?",
    re.IGNORECASE,
)


def varied(question: str, chance: random.Random) -> str:
    """The question, in `SHARE` of the cases changed; what is asked stays the same."""
    if chance.random() > SHARE:
        return question
    changed = chance.choice((_keywords, _slip, _bare))(question, chance).strip()
    return changed if len(changed) >= 4 else question


def led_in(question: str, language: str, chance: random.Random) -> str:
    """The question, in LED_IN of the cases behind a sentence that only tells why it is asked."""
    leads = _LEADS.get(language.partition("-")[0], ())
    if not leads or chance.random() > LED_IN:
        return question
    lead = chance.choice(leads)
    return lead + question if lead[-1] in "，。" else f"{lead} {question}"


def joined(first: str, second: str, language: str) -> str:
    """Two questions in one."""
    if language.startswith("zh") or language == "ja":
        return f"{first.rstrip('？?。')}{'，另外' if language.startswith('zh') else '、また'}{second}"
    return f"{first} {second}"


def _keywords(question: str, chance: random.Random) -> str:
    """Without most of the words that only make a sentence of it."""
    pattern = _EMPTY if _HAN.search(question) else _FUNCTION
    return pattern.sub(lambda match: "" if chance.random() < 0.7 else match[0], question).rstrip("？?。. ")


def _slip(question: str, chance: random.Random) -> str:
    """One letter left out, doubled, or changed places with the next; never a digit."""
    places = [at for at in range(1, len(question) - 1) if question[at].isalpha() and question[at + 1].isalpha()]
    if not places:
        return question
    at = chance.choice(places)
    swapped = question[at + 1] + question[at]
    piece = chance.choice(("", question[at] * 2, swapped))
    return question[:at] + piece + question[at + (2 if piece == swapped else 1) :]


def _bare(question: str, _: random.Random) -> str:
    """In small letters, without accents and without the question mark."""
    plain = unicodedata.normalize("NFD", question.lower())
    kept = (c for c in plain if unicodedata.category(c) != "Mn" or not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", "".join(kept)).strip("¿?？ ")


_LEADS = {
    "zh": (
        "我在写一篇综述，想核实一下。",
        "领导让我准备一份简报，手头没有原文。",
        "之前听同事提起过，但记不太清了，",
        "麻烦帮我查查：报告里有没有说，",
        "我们正在比较各地的做法，",
    ),
    "en": (
        "I'm preparing a briefing and don't have the text at hand.",
        "A colleague mentioned this, but I don't remember the details.",
        "For a comparison of several regions I need one detail.",
        "Could you check the report for me?",
        "We are writing an article on this subject, so I'd like to be exact.",
    ),
    "ja": (
        "会議用の資料を作っています。",
        "同僚から聞いたのですが、詳しく覚えていません。",
        "報告書で確認したいのですが、",
    ),
    "ko": ("보고서를 준비하고 있습니다.", "동료에게 들었는데 자세히 기억나지 않습니다.", "원문에서 확인하고 싶습니다."),
    "ru": (
        "Готовлю справку, текста под рукой нет.",
        "Коллега об этом упоминал, но подробностей не помню.",
        "Хочу проверить одну деталь.",
    ),
    "es": (
        "Estoy preparando un informe y no tengo el texto a mano.",
        "Me lo comentó un colega, pero no recuerdo los detalles.",
        "Quisiera comprobar un dato.",
    ),
    "fr": (
        "Je prépare une note et je n'ai pas le texte sous les yeux.",
        "Un collègue m'en a parlé, mais je ne me souviens plus des détails.",
        "Je voudrais vérifier un point.",
    ),
    "de": (
        "Ich bereite eine Vorlage vor und habe den Text nicht zur Hand.",
        "Ein Kollege erwähnte das, an Einzelheiten erinnere ich mich nicht.",
        "Ich möchte etwas nachprüfen.",
    ),
    "ar": ("أعد مذكرة ولا أملك النص الآن.", "ذكر زميل لي هذا ولا أتذكر التفاصيل.", "أود التحقق من معلومة."),
    "vi": (
        "Tôi đang soạn một bản tóm tắt và không có văn bản trong tay.",
        "Đồng nghiệp có nhắc đến nhưng tôi không nhớ rõ.",
        "Tôi muốn kiểm tra một chi tiết.",
    ),
}
