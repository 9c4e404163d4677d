"""The bundled evidence as inputs of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotzone.gather import Layer, campus_names, layer_names, load_campus, load_evidence, load_layer, load_shapes
from pilotzone.study.runs.kind import Input

__all__ = ["campus_inputs", "places_inputs", "series_inputs"]


def series_inputs(series: Iterable[str] | None = None) -> list[Input]:
    """Return the tables of the evidence that these series stand in, or those of provinces if none are named."""
    evidence = load_evidence()
    files = evidence.collections["provinces"].files if series is None else evidence.files_of(series)
    return [Input("evidence", file, f"{file.parent.name}/{file.name}", own=False) for file in files]


def places_inputs() -> list[Input]:
    """Return the series by province, the layers of places and the shapes."""
    return [
        *series_inputs(),
        *_package_inputs("places", [load_layer(name) for name in layer_names()]),
        Input("shapes", load_shapes().file, own=False),
    ]


def campus_inputs(names: Iterable[str] | None = None) -> list[Input]:
    """Return these tables on campuses and their appraisal, or all of them if none are named."""
    return _package_inputs("campus", [load_campus(name) for name in (campus_names() if names is None else names)])


def _package_inputs(part: str, layers: Sequence[Layer]) -> list[Input]:
    """Return the tables of a package of evidence, its description before them."""
    files = [layer.file for layer in layers]
    return [Input(part, file, own=False) for file in (files[0].with_name("datapackage.json"), *files)]
