"""A panel of the bundled evidence: its figures, who is treated when under the rule, and what limits a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from pilotzone.core import Outcome, StudyError, UsageError, unknown
from pilotzone.evaluation.many import MANY_ESTIMATORS
from pilotzone.gather import assign_treatment, load_evidence, policy_licences
from pilotzone.report import Limit
from pilotzone.store import PanelColumns
from pilotzone.study.panel.breaks import uses_of
from pilotzone.study.panel.names import CLUSTER, COHORT, TIME, UNIT, policy_of
from pilotzone.study.panel.regions_within import read_units
from pilotzone.study.runs.breaks import Spanned, left_out, refuse, spanned
from pilotzone.study.runs.levels import check_free_estimator, check_free_scale, check_growth, level_remark
from pilotzone.study.runs.terms import Terms, terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from pilotzone.core import Break, Panel, Scale
    from pilotzone.gather import Treatment
    from pilotzone.study.panel.file import PanelStudySpec
    from pilotzone.study.runs.outcome import DeclaredOutcome

__all__ = ["PanelMaterial", "panel_material"]


@dataclass(frozen=True, eq=False)
class PanelMaterial:
    """What a study on the bundled evidence stands on, before anything is estimated.

    Attributes
    ----------
    panel
        Series and derived ones, of the regions that take part and the periods of the study; each with its caveats and
        breaks.
    treatment
        The state of every region of the programme, with why.
    outcomes
        As the study declares them, with units and labels of their series.
    limits
        What the figures and the table of the programme cannot answer.
    extras
        Further series that are columns: covariates and a weight.
    breaks
        Breaks that outcomes are compared across, and what follows from each.
    parents
        Unit to the region of the programme in which it lies, where units are members of these; else empty.
    told
        What units are, where they are not the programme's regions: what, value, reason.
    """

    panel: Panel
    treatment: Treatment
    outcomes: tuple[Outcome, ...]
    limits: tuple[Limit, ...]
    extras: tuple[str, ...] = ()
    breaks: tuple[Spanned, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict)
    told: tuple[tuple[str, str, str], ...] = ()

    @property
    def cohorts(self) -> dict[str, int]:
        """Treated unit to the first year of its treatment, which is that of the region in which it lies."""
        return _cohorts(self.treatment, self.parents)

    @property
    def broken(self) -> dict[str, tuple[Break, ...]]:
        """Breaks of each outcome for its chart: of treated regions, and none that is the programme itself."""
        cohorts = self.cohorts
        return {
            item.name: tuple(
                found for found in self.panel.series[item.name].breaks if found.concerns(cohorts, cohorts.items())
            )
            for item in self.outcomes
        }

    @property
    def source(self) -> str:
        """Where the figures of the outcomes are from."""
        titles = (source.title for item in self.outcomes for source in self.panel.series[item.name].sources)
        return f"Bundled evidence: {'; '.join(dict.fromkeys(titles))}"

    @property
    def terms(self) -> tuple[Terms, ...]:
        """On what terms the figures and the programme's table may be used."""
        policy = self.treatment.policy
        return terms_of(self.panel.series.values(), [(policy.name, item) for item in policy_licences(policy)])

    @property
    def remarks(self) -> tuple[tuple[str, str, str], ...]:
        """What is to be known of units, and of outcomes whose level is arbitrary or none: what, value, reason."""
        infos = [(item.title, self.panel.series[item.name]) for item in self.outcomes]
        told = [(title, info, level_remark(info, title)) for title, info in infos]
        levels = tuple(
            (f"Level of {title}", "arbitrary" if info.free_level else "none: growth", text)
            for title, info, text in told
            if text
        )
        return (*self.told, *levels)

    def columns(self, weight: str | None, covariates: Sequence[str]) -> PanelColumns:
        """Return what the columns of `frame` are."""
        names = tuple(item.name for item in self.outcomes)
        cluster = CLUSTER if self.parents else None
        return PanelColumns(UNIT, TIME, COHORT, names, cluster, weight, tuple(covariates), ())

    def frame(self) -> pa.Table:
        """Return the panel as a table with a row for each region and period; missing stays missing."""
        import numpy as np
        import pyarrow as pa

        panel, cohorts = self.panel, self.cohorts
        count = len(panel.periods)
        columns = {
            UNIT: pa.array([unit for unit in panel.units for _ in range(count)], pa.string()),
            TIME: pa.array([int(period) for _ in panel.units for period in panel.periods], pa.int64()),
            COHORT: pa.array([cohorts.get(unit) for unit in panel.units for _ in range(count)], pa.int64()),
        }
        if self.parents:
            inside = [self.parents[unit] for unit in panel.units for _ in range(count)]
            columns[CLUSTER] = pa.array(inside, pa.string())
        for name in dict.fromkeys((*(item.name for item in self.outcomes), *self.extras)):
            values = panel.matrix(name).ravel()
            columns[name] = pa.array(values, pa.float64(), mask=np.isnan(values))
        return pa.table(columns)


def panel_material(spec: PanelStudySpec, earlier: int = 0) -> PanelMaterial:
    """Return what a study on the bundled evidence stands on.

    Parameters
    ----------
    spec
        The study.
    earlier
        Years by which every region is taken to be treated earlier than it was. The panel then ends with the last year
        before the first region was treated, so that nothing that happened is in it.

    Raises
    ------
    StudyError
        If no region is treated, an outcome, covariate or weight is not a series or does not go with its scale, or a
        severe break is compared across that the study does not accept.
    UsageError
        If the rule asks for what the programme does not have, or a derived series cannot be read.
    DataError
        If a derived series cannot be computed.
    """
    first, last = spec.panel.periods or (0, 0)
    treatment = _treatment(spec, first, last)
    regions = sorted((*treatment.cohorts, *treatment.never))
    # Of the study's series alone, whichever regions they concern: one of another geography is a mistake.
    known = tuple(item.found for item in load_evidence().breaks if not set(spec.panel.series).isdisjoint(item.series))
    read = read_units(spec, policy_of(spec), regions, [item.name for item in known])
    panel = read.panel
    if not panel.periods[0] <= first < last <= panel.periods[-1]:
        raise StudyError(
            f"panel.periods is [{first}, {last}], and the series have figures from {panel.periods[0]} to "
            f"{panel.periods[-1]}."
        )
    extras = (*spec.panel.covariates, *(() if spec.panel.weight is None else (spec.panel.weight,)))
    for name in extras:
        _column(panel, name, f"panel names {name!r}, which is neither one of panel.series nor derived")
        if panel.series[name].free_level:
            raise StudyError(f"panel names {name!r}, whose level is arbitrary: regions cannot be compared by it.")
    outcomes = tuple(_outcome(panel, item) for item in spec.outcomes)
    _check_levels(panel, spec)
    # Derived from all years, so that a year before or after the panel may be their base.
    years = range(first, last + 1)
    shown = _until(panel, last, read.places).select(periods=years)
    uses = uses_of(shown, outcomes, _cohorts(treatment, read.parents))
    breaks = spanned(uses, shown.series, spec.accepted, known)
    refuse(breaks)
    hit = left_out(uses, spec.accepted)
    if hit:
        if not read.parents:
            treatment = _treatment(spec, first, last, hit)
        kept = panel.select(units=[unit for unit in panel.units if unit not in hit])
        shown = _until(kept, last, read.places).select(periods=years)
    if earlier:
        start = min(treatment.cohorts.values()) - spec.method.anticipation
        shown = shown.select(periods=range(first, start))
        moved = (
            item if item.cohort is None else replace(item, cohort=item.cohort - earlier) for item in treatment.regions
        )
        treatment = replace(treatment, regions=tuple(moved))
    parents = {unit: read.parents[unit] for unit in shown.units} if read.parents else {}
    limits = _limits(shown, outcomes, treatment)
    return PanelMaterial(shown, treatment, outcomes, limits, extras, breaks, parents, read.told)


def _cohorts(treatment: Treatment, parents: Mapping[str, str]) -> dict[str, int]:
    """Return treated units with the first year of their treatment."""
    if not parents:
        return treatment.cohorts
    return {unit: treatment.cohorts[region] for unit, region in parents.items() if region in treatment.cohorts}


def _treatment(spec: PanelStudySpec, first: int, last: int, hit: Mapping[str, str] = MappingProxyType({})) -> Treatment:
    """Return the state of every region; those in `hit` are left out as well, each with why."""
    policy, early = policy_of(spec), spec.method.anticipation
    rule = None if spec.treatment is None else spec.treatment.rule()
    try:
        found = assign_treatment(
            policy, rule, first=first, last=last, anticipation=early, drop={**hit, **spec.panel.drop}
        )
    except UsageError as error:
        raise StudyError(f"treatment: {error.what}", allowed=error.allowed, todo=error.todo) from None
    if hit and not found.cohorts:
        raise StudyError(
            f"treatment: every region that is treated between {first} and {last} has a severe break of its own.",
            allowed="one treated region or more without one",
            todo="study another outcome or other periods, or accept the breaks and say why ([[accepted]])",
        )
    if not found.cohorts:
        raise StudyError(
            f"treatment: by this rule no region is treated between {first} and {last}.",
            allowed=f"a rule that admits an instrument of {policy.name!r}, and years around it",
            todo=f"look at them: pilotzone evidence {policy.name}",
        )
    return found


def _column(panel: Panel, name: str, told: str) -> None:
    if name not in panel.series:
        todo = "name one of them, add it to panel.series, or add a line to [derive]"
        raise unknown("series", name, sorted(panel.series), told=told, error=StudyError, todo=todo)


def _outcome(panel: Panel, spec: DeclaredOutcome) -> Outcome:
    """Return an outcome with the unit of its series."""
    _column(panel, spec.name, f"outcome {spec.name!r} is neither one of panel.series nor derived")
    info = panel.series[spec.name]
    own: Scale = "log" if info.unit.startswith("log(") else "level"
    if spec.scale not in {None, own}:
        kind = "a logarithm" if own == "log" else f"not a logarithm (its unit is {info.unit})"
        raise StudyError(
            f"outcome {spec.name!r} has scale {spec.scale!r}, but is {kind}.",
            allowed="scale = 'log' for a series derived by log(...), whose effects read in percent; else 'level'",
        )
    check_free_scale(info, own)
    check_growth(panel.series, spec.name, own)
    try:
        return Outcome.written(spec.name, spec.role, spec.good, spec.margin, own, spec.label or info.label, info.unit)
    except UsageError as error:
        raise StudyError(error.what, allowed=error.allowed, todo=error.todo) from None


def _check_levels(panel: Panel, spec: PanelStudySpec) -> None:
    """Refuse an estimator that compares levels where those of an outcome are arbitrary."""
    allowed = ", ".join(repr(record.name) for record in MANY_ESTIMATORS.values() if record.ignores_levels)
    name = spec.method.estimator
    ignores = MANY_ESTIMATORS[name].ignores_levels
    for item in spec.outcomes:
        check_free_estimator(panel.series[item.name], "method.estimator", name, allowed, ignores_levels=ignores)


def _until(panel: Panel, last: int, places: Mapping[str, str]) -> Panel:
    """Return the panel without caveats on figures of other places alone, or after its last year alone.

    `places` are regions whose figures stand behind those of units, each with the unit.
    """
    evidence = load_evidence()
    names = [name for name in panel.series if name in evidence.series]
    periods = [period for period in panel.periods if period <= last]
    here = [place for place, unit in places.items() if unit in panel.units]
    kept = {item.name for name in names for item in evidence.caveats_on(name, regions=here, periods=periods)}
    series = {
        name: replace(info, caveats=tuple(item for item in info.caveats if item.name in kept))
        for name, info in panel.series.items()
    }
    return replace(panel, series=series)


def _limits(panel: Panel, outcomes: Sequence[Outcome], treatment: Treatment) -> tuple[Limit, ...]:
    """Return caveats that limit a verdict, each once: on figures of the outcomes, then on the programme's table."""
    found: dict[str, Limit] = {}
    for outcome in outcomes:
        for caveat in panel.series[outcome.name].caveats:
            if caveat.limits_verdict:
                found.setdefault(
                    caveat.name, Limit(caveat.text, "evidence", outcome.title, caveat.brief, caveat.remedy)
                )
    policy = treatment.policy
    if policy.resource:
        for caveat in load_evidence().caveats_about(policy.resource, regions=panel.units):
            if caveat.limits_verdict:
                where = f"table of {policy.resource}"
                found.setdefault(caveat.name, Limit(caveat.text, "evidence", where, caveat.brief, caveat.remedy))
    return tuple(found.values())
