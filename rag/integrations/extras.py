"""What to say where an optional package is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import DigestQAError


class ExtraMissing(DigestQAError, ImportError):
    """An adapter was imported without the package that it is for."""

    slug = "extra-missing"


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Around the imports of an adapter. Raises ExtraMissing, which names the extra that installs what is missing."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise ExtraMissing(
            f"the module {missing.name!r} is not installed; it comes with the extra {name!r}",
            f"run in the checkout of digest-qa: .venv/bin/python -m pip install -c constraints.txt -e '.[{name}]'",
        ) from missing
