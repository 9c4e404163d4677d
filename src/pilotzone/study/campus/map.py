"""The map of a campus' sites: where each lies, and what a year there costs, emits and takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.core import Table
from pilotzone.gather import shapes_holding
from pilotzone.report import (
    Chart,
    Figure,
    and_list,
    drawable,
    label_point,
    layered,
    number_text,
    plain_sheet,
    projection,
    signs_layer,
    tips,
)
from pilotzone.study.campus.wording import water_of

if TYPE_CHECKING:
    from pilotzone.campus import SiteDesign
    from pilotzone.gather import Shapes
    from pilotzone.study.campus.findings import CampusFindings

__all__ = ["map_shapes", "sites_map", "unmapped_words"]

_SOURCE = "Plan by pilotzone; PUE modelled, costs of the evidence and ASSUMED."
_FILLS = ("#c9def0", "#e6b18a", "#a8cfae", "#d9c6e0", "#e8dc9a", "#b9c7cc")
_LAND, _EDGE, _INK = "#fafafa", "#4d545c", "#0b1a28"
_HEIGHT = 330
_NONE = "no site"
_MOST = 12
"""Sites that a legend can hold."""


def _regions(found: CampusFindings) -> dict[str, str]:
    """Return the region of each site, of those that name one."""
    return {site.entry.name: site.entry.region for site in found.sites if site.entry.region}


def _shapes_of(found: CampusFindings) -> Shapes | None:
    """Return the shapes that hold every region named, where there are several sites to look at."""
    codes = set(_regions(found).values())
    return shapes_holding(codes) if codes and 1 < len(found.designs) <= _MOST else None


def map_shapes(found: CampusFindings) -> dict[str, Any]:
    """Return the shapes that the map needs, by code; none without a map."""
    shapes = _shapes_of(found)
    if shapes is None:
        return {}
    return {str(item["id"]): drawable(item.get("geometry") or {}) for item in shapes.geojson()["features"]}


def unmapped_words(found: CampusFindings) -> str:
    """Return why there is no map of several sites; empty where there is one, or one site alone."""
    if len(found.designs) == 1 or _shapes_of(found) is not None:
        return ""
    if len(found.designs) > _MOST:
        return f"There is no map: it would have more than {_MOST} sites."
    if not _regions(found):
        return "There is no map: no site names its region."
    return "There is no map: the evidence has no shapes of all these regions together."


def sites_map(found: CampusFindings) -> Figure | None:
    """Return the map; ``None`` for one site, and where no shapes hold the regions of the sites."""
    import altair as alt

    shapes = _shapes_of(found)
    if shapes is None:
        return None
    regions, geometries = _regions(found), map_shapes(found)
    ranked = sorted(found.designs, key=lambda design: design.cost_per_kwh_it)
    placed = [design for design in ranked if design.system.name in regions]
    numbers = {design.system.name: k for k, design in enumerate(placed, start=1)}
    words = {name: f"{k} {name}: {_told(placed[k - 1])}" for name, k in numbers.items()}
    # Sites of one region have its colour, that of the first of them.
    shades = dict(zip(dict.fromkeys(regions[name] for name in numbers), _FILLS * 2, strict=False))
    fills = {**{words[name]: shades[regions[name]] for name in numbers}, _NONE: _LAND}
    here: dict[str, list[str]] = {}
    for name in numbers:
        here.setdefault(regions[name], []).append(name)
    names = {str(item["id"]): str(item["properties"].get("name", item["id"])) for item in shapes.geojson()["features"]}
    rows, signs = [], []
    for code, shape in geometries.items():
        sites = here.get(code, [])
        rows.append(
            {
                "code": code,
                "unit": names[code],
                "kind": words[sites[0]] if sites else _NONE,
                "told": "; ".join(words[name] for name in sites) or _NONE,
            }
        )
        point = label_point(shape) if sites else None
        if point is not None:
            text = ", ".join(str(numbers[name]) for name in sites)
            signs.append({"lon": round(point[0], 3), "lat": round(point[1], 3), "sign": text, "ink": _INK})
    legend = alt.Legend(
        title=[f"{found.currency} a kWh of IT; CO2, kt a year;", "water consumed, million m3 a year"],
        orient="bottom",
        direction="vertical",
        columns=1,
        labelLimit=310,
        symbolType="square",
        symbolSize=160,
        symbolStrokeColor=_EDGE,
        symbolStrokeWidth=0.6,
    )
    scale = alt.Scale(domain=list(fills), range=list(fills.values()))
    land = (
        alt.Chart(alt.NamedData("shapes"))
        .mark_geoshape(stroke=_EDGE, strokeWidth=0.6)
        .encode(fill=alt.Fill("kind:N", scale=scale, legend=legend), tooltip=tips(unit="region", told="sites"))
    )
    chart = layered(land, signs_layer()).project(**projection(list(geometries.values()), shapes.projection))
    first, last = ranked[0], ranked[-1]
    apart = [design.system.name for design in ranked if design.system.name not in regions]
    lacking = f" Not on the map, since no region is named: {and_list(apart)}." if apart else ""
    return Figure(
        id="sites-map",
        title=f"Power for a kWh of IT costs least in {first.system.name}, {number_text(first.cost_per_kwh_it)} "
        f"{found.currency}, and most in {last.system.name}, {number_text(last.cost_per_kwh_it)}",
        summary="Map of the sites, by what a kWh of IT costs, CO2 and water of a year: " + "; ".join(words.values()),
        source=_SOURCE,
        citation=_SOURCE,
        chart=Chart(chart, {"shapes": rows, "signs": signs}, _HEIGHT),
        sheet=plain_sheet("sites-map-data", _table(ranked, regions, found.currency)),
        note="Numbers are in order of cost. Emissions and water are those of the supply, wherever its plants stand, "
        f"and water of the site itself.{lacking}",
        credit=shapes.credit,
    )


def _told(design: SiteDesign) -> str:
    co2, water = design.total("co2")[0], water_of(design)
    parts = [
        number_text(design.cost_per_kwh_it),
        "not known" if co2 is None else number_text(co2 / 1e3),
        "not known" if water is None else number_text(water / 1e6),
    ]
    return "; ".join(parts)


def _table(ranked: list[SiteDesign], regions: dict[str, str], currency: str) -> Table:
    rows = [
        (
            design.system.name,
            regions.get(design.system.name, ""),
            design.cost_per_kwh_it,
            design.total("co2")[0],
            water_of(design),
        )
        for design in ranked
    ]
    names = ("site", "region", "cost_per_kwh_it", "co2_t", "water_consumed_m3")
    found = Table.from_rows(names, rows, title="Sites: cost, CO2 and water of a year")
    return Table(found.columns, title=found.title, units={"cost_per_kwh_it": f"{currency}/kWh"})
