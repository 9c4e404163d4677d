"""What 50 states can see, again from placebo assignments, beside the figures that the study file states."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pilotzone.study import load
from tests.docs.pages import told_on
from tests.simulation.detectable_states import POWERED, detectable, placebo_effects, specs

pytestmark = pytest.mark.simulation

STATED = {
    ("main", "log_gdp_per_head"): 3.1, ("main", "log_co2_per_head"): 4.8,
    ("all years", "log_gdp_per_head"): 2.6, ("all years", "log_co2_per_head"): 4.1,
    ("secondary", "log_jobs_per_head"): 1.3, ("secondary", "log_information_per_head"): 12,
    ("secondary", "log_data_processing_per_head"): 27, ("secondary", "log_commercial_power_per_head"): 3.2,
    ("secondary", "log_residential_price"): 7.9, ("secondary", "us_poverty_rate_percent"): 1.5,
    ("secondary", "us_pm25_popweighted_2010_ug_m3"): 0.56, ("secondary", "log_power_co2_per_head"): 19,
    ("secondary", "log_power_so2_per_head"): 50, ("secondary", "log_power_nox_per_head"): 35,
}  # fmt: skip


def test_the_figures_are_those_of_the_study_file_and_the_page() -> None:
    (item,) = (each for each in load("us-data-centres").spec.assumptions if "50 states can see" in each.what)
    numbers = [float(text) for text in re.findall(r"(?<![A-Za-z0-9])\d+(?:\.\d+)?(?= (?:%|points|ug))", item.value)]
    assert numbers == list(STATED.values())
    main = STATED["main", "log_gdp_per_head"], STATED["all years", "log_gdp_per_head"]
    told_on(
        "us-data-centres.md",
        f"Effects below {main[0]} % would mostly be missed (80 % power).",
        f"With all cohorts and years, an effect of {main[1]} % on GDP per head. "
        f"For CO2 the detectable effect is {STATED['main', 'log_co2_per_head']} %",
    )


@pytest.mark.parametrize("key", list(STATED), ids=" ".join)
def test_they_come_again_from_placebo_assignments(key: tuple[str, str]) -> None:
    """By 2,000 assignments, whose standard deviation is known to 1.6 percent: three of these, and half a digit."""
    found = detectable(specs()[key], key[1], draws=2_000)
    stated = STATED[key]
    digits = f"{stated:g}".partition(".")[2]
    assert found == pytest.approx(stated, abs=0.048 * stated + 0.5 * 10.0 ** -len(digits))


def test_placebo_effects_are_centred() -> None:
    """Each state is treated in some of them; the power is that of the formula."""
    values = placebo_effects(specs()["main", "log_gdp_per_head"], "log_gdp_per_head", 2_000)
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(2_000)
    assert pytest.approx(2.4865, abs=1e-4) == POWERED
