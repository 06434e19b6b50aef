"""The encoder's recipe on toy data: batches, the loss, steps that go on after a break, what is measured."""

import json
import random
from collections import Counter
from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes import HashEncoder
from torch.nn import functional
from toy_models import character_tokenizer, embedder

from eval.benchmarks.held_out import held_out
from index.schema import Span
from training.encoder.batches import FEW, Batch, Batches, encoder_sources, parallel
from training.encoder.evaluate import Search, figures
from training.encoder.mined import Mined, may_answer
from training.encoder.train import MAX_TOKENS, embed, losses, steps
from training.reader.records import Question, Source, Text
from training.reader.sets import squad_like, xquad
from training.trainer import Budget, Trainer, train

TWO = Budget(steps=2)
ONE_OF_TWO = Budget(steps=2, minutes=1e-9)  # any step takes longer, so there is no second
LETTERS = "甲乙丙丁戊己庚辛"
TOKENIZER = character_tokenizer(LETTERS + "query: passage")


def batch(questions: list[str], texts: list[str], shut: tuple[tuple[int, int], ...] = ()) -> Batch:
    open_to = np.ones((len(questions), len(texts)), np.bool_)
    for place in shut:
        open_to[place] = False
    return Batch("toy", tuple(questions), tuple(texts), open_to)


BY_HEART = batch(list(LETTERS), [char * 3 for char in LETTERS[3:] + LETTERS[:3]])
"""What answers a question is another letter: nothing but the pairs themselves can be learnt."""


class Bag(torch.nn.Module):
    """A text's vector: how often it has each of LETTERS, of length 1."""

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        known = [TOKENIZER.token_to_id(char) for char in LETTERS]
        counts = torch.stack([((ids == token) & mask).sum(1) for token in known], 1).float()
        return functional.normalize(functional.pad(counts, (0, 384 - len(known))), dim=1)


# vectors and the loss


@pytest.mark.parametrize("buckets", [1, 2, 4])
def test_every_row_is_its_texts_whatever_the_buckets(buckets: int) -> None:
    texts = ["甲" * 30, "乙", "丙丁", "戊" * 9, "己庚" * 5]
    model = embedder()
    with torch.no_grad():
        together = embed(model, texts, TOKENIZER, buckets)
        alone = torch.cat([embed(model, [text], TOKENIZER) for text in texts])
    assert torch.allclose(together, alone, atol=1e-5)
    assert len({tuple(row) for row in together.round(decimals=3).tolist()}) == len(texts)


def test_a_long_text_is_cut_before_its_end_mark() -> None:
    model = embedder()
    inside = MAX_TOKENS - 2
    with torch.no_grad():
        cut, long = embed(model, ["甲" * inside, "甲" * inside + "乙" * 90], TOKENIZER)
    assert torch.allclose(cut, long, atol=1e-6)


def test_the_loss_by_hand() -> None:
    # Cosines with the texts: 1 and √½ of the first question, 0 and √½ of the second; a quarter makes it four times.
    asked = batch(["甲", "乙"], ["甲", "甲乙"])
    half = 0.5**0.5
    first, second = exp(4) / (exp(4) + exp(4 * half)), exp(4 * half) / (1 + exp(4 * half))
    found = losses(Bag(), asked, TOKENIZER, temperature=0.25)["loss"]
    assert float(found) == pytest.approx(-(log(first) + log(second)) / 2, rel=1e-5)
    shut = batch(["甲", "乙"], ["甲", "甲乙"], shut=((0, 1),))
    found = losses(Bag(), shut, TOKENIZER, temperature=0.25)["loss"]
    assert float(found) == pytest.approx(-log(second) / 2, rel=1e-5)  # the first has no rival left


def test_questions_and_texts_have_prompts_of_their_own() -> None:
    asked, texts = ["query: 甲", "query: 乙"], ["passage: 丙", "passage: 丁"]
    with torch.no_grad():
        model = embedder()
        scores = 10 * embed(model, asked, TOKENIZER) @ embed(model, texts, TOKENIZER).T
        found = losses(model, batch(["甲", "乙"], ["丙", "丁"]), TOKENIZER, temperature=0.1)["loss"]
    assert float(found) == pytest.approx(-float(scores.log_softmax(1).diag().mean()), rel=1e-4)


def test_a_batch_is_learnt_by_heart() -> None:
    trainer, seen = Trainer(embedder(), rate=1e-2), []
    for _ in range(30):
        loss = losses(trainer.model, BY_HEART, TOKENIZER, 0.1)["loss"]
        seen.append(float(loss.detach()))
        trainer.update(loss, done=0.1)
    assert seen[-1] < seen[0] / 3


def test_two_steps_and_a_break_between_them(tmp_path: Path) -> None:
    batches = [BY_HEART, batch(["戊", "己"], ["庚", "辛"])]
    whole, first, second = (Trainer(embedder(), rate=1e-2) for _ in range(3))
    for trainer, budget, folder in ((whole, TWO, "whole"), (first, ONE_OF_TWO, "cut"), (second, TWO, "cut")):
        of_step = steps(trainer.model, batches, TOKENIZER, 0.1)
        train(trainer, of_step, budget, tmp_path / folder)
    start = embedder().state_dict()
    for name, value in whole.model.state_dict().items():
        assert torch.allclose(value, second.model.state_dict()[name], atol=1e-4), name
    assert not torch.equal(whole.model.state_dict()["layers.0.qkv.weight"], start["layers.0.qkv.weight"])


# batches


def question(text: str, answer: str, passage: Text, only_here: bool = True) -> Question:
    start = passage.text.index(answer)
    span = Span(start, start + len(answer))
    return Question(text, text, "zh", text, passage, (span,), only_here=only_here)


TOWN = Text("1", "甲城", "甲城志", "甲城建于一九〇一年。后来它以纺织闻名。", "zh")
OTHER = Text("2", "乙城", "", "乙城建于一九一五年。", "zh")
SAME = Text("3", "甲城", "甲城志", "甲城在一九〇一年开了学堂。", "zh")
ASKED = (
    question("哪年？", "一九〇一年", TOWN),
    question("何业？", "纺织", TOWN),
    question("建于？", "一九一五年", OTHER, only_here=False),
    question("学堂？", "一九〇一年", SAME),
)


def test_what_may_answer_as_well_is_no_negative() -> None:
    """Questions of fewer than four characters are never reworded, so they tell which is which."""
    seen = set()
    for number in range(40):
        found = Batches([Source("towns", 1.0, ASKED, in_context=True)], 3, 16)[number]
        at = {text: found.questions.index(text) for text in ("哪年？", "何业？", "建于？", "学堂？")}
        order = [at[asked.text] for asked in ASKED]
        texts = tuple(found.texts[row] for row in order)
        whole = tuple(f"{asked.passage.title}\n{asked.passage.text}".lstrip("\n") for asked in ASKED)
        single = ("甲城志\n甲城建于一九〇一年。", "甲城志\n后来它以纺织闻名。", *whole[2:])
        is_single = texts == single
        assert texts in (whole, single)
        seen.add(is_single)
        expected = [
            [1, is_single, 1, 1],  # as whole passages the first two are the same text
            [is_single, 1, 1, 1],
            [0, 0, 1, 0],  # names no town: other towns' texts may answer as well
            [1, 1, 1, 1],
        ]
        assert found.open_to[np.ix_(order, order)].tolist() == np.array(expected, bool).tolist()
    assert seen == {True, False}


def test_the_document_of_a_questions_other_half_is_no_negative() -> None:
    halved = replace(question("各年？", "一九〇一年", TOWN), other_half="乙城")
    found = Batches([Source("towns", 1.0, (halved, question("建于？", "一九一五年", OTHER)))], 3, 16)[0]
    first = found.questions.index("各年？")
    order = [first, 1 - first]
    assert found.open_to[np.ix_(order, order)].tolist() == [[True, False], [True, True]]


def test_another_sentence_with_the_same_answer_is_no_negative() -> None:
    text = Text("1", "甲城", "", "甲城以纺织闻名。人人都会纺织。", "zh")
    first = question("业甲？", "纺织", text)
    second = Question("业乙？", "业乙？", "zh", "业乙？", text, (Span(12, 14),))
    batches = Batches([Source("towns", 1.0, (first, second))], 3, 16)
    single = next(found for found in map(batches.__getitem__, range(40)) if found.texts[0] != found.texts[1])
    assert sorted(single.texts) == ["人人都会纺织。", "甲城以纺织闻名。"]
    assert single.open_to.tolist() == [[True, False], [False, True]]


def towns(count: int, each: int) -> tuple[Question, ...]:
    texts = [Text(str(n), f"第{n}城", f"第{n}城志", f"第{n}城建于{1900 + n}年。", "zh") for n in range(count)]
    return tuple(question(f"{text.key}:{n}", f"{1900 + int(text.key)}年", text) for text in texts for n in range(each))


def test_a_batch_is_about_few_documents() -> None:
    for number in range(30):
        found = Batches([Source("towns", 1.0, towns(9, 20))], 3, 6)[number]
        documents = Counter(asked.split(":")[0] for asked in found.questions)
        assert sorted(documents.values()) == [6 // FEW] * FEW
        assert len(set(found.questions)) == 6


def test_titles_stand_before_all_texts_of_a_batch_or_none() -> None:
    for in_context, wanted in ((True, {True}), (False, {True, False})):
        batches = Batches([Source("towns", 1.0, towns(9, 2), in_context=in_context)], 3, 6)
        titled = [{"志\n" in text for text in batches[number].texts} for number in range(40)]
        assert all(len(kinds) == 1 for kinds in titled)
        assert set.union(*titled) == wanted


def test_a_batch_is_made_from_its_number_and_the_seed_alone() -> None:
    sources = [Source("some", 0.75, towns(9, 2)), Source("others", 0.25, towns(5, 3))]
    batches, again = Batches(sources, 3, 6), Batches(sources, 3, 6)
    later = [again[number].texts for number in (7, 2)]
    assert [batches[2].texts, batches[7].texts] == later[::-1]
    assert [batches[n].texts for n in range(9)] != [Batches(sources, 4, 6)[n].texts for n in range(9)]
    share = sum(batches[number].source == "some" for number in range(400)) / 400
    assert 0.65 < share < 0.85  # more than four standard errors on either side of three quarters


def test_nothing_held_out_is_trained_on(shared: Path) -> None:
    data = shared / "data"
    found = encoder_sources(data)
    assert sum(source.share for source in found) == pytest.approx(1)
    sources = {source.name: source.questions for source in found}
    crossed = {q.passage.article for name in sources if name.startswith("xquad") for q in sources[name]}
    assert not crossed & {q.passage.article for q in xquad(data) if held_out(q.passage.article, 3)}
    assert len(crossed) == 20
    development = {q.passage.text for q in squad_like(data / "qa/cmrc2018_dev")}
    assert not development & {q.passage.text for questions in sources.values() for q in questions}


# measuring


def test_what_is_found_by_hand() -> None:
    # "甲" is nearest to text 0 (cosine 1), then to 1 (0.71), then to 2 (0.45); the others share nothing with it.
    texts = ("甲", "甲乙", "甲乙乙", "丙", "丁", "戊")
    asked = Search(("甲", "甲", "甲", "甲"), texts, tuple(map(frozenset, ([0], [1], [2, 3], [4]))))
    found = figures(Bag(), TOKENIZER, asked, {})
    # ranks 1, 2, 3 (the better of two) and, among equals, 4
    assert found == {"R@1": 25.0, "R@5": 100.0, "MRR@10": round(100 * (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4, 1)}


def test_texts_are_embedded_once_for_all_sets() -> None:
    known = {"甲": np.eye(384, dtype=np.float32)[1]}  # not its vector: that of 乙
    search = Search(("乙",), ("甲", "丙"), (frozenset([0]),))
    assert figures(Bag(), TOKENIZER, search, known) == {"R@1": 100.0, "R@5": 100.0, "MRR@10": 100.0}
    assert set(known) == {"甲", "丙"}


# parallel sentences


def test_a_translated_sentence_is_answered_by_its_own(tmp_path: Path) -> None:
    lines = [("All are well today.", "今天大家都好，各项工作都有进展。", 2010), ("Thanks.", "谢谢。", 2010)]
    rows = [{"en": en, "zh": zh, "year": year} for en, zh, year in lines]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (found,) = parallel(tmp_path)  # the short one may recur
    assert (found.text, found.passage.text, found.answers) == (lines[0][0], lines[0][1], (Span(0, 16),))
    assert found.passage.article == f"{tmp_path.name} 2010"


# hard negatives


NEAR = Text("4", "丙城", "丙城志", "丙城建于一九二〇年。丙城的哪年庙会都热闹。", "zh")
FAR = Text("5", "丙城", "丙城志", "天气很好。", "zh")
TOWNS = Source("towns", 1.0, ASKED, (NEAR, FAR), in_context=True)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (ASKED[0], [True, False, True, False, False]),  # SAME has the words of its answer
        (ASKED[1], [True, False, False, False, False]),
        (ASKED[2], [True, True, True, True, True]),  # names no town
        (replace(ASKED[0], other_half="丙城"), [True, False, True, True, True]),
    ],
)
def test_what_may_answer_is_not_mined(asked: Question, expected: list[bool]) -> None:
    assert [may_answer(asked, text) for text in (TOWN, OTHER, SAME, NEAR, FAR)] == expected


def test_the_nearest_passages_that_are_no_answer_are_mined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.encoder.mined.HARDEST", 1)
    mined = Mined([TOWNS], HashEncoder())
    found = mined.of("towns", ASKED[:3], ["丙城的哪年", "丙城建于", "建于"], random.Random(1))
    assert found == [NEAR, NEAR, None]
    monkeypatch.setattr("training.encoder.mined.MOST_PASSAGES", 4)
    assert Mined([TOWNS], HashEncoder()).of("towns", ASKED[:1], ["丙城"], random.Random(1)) == [None]


def test_a_batch_has_what_is_mined_behind_its_texts() -> None:
    batches = Batches([TOWNS], 3, 16, Mined([TOWNS], HashEncoder()))
    for number in range(20):
        plain, found = Batches([TOWNS], 3, 16)[number], batches[number]
        size = len(plain.texts)
        assert found.texts[:size] == plain.texts
        assert found.open_to[:, :size].tolist() == plain.open_to.tolist()
        assert len(found.texts) == size + 3  # nothing is mined for the question that names no town
        for column, text in enumerate(found.texts[size:], start=size):
            known = [passage for passage in (TOWN, OTHER, SAME, NEAR, FAR) if text.split("\n")[-1] in passage.text]
            (passage,) = known
            rows = [next(asked for asked in ASKED if asked.text == words) for words in found.questions]
            assert found.open_to[:, column].tolist() == [not may_answer(asked, passage) for asked in rows]


def test_the_loss_with_further_negatives_by_hand() -> None:
    # Cosines of the one question: 1 with its text, √½ and 0 with two more; a quarter makes it four times.
    asked = batch(["甲"], ["甲", "甲乙", "乙"])
    expected = -log(exp(4) / (exp(4) + exp(4 * 0.5**0.5) + 1))
    assert float(losses(Bag(), asked, TOKENIZER, temperature=0.25)["loss"]) == pytest.approx(expected, rel=1e-5)
