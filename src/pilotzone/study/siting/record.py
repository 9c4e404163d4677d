"""A ranking of places as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import Table
from pilotzone.site import KNOWN_CRITERIA, counted_twice
from pilotzone.study.siting.wording import siting_limits, siting_words

if TYPE_CHECKING:
    from pilotzone.site import Acceptability, Criterion, Siting

__all__ = ["criterion_record", "ranks_table", "siting_record"]


def siting_record(name: str, siting: Siting) -> dict[str, Any]:
    """Return a ranking as plain data: what ``siting.json`` holds and ``--json`` prints."""
    sensitivity = siting.sensitivity
    apart = sensitivity.apart
    return {
        "name": name,
        "title": siting.spec.title,
        "summary": siting_words(siting),
        "winner": siting.winner,
        "clear": siting.acceptability.clear,
        "lead": {"points": siting.acceptability.lead[0], "error": _finite(siting.acceptability.lead[1])},
        "method": siting.spec.method,
        "spot": siting.spec.spot,
        "uncertain_figures": siting.spec.uncertain_figures,
        "criteria": [criterion_record(criterion) for criterion in siting.spec.criteria],
        "counted_by_several": {theme: list(names) for theme, names in counted_twice(siting.spec.names).items()},
        "depends_on_places_compared": {key: list(names) for key, names in siting.set_dependent.items()},
        "fixed_weights": None
        if siting.weights is None
        else dict(zip(siting.spec.names, siting.weights.tolist(), strict=True)),
        "places": [
            {"place": place, "score": score, **{key: _finite(value) for key, value in row.items()}}
            for place, score, row in zip(
                siting.places, siting.scores.tolist(), _rows(siting.acceptability), strict=True
            )
        ],
        "spots": [
            {"place": item.place, "spot": item.spot, "best": item.best, "first": item.first} for item in siting.spots
        ],
        "first_by_method": {key: _firsts(found) for key, found in siting.others.items()},
        "first_with": {key: _firsts(found) for key, found in siting.instead.items()},
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
            "from_weights": dict(zip(siting.spec.names, siting.start.tolist(), strict=True)),
            "weights": dict(zip(siting.spec.names, siting.dethroned.weights.tolist(), strict=True)),
        },
        "without": [
            {
                "left_out": item.place,
                "first_when_included": item.first,
                "first_most_often": item.winner,
                "share": item.share,
            }
            for item in siting.without
        ],
        "sensitivity": [
            {"unknown": group, "alone": _finite(first), "with_interactions": _finite(total)}
            for group, first, total in zip(
                sensitivity.groups, sensitivity.first.tolist(), sensitivity.total.tolist(), strict=True
            )
        ],
        # Only where values vary together: else the shares above say it all.
        "shapley_effects": [
            {"unknown": group, "share": share, "error": error}
            for group, share, error in zip(apart.groups, apart.effects.tolist(), apart.errors.tolist(), strict=True)
        ]
        if apart is not None
        else [],
        "cannot_say": [limit.text for limit in siting_limits(siting)],
    }


def criterion_record(criterion: Criterion) -> dict[str, Any]:
    """Return a criterion as plain data."""
    known = KNOWN_CRITERIA.get(criterion.name)
    return {
        "name": criterion.name,
        "better": "higher" if criterion.good == "up" else "lower",
        "unit": criterion.unit,
        "scale": None if criterion.scale is None else list(criterion.scale),
        "leaning": "" if known is None else known.leaning,
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


def ranks_table(siting: Siting) -> Table:
    """Return the share of draws in which each place has each rank."""
    names = ["place", *(str(k) for k in range(1, len(siting.places) + 1))]
    rows = [(name, *row) for name, row in zip(siting.places, siting.acceptability.ranks.tolist(), strict=True)]
    return Table.from_rows(names, rows, title="Share of draws in which each place has each rank")
