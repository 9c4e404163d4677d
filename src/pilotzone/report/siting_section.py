"""What is shown of a ranking of places, on a page of its own or in a study's report: words, charts and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Table
from pilotzone.report.findings import Limit
from pilotzone.report.formatting import and_list, number_text
from pilotzone.report.sheet import Cell, Column, Sheet, number
from pilotzone.report.siting_charts import siting_figures
from pilotzone.report.tabular import plain_sheet
from pilotzone.site import KNOWN_CRITERIA

if TYPE_CHECKING:
    from pilotzone.gather import Shapes
    from pilotzone.report.figure import Figure
    from pilotzone.site import Figure as Known
    from pilotzone.site import PlaceProfile, Siting

__all__ = ["SitingSection", "figures_sheet", "siting_limits", "siting_section", "siting_words"]

_KINDS = {
    "data": "data",
    "modelled": "modelled",
    "assumed": "ASSUMED",
    "yours": "given",
    "missing": "not known",
}
_METHODS = {
    "weighted_sum": "weighted sum",
    "topsis": "TOPSIS",
    "promethee_2": "PROMETHEE II",
}
_EVEN = 0.5


@dataclass(frozen=True, eq=False)
class SitingSection:
    """What is shown of a ranking, on a page of its own or as a section of another report.

    Attributes
    ----------
    lead
        What was found, in a sentence or two.
    figures
        Charts.
    ranking_sheet, figure_sheet, assumption_sheet
        Tables.
    gap_sheet
        Gaps and the ranges that stand for them; ``None`` where there are none.
    limits
        What the data cannot say.
    facts
        How the ranking was made, term by term.
    """

    lead: str
    figures: list[Figure]
    ranking_sheet: Sheet
    figure_sheet: Sheet
    assumption_sheet: Sheet
    gap_sheet: Sheet | None
    limits: tuple[Limit, ...]
    facts: list[tuple[str, str]]


def siting_section(siting: Siting, shapes: Shapes) -> SitingSection:
    """Return what is shown of a ranking."""
    return SitingSection(
        lead=siting_words(siting),
        figures=siting_figures(siting, shapes),
        ranking_sheet=_ranking_sheet(siting),
        figure_sheet=figures_sheet("site-figures", "What is known of each place", siting.profiles, siting),
        assumption_sheet=plain_sheet("site-assumptions", _assumed(siting)),
        gap_sheet=_gap_sheet(siting) if siting.gaps or siting.left_out else None,
        limits=siting_limits(siting),
        facts=_facts(siting),
    )


def siting_words(siting: Siting) -> str:
    """Return what was found, in a few sentences."""
    first = siting.acceptability.first
    order = np.argsort(-first, kind="stable")
    best, second = (siting.places[k] for k in order[:2])
    share = f"{first[order[0]]:.0%}"
    head = f"{best} is the first in {share} of all that weights and figures could be, {second} in {first[order[1]]:.0%}"
    tied = float(first.sum()) > 1 + _EVEN
    clear = "the ranking is clear" if first[order[0]] >= _EVEN else "no place is the clear winner"
    told = [f"{head}: {'they are often the same, and nothing tells them apart' if tied else clear}."]
    for name, other in siting.alternatives.items():
        winner = other.places[int(other.first.argmax())]
        if winner != best:
            words = _label(name)
            told.append(f"With {words[:1].lower()}{words[1:]} in its place {winner} is the first most often.")
    differing = [name for name, other in siting.others.items() if other.places[int(other.first.argmax())] != best]
    if differing:
        told.append(f"By {and_list([_METHODS[name] for name in differing])} another place is the first most often.")
    if siting.gaps:
        places = list(dict.fromkeys(gap.place for gap in siting.gaps))
        told.append(
            f"{and_list(places)} {'have' if len(places) > 1 else 'has'} gaps and are ranked over what these could be."
            if len(places) > 1
            else f"{places[0]} has gaps and is ranked over what these could be."
        )
    if siting.left_out:
        told.append(f"Left out for a gap: {and_list(list(siting.left_out))}.")
    return " ".join(told)


def siting_limits(siting: Siting) -> tuple[Limit, ...]:
    """Return what the data cannot say."""
    known = {figure.criterion for profile in siting.profiles for figure in profile.figures}
    texts = []
    if not any("tariff" in name or "price" in name for name in known):
        texts.append("What power costs: no tariff is in the evidence, so cheap power is neither shown nor denied.")
    texts.append("What land, building and lines cost, and how far users are: neither is in the evidence.")
    if not any("flood" in name or "stress" in name for name in known):
        texts.append("Floods and the scarcity of water: no layer of either is in the evidence.")
    modelled = [
        profile.place.name for profile in siting.profiles if profile.place.weather is None and profile.has_cooling
    ]
    if modelled:
        texts.append(
            "Humidity and single hours: years are modelled from monthly means of capitals, 2008 and 2009, no climate "
            "normal, and PUE and water are ranges over humidities that are assumed."
        )
    if "grid_kg_per_kwh" in known:
        texts.append("Emission factors of the grid are second-hand and were not checked against the official page.")
    if "earthquake_30_years" in known:
        texts.append(
            "Ground motion: exposure counts earthquakes of 1965 to 2016 within an assumed reach, no soils or faults."
        )
    texts.append("What a place could be made to be: figures are of what stands there, not of what a zone would build.")
    return tuple(Limit(text, "evidence") for text in texts)


def _label(name: str) -> str:
    return KNOWN_CRITERIA[name].label if name in KNOWN_CRITERIA else name.replace("_", " ")


def _facts(siting: Siting) -> list[tuple[str, str]]:
    spec = siting.spec
    space = spec.space
    told = [f"{_label(name)} from {low:g} to {high:g}" for name, (low, high) in space.intervals.items()]
    told += [f"{_label(more)} at least as much as {_label(less)}" for more, less in space.order]
    facts = [
        ("Places", f"{len(siting.places)} ranked" + (f", {len(siting.left_out)} left out" if siting.left_out else "")),
        ("Criteria", and_list([_label(name) for name in spec.names])),
        ("Method", _METHODS[spec.method]),
        ("Weights", and_list(told) if told else "nothing is known: uniform over all that sum to one"),
        ("Draws", f"{spec.draws:,} weights and {spec.batches:,} sets of values, seed {spec.seed}"),
    ]
    if siting.dethroned is not None:
        found = siting.dethroned
        moved = found.weights - 1 / len(spec.names)
        parts = [
            f"{_label(spec.names[k])} {1 / len(spec.names):.1%} to {found.weights[k]:.1%}"
            for k in np.argsort(-np.abs(moved))
            if abs(moved[k]) > 1e-6  # noqa: PLR2004 - rounding of the solver
        ]
        winner, rival = siting.places[found.winner], siting.places[found.rival]
        told_of = f"with equal weights and the middles of ranges {winner} is the first; {rival} overtakes with "
        facts.append(("Least change that dethrones", told_of + and_list(parts)))
    return facts


def _ranking_sheet(siting: Siting) -> Sheet:
    first, error = siting.acceptability.first, siting.acceptability.error
    mean = siting.acceptability.ranks @ np.arange(1, len(siting.places) + 1)
    columns = (
        Column("Place"),
        Column("First", "%", numeric=True),
        Column("MC error", "%", numeric=True),
        Column("Mean rank", numeric=True),
        Column("Confidence", "%", numeric=True),
        *(Column(f"First, {_METHODS[name]}", "%", numeric=True) for name in siting.others),
        *(Column(f"First, {_label(name).lower()}", "%", numeric=True) for name in siting.alternatives),
        Column("Pareto front"),
    )
    rows = []
    for k in np.argsort(-first, kind="stable").tolist():
        shares = [
            *(found.first[k] for found in siting.others.values()),
            *(found.first[k] for found in siting.alternatives.values()),
        ]
        rows.append(
            (
                Cell(siting.places[k]),
                _percent(first[k]),
                _percent(error[k]),
                number(f"{mean[k]:.2f}", float(mean[k])),
                _percent(siting.acceptability.confidence[k]),
                *(_percent(share) for share in shares),
                Cell("yes" if siting.front[k] else "no"),
            )
        )
    note = (
        "First: share of draws of weights and values in which a place is the best. Confidence: the same with the "
        "weights that suit it most, values alone drawn. Pareto front: no other place is as good on every criterion, "
        "middles of ranges compared."
    )
    return Sheet(
        "site-ranking", f"How often each place is the first, {_METHODS[siting.spec.method]}", columns, tuple(rows), note
    )


def _percent(share: float) -> Cell:
    return Cell("") if np.isnan(share) else number(f"{100 * share:.1f}\u00a0%", 100 * float(share))


def figures_sheet(sheet_id: str, caption: str, profiles: tuple[PlaceProfile, ...], siting: Siting) -> Sheet:
    """Return figures with their sources: of several places on the criteria, of one place all of them."""
    several = len(profiles) > 1
    columns = (
        *((Column("Place"),) if several else ()),
        Column("Criterion"),
        Column("From", numeric=True),
        Column("to", numeric=True),
        Column("Unit"),
        Column("How it is known"),
        Column("Source"),
        Column("Note"),
    )
    rows = []
    for profile in profiles:
        own = profile.figures if several else (*profile.figures, *profile.context)
        rows += [(*((Cell(profile.place.name),) if several else ()), *_known_cells(figure)) for figure in own]
    gaps = "A gap is ranked over the range that its own table says." if siting.gaps else ""
    return Sheet(sheet_id, caption, columns, tuple(rows), gaps)


def _known_cells(figure: Known) -> tuple[Cell, ...]:
    absent = figure.kind == "missing"
    return (
        Cell(_label(figure.criterion)),
        Cell("") if absent else number(number_text(figure.low), figure.low),
        Cell("") if absent else number(number_text(figure.high), figure.high),
        Cell("" if figure.unit == "1" else figure.unit),
        Cell(_KINDS[figure.kind], None, "unknown" if absent else ""),
        Cell(figure.source),
        Cell(figure.note),
    )


def _gap_sheet(siting: Siting) -> Sheet:
    columns = (
        Column("Place"),
        Column("Criterion"),
        Column("Ranked from", numeric=True),
        Column("to", numeric=True),
        Column("Why it is not known"),
        Column("Range"),
    )
    rows = [
        (
            Cell(gap.place),
            Cell(_label(gap.criterion)),
            number(number_text(gap.low), gap.low),
            number(number_text(gap.high), gap.high),
            Cell(gap.note),
            Cell(gap.source),
        )
        for gap in siting.gaps
    ]
    rows += [
        (Cell(name), Cell(""), Cell(""), Cell(""), Cell(why), Cell("left out")) for name, why in siting.left_out.items()
    ]
    return Sheet("site-gaps", "Gaps, and what stands for them", columns, tuple(rows))


def _assumed(siting: Siting) -> Table:
    """Return the assumptions that these places rest on."""
    keys = {profile.place.region or profile.place.name for profile in siting.profiles}
    rows = [row for row in siting.spec.assumptions.to_table().rows() if row[1] == "all places" or row[1] in keys]
    names = list(siting.spec.assumptions.to_table().columns)
    return Table.from_rows(names, rows, title="What is assumed")
