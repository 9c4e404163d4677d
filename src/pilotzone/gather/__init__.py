"""The door for evidence: the bundled package, a user's own tables, derived series, province shapes.

What comes in is checked for its form and never changed: missing stays missing, and what cannot be read as it stands
is an error that names rows and columns.
"""

from pilotzone.gather.assumptions import parse_assumptions, read_assumptions
from pilotzone.gather.catalogue import (
    Coverage,
    Event,
    Evidence,
    EvidenceCaveat,
    EvidenceSeries,
    Programme,
    Region,
    Zone,
)
from pilotzone.gather.derive import derive
from pilotzone.gather.describe import EvidenceOverview, SeriesDescription, describe_evidence, describe_series
from pilotzone.gather.door import TableForm, Words, read_panel
from pilotzone.gather.evidence import evidence_panel, load_evidence
from pilotzone.gather.layers import Layer, layer_names, load_layer
from pilotzone.gather.layout import Layout
from pilotzone.gather.shapes import Shapes, load_shapes, points_inside, regions_at
from pilotzone.gather.weather import Climate, WeatherFormat, read_weather

__all__ = [
    "Climate",
    "Coverage",
    "Event",
    "Evidence",
    "EvidenceCaveat",
    "EvidenceOverview",
    "EvidenceSeries",
    "Layer",
    "Layout",
    "Programme",
    "Region",
    "SeriesDescription",
    "Shapes",
    "TableForm",
    "WeatherFormat",
    "Words",
    "Zone",
    "derive",
    "describe_evidence",
    "describe_series",
    "evidence_panel",
    "layer_names",
    "load_evidence",
    "load_layer",
    "load_shapes",
    "parse_assumptions",
    "points_inside",
    "read_assumptions",
    "read_panel",
    "read_weather",
    "regions_at",
]
