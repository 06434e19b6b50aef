"""Plain text and Markdown in whatever encoding they come: the source text is the decoded file."""

from __future__ import annotations

import codecs
from dataclasses import replace

from charset_normalizer import from_bytes

from index.errors import DocumentUnreadable
from index.readers.reading import Reading

_MARKS = (  # the longer mark first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CANDIDATES = ["gb18030", "big5", "utf_16_le", "utf_16_be", "shift_jis", "euc_jp", "euc_kr", "cp1251", "cp1252"]
_TEXT_CONTROLS = frozenset("\t\n\r\f\v\x1b")


def read_text(raw: bytes, name: str) -> Reading:
    """Decode `raw`. Raises DocumentUnreadable when it is empty, binary or in no encoding we know."""
    if not raw.strip():
        raise DocumentUnreadable(f"{name} is empty (0 characters of text)", "give a file with text in it")
    if raw.startswith(b"%PDF-"):  # a small one may be all ASCII
        raise DocumentUnreadable(f"{name} is a PDF, not text", "export its text to a .txt file")
    text, encoding, notices = _decoded(raw, name)
    if not text.strip():
        raise DocumentUnreadable(f"{name} is empty (0 characters of text)", "give a file with text in it")
    controls = sum(char < " " and char not in _TEXT_CONTROLS for char in text)
    if controls > len(text) / 100:
        raise DocumentUnreadable(
            f"{name} is not text ({controls} control characters in {len(text)})", "give a text file"
        )
    return Reading(text, "text/plain", encoding, notices)


def read_markdown(raw: bytes, name: str) -> Reading:
    """Markdown is text; its headings are read by the layout."""
    return replace(read_text(raw, name), media_type="text/markdown")


def _decoded(raw: bytes, name: str) -> tuple[str, str, tuple[str, ...]]:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            try:
                text = raw[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                remedy = f"save it again as UTF-8 (byte {error.start} is not {encoding})"
                raise DocumentUnreadable(f"{name} begins as {encoding} but is not", remedy) from None
            notices = () if encoding == "utf-8" else (f"converted from {encoding.upper()}",)
            return text, encoding, notices
    try:
        return raw.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError:
        pass
    best = from_bytes(raw, cp_isolation=_CANDIDATES, enable_fallback=False).best() or from_bytes(raw).best()
    if best is None or (b"\0" in raw and not best.encoding.startswith("utf_16")):
        raise DocumentUnreadable(f"{name} is not text in an encoding that we know", "save it as UTF-8")
    try:  # charset-normalizer may name a subset: GB2312 and GBK texts are read as their superset
        encoding = "gb18030" if best.encoding.startswith(("gb", "hz")) else best.encoding.replace("_", "-")
        return raw.decode(encoding), encoding, (f"converted from {encoding.upper()}",)
    except UnicodeDecodeError:
        raise DocumentUnreadable(f"{name} is not text in an encoding that we know", "save it as UTF-8") from None
