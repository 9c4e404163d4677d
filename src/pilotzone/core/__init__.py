"""What every room speaks: specs, results, units, errors and closed vocabularies."""

from pilotzone.core.assumptions import Assumption, Assumptions
from pilotzone.core.cleaning import as_cell, as_json, one_line
from pilotzone.core.cohorts import NEVER
from pilotzone.core.effects import Check, EffectCovariance, Identification, JointEffects, PlaceboDraws
from pilotzone.core.errors import (
    DataError,
    MethodError,
    PilotZoneError,
    StudyError,
    UsageError,
    did_you_mean,
    first_line,
    listing,
)
from pilotzone.core.intervals import EffectSet, Interval, attained_level, distinct_points, probes, united
from pilotzone.core.literals import (
    CheckState,
    Combine,
    Direction,
    Estimator,
    Familywise,
    ManyEstimator,
    PanelEstimator,
    PoolRule,
    Role,
    Scale,
    Statistic,
    TableFormat,
    VerdictLabel,
    check_choice,
    choice_hint,
)
from pilotzone.core.margin import read_margin
from pilotzone.core.missing import MISSING_WORDS
from pilotzone.core.numerals import significant
from pilotzone.core.opening import (
    MOST_CELLS,
    MOST_OF_A_STUDY,
    MOST_OF_A_TABLE,
    expanded,
    open_regular,
    open_to_write,
    read_regular,
    regular,
)
from pilotzone.core.outcome import Outcome
from pilotzone.core.panel import Panel
from pilotzone.core.ranks import evenly_spaced, rank_counts, rank_p
from pilotzone.core.series import Caveat, SeriesInfo, Source
from pilotzone.core.showing import shortened, shown, shown_path
from pilotzone.core.sphere import EARTH_KM, distance_km
from pilotzone.core.table import Cell, Table
from pilotzone.core.threads import linear_algebra, one_thread
from pilotzone.core.tomltext import parse_toml
from pilotzone.core.units import (
    KNOWN_UNITS,
    conversion_factor,
    normalise_unit,
    unit_divide,
    unit_log,
    unit_multiply,
    unit_same,
)

__all__ = [
    "EARTH_KM",
    "KNOWN_UNITS",
    "MISSING_WORDS",
    "MOST_CELLS",
    "MOST_OF_A_STUDY",
    "MOST_OF_A_TABLE",
    "NEVER",
    "Assumption",
    "Assumptions",
    "Caveat",
    "Cell",
    "Check",
    "CheckState",
    "Combine",
    "DataError",
    "Direction",
    "EffectCovariance",
    "EffectSet",
    "Estimator",
    "Familywise",
    "Identification",
    "Interval",
    "JointEffects",
    "ManyEstimator",
    "MethodError",
    "Outcome",
    "Panel",
    "PanelEstimator",
    "PilotZoneError",
    "PlaceboDraws",
    "PoolRule",
    "Role",
    "Scale",
    "SeriesInfo",
    "Source",
    "Statistic",
    "StudyError",
    "Table",
    "TableFormat",
    "UsageError",
    "VerdictLabel",
    "as_cell",
    "as_json",
    "attained_level",
    "check_choice",
    "choice_hint",
    "conversion_factor",
    "did_you_mean",
    "distance_km",
    "distinct_points",
    "evenly_spaced",
    "expanded",
    "first_line",
    "linear_algebra",
    "listing",
    "normalise_unit",
    "one_line",
    "one_thread",
    "open_regular",
    "open_to_write",
    "parse_toml",
    "probes",
    "rank_counts",
    "rank_p",
    "read_margin",
    "read_regular",
    "regular",
    "shortened",
    "shown",
    "shown_path",
    "significant",
    "unit_divide",
    "unit_log",
    "unit_multiply",
    "unit_same",
    "united",
]
