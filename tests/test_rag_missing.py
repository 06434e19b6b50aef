"""Places, years and figures of a question that were not found: what refusals and scores go by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from refusals import ONE, collection_of

from index.collection import Collection
from index.schema import Passage
from rag.missing import Searched, absent, unmentioned
from rag.named_places import NamedPlaces, mentions


def passage(text: str, context: str = "") -> Passage:
    return Passage("0", "0", 0, 0, len(text), text, text, context, ())


def searched(collection: Collection, rows: list[int] | None = None) -> Searched:
    return Searched(collection, NamedPlaces(collection), None if rows is None else np.array(rows, np.int64))


@pytest.mark.parametrize(
    ("question", "text", "context", "expected"),
    [
        ("How did 73,700 households gain?", "7.37万户从中得益", "", []),
        ("Who got 100 million yuan?", "增收1亿元", "", []),
        ("What did the 1,200 firms get?", "一千二百家企业", "", []),
        ("What was planned in 2025?", "二〇二五年的计划", "", []),
        ("2025年做了什么？", "去年修了渠", "2025年工作报告", []),  # a year may stand in the title alone
        ("2025年和2026年做了什么？", "去年修了渠", "2025年工作报告", ["2026"]),
        ("73,800 households", "7.37万户从中得益", "", ["73,800"]),
        ("12 measures and 45%", "三项措施", "", []),  # small numbers and shares are not looked for
        ("rose by 5.7 points, 36.44 प्रतिशत", "达36.44%，提高5.7个百分点", "", []),  # whatever a share is called
        ("Summarise in 100 words. 请用200字以内概括", "", "", []),  # how long the answer is to be
        ("500자로 요약, 500个汉字, 500多字, 300 palavras", "", "", []),
        ("100 worlds, 200字母, 500字节, 500 Wörterbücher, 300个词条", "", "", ["100", "200", "500", "300"]),
        ("GDP năm 2024 từ công nghiệp, В 2025 словацкие", "", "", ["2024", "2025"]),
        ("民國114年, ปี 2568", "", "", []),  # a year of another calendar
        ("ปี 2025", "", "", ["2025"]),
        ("A cluster of 100 billion yuan?", "打造千亿级集群", "", []),
        ("2035, 2035?", "", "", ["2035"]),
    ],
)
def test_figures_are_looked_for_by_value(question: str, text: str, context: str, expected: list[str]) -> None:
    assert unmentioned(question, [passage("无关"), passage(text, context)]) == expected


def test_a_mention_may_mean_two_places() -> None:
    assert {mention: [place.name for place in meant] for mention, meant in mentions("산시와 Hainan").items()} == {
        "산시": ["山西", "陕西"],
        "Hainan": ["海南"],
    }


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("陕西" + ONE, "산시에서 무엇을 했나요?", []),  # one of the two is there
        ("湖北" + ONE, "산시에서 무엇을 했나요?", ["산시"]),
        ("湖北" + ONE, "Hubei learnt from Hainan and Tibet", ["Hainan", "Tibet"]),
        ("湖北" + ONE, "谁获得了贷款？", []),
        ("在粤企业" + ONE, "What did Guangdong do? 廣東？", []),  # by the sign
        ("北京、天津" + ONE, "京津冀和长三角各有何举措？", ["长三角"]),  # by what lies in it
        ("深圳" + ONE, "广东有哪些做法？", []),
        ("深圳" + ONE, "珠三角有哪些做法？", []),
        ("国家长治久安、海南自由贸易港" + ONE, "山西和青海有哪些做法？", ["山西", "青海"]),
        ("广东" + ONE, "深圳有哪些做法？", ["深圳"]),
        ("粤港澳大湾区" + ONE, "广东有哪些做法？", ["广东"]),
        ("The farmers of Hainan grow rice.", "Rice in Hainan or in Tibet?", ["Tibet"]),
        ("The farmers of Hainan grow rice.", "海南和西藏的农民种什么？", []),  # nobody knows how they would be written
        ("The farmers of Hainan grow rice.", "Что растёт в Тибете?", []),
        (
            "天津" + ONE + "\n\nGuangdong opened 2,400 kilometres of road.",
            "广东修了多少路？В Гуандуне? А в Тибете?",
            ["Тибете"],
        ),
    ],
)
def test_places_that_stand_nowhere(tmp_path: Path, text: str, question: str, expected: list[str]) -> None:
    assert absent(question, searched(collection_of(tmp_path, text))) == expected


def test_of_some_rows_only_they_are_looked_at(tmp_path: Path) -> None:
    collection = collection_of(tmp_path, "湖北" + ONE, "海南" + ONE)
    (hainan,) = (row for row, p in enumerate(collection.passages) if "海南" in p.text)
    assert absent("湖北和海南", searched(collection, [hainan])) == ["湖北"]
    assert absent("湖北和海南", searched(collection)) == []
