"""The Haystack component in pipelines: run, connected, dumped, loaded, warmed up."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from asking import assistant_over, build_reports
from frameworks import QUESTION, Recorder, needed

from index.errors import QuestionInvalid, SettingInvalid
from rag.assistant import Assistant
from rag.filters import FilterInvalid, Filters
from rag.settings import Mode

needed("haystack")

import haystack.telemetry._telemetry as telemetry  # noqa: E402
from haystack import Document, Pipeline  # noqa: E402
from haystack.components.builders import PromptBuilder  # noqa: E402

from rag.integrations.haystack import DigestRetriever  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[1]
TEMPLATE = "{% for d in documents %}[{{ d.meta.rank }}] {{ d.meta.title }}: {{ d.content }}\n{% endfor %}{{ question }}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reports(tmp_path_factory.mktemp("haystack"))


@pytest.fixture(scope="module")
def assistant(store: Path) -> Assistant:
    return assistant_over(store)


@pytest.fixture
def recorder(assistant: Assistant) -> Recorder:
    return Recorder(assistant)


def prompting(retriever: DigestRetriever) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("retriever", retriever)
    pipeline.add_component("prompt", PromptBuilder(TEMPLATE, required_variables="*"))
    pipeline.connect("retriever.documents", "prompt.documents")
    return pipeline


def test_a_pipeline_hands_the_passages_to_the_prompt(assistant: Assistant) -> None:
    pipeline = prompting(DigestRetriever(assistant=assistant, k=3))
    asked = {"retriever": {"query": QUESTION, "top_k": 1}, "prompt": {"question": QUESTION}}
    cited = assistant.search(QUESTION, 1).citations[0]
    prompt = f"[1] 甘肃：一渠清水上旱塬: {cited.text}\n{QUESTION}"
    assert pipeline.run(asked) == {"prompt": {"prompt": prompt}}
    assert asyncio.run(pipeline.run_async(asked)) == {"prompt": {"prompt": prompt}}


def test_a_run_may_have_its_own_k_and_filters(recorder: Recorder) -> None:
    retriever = DigestRetriever(assistant=recorder, k=1, filters={"documents": ["reports.txt"]})
    retriever.run(QUESTION)
    retriever.run(QUESTION, top_k=2, filters={"documents": ["town.md"]})
    asyncio.run(retriever.run_async(QUESTION, top_k=4))
    assert recorder.asked == [
        (QUESTION, 1, None, Filters(documents=("reports.txt",))),
        (QUESTION, 2, None, Filters(documents=("town.md",))),
        (QUESTION, 4, None, Filters(documents=("reports.txt",))),
    ]
    with pytest.raises(QuestionInvalid):
        retriever.run(QUESTION, top_k=0)
    with pytest.raises(FilterInvalid, match=r"operator: .*filter by documents, articles, regions"):
        retriever.run(QUESTION, filters={"field": "meta.region", "operator": "==", "value": "甘肃"})


def test_models_are_warmed_up_once(recorder: Recorder) -> None:
    pipeline = prompting(DigestRetriever(assistant=recorder))
    asked = {"retriever": {"query": QUESTION}, "prompt": {"question": QUESTION}}
    pipeline.run(asked)
    asyncio.run(pipeline.run_async(asked))
    assert (recorder.warmed, len(recorder.asked)) == (1, 2)


@pytest.mark.usefixtures("fake_encoder")
def test_a_pipeline_is_dumped_and_loaded(store: Path) -> None:
    filters = Filters(regions=("甘肃", "云南"), documents=("reports.txt",))
    pipeline = prompting(DigestRetriever(store=store, k=2, filters=filters, mode=Mode.FAST))
    assert pipeline.to_dict()["components"]["retriever"] == {
        "type": "rag.integrations.haystack.DigestRetriever",
        "init_parameters": {
            "store": str(store),
            "k": 2,
            "filters": {"documents": ["reports.txt"], "articles": [], "regions": ["甘肃", "云南"]},
            "mode": "fast",
        },
    }
    loaded = Pipeline.loads(pipeline.dumps(), allowed_modules=["rag.integrations"])
    assert loaded.to_dict() == pipeline.to_dict()
    asked = {"retriever": {"query": QUESTION}, "prompt": {"question": QUESTION}}
    wanted = pipeline.run(asked)
    assert loaded.run(asked) == wanted
    assert wanted["prompt"]["prompt"].startswith("[1] 甘肃：一渠清水上旱塬")


def test_a_pipeline_is_loaded_where_nothing_was_imported_yet(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text(prompting(DigestRetriever(k=7)).dumps(), "utf-8")
    code = (
        "import sys; from haystack import Pipeline\n"
        "with open(sys.argv[1], encoding='utf-8') as file:\n"
        "    pipeline = Pipeline.load(file, allowed_modules=['rag.integrations'])\n"
        "print(pipeline.get_component('retriever').k)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("7\n", "")


def test_the_users_own_store_stays_unnamed() -> None:
    retriever = DigestRetriever()
    wanted = {"store": None, "k": 5, "filters": None, "mode": None}
    assert retriever.to_dict()["init_parameters"] == wanted
    assert DigestRetriever.from_dict(retriever.to_dict()).to_dict()["init_parameters"] == wanted


def test_an_assistant_cannot_be_dumped(assistant: Assistant) -> None:
    with pytest.raises(SettingInvalid, match="cannot be written into a file"):
        prompting(DigestRetriever(assistant=assistant)).dumps()


def test_documents_survive_their_own_dictionary(assistant: Assistant) -> None:
    (found,) = DigestRetriever(assistant=assistant, k=1).run(QUESTION)["documents"]
    assert Document.from_dict(found.to_dict()) == found
    assert found.score == found.meta["score"]


def test_no_usage_is_reported_from_here() -> None:
    assert telemetry.telemetry is None
