import codecs
import os
from pathlib import Path

import opencc
import pytest
from digest_reports import REPORTS
from digests import Trouble, printed
from hypothesis import given
from hypothesis import strategies as st

from index.errors import DocumentUnreadable
from index.readers import READERS, Reading, decode, load

TEXT = printed(REPORTS[:2], Trouble())
TRADITIONAL = opencc.OpenCC("s2t").convert(TEXT).encode("big5", "ignore").decode("big5")
ENGLISH = "The water board met on Monday. “It was a long meeting,” said the chair of the café owners.\n" * 5
FILE = Path("digest.txt")


@pytest.mark.parametrize(
    ("raw", "text", "encoding", "notices"),
    [
        (TEXT.encode(), TEXT, "utf-8", ()),
        (codecs.BOM_UTF8 + TEXT.encode(), TEXT, "utf-8", ()),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), TEXT, "utf-16-le", ("converted from UTF-16-LE",)),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), TEXT, "utf-16-be", ("converted from UTF-16-BE",)),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), TEXT, "utf-32-le", ("converted from UTF-32-LE",)),
        (TEXT.encode("utf-16-le"), TEXT, "utf-16-le", ("converted from UTF-16-LE",)),
        (TEXT.encode("utf-16-be"), TEXT, "utf-16-be", ("converted from UTF-16-BE",)),
        (TEXT.encode("gb18030"), TEXT, "gb18030", ("converted from GB18030",)),
        (TEXT[:60].encode("gbk"), TEXT[:60], "gb18030", ("converted from GB18030",)),
        (TRADITIONAL.encode("big5"), TRADITIONAL, "big5", ("converted from BIG5",)),
        (ENGLISH.encode("cp1252"), ENGLISH, "cp1252", ("converted from CP1252",)),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_decodes_what_editors_save(raw, text, encoding, notices):
    assert decode(raw, FILE) == Reading(text, "text/plain", encoding, notices)


@given(st.text(st.sampled_from("甲a \n\r\t\f\v\x85\u2028。"), min_size=1).filter(str.strip))
def test_newlines_stay_as_they_are(text):
    assert decode(text.encode(), FILE).text == text


@pytest.mark.parametrize("name", ["a.txt", "a.TXT", "a.text"])
def test_plain_text_endings(name):
    assert decode(b"Hello.", Path(name)).media_type == "text/plain"


@pytest.mark.parametrize("name", ["a.md", "a.markdown"])
def test_markdown_endings(name):
    assert decode(b"# Hello", Path(name)) == Reading("# Hello", "text/markdown", "utf-8")


@pytest.mark.parametrize(
    "raw",
    [b"", b" \r\n\t\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, "\u3000\n\u3000".encode(), "\n \n".encode("utf-16")],
    ids=["nothing", "blanks", "utf-8 mark", "utf-16 mark", "ideographic blanks", "utf-16 blanks"],
)
def test_an_empty_file_says_so(raw):
    with pytest.raises(DocumentUnreadable, match=r"digest\.txt is empty \(0 characters of text\); give a file"):
        decode(raw, FILE)


BYTES = bytes(range(256)) * 16


@pytest.mark.parametrize(
    "raw",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + BYTES,
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Length 4096>>stream\n" + BYTES,
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n%%EOF\n",
        b"PK\x03\x04" + BYTES,
        b"\0" * 64,
        b"plain words " + b"\x01\x02\x03",
        TEXT.encode()[:-2],
        codecs.BOM_UTF8 + b"abc \xff def",
    ],
    ids=["png", "pdf", "pdf in ascii", "zip", "zeros", "control characters", "torn utf-8", "mark and no utf-8"],
)
def test_what_is_no_text_is_refused_with_a_remedy(raw):
    with pytest.raises(DocumentUnreadable, match=r"digest\.txt") as refused:
        decode(raw, FILE)
    assert refused.value.remedy


@pytest.mark.parametrize(("name", "kind"), [("a.xyz", r"\.xyz"), ("README", "no ending")])
def test_an_unknown_ending_names_those_that_are_known(name, kind):
    with pytest.raises(DocumentUnreadable, match=rf"{name}.*\({kind}\); give one of: .*\.md .*\.txt") as refused:
        decode(b"words", Path(name))
    assert set(READERS) == set(refused.value.remedy.removeprefix("give one of: ").split())


def test_loads_the_bytes(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a\r\nb")
    assert load(tmp_path / "a.txt") == b"a\r\nb"


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DocumentUnreadable, match=r"gone\.txt does not exist; check the path"):
        load(tmp_path / "gone.txt")
    with pytest.raises(DocumentUnreadable, match="is a folder; give a file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("error", "message"),
    [(PermissionError(13, "no"), r"a\.txt may not be read; allow it, e\.g\. chmod u\+r"), (OSError(5, "x"), "disk")],
)
def test_an_unreadable_file(monkeypatch, error, message):
    def fail(path):
        raise error

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(DocumentUnreadable, match=message):
        load(Path("a.txt"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("words")
    path.chmod(0)
    with pytest.raises(DocumentUnreadable, match="may not be read"):
        load(path)
