"""Figures of docs/explanation/strength.md: the tables are those of the CSV files, and the choice follows from them."""

from __future__ import annotations

import simulation_figures
import strength_figures as figures

OUTPUT = """== fake_zones

OECD: 16 units (level 0.062), 14 + 5 periods
statistic               b*/D         nothing   half a margin      one margin     two margins late divergence  old divergence     level break      dip before      noisy zone chosen for rising
(G - D) / (R + 2m)      0.50           0.000           0.100           0.200           0.300           0.400           0.500           0.600           0.700           0.800             0.900
RMSPE after / before    0.50           0.000           0.000           0.000           0.000           0.000           0.000           0.000           0.000           0.000             0.000

mean over panels
statistic               b*/D         nothing   half a margin      one margin     two margins late divergence  old divergence     level break      dip before      noisy zone chosen for rising
(G - D) / (R + 2m)      0.50           0.000           0.100           0.200           0.300           0.400           0.500           0.600           0.700           0.800             0.900
== placebo_size
5000 panels a row, seed 20161
| 50 units | 0.040 | G, 2 D allowed | 0.0412 |
"""  # noqa: E501 - as it is printed


def test_tables_on_the_page_are_those_of_the_files() -> None:
    assert (simulation_figures.PAGES / figures.PAGE).read_text(encoding="utf-8") == figures.page()
    assert [len(rows()) for _, rows in figures.TABLES][:5] == [8, 8, 13, 4, 7]


def test_the_chosen_statistic_has_most_power_of_those_that_keep_to_the_criterion() -> None:
    """ADR 0030: the least allowance by false gains at a late divergence, then power at one margin."""
    power = {
        statistic: figures.mean("strength", statistic, allowance, "one margin")
        for statistic in dict.fromkeys(row["statistic"] for row in figures.read("strength"))
        if (allowance := figures.least_allowance(statistic)) is not None
    }
    assert max(power, key=lambda statistic: power[statistic]) == figures.CHOSEN
    assert figures.least_allowance(figures.CHOSEN) == figures.ALLOWANCE


def test_an_output_is_read() -> None:
    found = figures.gathered(OUTPUT)
    (row,) = found["strength"]
    assert (row["panel"], row["units"], row["level"], row["before"], row["window"]) == (
        "OECD",
        "16",
        "0.062",
        "14",
        "5",
    )
    assert (row["statistic"], row["allowance"], row["one margin"]) == ("(G - D) / (R + 2m)", "0.50", "0.200")
    assert row["chosen for rising"] == "0.900"
    assert found["strength_size"] == [
        {"process": "50 units", "level": "0.040", "panels": "5000", "asked": "G, 2 D allowed", "share": "0.0412"}
    ]


def test_an_allowance_takes_findings_away_and_adds_none() -> None:
    for name in ("strength", "strength_processes"):
        rows = figures.read(name)
        for row in rows:
            with_more = [
                other
                for other in rows
                if (other["panel"], other["statistic"]) == (row["panel"], row["statistic"])
                and other["allowance"] > row["allowance"]
            ]
            for scenario in figures.COLUMNS[name][7:]:
                assert all(float(other[scenario]) <= float(row[scenario]) for other in with_more)
