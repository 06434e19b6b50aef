"""Asks a gold set of questions, measures the answers, reports and compares: ask → measure → report → compare."""

from eval.dataset import GoldQuestion, load_gold, resolve
from eval.runner import Run, run

__all__ = ["GoldQuestion", "Run", "load_gold", "resolve", "run"]
