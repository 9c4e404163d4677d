"""The map of predicted effects: candidates shaded by what they could expect, those outside what was seen hatched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.gather import shapes_holding
from pilotzone.report import (
    INK,
    Cell,
    Chart,
    Column,
    Figure,
    Sheet,
    bare_title,
    drawable,
    effect_text,
    label_point,
    layered,
    projection,
    signs_layer,
    tips,
)
from pilotzone.study.transfer.hatching import hatch_rows
from pilotzone.study.transfer.wording import SHORT_OF_TOLD, interval_words

if TYPE_CHECKING:
    import altair as alt

    from pilotzone.core import Outcome
    from pilotzone.gather import Shapes
    from pilotzone.study.transfer.findings import CandidateRow, OutcomeTransfer, TransferFindings

__all__ = ["effects_map", "map_shapes"]

_FILLS = ("#e6f0f8", "#a9cbe8", "#3f78ad", "#0b3d66")
"""From low to high: grey print keeps their order."""
_ZONE, _REFUSED, _OUT = ("zone", "#fdf1d6"), (f"{SHORT_OF_TOLD} (hatched)", "#ffffff"), ("neither", "#f7f7f7")
_EDGE, _HEIGHT, _STEP, _DARK = "#4d545c", 340, 0.9, 2


def _shapes_of(found: TransferFindings) -> Shapes | None:
    codes = [row.region for row in found.main.candidates if row.region]
    return shapes_holding(codes) if codes else None


def map_shapes(found: TransferFindings) -> dict[str, Any]:
    """Return the shapes that the map needs, by code; none without a map."""
    shapes = _shapes_of(found)
    if shapes is None:
        return {}
    return {str(item["id"]): drawable(item.get("geometry") or {}) for item in shapes.geojson()["features"]}


def effects_map(found: TransferFindings) -> Figure | None:
    """Return the map of the first outcome; ``None`` where no candidate is a region with a shape."""
    shapes = _shapes_of(found)
    if shapes is None:
        return None
    item, outcome = found.main, found.main.outcome
    geometries = map_shapes(found)
    names = {str(one["id"]): str(one["properties"].get("name", one["id"])) for one in shapes.geojson()["features"]}
    by_region = {row.region: row for row in item.candidates if row.region}
    zones = {place.region: place.name for place in found.zones if place.region}
    classes = _classes(outcome, [row.effect for row in item.told if row.effect is not None and row.region])
    rows, signs, hatches = [], [], []
    for code, shape in geometries.items():
        row = by_region.get(code)
        kind, told = _look(outcome, row, classes, zone=code in zones)
        rows.append({"code": code, "unit": zones.get(code, names[code]), "kind": kind, "told": told})
        if kind == _REFUSED[0]:
            hatches += hatch_rows(shape, _STEP)
        point = label_point(shape)
        if point is not None and row is not None and row.effect is not None:
            dark = [word for word, _, _ in classes].index(kind) >= len(classes) - _DARK and len(classes) > _DARK
            ink = "#ffffff" if dark else "#0b1a28"
            signs.append(
                {"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": _sign(outcome, row), "ink": ink}
            )
        elif point is not None and code in zones:
            signs.append({"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": "Z", "ink": INK})
    shown, count = len(item.told), len(item.candidates)
    title = f"{bare_title(outcome)}: {shown} of {count} candidates have a prediction"
    known = [*((word, fill) for word, fill, _ in classes), _REFUSED, _ZONE, _OUT]
    kinds = [one for one in known if any(row["kind"] == one[0] for row in rows)]
    return Figure(
        id="transfer-map",
        title=title if shown < count else f"{bare_title(outcome)}: what {count} candidates could expect",
        summary="Map of candidates: "
        + "; ".join(f"{row['unit']} {row['told']}" for row in rows if row["code"] in by_region),
        source="Predicted by pilotzone from the effects of zones; moderators as the table of moderators says.",
        citation="Predicted by pilotzone from the effects of zones; moderators as the table of moderators says.",
        chart=_chart(kinds, rows, signs, hatches, shapes, geometries),
        sheet=_sheet(rows, by_region, zones),
        note=_note(item),
        credit=shapes.credit,
    )


def _note(item: OutcomeTransfer) -> str:
    """Return how to read the map, and how far intervals reach: shades alone look surer than they are."""
    told = ["Numbers and shades are predicted effects; Z is a zone."]
    ends = [(row.low, row.high) for row in item.told if row.low is not None and row.high is not None]
    if ends:
        reach = interval_words(item.outcome, min(low for low, _ in ends), max(high for _, high in ends))
        told.append(f"Their prediction intervals reach from {reach}.")
    if item.refused:
        told.append("Hatched: outside what was seen, without a prediction.")
    return " ".join(told)


def _sign(outcome: Outcome, row: CandidateRow) -> str:
    return effect_text(outcome, row.effect or 0.0).replace("\u00a0%", "").replace(" %", "")


def _classes(outcome: Outcome, values: list[float]) -> list[tuple[str, str, float]]:
    """Return classes of effects from low to high: words, fill, and their upper end."""
    import numpy as np

    known = sorted(set(values))
    if not known:
        return []
    count = min(len(known), len(_FILLS))
    ends = [float(np.quantile(known, (k + 1) / count)) for k in range(count)]
    lows = [known[0], *ends[:-1]]
    fills = [_FILLS[round(k * (len(_FILLS) - 1) / max(count - 1, 1))] for k in range(count)]
    words = [
        effect_text(outcome, low) if low == high else interval_words(outcome, low, high)
        for low, high in zip(lows, ends, strict=True)
    ]
    # Words of two classes may round to the same: then they are one.
    return list({word: (word, fill, end) for word, fill, end in zip(words, fills, ends, strict=True)}.values())


def _look(
    outcome: Outcome,
    row: CandidateRow | None,
    classes: list[tuple[str, str, float]],
    *,
    zone: bool,
) -> tuple[str, str]:
    """Return class and words of a region."""
    if row is None:
        return (_ZONE[0], "has a zone") if zone else (_OUT[0], "neither zone nor candidate")
    if row.effect is None or row.low is None or row.high is None:
        return _REFUSED[0], row.refusal
    kind = next((word for word, _, end in classes if row.effect <= end), classes[-1][0])
    return kind, f"{effect_text(outcome, row.effect)} ({interval_words(outcome, row.low, row.high)})"


def _chart(
    kinds: list[tuple[str, str]],
    rows: list[dict[str, Any]],
    signs: list[dict[str, Any]],
    hatches: list[dict[str, float]],
    shapes: Shapes,
    geometries: dict[str, Any],
) -> Chart:
    import altair as alt

    legend = alt.Legend(
        title=None, orient="bottom", columns=2, symbolType="square", symbolStrokeColor=_EDGE, labelLimit=230
    )
    scale = alt.Scale(domain=[word for word, _ in kinds], range=[colour for _, colour in kinds])
    land = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(stroke=_EDGE, strokeWidth=0.6)
        .encode(fill=alt.Fill("kind:N", scale=scale, legend=legend), tooltip=tips(unit="region", told="predicted"))
    )
    lines: list[alt.Chart] = []
    data: dict[str, list[dict[str, Any]]] = {"shapes": rows, "signs": signs}
    if hatches:
        lines.append(
            alt.Chart(alt.NamedData("hatches"))
            .mark_rule(color="#767d85", strokeWidth=0.9)
            .encode(
                longitude=alt.Longitude("lon:Q"),
                latitude=alt.Latitude("lat:Q"),
                longitude2=alt.Longitude2("lon2:Q"),
                latitude2=alt.Latitude2("lat2:Q"),
            )
        )
        data["hatches"] = [dict(row) for row in hatches]
    looks = projection(list(geometries.values()), shapes.projection)
    return Chart(layered(land, *lines, signs_layer()).project(**looks), data, _HEIGHT)


def _sheet(rows: list[dict[str, Any]], by_region: dict[str, CandidateRow], zones: dict[str, str]) -> Sheet:
    columns = (Column("Region"), Column("Part"), Column("Predicted effect"))
    body = tuple(
        (
            Cell(row["unit"]),
            Cell("candidate" if row["code"] in by_region else "zone"),
            Cell(row["told"]),
        )
        for row in rows
        if row["code"] in by_region or row["code"] in zones
    )
    return Sheet("transfer-map-data", "Regions on the map", columns, body)
