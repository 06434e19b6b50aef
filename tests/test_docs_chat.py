"""What docs/chat.md tells people to run does run, against a real server; its figures fit the committed claims."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from page_in_browser import served

from eval.bench.claims import CHOSEN_ON, claims
from rag.settings import Settings
from rag.writer.support import BEHIND, COVERAGE, NEAR, NEAR_IN_WORDS

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "chat.md").read_text("utf-8")
HERE = "http://127.0.0.1:7860"


@pytest.fixture(name="address", scope="module")
def address_fixture():
    with served() as url:
        yield url


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert HERE in found
    return found


def test_the_shell_lines(address):
    if shutil.which("curl") is None:
        pytest.skip("no curl on the PATH")
    lines = block("sh").replace("\\\n", " ").replace(HERE, address).splitlines()
    models, reply = (
        json.loads(subprocess.run(line, shell=True, capture_output=True, check=True, timeout=60).stdout)
        for line in lines
    )
    assert [model["id"] for model in models["data"]] == ["digest-qa", "digest-qa-fast"]
    assert reply["choices"][0]["message"]["content"].startswith("**这些文件中没有找到答案**")


def test_the_python_lines(address):
    pytest.importorskip("openai")
    code = block("python").replace(HERE, address)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("**Not in these documents**")
    assert "{'start': " in done.stdout


def test_every_setting_of_the_writer_is_told():
    told = set(re.findall(r"^\| `(DIGEST_QA_\w+)` \|", PAGE, re.MULTILINE))
    assert told == {f"DIGEST_QA_{name.upper()}" for name in Settings.model_fields if name.startswith("llm_")}
    assert Settings.model_fields["llm_timeout"].default == 20


def test_the_bounds_and_the_counts_of_the_claims_are_told():
    assert (COVERAGE, NEAR["e5-tuned"], NEAR_IN_WORDS["e5-tuned"], BEHIND) == (0.6, 0.625, 0.74, 0.05)
    for bound in ("six tenths", "0.625", "0.74", "0.05"):
        assert bound in PAGE
    every = claims()
    later = Counter((claim.kind, claim.language) for claim in every[CHOSEN_ON:])
    assert (len(every), sum(later.values())) == (132, 48)
    names = ["supported", "number", "place", "source", "opposite", "invented"]
    rows = re.findall(r"^\| [\w' ]+ \| \d+ of (\d+) \| \d+ of (\d+) \|", PAGE, re.MULTILINE)
    assert rows == [(str(later[name, "zh"]), str(later[name, "en"])) for name in names]


def test_claims_are_of_both_kinds_and_languages():
    every = claims()
    assert [claim.id for claim in every] == [f"claim-{number:03}" for number in range(1, len(every) + 1)]
    assert Counter((claim.supported, claim.language) for claim in every) == {
        (True, "zh"): 32,
        (True, "en"): 32,
        (False, "zh"): 34,
        (False, "en"): 34,
    }
    assert all(claim.supported == (claim.kind == "supported") for claim in every)
