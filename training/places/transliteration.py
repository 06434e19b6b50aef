"""A Chinese name in other scripts by rule: what data files miss for smaller cities.

Each table maps the pinyin of a syllable by its initial and its final: Russian after Palladius, Hangul after the
loanword rules of the National Institute of Korean Language (1986), Arabic after common use, which has several letters
for some consonants. Sino-Korean readings come from Unihan, Sino-Vietnamese ones from `han_viet.txt`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import islice, product

_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcs")


def _table(lines: str) -> dict[str, list[str]]:
    return {key: forms.split("/") for key, _, forms in (pair.partition("=") for pair in lines.split())}


_RU_INITIALS = _table("""b=б p=п m=м f=ф d=д t=т n=н l=л g=г k=к h=х j=цз q=ц x=с zh=чж ch=ч sh=ш r=ж z=цз c=ц s=с""")
_RU_FINALS = _table("""
a=а ai=ай an=ань ang=ан ao=ао e=э ei=эй en=энь eng=эн er=эр i=и ia=я ian=янь iang=ян iao=яо ie=е in=инь ing=ин iong=юн
iu=ю o=о ong=ун ou=оу u=у ua=уа uai=уай uan=уань uang=уан ui=уй un=унь uo=о v=юй van=юань ve=юэ vn=юнь""")
_RU_ALONE = _table("""i=и ia=я ian=янь iang=ян iao=яо ie=е in=инь ing=ин iong=юн iu=ю u=у ua=ва uai=вай uan=вань
uang=ван ui=вэй un=вэнь uo=во ong=вэн v=юй van=юань ve=юэ vn=юнь""")

_KO_INITIALS = _table(
    """b=ㅂ p=ㅍ m=ㅁ f=ㅍ d=ㄷ t=ㅌ n=ㄴ l=ㄹ g=ㄱ k=ㅋ h=ㅎ j=ㅈ q=ㅊ x=ㅅ zh=ㅈ ch=ㅊ sh=ㅅ r=ㄹ z=ㅉ c=ㅊ s=ㅆ"""
)
_KO_FINALS = _table("""
a=아 ai=아이 an=안 ang=앙 ao=아오 e=어 ei=에이 en=언 eng=엉 er=얼 i=이 ia=야 ian=옌 iang=양 iao=야오 ie=예 in=인 ing=잉
iong=융 iu=유 o=오 ong=웅 ou=어우 u=우 ua=와 uai=와이 uan=완 uang=왕 ui=우이 un=운 uo=워 v=위 van=위안 ve=웨 vn=윈""")
_KO_ALONE = _table("iu=유 ui=웨이 un=원 ong=웡 iao=야오 iu=유")
_KO_NARROW = dict(zip("ㅑㅖㅛㅠ", "ㅏㅔㅗㅜ", strict=True))

_AR_INITIALS = _table("""b=ب p=ب m=م f=ف d=د t=ت n=ن l=ل g=غ k=ك h=خ j=ج q=تش/ش x=ش/س zh=تش/ج ch=تش sh=ش r=ر z=تس/ز
c=تس s=س""")
_AR_FINALS = _table("""
a=ا ai=اي an=ان ang=انغ ao=او e=ه/ي ei=ي en=ن/ين eng=نغ/ينغ er=ر i=ي ia=يا ian=يان iang=يانغ iao=ياو ie=يه in=ين ing=ينغ
iong=يونغ iu=يو o=و ong=ونغ ou=و u=و ua=وا uai=واي uan=وان uang=وانغ ui=وي un=ون uo=وه/و v=وي van=وان ve=ويه vn=ون""")
_MOST = 24  # spellings of one name


def _parts(syllable: str) -> tuple[str, str]:
    """Initial and final of a syllable in pinyin: yuan → ("", "van"), zhou → ("zh", "ou"), wu → ("", "u")."""
    syllable = syllable.replace("ü", "v")
    initial = next((found for found in _INITIALS if syllable.startswith(found)), "")
    final = syllable[len(initial) :]
    if initial in ("j", "q", "x"):
        final = final.replace("u", "v", 1) if final.startswith("u") else final
    if final.startswith("yu"):
        final = "v" + final[2:]
    elif final.startswith("y"):
        final = {"yi": "i", "yin": "in", "ying": "ing", "you": "iu", "yong": "iong"}.get(final, "i" + final[1:])
    elif final.startswith("w"):
        final = {"wu": "u", "wei": "ui", "wen": "un", "weng": "ong"}.get(final, "u" + final[1:])
    return initial, final


def russian(syllables: Sequence[str]) -> str:
    """青岛 → циндао, by Palladius; a hard sign parts ань from a vowel: яньань → яньань."""
    done = ""
    for syllable in syllables:
        initial, final = _parts(syllable)
        if not initial:
            done += (_RU_ALONE.get(final) or _RU_FINALS[final])[0]
        elif initial in ("zh", "ch", "sh", "r", "z", "c", "s") and final == "i":
            done += _RU_INITIALS[initial][0] + ("ы" if initial in ("z", "c", "s") else "и")
        elif initial == "h" and final == "ui":
            done += "хуэй"
        elif final in ("ui", "un") and initial:
            done += _RU_INITIALS[initial][0] + _RU_FINALS[final][0]
        else:
            done += _RU_INITIALS[initial][0] + _RU_FINALS[final][0]
    return done


def hangul(syllables: Sequence[str]) -> str:
    """青岛 → 칭다오."""
    return "".join(_hangul_syllable(*_parts(syllable)) for syllable in syllables)


def _hangul_syllable(initial: str, final: str) -> str:
    if not initial:
        return (_KO_ALONE.get(final) or _KO_FINALS[final])[0]
    if final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s"):
        return {"zh": "즈", "ch": "츠", "sh": "스", "r": "르", "z": "쯔", "c": "츠", "s": "쓰"}[initial]
    first, rest = _KO_FINALS[final][0][0], _KO_FINALS[final][0][1:]
    onset = _KO_INITIALS[initial][0]
    _, vowel, coda = _jamo(first)
    vowel = _KO_NARROW.get(vowel, vowel) if onset in "ㅈㅉㅊ" else vowel
    return _compose(onset, vowel, coda) + rest


_ONSETS, _VOWELS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"


def _jamo(syllable: str) -> tuple[str, str, int]:
    number = ord(syllable) - 0xAC00
    return _ONSETS[number // 588], _VOWELS[number % 588 // 28], number % 28


def _compose(onset: str, vowel: str, coda: int) -> str:
    return chr(0xAC00 + _ONSETS.index(onset) * 588 + _VOWELS.index(vowel) * 28 + coda)


def arabic(syllables: Sequence[str]) -> list[str]:
    """青岛 → تشينغداو, شينغداو: the likely spellings, at most `_MOST`."""
    spellings = []
    for syllable in syllables:
        initial, final = _parts(syllable)
        first = _AR_INITIALS.get(initial) or [{"i": "ي", "u": "و", "v": "ي"}.get(final[0], "")]
        rest = _AR_FINALS[final]
        if not initial:
            bare = [form.removeprefix(first[0]) for form in rest]
            spellings.append([("ا" if not first[0] else first[0]) + (form if first[0] else form[1:]) for form in bare])
        elif final == "i" and initial in ("zh", "ch", "sh", "r", "z", "c", "s"):
            spellings.append([form + vowel for form in first for vowel in ("", "ي")])
        else:
            spellings.append([form + end for form in first for end in rest])
    found = ["".join(choice) for choice in islice(product(*spellings), _MOST)]
    return [*found, *(name.replace("غ", "ج") for name in found)]  # as Egyptians write a hard g


def sino_korean(name: str, readings: Mapping[str, str]) -> str | None:
    """廣東 → 광동, in traditional characters; None where a character has no reading."""
    if not all(character in readings for character in name):
        return None
    return _initial_law("".join(readings[character] for character in name))


def _initial_law(word: str) -> str:
    """ㄹ and ㄴ at the head of a word become ㄴ or ㅇ: 료녕 → 요녕, 락산 → 낙산."""
    onset, vowel, coda = _jamo(word[0])
    if onset in "ㄹㄴ" and vowel in "ㅑㅕㅖㅛㅠㅣ":
        onset = "ㅇ"
    elif onset == "ㄹ":
        onset = "ㄴ"
    return _compose(onset, vowel, coda) + word[1:]


def sino_vietnamese(name: str, readings: Mapping[str, str]) -> str | None:
    """青岛 → thanh đảo, in simplified characters."""
    if not all(character in readings for character in name):
        return None
    return unicodedata.normalize("NFC", " ".join(readings[character] for character in name))
