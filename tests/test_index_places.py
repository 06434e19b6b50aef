import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.place_names import gazetteer, one_letter_off
from index.places import Place, places_in

REPOSITORY = Path(__file__).resolve().parents[1]
any_text = st.text(st.characters(exclude_categories=()))
PROVINCES = (
    "北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 "
    "广东 广西 海南 重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 台湾 香港 澳门"
).split()


def names(text: str) -> list[str]:
    return [place.name for place in places_in(text)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Quảng Đông",
            "quang dong",
            "Кантон",
            "Гуандун",
            "광둥성",
            "광동성",
            "قوانغدونغ",
            "غوانغدونغ",
            "広東省",
            "廣東",
        ),
        *("Kanton", "Guangdong Province", "Canton", "Provincia de Cantón", "GUANGDONG", "guangdong", "Guang Dong"),
        *("粤", "广东省", "Ｇｕａｎｇｄｏｎｇ", "Guǎngdōng", "カントン", "Guandong", "广東"),
    ],
)
def test_guangdong_in_every_language(text: str) -> None:
    assert names(text) == ["广东"]


@pytest.mark.parametrize(
    "text",
    [
        *("Thanh Đảo", "Циндао", "칭다오", "青島", "青岛市", "Tsingtao", "Qingdao", "تشينغداو", "チンタオ", "Tsingtau"),
        *("Qindgao", "Qingdoa", "Qngdao", "Qinggdao"),
    ],
)
def test_qingdao_in_every_language_and_misspelt(text: str) -> None:
    assert names(text) == ["青岛"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # how it is written
        ("Xi'an, Xi’an, Xian, XIAN", ["西安"]),
        ("xi'an", ["西安"]),
        ("Hong Kong Hongkong Hong-Kong", ["香港"]),
        ("Ürümqi Urumqi", ["乌鲁木齐"]),
        ("Tianjing", ["天津"]),
        # Chinese and Japanese
        ("青島市の取り組み", ["青岛"]),
        ("惠州、东莞和湛江", ["惠州", "东莞", "湛江"]),
        ("广西南宁市", ["广西", "南宁"]),
        ("内モンゴル自治区と新疆ウイグル自治区", ["内蒙古", "新疆"]),
        ("吉林", ["吉林"]),
        ("黄河南岸的长江西路", []),
        ("均衡水平、隆重庆祝、结合肥料", []),
        ("来宾很多，大理石，长治久安，日照时间", []),
        ("来宾市和大理州", ["来宾", "大理"]),
        ("广西来宾的经验", ["广西", "来宾"]),
        ("白银、陇南", ["白银", "陇南"]),
        # one character
        ("津贴 桂花 京剧 政府 复苏", []),
        ("粤港澳合作", ["广东", "香港", "澳门"]),
        ("粤企与鲁企", ["广东", "山东"]),
        ("在津的企业", ["天津"]),
        ("云贵高原，青藏铁路", ["云南", "贵州", "青海", "西藏"]),
        ("鄂湘赣三省", ["湖北", "湖南", "江西"]),
        ("专精特新企业、平台企业、新港", []),
        ("津の人", []),
        # Korean
        ("광둥성에서", ["广东"]),
        ("톈진시과학기술국", ["天津"]),
        ("칭다오의 정책", ["青岛"]),
        ("지난해의 시안", []),
        ("지난시와 시안시", ["济南", "西安"]),
        ("중국광시는", ["广西"]),
        # Russian, Ukrainian adjectives and cases
        ("Гуандуне", ["广东"]),
        ("Гуандуна", ["广东"]),
        ("тяньцзиньского парка", ["天津"]),
        ("в Пекине, Шанхае и Лхасе", ["北京", "上海", "拉萨"]),
        ("Внутренней Монголии", ["内蒙古"]),
        # German, French, English
        ("Guangdongs Wirtschaft, die Qingdaoer Firmen", ["广东", "青岛"]),
        ("l'Anhui et d’Anhui", ["安徽"]),
        ("Qingdao's", ["青岛"]),
        ("canton de Vaud", []),
        # Arabic
        ("بتيانجين", ["天津"]),
        ("والقوانغدونغ", ["广东"]),
        ("في قوانغشي", ["广西"]),
        ("اليونان", []),
        # Vietnamese
        ("trong hai năm liên tiếp", []),
        ("Hải Nam", ["海南"]),
        ("Quảng Tây và Thiên Tân", ["广西", "天津"]),
        ("Việt Nam kinh tế", []),
        ("đại lý bán hàng", []),
        # names that are not to be mixed
        ("Hunan, Henan", ["湖南", "河南"]),
        ("Shaanxi", ["陕西"]),
        ("Shanxi", ["山西"]),
        ("Шэньси и Шаньси", ["陕西", "山西"]),
        ("Hebei Hubei", ["河北", "湖北"]),
        ("خبي", ["河北"]),
        ("섬서성", ["陕西"]),
        ("산시성", ["山西", "陕西"]),
        ("Shannxi", []),
        # ordinary words
        ("Canada human change", []),
        ("Damian joined Jinping", []),
        # a person's name
        ("Mr Cheng of the Peng Cheng Laboratory, the Shang dynasty, Tsang", []),
        ("Wuxi, Hefei, Amoy, Xi'an", ["无锡", "合肥", "厦门", "西安"]),
        # traditional characters
        ("在粵企業、滬蘇兩地", ["广东", "上海", "江苏"]),
        ("粵港澳大灣區、長江三角洲", ["大湾区", "长三角"]),
        # regions
        ("Greater Bay Area", ["大湾区"]),
        ("粤港澳大湾区", ["大湾区"]),
        ("京津冀协同发展", ["京津冀"]),
        ("Beijing-Tianjin-Hebei", ["京津冀"]),
        ("the Yangtze River Delta", ["长三角"]),
    ],
)
def test_what_a_text_names(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Suzhou", "苏州"),
        ("Suzhou in Anhui", "宿州"),
        ("Taizhou, Zhejiang", "台州"),
        ("Taizhou", "泰州"),
    ],
)
def test_the_better_known_city_unless_the_province_is_named(text: str, expected: str) -> None:
    assert names(text)[0] == expected


def test_a_mention_has_its_unit_kind_and_province() -> None:
    text = "从广东省广州市、吉林市到海南藏族自治州"
    assert places_in(text) == (
        Place("广东", "province", "广东", 1, 4),
        Place("广州", "city", "广东", 4, 7),
        Place("吉林", "city", "吉林", 8, 11),
        Place("海南", "city", "青海", 12, 19),
    )
    assert places_in("昆山市")[0].kind == "county"
    assert places_in("大湾区") == (Place("大湾区", "region", "", 0, 3),)


def test_the_unit_of_a_traditional_name_is_in_the_mention() -> None:
    (place,) = places_in("去廣西壯族自治區看看")
    assert (place.name, place.start, place.end) == ("广西", 1, 8)


def test_a_word_of_thousands_of_letters_is_no_misspelt_name() -> None:
    assert one_letter_off("циндао" * 2_000) == set()
    assert places_in("Скими" * 2_000) == ()


def test_offsets_are_code_points_of_the_text_as_given() -> None:
    text = "\U0001f600 Tha\u0300nh: Tỉnh Qua\u0309ng Đông…"
    place = places_in(text)[0]
    assert text[place.start : place.end] == "Qua\u0309ng Đông"
    text = "Tha\u0300nh Đo\u0302."
    assert [(place.name, place.start, place.end) for place in places_in(text)] == [("成都", 0, 10)]


def test_each_place_once_at_its_first_mention() -> None:
    text = "Qingdao, 青岛, Циндао"
    assert [(place.start, place.end) for place in places_in(text)] == [(0, 7)]


def test_all_provinces_and_some_340_cities_are_known() -> None:
    assert sorted(name for name, kind, _ in gazetteer().places if kind == "province") == sorted(PROVINCES)
    cities = {name for name, kind, province in gazetteer().places if kind == "city" and province != "台湾"}
    assert len(cities) == 333  # GB/T 2260, with 吉林 and 海南, which share their names with provinces
    assert {province for _, kind, province in gazetteer().places if kind != "region"} == {*PROVINCES}


@pytest.mark.parametrize("name", PROVINCES)
def test_every_province_by_its_plain_and_its_full_name(name: str) -> None:
    assert names(name) == names(f"在{name}，") == [name]
    assert names(f"{name}省")[0] == name


@given(any_text)
@example("\ud800广东\udfff")
@example("İstanbul ǆ ﬀ ½ ﷺ粤")
@example("'" * 9 + "Xi'an" + "'" * 9)
def test_any_text_gives_places_in_order_with_their_mentions(text: str) -> None:
    found = places_in(text)
    for place in found:
        assert 0 <= place.start < place.end <= len(text)
    assert [place.start for place in found] == sorted(place.start for place in found)
    assert len({(place.name, place.kind) for place in found}) == len(found)


@given(st.sampled_from(PROVINCES), st.text("的是有，。？ \n"), st.text("的是有，。？ \n"))
def test_a_name_is_found_where_it_stands(name: str, before: str, after: str) -> None:
    text = f"{before}{name}{after}"
    assert [(place.name, text[place.start : place.end]) for place in places_in(text)] == [(name, name)]


@pytest.mark.parametrize(
    ("word", "expected"), [("qindgao", {"青岛"}), ("tianjing", {"天津"}), ("jingdao", set()), ("damian", set())]
)
def test_typos_are_single_edits_of_one_name(word: str, expected: set[str]) -> None:
    assert {gazetteer().places[number][0] for number in one_letter_off(word)} == expected


def test_the_file_says_where_it_comes_from_and_is_small() -> None:
    path = REPOSITORY / "index" / "places.json"
    assert path.stat().st_size < 1_500_000
    sources = json.loads(path.read_text("utf-8"))["sources"]
    assert "GeoNames (CC BY 4.0" in sources
    assert "CLDR" in sources


def test_it_is_read_when_first_asked_for() -> None:
    code = "import index.terms; from index.place_names import gazetteer; print(gazetteer.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
