"""Rankings of places: one siting file, how often each place comes first."""

from pilotzone.study.siting.file import SitingFile, SitingStudy
from pilotzone.study.siting.findings import SitingFindings
from pilotzone.study.siting.kind import SitingKind
from pilotzone.study.siting.material import siting_material, siting_spec
from pilotzone.study.siting.terminal import place_lines
from pilotzone.study.siting.transferred import check_transferred
from pilotzone.study.siting.wording import siting_limits, siting_words, spot_words

__all__ = [
    "KIND",
    "SitingFile",
    "SitingFindings",
    "SitingKind",
    "SitingStudy",
    "check_transferred",
    "place_lines",
    "siting_limits",
    "siting_material",
    "siting_spec",
    "siting_words",
    "spot_words",
]

KIND = SitingKind()
