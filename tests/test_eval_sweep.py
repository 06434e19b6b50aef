"""Sweeps: what each run is worth, in which order it is told, and that nothing is encoded or built twice."""

import json
from collections.abc import Sequence
from itertools import count
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eval_fakes import gold_line, write_gold

from eval.comparison.randomisation import sign_flip_p
from eval.dataset import ResolvedQuestion, fold, load_gold, resolve
from eval.measures.ranking import units
from eval.measures.scorecard import figures
from eval.runner import run
from eval.sweeps.memo_encoder import MemoEncoder
from eval.sweeps.memo_reader import MemoReader
from eval.sweeps.sweep import Sweep, as_json, render, sweep
from index.build import BuildSettings, build_documents
from index.collection import Collection
from index.encoders.fingerprint import take_fingerprint
from index.encoders.protocol import PROBES, Fingerprint, Vectors
from index.errors import EncoderUnavailable, GoldInvalid
from index.intake import document_of
from index.readers import Reading
from index.schema import Document, Span
from rag.assistant import Assistant
from rag.reading import reading
from rag.reading.inputs import Pair
from rag.settings import Mode
from rag.weights import Weights

TOPICS = {"apple": "苹果", "banana": "香蕉", "cherry": "樱桃"}
DOCUMENTS = [
    document_of(Reading(f"{name}熟了以后要放在阴凉的地方。\n", "text/plain", "utf-8"), f"{topic}.txt")
    for topic, name in TOPICS.items()
]
DEFAULTS = (
    "target_passage=420 context=true encoders=right dense=1 lexical=0.7 passage=0.45 sentence=1 known=true place=0.67 "
    "{} spread=true pool=100"
)


class TopicEncoder:
    """A passage has 1 in the column of its topic. A question has 0.8 there and 0.6 in the next one, after `shift`.

    So with a shift of 0 its passage comes first, and with a shift of 1 last of three. No question has a word of any
    passage. Texts without a topic have all of it in the fourth column.
    """

    dimension = 4

    def __init__(self, name: str, shift: int) -> None:
        self.name = name
        self.shift = shift
        self.queries: list[str] = []
        self.passages: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.queries += texts
        found = np.zeros((len(texts), 4), np.float32)
        for row, text in zip(found, texts, strict=True):
            topic = next((number for number, word in enumerate(TOPICS) if word in text), None)
            if topic is None:
                row[3] = 1
            else:
                row[(topic + self.shift) % 3], row[(topic + self.shift + 1) % 3] = 0.8, 0.6
        return found

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if tuple(texts) != PROBES:
            self.passages += texts
        found = np.zeros((len(texts), 4), np.float32)
        for row, text in zip(found, texts, strict=True):
            row[next((number for number, word in enumerate(TOPICS.values()) if word in text), 3)] = 1
        return found

    def fingerprint(self) -> Fingerprint:
        return take_fingerprint(self, "0" * 64)


class Load:
    """Gives the two encoders and keeps what it was asked for."""

    def __init__(self) -> None:
        self.encoders = {"right": TopicEncoder("right", 0), "wrong": TopicEncoder("wrong", 1)}
        self.asked: list[str] = []

    def __call__(self, spec: str) -> TopicEncoder:
        self.asked.append(spec)
        if spec not in self.encoders:
            raise EncoderUnavailable(f"{spec} is gone", "make install")
        return self.encoders[spec]


@pytest.fixture(autouse=True)
def _default_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_QA_ENCODERS", "right")


def ids(part: str, number: int) -> list[str]:
    """The first names of that fold."""
    names = (f"q{at}" for at in count())
    return [next(name for name in names if fold(name) == part) for _ in range(number)]


def questions(documents: Sequence[Document], *, refuse: int = 2) -> list[ResolvedQuestion]:
    """Six answerable questions of the dev fold, two of each topic, `refuse` others, and one of the test fold."""
    lines = []
    for at, name in enumerate(ids("dev", 6)):
        topic = list(TOPICS)[at % 3]
        where = {"document": f"{topic}.txt", "answers": [{"start": 0, "end": 2}], "evidence": [{"start": 0, "end": 15}]}
        lines.append(gold_line(name, question=f"{name} about the {topic}?", **where))
    for name in ids("dev", 6 + refuse)[6:]:
        lines.append(gold_line(name, question=f"{name} about nothing?", document="apple.txt", answerable=False))
    last = gold_line(ids("test", 1)[0], question="the apple?", document="apple.txt", answerable=False)
    path = Path("gold.jsonl")
    return list(resolve(load_gold(write_gold(path, [*lines, last])), documents))


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def swept(text: str, load: Load | None = None, *, refuse: int = 2, **options: Any) -> Sweep:
    Path("sweep.toml").write_text(text, "utf-8")
    return sweep(Path("sweep.toml"), DOCUMENTS, questions(DOCUMENTS, refuse=refuse), load or Load(), **options)


TWO = '[[variant]]\nname = "backwards"\nencoders = ["wrong"]\n'


def test_what_each_run_is_worth() -> None:
    found = swept(TWO)
    assert (found.sort, found.fold, found.questions) == ("ndcg@10", "dev", 8)
    assert [one.name for one in found.runs] == ["default", "backwards"]
    first, second = found.runs
    assert (first.changed, second.changed) == ({}, {"encoders": ("wrong",)})
    names = ("ndcg@10", "success@1", "success@3", "mrr@10")
    assert [first.figures[name] for name in names] == [1, 1, 1, 1]
    assert [second.figures[name] for name in names] == pytest.approx([1 / log2(1 + 3), 0, 1, 1 / 3])
    assert first.interval == pytest.approx((6 / (6 + 1.959964**2), 1))  # Wilson's of 6 of 6
    assert (first.delta, first.p) == (None, None)
    assert second.interval == pytest.approx((1 / 2, 1 / 2))
    assert second.delta == pytest.approx(1 / 2 - 1)
    assert second.p == sign_flip_p(np.full(6, -1 / 2))  # six questions, each worse by a half: 2 of 64 patterns
    assert second.p == pytest.approx(2 / 64, abs=0.01)


def test_differences_of_further_figures_are_told_where_they_are_wanted() -> None:
    first, second = swept(TWO, also=("success@1", "success@3", "auroc")).runs
    assert first.others == {}
    assert second.others["success@1"] == (-1, -1, -1)  # of all six questions
    assert second.others["success@3"] == (0, 0, 0)
    delta, low, high = second.others["auroc"]
    assert delta == second.figures["auroc"] - first.figures["auroc"]
    assert low <= delta <= high
    assert swept(TWO).runs[1].others == {}


def test_a_run_is_worth_what_the_same_settings_are_worth_alone(tmp_path: Path) -> None:
    found = swept('[[variant]]\nname = "x"\nencoders = ["wrong", "right"]\nsentence = 0\ndense = 3\ncontext = false\n')
    load = Load()
    build_documents(DOCUMENTS, tmp_path / "s", BuildSettings(("wrong", "right"), context=False), load)
    collection = Collection.open(tmp_path / "s")
    assistant = Assistant(collection, load.encoders, Weights(dense=3, sentence=0))
    gold = [one for one in questions(DOCUMENTS) if fold(one.gold.id) == "dev"]
    alone = figures(run(assistant, gold, documents=DOCUMENTS, passages=units(collection)).results)
    here = next(one.figures for one in found.runs if one.name == "x")
    assert {key: value for key, value in here.items() if not key.startswith("latency")} == {
        key: value for key, value in alone.items() if not key.startswith("latency")
    }


def test_every_combination_of_a_grid_but_the_default_itself() -> None:
    found = swept('[grid]\nencoders = [["right"], ["wrong"]]\nlexical = [0.7, 0]\npool = [100]\n' + TWO)
    assert [one.name for one in found.runs] == [
        "default",
        "lexical=0",
        "encoders=wrong",
        "encoders=wrong lexical=0",
        "backwards",
    ]
    assert found.runs[3].changed == {"encoders": ("wrong",), "lexical": 0}
    assert found.default == {
        **{"target_passage": 420, "context": True, "encoders": ("right",), "dense": 1, "lexical": 0.7},
        **{
            "passage": 0.45,
            "sentence": 1,
            "known": True,
            "place": 0.67,
            "relevance": 0.16,
            "spread": True,
            "pool": 100,
        },
    }


def test_best_first_and_equal_ones_as_they_were_asked_for() -> None:
    found = swept(f'sort = "mrr@10"\n[grid]\nlexical = [0, 3]\nencoders = [["wrong"], ["right"]]\n{TWO}')
    assert [(one.name, one.figures["mrr@10"]) for one in found.runs] == [
        ("default", 1),
        ("lexical=0", 1),
        ("lexical=3", 1),
        ("lexical=0 encoders=wrong", pytest.approx(1 / 3)),
        ("lexical=3 encoders=wrong", pytest.approx(1 / 3)),
        ("backwards", pytest.approx(1 / 3)),
    ]


def test_less_is_better_for_some_figures() -> None:
    found = swept('sort = "aurc"\n' + TWO)
    first, second = found.runs
    assert [first.name, second.name] == ["default", "backwards"]
    assert first.figures["aurc"] < second.figures["aurc"] == 1.0  # no first citation is right
    assert second.delta == 1.0 - first.figures["aurc"]
    assert second.p is not None


def test_what_cannot_be_measured_comes_last_and_is_said() -> None:
    found = swept('sort = "auroc"\n' + TWO, refuse=0)
    assert [(one.name, one.interval, one.delta, one.p) for one in found.runs] == [
        ("default", None, None, None),
        ("backwards", None, None, None),
    ]
    assert render(found).splitlines()[4].split()[:6] == ["default", "–", "–", "–", "–", "100.0"]


@pytest.mark.parametrize(("part", "number"), [("dev", 8), ("test", 1), ("all", 9)])
def test_only_the_fold_that_the_file_names_is_asked(part: str, number: int) -> None:
    load = Load()
    assert swept(f'fold = "{part}"\n{TWO}', load).questions == number
    wanted = {one.gold.question for one in questions(DOCUMENTS) if part in ("all", fold(one.gold.id))}
    assert set(load.encoders["right"].queries) == wanted


def test_no_question_in_the_fold() -> None:
    Path("sweep.toml").write_text(TWO)
    gold = [one for one in questions(DOCUMENTS) if fold(one.gold.id) == "test"]
    with pytest.raises(GoldInvalid, match='none of the 1 questions is in the dev fold; set fold = "all"'):
        sweep(Path("sweep.toml"), DOCUMENTS, gold, Load())


def test_nothing_is_encoded_loaded_or_built_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[BuildSettings] = []

    def counted(documents, store, settings, load):
        built.append(settings)
        return build_documents(documents, store, settings, load)

    monkeypatch.setattr("eval.sweeps.sweep.build_documents", counted)
    load = Load()
    text = '[grid]\nencoders = [["right"], ["right", "wrong"]]\ntarget_passage = [100, 420]\nlexical = [0, 1, 0.7]\n'
    found = swept(text + '[[variant]]\nname = "bare"\ncontext = false\n', load)
    assert len(found.runs) == 2 * 2 * 3 + 1
    assert load.asked == ["right", "wrong"]
    both = ("right", "wrong")
    assert sorted(built, key=str) == sorted(
        [
            *(BuildSettings(encoders, target) for encoders in (both[:1], both) for target in (100, 420)),
            BuildSettings(both[:1], context=False),
        ],
        key=str,
    )
    for encoder in load.encoders.values():
        assert len(encoder.passages) == len(set(encoder.passages)) > 0
        assert sorted(encoder.queries) == sorted({one.gold.question for one in questions(DOCUMENTS)[:8]})


class TopicReader:
    """A window about the topic of the question is worth 10, any other one -10; all of it is the answer."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []

    def read(self, pairs: Sequence[Pair]) -> list[reading.Reading]:
        self.pairs += pairs
        return [reading.Reading(self._worth(pair), Span(0, len(pair.window)), -1.0, -2.0) for pair in pairs]

    def _worth(self, pair: Pair) -> float:
        return 10.0 if any(word in pair.question and name in pair.window for word, name in TOPICS.items()) else -10.0


BACKWARDS = '[grid]\nencoders = [["wrong"]]\nrelevance = [0, 0.16, 1]\n'


def test_a_reader_reads_where_relevance_weighs() -> None:
    reader = TopicReader()
    found = {one.name: one.figures["success@1"] for one in swept(BACKWARDS, reader=reader).runs}
    assert found == {
        "default": 1.0,
        "encoders=wrong relevance=0": 0.0,
        "encoders=wrong": 1.0,
        "encoders=wrong relevance=1": 1.0,
    }
    texts = {document.text.strip() for document in DOCUMENTS}
    assert {pair.window for pair in reader.pairs} == texts
    assert len(reader.pairs) == len(set(reader.pairs)) == 8 * 3  # 8 questions, 3 passages, whatever the runs


@pytest.mark.parametrize("by", ["environment", "argument"])
def test_in_the_mode_fast_a_run_must_ask_for_the_reader(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if by == "environment":
        monkeypatch.setenv("DIGEST_QA_MODE", "fast")
    options = {"mode": Mode.FAST} if by == "argument" else {}
    reader = TopicReader()
    found = swept(TWO, reader=reader, **options)
    assert found.default["relevance"] == 0
    assert render(found).splitlines()[1] == f"default: {DEFAULTS.format('relevance=0')}"
    assert reader.pairs == []
    swept(BACKWARDS, reader=reader, **options)
    assert len(reader.pairs) == 8 * 3


def test_the_remembered_readings_are_those_of_the_reader() -> None:
    reader = TopicReader()
    memory = MemoReader(reader)
    first, second, third = (Pair("apple", "", window) for window in ("苹果", "香蕉。", "a"))
    assert [found.relevance for found in memory.read([second, first, second])] == [-10, 10, -10]
    assert [found.answer.end for found in memory.read([third, first])] == [1, 2]
    assert memory.read([]) == []
    assert reader.pairs == [second, first, third]


def test_progress_counts_the_runs() -> None:
    told: list[tuple[str, int, int]] = []
    Path("sweep.toml").write_text("[grid]\nlexical = [0, 1, 0.7]\n")
    sweep(Path("sweep.toml"), DOCUMENTS, questions(DOCUMENTS), Load(), lambda *step: told.append(step))
    assert told == [("sweeping", done, 3) for done in range(4)]


def test_an_encoder_that_is_missing_is_told_before_anything_is_asked() -> None:
    load = Load()
    with pytest.raises(EncoderUnavailable, match="lost is gone"):
        swept('[[variant]]\nname = "x"\nencoders = ["lost"]\n', load)
    assert load.encoders["right"].queries == []


def test_the_table() -> None:
    lines = render(swept(TWO)).splitlines()
    assert lines[:3] == [
        "2 runs, 8 questions of the dev fold each (%)",
        f"default: {DEFAULTS.format('relevance=0.16')}",
        "",
    ]
    header = "ndcg@10  95 % interval  - default       p  Success@1  Success@5  quote IoU  char-F1  AUROC"
    assert lines[3].strip() == header
    cells = [line.split() for line in lines[4:6]]
    assert cells[0][:8] == ["default", "100.0", "61.0", "–", "100.0", "–", "–", "100.0"]
    p = f"{sign_flip_p(np.full(6, -1 / 2)):.4f}"
    assert cells[1][:10] == ["backwards:", "encoders=wrong", "50.0", "50.0", "–", "50.0", "-50.0", p, "0.0", "100.0"]
    assert lines[-1] == "p: paired randomisation test against the default, not corrected for the number of runs"


def test_a_column_is_not_told_twice() -> None:
    both = render(swept('sort = "auroc"\nfold = "all"\n' + TWO)).splitlines()
    assert both[0] == "2 runs, 9 questions of both folds each (%)"
    assert both[3].split() == "auroc 95 % interval - default p Success@1 Success@5 quote IoU char-F1".split()
    header = render(swept('sort = "success@1"\n' + TWO)).splitlines()[3]
    assert header.split() == "success@1 95 % interval - default p Success@5 quote IoU char-F1 AUROC".split()


def test_as_json_tells_all_figures() -> None:
    found = swept(TWO)
    told = json.loads(json.dumps(as_json(found)))
    assert told["default"]["encoders"] == ["right"]
    assert [one["name"] for one in told["runs"]] == ["default", "backwards"]
    assert told["runs"][1]["changed"] == {"encoders": ["wrong"]}
    assert told["runs"][1]["figures"] == found.runs[1].figures
    assert told["runs"][1]["p"] == found.runs[1].p


def test_a_memo_encoder_gives_what_its_encoder_gives_and_asks_once() -> None:
    inner, plain = TopicEncoder("right", 0), TopicEncoder("right", 0)
    memo = MemoEncoder(inner)
    texts = ["苹果", "香蕉", "苹果", "x"]
    for _ in range(2):
        assert memo.embed_passages(texts).tolist() == plain.embed_passages(texts).tolist()
        assert memo.embed_queries(["the apple", "苹果"]).tolist() == plain.embed_queries(["the apple", "苹果"]).tolist()
    assert memo.embed_passages(["樱桃", "x"]).tolist() == plain.embed_passages(["樱桃", "x"]).tolist()
    assert inner.passages == ["苹果", "香蕉", "x", "樱桃"]
    assert inner.queries == ["the apple", "苹果"]  # the verbs are kept apart
    assert memo.embed_passages([]).shape == memo.embed_queries([]).shape == (0, 4)
    assert memo.embed_passages([]).dtype == np.float32
    assert (memo.name, memo.dimension, memo.fingerprint()) == ("right", 4, plain.fingerprint())


def test_what_a_memo_encoder_gave_can_be_changed() -> None:
    memo = MemoEncoder(TopicEncoder("right", 0))
    memo.embed_passages(["苹果"])[:] = 9
    assert memo.embed_passages(["苹果"]).tolist() == [[1, 0, 0, 0]]
