import pytest

from index.bylines import bare_names, institution, is_dateline, people
from index.regions import office_region, opening_region, places, romanised, short_form, title_region


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("马国栋 甘肃省水利厅党组书记、厅长", [("马国栋", "甘肃省水利厅党组书记、厅长")]),
        ("马 栋　甘肃省水利厅厅长", [("马栋", "甘肃省水利厅厅长")]),
        ("马国栋：甘肃省水利厅厅长", [("马国栋", "甘肃省水利厅厅长")]),
        ("马国栋 甘肃省水利厅一级巡视员", [("马国栋", "甘肃省水利厅一级巡视员")]),
        ("马国栋（甘肃省水利厅厅长）", [("马国栋", "甘肃省水利厅厅长")]),
        ("马国栋 (兰州大学)", [("马国栋", "兰州大学")]),
        ("甘肃省水利厅厅长 马国栋", [("马国栋", "甘肃省水利厅厅长")]),
        ("马国栋甘肃省水利厅厅长", [("马国栋", "甘肃省水利厅厅长")]),
        ("马栋甘肃省兰州市水务局局长", [("马栋", "甘肃省兰州市水务局局长")]),
        ("马国栋广州市水务局局长", [("马国栋", "广州市水务局局长")]),
        ("买买提·艾力 新疆维吾尔自治区水利厅厅长", [("买买提·艾力", "新疆维吾尔自治区水利厅厅长")]),
        ("乌云其木格 内蒙古自治区水利厅厅长", [("乌云其木格", "内蒙古自治区水利厅厅长")]),
        ("布仁巴雅尔 锡林郭勒盟水利局局长", [("布仁巴雅尔", "锡林郭勒盟水利局局长")]),
        ("作者：马国栋 段晓云", [("马国栋", ""), ("段晓云", "")]),
        ("作者：马国栋  时间：2024-08-03", [("马国栋", "")]),
        ("文/李雨、何进", [("李雨", ""), ("何进", "")]),
        ("本报记者 李 雨", [("李雨", "本报记者")]),
        ("李雨　黄河周刊记者", [("李雨", "黄河周刊记者")]),
        ("本报驻兰州记者 李雨 何进", [("李雨", "本报驻兰州记者"), ("何进", "本报驻兰州记者")]),
        ("Anna Keller, Director", []),
        ("Anna Keller Director of the Water Board", [("Anna Keller", "Director of the Water Board")]),
        ("Anna Keller (Riverton University)", [("Anna Keller", "Riverton University")]),
        ("By Anna Keller", [("Anna Keller", "")]),
        ("By Anna Keller and Tomas J. Lindqvist", [("Anna Keller", ""), ("Tomas J. Lindqvist", "")]),
    ],
)
def test_bylines(text, expected):
    assert list(people(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "甘肃：一渠清水上旱塬",
        "水利厅厅长说，渠修好了。",
        "基层单位负责人",
        "局长 厅长",
        "自治区水利厅 内蒙古自治区水利厅厅长",
        "看渠的人 他不是记者，也不是通讯员",
        "山里的第二件难事 甘肃省水利厅厅长",
        "招聘：市场调研员若干名",
        "By the river",
        "来源：人民日报",
        "一是渠道老化，二是水价多年未动，三是用水凭习惯",
        "马国栋 " + "甘肃省水利厅厅长" * 12,
    ],
)
def test_no_bylines(text):
    assert people(text) == ()


def test_names_alone_need_surnames():
    assert bare_names("杨沐 邓淑宜") == ("杨沐", "邓淑宜")
    assert bare_names("引言 总结") == ()
    assert bare_names("") == ()


@pytest.mark.parametrize(
    "text", ["来源：人民日报", "（责任编辑：李雨）", "时间：2024-08-03", "新华社兰州8月3日电", "新华社记者 李雨摄"]
)
def test_datelines(text):
    assert is_dateline(text)
    assert people(text) == ()


def test_a_dateline_is_a_short_line():
    assert not is_dateline("来源：" + "水" * 38)
    assert not is_dateline("水从哪里来")


@pytest.mark.parametrize(
    ("office", "expected"),
    [
        ("甘肃省水利厅党组书记、厅长", "甘肃省水利厅"),
        ("洛阳市文物局副局长", "洛阳市文物局"),
        ("洛阳市文物局二级巡视员", "洛阳市文物局"),
        ("Director of the Harbour Council", " of the Harbour Council"),
        ("兰州大学", "兰州大学"),
        ("厅长", ""),
    ],
)
def test_the_institution_of_an_office(office, expected):
    assert institution(office) == expected


SOURCE = "成都高新区在西边，青岛市在海边，延边州在山里，内蒙古自治区在北方。"


@pytest.mark.parametrize(
    ("title", "region"),
    [
        ("甘肃：一渠清水", "甘肃"),
        ("天津市：一渠清水", "天津"),
        ("广西壮族自治区：一渠清水", "广西"),
        ("内蒙古｜一渠清水", "内蒙古"),
        ("青岛：一渠清水", "青岛"),
        ("延边：一渠清水", "延边"),
        ("记者：一渠清水", None),
        ("大连：一渠清水", "大连"),
        ("广东广州：一渠清水", "广州"),
        ("成都高新区：一渠清水", "成都"),
        ("东方风来：一渠清水", None),
        ("北京朝阳：一渠清水", "北京"),
        ("粤港澳：一渠清水", None),
        ("北京到青岛：一渠清水", "北京"),
        ("武汉经济技术开发区：一渠清水", "武汉"),
        ("日照：一渠清水", None),
        ("日照市：一渠清水", "日照"),
        ("青岛港修了一渠清水", "青岛"),
        ("青岛和大连修了一渠清水", None),
        ("大连港修了一渠清水", None),
        ("修渠看青岛", None),
        ("一渠清水到甘肃", "甘肃"),
        ("从甘肃到宁夏", None),
        ("一渠清水", None),
    ],
)
def test_the_region_of_a_title(title, region):
    assert title_region(title, places(SOURCE)) == region


def test_only_a_known_place_opens_a_title():
    assert [opening_region(f"{name}：一渠清水", places(SOURCE)) for name in ("青岛", "甘肃", "大连")] == [
        "青岛",
        "甘肃",
        None,
    ]


@pytest.mark.parametrize(
    ("office", "region"),
    [
        ("天津市科学技术局党组书记、局长", "天津"),
        ("广东省广州市科学技术局局长", "广州"),
        ("广西壮族自治区科学技术厅厅长", "广西"),
        ("新疆维吾尔自治区水利厅厅长", "新疆"),
        ("宁波市港航管理局局长", "宁波"),
        ("上海交通大学校长", "上海"),
        ("物流部部长", None),
        ("Director of the Water Board", None),
    ],
)
def test_the_region_of_an_office(office, region):
    assert office_region(office) == region


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("甘南藏族自治州", "甘南"),
        ("延边朝鲜族自治州", "延边"),
        ("广西壮族自治区", "广西"),
        ("新疆维吾尔自治区", "新疆"),
        ("青岛", "青岛"),
    ],
)
def test_a_region_goes_without_its_unit_and_people(name, short):
    assert short_form(name) == short


@pytest.mark.parametrize(
    ("region", "name"), [("广西", "Guangxi"), ("青岛", "Qingdao"), ("陕西", "Shaanxi"), ("西藏", "Tibet")]
)
def test_a_region_in_latin_letters(region, name):
    assert romanised(region) == name


def test_a_traditional_byline_stays_as_printed():
    assert people("陳 群 湖南省農業農村廳黨組書記") == (("陳群", "湖南省農業農村廳黨組書記"),)
