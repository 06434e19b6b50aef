"""digest.toml beside a document: what a person corrects in the reading of its layout.

    ["report.txt"]
    furniture = ["a line that belongs to no article"]

    [["report.txt".article]]
    title = "…"                                   # optional: detected when left out
    region = "…"                                  # optional
    authors = [{ name = "…", office = "…" }]      # optional
    begins = "the first words of its body"        # where its body begins

The articles of a document are listed all or not at all; each goes from where its body begins to where the next one's
does. `digest-qa documents --outline --toml` prints what was detected in this form, to be corrected and saved.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from index.errors import OverrideInvalid
from index.layout import Block, Kind
from index.segmentation import Part

FILE = "digest.toml"
BY_HAND = "set in digest.toml"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AuthorOverride(_Table):
    """An author as a person wrote it."""

    name: str = Field(min_length=1)
    office: str = ""


class ArticleOverride(_Table):
    """One article; what is None is read from the layout."""

    begins: str = Field(min_length=1)
    title: str | None = None
    region: str | None = None
    authors: list[AuthorOverride] | None = None


class Override(_Table):
    """The corrections of one document."""

    furniture: list[str] = []
    article: list[ArticleOverride] = []


def load_override(document: Path) -> tuple[Override | None, str]:
    """The corrections for `document` and the SHA-256 of their file ("" when there are none).

    Raises OverrideInvalid naming every unknown key or wrong value.
    """
    path = document.parent / FILE
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        raise OverrideInvalid(f"{path} cannot be read ({error.strerror})", "allow it or move it away") from None
    try:
        tables = TypeAdapter(dict[str, Override]).validate_python(tomllib.loads(raw.decode()))
    except ValidationError as error:
        problems = ", ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise OverrideInvalid(
            f"{path}: {problems}", "known keys: furniture, article (begins, title, region, authors)"
        ) from None
    except ValueError as error:
        raise OverrideInvalid(f"{path} is no TOML ({error})", "mend the file or move it away") from None
    override = tables.get(document.name)
    return override, sha256(override.model_dump_json().encode()).hexdigest() if override is not None else ""


def blocks_by_hand(override: Override, blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks, with those that the person calls furniture marked so. Raises OverrideInvalid for a line not there."""
    wanted = {_bare(text) for text in override.furniture}
    missing = wanted - {_bare(block.text) for block in blocks}
    if missing:
        raise OverrideInvalid(f"{FILE}: no line reads {sorted(missing)[0]!r}", "copy the line from the document")
    return tuple(
        replace(block, kind=Kind.FURNITURE, reason=BY_HAND) if _bare(block.text) in wanted else block
        for block in blocks
    )


def parts_by_hand(override: Override, paragraphs: Sequence[str], titles: Mapping[int, str]) -> list[Part]:
    """The paragraphs that belong together, and the blocks of their titles, from where the person says bodies begin.

    `titles` maps the blocks that may be titles to their text. Raises OverrideInvalid when a beginning is not found,
    or the articles do not begin at the first paragraph or are not in the order of the text.
    """
    starts = [_number(paragraphs, article.begins) for article in override.article]
    if starts != sorted(set(starts)):
        raise OverrideInvalid(
            f"{FILE}: the articles are not in the order of the text", "list them as their bodies stand"
        )
    if starts[0] != 0:
        problem = f"{FILE}: the first article begins at paragraph {starts[0] + 1}, the text at paragraph 1"
        raise OverrideInvalid(problem, f"add an article that begins with {paragraphs[0][:12]!r}")
    blocks = {_bare(text): block for block, text in titles.items()}
    named = [blocks.get(_bare(article.title or "")) for article in override.article]
    return [
        Part(start, end, title) for (start, end), title in zip(pairwise([*starts, len(paragraphs)]), named, strict=True)
    ]


def _number(paragraphs: Sequence[str], begins: str) -> int:
    found = [number for number, text in enumerate(paragraphs) if _bare(text).startswith(_bare(begins))]
    if len(found) != 1:
        remedy = "give more of its first words" if found else "copy the first words of a paragraph"
        raise OverrideInvalid(f"{FILE}: {len(found)} paragraphs begin with {begins!r}, expected 1", remedy)
    return found[0]


def _bare(text: str) -> str:
    return "".join(text.split())
