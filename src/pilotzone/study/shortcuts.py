"""Rankings and placements as plain functions: a file in, what was found out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pilotzone.study.front import load, run
from pilotzone.study.runs.kind import Study

if TYPE_CHECKING:
    from pilotzone.placement import PlanResult
    from pilotzone.site import ManySiting, Siting, SitingSpec

__all__ = ["place", "rank_sites", "siting_spec"]


def siting_spec(which: str | os.PathLike[str] | Study[Any]) -> SitingSpec:
    """Return what a siting file has ranked, with the files that it names: to be changed, and ranked by `rank_sites`.

    Parameters
    ----------
    which
        ``"guizhou"`` (six provinces) or ``"provinces"`` (all of China's), the path of a siting file, or what
        `load` returned.

    Raises
    ------
    UsageError
        If there is no such file, or something that is needed is neither known nor assumed.
    StudyError
        If the file is not a siting file, or its parts contradict one another.
    DataError
        If a file that it names cannot be read.
    """
    from pilotzone.study.siting import siting_spec as spec_of

    return spec_of(which if isinstance(which, Study) else load(which, kind="siting"))


def rank_sites(which: str | os.PathLike[str] | Study[Any] | SitingSpec) -> Siting | ManySiting:
    """Rank places, allowing for uncertain figures and weights.

    Parameters
    ----------
    which
        As in `siting_spec`, or a `SitingSpec`.

    Returns
    -------
    Siting or ManySiting
        How often each place has each rank, what decides it, and every figure with its source; of a table of very many
        places how often each is the first and among the best.

    Raises
    ------
    UsageError, StudyError
        As in `siting_spec`.
    DataError
        If a file that it names cannot be read, or a criterion has no figure of any place.

    Examples
    --------
    >>> import pilotzone as pz
    >>> found = pz.rank_sites("guizhou")
    >>> found.winner, found.acceptability.clear
    ('Yunnan', False)
    """
    from pilotzone.site import ManyPlaces, SitingSpec, rank_many, rank_places
    from pilotzone.study.siting import siting_material

    if not isinstance(which, SitingSpec):
        material = siting_material(which if isinstance(which, Study) else load(which, kind="siting"))
        if isinstance(material, ManyPlaces):
            return rank_many(material)
        which = material
    return rank_places(which)


def place(which: str | os.PathLike[str] | Study[Any]) -> PlanResult:
    """Place data and work on sites under residency law.

    Parameters
    ----------
    which
        ``"homecoming"``, the example that comes with the package, the path of a plan file, or what `load` returned.

    Returns
    -------
    PlanResult
        The placement with its proof, what each rule costs, the carbon price that changes it, and the frontier. The law
        is read as data: no legal advice.

    Raises
    ------
    UsageError
        If there is no such file.
    StudyError
        If the file, or a rule book that it names, is not what it should be.
    InfeasibleError
        If the plan cannot be kept, with a smallest set of demands that conflict.
    """
    found: PlanResult = run(which if isinstance(which, Study) else load(which, kind="plan")).findings.result
    return found
