"""The door for evidence: the bundled package, a user's own tables, derived series, shapes of regions.

What comes in is checked for its form and never changed: missing stays missing, and what cannot be read as it stands
is an error that names rows and columns.
"""

from pilotzone.gather.assumptions import parse_assumptions, read_assumptions
from pilotzone.gather.campus import HourlyWeather, campus_names, hourly_weather, load_campus
from pilotzone.gather.campus_records import (
    CapitalFormation,
    DataCentreFact,
    ElectricityForecast,
    HydroDam,
    capital_formation,
    data_centre_facts,
    electricity_forecasts,
    hydro_dams,
)
from pilotzone.gather.catalogue import Evidence
from pilotzone.gather.derive import derive
from pilotzone.gather.describe import EvidenceOverview, SeriesDescription, describe_evidence, describe_series
from pilotzone.gather.describe_tables import TableDescription, describe_table, table_titles
from pilotzone.gather.door import Words, read_panel
from pilotzone.gather.evidence import evidence_panel, load_evidence
from pilotzone.gather.expression import parse_expression
from pilotzone.gather.forms import TableForm
from pilotzone.gather.groups import group_means, others_of_group
from pilotzone.gather.guessing import ColumnLook, ColumnRole, Purpose
from pilotzone.gather.incomeshares import SharesRead
from pilotzone.gather.inside import points_inside, regions_at
from pilotzone.gather.io_tables import IoTable, io_regions, io_table
from pilotzone.gather.layers import Layer, layer_names, load_layer
from pilotzone.gather.layout import TableLayout
from pilotzone.gather.looking import WIDE, CellFinding, TableLook, look_at
from pilotzone.gather.matching import MatchedShapes, match_shapes
from pilotzone.gather.modelled import MODELLED, modelled_caveat
from pilotzone.gather.opening import open_any_panel
from pilotzone.gather.policies import policy_licences
from pilotzone.gather.policy import Confidence, Instrument, Policy
from pilotzone.gather.positions import Positions, load_positions
from pilotzone.gather.records import (
    Collection,
    Coverage,
    Event,
    EvidenceBreak,
    EvidenceCaveat,
    EvidenceSeries,
    Geography,
    Programme,
    Region,
    Zone,
)
from pilotzone.gather.rows_of_places import place_rows
from pilotzone.gather.shapes import Shapes, load_shapes, shapes_holding
from pilotzone.gather.sky import SKY_COLUMNS, Sky, Stamps, read_sky
from pilotzone.gather.tablecolumns import table_columns
from pilotzone.gather.treatment import RegionTreatment, Treatment, assign_treatment
from pilotzone.gather.treatment_rule import InForceAfterJuly, OtherInstruments, Reach, TreatmentRule, YearOnly
from pilotzone.gather.weather import Climate, WeatherFormat, read_weather

__all__ = [
    "MODELLED",
    "SKY_COLUMNS",
    "WIDE",
    "CapitalFormation",
    "CellFinding",
    "Climate",
    "Collection",
    "ColumnLook",
    "ColumnRole",
    "Confidence",
    "Coverage",
    "DataCentreFact",
    "ElectricityForecast",
    "Event",
    "Evidence",
    "EvidenceBreak",
    "EvidenceCaveat",
    "EvidenceOverview",
    "EvidenceSeries",
    "Geography",
    "HourlyWeather",
    "HydroDam",
    "InForceAfterJuly",
    "Instrument",
    "IoTable",
    "Layer",
    "MatchedShapes",
    "OtherInstruments",
    "Policy",
    "Positions",
    "Programme",
    "Purpose",
    "Reach",
    "Region",
    "RegionTreatment",
    "SeriesDescription",
    "Shapes",
    "SharesRead",
    "Sky",
    "Stamps",
    "TableDescription",
    "TableForm",
    "TableLayout",
    "TableLook",
    "Treatment",
    "TreatmentRule",
    "WeatherFormat",
    "Words",
    "YearOnly",
    "Zone",
    "assign_treatment",
    "campus_names",
    "capital_formation",
    "data_centre_facts",
    "derive",
    "describe_evidence",
    "describe_series",
    "describe_table",
    "electricity_forecasts",
    "evidence_panel",
    "group_means",
    "hourly_weather",
    "hydro_dams",
    "io_regions",
    "io_table",
    "layer_names",
    "load_campus",
    "load_evidence",
    "load_layer",
    "load_positions",
    "load_shapes",
    "look_at",
    "match_shapes",
    "modelled_caveat",
    "open_any_panel",
    "others_of_group",
    "parse_assumptions",
    "parse_expression",
    "place_rows",
    "points_inside",
    "policy_licences",
    "read_assumptions",
    "read_panel",
    "read_sky",
    "read_weather",
    "regions_at",
    "shapes_holding",
    "table_columns",
    "table_titles",
]
