"""Evidence on places: what its package declares is what its tables hold, and the figures are the published ones."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pilotzone.gather
from pilotzone.core import UsageError
from pilotzone.gather import layer_names, load_evidence, load_layer

FOLDER = Path(pilotzone.gather.__file__).parent / "bundled" / "places"
PACKAGE: dict[str, Any] = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("resource", PACKAGE["resources"], ids=lambda item: item["name"])
def test_tables_are_what_the_package_declares(resource: dict[str, Any]) -> None:
    content = (FOLDER / resource["path"]).read_bytes()
    layer = load_layer(resource["name"])
    assert f"sha256:{hashlib.sha256(content).hexdigest()}" == resource["hash"]
    assert len(content) == resource["bytes"]
    assert len(layer) == resource["rows"]
    assert layer.sources
    assert layer.title
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    assert set(layer.texts) | set(layer.numbers) == set(fields)
    for name, values in layer.numbers.items():
        assert not np.isinf(values).any()
        if fields[name].get("constraints", {}).get("required"):
            assert not np.isnan(values).any()
    if "region" in layer.texts:
        assert set(layer.texts["region"]) <= {region.code for region in load_evidence().regions}
    if key := resource["schema"].get("primaryKey"):
        rows = zip(*((layer.texts.get(name) or layer.numbers[name].tolist()) for name in key), strict=True)
        assert len(set(rows)) == len(layer)


def test_every_table_has_a_caveat() -> None:
    assert all(load_layer(name).caveats for name in layer_names())


def test_figures_as_published() -> None:
    quakes = load_layer("earthquakes")
    assert len(quakes) == 1406
    assert (quakes.texts["date"][0], quakes.texts["date"][-1]) == ("1965-01-12", "2016-12-20")
    plants = load_layer("plants")
    assert len(plants) == 3137
    assert int(np.isnan(plants.numbers["latitude_deg"]).sum()) == 11
    capitals = load_layer("capital_temperatures")
    guiyang = capitals.rows_where(city="Guiyang")
    assert len(guiyang) == 24
    assert len(set(capitals.texts["city"])) == 25
    factors = load_layer("grid_factors")
    guizhou = factors.rows_where(region="CN-GZ")
    assert factors.numbers["kg_co2_per_kwh"][guizhou].tolist() == [0.5182, 0.4989]
    assert set(factors.texts["region"]) == {region.code for region in load_evidence().regions_of("cn-province")} - {
        "CN-XZ"
    }
    stations = load_layer("stations")
    assert len(stations) == 229  # Hong Kong's is not a province's
    assert len(load_layer("station_maxima")) == 229 * 12
    sources = load_layer("power_sources")
    water = dict(zip(sources.texts["fuel"], sources.numbers["water_gal_per_mwh"].tolist(), strict=True))
    assert (water["coal"], water["hydro"], water["wind"]) == (687, 4491, 0)


def test_numbers_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        load_layer("earthquakes").numbers["magnitude"][0] = 9


def test_an_unknown_table() -> None:
    with pytest.raises(UsageError, match="Did you mean 'earthquakes'"):
        load_layer("earthquake")
