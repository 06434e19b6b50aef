from pathlib import Path

import pytest

from training.places.transliteration import arabic, hangul, russian, sino_korean, sino_vietnamese

HAN_VIET = Path(__file__).resolve().parents[1] / "training" / "places" / "han_viet.txt"


@pytest.mark.parametrize(
    ("pinyin", "in_russian", "in_hangul"),
    [
        ("qing dao", "циндао", "칭다오"),
        ("guang dong", "гуандун", "광둥"),
        ("tian jin", "тяньцзинь", "톈진"),
        ("xi an", "сиань", "시안"),
        ("shi jia zhuang", "шицзячжуан", "스자좡"),
        ("chang chun", "чанчунь", "창춘"),
        ("hui zhou", "хуэйчжоу", "후이저우"),
        ("jiu jiang", "цзюцзян", "주장"),
        ("wen zhou", "вэньчжоу", "원저우"),
        ("zi bo", "цзыбо", "쯔보"),
        ("xu zhou", "сюйчжоу", "쉬저우"),
        ("yue yang", "юэян", "웨양"),
        ("wu han", "ухань", "우한"),
    ],
)
def test_by_rule(pinyin: str, in_russian: str, in_hangul: str) -> None:
    assert (russian(pinyin.split()), hangul(pinyin.split())) == (in_russian, in_hangul)


def test_arabic_has_several_spellings() -> None:
    assert {"تشينغداو", "شينغداو", "تشينجداو"} <= set(arabic(["qing", "dao"]))


def test_sino_korean_and_sino_vietnamese() -> None:
    assert sino_korean("遼寧", {"遼": "료", "寧": "녕"}) == "요녕"
    assert sino_korean("廣東", {"廣": "광"}) is None
    readings = {pair[0]: pair[1:] for pair in HAN_VIET.read_text("utf-8").split()}
    assert sino_vietnamese("青岛", readings) == "thanh đảo"
    assert sino_vietnamese("湛江", readings) == "trạm giang"
    assert sino_vietnamese("龘", readings) is None
