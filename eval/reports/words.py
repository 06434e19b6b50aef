"""Every word of the report, in Chinese and in English: one row a key, so that neither language can lack one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("zh", "en")

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("评测报告", "Evaluation"),
        "what": (
            "{questions} 个问题，其中 {answerable} 个有答案、{unanswerable} 个没有；",
            "{questions} questions, {answerable} with an answer and {unanswerable} without;",
        ),
        "when": ("评测于", "asked on"),
        "main": ("主要指标", "Main figures"),
        "main.how": (
            "大字是实测值，细条和下方的数是 95% 区间：换一批同样的问题，结果多半落在其中。这不是对别的文件的承诺。",
            "Large: what was measured. Bar and range: the 95 % interval, where other questions of the same kind would "
            "mostly put it. Not a promise for other documents.",
        ),
        "lower": ("越低越好", "lower is better"),
        "none": ("没有可以算它的问题", "no question to measure it on"),
        "scorecard": ("分项成绩", "Scorecard"),
        "scorecard.how": (
            "每行一组问题，每列一个指标（%），下方小字是 95% 区间。颜色只看好坏：“越低越好”的列已经反过来着色。"
            "组与组之间题目不同，差别小于区间的不算差别。",
            "One row for each group of questions, one column for each measure (%), the 95 % interval below it. Colour "
            "says good or bad, so it is turned round where less is better (↓). The groups hold different questions: "
            "a difference within the intervals is none.",
        ),
        "worse": ("差", "worse"),
        "better": ("好", "better"),
        "few": ("少于 {few} 题，只供参考", "fewer than {few} questions: an indication only"),
        "absent": ("– 没有可以算它的问题", "– no question to measure it on"),
        "glossary": ("全部指标，各说明什么、不说明什么", "Every figure, what it says and what it does not"),
        "slice": ("问题", "Questions"),
        "n.answerable": ("有答案", "with answer"),
        "n.unanswerable": ("无答案", "without"),
        "success@1": ("首条命中 Success@1", "Success@1"),
        "success@1.means": ("第一条引文就含有证据", "the first citation holds the proof"),
        "success@5": ("前五命中 Success@5", "Success@5"),
        "success@5.means": (
            "前五条引文中至少一条含有证据；不是召回率",
            "one of the first five citations holds a proof; not recall",
        ),
        "mrr@10": ("MRR@10", "MRR@10"),
        "mrr@10.means": (
            "第一条含证据的引文名次的倒数；不看其后的引文",
            "one over the rank of the first proof; blind to what follows it",
        ),
        "ndcg@10": ("nDCG@10", "nDCG@10"),
        "ndcg@10.means": ("各条证据排得有多靠前", "how near the top all the proofs stand"),
        "quote-iou": ("引句重合 IoU", "Quote IoU"),
        "quote-iou.means": (
            "标出的引句与证据有多少是同一段文字",
            "how much of the marked quote and of the proof is the same text",
        ),
        "contains": ("含有答案", "Contains"),
        "contains.means": (
            "简短答案里有可接受的答案；换了说法的不算",
            "an accepted answer stands in the short answer; a paraphrase does not count",
        ),
        "char-f1": ("答案字符 F1", "char-F1"),
        "char-f1.means": (
            "简短答案与可接受的答案有多少字符相同",
            "how many characters the short answer shares with an accepted one",
        ),
        "decision": ("答拒正确", "Right decision"),
        "decision.means": (
            "该答的答了，该拒的拒了；不看答得对不对",
            "answered or refused as it should; not whether the answer is right",
        ),
        "auroc": ("把握 AUROC", "AUROC"),
        "auroc.means": (
            "有答案的问题比没有答案的更有把握的概率；50% 等于瞎猜",
            "the chance that a question with an answer gets more confidence than one without; 50 % is guessing",
        ),
        "false-answer-rate": ("误答率", "False answers"),
        "false-answer-rate.means": ("没有答案却给了答案", "questions without an answer that were answered"),
        "false-refusal-rate": ("误拒率", "False refusals"),
        "false-refusal-rate.means": ("有答案却说没有", "questions with an answer that were refused"),
        "ece": ("校准误差 ECE", "ECE"),
        "ece.means": (
            "把握与实际命中率平均差多少；排得好不好它看不出",
            "the mean gap between confidence and how often it is right; says nothing about order",
        ),
        "pictures": ("图", "Pictures"),
        "questions": ("问题数", "questions"),
        "risk-coverage": ("风险与覆盖", "Risk and coverage"),
        "risk-coverage.x": ("回答的问题（最有把握的在先，%）", "questions answered, surest first (%)"),
        "risk-coverage.y": ("其中出错的（%）", "wrong among them (%)"),
        "risk-coverage.flat": ("不加选择 {value}%", "no selection {value} %"),
        "risk-coverage.area": ("面积 AURC {value}%", "area (AURC) {value} %"),
        "risk-coverage.desc": (
            "只答最有把握的一半时出错 {half}%，全答时 {flat}%；曲线下面积 {area}%。",
            "Wrong when only the surest half is answered: {half} %; when all are: {flat} %. Area under the curve: "
            "{area} %.",
        ),
        "risk-coverage.how": (
            "越往左，只答越有把握的问题；曲线比虚线低得越多，把握就越会挑。"
            "首条引文不含证据算出错，没有答案的问题也算。这不是助手的实际错误率：它用的是一个固定门槛。",
            "Further left only the surer questions are answered; the further below the dashed line, the better "
            "confidence picks. Wrong: the first citation is no proof, or there is no answer. Not the error rate in "
            "use, where one fixed threshold decides.",
        ),
        "risk-coverage.empty": ("没有回答，画不出风险曲线。", "No answers, so there is no risk to draw."),
        "reliability": ("把握可信吗", "Reliability of the confidence"),
        "reliability.x": ("把握（%）", "confidence (%)"),
        "reliability.y": ("实际命中（%）", "right (%)"),
        "reliability.ece": ("ECE {value}%", "ECE {value} %"),
        "reliability.how": (
            "柱顶落在虚线上，就是说几成把握便有几成首条命中；红线是相差的部分，上排是题数，少于 {few} 题的柱是空心的。"
            "这不说明排得好不好。",
            "A bar that ends on the dashed line is right (its first citation a proof) as often as it promises; the "
            "red line is the gap, the row above counts the questions, and a bar of fewer than {few} is hollow. "
            "Not a measure of ranking.",
        ),
        "reliability.empty": ("没有回答，把握无从检验。", "No answers, so there is no confidence to check."),
        "ranks": ("证据排在第几", "Rank of the first proof"),
        "ranks.y": ("名次", "rank"),
        "ranks.missed": ("未找到", "missed"),
        "ranks.how": (
            "第一条含证据的引文排在第几位：越集中在 1 越好。只看第一条，不看证据是否找全。",
            "Where the first citation that holds a proof stands: the more at 1, the better. Not whether every proof "
            "was found.",
        ),
        "ranks.empty": ("没有有答案的问题，没有名次可画。", "No question with an answer, so there is no rank to draw."),
        "latency": ("回答用时", "Time of an answer"),
        "latency.x": ("毫秒", "milliseconds"),
        "latency.how": (
            "每道题用了多久：一半在 p50 以内，95% 在 p95 以内。最后一柱含更慢的。这是这台机器上的用时，不含载入模型。",
            "How long each question took: half within p50, 95 % within p95, whatever took longer in the last bar. On "
            "the machine of this run, without loading the models; not a figure for another.",
        ),
        "latency.empty": ("没有计时。", "No times were taken."),
        "forest": ("各语言的首条命中", "Success@1 by language"),
        "forest.x": ("首条命中 Success@1（%）", "Success@1 (%)"),
        "forest.all": ("全部 {value}", "all {value}"),
        "forest.how": (
            "方块是实测值，横线是 95% 区间，虚线是全部问题。区间跨过虚线，就与总体没有可靠的差别；"
            "题目各不相同，不是同题对比。",
            "Square: measured. Bar: its 95 % interval. Dashed: all questions. A bar across the dashed line is no "
            "reliable difference; the questions differ, so this is not a paired comparison.",
        ),
        "forest.empty": ("没有可以按语言分开的问题。", "No question to split by language."),
        "failures": ("没答好的问题", "Questions that went wrong"),
        "failures.none": ("没有：每道题都答好了。", "None: every question went well."),
        "trouble.false-answer": ("误答", "False answer"),
        "trouble.false-answer.means": (
            "文件里没有答案，却给了一个。",
            "The documents do not answer it; an answer was given.",
        ),
        "trouble.wrong-answer": ("答错", "Wrong answer"),
        "trouble.wrong-answer.means": ("引文找对了，简短答案不对。", "The citation is right, the short answer is not."),
        "trouble.missed": ("没找到", "Missed"),
        "trouble.missed.means": ("前五条引文都不含证据。", "None of the first five citations holds the proof."),
        "trouble.late": ("排得太后", "Late"),
        "trouble.late.means": ("证据找到了，但不在第一条。", "The proof was found, but not first."),
        "trouble.wrong-quote": ("引句不准", "Wrong quote"),
        "trouble.wrong-quote.means": (
            "段落找对了，标出的句子不对。",
            "The passage is right, the sentence marked in it is not.",
        ),
        "trouble.false-refusal": ("误拒", "False refusal"),
        "trouble.false-refusal.means": (
            "文件里有答案，却说没有。",
            "The documents answer it; the assistant said they do not.",
        ),
        "confidence": ("把握", "confidence"),
        "answer": ("给出的答案", "Answer given"),
        "answer.none": ("没有给出答案", "none given"),
        "accepted": ("可接受的答案", "Accepted"),
        "accepted.none": ("无：文件里没有答案", "none: the documents do not answer it"),
        "accepted.unsaid": ("未规定", "not prescribed"),
        "wanted": ("该找到的", "Wanted"),
        "wanted.none": ("没有：文件里没有答案。", "Nothing: the documents do not answer it."),
        "wanted.unsaid": ("未标出处。", "No place in the source is prescribed."),
        "found": ("找到的", "Retrieved"),
        "found.none": ("什么也没找到。", "Nothing was retrieved."),
        "relevant": ("含证据", "proof"),
        "irrelevant": ("不含证据", "no proof"),
        "rank": ("第 {rank} 条", "Citation {rank}"),
        "set-up": ("这次是怎么测的", "How this was measured"),
        "set-up.how": (
            "离开这些条件，上面的数就不能引用。",
            "The figures above hold under these conditions; without them they mean nothing.",
        ),
        "gold": ("题目", "Gold questions"),
        "gold.file": ("文件", "File"),
        "created": ("时间", "Created"),
        "depth": ("每题检索深度", "Citations asked for"),
        "fold.name": ("部分", "Fold"),
        "settings": ("设置", "Settings"),
        "manifest": ("文件库与编码器", "Collection and encoders"),
        "versions": ("版本", "Versions"),
        "empty": ("无", "none"),
    }
)


def say(language: str, key: str, **values: object) -> str:
    """The words of `key` in one of LANGUAGES, with the values put in. KeyError when there are none."""
    return _WORDS[key][LANGUAGES.index(language)].format(**values)
