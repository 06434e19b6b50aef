"""Text from documents, questions and models as Markdown in which nothing of it comes alive: no link, image or HTML.

What looks like an address becomes a code span: many viewers make links of bare addresses, escaped or not. All other
text shows as it is in the source, on one line.
"""

from __future__ import annotations

import re
from unicodedata import category
from urllib.parse import quote

from index.layout import display

_ADDRESS = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^\s<>`]+"  # http://…, //…
    r"|\b(?:mailto|javascript|data|vbscript|xmpp|tel):[^\s<>`]+"
    r"|[\w.+-]+@[\w.-]+"
    r"|(?<![\w.-])(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]+(?:[:/?#][^\s<>`]*)?",  # www.…, example.com/…
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"([\\`*_\[\]|~$!{}^#])")
_BLOCK = re.compile(r"\A([-+=:]|[0-9]{1,9}(?=[.)](?:\s|\Z)))")
_URL_SAFE = "/:?&=%#@,;+~-._[]"  # for quote(): an address of ours stays as it is


def plain(text: str) -> str:
    """`text` so that a Markdown viewer shows it letter by letter, layout breaks taken out."""
    line = " ".join(_visible(display(text)).split())
    pieces, at = [], 0
    for match in _ADDRESS.finditer(line):
        pieces += [_escaped(line[at : match.start()]), f"`{match[0]}`"]
        at = match.end()
    shown = "".join([*pieces, _escaped(line[at:])])
    return _BLOCK.sub(_guarded, shown)


def link(label: str, url: str) -> str:
    """A link to an address of ours, whatever host the client gave."""
    return f"[{plain(label)}]({quote(url, safe=_URL_SAFE).replace('[', '%5B').replace(']', '%5D')})"


def _escaped(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", escaped)


def _guarded(match: re.Match[str]) -> str:
    """The start of what would be a list, a rule or a heading."""
    return f"&#{ord(match[1][0])};{match[1][1:]}"


def _visible(text: str) -> str:
    """Without controls and without marks that turn the direction of what follows."""
    return "".join(" " if category(char) == "Cc" else char for char in text if not _turning(char))


def _turning(char: str) -> bool:
    return "\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"
