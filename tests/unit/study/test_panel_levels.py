"""Panels of the bundled evidence whose outcome is an index: what the study is about, before anything is estimated."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.core import StudyError
from pilotzone.study import parse
from pilotzone.study.panel.material import PanelMaterial, panel_material

STUDY = """\
format = 1
title = "Prices"

[panel]
source = "bundled"
series = ["retail_price_index", "gdp_nominal_cny"]
periods = [2006, 2019]

[derive]
outcome = "{}"
prices = "exp(chain(retail_price_index, 2010))"

[treatment]
programme = "china-big-data-zones"

[[outcomes]]
name = "outcome"
label = "Prices"
"""


def material(formula: str, more: str = "") -> PanelMaterial:
    text = STUDY.format(formula).replace("periods =", f"{more}\nperiods =")
    return panel_material(parse(text, "prices").spec)


def test_a_chained_index_is_an_outcome_in_percent_and_its_level_is_said_to_be_arbitrary() -> None:
    found = material("chain(retail_price_index, 2010)")
    (outcome,) = found.outcomes
    assert (outcome.scale, outcome.unit) == ("log", "log(index)")
    (remark,) = found.remarks
    told = "Prices: levels are arbitrary (derived as chain(retail_price_index, 2010))."
    assert remark == ("Level of Prices", "arbitrary", f"{told} Only changes are compared, in percent.")
    again = material("chain(retail_price_index, 2000)")
    moved = again.panel.matrix("outcome") - found.panel.matrix("outcome")
    assert float(np.nanmax(np.ptp(moved, axis=1))) < 1e-13  # 2000 is before the panel, and is a base all the same


def test_money_at_prices_of_a_year_has_a_level() -> None:
    found = material("log(deflate(gdp_nominal_cny, retail_price_index, 2010))")
    assert found.outcomes[0].unit == "log(CNY2010)"
    assert found.remarks == ()


def test_effects_in_the_unit_of_an_arbitrary_level_are_refused() -> None:
    with pytest.raises(StudyError, match="'outcome' has scale 'level', but its level is arbitrary"):
        material("exp(chain(retail_price_index, 2010))")


@pytest.mark.parametrize("key", ['covariates = ["prices"]', 'weight = "prices"'])
def test_an_arbitrary_level_is_no_covariate_and_no_weight(key: str) -> None:
    with pytest.raises(StudyError, match="names 'prices', whose level is arbitrary"):
        material("chain(retail_price_index, 2010)", key)
