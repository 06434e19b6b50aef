"""What each part is worth: asked once without each, and told beside everything."""

import tomllib

import pytest
from benchmark_folders import folder, passage, question
from fakes import FigureReader, HashEncoder

from eval.benchmarks import load
from eval.benchmarks.trial import trial
from eval.results.parts import ALSO, TITLE, PartRow, Worth, section, worth
from eval.results.sets import MeasuredSet
from eval.sweeps import PARTS

RIVERS = ["长江流经上海市。", "黄河流经济南市。", "珠江流经广州市。", "淮河流经蚌埠市。", "海河流经天津市。"]


@pytest.fixture
def rivers(tmp_path, monkeypatch) -> MeasuredSet:
    monkeypatch.setenv("DIGEST_QA_ENCODERS", "fake")
    corpus = [passage(f"p{n}", text) for n, text in enumerate(RIVERS)]
    lines = [question(f"q{n}", [f"p{n}"], [text[4:7]]) | {"question": text[:4]} for n, text in enumerate(RIVERS)]
    (benchmark,) = load(folder(tmp_path, corpus, lines, "rivers"))
    return MeasuredSet("rivers", *trial(benchmark), (), own=False)


def test_every_row_of_the_file_is_measured_in_its_order_beside_everything(rivers: MeasuredSet) -> None:
    loaded: list[str] = []

    def encoder(spec: str) -> HashEncoder:
        loaded.append(spec)
        return HashEncoder(name=spec)

    reader = FigureReader()
    found = worth(rivers, encoder, reader)
    assert (found.name, found.fold, found.questions) == ("rivers", "all", 5)
    names = [variant["name"] for variant in tomllib.loads(PARTS.read_text("utf-8"))["variant"]]
    assert [row.name for row in found.rows] == ["everything", *names]
    assert sorted(loaded) == ["e5-small", "e5-tuned", "fake", "use-m3"]
    assert reader.asked
    first, *others = found.rows
    assert (first.figures["success@1"], first.delta, first.low, first.high, first.p) == (1.0, None, None, None, None)
    for row in others:
        assert row.delta == pytest.approx(row.figures["success@1"] - 1.0)
        assert row.low <= row.delta <= row.high
        assert set(row.others) <= set(ALSO)
        for name, (delta, _, _) in row.others.items():
            assert delta == pytest.approx(row.figures[name] - first.figures[name])
    assert any(row.others for row in others)
    # Some pairs of characters share a column of the fake's vectors: without terms one river is taken for another.
    assert {row.name: row.figures["success@1"] for row in others}["no terms"] == 0.8


def test_our_own_gold_is_asked_in_its_development_fold(rivers: MeasuredSet) -> None:
    own = MeasuredSet(rivers.name, rivers.documents, rivers.gold, (), own=True)
    found = worth(own, lambda spec: HashEncoder(name=spec), None)
    assert found.fold == "dev"
    assert 0 < found.questions < 5


def test_the_table_by_hand() -> None:
    figures = {"success@1": 0.9, "success@5": 1.0, "quote-iou": 0.75, "contains": None, "char-f1": 0.5, "auroc": 0.8}
    rows = (
        PartRow(name="everything", figures=figures, delta=None, low=None, high=None, p=None, others={}),
        PartRow(
            name="no terms",
            figures=figures | {"success@1": 0.85, "auroc": 0.7},
            delta=-0.05,
            low=-0.1,
            high=0.0,
            p=0.125,
            others={"auroc": (-0.1, -0.2, 0.025)},
        ),
    )
    lines = section([Worth(name="digest", fold="dev", questions=7, rows=rows)])
    assert lines[0] == f"## {TITLE}"
    assert lines[5:] == [
        "### digest",
        "",
        "7 questions (the dev fold).",
        "",
        "| part | Success@1 | difference | p | Success@5 | quote IoU | contains | char-F1 | AUROC |",
        "|---|---|---|---|---|---|---|---|---|",
        "| everything | 90.0 | – | – | 100.0 | 75.0 | – | 50.0 | 80.0 |",
        "| no terms | 85.0 | -5.0 [-10.0, +0.0] | 0.1250 | 100.0 | 75.0 | – | 50.0 | 70.0 (-10.0 [-20.0, +2.5]) |",
        "",
    ]


def test_without_sets_there_is_no_table() -> None:
    assert section([]) == []
