"""The sets that the results are of, each as documents and questions: our own gold, then the open benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from eval import benchmarks
from eval.benchmarks.held_out import unseen
from eval.benchmarks.trial import ABSENT, sample, trial, withhold
from eval.dataset import SHIPPED, ResolvedQuestion, load_gold, resolve
from index import sources
from index.build import quiet
from index.intake import take_in
from index.sample import NAME, sample_digest
from index.schema import Document

SEED = 0

NOT_A_REPORT = "SOURCE.txt"  # tells where the reports beside it are from

_FITTED = (
    "The weights of the search, the score and its threshold were fitted on the dev fold (training/fuse.py, "
    "training/calibrate.py)"
)
_TRAINED = "{} trained on (training/reader/sets.py)"
_BM25 = "BM25's k1 and b were chosen on it (eval/bench/lexical.py)"
_SHARE = "How far the tuned encoder goes from its base was chosen on it (docs/decisions.md)"
_LOOKED_AT = (
    "What the reader is trained on was added to after looking at wrong answers, those of the test fold among them"
)
REMARKS = {
    "sample": (_FITTED,),
    "digest": (_FITTED, _LOOKED_AT),
    "reports": (
        _FITTED,
        _TRAINED.format("It asks about six of the reports; other questions about the other nine were"),
    ),
    "xquad_train": (
        _TRAINED.format("Two thirds of its articles were") + "; asked about the others, among all",
        _SHARE,
    ),
    "cmrc2018_dev": (_SHARE,),
    "drcd_dev": (_TRAINED.format("Half of its articles were") + "; asked about the others, among all",),
    "cmrc2018_trial": (_TRAINED.format("It was"), _BM25),
    "covid_policy_open": (_BM25,),
    "cjrc_dev": ("Its questions lean on their own judgment, others may answer them as well: it was made for reading",),
    "nomiracl_partial": ("Each question searches its ten candidates only; which one answers is not marked",),
}
"""What is to be said of a set: what of ours was tuned on it, and what it was not made for."""


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """`name` is that of the folder, with the passage language where there are several. `own`: the gold is ours."""

    name: str
    documents: list[Document]
    gold: list[ResolvedQuestion]
    remarks: tuple[str, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class Source:
    """`read` gives one set after another; `files` are what it reads: files, and folders with all that is in them."""

    files: tuple[Path, ...]
    read: Callable[[], Iterator[MeasuredSet]]


Sets = Mapping[str, Source]
"""Name of a folder or gold set → what it is read from."""


def found_sets(shared: Path, questions: int, passages: int) -> Sets:
    """The gold sets whose documents are there, whole, then every folder of SHARED/data/qa, sampled."""
    found = own_sets(shared)
    for folder in sorted(path for path in (shared / "data" / "qa").glob("*") if path.is_dir()):
        found[folder.name] = Source((folder,), _outside(folder, questions, passages))
    return found


def own_sets(shared: Path) -> dict[str, Source]:
    """The gold sets whose documents are there; each gives one set, whole."""
    shipped = Path(str(files("index.sample") / NAME))
    found = {"sample": Source((shipped, _gold("sample")), _sample_digest)}
    digest = shared / "digest" / "digest.txt"
    if digest.is_file():
        found["digest"] = Source((digest, _gold("digest")), lambda: _own("digest", [digest]))
    folder = shared / "data" / "documents" / "gov_reports_2026"
    reports = [path for path in sorted(folder.glob("*.txt")) if path.name != NOT_A_REPORT]
    if reports:
        found["reports"] = Source((*reports, _gold("reports")), lambda: _own("reports", reports))
    return found


def _sample_digest() -> Iterator[MeasuredSet]:
    with sample_digest() as path:
        yield from _own("sample", [path])


def _gold(name: str) -> Path:
    return SHIPPED / f"{name}.jsonl"


def _own(name: str, paths: Sequence[Path]) -> Iterator[MeasuredSet]:
    documents = [item.document for item in take_in(sources.find(paths), {}, quiet).read.values()]
    gold = list(resolve(load_gold(_gold(name)), documents))
    yield MeasuredSet(name, documents, gold, REMARKS[name], own=True)


def _outside(folder: Path, questions: int, passages: int) -> Callable[[], Iterator[MeasuredSet]]:
    def read() -> Iterator[MeasuredSet]:
        for benchmark in benchmarks.load(folder):
            chosen = withhold(sample(unseen(benchmark, folder.name), questions, passages, SEED))
            remarks = [f"Left out of the whole set: {count} ({reason})" for reason, count in chosen.left_out.items()]
            absent = sum(question.note == ABSENT for question in chosen.questions)
            if absent:
                remarks.append(f"{absent} are without an answer because their passages were taken out")
            documents, gold = trial(chosen)
            remarks += REMARKS.get(folder.name, ())
            yield MeasuredSet(benchmark.name, documents, gold, tuple(remarks), own=False)

    return read
