"""Turn what the studies of placebo statistics printed into CSV files and the tables of docs/explanation/strength.md.

``python tools/strength_figures.py OUTPUT...`` reads saved outputs of tests.simulation.fake_zones, fake_processes, gate
and placebo_size, or that of `make simulate`, and renews the CSV files in docs/explanation/figures; without OUTPUT these
are taken as they are. Tables follow from them alone, so that a test can make them anew.
"""

from __future__ import annotations

import csv
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from simulation_figures import FOLDER, PAGES, Row, with_table

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = "strength.md"
CHOSEN, ALLOWANCE = "(G - U) / (R + 2m)", "0.50"
"""The statistic of ADR 0030 and the multiple of D that is the default."""
GATE = "G and the old gate"
LEAST = ("0.00", "0.50", "0.75", "1.00")
"""Allowances in the first table."""
SCENARIOS = (
    "nothing",
    "half a margin",
    "one margin",
    "two margins",
    "late divergence",
    "old divergence",
    "level break",
    "dip before",
    "noisy zone",
    "chosen for rising",
    "chosen for growth",
    "chosen for a low",
)
_LONG, _FEW, _SHORT = 5, 20, 10
_SHAPE = ("panel", "units", "level", "before", "window")
COLUMNS = {
    "strength": (*_SHAPE, "statistic", "allowance", *SCENARIOS[:10]),
    "strength_processes": (*_SHAPE, "statistic", "allowance", *SCENARIOS[:9], *SCENARIOS[10:]),
    "strength_size": ("process", "level", "panels", "asked", "share"),
}
KEYS = {
    "strength": ("panel", "statistic", "allowance"),
    "strength_processes": ("panel", "statistic", "allowance"),
    "strength_size": ("process", "asked"),
}
_TITLE = re.compile(
    r"^(?P<panel>.+): (?P<units>\d+) units \(level (?P<level>[\d.]+)\), (?P<before>\d+) \+ (?P<window>\d+)"
)
_ROW = re.compile(r"^(?P<statistic>\S.*?) +(?P<allowance>\d\.\d\d) (?P<shares>[ \d.]+)$")


@cache
def read(name: str) -> list[Row]:
    """Return the rows of one CSV file; none where there is no such file yet."""
    path = FOLDER / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[Row]) -> None:
    """Write one CSV file."""
    with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS[name], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    read.cache_clear()


def gathered(text: str) -> dict[str, list[Row]]:
    """Return the rows that an output holds, by the file that they belong to."""
    found: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    shape: dict[str, str] = {}
    names: list[str] = []
    panels = ""
    for line in text.splitlines():
        if title := _TITLE.match(line):
            shape = title.groupdict()
        elif line.startswith(("mean over", "lowest over", "highest over", "==")):
            shape = {}
        elif line.startswith("statistic"):
            names = sorted((name for name in SCENARIOS if name in line), key=line.index)
        elif "panels a row, seed" in line:
            panels = line.split()[0]
        elif line.startswith("|") and panels and line.count("|") == len(COLUMNS["strength_size"]):
            process, level, asked, share = (cell.strip() for cell in line.strip("| ").split("|"))
            found["strength_size"].append(
                {"process": process, "level": level, "panels": panels, "asked": asked, "share": share}
            )
        elif shape and (row := _ROW.match(line)):
            told = dict(zip(names, row["shares"].split(), strict=True))
            name = "strength" if "chosen for rising" in told else "strength_processes"
            statistic, allowance = row["statistic"], row["allowance"]
            if allowance == "0.00" or statistic != "RMSPE after / before":
                found[name].append({**shape, "statistic": statistic, "allowance": allowance, **told})
    return {name: rows for name, rows in found.items() if rows}


def renewed(name: str, rows: list[Row]) -> list[Row]:
    """Return the rows of a CSV file with those that were run again in their place, and new ones at the end."""
    found = {tuple(row[key] for key in KEYS[name]): row for row in (*read(name), *rows)}
    return list(found.values())


# ------------------------------------------------------------------------------------------------ the tables


def mean(name: str, statistic: str, allowance: str, scenario: str) -> float:
    """Return the mean share over panels, which count alike."""
    shares = [
        float(row[scenario])
        for row in read(name)
        if (row["statistic"], row["allowance"]) == (statistic, allowance) and row[scenario]
    ]
    return sum(shares) / len(shares)


def _kinds() -> list[tuple[str, str, str]]:
    """Return statistic, allowance and words of each row of the tables of means."""
    return [
        ("G", "0.00", "plain rank of G"),
        ("G / R", "0.00", "G / R"),
        ("RMSPE after / before", "0.00", "RMSPE after / before"),
        *((CHOSEN, least, _allowed(CHOSEN, least)) for least in LEAST),
    ]


def _allowed(statistic: str, allowance: str) -> str:
    words = "any answer" if float(allowance) == 0 else f"b\\* of at least {float(allowance):g} D"
    return f"{statistic}, {words}" + (", the default" if allowance == ALLOWANCE else "")


def _means(name: str, kinds: list[tuple[str, str, str]]) -> list[str]:
    scenarios = [column for column in COLUMNS[name] if column in SCENARIOS]
    return [
        f"| {words} | "
        + " | ".join(f"{100 * mean(name, statistic, allowance, scenario):.1f}" for scenario in scenarios)
        + " |"
        for statistic, allowance, words in kinds
    ]


def real_table() -> list[str]:
    """Return the rows of the table of fake zones of real panels."""
    return _means("strength", [(GATE, "0.00", "old gate: rank of G, and six checks pass"), *_kinds()])


def process_table() -> list[str]:
    """Return the rows of the table of simulated panels."""
    return _means("strength_processes", _kinds())


def least_allowance(statistic: str) -> str | None:
    """Return the smallest allowance at which false gains at a late divergence are at most twice the level, on average.

    It is the second rule of ADR 0030.
    """
    rows = [row for row in read("strength") if row["statistic"] == statistic]
    twice = 2 * sum(float(row["level"]) for row in rows) / len(rows)
    for allowance in sorted({row["allowance"] for row in rows}):
        if mean("strength", statistic, allowance, "late divergence") <= twice:
            return allowance
    return None


def criterion_table() -> list[str]:
    """Return the rows of the table of candidates, each with the allowance that the second rule gives it."""
    found = []
    for statistic in dict.fromkeys(row["statistic"] for row in read("strength")):
        allowance = least_allowance(statistic)
        if allowance is None:
            found.append(f"| {statistic} | none is enough |  |  |  |  |")
            continue
        rows = [r for r in read("strength") if (r["statistic"], r["allowance"]) == (statistic, allowance)]
        worst = min(rows, key=lambda row: float(row["one margin"]))
        cells = [
            "none" if float(allowance) == 0 else f"{float(allowance):g} D",
            *(
                f"{100 * mean('strength', statistic, allowance, name):.1f}"
                for name in ("late divergence", "one margin")
            ),
            f"{100 * float(worst['one margin']):.1f}",
            worst["panel"],
        ]
        found.append(f"| {statistic} | {' | '.join(cells)} |")
    return found


def panel_table() -> list[str]:
    """Return the rows of the table of the chosen statistic, panel by panel."""
    chosen = [row for row in read("strength") if row["statistic"] == CHOSEN]
    found = []
    for row in (row for row in chosen if row["allowance"] == "0.00"):
        (other,) = (item for item in chosen if (item["panel"], item["allowance"]) == (row["panel"], ALLOWANCE))
        shares = [
            f"{100 * float(item[scenario]):.1f}"
            for scenario in ("nothing", "one margin", "late divergence")
            for item in (row, other)
        ]
        size = f"{row['units']} | {100 * float(row['level']):.1f} | {row['before']} + {row['window']}"
        found.append(f"| {row['panel']} | {size} | {' | '.join(shares)} |")
    return found


def fooled_table() -> list[str]:
    """Return the rows of the table of what is still mistaken for a gain, by panels and scenario."""
    kinds: tuple[tuple[str, Callable[[Row], bool]], ...] = (
        ("all", lambda _: True),
        (f"windows of more than {_LONG} periods", lambda row: int(row["window"]) > _LONG),
        (f"fewer than {_FEW} units", lambda row: int(row["units"]) < _FEW),
        (f"at most {_SHORT} periods before", lambda row: int(row["before"]) <= _SHORT),
    )
    found = []
    for words, kept in kinds:
        rows = [row for row in read("strength") if row["statistic"] == CHOSEN and kept(row)]
        cells = []
        for scenario in ("late divergence", "old divergence", "level break", "dip before", "noisy zone"):
            for allowance in ("0.00", ALLOWANCE):
                shares = [float(row[scenario]) for row in rows if row["allowance"] == allowance]
                cells.append(f"{100 * sum(shares) / len(shares):.1f}")
        pairs = [f"{one} / {other}" for one, other in zip(cells[::2], cells[1::2], strict=True)]
        count = len({row["panel"] for row in rows})
        found.append(f"| {words} | {count} | {' | '.join(pairs)} |")
    return found


def size_table() -> list[str]:
    """Return the rows of the table of size: a statistic of a process, and what the zone drifts by."""
    shares = {(row["process"], row["asked"]): float(row["share"]) for row in read("strength_size")}
    found = []
    for row in read("strength_size"):
        statistic, _, asked = row["asked"].partition(", ")
        if asked != "nothing":
            continue
        process = row["process"]
        cells = [shares[process, f"{statistic}, {name}"] for name in ("nothing", *_drifts(""), *_drifts(" allowed"))]
        found.append(
            f"| {process} | {statistic} | {int(row['panels']):,} | {100 * float(row['level']):.1f} | "
            + " | ".join(f"{100 * cell:.1f}" for cell in cells)
            + " |"
        )
    return found


def _drifts(suffix: str) -> list[str]:
    return [f"{name}{suffix}" for name in ("D", "2 D", "one margin")]


def raised_table() -> list[str]:
    """Return the rows of the table of what a larger constant does in place of an allowance."""
    shares = {(row["process"], row["asked"]): float(row["share"]) for row in read("strength_size")}
    return [
        f"| {process} | "
        + " | ".join(
            f"{100 * shares[process, f'M = {times}, drift {name}']:.1f}" for times, name in (("1", "D"), ("2", "2 D"))
        )
        + " |"
        for process in dict.fromkeys(row["process"] for row in read("strength_size"))
    ]


TABLES = (
    ("| real panels |", real_table),
    ("| candidate |", criterion_table),
    ("| panel |", panel_table),
    ("| panels | number |", fooled_table),
    ("| simulated panels |", process_table),
    ("| process | statistic |", size_table),
    ("| process | M = 1", raised_table),
)
"""How the head of each table begins, and its rows."""


def page() -> str:
    """Return the page with its tables as the CSV files have them."""
    text = (PAGES / PAGE).read_text(encoding="utf-8")
    for head, rows in TABLES:
        text = with_table(text, head, 1, rows())
    return text


def main(arguments: list[str]) -> None:
    """Renew what follows from outputs, or from the CSV files."""
    for path in arguments:
        for name, rows in gathered(Path(path).read_text(encoding="utf-8")).items():
            write(name, renewed(name, rows))
    (PAGES / PAGE).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
