"""Reports and evaluators of evaluations that were never made, and whose figures can be read off this page."""

import json
import threading
from datetime import UTC, datetime

GOLD = [{"file": "gold/harbour.jsonl", "sha256": "0" * 64, "questions": 12}]
COLUMNS = ("n", "success@1", "success@3", "success@5", "recall@5", "recall@10", "mrr@10", "ndcg@10", "map", "char-f1")


def scorecard(figure):
    """The fragment for the page: both languages, a table wider than a phone, a picture in the page's colours."""
    heads = "".join(f"<th>{column}</th>" for column in COLUMNS)
    cells = "".join(f"<td>{figure}</td>" for _ in COLUMNS)
    bars = "".join(
        f'<rect x="{20 * n}" y="{5 * n}" width="14" height="{60 - 5 * n}" fill="var(--seal)"/>' for n in range(10)
    )
    return (
        "<section class='evaluation'><style>"
        "html[data-language='zh'] .evaluation [lang='en'], html[data-language='en'] .evaluation [lang='zh-Hans'] "
        "{ display: none } .evaluation :is(th, td) { padding: 6px 14px; text-align: right }"
        "</style><h3><span lang='en'>Scorecard</span><span lang='zh-Hans'>成绩单</span></h3>"
        f"<div style='overflow-x: auto'><table><tr>{heads}</tr><tr>{cells}</tr></table></div>"
        f"<svg viewBox='0 0 200 60' width='100%' style='max-width: 400px' role='img' aria-label='ranks'>{bars}</svg>"
        "</section>"
    )


def write_report(store, name, *, figure="91.7", gold=GOLD, page=True):
    """A report in `store` under its UTC time, such as 20260131T120000Z; returns its folder."""
    folder = store / "reports" / name
    folder.mkdir(parents=True)
    created = datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    content = {"created": created.isoformat(), "gold": gold, "measures": {"all": {"success@1": 0.917}}}
    (folder / "report.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "scorecard.html").write_text(scorecard(figure), encoding="utf-8")
    if page:
        (folder / "report.html").write_text(f"<!doctype html><title>{name}</title><p>{figure}</p>", encoding="utf-8")
    return folder


class SteppedEvaluator:
    """Asks `total` questions, as many as were let through; then writes a report, or fails with `error`."""

    def __init__(self, name="20260201T080000Z", *, figure="95.0", total=12, error=None):
        self.name, self.figure, self.total, self.error = name, figure, total, error
        self.calls = []
        self._gate = threading.Semaphore(0)

    def let(self, questions):
        """Let so many more steps pass: one for each question, and one for the end."""
        self._gate.release(questions)

    def __call__(self, assistant, store, progress):
        self.calls.append((assistant, store))
        for done in range(self.total):
            progress(done, self.total)
            assert self._gate.acquire(timeout=20)
        progress(self.total, self.total)
        assert self._gate.acquire(timeout=20)
        if self.error is not None:
            raise self.error
        return write_report(store, self.name, figure=self.figure)
