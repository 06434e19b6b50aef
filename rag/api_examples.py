"""stub"""
from typing import Any
JOB_ID="3f2b8c1d9e7a4f60b5c4d3e2f1a09b8c"
DOCUMENT_NAME="sample-digest.txt"
def answered(example: Any) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entry for what a route answers when all is well."""
    return {200: {"content": {"application/json": {"example": example}}}}
ANSWER=SEARCH_RESULT=VERIFICATION=HEALTH=READINESS=JOB=DOCUMENT_LIST=DOCUMENT=RESTORED=REMOVED={}
TEXT={"text":""}
METRICS=""
ASK=SEARCH=CLAIM={}
