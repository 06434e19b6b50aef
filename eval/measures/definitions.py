"""What every figure says and one thing that it does not, in Chinese and English: for the report and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Definition:
    """`says` and `says_not` are (Chinese, English)."""

    says: tuple[str, str]
    says_not: tuple[str, str]


def _define(zh: str, not_zh: str, en: str, not_en: str) -> Definition:
    return Definition((zh, en), (not_zh, not_en))


DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    {
        "success@k": _define(
            "前 k 条引文里至少有一条覆盖了证据的题占多少（命中率）。",
            "不是召回率：有一处证据就够了。",
            "Share of the questions with at least one relevant citation among the first k (hit rate).",
            "Not recall: one proof is enough.",
        ),
        "recall@k": _define(
            "相关段落有多少进了前 k 条。",
            "不是精确率：多引的无关段落不扣分。",
            "Share of the relevant passages that are among the first k.",
            "Not precision: useless citations cost nothing.",
        ),
        "mrr@10": _define(
            "第一条相关引文名次的倒数，取平均；十名以后算零。",
            "不看第一条之后的引文。",
            "Mean of 1 / rank of the first relevant citation, 0 beyond the tenth.",
            "Silent about everything behind that first one.",
        ),
        "ndcg@10": _define(
            "相关引文按名次折减后的得分，除以最好的可能（Järvelin 和 Kekäläinen 2002）。",
            "不看引文里划出的句子对不对。",
            "Gain of the relevant citations, discounted by rank, over the best possible (Järvelin, Kekäläinen 2002).",
            "Says nothing of the quote inside the citation.",
        ),
        "map": _define(
            "每条相关引文处的精确率，先按题平均，再取平均。",
            "不是读者的所见：读者看几条就停。",
            "Precision at each relevant citation, averaged by question and then over questions.",
            "Not what a reader sees, who stops after a few.",
        ),
        "quote-iou": _define(
            "第一条引文划出的原文与最吻合的证据，相交字数除以相并字数。",
            "不要求覆盖全部证据。",
            "Characters that citation 1's quote and the best fitting evidence share, over those that either has.",
            "Not coverage: one of several proofs is enough.",
        ),
        "quote-precision": _define(
            "划出的原文有多少落在证据里。",
            "不是蕴涵：另一句话说了同样的事也算错。",
            "Share of the quote that lies in the evidence: the deterministic side of ALCE's citation precision.",
            "Not entailment: another sentence that says the same counts as wrong.",
        ),
        "quote-recall": _define(
            "最吻合的证据有多少被划了出来。",
            "不是蕴涵，也不是全部证据。",
            "Share of the best fitting evidence that is quoted: the deterministic side of ALCE's citation recall.",
            "Not entailment, and not of all evidence.",
        ),
        "exact": _define(
            "短答案与某个标准答案完全相同（CMRC 2018 的 EM）。",
            "不是正确：多一个字就算错。",
            "Short answers equal to an accepted one (EM of CMRC 2018).",
            "Not correctness: one more character is wrong.",
        ),
        "char-f1": _define(
            "短答案与标准答案最长公共片段的 F1（CMRC 2018）。",
            "不是词袋：1995 对 1959 得零分。",
            "F1 of the longest run that answer and accepted answer share (CMRC 2018).",
            "Not a bag of characters: 1995 against 1959 scores 0.",
        ),
        "contains": _define(
            "120 字以内的短答案里含有标准答案的题占多少。",
            "不是理解：“35”也含在“135”里。",
            "Share of short answers, of at most 120 characters, in which an accepted answer stands.",
            "Not understanding: 35 stands in 135.",
        ),
        "decision": _define(
            "该答的答了、该拒的拒了的题占多少。",
            "不看答得对不对。",
            "Share of questions rightly answered or rightly refused.",
            "Not whether the answer is right.",
        ),
        "verbatim": _define(
            "引文、划线、答案都与原文逐字相同的题占多少。",
            "不是相关：只证明原文里确有此话。",
            "Share of questions whose citations, quotes and answer equal the source at their offsets.",
            "Not relevance: it proves that the words stand there, no more.",
        ),
        "false-answer-rate": _define(
            "没有答案却作答的占多少。",
            "不是错误率：只看没有答案的题。",
            "Share of the unanswerable questions that were answered.",
            "Not the error rate: unanswerable questions only.",
        ),
        "false-refusal-rate": _define(
            "有答案却拒答的占多少。",
            "不是错误率：只看有答案的题。",
            "Share of the answerable questions that were refused.",
            "Not the error rate: answerable questions only.",
        ),
        "auroc": _define(
            "任取一道有答案的题和一道没有答案的题，前者把握更大的机会。",
            "不是校准：把握的大小可以全错，次序对就行。",
            "Chance that an answerable question got more confidence than an unanswerable one.",
            "Not calibration: only the order counts.",
        ),
        "false-answers@10%": _define(
            "把门槛调到至多误拒一成时，没有答案却作答的占多少。",
            "不是实际表现：门槛是在这些题上挑的。",
            "False answers at the strictest threshold that refuses at most a tenth of the answerable questions.",
            "Not what happened: the threshold is chosen on the questions that it is measured on.",
        ),
        "aurc": _define(
            "先答最有把握的题，一路答下去，出错率的平均（风险—覆盖曲线下的面积）。",
            "不能在难易不同的题集之间比较。",
            "Mean share of wrong first citations while answering the surest questions first (risk-coverage curve).",
            "Not comparable between sets of other difficulty.",
        ),
        "nauc": _define(
            "按把握弃答能换来多少 nDCG@10：0 是毫无用处，1 是完美（MTEB 的弃答 nAUC）。",
            "不是答题的好坏：答得差，次序对，也能得 1。",
            "How much nDCG@10 is gained by abstaining where confidence is low: 0 nothing, 1 all (MTEB's nAUC).",
            "Not the quality of the ranking: a poor one, dropped in the right order, reaches 1.",
        ),
        "ece": _define(
            "所说的把握与实际正确率相差多少（期望校准误差，十等分）。",
            "不是区分能力：人人同一把握也可以是零。",
            "How far stated confidence lies from the share that was right (expected calibration error, ten bins).",
            "Not discrimination: one confidence for all can score 0.",
        ),
        "latency-p50": _define(
            "一半的题在这么多毫秒内答完（成批提问）。",
            "不是单独一题的时间：同批的题一起编码。",
            "Half of the questions took at most so many milliseconds, asked in batches.",
            "Not the time of a lone question: a batch is encoded together.",
        ),
        "latency-p95": _define(
            "95% 的题在这么多毫秒内答完（成批提问）。",
            "不是最坏的情况。",
            "95 % of the questions took at most so many milliseconds, asked in batches.",
            "Not the worst case.",
        ),
    }
)


def definition_of(figure: str) -> Definition:
    """That of a figure by its name in the report: success@5 is defined under success@k. Raises KeyError."""
    if figure in DEFINITIONS:
        return DEFINITIONS[figure]
    return DEFINITIONS[f"{figure.partition('@')[0]}@k"]
