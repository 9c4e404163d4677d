"""A study of who gains as plain data and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.evaluation.inclusion import QuantileEffects
from pilotzone.study.inclusion.answer import inclusion_answer, inclusion_limits
from pilotzone.study.inclusion.wording import line_unit

if TYPE_CHECKING:
    from pilotzone.study.inclusion.findings import InclusionFindings

__all__ = ["TABLES", "inclusion_record", "inclusion_tables"]

TABLES = (
    "levels.csv", "decomposed.csv", "effects.csv", "by_period.csv", "quantiles.csv", "groups.csv", "along.csv",
    "convergence.csv", "gap.csv",
)  # fmt: skip
"""Tables of a run; those of parts that were not asked for say so in their only row."""
_NONE = Table.from_rows(("note",), [("not asked for",)])


def inclusion_record(found: InclusionFindings) -> dict[str, Any]:
    """Return who gains as plain data: what ``inclusion.json`` holds and ``--json`` prints."""
    given, answer = found.spec.inclusion, inclusion_answer(found)
    return {
        "name": found.name,
        "title": found.spec.title,
        "of": given.of,
        "source": given.source,
        "rows": found.rows,
        "answer": answer.label,
        "said": list(answer.said),
        "line": _line(found),
        "levels": found.described.to_table().records(),
        "decomposed": {period: part.summary().records() for period, part in found.decomposed.items()},
        "effects": [] if found.effects is None else found.effects.summary().records(),
        "quantiles": [] if found.quantiles is None else _quantiles(found),
        "groups": [] if found.groups is None else found.groups.to_table().records(),
        "along": [] if found.along is None else found.along.to_table().records(),
        "convergence": [] if found.convergence is None else found.convergence.to_table().records(),
        "gap": [{"period": period, "ratio": ratio} for period, ratio in found.path.items()],
        "checks": _checks(found),
        "verdicts": {
            part: {"label": verdict.label, "grade": verdict.grade, "sentence": verdict.sentence, "p": verdict.p_claim}
            for part, verdict in found.verdicts.items()
        },
        "cannot_say": [limit.text for limit in inclusion_limits(found)],
    }


def _line(found: InclusionFindings) -> dict[str, Any] | None:
    part = found.spec.inequality
    if part is None or part.line is None:
        return None
    given = found.spec.inclusion
    return {"amount": part.line, "unit": line_unit(given.of, given.unit), "source": part.line_source}


def _checks(found: InclusionFindings) -> list[dict[str, Any]]:
    """Return the checks of trends before the start, outcome by outcome."""
    identified = [item for joint in found.joints.values() for item in joint.identification]
    return [{"outcome": item.outcome, **row} for item in identified for row in item.to_table().records()]


def _quantiles(found: InclusionFindings) -> list[dict[str, Any]]:
    part = found.quantiles
    assert part is not None  # noqa: S101 - asked for
    return list((part.to_table() if isinstance(part, QuantileEffects) else part.summary()).records())


def inclusion_tables(found: InclusionFindings) -> dict[str, Table]:
    """Return levels, effects, quantiles, groups, the curve and the gap, by the name of their file."""
    results = found.results()
    tables = {
        "levels.csv": found.described.to_table(),
    }
    if found.path:
        tables["gap.csv"] = Table.from_rows(
            ("period", "ratio"), list(found.path.items()), title="The zone's mean over the nation's"
        )
    for name in TABLES:
        tables.setdefault(name, results.get(name.removesuffix(".csv"), _NONE))
    return {name: tables[name] for name in TABLES}
