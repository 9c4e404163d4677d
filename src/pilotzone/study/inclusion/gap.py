"""The zone's gap to the nation in words: how it moved before the start and since, and what that describes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.core import p_words
from pilotzone.study.inclusion.wording import capital, effect_word, ends_of, gap_word, signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pilotzone.study.inclusion.findings import InclusionFindings

__all__ = ["GapPath", "gap_label", "gap_note", "gap_path", "gap_sentences"]


_UNDER_WAY = 0.25
"""A move before the start of this share of that since was under way without the programme."""


@dataclass(frozen=True)
class GapPath:
    """How the zone's mean over the nation's moved.

    Attributes
    ----------
    first, base, last
        First period, the last one before the start, and the last one.
    ratios
        The ratio in each of them.
    """

    first: int
    base: int
    last: int
    ratios: tuple[float, float, float]

    @property
    def before(self) -> float | None:
        """Mean change per period before the start, in points; ``None`` if only one period is before it."""
        if self.base == self.first:
            return None
        return 100 * (self.ratios[1] - self.ratios[0]) / (self.base - self.first)

    @property
    def since(self) -> float:
        """Mean change per period since the last one before the start, in points."""
        return 100 * (self.ratios[2] - self.ratios[1]) / (self.last - self.base)

    @property
    def moved(self) -> str:
        """What the gap does from the last period before the start on."""
        return "closes" if abs(1 - self.ratios[2]) < abs(1 - self.ratios[1]) else "widens"

    @property
    def moved_before(self) -> str:
        """What the gap did before the start; empty if only one period is before it."""
        if self.before is None:
            return ""
        return "closed" if abs(1 - self.ratios[1]) < abs(1 - self.ratios[0]) else "widened"

    @property
    def subject(self) -> str:
        """What moves: a gap, or the lead of a zone that is richer than the nation."""
        return "the zone's lead" if self.ratios[1] > 1 else "the gap"

    def told(self, moved: str) -> str:
        """Return subject and verb of a move."""
        verbs = {"closes": "shrinks", "widens": "grows", "closed": "shrank", "widened": "grew"}
        return f"{self.subject} {verbs[moved] if self.ratios[1] > 1 else moved}"

    @property
    def alike(self) -> bool:
        """Whether the gap moved before the start as it moves since: the same way, and a quarter as fast at least."""
        same = {"closes": "closed", "widens": "widened"}[self.moved] == self.moved_before
        return same and abs(self.before or 0.0) >= _UNDER_WAY * abs(self.since)


def gap_path(path: Mapping[int, float], start: int) -> GapPath:
    """Return the three periods that tell how a gap moved."""
    first, base, last = min(path), max(period for period in path if period < start), max(path)
    return GapPath(first, base, last, (path[first], path[base], path[last]))


def gap_label(found: InclusionFindings) -> str:
    """Return the answer on the gap in a few words: an effect only if it is tested and nothing was under way before."""
    part, way = found.convergence, gap_path(found.path, int(found.spec.inclusion.start or 0))
    assert part is not None  # noqa: S101 - asked for
    if way.alike:
        return f"{way.told(way.moved)}, as before the start: no effect shown"
    if part.why:
        return f"{way.told(way.moved)}: described, no effect shown"
    low, high = ends_of(part.joint, 0, part.level)
    closes = (low > 0 and part.before < 0) or (high < 0 and part.before > 0)
    return "the zone closes its gap to the nation" if closes else "not shown that the zone closes its gap"


def gap_sentences(found: InclusionFindings) -> Iterator[str]:
    """Yield how the gap moved, and what its difference from the comparison is."""
    part = found.convergence
    if part is None:
        return
    start = int(found.spec.inclusion.start or 0)
    way = gap_path(found.path, start)
    first, base, last = map(gap_word, way.ratios)
    points = signed(way.before or 0.0), signed(way.since)
    if way.before is None:
        yield f"The zone's mean is {base} of the nation's in {way.base}, before the start, and {last} in {way.last}."
    else:
        yield (
            f"The zone's mean is {first} of the nation's in {way.first}, {base} in {way.base}, the last period before "
            f"the start, and {last} in {way.last}: {points[0]} points per period before the start, {points[1]} since."
        )
    effect = effect_word(part.joint, 0, found.spec.inclusion.level)
    if described := _described(found):
        yield f"That ratio moved by {effect} against the comparison. {described}"
    else:
        yield f"Against the comparison the effect on that ratio is {effect}."
        tested = part.course.found
        if tested is not None and tested.p < 1 - part.level:
            yield (
                "The zone moved away from the comparison before the start already, so that the effect may be an old "
                f"trend (joint test, {p_words(tested.p)})."
            )


def _described(found: InclusionFindings) -> str:
    """Return why the gap is described only, or nothing."""
    part = found.convergence
    way = gap_path(found.path, int(found.spec.inclusion.start or 0))
    # A verdict has the test of trends against the comparison, and says itself how far it holds.
    if part is None or "convergence" in found.verdicts or not (way.alike or part.why):
        return ""
    why = (
        f"{capital(way.told(way.moved_before))} before the programme already"
        if way.alike
        else "So few regions or clusters give no standard error"
    )
    return f"{why}, so this describes the zone and does not show an effect of its programme."


def gap_note(found: InclusionFindings) -> str:
    """Return what stands below the table of the gap."""
    note = "Means are geometric means of periods; the effect is the difference in differences from the comparison."
    return f"{note} {_described(found)}".rstrip()
