"""Which paragraphs form an article, and which title is theirs, also where the print layout displaced it.

Runs of short lines and bylines ("headings") stand between stretches of paragraphs. As a rule the title in a run heads
the stretch below it; a displaced one stands after its body, in front of the next title, and then a stretch holds two
articles with no title between them. Every way to give the titles to the stretches has a score: where the title stands,
what the paragraphs say (`evidence.py`), what a cut without a heading costs. The best way over the whole document is
found by dynamic programming over the stretches (Viterbi 1967); nothing in it knows a particular digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest
from itertools import combinations, pairwise, permutations
from math import inf

from index.evidence import Claim

ABOVE, BELOW = 1.0, 0.4  # a title above its body; one displaced to behind its body
STEP = 0.1  # for each title that stands between a title and its body
CUT_AT_WIDE_GAP, CUT = 0.2, 1.6  # an article that begins without a title above it
UNUSED, UNUSED_AT_EDGE = 0.25, 0.05  # a title that heads nothing: rare in the midst, usual at either end
GOES_ON, GOES_ON_IN_SPITE = 1.3, 0.0  # a weak or a strong run that heads nothing: the article above goes on
UNTITLED = 0.1
TWO_PLACES = 0.8  # two bylines from different regions for one article
TITLES_ABOVE, TITLES_BELOW, PARTS = 4, 2, 3  # how many are tried at once
BYLINES = 4  # how many are heard on either side of a stretch: a longer list of people is no byline
EVERY_CUT, CUTS = 40, 12  # in longer stretches (paragraphs) only the likeliest cuts between two titles are tried


@dataclass(frozen=True, slots=True)
class Title:
    """A candidate title: the number of its block, what the text says for it, a bonus for what it looks like, and
    another for what stands below it, which only counts where it stands above its own body.
    """

    block: int
    claim: Claim
    looks: float = 0.0
    leads: float = 0.0


@dataclass(frozen=True, slots=True)
class Byline:
    """The number of a byline's block, and what the text says for its institution."""

    block: int
    claim: Claim


@dataclass(frozen=True, slots=True)
class Run:
    """The headings between two stretches. `strong`: a byline or a title's pattern says that an article starts here."""

    titles: tuple[Title, ...]
    bylines: tuple[Byline, ...] = ()
    strong: bool = False

    def split(self, used: int) -> tuple[Run, Run]:
        """The first `used` titles with the bylines under them, and what they leave for the stretch below."""
        first_left = self.titles[used].block if used < len(self.titles) else inf
        spent = sum(byline.block < first_left for byline in self.bylines) if used else 0
        return (
            replace(self, titles=self.titles[:used], bylines=self.bylines[:spent]),
            replace(self, titles=self.titles[used:], bylines=self.bylines[spent:]),
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Paragraphs start..end-1, and the numbers of those that a wide gap stands before."""

    start: int
    end: int
    wide: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """Paragraphs start..end-1 of one article and the block number of its title. `goes_on`: still the article above."""

    start: int
    end: int
    title: int | None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to share out a stretch; `used` titles of the run below are spent on it."""

    score: float
    parts: tuple[Part, ...]
    used: int = 0


def segment(runs: Sequence[Run], stretches: Sequence[Stretch]) -> tuple[Part, ...]:
    """The parts in order. `runs[i]` stands above `stretches[i]`, `runs[-1]` below the last one.

    Raises ValueError unless there is one run more than stretches.
    """
    if len(runs) != len(stretches) + 1:
        raise ValueError(f"{len(stretches)} stretches need {len(stretches) + 1} runs, got {len(runs)}")
    last = len(stretches) - 1
    best: dict[tuple[int, int], tuple[float, _Way | None]] = {
        (last + 1, used): (0.0, None) for used in range(TITLES_BELOW + 1)
    }
    for at in reversed(range(len(stretches))):
        for used in range(min(len(runs[at].titles), TITLES_BELOW) + 1 if at else 1):
            ways = _ways(runs[at].split(used)[1], stretches[at], runs[at + 1], first=at == 0, last=at == last)
            best[at, used] = max(
                ((way.score + best[at + 1, way.used][0], way) for way in ways), key=lambda scored: scored[0]
            )
    parts: list[Part] = []
    used = 0
    for at in range(len(stretches)):
        way = best[at, used][1]
        assert way is not None
        parts.extend(way.parts)
        used = way.used
    return tuple(parts)


def _ways(above: Run, stretch: Stretch, below: Run, *, first: bool, last: bool) -> Iterator[_Way]:
    """Every way to share out a stretch that is worth comparing."""
    whole = stretch.start, stretch.end
    cuts = _Cuts(stretch)
    idle = UNUSED_AT_EDGE if first else UNUSED
    if not first:
        score = GOES_ON_IN_SPITE if above.strong else GOES_ON
        yield _Way(score, (Part(*whole, None, goes_on=True),))
    score = UNTITLED - idle * len(above.titles) + _heard(above.bylines[-BYLINES:], [whole])
    yield _Way(score, (Part(*whole, None),))
    near = above.titles[-TITLES_ABOVE:]
    for used in range(min(len(below.titles), TITLES_BELOW) + 1):
        skipped = (UNUSED_AT_EDGE if last else UNUSED) * max(used - 1, 0)
        bylines = above.bylines[-BYLINES:] + below.split(used)[0].bylines[:BYLINES]
        for n_above in range(min(len(near), PARTS - 1) + 1):
            for chosen in combinations(range(len(near)), n_above):
                titles = [(near[i], ABOVE - STEP * (len(near) - 1 - i)) for i in chosen]
                if used:
                    titles.append((below.titles[used - 1], BELOW - STEP * (used - 1)))
                if 0 < len(titles) <= min(PARTS, stretch.end - stretch.start):
                    way = _share_out(titles, bylines, cuts, displaced=bool(used))
                    unused = idle * (len(above.titles) - len(chosen)) + skipped
                    yield _Way(way.score - unused, way.parts, used)


def _share_out(
    titles: Sequence[tuple[Title, float]], bylines: Sequence[Byline], cuts: _Cuts, *, displaced: bool
) -> _Way:
    """The best order and cuts for these titles; the last one stands below the stretch when `displaced`."""
    best: _Way | None = None
    stretch = cuts.stretch
    below = titles[-1][0] if displaced else None
    for order in permutations(titles):
        where = 0.0
        for place, (title, standing) in enumerate(order):
            at_home = place == len(order) - 1 if title is below else place == 0
            where += title.looks + (standing if at_home else min(standing, BELOW) - STEP)
            where += title.leads if title is not below else 0.0
        latest_first = cuts.between([title for title, _ in order])[::-1]  # an article opens with what it speaks of
        for chosen in combinations(latest_first, len(order) - 1):
            spans = list(pairwise((stretch.start, *chosen[::-1], stretch.end)))
            score = where - sum(map(cuts.cost, chosen))
            score += sum(title.claim.fit(*span) for (title, _), span in zip(order, spans, strict=True))
            score += _heard(bylines, spans)
            if best is None or score > best.score:
                parts = (Part(*span, title.block) for (title, _), span in zip(order, spans, strict=True))
                best = _Way(score, tuple(parts))
    assert best is not None
    return best


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Where a stretch may be cut, each place the number of the paragraph below it."""

    stretch: Stretch
    _likely: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def cost(self, cut: int) -> float:
        """What an article costs that begins there without a title above it."""
        return CUT_AT_WIDE_GAP if cut in self.stretch.wide else CUT

    def between(self, titles: Sequence[Title]) -> Sequence[int]:
        """Every place in a short stretch; in a long one the best for each pair of neighbours, as if alone."""
        every = range(self.stretch.start + 1, self.stretch.end)
        if len(every) < EVERY_CUT:
            return every
        return sorted({cut for pair in pairwise(titles) for cut in self._best(*pair)})

    def _best(self, above: Title, below: Title) -> list[int]:
        start, end = self.stretch.start, self.stretch.end

        def score(cut: int) -> float:
            return above.claim.fit(start, cut) + below.claim.fit(cut, end) - self.cost(cut)

        pair = above.block, below.block
        if pair not in self._likely:
            self._likely[pair] = nlargest(CUTS, range(start + 1, end), key=score)
        return self._likely[pair]


def _heard(bylines: Sequence[Byline], spans: Sequence[tuple[int, int]]) -> float:
    """How well the bylines fit, each at its best span. One without a region says nothing of where to cut."""
    score = 0.0
    placed: dict[tuple[int, int], str] = {}
    for byline in bylines:
        if (region := byline.claim.region) is None:
            continue
        span = max(spans, key=lambda span: byline.claim.fit(*span))
        score += byline.claim.fit(*span)
        if placed.setdefault(span, region) != region:
            score -= TWO_PLACES
    return score
