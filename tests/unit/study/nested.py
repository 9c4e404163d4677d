"""A ranking whose criterion a transfer predicts, whose effects a panel hands over: three files in three folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pilotzone.transfer import ZoneEffects

COHORTS = tuple(range(2012, 2018))
INCOMES = {start: 1.0 + k for k, start in enumerate((2014, 2012, 2017, 2013, 2016, 2015))}
"""What moderates effects, by cohort."""

PANEL = """\
format = 1
title = "Firms"
[panel]
file = "firms.csv"
unit = "firm"
time = "year"
cohort = "since"
[[outcomes]]
name = "jobs"
good = "up"
scale = "level"
"""
HEAD = """\
title = "Elsewhere"
{beside}[transfer]
treatment = "a data zone"
horizon = "all years after"
source = "{source}"
[[outcomes]]
name = "{outcome}"
good = "up"
scale = "{scale}"
"""
INCOME = """\
[[moderator]]
name = "income"
unit = "CNY"
declared = "before"
"""
CANDIDATES = """\
[[candidate]]
name = "Here"
moderators = { income = 2.0 }
[[candidate]]
name = "There"
moderators = { income = 3.5 }
[[candidate]]
name = "Elsewhere"
moderators = { income = 5.0 }
"""
TRANSFER = (
    HEAD.format(beside='[beside]\npanel = "figures/panel.toml"\n', source="panel", outcome="jobs", scale="level")
    + INCOME
    + "".join(f"[[cohort]]\nstart = {start}\nmoderators = {{ income = {INCOMES[start]} }}\n" for start in COHORTS)
    + CANDIDATES
)
SITING = """\
title = "Where it would gain most"
draws = 2000
batches = 20
alternatives = {}
[beside]
transfer = "far/elsewhere.toml"
[[place]]
name = "Here"
[[place]]
name = "There"
[[place]]
name = "Elsewhere"
[[criterion]]
name = "gain"
transfer = "jobs"
"""


def write_firms(path: Path, seed: int = 4) -> None:
    """Write a panel of firms: six cohorts, whose effects differ, and firms that are never treated."""
    generator = np.random.default_rng(seed)
    lines, firm = ["firm,year,since,jobs"], 0
    for since, count in (*((start, 10) for start in COHORTS), (0, 30)):
        for _ in range(count):
            base = generator.normal(50, 5)
            for year in range(2010, 2020):
                gain = 1.0 + 0.5 * INCOMES[since] if since and year >= since else 0.0
                lines.append(f"{firm},{year},{since or ''},{base + year - 2010 + generator.normal() + gain:.6f}")
            firm += 1
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_nested(home: Path, siting: str = SITING, transfer: str = TRANSFER, panel: str = PANEL) -> Path:
    """Write ranking, transfer, panel and its table, each in its own folder; return the ranking's file."""
    figures = home / "far" / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    write_firms(figures / "firms.csv")
    (figures / "panel.toml").write_text(panel, encoding="utf-8")
    (home / "far" / "elsewhere.toml").write_text(transfer, encoding="utf-8")
    path = home / "mine.toml"
    path.write_text(siting, encoding="utf-8")
    return path


def by_hand(effects: ZoneEffects, told: dict[str, str]) -> str:
    """Return effects as entries of a transfer file, with their covariances to the last digit.

    Parameters
    ----------
    effects
        On one outcome.
    told
        Zone to further lines of its entry.
    """
    text = ""
    for item in effects.effects:
        head = f'[[effect]]\nzone = "{item.zone}"\neffect = {item.estimate!r}\nse = {item.se!r}\nsource = "by hand"\n'
        text += head + told[item.zone]
    for i, one in enumerate(effects.zones):
        for j, other in list(enumerate(effects.zones))[i + 1 :]:
            value = float(effects.matrix[i, j])
            text += f'[[covariance]]\nbetween = ["{one}", "{other}"]\nvalue = {value!r}\n'
    return text
