"""Faults that are planted into a working assistant, and the measure and slice in which each must show, and only there.

Forty reports in one digest, each about its own machine; the encoder is a weak one, so that the words decide.
"""

import pytest
from eval_fakes import write_gold
from fakes_store import Loader

from eval.comparison.compare import compare
from eval.dataset import load_gold, resolve
from eval.measures.ranking import units
from eval.reports.report import build, contents
from eval.reports.run_file import read_run
from eval.runner import run
from index.build import BuildSettings
from index.build import build as build_collection
from index.collection import Collection
from rag.assistant import Assistant
from rag.weights import Weights

WEIGHTS = Weights(lexical=2, passage=1)  # the encoder here knows little
THINGS = "桥船塔井坝窑炉磨仓港渠闸库厂矿站轨缆管泵"
MAKERS = ["陈工", "林工"]


def sentence(n):
    thing, maker = THINGS[n % 20], MAKERS[n // 20]
    return f"{maker}在第{n + 100}号工地修好了一座旧{thing}，一共用了{3 * n + 11}天。"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The collection, its encoders, and forty answerable questions (zh, en) with ten unanswerable ones."""
    folder = tmp_path_factory.mktemp("planted")
    source = "\n\n".join(sentence(n) for n in range(40)) + "\n"
    (folder / "works.txt").write_text(source, encoding="utf-8")
    load = Loader()
    build_collection([folder / "works.txt"], folder / "store", BuildSettings(("fake",), 50), load)
    collection = Collection.open(folder / "store")
    lines = []
    for n in range(40):
        start = source.index(sentence(n))
        english = n % 3 == 0
        lines.append(
            {
                "id": f"q{n:02}",
                "language": "en" if english else "zh",
                "question": f"How many days at No. {n + 100}?" if english else f"{n + 100}号那里花了几天？",
                "type": "factoid",
                "answerable": True,
                "document": "works.txt",
                "answers": [f"{3 * n + 11}天"],
                "evidence": [{"start": start, "end": start + len(sentence(n))}],
            }
        )
    for n in range(10):
        lines.append({**lines[0], "id": f"u{n}", "question": f"第{n + 900}号花了几天？", "language": "zh",
                      "answerable": False, "answers": [], "evidence": []})  # fmt: skip
    gold = resolve(load_gold(write_gold(folder / "g.jsonl", lines)), collection.documents)
    return collection, load.encoders, gold


def report(folder, world, system):
    """The run as `compare` reads it from disk."""
    collection, _, gold = world
    done = run(system, gold, 10, documents=collection.documents, passages=units(collection))
    folder.mkdir()
    for name, text in contents(build(done, [], "all", {}, {}), done.results, collection.documents).items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_run(folder)


def compared(tmp_path, world, fault, measure="ndcg@10"):
    collection, encoders, _ = world
    sound = Assistant(collection, encoders, WEIGHTS)
    return compare(report(tmp_path / "a", world, sound), report(tmp_path / "b", world, fault(sound)), measure=measure)


class Faulty:
    """Changes every answer of a sound assistant."""

    def __init__(self, sound, change):
        self.sound, self.change = sound, change

    def ask_batch(self, questions, k, within=None):
        return [self.change(answer) for answer in self.sound.ask_batch(questions, k, within)]


def changed(comparison):
    """Measures and figures of the whole set that differ beyond chance."""
    whole = {d.measure: d.p for d in comparison.measures} | {d.figure: d.p for d in comparison.figures}
    return {name for name, p in whole.items() if p < 0.05}


def changed_slices(comparison, measure):
    """Slices in which the measure differs beyond chance, many being tested."""
    return {
        d.slice
        for d in comparison.slices
        if d.difference.measure == measure and d.adjusted is not None and d.adjusted < 0.05
    }


def test_the_sound_assistant_differs_from_itself_in_nothing(tmp_path, world):
    comparison = compared(tmp_path, world, lambda sound: sound)
    assert changed(comparison) == set()
    assert all(d.difference.delta == 0 for d in comparison.slices)
    means = {d.measure: d.mean_a for d in comparison.measures}
    assert means["success@1"] > 0.8
    assert means["verbatim"] == 1


def test_without_the_lexical_arm_the_ranking_falls(tmp_path, world):
    collection, encoders, _ = world
    comparison = compared(tmp_path, world, lambda _: Assistant(collection, encoders, Weights(lexical=0, passage=1)))
    assert {"success@1", "mrr@10", "ndcg@10"} <= changed(comparison)
    assert all(d.delta < 0 for d in comparison.measures if d.measure in ("success@1", "ndcg@10"))
    assert "verbatim" not in changed(comparison)
    assert {"pair zh→zh", "answerable yes"} <= changed_slices(comparison, "ndcg@10")


def test_offsets_shifted_by_one_are_not_verbatim_though_every_ranking_stays(tmp_path, world):
    def shifted(answer):
        def move(part):
            return part.model_copy(update={"start": part.start + 1, "end": part.end + 1})

        citations = [move(citation).model_copy(update={"quote": move(citation.quote)}) for citation in answer.citations]
        return answer.model_copy(update={"citations": citations})

    comparison = compared(tmp_path, world, lambda sound: Faulty(sound, shifted))
    verbatim = next(d for d in comparison.measures if d.measure == "verbatim")
    assert (verbatim.mean_a, verbatim.mean_b, verbatim.losses) == (1, 0, 50)
    assert not changed(comparison) & {"success@1", "ndcg@10", "auroc", "decision"}
    assert {"pair zh→zh", "pair en→zh", "answerable no"} <= changed_slices(comparison, "verbatim")


def test_one_broken_language_shows_in_its_slice_and_in_no_other_language(tmp_path, world):
    def without_the_best(answer):
        if not answer.question.startswith("How"):
            return answer
        late = [c.model_copy(update={"rank": n}) for n, c in enumerate(answer.citations[5:], start=1)]
        return answer.model_copy(update={"citations": late})

    comparison = compared(tmp_path, world, lambda sound: Faulty(sound, without_the_best))
    found = changed_slices(comparison, "success@1")
    assert "pair en→zh" in found
    assert "pair zh→zh" not in found
    english = next(d.difference for d in comparison.slices if d.slice == "pair en→zh")
    assert (english.n, english.mean_b) == (14, 0)
    whole = next(d for d in comparison.measures if d.measure == "success@1")
    assert whole.delta == pytest.approx(english.delta * 14 / 40)  # the average shows a third of it
    assert {question.id for question in comparison.questions} <= {f"q{n:02}" for n in range(0, 40, 3)}


def test_inverted_confidence_shows_in_the_figures_of_abstention_and_in_no_ranking(tmp_path, world):
    def inverted(answer):
        return answer.model_copy(update={"confidence": 1 - answer.confidence})

    comparison = compared(tmp_path, world, lambda sound: Faulty(sound, inverted))
    auroc = next(d for d in comparison.figures if d.figure == "auroc")
    assert auroc.b == pytest.approx(1 - auroc.a)
    assert auroc.a > 0.9
    assert {"auroc", "aurc", "ece"} <= changed(comparison)
    assert not changed(comparison) & {"success@1", "ndcg@10", "quote-iou", "char-f1", "verbatim"}
