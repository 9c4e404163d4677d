"""Small tables of people, regions and shares, and studies of who gains on them: invented figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

__all__ = [
    "PEOPLE",
    "REGIONS",
    "SHARES",
    "SHARES_OF_REGIONS",
    "WIDE_SHARES",
    "write_fifths",
    "write_people",
    "write_regions",
    "write_shares",
    "write_wide_fifths",
]

PEOPLE = """\
title = "Counties"
[inclusion]
data = "people.csv"
source = "An invented survey."
income = "income"
unit = "CNY"
weights = "weight"
period = "year"
cluster = "county"
group = "kind"
zone = "zone"
start = 2016
[inequality]
line = 800.0
line_source = "invented"
by_group = true
decompose = "theil_t"
[[inequality.index]]
name = "gini"
role = "inclusion"
margin = 0.05
[[inequality.index]]
name = "mean"
scale = "log"
[quantiles]
draws = 60
[convergence]
"""
REGIONS = """\
title = "Regions"
notes = ["Prices differ."]
[inclusion]
data = "regions.csv"
source = "Invented figures"
of = "regions"
income = "income"
population = "people"
region = "region"
period = "year"
unit = "CNY"
zone = "zone"
start = 2016
[inequality]
[[inequality.index]]
name = "theil_t"
[groups]
by = "remote"
along = "km"
role = "inclusion"
margin = "3%"
[convergence]
"""
SHARES = """\
title = "Shares"
[inclusion]
data = "shares.csv"
source = "Invented shares"
of = "shares"
income = "share"
population = "people"
period = "year"
[inequality]
line = 0.5
line_source = "invented"
[[inequality.index]]
name = "gini"
[[inequality.index]]
name = "headcount"
[[inequality.index]]
name = "theil_t"
"""


SHARES_OF_REGIONS = (
    SHARES.replace("shares.csv", "fifths.csv")
    .replace('period = "year"', 'period = "year"\nregion = "region"\nzone = "zone"\nstart = 2016')
    .replace('name = "gini"\n', 'name = "gini"\nrole = "inclusion"\nmargin = 0.02\n')
)
"""Shares of fifths in regions, half of them in the zone."""
WIDE_SHARES = SHARES_OF_REGIONS.replace("fifths.csv", "wide.csv").replace(
    'income = "share"\npopulation = "people"', 'shares = ["q1", "q2", "q3", "q4", "q5"]'
)
"""The same with a column for each fifth."""


def write_people(folder: Path, *, discrete: bool = False) -> None:
    """Write 1,280 people in 16 counties, half of them in the zone, in four years."""
    rng = np.random.default_rng(7)
    rows = []
    for county in range(16):
        base = rng.normal(0, 0.15)
        for year in range(2014, 2018):
            for k in range(20):
                log = 7 + base + 0.3 * (k % 2) + 0.5 * rng.standard_normal() + 0.1 * (county < 8 and year > 2015)
                income = round(float(np.exp(log)), 2)
                income = 500.0 + 1000 * (income // 1000) if discrete else income
                kind = "urban" if k % 2 else "rural"
                rows.append(f"c{county},{year},{kind},{income},{1 + k % 3},{int(county < 8)},{2013 + k % 5}")
    head = "county,year,kind,income,weight,zone,odd\n"
    (folder / "people.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


def write_regions(folder: Path, far: str = "far") -> None:
    """Write 48 regions in eight years, half of them treated: an effect of 12 % where they are far, none elsewhere."""
    rng = np.random.default_rng(3)
    rows = []
    for k in range(48):
        base, own = 9 + rng.normal(0, 0.3), k % 4 < 2
        for year in range(2012, 2020):
            log = base + 0.05 * (year - 2012) + 0.02 * rng.standard_normal() + 0.12 * (k % 2 and own and year > 2015)
            name = far if own else "near"
            rows.append(f"r{k:02d},{year},{name},{50 + 10 * k},{float(np.exp(log)):.2f},{100 + k},{k % 2}")
    head = "region,year,remote,km,income,people,zone\n"
    (folder / "regions.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


def write_shares(folder: Path) -> None:
    """Write shares of income of fifths of the people in two years."""
    shares = {2010: (0.05, 0.10, 0.15, 0.22, 0.48), 2018: (0.04, 0.09, 0.15, 0.22, 0.50)}
    rows = [f"{year},{share},0.2" for year, own in shares.items() for share in own]
    (folder / "shares.csv").write_text("year,share,people\n" + "\n".join(rows) + "\n", encoding="utf-8")


def write_fifths(folder: Path) -> None:
    """Write shares of fifths in 14 regions and four years; those of the zone become more equal from 2016."""
    rng = np.random.default_rng(11)
    rows = []
    for k in range(14):
        own = rng.normal(0, 0.01)
        for year in range(2014, 2018):
            moved = own + rng.normal(0, 0.002) - 0.02 * (k < 7 and year > 2015)
            shares = np.array([0.06, 0.11, 0.16, 0.23, 0.44]) + moved * np.array([-0.3, -0.3, -0.2, -0.2, 1.0])
            rows += [f"r{k:02d},{year},{share!r},0.2,{int(k < 7)}" for share in shares.tolist()]
    head = "region,year,share,people,zone\n"
    (folder / "fifths.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")


def write_wide_fifths(folder: Path) -> None:
    """Write the table of `write_fifths` with a column for each fifth."""
    write_fifths(folder)
    _, *rows = (folder / "fifths.csv").read_text(encoding="utf-8").splitlines()
    cells = [row.split(",") for row in rows]
    wide = [
        ",".join([*cells[k][:2], cells[k][4], *(own[2] for own in cells[k : k + 5])]) for k in range(0, len(cells), 5)
    ]
    (folder / "wide.csv").write_text("region,year,zone,q1,q2,q3,q4,q5\n" + "\n".join(wide) + "\n", encoding="utf-8")
