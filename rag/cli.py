"""The command line: data on stdout, messages on stderr, exit codes 0 done, 1 check failed, 2 bad usage or input,
3 no or unusable collection, 130 interrupted. Commands of other rooms join by the entry point group digest_qa.commands.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

import click

from index import build as building
from index import generations
from index.collection import Collection
from index.encoders import load_encoder
from index.errors import DigestQAError, InputError
from rag import batch, inspection, outline, text_output
from rag.assistant import Assistant
from rag.mode_option import MODE
from rag.progress import bar
from rag.settings import DEFAULT_K, Mode, load_settings

GROUP = "digest_qa.commands"
INTERRUPTED = 130
STORE = click.option(
    "--store", metavar="DIR", help="The collection (else DIGEST_QA_STORE, else the user's data folder)."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class _Commands(click.Group):
    """The commands here and those that other rooms registered, which are imported only when they are called."""

    def invoke(self, ctx: click.Context) -> object:
        """What click would end with a line of its own or another exit code ends here."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _tell("interrupted")
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of our output went away
            ctx.exit(0)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands of other rooms are named, not loaded: one of them brings the whole web page."""
        rows = []
        for name in self.list_commands(ctx):
            own = super().get_command(ctx, name)
            rows.append((name, own.get_short_help_str() if own else f"See: digest-qa {name} --help"))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *(entry.name for entry in entry_points(group=GROUP))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None:
            for entry in entry_points(group=GROUP, name=cmd_name):
                loaded = entry.load()
                assert isinstance(loaded, click.Command)
                found = loaded
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="digest-qa")
def digest_qa() -> None:
    """Ask a digest of reports a question in any language; get the passages that answer it, cited to the character."""


@digest_qa.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@STORE
@click.option("--prune", is_flag=True, help="Drop documents whose files no longer exist.")
@click.option("--rebuild", is_flag=True, help="Start anew; without PATHS from the files that are in the collection.")
@AS_JSON
def index(paths: tuple[Path, ...], store: str | None, prune: bool, rebuild: bool, as_json: bool) -> None:
    """Bring the collection up to date with files and folders (txt, md)."""
    settings = load_settings(store)
    if not paths and rebuild:
        paths = _origins(settings.store)
    if not paths:
        raise click.UsageError("give at least one file or folder")
    with bar() as progress:
        summary = building.build(
            paths, settings.store, settings.build, load_encoder, prune=prune, rebuild=rebuild, progress=progress
        )
    for notice in summary.notices:
        _tell(notice)
    click.echo(text_output.summary_json(summary) if as_json else text_output.summary(summary))


@digest_qa.command()
@click.argument("question", required=False)
@click.option("-k", default=DEFAULT_K, show_default=True, help="Number of citations.")
@MODE
@STORE
@AS_JSON
@click.option("--batch", "batch_file", type=click.Path(path_type=Path), help='Lines {"id", "question"}; needs --json.')
def ask(
    question: str | None, k: int, mode: Mode | None, store: str | None, as_json: bool, batch_file: Path | None
) -> None:
    """Answer a question with cited passages."""
    if (question is None) == (batch_file is None):
        raise click.UsageError("give one QUESTION, or --batch FILE.jsonl")
    if batch_file is not None:
        if not as_json:
            raise click.UsageError("--batch prints JSON lines: add --json")
        questions = batch.read(batch_file, k)
        for line in batch.answers(Assistant.open(store, mode), questions, k):
            click.echo(line)
        return
    batch.check(question or "", k)  # before the seconds that opening takes
    answer = Assistant.open(store, mode).ask(question or "", k)
    click.echo(answer.model_dump_json() if as_json else text_output.answer(answer))


@digest_qa.command()
@STORE
@click.option(
    "--outline", "show_outline", is_flag=True, help="Articles, authors, regions, spans, and what is furniture."
)
@click.option("--toml", is_flag=True, help="The outline as a digest.toml to correct and put beside the document.")
@AS_JSON
def documents(store: str | None, show_outline: bool, toml: bool, as_json: bool) -> None:
    """List the documents of the collection."""
    collection = Collection.open(load_settings(store).store)
    if toml:
        click.echo(outline.as_toml(collection))
    elif as_json:
        click.echo(json.dumps(outline.as_records(collection), ensure_ascii=False, indent=1))
    else:
        click.echo(text_output.visible(outline.as_text(collection) if show_outline else outline.as_list(collection)))


@digest_qa.command()
@click.argument("document")
@STORE
def remove(document: str, store: str | None) -> None:
    """Take a document (its name, id or SHA-256) out of the collection."""
    summary = building.remove(document, load_settings(store).store, load_encoder)
    click.echo(text_output.summary(summary))


@digest_qa.command()
@STORE
@click.pass_context
def doctor(ctx: click.Context, store: str | None) -> None:
    """Verify everything on disk: checksums, offsets, alignment, encoders, reader."""
    failed = False
    for check in inspection.checks(load_settings(store), load_encoder):
        failed |= not check.passed
        click.echo(text_output.check(check))
    ctx.exit(1 if failed else 0)


@digest_qa.command()
@MODE
@STORE
def mcp(mode: Mode | None, store: str | None) -> None:
    """Serve the collection to a program that speaks MCP, on stdin and stdout."""
    from rag.mcp.stdio import serve
    from rag.opening import Opening

    serve(Opening(load_settings(store, mode)))


def _origins(store: Path) -> tuple[Path, ...]:
    _, manifest = generations.current(store)
    return tuple(Path(origin.path) for origin in manifest.origins.values() if origin.path)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; the user's mistakes end in one line on stderr, never in a traceback."""
    logging.basicConfig(level=logging.WARNING, format="digest-qa: %(message)s", stream=sys.stderr)
    try:
        result = digest_qa.main(arguments, prog_name="digest-qa", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except DigestQAError as error:
        _tell(str(error))
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return InputError.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        _tell(f"{error.format_message().rstrip('.')}; see: {context.command_path if context else 'digest-qa'} --help")
        return InputError.exit_code
    except (click.Abort, KeyboardInterrupt):  # before the command began
        _tell("interrupted")
        return INTERRUPTED
    except SystemExit as stop:  # of a command that joined
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)


def _tell(message: str) -> None:
    """One line on stderr."""
    click.echo(f"digest-qa: {' '.join(message.split())}", err=True)


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(run())
