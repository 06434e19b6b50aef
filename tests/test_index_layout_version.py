"""What files are read by has a version: unchanged files are read anew by another one, and it may not be forgotten."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest
from digest_reports import REPORTS
from digests import Trouble, document, printed
from fakes_store import SETTINGS, Loader, index, no_encoder, report, write

from index import intake
from index.build import Summary, build, build_documents
from index.chunking import passages
from index.collection import Collection
from index.sample import sample_digest

READ_BY = {"3": "a6fd5dcaf9045ee8"}
"""What the texts below come to, by version. Where it differs, raise `intake.LAYOUT_VERSION` and put in the new one."""

MARKDOWN = """# 洛阳：老城里的新仓库

某某 洛阳市商务局局长

洛阳今年改造了十二座旧仓库。每座仓库都装上了新的温度计。

## 普洱：茶农的账本

| 茶园 | 面积 |
|---|---|
| 东坡 | 12 亩 |

普洱的茶农记下了三百本账。
"""


LETTER = """洛阳市商务局等两个部门关于做好2025年老城区旧仓库改造、温度计安装以及冬季防火检查工作的通知

各县区商务局：

现将有关事项通知如下。每座仓库都要装上新的温度计。

洛阳市商务局
2025年7月22日
"""


def test_texts_come_to_what_this_version_says() -> None:
    with sample_digest() as path:
        texts = [path.read_text("utf-8"), printed(REPORTS, Trouble(displaced=0, cut=True, pages=True))]
    read = [*(document(text) for text in texts), document(MARKDOWN, name="a.md"), document(LETTER)]
    told = [[asdict(part) for part in (*one.articles, *one.furniture, *passages(one))] for one in read]
    found = sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
    assert {intake.LAYOUT_VERSION: found} == READ_BY


def test_unchanged_files_are_read_anew_by_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, store = write(tmp_path / "in", a=report("安", 1), b=report("德", 3)), tmp_path / "store"
    monkeypatch.setattr(intake, "LAYOUT_VERSION", "before")
    index(folder, store)
    monkeypatch.undo()
    loader = Loader()
    found = build([folder / "a.txt"], store, SETTINGS, loader)
    assert found == Summary(2, changed=("a.txt",), documents=2, passages=2)
    assert loader.seen == []  # what the passages say has not changed, so their vectors are kept
    origins = Collection.open(store).manifest.origins.values()
    assert {Path(origin.path or "").name: origin.layout for origin in origins} == {
        "a.txt": intake.LAYOUT_VERSION,
        "b.txt": "before",
    }
    assert build([folder / "a.txt"], store, SETTINGS, no_encoder).unchanged == ("a.txt",)


def test_what_was_handed_over_has_no_version(tmp_path: Path) -> None:
    build_documents([document(report("安", 1))], tmp_path, SETTINGS, Loader())
    assert [origin.layout for origin in Collection.open(tmp_path).manifest.origins.values()] == [""]
