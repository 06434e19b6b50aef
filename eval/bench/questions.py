"""How long a question takes in both modes, and what products in 8-bit integers gain, in one run.

    python -m eval.bench.questions [--questions 30]

Over the sample digest, warm, one question after the other. Prints a markdown table of the milliseconds, and how many
times as fast the reader is with 8-bit integers as in float32, taken in turn on the same windows; of the processor's
time too, which other work on the machine disturbs less.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import click
import numpy as np
from safetensors.torch import load_file

from eval.results.sets import own_sets
from index.build import build_documents
from index.collection import Collection
from index.encoders import load_encoder
from index.encoders.bundled import bundled_e5_folder
from index.encoders.int8 import in_int8, int8_pays
from rag import Assistant
from rag.reading.inputs import Pair, load_tokenizer
from rag.reading.model import CrossEncoder
from rag.reading.packing import unpacked
from rag.reading.reader import Reader
from rag.reading.reading import Reading
from rag.reading.shipped import WEIGHTS, shipped_reader
from rag.settings import Mode, load_settings


class Recorder:
    """Reads as the shipped reader does, and keeps what it was asked."""

    def __init__(self) -> None:
        self.reader = shipped_reader()
        self.asked: list[list[Pair]] = []

    def read(self, pairs: Sequence[Pair]) -> list[Reading]:
        """As the reader's."""
        self.asked.append(list(pairs))
        return self.reader.read(pairs)


class Exact(CrossEncoder):
    """Whatever the processor can, float32."""

    def for_reading(self) -> CrossEncoder:
        """Itself, as it is."""
        return self.eval()


class Whole(CrossEncoder):
    """Whatever else the processor can, layers in 8-bit integers."""

    def for_reading(self) -> CrossEncoder:
        """Itself, with other layers."""
        in_int8(self.layers)
        return self.eval()


def reader_of(kind: type[CrossEncoder]) -> Reader:
    """The shipped weights in a model of that kind."""
    folder, _ = bundled_e5_folder()
    model = kind.from_folder(folder)
    model.load_trained(unpacked(load_file(WEIGHTS)))
    return Reader(model, load_tokenizer(folder))


def taken(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds, and those of the processor."""
    began, used = perf_counter(), process_time()
    work()
    return (perf_counter() - began) * 1000, (process_time() - used) * 1000


@click.command()
@click.option("--questions", default=30, show_default=True, help="How many are timed.")
def main(questions: int) -> None:
    """Time both modes, and the reader in both kinds of numbers."""
    (own,) = own_sets(Path())["sample"].read()
    settings = load_settings().build
    encoders = {name: load_encoder(name) for name in settings.encoders}
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as store:
        build_documents(own.documents, Path(store), settings, encoders.__getitem__)
        assistant = Assistant(Collection.open(Path(store)), encoders, reader=recorder)
        texts = [question.gold.question for question in own.gold[:: max(len(own.gold) // questions, 1)]][:questions]
        click.echo(f"{len(texts)} warm questions over the sample digest, milliseconds\n")
        click.echo("| mode | p50 | p95 |\n|---|---|---|")
        for mode in Mode:
            assistant.ask(texts[0], mode=mode)
            times = [taken(partial(assistant.ask, text, mode=mode))[0] for text in texts]
            click.echo(f"| {mode} | {np.quantile(times, 0.5):.0f} | {np.quantile(times, 0.95):.0f} |")
    if not int8_pays():
        click.echo("\nThis processor has no products of 8-bit integers.")
        return
    exact, whole = reader_of(Exact), reader_of(Whole)
    asked = recorder.asked[-min(questions, 10) :]
    both = [(taken(partial(exact.read, pairs)), taken(partial(whole.read, pairs))) for pairs in asked]
    wall, cpu = (median(slow[at] / fast[at] for slow, fast in both) for at in (0, 1))
    click.echo(
        f"\nWith 8-bit integers the reader is {wall:.1f} times as fast as in float32 ({cpu:.1f} in processor time)."
    )


if __name__ == "__main__":
    main()
