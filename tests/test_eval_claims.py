"""The claims that the writer's check is measured on, and what the real encoder makes of them."""

import pytest

from eval.bench.claims import Judged, claims, judge, table
from rag import Assistant
from rag.opening import Opening
from rag.settings import load_settings


def test_the_table_counts_what_was_kept():
    every = claims()[:2] + claims()[-1:]
    assert [(claim.language, claim.supported) for claim in every] == [("zh", True), ("zh", True), ("en", False)]
    judged = [Judged(every[0], None), Judged(every[1], "far"), Judged(every[2], None)]
    assert table(judged).splitlines()[2:] == [
        "| supported | 1/2 | 0/0 | 0/0 | 0/0 |",
        "| invented | 0/0 | 0/0 | 0/0 | 1/1 |",
    ]


@pytest.mark.model
def test_what_is_kept_is_what_the_documentation_says(sample_store):
    opening = Opening(load_settings(sample_store))
    assistant: Assistant = opening.assistant()
    judged = list(judge(claims(), assistant, opening.encoder("e5-tuned")))
    later = [one for one in judged if not one.claim.chosen_on]
    kept = {one.claim.id for one in later if one.against is None}
    assert len(kept & {one.claim.id for one in later if one.claim.supported}) == 22
    assert len([one for one in later if one.claim.supported]) == 24
    wrongly = {one.claim.id: one.claim.kind for one in judged if one.against is None and not one.claim.supported}
    assert sorted(wrongly.values()) == ["invented", *["opposite"] * 3, *["relation"] * 4]
