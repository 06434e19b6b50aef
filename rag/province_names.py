"""The provinces that have cities, as readers of ten languages know them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ELSEWHERE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "es": {"内蒙古": "Mongolia Interior", "西藏": "Tíbet", "台湾": "Taiwán"},
        "fr": {"内蒙古": "Mongolie-Intérieure", "台湾": "Taïwan"},
        "de": {"内蒙古": "Innere Mongolei"},
    }
)
"""Names in languages that otherwise write pinyin as English does."""

_COLUMNS = ("en", "zh-Hant", "ja", "ko", "ru", "vi", "ar")
_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "河北": ("Hebei", "河北", "河北", "허베이", "Хэбэй", "Hà Bắc", "خبي"),
        "山西": ("Shanxi", "山西", "山西", "산시(山西)", "Шаньси", "Sơn Tây", "شانشي"),
        "内蒙古": (
            "Inner Mongolia",
            "內蒙古",
            "内モンゴル",
            "네이멍구",
            "Внутренняя Монголия",
            "Nội Mông",
            "منغوليا الداخلية",
        ),
        "辽宁": ("Liaoning", "遼寧", "遼寧", "랴오닝", "Ляонин", "Liêu Ninh", "لياونينغ"),
        "吉林": ("Jilin", "吉林", "吉林", "지린", "Цзилинь", "Cát Lâm", "جيلين"),
        "黑龙江": ("Heilongjiang", "黑龍江", "黒竜江", "헤이룽장", "Хэйлунцзян", "Hắc Long Giang", "هيلونغجيانغ"),
        "江苏": ("Jiangsu", "江蘇", "江蘇", "장쑤", "Цзянсу", "Giang Tô", "جيانغسو"),
        "浙江": ("Zhejiang", "浙江", "浙江", "저장", "Чжэцзян", "Chiết Giang", "تشيجيانغ"),
        "安徽": ("Anhui", "安徽", "安徽", "안후이", "Аньхой", "An Huy", "آنهوي"),
        "福建": ("Fujian", "福建", "福建", "푸젠", "Фуцзянь", "Phúc Kiến", "فوجيان"),
        "江西": ("Jiangxi", "江西", "江西", "장시", "Цзянси", "Giang Tây", "جيانغشي"),
        "山东": ("Shandong", "山東", "山東", "산둥", "Шаньдун", "Sơn Đông", "شاندونغ"),
        "河南": ("Henan", "河南", "河南", "허난", "Хэнань", "Hà Nam", "خنان"),
        "湖北": ("Hubei", "湖北", "湖北", "후베이", "Хубэй", "Hồ Bắc", "هوبي"),
        "湖南": ("Hunan", "湖南", "湖南", "후난", "Хунань", "Hồ Nam", "هونان"),
        "广东": ("Guangdong", "廣東", "広東", "광둥", "Гуандун", "Quảng Đông", "غوانغدونغ"),
        "广西": ("Guangxi", "廣西", "広西", "광시", "Гуанси", "Quảng Tây", "غوانغشي"),
        "海南": ("Hainan", "海南", "海南", "하이난", "Хайнань", "Hải Nam", "هاينان"),
        "四川": ("Sichuan", "四川", "四川", "쓰촨", "Сычуань", "Tứ Xuyên", "سيتشوان"),
        "贵州": ("Guizhou", "貴州", "貴州", "구이저우", "Гуйчжоу", "Quý Châu", "قويتشو"),
        "云南": ("Yunnan", "雲南", "雲南", "윈난", "Юньнань", "Vân Nam", "يونان"),
        "西藏": ("Tibet", "西藏", "チベット", "티베트", "Тибет", "Tây Tạng", "التبت"),
        "陕西": ("Shaanxi", "陝西", "陝西", "산시(陕西)", "Шэньси", "Thiểm Tây", "شنشي"),
        "甘肃": ("Gansu", "甘肅", "甘粛", "간쑤", "Ганьсу", "Cam Túc", "قانسو"),
        "青海": ("Qinghai", "青海", "青海", "칭하이", "Цинхай", "Thanh Hải", "تشينغهاي"),
        "宁夏": ("Ningxia", "寧夏", "寧夏", "닝샤", "Нинся", "Ninh Hạ", "نينغشيا"),
        "新疆": ("Xinjiang", "新疆", "新疆", "신장", "Синьцзян", "Tân Cương", "شينجيانغ"),
        "台湾": ("Taiwan", "臺灣", "台湾", "타이완", "Тайвань", "Đài Loan", "تايوان"),
    }
)


def province_name(name: str, language: str) -> str:
    """A province in a language of `reason_texts`, by its Chinese name; as in English for any other language.

    Raises KeyError for what has no cities, as municipalities.
    """
    if language == "zh":
        return name
    own = dict(zip(_COLUMNS, _NAMES[name], strict=True))
    return _ELSEWHERE.get(language, {}).get(name) or own.get(language, own["en"])
