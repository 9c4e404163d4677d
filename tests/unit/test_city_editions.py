"""The figure of docs/explanation/city-editions.md follows from the bundled evidence, and the page tells its numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

import city_editions as editions
from pilotzone.gather import evidence_panel, load_evidence
from simulation_figures import FOLDER, PAGES

PAGE = (PAGES / "city-editions.md").read_text(encoding="utf-8")


def test_files_are_those_of_the_evidence() -> None:
    assert (FOLDER / "city_editions.csv").read_text(encoding="utf-8") == editions.text()
    assert (FOLDER / "city_editions.svg").read_text(encoding="utf-8") == editions.svg()


@pytest.mark.parametrize("kind", editions.SERIES)
@pytest.mark.parametrize("sample", editions.SAMPLES)
def test_the_coefficient_is_that_of_a_regression_with_effects_of_city_and_year(kind: str, sample: str) -> None:
    """By least squares on dummies of cities and years; the page tells coefficient, standard error and t."""
    figures, province, zone = editions.panel()
    part = ~np.isin(province, editions.SAMPLES[sample])
    years = (*editions.BEFORE, *editions.AFTER)
    y = figures[kind][part][:, [editions.YEARS.index(year) for year in years]]
    treated = np.outer(zone[part], [year >= 2016 for year in years]).astype(float)
    n, t = y.shape
    dummies = [np.kron(np.eye(n), np.ones((t, 1))), np.kron(np.ones((n, 1)), np.eye(t))[:, 1:]]
    found = np.linalg.lstsq(np.hstack([treated.reshape(-1, 1), *dummies]), y.ravel(), rcond=None)[0][0]
    estimate, error = editions.coefficient(kind, sample)
    assert estimate == pytest.approx(found, abs=1e-10)
    cells = f"{100 * estimate:+.1f} ({100 * error:.1f})".replace("-", "\u2212")
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {sample} |"))
    assert cells in row


@pytest.mark.parametrize(("province", "name"), [("CN-LN", "Liaoning"), ("CN-JL", "Jilin"), ("CN-SD", "Shandong")])
def test_sums_of_cities_are_those_on_the_page(province: str, name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} |"))
    told = [float(cell) for cell in re.findall(r"\d\.\d\d", row)]
    assert told == [round(found, 2) for found in editions.sums(province, tuple(range(2014, 2020)))]


FIRST = {"CN-210100": (7272.31, 5546.4), "CN-210200": (7731.64, 6810.2), "CN-210400": (1216.48, 865.1)}
"""GDP of Shenyang, Dalian and Fushun in 2015 and 2016 as first published, 100 million CNY; source on the page."""
PROVINCE = (28669.02, 22246.9)
"""The same of Liaoning."""


def test_first_figures_of_three_cities_make_the_sums_on_record() -> None:
    evidence = load_evidence()
    cities = [region.code for region in evidence.regions if region.parent == "CN-LN"]
    read = evidence_panel(["city_gdp_nominal_cny"], regions=cities, periods=(2015, 2016))
    bundled = read.matrix("city_gdp_nominal_cny") / 1e8
    newest = (
        evidence_panel(["gdp_nominal_cny"], regions=["CN-LN"], periods=(2015, 2016)).matrix("gdp_nominal_cny") / 1e8
    )
    others = bundled[[city not in FIRST for city in read.units]].sum(axis=0)
    assert len(cities) == 11 + len(FIRST)
    sums = others + np.array([*FIRST.values()]).sum(axis=0)
    told = {
        f"{sums[0] / newest[0, 0]:.2f} in 2015 and {sums[1] / newest[0, 1]:.2f} in 2016",
        f"{sums[0] / PROVINCE[0]:.2f} and {sums[1] / PROVINCE[1]:.2f}",
        f"fall by {100 - 100 * sums[1] / sums[0]:.0f} % in one",
        f"instead of {100 - 100 * bundled[:, 1].sum() / bundled[:, 0].sum():.0f} %",
        *(f"{value:,.0f}" for pair in [*FIRST.values(), PROVINCE] for value in pair),
    }
    page = " ".join(PAGE.split())
    assert {text for text in told if text not in page} == set()
