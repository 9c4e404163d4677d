"""The bundled evidence as inputs of runs."""

from __future__ import annotations

from collections.abc import Iterable

from pilotzone.gather import layer_names, load_evidence, load_layer, load_shapes
from pilotzone.study.runs.kind import Input

__all__ = ["places_inputs", "series_inputs"]


def series_inputs(series: Iterable[str] | None = None) -> list[Input]:
    """Return the tables of the evidence that these series stand in, or those of provinces if none are named."""
    evidence = load_evidence()
    files = evidence.collections["provinces"].files if series is None else evidence.files_of(series)
    return [Input("evidence", file, f"{file.parent.name}/{file.name}", own=False) for file in files]


def places_inputs() -> list[Input]:
    """Return the series by province, the layers of places and the shapes."""
    layers = [load_layer(name).file for name in layer_names()]
    places = (layers[0].with_name("datapackage.json"), *layers)
    return [
        *series_inputs(),
        *(Input("places", file, own=False) for file in places),
        Input("shapes", load_shapes().file, own=False),
    ]
