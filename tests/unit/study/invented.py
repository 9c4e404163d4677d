"""A study of an invented zone on invented figures, for tests of whole runs. Nothing in it is real."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PERIODS = range(2000, 2020)
START = 2014

STUDY = """\
format = 1
title = "{title}"
question = "Did the invented zone pay?"

[zone]
unit = "{zone}"
start = 2014

[data]
source = "file"
file = "figures.csv"
unit = "place"
period = "year"
citation = "Synthetic figures, made by a generator"

[data.units]
output = "1e6 CNY"
people = "person"
smoke = "kt"

[data.labels]
smoke = "{smoke_label}"

[derive]
log_output = "log(output / people)"
log_smoke = "log(smoke / people)"

[[outcomes]]
name = "log_output"
label = "Output per head"
role = "development"
good = "up"
scale = "log"
margin = 5
why_margin = "invented"

[[outcomes]]
name = "log_smoke"
label = "Smoke per head"
role = "environment"
good = "down"
scale = "log"
margin = 10

[window]
verdict = [2014, 2019]
"""


@dataclass(frozen=True)
class Figures:
    """What the invented figures are like.

    Attributes
    ----------
    count
        Number of places; the zone is the first of them.
    gain
        What the zone adds to the logarithm of output from its start on.
    seed
        Of the generator.
    """

    count: int = 24
    gain: float = 0.3
    seed: int = 20160225

    @property
    def places(self) -> list[str]:
        return [f"Place {chr(ord('A') + k)}" for k in range(self.count)]

    def rows(self) -> list[tuple[str, int, float, float, float]]:
        """Return (place, year, output, people, smoke), rounded as a yearbook would."""
        generator = np.random.default_rng(self.seed)
        years = np.arange(len(PERIODS))
        factor = np.cumsum(generator.normal(0.05, 0.02, len(PERIODS)))
        rows: list[tuple[str, int, float, float, float]] = []
        for k, place in enumerate(self.places):
            load, level = generator.uniform(0.7, 1.3), generator.normal(10.0, 0.3)
            if k == 0:  # amid the others, so that a synthetic zone can be made of them
                load, level = 1.0, 10.0
            effect = self.gain * (np.array(PERIODS) >= START) if k == 0 else np.zeros(len(PERIODS))
            output = level + load * factor + generator.normal(0, 0.01, len(PERIODS)) + effect
            smoke = 3.0 + generator.normal(0, 0.3) + 0.5 * load * factor + generator.normal(0, 0.01, len(PERIODS))
            people = 3e6 * (1 + k / 10) * 1.005**years
            rows += [
                (place, period, round(float(np.exp(output[t])), 3), round(float(people[t])), float(np.exp(smoke[t])))
                for t, period in enumerate(PERIODS)
            ]
        return rows


def write_figures(folder: Path, figures: Figures | None = None, *, names: dict[str, str] | None = None) -> Path:
    """Write ``figures.csv``; `names` renames places."""
    path = folder / "figures.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("place", "year", "output", "people", "smoke"))
        for place, *rest in (figures or Figures()).rows():
            writer.writerow(((names or {}).get(place, place), *rest))
    return path


def write_study(folder: Path, *, name: str = "invented", figures: Figures | None = None, **words: str) -> Path:
    """Write the figures and a study file; `words` replace its title, zone and a label."""
    write_figures(folder, figures)
    path = folder / f"{name}.toml"
    given = {"title": "Synthetic test data: an invented zone", "zone": "Place A", "smoke_label": "Smoke"} | words
    path.write_text(STUDY.format(**given), encoding="utf-8")
    return path


def write_wide(folder: Path) -> Path:
    """Write ``wide.csv``: output alone, with a row for each place and a column for each year."""
    figures, path = Figures(), folder / "wide.csv"
    by_place: dict[str, list[float]] = {}
    for place, _, output, _, _ in figures.rows():
        by_place.setdefault(place, []).append(output)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["place", *PERIODS])
        writer.writerows([place, *values] for place, values in by_place.items())
    return path
