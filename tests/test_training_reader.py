"""The reader's recipe on toy data: what a group holds, what the model sees, two steps, and going on after a break."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from math import log
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from toy_models import character_tokenizer, cross_encoder

from eval.benchmarks.held_out import held_out
from index.schema import Span
from rag.reading.inputs import Pair, encode
from rag.reading.reading import Reading
from rag.reading.windows import LONGEST
from training.reader.data import Groups, _placed
from training.reader.evaluate import Found, measure, summary, windows
from training.reader.nearmiss import NearMisses
from training.reader.places import NAMES
from training.reader.records import Question, Source, Text
from training.reader.sets import reports, squad_like, training_sources, xquad
from training.reader.train import Weighing, losses, training
from training.reader.variants import joined, led_in, varied
from training.reader.windows import Cut
from training.trainer import CHECKPOINT, LOG, Budget, Trainer, train

TWO = Budget(steps=2)
ONE_OF_TWO = Budget(steps=2, minutes=1e-9)  # any step takes longer, so there is no second
TOWNS = {"甲城": ("1901年", "纺织"), "乙城": ("1915年", "造船"), "丙城": ("1938年", "采煤"), "丁城": ("1952年", "制糖")}


def question(town: str, asked: str, answer: str) -> Question:
    year, trade = TOWNS[town]
    text = f"{town}建于{year}。那里的人种田为生。后来{town}以{trade}闻名。今天它有一座博物馆。"
    start = text.index(answer)
    passage = Text(town, town, town, text, "zh")
    return Question(f"{town}{asked}", asked, "zh", asked, passage, (Span(start, start + len(answer)),))


@pytest.fixture(scope="module")
def source() -> Source:
    asked = [question(town, f"{town}建于哪一年？", year) for town, (year, _) in TOWNS.items()]
    asked += [question(town, f"{town}以什么闻名？", trade) for town, (_, trade) in TOWNS.items()]
    return Source("toy", 1.0, tuple(asked))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return character_tokenizer("".join(town + "".join(facts) for town, facts in TOWNS.items()) + "0123456789")


def test_only_the_first_window_of_a_group_answers(source: Source) -> None:
    groups = Groups([source], seed=3)
    for number in range(60):
        first, *others = groups[number].pairs
        assert len(others) == 4
        assert first.answers
        assert all(not pair.answers for pair in others)
        assert all(
            (pair.question, pair.context, pair.window) != (first.question, first.context, first.window)
            for pair in others
        )


def test_a_document_that_answers_the_other_half_is_no_negative(source: Source) -> None:
    asked = replace(source.questions[0], text="甲城和乙城各建于哪一年？", asked="甲城和乙城各建于哪一年？")
    of_both = Groups([Source("toy", 1.0, (asked,), tuple(q.passage for q in source.questions))], seed=3)
    halved = replace(asked, other_half="乙城")
    of_one = Groups([Source("toy", 1.0, (halved,), tuple(q.passage for q in source.questions))], seed=3)

    def towns(groups: Groups) -> set[str]:
        return {pair.window[:2] for number in range(40) for pair in groups[number].pairs[1:]}

    assert "乙城" in towns(of_both)
    assert "乙城" not in towns(of_one)
    assert "丙城" in towns(of_one)


def test_a_group_is_made_from_its_number_and_the_seed_alone(source: Source) -> None:
    groups, again = Groups([source], seed=3), Groups([source], seed=3)
    later = [again[number] for number in (5, 2)]
    assert [groups[2], groups[5]] == later[::-1]
    assert [groups[number] for number in range(9)] != [Groups([source], seed=4)[number] for number in range(9)]


def test_a_window_is_whole_sentences_around_the_answer(source: Source) -> None:
    asked = source.questions[0]
    cut = Cut.of(asked.passage)
    for seed in range(20):
        window = cut.around(asked.answers[0], random.Random(seed))
        assert window.start == 0
        assert asked.passage.text[window.end - 1] == "。"
        assert (
            cut.around(cut.sentences[1], random.Random(seed), shut=[cut.sentences[0]]).start == cut.sentences[1].start
        )


def test_a_near_miss_changes_the_year_to_one_that_the_window_lacks() -> None:
    asked = question("甲城", "1901年建的是哪座城？", "甲城")
    near = NearMisses.of([asked])
    for seed in range(20):
        changed = near.of_question(asked, asked.text, asked.passage.text, random.Random(seed))
        assert changed is not None
        assert changed != asked.text
        assert "1901" not in changed


def test_a_variant_keeps_every_digit() -> None:
    text = "请问1901年的时候是哪座城在广东建的？"
    assert all("1901" in varied(text, random.Random(seed)) for seed in range(50))


def test_a_lead_in_stands_before_the_question_in_its_language() -> None:
    found = {led_in("Who built it?", "en", random.Random(seed)) for seed in range(200)}
    assert "Who built it?" in found
    assert "Could you check the report for me? Who built it?" in found
    assert all(text.endswith("Who built it?") for text in found)
    assert led_in("谁建的？", "zh-Hant", random.Random(6)).endswith("谁建的？")
    assert {led_in("Kim yaptı?", "tr", random.Random(seed)) for seed in range(50)} == {"Kim yaptı?"}


def test_two_questions_in_one() -> None:
    assert joined("谁建的？", "哪一年？", "zh") == "谁建的，另外哪一年？"
    assert joined("誰が？", "いつ？", "ja") == "誰が、またいつ？"
    assert joined("Who?", "When?", "en") == "Who? When?"


def test_without_knowledge_every_loss_is_that_of_chance(source: Source, tokenizer: Tokenizer) -> None:
    model = cross_encoder()
    for head in (model.relevance, model.span, model.begins):
        torch.nn.init.zeros_(head.weight)
    groups = [encode(Groups([source], seed=3)[number].pairs, tokenizer) for number in range(4)]
    with torch.no_grad():
        found = losses(model, groups, Weighing(), buckets=2)
    assert float(found["listwise"]) == pytest.approx(torch.log(torch.tensor(5.0)).item())
    # of n tokens of a window n (n + 1) / 2 spans are possible, and none
    sizes = [int((group[0].offsets[:, 0] >= 0).sum()) for group in groups]
    logs = [log(n * (n + 1) / 2 + 1) for n in sizes]
    assert float(found["span"]) == pytest.approx(sum(logs) / 4)
    # -log 1/2 of each, the one that answers counting double: (2 + 4) / 5
    assert float(found["binary"]) == pytest.approx(torch.log(torch.tensor(2.0)).item() * 6 / 5)


def test_two_steps_go_down_and_a_break_changes_nothing(source: Source, tokenizer: Tokenizer, tmp_path: Path) -> None:
    groups = Groups([source], seed=3)
    whole, first, second = (Trainer(cross_encoder(), rate=1e-2) for _ in range(3))
    for trainer, budget, folder in ((whole, TWO, "whole"), (first, ONE_OF_TWO, "cut"), (second, TWO, "cut")):
        of_step = training(trainer.model, groups, tokenizer, 4, Weighing())
        train(trainer, of_step, budget, tmp_path / folder)
    lines = [json.loads(line) for line in (tmp_path / "cut" / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert (tmp_path / "cut" / CHECKPOINT).is_file()
    for name, value in whole.model.trained().items():
        assert torch.allclose(value, second.model.trained()[name], atol=1e-4), name
    assert not torch.equal(
        whole.model.trained()["layers.0.qkv.weight"], cross_encoder().trained()["layers.0.qkv.weight"]
    )


def test_the_model_learns_one_group_by_heart(source: Source, tokenizer: Tokenizer) -> None:
    group = [encode(Groups([source], seed=3)[1].pairs, tokenizer)]
    trainer = Trainer(cross_encoder(), rate=1e-2)
    seen = []
    for _ in range(60):
        loss = losses(trainer.model, group, Weighing(), buckets=1)["loss"]
        seen.append(float(loss.detach()))
        trainer.update(loss, done=0.1)
    assert seen[-1] < seen[0] / 2


def test_the_window_of_another_place_does_not_answer() -> None:
    pair = Pair("建于哪一年？", "甲城", "甲城建于1901年。", (Span(4, 9),))
    named = 0
    for seed in range(60):
        first, last = _placed([pair, replace(pair, question="以什么闻名？", answers=())], "zh", random.Random(seed))
        assert first.answers == pair.answers
        assert first.context.split("（")[0] in NAMES
        if first.question != pair.question:
            named += 1
            place = next(name for name in NAMES if name in first.question)
            assert first.context.startswith(place)
            assert (last.question, last.window, last.answers) == (first.question, first.window, ())
            assert place not in last.context
    assert 20 < named < 60


class Knowing:
    """Finds the answers to the toy questions; relevance is 1 where one stands in the window, else 0."""

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        found = []
        for pair in pairs:
            year, trade = TOWNS.get(pair.question[:2], ("", ""))
            answer = year if "哪一年" in pair.question else trade
            at = pair.window.find(answer) if answer else -1
            found.append(Reading(float(at >= 0), Span(max(at, 0), max(at, 0) + len(answer)), 0.0, 0.0))
        return found


def test_a_reader_who_knows_all_is_measured_as_perfect(source: Source) -> None:
    texts = list({question.passage.key: question.passage for question in source.questions}.values())
    found = measure(Knowing(), source.questions, texts, NearMisses.of(source.questions))
    figures = summary(found)
    assert {name: figures[name] for name in ("n", "EM", "F1", "MRR", "R@1", "absent")} == {
        "n": 8,
        **dict.fromkeys(("EM", "F1", "MRR", "R@1", "absent"), 100.0),
    }


def test_a_tie_with_a_wrong_window_is_no_first_place() -> None:
    found = [Found(exact=0, f1=0.5, rank=rank, sure=1, absent=1, asked=1, changed=None) for rank in (1, 2)]
    figures = summary(found)
    assert (figures["MRR"], figures["R@1"], figures["absent"], figures["F1"]) == (75.0, 50.0, 50.0, 50.0)


def test_windows_cover_every_sentence() -> None:
    sentences = [f"第{number}句" + "字" * 60 + "。" for number in range(7)]
    text = Text("t", "t", "", "".join(sentences), "zh")
    found = windows(text)
    assert all(len(window) <= LONGEST for window in found)
    assert all(any(sentence in window.of(text.text) for window in found) for sentence in sentences)


def test_nothing_held_out_is_trained_on(shared: Path) -> None:
    data = shared / "data"
    sources = {source.name: source.questions for source in training_sources(data)}
    crossed = {q.passage.article for name in sources if name.startswith("xquad") for q in sources[name]}
    kept_back = {q.passage.article for q in xquad(data) if held_out(q.passage.article, 3)}
    assert (len(crossed), len(kept_back), crossed & kept_back) == (20, 12, set())
    development = {q.passage.text for q in squad_like(data / "qa/cmrc2018_dev")}
    assert not development & {q.passage.text for questions in sources.values() for q in questions}
    for questions in sources.values():
        assert all(answer.of(q.passage.text).strip() for q in questions for answer in q.answers)


def test_a_report_is_asked_for_the_figure_that_was_left_out(tmp_path: Path) -> None:
    pair = {"en": "Grain output rose 5.4% in the year.", "zh": "全国粮食总产量增长5.4%，再创新高。", "year": 2008}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair))
    found = {q.language: (q.text, q.answers[0].of(q.passage.text)) for q in reports(tmp_path)}
    assert found == {
        "zh": ("2008年，全国粮食总产量增长多少？", "5.4%"),
        "en": ("In 2008: Grain output rose how many% in the year?", "5.4"),
    }
