"""Rankings of places as columns of a table side by side: shares of first ranks, by run or by method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotzone.core import DataError
from pilotzone.study.runs.models import Model, facts_of, figure_of, number_of
from pilotzone.study.runs.records import table_of, tables_of

__all__ = ["ranking_models"]

_NOTE = "Beside each place: the share of simulated cases in which it ranks first."


def ranking_models(record: Mapping[str, Any]) -> Sequence[Model]:
    """Return a column for a ranking, and one for each further method.

    Raises
    ------
    DataError
        If the record holds no ranking.
    """
    if not isinstance(record.get("places"), list):
        raise DataError("holds no ranking.")
    places = tables_of(record["places"])
    criteria = record.get("criteria")
    told = {
        "First most often": record.get("winner"),
        "Clear lead": record.get("clear"),
        "Criteria": len(criteria) if isinstance(criteria, list) else None,
        "Method": _method(record.get("method")),
    }
    shares = {str(row.get("place")): _share(row.get("first")) for row in places}
    ranks = {f"{row.get('place')}: mean rank": figure_of(number_of(row.get("mean_rank"))) for row in places}
    groups = (shares, {key: text for key, text in ranks.items() if text}, facts_of(told))
    main = Model(_method(record.get("method")), facts=groups, notes={"": _NOTE})
    others = [
        Model(
            _method(name),
            facts=({place: _share(share) for place, share in table_of(found).items()}, {}, {"Method": _method(name)}),
            notes={"": _NOTE},
            beside=True,
        )
        for name, found in table_of(record.get("first_by_method")).items()
    ]
    return (main, *others)


def _share(value: object) -> str:
    share = number_of(value)
    return "" if share is None else f"{share:.1%}"


def _method(name: object) -> str:
    return str(name or "").replace("_", " ")
