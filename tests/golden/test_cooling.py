"""PUE at one hour beside the figures that Lei and Masanet's program gives for its own example parameters."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.gather import load_layer
from pilotzone.site.airside import airside
from pilotzone.site.cooling import Weather, seawater, waterside
from pilotzone.site.parameters import Airside, CoolingSystem, Seawater, Waterside, example_of

# At 20 degC, 40 % relative humidity, 101,325 Pa; the sea at 20 degC.
PUBLISHED = {"airside": 1.0746922970, "waterside": 1.0887168185, "seawater": 1.1140761465}
TOWER = {"cycles_of_concentration": 4.0, "drift_share": 0.0002}


def example(system: CoolingSystem) -> Airside | Waterside | Seawater:
    layer = load_layer("cooling_parameters")
    rows = layer.rows_where(system=system)
    published = {layer.texts["parameter"][k]: float(layer.numbers["value"][k]) for k in rows}
    return example_of(system, published, **({} if system == "seawater" else TOWER))


@pytest.mark.parametrize("system", PUBLISHED)
def test_the_published_points(system: CoolingSystem) -> None:
    hall = example(system)
    outdoor = Weather(np.array(20.0), np.array(0.4), np.array(101_325.0))
    if isinstance(hall, Seawater):
        found = seawater(hall, 20.0)
    else:
        found = airside(hall, outdoor) if isinstance(hall, Airside) else waterside(hall, outdoor)
    assert abs(float(found.pue) - PUBLISHED[system]) < 1e-9
    assert found.hours()["free"] == 1
