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
    """Return the specification of a siting file and its data files. Change it as needed and give it to `rank_sites`.

    Parameters
    ----------
    which
        ``"guizhou"`` (six provinces) or ``"provinces"`` (all provinces of China), path of a siting file, or the study
        that `load` returned.

    Raises
    ------
    UsageError
        If there is no such file, or a necessary figure is neither known nor assumed.
    StudyError
        If the file is not a siting file, or parts of it contradict one another.
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
        Share of draws in which each place has each rank, the criteria that decide it, and every figure with its source.
        For a table of very many places: share of draws in which each place is first, and is among the best.

    Raises
    ------
    UsageError, StudyError
        As in `siting_spec`.
    DataError
        If a file that the study names cannot be read, or a criterion has no figure for any place.

    Examples
    --------
    >>> import pilotzone as pz
    >>> found = pz.rank_sites("guizhou")
    >>> found.winner, found.acceptability.clear
    ('Yunnan', False)
    """
    from pilotzone.site import ManyPlaces, SitingSpec, rank_many, rank_places
    from pilotzone.study.siting import check_transferred, siting_material

    if not isinstance(which, SitingSpec):
        study = which if isinstance(which, Study) else load(which, kind="siting")
        check_transferred(study.spec, study.name)
        material = siting_material(study)
        if isinstance(material, ManyPlaces):
            return rank_many(material)
        which = material
    return rank_places(which)


def place(which: str | os.PathLike[str] | Study[Any]) -> PlanResult:
    """Place data and work on sites under residency law.

    Parameters
    ----------
    which
        Name of the bundled example, ``"homecoming"``, path of a plan file, or the study that `load` returned.

    Returns
    -------
    PlanResult
        The placement with its proof, the cost of each rule, the carbon price at which the placement changes, and the
        frontier. It applies the rule books as written and is not legal advice.

    Raises
    ------
    UsageError
        If there is no such file.
    StudyError
        If the file, or a rule book that it names, is not valid.
    InfeasibleError
        If no placement meets all demands; the message has a smallest set of demands in conflict.
    """
    found: PlanResult = run(which if isinstance(which, Study) else load(which, kind="plan")).findings.result
    return found
