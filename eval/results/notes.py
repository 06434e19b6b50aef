"""How to read the page of results: what was measured, and what the figures are not."""

from __future__ import annotations

from eval.baseline import CHUNK, ENCODER, OVERLAP
from eval.benchmarks.trial import SHARE
from eval.measures.scorecard import FEWEST
from eval.runner import DEPTH

NOTES = (
    "All figures are per cent, with the 95 % bootstrap interval in brackets (none where a figure rests on fewer than "
    f"{FEWEST} questions); ECE is the one of which less is better. "
    f"{DEPTH} citations are asked for; a document ranks where it is first cited.",
    "Questions are counted as those with an answer + those without. Rankings and short answers are measured on the "
    "former, AUROC and ECE on both.",
    "p is that of the paired randomisation test on nDCG@10 (eval/comparison/randomisation.py), not corrected for the "
    "number of tests.",
    "A sample is the questions with the smallest SHA-256 of seed and id (Chinese, English and others in turns), all "
    "passages that they name, and others up to the number of passages; fewer questions where they name more than "
    "three times as many. Passages with equal text count once.",
    "A sampled corpus is easier than the whole one: these figures are not comparable with published ones.",
    f"A set in which every question has an answer lost the passages of about {100 * SHARE:.0f} % of its questions, "
    "chosen by hash, to see whether the confidence tells; passages that stay may answer them unmarked. Its AUROC and "
    "ECE rest on that.",
    f"The naive pipeline: chunks of {CHUNK} characters, overlap {OVERLAP}, {ENCODER}, exact FAISS search over the text "
    "alone; titles are no part of it. Its confidence is the cosine of its first chunk; it has no short answer.",
    "Sets over two languages are split by direction, question→passage. Of an open set each passage is a document.",
)
