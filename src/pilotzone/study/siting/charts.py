"""Charts of a ranking of places: how often each has each rank, where they lie, what decides, and PUE as ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.gather import load_layer
from pilotzone.report import (
    INK,
    PLACEBO,
    TREATED,
    Cell,
    Chart,
    Column,
    Figure,
    Sheet,
    and_list,
    drawable,
    label_point,
    layered,
    number,
    projection,
    row_axis,
    signs_layer,
    tips,
)
from pilotzone.site import RANKING_SOURCE, rank_figure
from pilotzone.study.siting.wording import apart_words, unknown_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.gather import Shapes
    from pilotzone.site import Siting

__all__ = ["siting_figures"]

_CLASSES = (
    ("first in 30 % or more", 0.3, "#0b3d66"),
    ("10 to 30 %", 0.1, "#3f78ad"),
    ("1 to 10 %", 0.01, "#a9cbe8"),
    ("less than 1 %", 0.0, "#e6f0f8"),
)
_LEFT_OUT, _OUTSIDE = ("\u00d7 left out for a gap", "#c2c5c9"), ("not compared", "#f7f7f7")
_DARK = 2
_MAP_HEIGHT = 330
_TOTAL = "with interactions"


def siting_figures(siting: Siting, shapes: Shapes) -> list[Figure]:
    """Return the charts of a ranking; a map where places are regions of the shapes, and PUE where it was modelled."""
    found = [rank_figure(siting.acceptability, "site-ranks", f"{_drawn(siting)} {_errors(siting.acceptability.error)}")]
    drawn = {str(item["id"]) for item in shapes.geojson()["features"]}
    if any(profile.place.region in drawn for profile in siting.profiles):
        found.append(_map_figure(siting, shapes))
    # Where figures are certain, weights alone vary: there is nothing to compare their part with.
    if siting.sensitivity.groups and siting.spec.uncertain_figures and not np.isnan(siting.sensitivity.total).any():
        found.append(_decides_figure(siting))
    if any(profile.has_cooling for profile in siting.profiles):
        found.append(_pue_figure(siting))
    return found


def _drawn(siting: Siting) -> str:
    weights = "Weights are drawn from all that are admitted" if siting.weights is None else "Weights are fixed"
    if not siting.spec.uncertain_figures:
        return f"{weights}, figures are in the middle of their ranges."
    return f"{weights}, figures {'' if siting.weights is None else 'are drawn '}from what is not known."


def _errors(error: NDArray[np.float64]) -> str:
    if np.isnan(error).any():
        return "With one draw of values no error of the simulation can be told."
    return f"Standard errors of the simulation are {100 * float(error.max()):.1f} percentage points or less."


def _map_figure(siting: Siting, shapes: Shapes) -> Figure:
    import altair as alt

    first = dict(zip(siting.places, siting.acceptability.first.tolist(), strict=True))
    by_region = _by_region(siting)
    geometries = {str(item["id"]): drawable(item.get("geometry") or {}) for item in shapes.geojson()["features"]}
    names = {str(item["id"]): str(item["properties"].get("name", item["id"])) for item in shapes.geojson()["features"]}
    rows, signs, body = [], [], []
    for code, shape in geometries.items():
        places = by_region.get(code, [])
        kind, sign, ink = _look(places, first)
        share = ", ".join(f"{first[place]:.1%}" for place in places if place in first) or "none"
        rows.append({"code": code, "unit": ", ".join(places) or names[code], "kind": kind, "share": share})
        body += [
            (
                Cell(place),
                number(f"{first[place]:.1%}", 100 * first[place]) if place in first else Cell(""),
                Cell(_look([place] if places else [], first)[0]),
            )
            for place in places or [names[code]]
        ]
        point = label_point(shape)
        if point is not None and sign:
            signs.append({"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": sign, "ink": ink})
    known = [*((word, fill) for word, _, fill in _CLASSES), _LEFT_OUT, _OUTSIDE]
    kinds = [item for item in known if any(row["kind"] == item[0] for row in rows)]
    fill = alt.Fill(
        "kind:N",
        scale=alt.Scale(domain=[word for word, _ in kinds], range=[colour for _, colour in kinds]),
        legend=alt.Legend(
            title=None, orient="bottom", columns=2, symbolType="square", symbolStrokeColor="#4d545c", labelLimit=230
        ),
    )
    drawn = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(stroke="#4d545c", strokeWidth=0.6)
        .encode(fill=fill, tooltip=tips(unit="place", kind="class", share="first in"))
    )
    chart = layered(drawn, signs_layer()).project(**projection(list(geometries.values()), shapes.projection))
    columns = (Column("Place"), Column("First", "%", numeric=True), Column("Class"))
    shown = {place for code in geometries for place in by_region.get(code, []) if place in first}
    which = f"the {len(first)} places" if len(shown) == len(first) else f"{len(shown)} of the {len(first)} places"
    several = any(len(by_region.get(code, [])) > 1 for code in geometries)
    best = max(first, key=lambda name: first[name])
    return Figure(
        id="site-map",
        title=f"Where {which} lie{'s' * (len(shown) == 1)}, and how often each is the first",
        summary=f"Map of the places by how often each is the first; {best} most often, {first[best]:.0%}",
        source=RANKING_SOURCE,
        citation=RANKING_SOURCE,
        chart=Chart(chart, {"shapes": rows, "signs": signs}, _MAP_HEIGHT),
        sheet=Sheet("site-map-data", "Places on the map", columns, tuple(body)),
        note="Numbers are percent of draws."
        + " Where several places lie in one region, it is that of the one that is first most often." * several,
        credit=shapes.credit,
    )


def _by_region(siting: Siting) -> dict[str, list[str]]:
    """Return the places in each region: a spot is on the map as the place that it belongs to."""
    found: dict[str, list[str]] = {}
    for profile in siting.profiles:
        place, here = profile.place.belongs, found.setdefault(profile.place.region, [])
        if place not in here:
            here.append(place)
    found.pop("", None)
    return found


def _look(places: list[str], first: Mapping[str, float]) -> tuple[str, str, str]:
    """Return class, sign and colour of the sign of a region, given the places in it."""
    if not places:
        return _OUTSIDE[0], "", INK
    shares = [first[place] for place in places if place in first]
    if not shares:
        return _LEFT_OUT[0], "\u00d7", INK
    share = max(shares)
    k = next(k for k, item in enumerate(_CLASSES) if share >= item[1])
    return _CLASSES[k][0], f"{100 * share:.0f}", "#ffffff" if k < _DARK else "#0b1a28"


def _decides_figure(siting: Siting) -> Figure:
    import altair as alt

    found = siting.sensitivity
    order = np.argsort(-found.total, kind="stable").tolist()
    names = [unknown_label(found.groups[k], siting.spec.assumptions) for k in order]
    rows: list[dict[str, Any]] = []
    ends: list[dict[str, Any]] = []
    for name, k in zip(names, order, strict=True):
        for kind, value, error in (
            (_TOTAL, found.total[k], found.total_error[k]),
            ("alone", found.first[k], found.first_error[k]),
        ):
            rows.append({"row": name, "kind": kind, "across": float(value)})
            ends.append(
                {"row": name, "kind": kind, "across": float(value - 1.96 * error), "to": float(value + 1.96 * error)}
            )
    y = row_axis(names)
    axis = alt.Axis(title="share of the variance of whether it is the first", format=".0%", tickCount=5)
    x = alt.X(
        "across:Q",
        axis=axis,
        scale=alt.Scale(domain=[min(-0.05, *(row["across"] for row in ends)), max(1, *(row["to"] for row in ends))]),
    )
    looks = {_TOTAL: ("circle", TREATED), "alone": ("diamond", "#ffffff")}
    shift = alt.YOffset("kind:N", scale=alt.Scale(domain=list(looks)))
    marks = (
        alt.Chart(alt.NamedData("marks"))
        .mark_point(opacity=1, size=80, stroke=INK, strokeWidth=1.2)
        .encode(
            x=x,
            y=y,
            yOffset=shift,
            shape=alt.Shape(
                "kind:N",
                scale=alt.Scale(domain=list(looks), range=[look[0] for look in looks.values()]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=list(looks), range=[look[1] for look in looks.values()]),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            tooltip=tips(row="unknown", kind="share", across="of the variance"),
        )
    )
    bars = (
        alt.Chart(alt.NamedData("ends"))
        .mark_rule(color=PLACEBO, strokeWidth=1.2)
        .encode(x=x, x2=alt.X2("to:Q"), y=y, yOffset=shift)
    )
    columns = (
        Column("Unknown"),
        Column("Alone", "%", numeric=True),
        Column("error", "%", numeric=True),
        Column("With interactions", "%", numeric=True),
        Column("error ", "%", numeric=True),
    )
    body = tuple(
        (
            Cell(unknown_label(found.groups[k], siting.spec.assumptions)),
            *(
                number(f"{100 * float(value[k]):.1f}\u00a0%", 100 * float(value[k]))
                for value in (found.first, found.first_error, found.total, found.total_error)
            ),
        )
        for k in order
    )
    return Figure(
        id="site-decides",
        title=f"Whether {found.place} ranks first depends most on {names[0][:1].lower()}{names[0][1:]}",
        summary="Sobol shares of the variance, with interactions: "
        + ", ".join(f"{name} {found.total[k]:.0%}" for name, k in zip(names, order, strict=True)),
        source=RANKING_SOURCE,
        citation=RANKING_SOURCE,
        chart=Chart(layered(bars, marks), {"marks": rows, "ends": ends}, max(140, 34 * len(names))),
        sheet=Sheet("site-decides-data", f"What decides whether {found.place} is the first", columns, body),
        note="Alone: share of the variance by itself; these add up to 100 % at most. With interactions: share of all "
        "in which it takes part; these may add up to more. Lines are 95 % intervals over the samples."
        + f" {apart_words(siting)}".rstrip(),
    )


def _pue_figure(siting: Siting) -> Figure:
    import altair as alt

    bands = load_layer("cooling_bands")
    rows: list[dict[str, Any]] = [
        {
            "row": profile.place.name,
            "kind": f"{found.system}, modelled",
            "across": found.pue[0],
            "to": found.pue[2],
            "middle": found.pue[1],
        }
        for profile in siting.profiles
        for found in profile.cooling
    ]
    rows += [
        {
            "row": f"USA, zone {bands.texts['climate_zone'][k]}",
            "kind": f"{bands.texts['system'][k]}, published",
            "across": float(bands.numbers["low"][k]),
            "to": float(bands.numbers["high"][k]),
        }
        for k in bands.rows_where(quantity="pue")
    ]
    names = list(dict.fromkeys(row["row"] for row in rows))
    fills = {
        "airside, modelled": TREATED,
        "waterside, modelled": "#86b0d6",
        "airside, published": "#767d85",
        "waterside, published": "#c2c5c9",
    }
    kinds = [kind for kind in fills if any(row["kind"] == kind for row in rows)]
    ends = [row[end] for row in rows for end in ("across", "to")]
    x = alt.X(
        "across:Q",
        axis=alt.Axis(title="PUE, mean of a year", format=".2f", tickCount=6),
        scale=alt.Scale(domain=[min(1.0, *ends), max(ends) + 0.02], nice=False, zero=False),
    )
    y = row_axis(names)
    shift = alt.YOffset("kind:N", scale=alt.Scale(domain=kinds))
    bars = (
        alt.Chart(alt.NamedData("ranges"))
        .mark_bar(height=8, stroke="#4d545c", strokeWidth=0.5)
        .encode(
            x=x,
            x2=alt.X2("to:Q"),
            y=y,
            yOffset=shift,
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[fills[kind] for kind in kinds]),
                legend=alt.Legend(title=None, orient="bottom", columns=2, symbolType="square", labelLimit=230),
            ),
            tooltip=tips(row="place", kind="what", across="least"),
        )
    )
    columns = (Column("Place"), Column("What"), Column("Least", numeric=True), Column("Greatest", numeric=True))
    body = tuple(
        (
            Cell(row["row"]),
            Cell(row["kind"]),
            number(f"{row['across']:.3f}", row["across"]),
            number(f"{row['to']:.3f}", row["to"]),
        )
        for row in rows
    )
    modelled = [row for row in rows if "modelled" in row["kind"] and row["kind"].startswith(siting.spec.systems[0])]
    least = min(row["to"] + row["across"] for row in modelled)
    best = [row for row in modelled if row["to"] + row["across"] == least]
    return Figure(
        id="site-pue",
        title=f"PUE as modelled: {and_list([row['row'] for row in best])} lowest, {best[0]['across']:.2f} to "
        f"{best[0]['to']:.2f}, and ranges overlap",
        summary="Ranges of modelled PUE: "
        + ", ".join(f"{row['row']} {row['across']:.2f} to {row['to']:.2f}" for row in modelled),
        source="Modelled after Lei and Masanet 2020 and 2022 from temperatures; humidities and parameters are assumed.",
        citation="Modelled by pilotzone after Lei and Masanet 2020 and 2022; published bands: Lei and Masanet 2022.",
        chart=Chart(layered(bars), {"ranges": rows}, max(140, 32 * len(names))),
        sheet=Sheet("site-pue-data", "PUE, mean of a year", columns, body),
        note="Published bands of large data centres in the USA stand beside for plausibility; nothing is fitted.",
    )
