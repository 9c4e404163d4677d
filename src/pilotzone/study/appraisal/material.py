"""From an appraisal file to what is weighed: figures given or assumed, and the table that impact is computed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotzone.appraisal import (
    VENTURE_FIGURES,
    InputOutputTable,
    Prices,
    SourcedFigure,
    Venture,
)
from pilotzone.core import Assumptions, StudyError, UsageError, unknown
from pilotzone.gather import load_campus, load_evidence
from pilotzone.study.appraisal.handing import put_in_place
from pilotzone.study.appraisal.tables import table_asked
from pilotzone.study.runs.assumed import own_assumptions, packaged_assumptions

if TYPE_CHECKING:
    from pilotzone.appraisal import Party
    from pilotzone.study.appraisal.file import AppraisalFile, AppraisalStudy
    from pilotzone.study.appraisal.handing import HandedOver

__all__ = ["AppraisalMaterial", "appraisal_material"]

_ASSUMED_IN = "CNY"
_LAW = "Enterprise Income Tax Law of China, article 4 (25 %), read in an English translation"
_NOT_FIGURES = {"it_mw", "tax_rate"}
"""Figures that a study always gives itself."""


@dataclass(frozen=True, eq=False)
class AppraisalMaterial:
    """An appraisal file with what it rests on.

    Attributes
    ----------
    assumptions
        The package's, with the study's own instead.
    used
        Names of those that the appraisal uses, in order of use.
    table
        Input-output table of the region or of the user; ``None`` where no impact is asked for.
    region_label
        Name of the region.
    notes
        What must be said of money that is counted one to one.
    """

    assumptions: Assumptions
    table: InputOutputTable | None
    region_label: str
    notes: tuple[str, ...]

    def assumed(self, name: str, given: float | None, place: str = "", source: str = "") -> SourcedFigure:
        """Return a figure of the file, or what is assumed in its place, at the middle of its range."""
        if given is not None:
            return SourcedFigure(given, given, given, "", source or "given in the study file", "given")
        entry = self.assumptions.of(name, place)
        return SourcedFigure(entry.middle, entry.low, entry.high, entry.unit, entry.source, "ASSUMED")

    def venture(self, file: AppraisalFile, handed: HandedOver) -> Venture:
        """Return the campus as an investment.

        Raises
        ------
        StudyError
            If figures do not go together.
        """
        head, own = file.appraisal, _given(file)
        assert file.investment is not None  # noqa: S101 - asked for where there is one
        figures = {}
        for name, (unit, *_) in VENTURE_FIGURES.items():
            given = own.get(name)
            source = file.sources.get(name, _LAW if name == "tax_rate" and given == 0.25 else "")  # noqa: PLR2004
            found = self.assumed(name, given, head.region, source)
            figures[name] = found if found.unit else SourcedFigure(*_values(found), unit, found.source, found.status)
        put_in_place(figures, handed)
        harm: dict[Party, float] = {}
        for burden in file.burden:
            if burden.in_accounts:
                middle = sum(burden.ends) / 2 * (burden.per_low + burden.per_high) / 2
                harm[burden.bearer] = harm.get(burden.bearer, 0.0) + middle
        told = "; ".join(dict.fromkeys(f"ASSUMED: {burden.source}" for burden in file.burden if burden.in_accounts))
        try:
            return Venture(
                prices=Prices(head.currency, head.price_year, head.deflator),
                first_year=head.first_year,
                build_years=head.build_years,
                run_years=head.run_years,
                renewal_year=file.investment.renewal_year,
                figures=figures,
                supplier=file.power.supplier,
                favoured_by=file.power.favoured_by,
                external=harm,
                external_source=told,
            )
        except UsageError as error:
            raise StudyError(f"appraisal: {error.what}", allowed=error.allowed, todo=error.todo) from error


def _values(found: SourcedFigure) -> tuple[float, float, float]:
    return found.value, found.low, found.high


def _given(file: AppraisalFile) -> dict[str, float | None]:
    """Return the figures that a file names, by name; ``None`` for those that it leaves to the assumptions."""
    found: dict[str, float | None] = {"real_rate": file.appraisal.real_rate}
    for entry in (file.investment, file.revenue, file.power, file.work, file.transfers):
        if entry is not None:
            found.update({name: value for name, value in entry.model_dump().items() if name in VENTURE_FIGURES})
    return found


def appraisal_material(study: AppraisalStudy) -> AppraisalMaterial:
    """Return what an appraisal rests on.

    Raises
    ------
    StudyError
        If a name is unknown, the region has no table, or assumed money is in another currency.
    DataError
        If a table of the user's own cannot be read or does not balance.
    """
    file, region = study.spec, study.spec.appraisal.region
    assumptions = _assumptions(study)
    for name in file.sources:
        if name not in VENTURE_FIGURES:
            raise unknown("figure", name, VENTURE_FIGURES, error=StudyError, of="[sources]")
    _check_size(study)
    known = {code: load_evidence().region(code).name for code in _regions()}
    needs = file.misallocation is not None or (file.impact is not None and file.impact.table is None)
    if needs and region not in known:
        raise unknown("region", region, known, error=StudyError, of="the evidence")
    return AppraisalMaterial(
        assumptions, table_asked(study), known.get(region, region), tuple(_money_notes(file, assumptions))
    )


def _check_size(study: AppraisalStudy) -> None:
    """Refuse a campus beside that is of another size: its supply would be that of another campus."""
    file, campus = study.spec, study.beside.get("campus")
    if file.power.site is None or campus is None or file.investment is None:
        return
    beside = campus.spec.campus.it_mw
    if beside != file.investment.it_mw:
        raise StudyError(
            f"appraisal: investment.it_mw is {file.investment.it_mw:g}, and the campus beside, {campus.name!r}, has "
            f"{beside:g} MW of IT.",
            allowed="the same capacity, since its supply is handed over",
        )


def _regions() -> tuple[str, ...]:
    return tuple(sorted(set(load_campus("capital_formation").texts["region"])))


def _assumptions(study: AppraisalStudy) -> Assumptions:
    found = packaged_assumptions("pilotzone.study.appraisal", "appraisal.toml")
    return own_assumptions(study, study.spec.appraisal.assumptions, found)


def _money_notes(file: AppraisalFile, assumptions: Assumptions) -> list[str]:
    """Return what must be said where assumed money is of another year; refuse another currency."""
    if file.investment is None:
        return []
    head, own = file.appraisal, _given(file)
    money = [
        assumptions.of(name)
        for name in VENTURE_FIGURES
        if own.get(name) is None and name not in _NOT_FIGURES and assumptions.get(name) is not None
    ]
    money = [entry for entry in money if entry.unit.startswith(_ASSUMED_IN)]
    if money and head.currency != _ASSUMED_IN:
        raise StudyError(
            f"appraisal: {money[0].name} is assumed in {_ASSUMED_IN}, and the study counts in {head.currency}.",
            allowed=f"currency = {_ASSUMED_IN!r}; or figures and assumptions of your own for all money",
            todo=f"give {', '.join(entry.name for entry in money)}",
        )
    other = [entry.name for entry in money if f"of {head.price_year}" not in entry.unit]
    told = f"Assumed in money of another year and counted as of {head.price_year}, one to one: {', '.join(other)}."
    return [told] if other else []
