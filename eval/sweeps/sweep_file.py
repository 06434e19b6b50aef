"""What a sweep file asks for: every combination of a grid, and named variants, as runs over the default settings.

sort = "ndcg@10"            # the measure or figure that orders the table
fold = "dev"                # dev, test or all
[grid]                      # every combination
target_passage = [200, 420]
encoders = [["e5-small"], ["e5-small", "use-m3"]]
[[variant]]                 # and besides, by name
name = "no sentence level"
sentence = 0
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import product
from math import isfinite, prod
from pathlib import Path
from typing import Any

from eval.dataset import FOLDS
from eval.measures.scorecard import SET_FIGURES
from eval.runner import MEASURES
from index.build import BuildSettings
from index.chunking import MAX_PASSAGE
from index.errors import SettingInvalid, SweepInvalid
from rag.weights import DEFAULT_WEIGHTS, Weights

DEFAULT = "default"
DEFAULT_SORT = "ndcg@10"
DEFAULT_FOLD = "dev"
MOST_RUNS = 500
SHORTEST_TARGET = 50

SORTS = (*MEASURES, *(name for name in SET_FIGURES if not name.startswith("latency")))
"""What a table may be ordered by. Vectors are remembered from run to run, so times say nothing."""
FOLDS_OR_ALL = (*FOLDS, "all")

Value = bool | int | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A setting: what its values are, in words and as a check."""

    allowed: str
    fits: Callable[[object], bool]


def _whole(low: int, high: float) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0


def _is_encoders(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(name, str) and name.strip() for name in value):
        return False
    return 0 < len(set(value)) == len(value)


_WEIGHT = Key("a number of 0 or more", _is_weight)
_FLAG = Key("true or false", _is_flag)

KEYS: Mapping[str, Key] = {
    "target_passage": Key(
        f"a whole number from {SHORTEST_TARGET} to {MAX_PASSAGE}", _whole(SHORTEST_TARGET, MAX_PASSAGE)
    ),
    "context": _FLAG,
    "encoders": Key('a list of different encoders, as ["e5-small"]', _is_encoders),
    "dense": _WEIGHT,
    "lexical": _WEIGHT,
    "passage": _WEIGHT,
    "sentence": _WEIGHT,
    "known": _FLAG,
    "place": _WEIGHT,
    "relevance": _WEIGHT,
    "spread": _FLAG,
    "pool": Key("a whole number from 1 on", _whole(1, float("inf"))),
}
"""The first three decide over the collection, the others are those of `Weights`."""

_OF_BUILD = tuple(field.name for field in fields(BuildSettings))


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One run: its name, the settings in which it differs from the default, and all of them."""

    name: str
    changed: Mapping[str, Value]
    build: BuildSettings
    weights: Weights


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """The runs of a sweep, the default first, and how they are told."""

    sort: str
    fold: str
    runs: tuple[RunSettings, ...]


def defaults(build: BuildSettings, weights: Weights) -> dict[str, Value]:
    """The value of every key where nothing is changed."""
    return {key: getattr(build if key in _OF_BUILD else weights, key) for key in KEYS}


def text_of(settings: Mapping[str, Value]) -> str:
    """Settings in one line: `context=false encoders=e5-small+use-m3`."""
    return " ".join(f"{key}={_text(value)}" for key, value in settings.items())


def read_sweep(path: Path, build: BuildSettings, weights: Weights = DEFAULT_WEIGHTS) -> SweepPlan:
    """The plan in a file, whose runs differ from `build` and `weights`.

    A combination of the grid that is the default itself is not run again. Raises SweepInvalid listing every problem:
    unknown keys and values, weights that leave nothing to search by, variants without a name of their own or without a
    change, more than MOST_RUNS runs.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SweepInvalid(f"{path} cannot be read: {error}", "give a sweep file in TOML, UTF-8") from error
    problems = list(_problems(content))
    runs: list[RunSettings] = []
    if not problems:
        for name, changes in _changes(content, defaults(build, weights)):
            try:
                runs.append(_run(name, changes, build, weights))
            except SettingInvalid as error:
                problems.append(f"{name}: {error.problem}")
    if problems:
        raise SweepInvalid(f"{path}: {'; '.join(problems)}", "mend the sweep file")
    return SweepPlan(content.get("sort", DEFAULT_SORT), content.get("fold", DEFAULT_FOLD), tuple(runs))


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    known = {"sort": SORTS, "fold": FOLDS_OR_ALL}
    yield from _unknown("", content, (*known, "grid", "variant"))
    for key, allowed in known.items():
        if key in content and content[key] not in allowed:
            yield f"{key} is {content[key]!r}, not one of {', '.join(allowed)}"
    grid, variants = content.get("grid", {}), content.get("variant", [])
    if not isinstance(grid, dict):
        yield "grid is no table: write [grid]"
        grid = {}
    if not isinstance(variants, list) or not all(isinstance(variant, dict) for variant in variants):
        yield "variant is no list of tables: write [[variant]]"
        variants = []
    if not grid and not variants:
        yield "there is neither a [grid] nor a [[variant]] with settings"
    yield from _unknown("grid.", grid, KEYS)
    for key in grid.keys() & KEYS.keys():
        values = grid[key]
        if not isinstance(values, list) or not values:
            yield f"grid.{key} is {values!r}, not a list of values, each {KEYS[key].allowed}"
            continue
        yield from _misfits(f"grid.{key}", key, values)
    runs = 1 + len(variants) + (prod(len(v) for v in grid.values() if isinstance(v, list)) if grid else 0)
    if runs > MOST_RUNS:
        yield f"it asks for {runs} runs, more than {MOST_RUNS}"
    yield from _problems_of_variants(variants)


def _problems_of_variants(variants: list[dict[str, Any]]) -> Iterator[str]:
    seen = {DEFAULT}
    for number, variant in enumerate(variants, start=1):
        name = variant.get("name")
        where = f"variant {number}"
        if not isinstance(name, str) or not name.strip():
            yield f"{where}: name is {name!r}, not text"
        elif name in seen:
            yield f"{where}: the name {name!r} is taken"
        else:
            seen.add(name)
        settings = {key: value for key, value in variant.items() if key != "name"}
        if not settings:
            yield f"{where}: nothing is changed; there are {', '.join(KEYS)}"
        yield from _unknown(f"{where}: ", settings, KEYS)
        for key in settings.keys() & KEYS.keys():
            yield from _misfits(f"{where}: {key}", key, [settings[key]])


def _unknown(where: str, found: Mapping[str, object], known: Mapping[str, object] | tuple[str, ...]) -> Iterator[str]:
    yield from (f"{where}{key} is unknown; there are {', '.join(known)}" for key in found if key not in known)


def _misfits(where: str, key: str, values: list[object]) -> Iterator[str]:
    yield from (f"{where}: {value!r} is not {KEYS[key].allowed}" for value in values if not KEYS[key].fits(value))


def _changes(content: Mapping[str, Any], default: Mapping[str, Value]) -> Iterator[tuple[str, dict[str, Value]]]:
    """The name of each run with the settings in which it differs from the default."""
    yield DEFAULT, {}
    grid = content.get("grid", {})
    seen: list[dict[str, Value]] = [{}]
    for values in product(*grid.values()):
        changes = _changed(dict(zip(grid, values, strict=True)), default)
        if changes not in seen:
            seen.append(changes)
            yield text_of(changes), changes
    for variant in content.get("variant", []):
        settings = {key: value for key, value in variant.items() if key != "name"}
        yield variant["name"], _changed(settings, default)


def _changed(settings: Mapping[str, Any], default: Mapping[str, Value]) -> dict[str, Value]:
    found = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
    return {key: value for key, value in found.items() if value != default[key]}


def _run(name: str, changes: dict[str, Value], build: BuildSettings, weights: Weights) -> RunSettings:
    of_build: dict[str, Any] = {key: value for key, value in changes.items() if key in _OF_BUILD}
    of_weights: dict[str, Any] = {key: value for key, value in changes.items() if key not in _OF_BUILD}
    return RunSettings(name, changes, replace(build, **of_build), replace(weights, **of_weights))


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "+".join(value) if isinstance(value, tuple) else f"{value:g}"
