"""A ranking of very many places: what was found in words, as plain data, as tables and charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import Table, UsageError, unknown
from pilotzone.report import (
    Aligned,
    Answer,
    Block,
    Cell,
    Chart,
    Column,
    Figure,
    Grid,
    Limit,
    Line,
    LineWriter,
    Sheet,
    Words,
    and_list,
    answer_lines,
    layered,
    limits_line,
    number,
    number_text,
    plain,
    plain_sheet,
    tips,
    whole_percent,
)
from pilotzone.site import MANY_PLACES, counted_twice
from pilotzone.study.runs.answer import remedies_text
from pilotzone.study.runs.assumed import assumed_table
from pilotzone.study.siting.criteria import criteria_rows
from pilotzone.study.siting.record import criterion_record
from pilotzone.study.siting.section import RankingSection, criteria_sheet
from pilotzone.study.siting.wording import METHODS, counted_limits, criterion_label, lacking_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.site import ManySiting

__all__ = [
    "many_limits",
    "many_lines",
    "many_place_lines",
    "many_ranks_table",
    "many_record",
    "many_section",
    "many_words",
]

_LINES = 10
"""Places that a terminal shows."""
_DRAWN = 20
"""Places in the chart."""
_FILLS = ("#0b3d66", "#86b0d6")


def many_words(siting: ManySiting) -> str:
    """Return what was found, in a few sentences."""
    head = many_answer(siting).said[0]
    if siting.weights is None:
        head = (
            f"{head.removesuffix('.')}: {'the ranking is clear' if siting.clear else 'no place is the clear winner'}."
        )
    return " ".join([head, *_often(siting), _precision(siting), *siting.spec.notes])


def many_answer(siting: ManySiting) -> Answer:
    """Return the answer of a ranking of very many places."""
    found, names = siting.found, siting.spec.names
    best, second = siting.order[:2].tolist()
    total = f"{len(names):,} places"
    remedies = remedies_text(many_limits(siting))
    if siting.weights is not None:
        said = f"Of {total}, {names[best]} ranks first with the weights that were given, {names[second]} second."
        label, strength = f"{names[best]} ranks first", "weights and figures are fixed as given: nothing is simulated."
    else:
        said = (
            f"Of {total}, {names[best]} ranks first in {whole_percent(float(found.first[best]))} of simulated cases, "
            f"{names[second]} in {whole_percent(float(found.first[second]))}."
        )
        label = f"{names[best]} ranks first" if siting.clear else "no clear winner"
        ahead, error = siting.lead
        within = "within" if not ahead > 2 * error else "more than"
        strength = f"lead of {100 * ahead:.1f} points in {found.draws:,} cases" + (
            f", {within} two standard errors of the simulation ({100 * error:.1f} points each)."
            if np.isfinite(error)
            else "."
        )
    return Answer(label, (said,), strength, tuple(_often(siting)), (remedies,) if remedies else ())


def _often(siting: ManySiting) -> list[str]:
    """Return how many places are ever first, and among the best; nothing where weights are fixed."""
    found = siting.found
    if siting.weights is not None:
        return []
    ever, often = int((found.first > 0).sum()), int((found.within >= 0.5).sum())  # noqa: PLR2004 - half of cases
    return [
        (
            f"{ever:,} {'place ranks' if ever == 1 else 'places rank'} first in one case or more, and {often:,} "
            f"{'is' if often == 1 else 'are'} among the best {found.best} in half of cases or more."
        )
    ]


def _precision(siting: ManySiting) -> str:
    """Return what is exact, and how far the rest may be off."""
    found = siting.found
    return (
        f"Places are more than {MANY_PLACES:,}, so not every rank is counted: how often a place is first, and among "
        f"the best {found.best}, is exact for these draws; a mean rank is within {found.rank_error:,.0f} of the exact "
        "one."
    )


def many_limits(siting: ManySiting) -> tuple[Limit, ...]:
    """Return what the data cannot say."""
    names = siting.spec.criterion_names
    methods = and_list([METHODS[name] for name in ("topsis", "promethee_2")])
    found = [
        *lacking_layers(names),
        Limit(
            "How wrong values may be: those of a table count as certain, and weights alone are drawn.",
            "evidence",
            brief="how wrong values may be",
        ),
        Limit(
            f"What other methods would say: more than {MANY_PLACES:,} places are ranked by the weighted sum alone, "
            f"not by {methods}.",
            "evidence",
            brief=f"what {methods} would say",
        ),
    ]
    if not siting.fixed_scales:
        lacking = [criterion_label(item.name) for item in siting.spec.criteria if item.scale is None]
        text = (
            f"What a weight is worth in units: without a scale of {and_list(lacking)}, scores run from the worst to "
            "the best of these places and depend on which these are."
        )
        found.append(Limit(text, "evidence", brief="what a weight is worth in units"))
    return (*found, *counted_limits(names))


def many_record(name: str, siting: ManySiting) -> dict[str, Any]:
    """Return a ranking as plain data: what ``siting.json`` holds and ``--json`` prints."""
    found, spec = siting.found, siting.spec
    error = found.error
    lacking = [item.name for item in spec.criteria if item.scale is None]
    return {
        "name": name,
        "title": spec.title,
        "summary": many_words(siting),
        "winner": siting.winner,
        "clear": siting.clear,
        "lead": {"points": siting.lead[0], "error": _finite(siting.lead[1])},
        "method": "weighted_sum",
        "many": {
            "places": len(spec.names),
            "shown": len(siting.leading),
            "draws": found.draws,
            **siting.method,
            "rank_error": found.rank_error,
            "notes": list(spec.notes),
        },
        "criteria": [criterion_record(criterion) for criterion in spec.criteria],
        "counted_by_several": {theme: list(names) for theme, names in counted_twice(spec.criterion_names).items()},
        "depends_on_places_compared": {"weighted_sum": lacking} if lacking else {},
        "fixed_weights": None
        if siting.weights is None
        else dict(zip(spec.criterion_names, siting.weights.tolist(), strict=True)),
        "places": [
            {
                "place": spec.names[k],
                "first": float(found.first[k]),
                "error": _finite(error.get(k, 0.0)),
                "among_best": float(found.within[k]),
                "mean_rank": float(found.mean_rank[k]),
            }
            for k in siting.leading.tolist()
        ],
        "cannot_say": [limit.text for limit in many_limits(siting)],
    }


def many_ranks_table(siting: ManySiting) -> Table:
    """Return the mean of the weights that make each of the leading places the first."""
    return siting.central_weights()


def many_lines(siting: ManySiting, width: int = 80) -> Sequence[Line]:
    """Return what a terminal shows: the answer, the leading places, what they are compared on, and limits.

    Parameters
    ----------
    siting
        What was found.
    width
        Columns; less than 40 is treated as 40.
    """
    found = siting.found
    writer = LineWriter(width)
    answer_lines(writer, siting.spec.title, many_answer(siting))
    heads = ("place", "first", f"best {found.best}", "mean rank")
    rows = [
        (
            siting.spec.names[k],
            whole_percent(float(found.first[k])),
            whole_percent(float(found.within[k])),
            f"{found.mean_rank[k]:,.0f}",
        )
        for k in siting.order[:_LINES].tolist()
    ]
    writer.pair("detail", Aligned(heads, rows), criteria_rows(siting.spec.criteria))
    more = len(siting.spec.names) - len(rows)
    left = f"{more:,} more places in ranking.csv (--out FOLDER). " if more else ""
    writer.add("detail", " ".join([f"{left}{_precision(siting)}", *siting.spec.notes]))
    if text := limits_line(many_limits(siting)):
        writer.add("limit", text)
    return writer.lines


def many_place_lines(siting: ManySiting, name: str) -> Sequence[Block]:
    """Return how one place ranks, and its values with their source.

    Raises
    ------
    UsageError
        If there is no such place.
    """
    spec, found = siting.spec, siting.found
    if name not in spec.names:
        allowed = f"a place of the table, which has {len(spec.names):,}"
        raise unknown("place", name, spec.names, allowed=allowed, error=UsageError)
    k = spec.names.index(name)
    told = (
        f"Ranks first in {whole_percent(float(found.first[k]))} of simulated cases and among the best {found.best} in "
        f"{whole_percent(float(found.within[k]))}. Its mean rank is {found.mean_rank[k]:,.0f} of {len(spec.names):,}, "
        f"within {found.rank_error:,.0f}."
    )
    rows = [
        (
            item.name,
            number_text(float(spec.values[k, j])),
            "" if item.unit == "1" else item.unit,
            spec.sources[item.name],
        )
        for j, item in enumerate(spec.criteria)
    ]
    return [
        Words(plain(name), bold=True),
        Words(plain(told)),
        Words(),
        Grid(("criterion", "value", "unit", "source"), rows, right=("value",), whole=("value",)),
    ]


def many_section(siting: ManySiting) -> RankingSection:
    """Return what is shown of a ranking."""
    return RankingSection(
        lead=many_words(siting),
        answer=many_answer(siting),
        figures=[_chart(siting)],
        ranking_sheet=_ranking_sheet(siting),
        criteria_sheet=criteria_sheet(siting.spec.criteria),
        spot_sheet=None,
        without_sheet=None,
        figure_sheet=_figure_sheet(siting),
        assumption_sheet=_held_sheet(siting),
        gap_sheet=None,
        limits=many_limits(siting),
        facts=_facts(siting),
    )


def _facts(siting: ManySiting) -> list[tuple[str, str]]:
    spec, found = siting.spec, siting.found
    drawn = "one set of weights" if siting.weights is not None else f"{found.draws:,} weights, seed {spec.seed}"
    return [
        ("Places", f"{len(spec.names):,} ranked, {len(siting.leading)} shown; ranking.csv has all of them"),
        ("Criteria", and_list([criterion_label(name) for name in spec.criterion_names])),
        ("Method", "weighted sum"),
        ("Precision", " ".join([_precision(siting), *spec.notes]).removesuffix(".")),
        ("Draws", drawn),
        ("Exact", siting.method["exact"]),
        ("Approximate", siting.method["approximate"]),
        ("Values", " ".join(["count as certain.", *spec.notes])),
    ]


def _percent(share: float) -> Cell:
    return Cell("") if np.isnan(share) else number(f"{100 * share:.1f}\u00a0%", 100 * share)


def _ranking_sheet(siting: ManySiting) -> Sheet:
    found, error = siting.found, siting.found.error
    columns = (
        Column("Place"),
        Column("First", "%", numeric=True),
        Column("MC error", "%", numeric=True),
        Column(f"Among the best {found.best}", "%", numeric=True),
        Column("Mean rank", numeric=True),
    )
    rows = tuple(
        (
            Cell(siting.spec.names[k]),
            _percent(float(found.first[k])),
            _percent(error.get(k, 0.0)),
            _percent(float(found.within[k])),
            number(f"{found.mean_rank[k]:,.0f}", float(found.mean_rank[k])),
        )
        for k in siting.leading.tolist()
    )
    note = (
        f"The {len(rows)} places that are first most often, of {len(siting.spec.names):,}. First: share of draws of "
        f"weights in which a place ranks first; places that tie share. First and among the best {found.best} are exact "
        f"for these draws; a mean rank is within {found.rank_error:,.0f} of the exact one."
    )
    return Sheet("site-ranking", "How often each place is the first, weighted sum", columns, rows, note)


def _figure_sheet(siting: ManySiting) -> Sheet:
    spec = siting.spec
    columns = (
        Column("Place"),
        *(
            Column(criterion_label(item.name), "" if item.unit == "1" else item.unit, numeric=True)
            for item in spec.criteria
        ),
    )
    rows = tuple(
        (Cell(spec.names[k]), *(number(number_text(value), value) for value in spec.values[k].tolist()))
        for k in siting.leading.tolist()
    )
    told = "; ".join(f"{criterion_label(name)}: {source}" for name, source in spec.sources.items())
    return Sheet("site-figures", "What is known of the places that lead", columns, rows, told)


def _held_sheet(siting: ManySiting) -> Sheet | None:
    """Return what modelled values rest on; nothing where all were given."""
    if not siting.spec.notes:
        return None
    return plain_sheet("site-assumptions", assumed_table(siting.spec.assumptions, ()))


def _chart(siting: ManySiting) -> Figure:
    import altair as alt

    found, names = siting.found, siting.spec.names
    kinds = ["first", f"among the best {found.best}, not first"]
    rows: list[dict[str, Any]] = []
    chosen = siting.order[:_DRAWN].tolist()
    for k in chosen:
        first, within = float(found.first[k]), float(found.within[k])
        for kind, start, end in ((kinds[0], 0.0, first), (kinds[1], first, max(first, within))):
            rows.append({"row": names[k], "kind": kind, "from": start, "across": end, "share": f"{end - start:.1%}"})
    drawn = [names[k] for k in chosen]
    bars = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(stroke="#4d545c", strokeWidth=0.5)
        .encode(
            x=alt.X(
                "from:Q",
                axis=alt.Axis(title="share of draws of weights", format=".0%", tickCount=5),
                scale=alt.Scale(domain=[0, 1], nice=False),
            ),
            x2=alt.X2("across:Q"),
            y=alt.Y(
                "row:N",
                scale=alt.Scale(domain=drawn),
                axis=alt.Axis(title=None, labelLimit=170, ticks=False, domain=False, labelPadding=6),
            ),
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=list(_FILLS)),
                legend=alt.Legend(title=None, orient="bottom", symbolType="square", labelLimit=230),
            ),
            tooltip=tips(row="place", kind="rank", share="share of draws"),
        )
    )
    source = "Draws of pilotzone; values stand in the tables."
    body = tuple((Cell(names[k]), _percent(float(found.first[k])), _percent(float(found.within[k]))) for k in chosen)
    columns = (
        Column("Place"),
        Column("First", "%", numeric=True),
        Column(f"Among the best {found.best}", "%", numeric=True),
    )
    return Figure(
        id="site-ranks",
        title=f"{siting.winner} ranks first in {whole_percent(float(found.first[siting.order[0]]))} of simulated cases",
        summary=f"Bars of how often each of the {len(chosen)} leading places is first, and among the best {found.best}",
        source=source,
        citation=source,
        chart=Chart(layered(bars), {"bars": rows}, max(120, 26 * len(chosen))),
        sheet=Sheet("site-ranks-data", "How often each leading place is first, and among the best", columns, body),
        note="Weights are drawn from all that are admitted; values count as certain."
        if siting.weights is None
        else "Weights are fixed, and values count as certain.",
    )


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
