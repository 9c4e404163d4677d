"""What is shown of a ranking of places, on a page of its own or in a study's report: words, charts and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotzone.core import Table
from pilotzone.report import Answer, Cell, Column, Sheet, and_list, number, number_text, plain_sheet
from pilotzone.site import KNOWN_CRITERIA, Criterion, with_scale
from pilotzone.study.runs.assumed import assumed_table
from pilotzone.study.siting.answer import siting_answer
from pilotzone.study.siting.charts import siting_figures
from pilotzone.study.siting.wording import (
    METHODS,
    better_word,
    criterion_label,
    lower_label,
    siting_limits,
    siting_words,
    unit_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.gather import Shapes
    from pilotzone.report import Figure, Limit
    from pilotzone.site import CriterionValue, PlaceProfile, Siting

__all__ = ["RankingSection", "criteria_sheet", "figures_sheet", "siting_section"]

_KINDS = {
    "data": "data",
    "modelled": "modelled",
    "assumed": "ASSUMED",
    "yours": "given",
    "missing": "not known",
}


@dataclass(frozen=True, eq=False)
class RankingSection:
    """What is shown of a ranking, on a page of its own or as a section of another report.

    Attributes
    ----------
    lead
        What was found, in a sentence or two: beside another study.
    answer
        What was found, how strong that is, why not more, and what would change it.
    figures
        Charts.
    ranking_sheet, criteria_sheet, figure_sheet
        Tables.
    spot_sheet
        Which spot is the best of each place with several; ``None`` where no place has.
    assumption_sheet
        What was assumed; ``None`` where nothing was.
    without_sheet
        The ranking without each place; ``None`` where it was not made.
    gap_sheet
        Gaps and the ranges that stand for them; ``None`` where there are none.
    limits
        What the data cannot say.
    facts
        How the ranking was made, term by term.
    """

    lead: str
    answer: Answer
    figures: list[Figure]
    ranking_sheet: Sheet
    criteria_sheet: Sheet
    spot_sheet: Sheet | None
    without_sheet: Sheet | None
    figure_sheet: Sheet
    assumption_sheet: Sheet | None
    gap_sheet: Sheet | None
    limits: tuple[Limit, ...]
    facts: list[tuple[str, str]]


def siting_section(siting: Siting, shapes: Shapes, *, charts: bool = True) -> RankingSection:
    """Return what is shown of a ranking; `charts` take longer than its tables, and may be left out."""
    return RankingSection(
        lead=siting_words(siting),
        answer=siting_answer(siting),
        figures=siting_figures(siting, shapes) if charts else [],
        ranking_sheet=_ranking_sheet(siting),
        criteria_sheet=criteria_sheet(siting.spec.criteria),
        spot_sheet=_spot_sheet(siting) if siting.spots else None,
        without_sheet=_without_sheet(siting) if siting.without else None,
        figure_sheet=figures_sheet("site-figures", "What is known of each place", siting.profiles, siting),
        assumption_sheet=plain_sheet("site-assumptions", _assumed(siting)),
        gap_sheet=_gap_sheet(siting) if siting.gaps or siting.left_out else None,
        limits=siting_limits(siting),
        facts=_facts(siting),
    )


def _facts(siting: Siting) -> list[tuple[str, str]]:
    spec = siting.spec
    space = spec.space
    told = [
        f"{criterion_label(name)} {low:g}" if low == high else f"{criterion_label(name)} from {low:g} to {high:g}"
        for name, (low, high) in space.intervals.items()
    ]
    told += [f"{criterion_label(more)} at least as much as {criterion_label(less)}" for more, less in space.order]
    return [
        ("Places", f"{len(siting.places)} ranked" + (f", {len(siting.left_out)} left out" if siting.left_out else "")),
        ("Criteria", and_list([criterion_label(name) for name in spec.names])),
        ("Method", METHODS[spec.method]),
        ("Weights", and_list(told) if told else "nothing is known: uniform over all that sum to one"),
        ("Draws", _draws(siting)),
        ("Spots", _spots(siting)),
        ("Scores", _dependence(siting)),
    ]


def _draws(siting: Siting) -> str:
    spec = siting.spec
    if siting.weights is not None:
        return f"one set of weights and {spec.draws:,} sets of values, seed {spec.seed}"
    return f"{spec.draws:,} weights and {spec.batches:,} sets of values, seed {spec.seed}"


def _spots(siting: Siting) -> str:
    if siting.spec.spot == "unknown":
        return "where in a place the zone would be is not known: any spot may be it"
    return "where in a place the zone would be is chosen: the best single spot under each draw counts"


def _dependence(siting: Siting) -> str:
    lacking = [label for name, label in METHODS.items() if name in siting.set_dependent]
    if not lacking:
        return "no place changes another's score"
    if len(lacking) == len(METHODS):
        return "scores depend on which places are compared"
    return f"by {and_list(lacking)} scores depend on which places are compared; by other methods they do not"


def criteria_sheet(criteria: Sequence[Criterion]) -> Sheet:
    """Return what places are compared on, with the scale and the leaning of each criterion."""
    columns = (
        Column("Criterion"),
        Column("What it is"),
        Column("Better"),
        Column("Unit"),
        Column("Score 0 at", numeric=True),
        Column("Score 1 at", numeric=True),
        Column("Scale from"),
        Column("Leaning"),
    )
    note = (
        "A weight is what going from score 0 to score 1 on that criterion is worth. Values beyond the scale score "
        "below 0 or above 1."
    )
    rows = tuple(_criterion_row(criterion) for criterion in criteria)
    return Sheet("site-criteria", "What places are compared on", columns, rows, note)


def _criterion_row(criterion: Criterion) -> tuple[Cell, ...]:
    known = KNOWN_CRITERIA.get(criterion.name)
    worst, best = (None, None) if criterion.scale is None else criterion.scale
    if criterion.good == "down":
        worst, best = best, worst
    if criterion.scale is None:
        origin = "the places compared: no fixed scale"
    elif with_scale(Criterion(criterion.name, "up")).scale == criterion.scale:
        origin = "China's 31 provinces"
    else:
        origin = "given"
    return (
        Cell(criterion_label(criterion.name)),
        Cell("" if known is None else known.meaning),
        Cell(better_word(criterion)),
        Cell(unit_words(criterion)),
        *(Cell("") if end is None else number(number_text(end), end) for end in (worst, best)),
        Cell(origin),
        Cell("" if known is None else known.leaning),
    )


def _spot_sheet(siting: Siting) -> Sheet:
    columns = (
        Column("Place"),
        Column("Spot"),
        Column("Best of its place", "%", numeric=True),
        Column("And its place first", "%", numeric=True),
    )
    rows = tuple(
        (Cell(item.place), Cell(item.spot), _percent(item.best), _percent(item.first)) for item in siting.spots
    )
    note = (
        "Share of draws in which a spot is the best one of its place; spots that tie share. Last column: share of "
        "draws in which it is that and its place ranks first."
    )
    return Sheet("site-spots", "Which spot of a place is the best", columns, rows, note)


def _without_sheet(siting: Siting) -> Sheet:
    columns = (
        Column("Left out"),
        Column("First when included", "%", numeric=True),
        Column("Then first most often"),
        Column("Share", "%", numeric=True),
    )
    rows = tuple(
        (Cell(item.place), _percent(item.first), Cell(item.winner), _percent(item.share)) for item in siting.without
    )
    return Sheet("site-without", "The ranking without each place", columns, rows)


def _ranking_sheet(siting: Siting) -> Sheet:
    first, error = siting.acceptability.first, siting.acceptability.error
    mean = siting.acceptability.ranks @ np.arange(1, len(siting.places) + 1)
    columns = (
        Column("Place"),
        Column("First", "%", numeric=True),
        Column("MC error", "%", numeric=True),
        Column("Score", numeric=True),
        Column("Mean rank", numeric=True),
        Column("First by its own weights", "%", numeric=True),
        *(Column(f"First, {METHODS[name]}", "%", numeric=True) for name in siting.others),
        *(Column(f"First, {lower_label(name)}", "%", numeric=True) for name in siting.instead),
        Column("Pareto front"),
    )
    rows = []
    for k in np.argsort(-first, kind="stable").tolist():
        shares = [
            *(found.first[k] for found in siting.others.values()),
            *(found.first[k] for found in siting.instead.values()),
        ]
        rows.append(
            (
                Cell(siting.places[k]),
                _percent(first[k]),
                _percent(error[k]),
                number(f"{siting.scores[k]:.3f}", float(siting.scores[k])),
                number(f"{mean[k]:.2f}", float(mean[k])),
                _percent(siting.acceptability.confidence[k]),
                *(_percent(share) for share in shares),
                Cell("yes" if siting.front[k] else "no"),
            )
        )
    note = (
        "First: share of draws of weights and values in which a place ranks first; places that tie share. MC error: "
        "its standard error, by groups of draws. Score: with the mean weights and the middles of ranges. First by its "
        "own weights: share of draws of values in which it ranks first under the mean of the weights that make it "
        "first. These favour it, so a place that is seldom first may be high here. Pareto front: no other place is as "
        "good on every criterion, middles of ranges compared."
    )
    return Sheet(
        "site-ranking", f"How often each place is the first, {METHODS[siting.spec.method]}", columns, tuple(rows), note
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
    how = "ranked over" if siting.spec.uncertain_figures else "taken in the middle of"
    gaps = f"A gap is {how} the range that its own table says." if siting.gaps else ""
    return Sheet(sheet_id, caption, columns, tuple(rows), gaps)


def _known_cells(figure: CriterionValue) -> tuple[Cell, ...]:
    absent = figure.kind == "missing"
    return (
        Cell(criterion_label(figure.criterion)),
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
            Cell(criterion_label(gap.criterion)),
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
    return assumed_table(siting.spec.assumptions, keys)
