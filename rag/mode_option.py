"""The option --mode of every command that asks."""

from __future__ import annotations

import click

from rag.settings import Mode

# A choice of an enumeration goes by its names, which are the values in capitals.
MODE = click.option(
    "--mode",
    type=click.Choice(Mode, case_sensitive=False),
    help="best: read the first passages before deciding; fast: search alone (else DIGEST_QA_MODE, else best).",
)
