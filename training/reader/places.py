"""Places put into questions and contexts, so that the model learns to compare them across languages.

The context of a passage begins with its region, in Chinese and in Latin letters (`index.chunking.context_of`). A
question that names another region is not answered by it, however well the rest fits.
"""

from __future__ import annotations

import random

from index.regions import romanised

_PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 "
    "四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
).split()
_CITIES = (
    "广州 深圳 武汉 成都 西安 南京 杭州 苏州 宁波 厦门 大连 沈阳 长春 哈尔滨 郑州 济南 合肥 昆明 兰州 "
    "乌鲁木齐 桂林 洛阳"
).split()
NAMES = (*_PROVINCES, *_CITIES)
"""In Chinese; Latin letters are `romanised` from them."""

KNOWN = (
    "北京 上海 天津 重庆 广东 四川 云南 新疆 西藏 香港 福建 浙江 江苏 山东 河南 湖南 湖北 武汉 广州 深圳 成都 西安"
).split()
_OWN = {
    "ja": (
        "北京 上海 天津 重慶 広東 四川 雲南 新疆 チベット 香港 福建 浙江 江蘇 山東 河南 湖南 湖北 武漢 広州 "
        "深圳 成都 西安"
    ),
    "ru": (
        "Пекин Шанхай Тяньцзинь Чунцин Гуандун Сычуань Юньнань Синьцзян Тибет Гонконг Фуцзянь Чжэцзян Цзянсу "
        "Шаньдун Хэнань Хунань Хубэй Ухань Гуанчжоу Шэньчжэнь Чэнду Сиань"
    ),
    "el": (
        "Πεκίνο Σαγκάη Τιεντσίν Τσονγκτσίνγκ Γκουανγκντόνγκ Σετσουάν Γιουνάν Σιντσιάνγκ Θιβέτ Χονγκ_Κονγκ "
        "Φουτσιάν Τζετζιάνγκ Τζιανγκσού Σαντόνγκ Χενάν Χουνάν Χουπέι Ουχάν Γκουανγκτζόου Σεντζέν Τσενγκντού "
        "Σιάν"
    ),
    "ar": (
        "بكين شنغهاي تيانجين تشونغتشينغ قوانغدونغ سيتشوان يونان شينجيانغ التبت هونغ_كونغ فوجيان تشجيانغ "
        "جيانغسو شاندونغ خنان هونان هوبي ووهان قوانغتشو شنتشن تشنغدو شيآن"
    ),
    "hi": (
        "बीजिंग शंघाई तियानजिन चोंगकिंग ग्वांगडोंग सिचुआन युन्नान शिनजियांग तिब्बत हांगकांग फ़ुज़ियान झेजियांग "
        "जियांग्सू शेडोंग हेनान हुनान हुबेई वुहान ग्वांगझू शेन्ज़ेन चेंगदू शीआन"
    ),
    "th": (
        "ปักกิ่ง เซี่ยงไฮ้ เทียนจิน ฉงชิ่ง กวางตุ้ง เสฉวน ยูนนาน ซินเจียง ทิเบต ฮ่องกง ฝูเจี้ยน เจ้อเจียง เจียงซู ซานตง "
        "เหอหนาน หูหนาน หูเป่ย์ อู่ฮั่น กว่างโจว เซินเจิ้น เฉิงตู ซีอาน"
    ),
    "vi": (
        "Bắc_Kinh Thượng_Hải Thiên_Tân Trùng_Khánh Quảng_Đông Tứ_Xuyên Vân_Nam Tân_Cương Tây_Tạng Hồng_Kông Phúc_Kiến "
        "Chiết_Giang Giang_Tô Sơn_Đông Hà_Nam Hồ_Nam Hồ_Bắc Vũ_Hán Quảng_Châu Thâm_Quyến Thành_Đô Tây_An"
    ),
    "ko": (
        "베이징 상하이 톈진 충칭 광둥 쓰촨 윈난 신장 티베트 홍콩 푸젠 저장 장쑤 산둥 허난 후난 후베이 우한 "
        "광저우 선전 청두 시안"
    ),
}
_TABLES = {
    language: dict(zip(KNOWN, (name.replace("_", " ") for name in names.split()), strict=True))
    for language, names in _OWN.items()
}
_OFFICES = (
    "科学技术厅",
    "科学技术局",
    "财政厅",
    "教育厅",
    "发展和改革委员会",
    "人民政府",
    "农业农村厅",
    "卫生健康委员会",
)


def two_places(language: str, chance: random.Random) -> tuple[str, str]:
    """Two different places, in Chinese, that have names in `language`."""
    names = tuple(_TABLES[language]) if language in _TABLES else NAMES
    first, second = chance.sample(names, 2)
    return first, second


def asked_in(question: str, place: str, language: str, chance: random.Random) -> str:
    """The question with the place before or after it."""
    name = place_name(place, language)
    if language.startswith("zh") or language == "ja":
        return chance.choice(
            (f"{name}：{question}", f"在{name}，{question}", f"{name}{question}", f"{question}（{name}）")
        )
    return chance.choice((f"{name}: {question}", f"{question} ({name})", f"{question.rstrip('?')}, {name}?"))


def place_name(place: str, language: str) -> str:
    """In the language's own writing where it is known, else in Latin letters."""
    if language.startswith("zh"):
        return place
    return _TABLES.get(language, {}).get(place) or romanised(place)


def context_in(place: str, title: str, chance: random.Random) -> str:
    """A context as `index.chunking.context_of` writes it, with an office in half of the cases."""
    office = f"（{place}{chance.choice(_OFFICES)}）" if chance.random() < 0.5 else ""
    return f"{place}（{romanised(place)}）：{title}{office}"
