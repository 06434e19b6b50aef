"""The requests and answers that the API's document shows; real ones, shortened here and there (api_examples.json)."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from fastapi.openapi.models import Example

_ALL: dict[str, Any] = json.loads(files("rag").joinpath("api_examples.json").read_text(encoding="utf-8"))

DOCUMENT_NAME = "sample-digest.txt"
SAMPLE_SHA256 = "b887c565f1b67c1602dfd6a2434b4206130a4ad24c334a9980c4beee75438767"

ASK: dict[str, Example] = {
    "question": {"summary": "A question", "value": {"question": "青岛有多少家省级新型研发机构？", "k": 3}},
    "filtered": {
        "summary": "Of some articles only, without reading",
        "value": {"question": "Who may lead a project?", "mode": "fast", "filters": {"regions": ["Qingdao"]}},
    },
}
SEARCH: dict[str, Example] = {
    "page": {"summary": "The second page", "value": {"question": "荔枝怎样保鲜？", "k": 2, "offset": 2}}
}
CLAIM: dict[str, Example] = {
    "claim": {
        "summary": "A quote with its place",
        "value": {"document_sha256": SAMPLE_SHA256, "start": 17, "end": 31, "text": "青岛：改革理顺成果转化全链条"},
    }
}

ANSWER, SEARCH_RESULT, VERIFICATION = _ALL["answer"], _ALL["search"], _ALL["verification"]
DOCUMENT_LIST, DOCUMENT, TEXT = _ALL["documents"], _ALL["document"], _ALL["text"]
JOB, REMOVED, RESTORED = _ALL["job"], _ALL["removed"], _ALL["restored"]
HEALTH, READINESS, METRICS = _ALL["health"], _ALL["readiness"], _ALL["metrics"]
JOB_ID: str = JOB["id"]


def answered(example: Any) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry for what a route answers when all is well."""
    return {200: {"content": {"application/json": {"example": example}}}}
