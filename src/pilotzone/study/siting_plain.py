"""A ranking of places as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.report import siting_limits, siting_words

if TYPE_CHECKING:
    from pilotzone.site import Acceptability, Siting

__all__ = ["siting_record"]


def siting_record(name: str, siting: Siting) -> dict[str, Any]:
    """Return a ranking as plain data: what ``siting.json`` holds and ``--json`` prints."""
    sensitivity = siting.sensitivity
    return {
        "name": name,
        "title": siting.spec.title,
        "summary": siting_words(siting),
        "winner": siting.winner,
        "method": siting.spec.method,
        "places": [
            {"place": place, **{key: float(value) for key, value in row.items()}}
            for place, row in zip(siting.places, _rows(siting.acceptability), strict=True)
        ],
        "first_by_method": {key: _firsts(found) for key, found in siting.others.items()},
        "first_with": {key: _firsts(found) for key, found in siting.alternatives.items()},
        "left_out": dict(siting.left_out),
        "gaps": [
            {"place": gap.place, "criterion": gap.criterion, "low": gap.low, "high": gap.high, "why": gap.note}
            for gap in siting.gaps
        ],
        "pareto_front": [place for place, on in zip(siting.places, siting.front.tolist(), strict=True) if on],
        "dethroned": None
        if siting.dethroned is None
        else {
            "winner": siting.places[siting.dethroned.winner],
            "rival": siting.places[siting.dethroned.rival],
            "change": siting.dethroned.change,
            "weights": dict(zip(siting.spec.names, siting.dethroned.weights.tolist(), strict=True)),
        },
        "sensitivity": [
            {"unknown": group, "alone": _finite(first), "in_all": _finite(total)}
            for group, first, total in zip(
                sensitivity.groups, sensitivity.first.tolist(), sensitivity.total.tolist(), strict=True
            )
        ],
        "cannot_say": [limit.text for limit in siting_limits(siting)],
    }


def _rows(found: Acceptability) -> list[dict[str, float]]:
    mean = found.ranks @ np.arange(1, len(found.places) + 1)
    return [
        {"first": first, "error": error, "mean_rank": rank}
        for first, error, rank in zip(found.first.tolist(), found.error.tolist(), mean.tolist(), strict=True)
    ]


def _firsts(found: Acceptability) -> dict[str, float]:
    return dict(zip(found.places, found.first.tolist(), strict=True))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
