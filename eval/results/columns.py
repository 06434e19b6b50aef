"""Which figures of a system are kept, and their heads."""

from __future__ import annotations

COLUMNS = {
    "success@1": "Success@1",
    "success@5": "Success@5",
    "mrr@10": "MRR@10",
    "ndcg@10": "nDCG@10",
    "char-f1": "char-F1",
    "exact": "exact",
    "contains": "contains",
    "auroc": "AUROC",
    "ece": "ECE",
}
"""Figure → head of its column, in order. All are given in per cent."""
ANSWER_FIGURES = ("char-f1", "exact", "contains")
"""Of the short answer, which the baseline does not have."""
