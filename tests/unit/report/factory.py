"""Findings about invented units, for the tests of the report. No figure here is real: all come from a generator."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotzone.core import (
    Caveat,
    Check,
    CheckState,
    EarlierEffects,
    Identification,
    JointEffects,
    Outcome,
    Panel,
    PlaceboDraws,
    SeriesInfo,
    Source,
    VerdictLabel,
)
from pilotzone.evaluation.few.compare import EstimatorRow
from pilotzone.evaluation.few.design import FewDesign
from pilotzone.evaluation.few.outcome_fit import OutcomeFit
from pilotzone.evaluation.few.pool import DonorDecision
from pilotzone.evaluation.few.result import FewEffects
from pilotzone.judgement import judge
from pilotzone.report import Limit
from pilotzone.study.zone.findings import DesignFindings, Findings, MapMaterial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotzone.judgement import Verdict

PERIODS = tuple(range(1997, 2020))
GROWTH = Outcome("log_output_pc", "development", "up", 5.0, "log", "Output per head (invented)", "log(CNY/person)")
SMOKE = Outcome("log_smoke_pc", "environment", "down", 5.0, "log", "Smoke per head (invented)", "log(t/person)")
JOBS = Outcome("jobs", None, "up", None, "level", "Jobs (invented)", "1e3 job")


@dataclass(frozen=True)
class Recipe:
    """What the invented study is like.

    Attributes
    ----------
    units
        Number of units, the treated one included.
    failing
        Outcomes one diagnostic of which fails; `unassessed` likewise.
    label
        Verdict label to force; ``None`` for the one that `judge` gives.
    labels
        Words for units, by code.
    """

    units: int = 12
    outcomes: tuple[Outcome, ...] = (GROWTH, SMOKE)
    failing: tuple[str, ...] = ()
    unassessed: tuple[str, ...] = ()
    label: VerdictLabel | None = None
    labels: dict[str, str] = field(default_factory=dict)
    with_map: bool = True
    with_extras: bool = True
    title: str = "Synthetic test data: did the invented zone A pay?"
    seed: int = 7

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(_code(k) for k in range(self.units)))


def _code(k: int) -> str:
    return chr(ord("A") + k % 26) + (str(k // 26) if k >= 26 else "")


AUDIT: dict[str, Any] = {
    "inputs": {"output.csv": "0" * 64},
    "versions": {"pilotzone": "0.1.0", "python": "3.11"},
    "study": {"design": {"start": 2016, "window": [2016, 2019]}, "outcomes": [{"name": "log_output_pc"}]},
}
"""What the invented study is made from."""


def make_findings(recipe: Recipe | None = None, **changes: Any) -> Findings:
    """Return findings of a study that never was."""
    recipe = replace(recipe or Recipe(), **changes)
    panel = _panel(recipe)
    design = FewDesign("A", start=2016, window=(2016, 2019), anticipation=1)
    effects = _effects(recipe, panel, design, recipe.outcomes, "main")
    main = DesignFindings("main", "zone dated 2016", "The zone was named in 2016", effects, _verdict(recipe, effects))
    if not recipe.with_extras:
        return Findings(name="invented", title=recipe.title, question="Did it?", panel=panel, main=main)
    earlier = FewDesign("A", start=2014, window=(2014, 2019), anticipation=0)
    second = _effects(recipe, panel, earlier, recipe.outcomes, "from-2014")
    return Findings(
        name="invented",
        title=recipe.title,
        question="Did the invented zone raise output without raising smoke, and can these invented data tell?",
        panel=panel,
        main=main,
        alternatives=(
            DesignFindings("from-2014", "zone dated 2014", "The bet began in 2014", second, _verdict(recipe, second)),
        ),
        secondary=(_effects(recipe, panel, design, (JOBS,), "secondary"),),
        longer=(_effects(recipe, panel, replace(design, window=(2016, 2018)), recipe.outcomes, "longer"),),
        estimators=tuple(
            EstimatorRow(
                outcome.name,
                name,
                0.031,
                0.02,
                0.25,
                0.011,
                "exclude_treated",
                (("B", -0.04), ("C", 0.01), ("D", 0.05)),
            )
            for outcome in recipe.outcomes
            for name in ("sc", "sc_intercept", "sdid")
        ),
        limits=(
            Limit("Output is in invented money at current prices; prices may differ. No deflator exists.", "evidence"),
            Limit("Smoke says nothing about water.", "study", "study.toml"),
        ),
        programmes=("An invented railway opened in 2013",),
        assumptions=(("anticipation", "1 period", "the zone was announced a year before"),),
        map=_map(recipe) if recipe.with_map else None,
    )


def _panel(recipe: Recipe) -> Panel:
    draws = np.random.default_rng(recipe.seed)
    count, periods = recipe.units, len(PERIODS)
    values, series = {}, {}
    source = Source("Invented statistical office, yearbook of nothing", "https://example.org/nothing", "2026")
    for outcome in (*recipe.outcomes, JOBS):
        common = np.linspace(0.0, 1.6 if outcome.role == "development" else 0.7, periods)
        level = draws.normal(9.0 if outcome.role == "development" else 1.2, 0.35, (count, 1))
        walk = np.cumsum(draws.normal(0, 0.012, (count, periods)), axis=1)
        logs = level + common * draws.uniform(0.9, 1.1, (count, 1)) + walk
        values[outcome.name] = logs if outcome.scale == "log" else np.exp(logs)
        caveat = Caveat("invented", "These figures are invented for tests", True, ("B",))
        series[outcome.name] = SeriesInfo(outcome.name, outcome.label, outcome.unit, (source,), (caveat,), "", 0.0, "")
    labels = {code: recipe.labels.get(code, f"Province {code}") for code in recipe.codes}
    return Panel(recipe.codes, PERIODS, values, series, labels)


def _effects(recipe: Recipe, panel: Panel, design: FewDesign, outcomes: Sequence[Outcome], name: str) -> FewEffects:
    draws = np.random.default_rng(recipe.seed + 1)
    phases = design.phases(panel.periods)
    pre = [k for k, phase in enumerate(phases) if phase == "pre"]
    # The last two units are zones of the same policy or lack data: no donors.
    units = panel.units[:-2]
    fits = []
    for outcome in outcomes:
        actual = panel.matrix(outcome.name)[: len(units)]
        weights = draws.dirichlet(np.full(len(units), 0.35), len(units))
        np.fill_diagonal(weights, 0.0)
        weights[weights < 0.01] = 0.0
        weights /= weights.sum(axis=1, keepdims=True)
        free = weights @ actual
        intercept = (actual - free)[:, pre].mean(axis=1)
        synthetic = free + intercept[:, None]
        rmspe = np.sqrt(((actual - synthetic)[:, pre] ** 2).mean(axis=1))
        count = len(units)
        fits.append(
            OutcomeFit(
                outcome=outcome,
                periods=panel.periods,
                phases=phases,
                units=units,
                treated=0,
                actual=actual,
                synthetic=synthetic,
                weights=weights,
                intercept=intercept,
                pre_rmspe=rmspe,
                solver_gap=np.zeros(count),
                unique=np.ones(count, dtype=bool),
                effect_range=(0.0, 0.0),
            )
        )
    mean_gap = np.column_stack([fit.mean_gap for fit in fits])
    slope = np.column_stack([fit.weights[:, 0] for fit in fits])
    slope[0] = -1.0
    joint = JointEffects(
        unit=design.unit,
        start=design.start,
        window=tuple(range(design.window[0], design.window[1] + 1)),
        estimator=design.estimator,
        outcomes=tuple(outcomes),
        estimate=mean_gap[0],
        placebos=PlaceboDraws(
            units,
            0,
            mean_gap,
            slope,
            np.column_stack([fit.pre_rmspe for fit in fits]),
            design.pools,
            earlier=lambda: EarlierEffects(-abs(mean_gap) / 4, abs(mean_gap) / 8),
        ),
        identification=tuple(_checks(recipe, outcome) for outcome in outcomes if outcome.role),
    )
    donors = tuple(
        DonorDecision(unit, panel.label(unit), unit in units, "" if unit in units else "zone of the same policy")
        for unit in panel.units[1:]
    )
    return FewEffects(name, design, joint, tuple(fits), donors, ("A note on invented data",))


def _checks(recipe: Recipe, outcome: Outcome) -> Identification:
    state: CheckState = "failed" if outcome.name in recipe.failing else "passed"
    first = Check(
        "earlier_dates",
        "Earlier dates",
        state,
        0.8,
        0.5,
        "The placebo effect in 2013 is 4 %.",
        "The zone drifted before it began.",
    )
    second = Check("hull", "Inside the donors' hull", "passed", 0.1, 1.0, "The unit lies among the donors.")
    third = Check("leave_one_out", "One donor left out", "passed", 0.2, 1.0, "The range is 1 to 3 %.")
    if outcome.name in recipe.unassessed:
        third = replace(third, state="cannot be assessed", value=None, statement="There are too few donors.")
    return Identification(outcome.name, (first, second, third))


def _verdict(recipe: Recipe, effects: FewEffects) -> Verdict:
    verdict = judge(effects.joint, alpha=0.1, limits=("Smoke says nothing about water.",))
    return replace(verdict, label=recipe.label) if recipe.label else verdict


def _map(recipe: Recipe) -> MapMaterial:
    """Return squares in rows of six, one per unit and one that no data know."""
    features = []
    for k, code in enumerate((*recipe.codes, "unknown-land")):
        west, south = 100 + 4 * (k % 6), 40 - 4 * (k // 6)
        ring = [[west, south], [west + 4, south], [west + 4, south + 4], [west, south + 4], [west, south]]
        features.append(
            {
                "type": "Feature",
                "id": code,
                "properties": {"name": code},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    zones = {"A": "first zone, 2016", recipe.codes[-1]: "second batch, 2016-10"}
    geojson = {"type": "FeatureCollection", "features": features}
    return MapMaterial(geojson, "Shapes: invented squares. Boundaries imply no view.", zones)
