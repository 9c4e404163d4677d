"""The figure of docs/explanation/city-editions.md follows from the bundled evidence, and the page tells its numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

import city_editions as editions
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
