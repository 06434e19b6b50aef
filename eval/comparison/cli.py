"""The command `digest-qa compare`. Figures on stdout, remarks on stderr."""

from __future__ import annotations

from pathlib import Path

import click

from eval.comparison import compare as comparing
from eval.reports.run_file import read_run
from rag.text_output import visible

_PATH = click.Path(path_type=Path)


@click.command("compare", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run_a", type=_PATH)
@click.argument("run_b", type=_PATH)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the tests and intervals.")
@click.option("--measure", default="ndcg@10", show_default=True, help="The measure to list losses and wins of.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def compare(run_a: Path, run_b: Path, seed: int, measure: str, as_json: bool) -> None:
    """Compare two report folders (or their by-question.jsonl), question by question."""
    comparison = comparing.compare(read_run(run_a), read_run(run_b), seed, measure)
    for note in comparison.notes:
        click.echo(visible(note), err=True)
    click.echo(comparing.as_json(comparison) if as_json else comparing.render(comparison))
