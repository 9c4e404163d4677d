"""What of a study of who gains can be set on a page: none of these names a file or a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.study.runs.offering import Offer, offered, settable_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pilotzone.study.inclusion.file import InclusionStudy
    from pilotzone.study.runs.choices import Choice

__all__ = ["SETTABLE", "inclusion_choices"]

_DATA = (
    Offer("start", "First period with the programme"),
    Offer("first", "First period read", hint="All if left empty."),
    Offer("last", "Last period read", hint="All if left empty."),
    Offer("level", "Level of intervals"),
)
_QUANTILES = (
    Offer("discrete", "Income takes few values", hint="Then effects are bounds."),
    Offer("draws", "Bootstrap draws"),
    Offer("seed", "Seed"),
)
_GROUPS = (
    Offer("parts", "Parts of the covariate", hint="Groups as they are named if left empty."),
    Offer(
        "compare_with",
        "Compared with",
        words={"same group": "regions of the same group", "all": "all regions to compare with"},
    ),
    Offer("scale", "Scale", words={"log": "percent", "level": "amounts"}),
)
SETTABLE = (
    "title",
    *settable_of("inclusion", _DATA),
    *settable_of("quantiles", _QUANTILES),
    *settable_of("groups", _GROUPS),
)
"""Keys that a page may set."""


def inclusion_choices(study: InclusionStudy) -> tuple[Choice, ...]:
    """Return periods and level, then quantiles and groups where they are asked for."""
    return tuple(_choices(study))


def _choices(study: InclusionStudy) -> Iterator[Choice]:
    spec = study.spec
    # A start is of effects; without one there is none to move.
    data = _DATA if spec.inclusion.start is not None else _DATA[1:]
    yield from offered(spec.inclusion, "inclusion", "Data", data if spec.inclusion.period is not None else data[-1:])
    if spec.quantiles is not None:
        yield from offered(spec.quantiles, "quantiles", "Quantiles", _QUANTILES)
    if spec.groups is not None:
        yield from offered(spec.groups, "groups", "Groups", _GROUPS)
