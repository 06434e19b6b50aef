"""Where the command line begins: nothing heavy is loaded before an interruption is caught."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `digest-qa` and exit with its code."""
    try:
        from rag.cli import main as run_command

        run_command()
    except KeyboardInterrupt:
        print("digest-qa: interrupted", file=sys.stderr)
        sys.exit(130)
