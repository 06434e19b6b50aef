"""The sentences that say why a question is not answered, in ten languages. To add a language: one more entry.

Names stand as the asker wrote them, in whatever case: so they are quoted, after a word that asks for none, in languages
that decline. Prepositions and particles are those that no sound changes (French "mentionnent", not "parlent de").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TRADITIONAL = "zh-Hant"


@dataclass(frozen=True, slots=True)
class ReasonTexts:
    """One language. The places to fill are {places}, {province}, {figures}, {found}, {needed} and {chance}.

    `empty`: there is no passage at all; `nothing`: none may be cited, or has a word of the question; `absent`: no
    document has the place; `outside`: none of those has that are searched, of a choice of them; `inside`: a place that
    is absent, but its province is not; `present`: the documents have the place; `lacking`: they have, but the nearest
    passages lack the figures; `without`: as that, without a place; `weak`: none of these. `chance` says in short how
    likely an answer is; `quoted`, `comma` and `percent` are the language's marks.
    """

    empty: str
    nothing: str
    absent: str
    outside: str
    inside: str
    present: str
    lacking: str
    without: str
    weak: str
    chance: str
    quoted: str = "{}"
    comma: str = ", "
    percent: str = "{}%"


TEXTS: Mapping[str, ReasonTexts] = MappingProxyType(
    {
        "zh": ReasonTexts(
            empty="文档集中没有任何段落。",
            nothing="没有找到任何段落。",
            absent="这些文档没有谈到{places}。",
            outside="检索范围内没有谈到{places}。",
            inside="{place}（只谈到它所在的{province}）",
            present="文档谈到了{places}，但最接近的段落没有回答这个问题{chance}。",
            lacking="文档谈到了{places}，但最接近的段落没有提到 {figures}{chance}。",
            without="最接近的段落没有提到 {figures}{chance}。",
            weak="证据不足：最接近的段落能回答这个问题的概率为 {found}，低于 {needed}；下面列出最接近的段落。",
            chance="（概率 {found}，需要 {needed}）",
            quoted="“{}”",
            comma="、",
        ),
        TRADITIONAL: ReasonTexts(
            empty="文件集中沒有任何段落。",
            nothing="沒有找到任何段落。",
            absent="這些文件沒有談到{places}。",
            outside="檢索範圍內沒有談到{places}。",
            inside="{place}（只談到它所在的{province}）",
            present="文件談到了{places}，但最接近的段落沒有回答這個問題{chance}。",
            lacking="文件談到了{places}，但最接近的段落沒有提到 {figures}{chance}。",
            without="最接近的段落沒有提到 {figures}{chance}。",
            weak="證據不足：最接近的段落能回答這個問題的機率為 {found}，低於 {needed}；下面列出最接近的段落。",
            chance="（機率 {found}，需要 {needed}）",
            quoted="「{}」",
            comma="、",
        ),
        "en": ReasonTexts(
            empty="The collection holds no passage.",
            nothing="No passage was found.",
            absent="Nothing in these documents is about {places}.",
            outside="Nothing in what was searched is about {places}.",
            inside="{place} (only about {province}, its province)",
            present="The documents speak of {places}, but the nearest passages do not answer this{chance}.",
            lacking="The documents speak of {places}, but the nearest passages do not mention {figures}{chance}.",
            without="The nearest passages do not mention {figures}{chance}.",
            weak="The evidence is weak: the nearest passage answers with a probability of {found}, below {needed}. "
            "The nearest passages are listed.",
            chance=" (probability {found}, {needed} needed)",
        ),
        "ja": ReasonTexts(
            empty="文書集には段落が一つもありません。",
            nothing="段落が見つかりませんでした。",
            absent="これらの文書に{places}についての記述はありません。",
            outside="検索した範囲に{places}についての記述はありません。",
            inside="{place}（属する{province}についての記述のみ）",
            present="文書は{places}に触れていますが、最も近い段落はこの質問に答えていません{chance}。",
            lacking="文書は{places}に触れていますが、最も近い段落に {figures} は出てきません{chance}。",
            without="最も近い段落に {figures} は出てきません{chance}。",
            weak="根拠が不十分です。最も近い段落がこの質問に答えている確率は {found} で、必要な {needed} に届きません。"
            "最も近い段落を示します。",
            chance="（確率 {found}、必要 {needed}）",
            quoted="「{}」",
            comma="、",
        ),
        "ko": ReasonTexts(
            empty="문서 모음에 단락이 하나도 없습니다.",
            nothing="단락을 찾지 못했습니다.",
            absent="이 문서들에는 {places}에 관한 내용이 없습니다.",
            outside="검색한 범위에는 {places}에 관한 내용이 없습니다.",
            inside="{place}(속한 성인 {province}에 관한 내용만 있음)",
            present="문서들은 {places}에 관해 말하지만, 가장 가까운 단락들은 이 질문에 답하지 않습니다{chance}.",
            lacking="문서들은 {places}에 관해 말하지만, 가장 가까운 단락들에는 "
            "{figures}에 관한 언급이 없습니다{chance}.",
            without="가장 가까운 단락들에는 {figures}에 관한 언급이 없습니다{chance}.",
            weak="근거가 부족합니다. 가장 가까운 단락이 이 질문에 답할 확률은 {found}로, 필요한 {needed}보다 낮습니다. "
            "가장 가까운 단락들을 보여 드립니다.",
            chance="(확률 {found}, 필요 {needed})",
            quoted="‘{}’",
        ),
        "ru": ReasonTexts(
            empty="В собрании нет ни одного отрывка.",
            nothing="Не найдено ни одного отрывка.",
            absent="По запросу {places} в этих документах ничего нет.",
            outside="По запросу {places} в просмотренной части документов ничего нет.",
            inside="{place} (есть только о провинции {province})",
            present="В документах упоминается {places}, но ближайшие отрывки не отвечают на этот вопрос{chance}.",
            lacking="В документах упоминается {places}, но в ближайших отрывках не встречается {figures}{chance}.",
            without="В ближайших отрывках не встречается {figures}{chance}.",
            weak="Данных недостаточно: ближайший отрывок отвечает на вопрос с вероятностью {found}, а нужно {needed}. "
            "Ближайшие отрывки приведены.",
            chance=" (вероятность {found}, нужно {needed})",
            quoted="«{}»",
            percent="{}\u00a0%",
        ),
        "es": ReasonTexts(
            empty="La colección no contiene ningún pasaje.",
            nothing="No se ha encontrado ningún pasaje.",
            absent="Nada en estos documentos trata sobre {places}.",
            outside="Nada en la parte consultada trata sobre {places}.",
            inside="{place} (solo sobre {province}, su provincia)",
            present="Los documentos mencionan {places}, pero los pasajes más cercanos no responden a esta "
            "pregunta{chance}.",
            lacking="Los documentos mencionan {places}, pero los pasajes más cercanos no mencionan {figures}{chance}.",
            without="Los pasajes más cercanos no mencionan {figures}{chance}.",
            weak="Los indicios son débiles: el pasaje más cercano responde con una probabilidad de {found}, menos de "
            "{needed}. Se muestran los pasajes más cercanos.",
            chance=" (probabilidad de {found}, se necesita {needed})",
            percent="{}\u00a0%",
        ),
        "fr": ReasonTexts(
            empty="La collection ne contient aucun passage.",
            nothing="Aucun passage n’a été trouvé.",
            absent="Rien dans ces documents ne porte sur {places}.",
            outside="Rien dans la partie consultée ne porte sur {places}.",
            inside="{place} (seulement sur sa province, {province})",
            present="Les documents mentionnent {places}, mais les passages les plus proches ne répondent pas à cette "
            "question{chance}.",
            lacking="Les documents mentionnent {places}, mais les passages les plus proches ne mentionnent pas "
            "{figures}{chance}.",
            without="Les passages les plus proches ne mentionnent pas {figures}{chance}.",
            weak="Les indices sont faibles\u00a0: le passage le plus proche répond avec une probabilité de {found}, "
            "moins que {needed}. Les passages les plus proches sont affichés.",
            chance=" (probabilité {found}, il faut {needed})",
            percent="{}\u00a0%",
        ),
        "de": ReasonTexts(
            empty="Die Sammlung enthält keine Textstelle.",
            nothing="Es wurde keine Textstelle gefunden.",
            absent="In diesen Dokumenten steht nichts zu {places}.",
            outside="Im durchsuchten Teil steht nichts zu {places}.",
            inside="{place} (nur zur Provinz {province})",
            present="Die Dokumente erwähnen {places}, aber die ähnlichsten Textstellen beantworten diese Frage "
            "nicht{chance}.",
            lacking="Die Dokumente erwähnen {places}, aber in den ähnlichsten Textstellen steht nichts von "
            "{figures}{chance}.",
            without="In den ähnlichsten Textstellen steht nichts von {figures}{chance}.",
            weak="Die Belege reichen nicht: Die ähnlichste Textstelle antwortet mit einer Wahrscheinlichkeit von "
            "{found}, nötig sind {needed}. Die ähnlichsten Textstellen sind aufgeführt.",
            chance=" (Wahrscheinlichkeit {found}, nötig {needed})",
            quoted="„{}“",
            percent="{}\u00a0%",
        ),
        "ar": ReasonTexts(
            empty="لا تحتوي المجموعة على أي مقطع.",
            nothing="لم يُعثر على أي مقطع.",
            absent="لا يوجد في هذه الوثائق شيء عن {places}.",
            outside="لا يوجد في الجزء الذي جرى البحث فيه شيء عن {places}.",
            inside="{place} (بل عن مقاطعتها {province} فقط)",
            present="تتحدث الوثائق عن {places}، لكن أقرب المقاطع لا تجيب عن هذا السؤال{chance}.",
            lacking="تتحدث الوثائق عن {places}، لكن أقرب المقاطع لا تذكر {figures}{chance}.",
            without="أقرب المقاطع لا تذكر {figures}{chance}.",
            weak="الأدلة ضعيفة: احتمال أن يجيب أقرب مقطع عن السؤال {found}، وهو أقل من {needed}. أقرب المقاطع مذكورة.",
            chance=" (الاحتمال {found}، والمطلوب {needed})",
            quoted="«{}»",
            comma="، ",
        ),
        "vi": ReasonTexts(
            empty="Bộ tài liệu không có đoạn nào.",
            nothing="Không tìm thấy đoạn nào.",
            absent="Các tài liệu này không có nội dung nào về {places}.",
            outside="Phần được tìm không có nội dung nào về {places}.",
            inside="{place} (chỉ có về tỉnh {province})",
            present="Tài liệu có nhắc đến {places}, nhưng những đoạn gần nhất không trả lời câu hỏi này{chance}.",
            lacking="Tài liệu có nhắc đến {places}, nhưng những đoạn gần nhất không nhắc đến {figures}{chance}.",
            without="Những đoạn gần nhất không nhắc đến {figures}{chance}.",
            weak="Bằng chứng còn yếu: đoạn gần nhất trả lời câu hỏi này với xác suất {found}, thấp hơn {needed}. "
            "Những đoạn gần nhất được liệt kê.",
            chance=" (xác suất {found}, cần {needed})",
        ),
    }
)


def reason_language(language: str) -> str:
    """In which language a question in `language` gets its reason, both ISO 639-1."""
    return language if language in TEXTS else "en"
