"""What editions of nominal city GDP do to the usual regression: the figure of docs/explanation/city-editions.md.

``python tools/city_editions.py`` writes the CSV file and the chart anew, from the bundled evidence alone. The usual
regression has effects of city and year and one coefficient, a zone from 2016 on. On a balanced panel with one date that
is the difference of two differences of means, which is what is computed here.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.gather import derive, evidence_panel, load_evidence
from simulation_figures import FOLDER, INK, LIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

YEARS = tuple(range(2006, 2020))
BEFORE, AFTER = tuple(range(2011, 2016)), tuple(range(2016, 2020))
DELTA = ("4401", "4403", "4404", "4406", "4407", "4412", "4413", "4419", "4420")
"""Cities of the Pearl River Delta, by the first digits of their codes."""
SAMPLES = {
    "all cities": (),
    "without Liaoning": ("CN-LN",),
    "without Liaoning and Jilin": ("CN-LN", "CN-JL"),
}
SERIES = {"nominal": "nominal GDP, editions mixed", "real": "index at constant prices"}
TITLE = "After 2016 the zones' lead in nominal GDP is gone without the cities of Liaoning and Jilin"
SOURCE = "Source: yearbooks and communiques of provinces and cities, bundled evidence; zones from 2016 on"
NAMES = ("gdp", "cities", "year", "zones", "others", "gap_percent")


@cache
def panel() -> tuple[dict[str, Floats], NDArray[np.str_], Booleans]:
    """Return log GDP by kind, the province of each city, and which cities lie in a zone; whole rows only."""
    evidence = load_evidence()
    read = evidence_panel(["city_gdp_nominal_cny", "city_gdp_volume_index"])
    made = derive(read, {"real": "chain(city_gdp_volume_index, 2015)", "nominal": "log(city_gdp_nominal_cny)"})
    parents = {region.code: region.parent for region in evidence.regions if region.geography == "cn-city"}
    whole = {zone.region for zone in evidence.zones if zone.whole}
    parts = {*(f"CN-{digits}00" for digits in DELTA), "CN-210100"}
    at = [made.periods.index(year) for year in YEARS]
    figures = {name: made.matrix(name)[:, at] for name in SERIES}
    kept = ~np.any([np.isnan(values).any(axis=1) for values in figures.values()], axis=0)
    province = np.array([parents[unit] for unit in made.units])
    zone = np.array([parents[unit] in whole or unit in parts for unit in made.units])
    return {name: values[kept] for name, values in figures.items()}, province[kept], zone[kept]


def gaps() -> list[tuple[Any, ...]]:
    """Return how far zone cities are ahead of others since 2015, by kind, sample and year, in percent."""
    figures, province, zone = panel()
    found: list[tuple[Any, ...]] = []
    for kind, values in figures.items():
        moves = values - values[:, [YEARS.index(2015)]]
        for sample, left in SAMPLES.items():
            part = ~np.isin(province, left)
            gap = moves[part & zone].mean(axis=0) - moves[part & ~zone].mean(axis=0)
            counts = int((part & zone).sum()), int((part & ~zone).sum())
            found += [
                (kind, sample, year, *counts, f"{100 * np.expm1(value):.1f}")
                for year, value in zip(YEARS, gap.tolist(), strict=True)
            ]
    return found


def coefficient(kind: str, sample: str) -> tuple[float, float]:
    """Return the coefficient of the usual regression and its standard error with cities as clusters, log points."""
    figures, province, zone = panel()
    part = ~np.isin(province, SAMPLES[sample])
    before, after = ([YEARS.index(year) for year in years] for years in (BEFORE, AFTER))
    change = figures[kind][:, after].mean(axis=1) - figures[kind][:, before].mean(axis=1)
    one, other = change[part & zone], change[part & ~zone]
    error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return float(one.mean() - other.mean()), float(error)


def sums(province: str, years: tuple[int, ...]) -> list[float]:
    """Return the sum of a province's cities over what the province itself publishes, by year."""
    evidence = load_evidence()
    cities = [region.code for region in evidence.regions if region.parent == province]
    parts = evidence_panel(["city_gdp_nominal_cny"], regions=cities, periods=years).matrix("city_gdp_nominal_cny")
    whole = evidence_panel(["gdp_nominal_cny"], regions=[province], periods=years).matrix("gdp_nominal_cny")[0]
    return [float(found) for found in np.nansum(parts, axis=0) / whole]


def text() -> str:
    """Return the CSV file."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([NAMES, *gaps()])
    return stream.getvalue()


def chart() -> Any:  # noqa: ANN401 - charts of Altair have many classes
    """Return the gap between zone cities and others by year."""
    import altair as alt

    data = [
        {"gdp": SERIES[kind], "cities": sample, "year": year, "gap": float(gap)}
        for kind, sample, year, _, _, gap in gaps()
    ]
    cities = alt.Shape("cities:N", title=None, sort=[*SAMPLES], scale=alt.Scale(range=["circle", "square", "cross"]))
    base = alt.Chart().encode(
        x=alt.X("year:Q", title="year", axis=alt.Axis(format="d", values=[2006, 2009, 2012, 2015, 2018])),
        y=alt.Y("gap:Q", title="zone cities ahead of others since 2015, %"),
    )
    lines = base.mark_line(color=LIGHT).encode(detail="cities:N")
    points = base.mark_point(filled=True, size=45, fill=INK, color=INK, opacity=1).encode(shape=cities)
    layered = alt.layer(lines, points, data=alt.Data(values=data)).properties(width=260, height=240)
    said = alt.TitleParams(TITLE, subtitle=SOURCE, anchor="start", subtitleColor=INK, offset=12)
    return layered.facet(column=alt.Column("gdp:N", title=None, sort=[*SERIES.values()])).properties(title=said)


def svg() -> str:
    """Return the chart."""
    import vl_convert

    made = chart().configure_view(stroke=None).configure(background="white", font="DejaVu Sans, sans-serif")
    found: str = vl_convert.vegalite_to_svg(made.to_dict())
    return found + "\n"


if __name__ == "__main__":
    (FOLDER / "city_editions.csv").write_text(text(), encoding="utf-8")
    (FOLDER / "city_editions.svg").write_text(svg(), encoding="utf-8")
