"""Input-output tables of an appraisal: a province's of the evidence, or the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pilotzone.appraisal import InputOutputTable, read_plain_table, read_pymrio
from pilotzone.core import StudyError, unknown
from pilotzone.gather import io_regions, io_table, load_evidence
from pilotzone.study.runs.saying import within

if TYPE_CHECKING:
    from pilotzone.study.appraisal.asked import TableEntry
    from pilotzone.study.appraisal.file import AppraisalStudy

__all__ = ["nation_output", "table_asked", "table_of"]


def table_asked(study: AppraisalStudy) -> InputOutputTable | None:
    """Return the table that impact is computed on."""
    impact = study.spec.impact
    if impact is None:
        return None
    if impact.table is not None:
        with within("impact.table"):
            return _own(study, impact.table)
    region = study.spec.appraisal.region
    if region not in io_regions():
        raise unknown("region with an input-output table", region, io_regions(), error=StudyError, of="the evidence")
    return table_of(region)


def _own(study: AppraisalStudy, own: TableEntry) -> InputOutputTable:
    """Return the user's own table."""
    path = study.path(own.file)
    if own.form == "pymrio":
        return read_pymrio(path, price_year=own.price_year, unit=own.unit)
    return read_plain_table(
        path,
        price_year=own.price_year,
        unit=own.unit,
        flows_hold=own.flows_hold,
        final_demand=own.final_demand,
        value_added=own.value_added,
        income_kind=own.income_kind,
        household_kind=own.household_kind,
    )


def table_of(region: str) -> InputOutputTable:
    """Return the bundled table of a province, 2007, in the form of the room."""
    found = io_table(region)
    return InputOutputTable(
        name=f"{load_evidence().region(region).name}, 2007",
        price_year=2007,
        unit="CNY",
        sectors=found.sectors,
        flows=found.flows_cny,
        final_demand=found.net_final_use_cny[:, None],
        final_kinds=("final use less imports",),
        value_added=found.value_added_cny[None, :],
        value_added_kinds=("value added",),
        output=found.output_cny,
        flows_hold="all",
    )


def nation_output() -> np.ndarray:
    """Return output of all provinces with a table, by sector, CNY, shape (S,)."""
    return np.asarray(np.sum([io_table(region).output_cny for region in io_regions()], axis=0))
