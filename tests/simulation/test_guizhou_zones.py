"""The bundled design with fake zones, on figures drawn at random in place of the real ones."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from pilotzone.core import Statistic
from pilotzone.study import load
from tests.simulation.guizhou_zones import context_of, fake_studies, gains

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_every_unit_of_the_design_is_the_zone_once(effect: float) -> None:
    """Without an effect one in 21 is first by each statistic, whatever the figures; a large one is always found."""
    context = context_of(load("guizhou", kind="zone"))
    rng = np.random.default_rng(3)
    walks = {
        name: np.where(np.isnan(matrix), np.nan, np.cumsum(rng.normal(0, 0.01, matrix.shape), axis=1))
        for name, matrix in context.panel.values.items()
    }
    found = fake_studies(replace(context, panel=replace(context.panel, values=walks)), effect)
    assert len({item.unit for item in found}) == len(found) == 21
    for statistic in get_args(Statistic):
        shown = sum(gains(item.effects, statistic).holds(0.0) for item in found)
        assert shown == (21 if effect else 1), statistic
