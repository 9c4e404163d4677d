"""Firms of a user's file: how much of their productivity is lost because inputs return unequally within industries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.appraisal import FirmAllocation, firm_allocation
from pilotzone.core import StudyError, Table, unknown
from pilotzone.study.appraisal.columns import Columns
from pilotzone.study.appraisal.findings import FirmsFound
from pilotzone.study.runs.saying import within

if TYPE_CHECKING:
    from collections.abc import Callable

    from pilotzone.study.appraisal.asked import FirmsEntry
    from pilotzone.study.appraisal.file import AppraisalStudy

__all__ = ["firms_of"]

_BESIDE = (3.0, 5.0)
"""Elasticities that Hsieh and Klenow take: their base, and the one they hold it against."""

_CANNOT = (
    (
        "Errors of measurement, mark-ups, costs of adjustment and differences in technology count as misallocation: "
        "the gain is an upper end where these matter."
    ),
    (
        "It compares firms of one industry with one another: labour and capital in the wrong industry or region do not "
        "count."
    ),
    "Firms that are missing from the file, such as small or closed ones, are not counted.",
    "The wage bill stands for labour: where some firms pay more for the same work, that counts as skill.",
    "It is a state, not an effect: it does not tell what a zone or a campus changed.",
)
"""What the index cannot say, whatever its figures."""


def firms_of(study: AppraisalStudy) -> FirmsFound:
    """Return the index of Hsieh and Klenow on the firms of a file.

    Raises
    ------
    StudyError
        If an industry of the study is not in the file, or one of the file has no share of capital.
    DataError
        If the file cannot be read, or holds a cell that is not a figure above zero.
    """
    asked = study.spec.firms
    assert asked is not None  # noqa: S101 - asked for
    with within("firms.file"):
        sheet, names = Columns(study.path(asked.file)), asked.columns
        industry = sheet.text(names.industry)
        made, paid, stock = (sheet.numbers(name) for name in (names.value_added, names.labour, names.capital))
    shares = _shares(asked, sorted(set(industry)))

    def at(elasticity: float) -> FirmAllocation:
        return firm_allocation(
            made,
            stock,
            paid,
            industry,
            shares,
            sigma=elasticity,
            trim=asked.trim,
            weights=asked.industry_weights or None,
        )

    with within("firms"):
        found = at(asked.elasticity)
    return FirmsFound(
        allocation=found,
        read=len(industry),
        industries=_industries(found, shares),
        elasticities=_elasticities(asked.elasticity, at),
        source=asked.source,
        shares_source=asked.shares_source,
        weighted=bool(asked.industry_weights),
        cannot=(*_cautions(found, industry), *_CANNOT),
    )


def _shares(asked: FirmsEntry, industries: list[str]) -> dict[str, float]:
    """Return the share of capital of each industry: its own, or the one for all."""
    for key in ("capital_shares", "industry_weights"):
        for name in getattr(asked, key):
            if name not in industries:
                raise unknown(
                    "industry",
                    name,
                    industries,
                    error=StudyError,
                    told=f"firms.{key}: {asked.file} has no industry {name!r}",
                )
    if asked.capital_share is None:
        left = [name for name in industries if name not in asked.capital_shares]
        if left:
            raise StudyError(
                f"firms.capital_shares: the share of {left[0]!r} is missing.",
                allowed=f"one for each industry of {asked.file}",
                todo="add it, or give capital_share for all others",
            )
    one = 0.0 if asked.capital_share is None else asked.capital_share
    return {name: asked.capital_shares.get(name, one) for name in industries}


def _industries(found: FirmAllocation, shares: dict[str, float]) -> Table:
    rows = [
        (name, count, shares[name], float(weight), float(ratio), 1 / float(ratio) - 1)
        for name, count, weight, ratio in zip(found.industries, found.firms, found.weights, found.ratios, strict=True)
    ]
    names = ["industry", "firms", "share of capital", "weight", "productivity over efficient", "gain"]
    made = Table.from_rows(names, rows)
    return Table(
        made.columns,
        title="Productivity that unequal returns of inputs cost, by industry",
        note=f"Productivity over what it would be if inputs returned the same in all firms of an industry. Log of what "
        f"inputs return, over the industry's mean: standard deviation {found.spread:.3f}, quartiles "
        f"{found.between(0.25, 0.75):.3f} apart, outer tenths {found.between(0.1, 0.9):.3f} apart.",
    )


def _elasticities(own: float, at: Callable[[float], FirmAllocation]) -> Table:
    """Return the index at the study's elasticity and at those of Hsieh and Klenow: it is assumed, and it matters."""
    rows = []
    for value in sorted({own, *_BESIDE}):
        found = at(value)
        rows.append((value, found.ratio, found.gain, "of this study" if value == own else "beside it"))
    names = ["elasticity of substitution", "productivity over efficient", "gain", "which"]
    made = Table.from_rows(names, rows)
    return Table(
        made.columns,
        title="The index at other elasticities of substitution",
        note="The elasticity is ASSUMED: firm data do not tell it. Hsieh and Klenow 2009 take 3, and 5 beside it.",
    )


def _cautions(found: FirmAllocation, industry: list[str]) -> list[str]:
    told = []
    alone = [name for name, count in zip(found.industries, found.firms, strict=True) if count == 1]
    if alone:
        told.append(f"{len(alone)} of {len(found.industries)} industries have one firm, which can show no loss.")
    gone = sorted(set(industry) - set(found.industries))
    if gone:
        told.append(f"{len(gone)} industries have no firm left after the cut at each end.")
    return told
