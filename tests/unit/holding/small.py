"""One small result of every public class, from invented data whose every text is hostile, each made once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from tests.unit.few.plain import panel_of
from tests.unit.holding.gains import GAINS

import pilotzone as pz
from pilotzone.core import Check, EffectCovariance, Outcome, Panel, Result, Table, ratio
from pilotzone.evaluation.dose import DoseDesign, DoseEffects, dose_effects, zone_per_dose
from pilotzone.evaluation.few import FewEffects, SeveralEffects, conformal_band
from pilotzone.evaluation.many import ManyDesign, ManyEffects
from pilotzone.gather import Climate
from pilotzone.judgement import Specification, SpecificationCurve, Verdict
from pilotzone.placement import (
    DataClass,
    Host,
    Plan,
    PlanResult,
    PlanSite,
    UserRegion,
    Workload,
    best_placement,
    frontier_of,
    prices_of_rules,
)
from pilotzone.site import (
    Candidate,
    Criterion,
    CriterionValue,
    Siting,
    SitingSpec,
    WeightSpace,
    draw_weights,
    rank_acceptability,
    rank_places,
)
from pilotzone.study.runs.comparing import Contrast, RunComparison
from pilotzone.study.runs.differences import Difference
from pilotzone.study.runs.verification import Verification

__all__ = ["HOSTILE", "RESULTS", "SPECS"]

HOSTILE = "<script>alert('&')</script>\x1b[31m\u202e\n" + "long " * 30
"""A text that is markup, steers a terminal, turns the direction of writing and does not fit a line."""
GAIN = Outcome("gain", "development", "up", 5.0, "log", f"Gain {HOSTILE}", "log(t)")
HARM = Outcome("harm", "environment", "down", 5.0, "level", f"Harm {HOSTILE}", f"t{HOSTILE}")
UNITS = [f"u{k:02d} {HOSTILE}" for k in range(24)]


def _paths(seed: int, level: float, size: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    rng = np.random.default_rng(seed)
    slopes = rng.uniform(0.02, 0.06, (24, 1)) * np.arange(16)
    return level + size * (slopes + np.cumsum(rng.normal(0, 0.01, (24, 16)), axis=1))


@cache
def panel() -> Panel:
    return panel_of({"gain": _paths(1, 5.0, 1.0), "harm": _paths(2, 90.0, 20.0)}, units=UNITS)


@cache
def few() -> FewEffects:
    design = pz.FewDesign(UNITS[3], start=2012, window=(2012, 2015), anticipation=1, estimator="sc_intercept")
    return pz.estimate_few(panel(), [GAIN, HARM], design)


@cache
def several() -> SeveralEffects:
    return pz.estimate_several(
        panel(),
        [GAIN, HARM],
        [pz.FewDesign(UNITS[k], start=start, window=(start, start + 2)) for k, start in ((3, 2012), (8, 2013))],
    )


@cache
def many() -> ManyEffects:
    """Cohorts of 2004 and 2006, and units that are never treated."""
    rng = np.random.default_rng(3)
    units, years = 90, np.arange(2001, 2009)
    cohort = np.repeat([2004.0, 2006.0, np.inf], 30)
    noise = {name: rng.normal(0, 1, (units, 8)) + rng.normal(0, 1, (units, 1)) for name in ("gain", "harm")}
    noise["gain"] = noise["gain"] / 50 + 0.1 * (years >= cohort[:, None])
    columns = {name: values.ravel() for name, values in noise.items()}
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), 8),
            "year": np.tile(years, units),
            "cohort": np.repeat(cohort, 8),
            **columns,
        }
    )
    outcomes = [GAIN, HARM]
    return pz.evaluate(
        frame, unit="unit", time="year", cohort="cohort", outcomes=outcomes, base="universal", beside=True, honest=True
    )


@cache
def dosed() -> DoseEffects:
    """Thirty units with doses from 1 to 30, and thirty without."""
    rng, years = np.random.default_rng(8), np.arange(2001, 2007)
    doses = np.where(np.arange(60) < 30, np.arange(60) + 1.0, 0.0)
    noise = {name: rng.normal(0, 1, (60, 6)) for name in ("gain", "harm")}
    noise["gain"] = noise["gain"] / 50 + 0.01 * doses[:, None] * (years >= 2004)
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(60), 6),
            "year": np.tile(years, 60),
            "cohort": np.repeat(np.where(doses > 0, 2004, 0), 6),
            "dose": np.repeat(doses, 6),
            **{name: values.ravel() for name, values in noise.items()},
        }
    )
    design = DoseDesign("strong_parallel_trends", degree=2)
    return dose_effects(frame, [GAIN, HARM], unit="unit", time="year", cohort="cohort", dose="dose", design=design)


@cache
def tiny() -> ManyEffects:
    """Two treated units, too few for standard errors."""
    years = np.arange(2001, 2007)
    cohort = np.array([2004.0] * 2 + [np.inf] * 6)
    values = np.random.default_rng(4).normal(0, 0.1, (8, 6))
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(8), 6),
            "year": np.tile(years, 8),
            "cohort": np.repeat(cohort, 6),
            "gain": values.ravel(),
        }
    )
    return pz.evaluate(frame, unit="unit", time="year", cohort="cohort", outcomes=GAIN)


@cache
def ranked_verdict() -> Verdict:
    return pz.judge(few(), limits=[HOSTILE])


@cache
def sampled() -> Any:  # noqa: ANN401 - a plan of a sample
    jobs, dust = replace(GAIN, scale="level", unit="t"), HARM
    return pz.sample_plan([jobs, dust], [[9, 0], [0, 16]], before=4, after=4, drawn="zones")


_HOPED = {"gain": 4.0}


@cache
def curve() -> SpecificationCurve:
    first, *others = ranked_verdict().tests
    states = tuple(test.identification for test in (first, *others))
    items = [
        Specification(
            "main" if k == 0 else "one donor out",
            () if k == 0 else (UNITS[k % 24],),
            (2012, 2015),
            1,
            "mean_gap",
            ranked_verdict().label,
            ranked_verdict().grade,
            0.5,
            float("nan"),
            0.5,
            (0.01 * k, 0.02 * k),
            states,
        )
        for k in range(40)
    ]
    return SpecificationCurve((GAIN, HARM), tuple(items), ((HOSTILE, HOSTILE),), (HOSTILE,))


def _own(name: str, **ends: tuple[float, float]) -> Candidate:
    values = {
        key: CriterionValue(name, key, *pair, f"t{HOSTILE}", "yours", HOSTILE, HOSTILE) for key, pair in ends.items()
    }
    return Candidate(name, figures=values)


CRITERIA = (Criterion("a", "up"), Criterion("b", "down"))


@cache
def siting() -> Siting:
    rng = np.random.default_rng(5)
    places = [
        _own(f"{k} {HOSTILE}", a=(float(low), float(low) + 1), b=(0.0, 1.0))
        for k, low in enumerate(rng.normal(0, 1, 14))
    ]
    return rank_places(SitingSpec(HOSTILE, tuple(places), CRITERIA, draws=400, batches=20))


@cache
def plan() -> PlanResult:
    def site(name: str, where: str, cost: float, carbon: float, lon: float) -> PlanSite:
        return PlanSite(name, where, 10.0, 1000.0, cost, 1.2, carbon, name, 30.0, lon)

    people = DataClass("people", "CN", "personal", "critical_infrastructure")
    asked = Plan(
        title=HOSTILE,
        sites=(site(f"home {HOSTILE}", "CN", 80.0, 0.6, 105.0), site("coast", "CN", 90.0, 0.2, 120.0)),
        regions=(UserRegion("east", 31.0, 121.0, 0.7), UserRegion("west", 30.0, 104.0, 0.3)),
        workloads=(Workload(people, ("store",), 2.0),),
        books=(pz.load_rules("china"),),
        day=dt.date(2018, 1, 1),
    )
    best = best_placement(asked.problem())
    frontier = frontier_of(asked, points=3, best=best)
    return PlanResult(asked, best, tuple(prices_of_rules(asked, best)), None, frontier)


def _residency() -> Result:
    classes = [DataClass(f"{k} {HOSTILE}", "CN", "personal", "critical_infrastructure") for k in range(30)]
    hosts = [Host(f"{k} {HOSTILE}", "CN" if k % 2 else "US") for k in range(30)]
    return pz.compile_rules(pz.load_rules("china"), classes, hosts, dt.date(2018, 1, 1))


def _comparison() -> RunComparison:
    rows = [Contrast("setting", HOSTILE, k, HOSTILE if k % 2 else None, k % 3 == 0) for k in range(60)]
    return RunComparison(HOSTILE, HOSTILE, (HOSTILE, HOSTILE), tuple(rows), (HOSTILE,) * 9)


def _verification() -> Verification:
    found = [Difference("verdict.json", HOSTILE, "word", HOSTILE, HOSTILE) for _ in range(60)]
    return Verification(HOSTILE, HOSTILE, tuple(found), (HOSTILE,) * 9)


def _climate() -> Climate:
    hours = np.linspace(-5.0, 30.0, 8760)
    return Climate(HOSTILE, hours, None, np.full(8760, 1e5), HOSTILE, notes=(HOSTILE,))


def _hostile_table() -> Table:
    columns = {f"{HOSTILE}{k}": (HOSTILE, None, float("inf"), float("nan"), 10**30) * 9 for k in range(30)}
    return Table(columns, title=HOSTILE, note=HOSTILE, units=dict.fromkeys(columns, HOSTILE))


RESULTS: dict[str, Callable[[], Any]] = {
    "Acceptability": lambda: siting().acceptability,
    "Acceptability of values": lambda: rank_acceptability(
        np.eye(2), CRITERIA, draw_weights(["a", "b"], 50, seed=1), batches=1, places=[HOSTILE, "b"]
    ),
    "Climate": _climate,
    "ConfidenceSet": lambda: pz.confidence_set(few().joint, "gain"),
    "ConfidenceSet without bounds": lambda: pz.confidence_set(few().joint, "gain", alpha=0.01),
    "ConfidenceSet of a covariance": lambda: pz.confidence_set(many().joint, "gain", side="lower bound"),
    "ConformalBand": lambda: conformal_band(few(), "gain", alpha=0.2),
    "ConformalSet": lambda: pz.conformal_set(few(), "gain", alpha=0.2),
    "DoseEffects": dosed,
    "DetectableEffects": lambda: sampled().detectable(treated=40, controls=80),
    "Evidence": pz.load_evidence,
    "FewEffects": few,
    **GAINS,
    "HonestEffect": lambda: pz.honest_effect(many().effects, "gain"),
    "Identification": lambda: replace(
        few().joint.identification[0], checks=few().joint.identification[0].checks * 9, outcome=HOSTILE
    ),
    "JointEffects": lambda: few().joint,
    "JointEffects of a covariance": lambda: many().joint,
    "ManyEffects": many,
    "ManyEffects of two units": tiny,
    "MisspecificationSet": lambda: pz.misspecification_set(few().joint, "gain"),
    "Panel": panel,
    "PlanResult": plan,
    "Ratio": lambda: ratio(1.0, 1.0, 0.5, amount_se=0.3, unit=HOSTILE),
    "Residency": _residency,
    "RuleBook": lambda: pz.load_rules("china"),
    "RunComparison": _comparison,
    "SampleNeeded": lambda: sampled().sample(_HOPED),
    "SamplePlan": sampled,
    "SeveralEffects": several,
    "Siting": siting,
    "SpecificationCurve": curve,
    "Table": _hostile_table,
    "Verdict": ranked_verdict,
    "Verdict on a covariance": lambda: pz.judge(many()),
    "Verification": _verification,
    "Verification that ended early": lambda: replace(_verification(), obstacle=HOSTILE, differences=()),
    "ZonePerDose": lambda: zone_per_dose(few(), 1.5, unit=HOSTILE),
    "VerdictPower": lambda: sampled().power(_HOPED, treated=40, controls=80),
}
"""What is shown, by the name of its class and what is particular of it."""

SPECS: dict[str, Callable[[], Any]] = {
    "Candidate": lambda: siting().spec.places[0],
    "Check": lambda: Check("c", "C", "passed", 0.1, 0.2, "It passed."),
    "Conley": lambda: pz.Conley(pz.Coordinates(("lat", "lon"), "degrees"), 50.0),
    "Criterion": lambda: CRITERIA[0],
    "DataClass": lambda: DataClass("people", "CN", "personal", "critical_infrastructure"),
    "EffectCovariance": lambda: EffectCovariance(np.eye(300), HOSTILE, 40, 50),
    "DoseDesign": DoseDesign,
    "DoseEffect": lambda: dosed().rows[0],
    "FewDesign": lambda: few().design,
    "Host": lambda: Host("home", "CN"),
    "ManyDesign": ManyDesign,
    "Outcome": lambda: pz.Outcome("gdp", "development", "up", 5.0, "log"),
    "OutcomeFit": lambda: few().fits[0],
    "Coordinates": lambda: pz.Coordinates(("lat", "lon"), "degrees"),
    "PlaceboDraws": lambda: few().joint.placebos,
    "Predictor": lambda: pz.Predictor("gain"),
    "Rings": lambda: pz.Rings(pz.Coordinates(("lat", "lon"), "degrees"), (10.0, 20.0)),
    "SitingSpec": lambda: siting().spec,
    "WeightSpace": WeightSpace,
}
"""What is given rather than found: its ``repr`` is short as well."""
