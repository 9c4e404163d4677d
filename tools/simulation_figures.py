"""Turn what `make simulate` printed, and what benches did, into figures: CSV files, charts (SVG) and tables on pages.

``python tools/simulation_figures.py OUTPUT`` reads a saved output of `make simulate`, or of parts of it, and renews the
CSV files in docs/explanation/figures; without OUTPUT these are taken as they are. Charts and tables follow from them
alone, so that a test can make them anew.
"""

from __future__ import annotations

import csv
import sys
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


PAGES = Path(__file__).resolve().parents[1] / "docs" / "explanation"
FOLDER = PAGES / "figures"
LABELS: tuple[str, ...] = (
    "green growth",
    "growth at a cost",
    "harm without growth",
    "growth, harm not excluded",
    "harm excluded, growth not shown",
    "too noisy for this margin",
)
"""What a claim of development and environment can be called where there are units and figures enough."""
WHICH = ("by ranks", "allowance 0.5", "allowance 1")
PROCEDURES = ("usual, RMSPE ratio", "usual, gap", "label", "allowance 0.5", "allowance 1")
PARTS = ("right", "size", "selection", "interference", "elsewhere")
"""Sections of the page on the whole verdict."""
Row = dict[str, str]

ESTIMATORS = {
    "sc_intercept": "intercept shift",
    "sc": "no intercept shift",
    "sc_shared": "intercept shift, weights shared",
}
COLUMNS = {
    "size": ("boundary", "correlation", "estimator", "draws", "at_5", "at_10"),
    "needed": ("donors", "panels", "gain", "margin", "both"),
    "labels": ("truth", "which", "panels", "zones", *LABELS),
    "speed": ("program", "units", "order", "wall", "cpu", "peak", "ratio"),
}
KEYS = {"size": 3, "needed": 1, "labels": 2, "speed": 3}
"""How many of the columns say which row it is."""

INK, LIGHT = "#222222", "#8a8a8a"


def read(name: str) -> list[Row]:
    """Return the rows of one CSV file."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[Row]) -> None:
    """Write one CSV file."""
    with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS[name], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def gathered(text: str) -> dict[str, list[Row]]:
    """Return the rows of the parts that an output holds whole; of a part that is not there, or not whole, none."""
    found: dict[str, list[Row]] = {"size": [], "needed": [], "labels": []}
    part, count = "", ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if line.startswith("== "):
            part = line[3:].strip()
        elif "draws, seed" in line:
            count = line.split()[0]
        elif "80% power at" in line:
            count = line.split(", ")[1].split()[0]
        elif line.startswith("|") and part == "size" and len(cells) == len(COLUMNS["size"]) - 1 and "(" in line:
            shares = [cell.split()[0] for cell in cells[3:]]
            found["size"].append(dict(zip(COLUMNS["size"], [*cells[:3], count, *shares], strict=True)))
        elif line.startswith("|") and part == "size" and cells[0].isdigit():
            found["needed"].append(dict(zip(COLUMNS["needed"], [cells[0], count, *cells[1:]], strict=True)))
        elif line.startswith("|") and part == "labels" and cells[1] in WHICH:
            found["labels"].append(dict(zip(COLUMNS["labels"], cells, strict=True)))
    return {name: rows for name, rows in found.items() if rows}


def renewed(name: str, rows: list[Row]) -> list[Row]:
    """Return the rows of a CSV file with those that were run again in their place, and new ones at the end."""
    keys = COLUMNS[name][: KEYS[name]]
    found = {tuple(row[key] for key in keys): row for row in (*read(name), *rows)}
    return list(found.values())


def size_table() -> list[str]:
    """Return the rows of the table of size."""
    return [
        f"| {row['boundary']} | {row['correlation']} | {ESTIMATORS[row['estimator']]} "
        f"| {int(row['draws']):,} | {row['at_5']} | {row['at_10']} |"
        for row in read("size")
    ]


def needed_table() -> list[str]:
    """Return the rows of the table of what power takes."""
    return [
        f"| {row['donors']} | {row['panels']} | "
        + " | ".join(f"{float(row[key]):.3f}" for key in ("gain", "margin", "both"))
        + " |"
        for row in read("needed")
    ]


def is_power(row: Row) -> bool:
    """Return whether a row is one of power."""
    return "years before" in row["truth"]


def label_table(*, nothing_assumed: bool) -> list[str]:
    """Return the rows of the table of truths, or of what breaks the assumptions."""
    stress = ("grew fastest", "twice the noise", "diverges")
    return [
        f"| {row['truth']} | {row['which']} | {' | '.join(row[label] for label in LABELS)} |"
        for row in read("labels")
        if not is_power(row) and any(word in row["truth"] for word in stress) == nothing_assumed
    ]


def powers() -> list[dict[str, Any]]:
    """Return, for each number of donors and of years, the shares of `green growth`."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for row in filter(is_power, read("labels")):
        donors, years = int(row["truth"].split()[0]), int(row["truth"].split(", ")[1].split()[0])
        at = found.setdefault((donors, years), {"donors": donors, "years": years, "zones": int(row["zones"])})
        at[row["which"]] = float(row["green growth"])
    return list(found.values())


def power_table() -> list[str]:
    """Return the rows of the table of power."""
    return [
        f"| {at['donors']} | {at['years']} | {at['zones']:,} | {' | '.join(f'{at[key]:.1f}' for key in WHICH)} |"
        for at in powers()
    ]


def speed_table() -> list[str]:
    """Return the rows of the table of seconds on many units."""
    cells = [
        [row["program"], f"{int(row['units']):,}", *(row[key] for key in ("order", "wall", "cpu", "peak", "ratio"))]
        for row in read("speed")
    ]
    return [" ".join(["|", " | ".join(row).rstrip(), "|"]) for row in cells]


def whole_means(part: str) -> list[dict[str, Any]]:
    """Return, for each truth of a part and kind of panel, the mean share called green, panels counting alike.

    Means are decimal: those of floats round to either side of a half, by how a version of Python adds them up.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    for row in read("whole"):
        if row["part"] == part:
            found.setdefault((row["case"], row["kind"]), []).append(row)
    # Both kinds of one truth beside each other, in the order of the file.
    order = list(dict.fromkeys(case for case, _ in found))
    return [
        {"case": case, "kind": kind, "verdicts": sum(int(row["verdicts"]) for row in rows)}
        | {which: sum(Decimal(row[which]) for row in rows) / len(rows) for which in PROCEDURES}
        for (case, kind), rows in sorted(found.items(), key=lambda item: order.index(item[0][0]))
    ]


def whole_table(part: str) -> list[str]:
    """Return the rows of one part of the page on the whole verdict."""
    return [
        f"| {row['case']} | {row['kind']} | {row['verdicts']:,} | "
        + " | ".join(str(row[which].quantize(Decimal("0.1"), ROUND_HALF_UP)) for which in PROCEDURES)
        + " |"
        for row in whole_means(part)
    ]


def _filled(name: str) -> bool:
    """Return whether a simulation has been run: its file has rows."""
    return (FOLDER / f"{name}.csv").exists() and bool(read(name))


_EVERY: tuple[tuple[str, str, int, Callable[[], Any]], ...] = (
    ("verdict.md", "| at its boundary |", 1, size_table),
    ("verdict.md", "| donors | panels |", 1, needed_table),
    ("simulations.md", "| truth | which |", 1, lambda: label_table(nothing_assumed=False)),
    ("simulations.md", "| truth | which |", 2, lambda: label_table(nothing_assumed=True)),
    ("simulations.md", "| donors | years before |", 1, power_table),
    ("many-speed.md", "| program | units |", 1, speed_table),
    *(
        ("whole-verdict.md", "| truth, in margins |", k, partial(whole_table, part))
        for k, part in enumerate(PARTS, start=1)
    ),
)
TABLES = tuple(
    table
    for table in _EVERY
    if (_filled("labels") or table[0] != "simulations.md") and (_filled("whole") or table[0] != "whole-verdict.md")
)
"""Page, how the head of the table begins, which of those tables it is, and its rows."""


def with_table(text: str, head: str, place: int, rows: list[str]) -> str:
    """Return a page with the rows of one of its tables replaced."""
    lines = text.split("\n")
    begin = [k for k, line in enumerate(lines) if line.startswith(head)][place - 1] + 2
    end = next(k for k in range(begin, len(lines)) if not lines[k].startswith("|"))
    return "\n".join([*lines[:begin], *rows, *lines[end:]])


def band(share: float, draws: int) -> tuple[float, float]:
    """Return two Monte Carlo standard errors around a share in percent."""
    error = 2 * 100 * sqrt(share * (1 - share) / draws)
    return max(0.0, 100 * share - error), 100 * share + error


def size_chart() -> Any:  # noqa: ANN401 - charts of Altair have many classes
    """Return the share of claims accepted at the boundary, by setting, beside the level."""
    import altair as alt

    data: list[dict[str, Any]] = []
    for row in read("size"):
        name = f"{row['boundary']}, correlation {row['correlation']}, {ESTIMATORS[row['estimator']]}"
        for level, key in ((5, "at_5"), (10, "at_10")):
            low, high = band(level / 100, int(row["draws"]))
            share = 100 * float(row[key])
            data.append({"setting": name, "level": f"level {level} %", "share": share, "low": low, "high": high})
    base = alt.Chart(alt.Data(values=data)).encode(
        y=alt.Y("setting:N", title=None, sort=None, axis=alt.Axis(labelLimit=400))
    )
    bars = base.mark_bar(height=14, color="#d9d9d9").encode(
        x=alt.X("low:Q", title="claims accepted, % of panels", scale=alt.Scale(domain=[0, 14])), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70, color=INK, opacity=1).encode(
        x="share:Q",
        shape=alt.Shape(
            "level:N", title=None, sort=["level 5 %", "level 10 %"], scale=alt.Scale(range=["circle", "diamond"])
        ),
    )
    return (bars + points).properties(width=330, height=24 * len(read("size")))


def wrong_shares(row: Row) -> dict[str, float]:
    """Return, in percent, what is claimed and wrong under the row's truth: growth, harm excluded, harm shown."""
    truth, share = row["truth"], {label: float(row[label]) for label in LABELS}
    growth = share["green growth"] + share["growth at a cost"] + share["growth, harm not excluded"]
    excluded = share["green growth"] + share["harm excluded, growth not shown"]
    harm = share["growth at a cost"] + share["harm without growth"]
    found = {}
    if "gain 0.2" not in truth:
        found["growth claimed"] = growth
    if "harm 0.3" in truth or "harm at the margin" in truth:
        found["harm called excluded"] = excluded
    if "harm 0.3" not in truth:
        found["harm claimed"] = harm
    return found


def error_chart() -> Any:  # noqa: ANN401 - as above
    """Return how often a wrong claim is made, by truth, by ranks and with allowance."""
    import altair as alt

    looks = {which: which.replace("allowance", "with an allowance of") for which in WHICH}
    data = [
        {"truth": row["truth"], "wrong": wrong, "which": looks[row["which"]], "share": share}
        for row in read("labels")
        if not is_power(row)
        for wrong, share in wrong_shares(row).items()
    ]
    shape = alt.Shape(
        "which:N", title=None, sort=list(looks.values()), scale=alt.Scale(range=["circle", "square", "cross"])
    )
    points = (
        alt.Chart()
        .mark_point(size=55, color=INK, opacity=1)
        .encode(
            x=alt.X("share:Q", title="wrong claims, % of zones", scale=alt.Scale(type="symlog", constant=5)),
            y=alt.Y("truth:N", title=None, sort=None, axis=alt.Axis(labelLimit=260)),
            shape=shape,
        )
    )
    rule = alt.Chart().mark_rule(strokeDash=[4, 3], color=LIGHT).encode(x=alt.datum(5))
    layered = alt.layer(rule, points, data=alt.Data(values=data)).properties(width=300)
    facet = alt.Row("wrong:N", title=None, sort=["growth claimed", "harm called excluded", "harm claimed"])
    return layered.facet(row=facet).resolve_scale(y="independent")


_FACETS = ("by ranks", "with an allowance of 0.5", "with an allowance of 1")


def power_chart() -> Any:  # noqa: ANN401 - as above
    """Return how often green growth is found where it is true, by donors and years."""
    import altair as alt

    data = [
        {"donors": item["donors"], "years": f"{item['years']} years", "which": which, "share": item[key]}
        for item in powers()
        for which, key in zip(_FACETS, WHICH, strict=True)
    ]
    order = [f"{years} years" for years in sorted({item["years"] for item in powers()})]
    years = alt.Shape("years:N", title="fitted", sort=order, scale=alt.Scale(range=["circle", "square", "triangle-up"]))
    base = alt.Chart().encode(
        x=alt.X("donors:Q", title="donors", scale=alt.Scale(domain=[15, 65]), axis=alt.Axis(values=[20, 30, 40, 60])),
        y=alt.Y("share:Q", title="green growth found, % of panels", scale=alt.Scale(domain=[0, 100])),
    )
    lines = base.mark_line(color=LIGHT).encode(detail="years:N")
    points = base.mark_point(filled=True, size=70, fill=INK, color=INK, opacity=1).encode(shape=years)
    layered = alt.layer(lines, points, data=alt.Data(values=data)).properties(width=190, height=240)
    return layered.facet(column=alt.Column("which:N", title=None, sort=list(_FACETS)))


def speed_chart() -> Any:  # noqa: ANN401 - as above
    """Return seconds from a file in unit order to effects, by units and program."""
    import altair as alt

    rows = [row for row in read("speed") if row["order"] == "in unit order"]
    data = [{"program": row["program"], "units": int(row["units"]), "wall": float(row["wall"])} for row in rows]
    order = list(dict.fromkeys(row["program"] for row in rows))
    shapes = ["circle", "square", "triangle-up", "diamond", "cross"]
    program = alt.Shape("program:N", title=None, sort=order, scale=alt.Scale(range=shapes))
    ticks = [100_000, 1_000_000, 10_000_000]
    base = alt.Chart(alt.Data(values=data)).encode(
        x=alt.X(
            "units:Q",
            title="units, 20 periods and two outcomes each",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(values=ticks, format=",d"),
        ),
        y=alt.Y(
            "wall:Q", title="seconds", scale=alt.Scale(type="log"), axis=alt.Axis(values=[1, 2, 5, 10, 20, 50, 100])
        ),
    )
    lines = base.mark_line(color=LIGHT).encode(detail="program:N")
    points = base.mark_point(filled=True, size=70, fill=INK, color=INK, opacity=1).encode(shape=program)
    return (lines + points).properties(width=330, height=260)


def whole_chart() -> Any:  # noqa: ANN401 - as above
    """Return how often a zone is called green where that is wrong, by truth and procedure, on the nine panels."""
    import altair as alt

    looks = {
        "usual, RMSPE ratio": "usual workflow, RMSPE ratio",
        "label": "label",
        "allowance 0.5": "label with an allowance of 0.5",
        "allowance 1": "label with an allowance of 1",
    }
    data = [
        {"truth": row["case"], "part": part, "which": look, "share": float(row[which])}
        for part in ("size", "selection", "interference")
        for row in whole_means(part)
        if row["kind"] == "real"
        for which, look in looks.items()
    ]
    shapes = alt.Scale(range=["diamond", "circle", "square", "triangle-up"])
    points = (
        alt.Chart()
        .mark_point(size=55, color=INK, opacity=1)
        .encode(
            x=alt.X("share:Q", title="wrongly called green, % of fake zones"),
            y=alt.Y("truth:N", title=None, sort=None, axis=alt.Axis(labelLimit=320)),
            shape=alt.Shape("which:N", title=None, sort=list(looks.values()), scale=shapes),
        )
    )
    rule = alt.Chart().mark_rule(strokeDash=[4, 3], color=LIGHT).encode(x=alt.datum(5))
    layered = alt.layer(rule, points, data=alt.Data(values=data)).properties(width=300)
    facet = alt.Row("part:N", title=None, sort=["size", "selection", "interference"])
    return layered.facet(row=facet).resolve_scale(y="independent")


CHARTS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "whole": (
        whole_chart,
        [
            "The label protects against hidden harm and chosen zones; nothing protects against spillovers",
            "mean over nine panels of fake zones; dashed: 5 %",
        ],
    ),
    "speed": (
        speed_chart,
        [
            "Ten million units take pilotzone as long as one million the next fastest",
            "median of five rounds, of three with ten million units; two cores",
        ],
    ),
    "size": (
        size_chart,
        [
            "True nulls are rejected as often as the level says",
            "grey: two Monte Carlo standard errors around the level",
        ],
    ),
    "errors": (
        error_chart,
        ["Wrong claims are rare while the assumptions hold, and not where they fail", "dashed: the level of 5 %"],
    ),
    "power": (
        power_chart,
        ["Years to fit on help more than donors", "true: a gain of two margins, no harm; level 5 %"],
    ),
}


NEEDS = {"whole": "whole", "errors": "labels", "power": "labels"}
"""Charts of simulations that may not have been run, by the file that they are made of."""
CHARTS = {name: chart for name, chart in CHARTS.items() if name not in NEEDS or _filled(NEEDS[name])}


def svg(name: str) -> str:
    """Return one chart as SVG."""
    import vl_convert

    make, (title, *under) = CHARTS[name]
    chart = make().properties(title={"text": title, "subtitle": under, "anchor": "start"})
    chart = chart.configure_view(stroke=None).configure(background="white", font="DejaVu Sans, sans-serif")
    text: str = vl_convert.vegalite_to_svg(chart.to_dict())
    return text + "\n"


def pages() -> dict[str, str]:
    """Return the pages with their tables as the CSV files have them."""
    found: dict[str, str] = {}
    for page, head, place, rows in TABLES:
        text = found.get(page) or (PAGES / page).read_text(encoding="utf-8")
        found[page] = with_table(text, head, place, rows())
    return found


def main(arguments: list[str]) -> None:
    """Renew what follows from an output, or from the CSV files."""
    if arguments:
        for name, rows in gathered(Path(arguments[0]).read_text(encoding="utf-8")).items():
            write(name, renewed(name, rows))
    for name, text in pages().items():
        (PAGES / name).write_text(text, encoding="utf-8")
    for name in CHARTS:
        (FOLDER / f"{name}.svg").write_text(svg(name), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
