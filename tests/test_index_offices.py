import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.offices import offices_in

any_text = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    "text",
    [
        "Who heads the Guangxi Department of Science and Technology?",
        "广东省科技厅",
        "青岛市科学技术局",
        "青島市科学技術局は",
        "광시 과학기술청은",
        "Департамент науки и технологий провинции Гуандун",
        "el departamento de Ciencia y Tecnología",
        "le département des sciences et des technologies",
        "die Behörde für Wissenschaft und Technik",
        "إدارة العلوم والتكنولوجيا",
        "Sở Khoa học và Công nghệ",
    ],
)
def test_science_and_technology_in_every_language(text: str) -> None:
    assert offices_in(text)[:2] == ("科学技术", "科技")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the municipal finance bureau", ("财政",)),
        ("Finanzamt", ("财政",)),
        ("управление финансов", ("财政",)),
        ("教育委員会", ("教育",)),
        ("교육청", ("教育",)),
        ("Oficina de Turismo", ("文化", "旅游", "文旅")),
        ("国家发改委", ("发展改革", "发展和改革")),
        ("Gesundheitsbehörde", ("卫生健康", "卫生")),
        ("The mayor met the governor.", ("市长", "省长")),
        ("科技局の局長", ("科学技术", "科技", "局长")),
        ("مكتب الإحصاء", ("统计",)),
        # a field alone is no office, nor is one in another sentence
        ("science and technology", ()),
        ("the education of children", ()),
        ("Education matters. The office is closed.", ()),
        # whole words
        ("healthy officers", ()),
        ("officeholders of finance", ()),
    ],
)
def test_fields_bodies_and_titles(text: str, expected: tuple[str, ...]) -> None:
    assert offices_in(text) == expected


@given(any_text)
def test_any_text_gives_each_keyword_once(text: str) -> None:
    found = offices_in(text)
    assert len({*found}) == len(found)
