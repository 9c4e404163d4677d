"""Running a siting file: places ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.gather import load_shapes
from pilotzone.site import ManyPlaces, SitingSpec, rank_many, rank_places
from pilotzone.study.siting.findings import ManyFindings, SitingFindings
from pilotzone.study.siting.transferred import with_transferred

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.study.siting.file import SitingStudy

__all__ = ["siting_findings"]


def siting_findings(
    study: SitingStudy, spec: SitingSpec | ManyPlaces, given: Mapping[str, Any]
) -> SitingFindings | ManyFindings:
    """Rank the places of a siting file, very many of them by the method for many; return all that its report shows.

    Raises
    ------
    UsageError, DataError, MethodError
        As in `pilotzone.rank_sites`.
    """
    if isinstance(spec, ManyPlaces):
        return ManyFindings(study.name, rank_many(spec))
    return SitingFindings(study.name, rank_places(with_transferred(study.spec, spec, given)), load_shapes())
