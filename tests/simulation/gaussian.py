"""Verdicts by a covariance when the truth is known: size of the claim, errors among several outcomes, labels.

``python -m tests.simulation.gaussian N M`` prints the tables with N draws a row, M in those of several outcomes, as
docs/explanation/simulations.md shows them. Effects are drawn from a normal distribution. Their covariance is known, or
estimated with so many degrees of freedom (Wishart), as where it rests on few units.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from pilotzone.core import Check, EffectCovariance, Familywise, Identification, JointEffects, Outcome
from pilotzone.judgement.gaussian import assess_gaussian
from pilotzone.judgement.sample_size import SamplePlan
from tests.simulation.labels import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pilotzone.core import Combine, VerdictLabel
    from pilotzone.judgement.claim import ClaimTests

    Floats = NDArray[np.float64]

SEED = 20165
MARGIN = 3.0
"""In standard errors: harm is excluded with a probability of 0.91 where there is none."""
FAR = 8.0
RULES: tuple[Familywise, ...] = get_args(Familywise)
Law = Literal["normal", "t", "normal, though estimated"]
"""Covariance known; estimated and told so by its degrees of freedom; estimated and taken as known."""


@dataclass(frozen=True)
class Setting:
    """Effects in standard errors, and how they are tested.

    Attributes
    ----------
    gains, harms
        True effects on development outcomes, and on environment outcomes (up is bad, the margin is 3).
    correlation
        Of all effects.
    law, degrees
        What is known of the covariance, and with how many degrees of freedom it is estimated.
    rule, familywise
        As in `judge`.
    """

    gains: tuple[float, ...]
    harms: tuple[float, ...]
    correlation: float = 0.0
    law: Law = "normal"
    degrees: int = 10
    rule: Combine = "all"
    familywise: Familywise = "sup-t"

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes, development first."""
        gains = (Outcome(f"gain {k}", "development", "up", MARGIN, "level") for k in range(len(self.gains)))
        harms = (Outcome(f"harm {k}", "environment", "down", MARGIN, "level") for k in range(len(self.harms)))
        return (*gains, *harms)

    @property
    def matrix(self) -> Floats:
        """Covariance of the effects; between development and environment the correlation has its sign, else none."""
        count = len(self.gains) + len(self.harms)
        found = np.full((count, count), self.correlation)
        if self.correlation < 0:  # of three outcomes or more not all can move against one another
            side = np.r_[np.ones(len(self.gains)), -np.ones(len(self.harms))]
            found = -self.correlation * np.outer(side, side)
        np.fill_diagonal(found, 1.0)
        return found


def claims(setting: Setting, count: int, *, alpha: float = 0.05, seed: int = SEED) -> Iterator[ClaimTests]:
    """Yield the tests of the claim on so many draws."""
    rng = np.random.default_rng(seed)
    passed = (Check("parallel", "parallel", "passed", 0.0, 1.0, "By construction."),)
    checks = tuple(Identification(outcome.name, passed) for outcome in setting.outcomes)
    truth, root = np.r_[setting.gains, setting.harms], np.linalg.cholesky(setting.matrix)
    for _ in range(count):
        estimate = truth + root @ rng.normal(size=len(truth))
        matrix = setting.matrix
        if setting.law != "normal":
            noise = root @ rng.normal(size=(len(truth), setting.degrees))
            matrix = noise @ noise.T / setting.degrees
        degrees = float(setting.degrees) if setting.law == "t" else None
        spread = EffectCovariance(matrix, "units", setting.degrees + 1, setting.degrees + 1, degrees)
        effects = JointEffects(
            "simulated units", 0, (0,), "given", setting.outcomes, estimate, identification=checks, covariance=spread
        )
        yield assess_gaussian(
            effects, spread, alpha=alpha, rule=setting.rule, familywise=setting.familywise, allowance=0.0
        )


def accepted(setting: Setting, count: int, levels: tuple[float, ...] = (0.05, 0.1)) -> list[float]:
    """Return the share of claims that are accepted, by level."""
    found = np.array([claim.p_claim for claim in claims(setting, count)])
    return [float(np.mean(found <= level)) for level in levels]


def wrong(setting: Setting, count: int, level: float = 0.05) -> float:
    """Return how often a development outcome without gain is among those that are said to have risen."""
    idle = [k for k, gain in enumerate(setting.gains) if gain <= 0]
    found = [[claim.tests[k].p_adjusted for k in idle] for claim in claims(setting, count)]
    return float(np.mean((np.array(found, dtype=float) <= level).any(axis=1)))


def label_shares(setting: Setting, count: int) -> dict[VerdictLabel, float]:
    """Return the share of each label."""
    counted = Counter(claim.label for claim in claims(setting, count))
    return {label: counted[label] / count for label in LABELS}


def exact_shares(setting: Setting) -> dict[VerdictLabel, float]:
    """Return the probability of each label with a known covariance."""
    plan = SamplePlan(setting.outcomes, setting.matrix / 2, development=setting.rule, familywise=setting.familywise)
    truth = dict(zip([item.name for item in setting.outcomes], (*setting.gains, *setting.harms), strict=True))
    return {label: plan.power(truth, treated=1, controls=1).labels[label] for label in LABELS}


def boundaries() -> list[tuple[str, Setting]]:
    """Return each way of being on the boundary of "no gain or harm", with all other parts far inside the claim."""
    rows = []
    for correlation in (0.0, 0.8, -0.8):
        rows += [
            ("development", Setting((0.0,), (-FAR,), correlation)),
            ("environment", Setting((FAR,), (MARGIN,), correlation)),
        ]
    rows += [
        ("both", Setting((0.0,), (MARGIN,), 0.8)),
        ("both", Setting((0.0,), (MARGIN,), -0.8)),
        ("one of two, all must rise", Setting((0.0, FAR), (-FAR, -FAR), 0.5)),
        ("two of two, any may rise, sup-t", Setting((0.0, 0.0), (-FAR, -FAR), 0.5, rule="any")),
        ("two of two, any may rise, Holm", Setting((0.0, 0.0), (-FAR, -FAR), 0.5, rule="any", familywise="holm")),
        ("one of two margins", Setting((FAR,), (MARGIN, -FAR), 0.5)),
    ]
    estimated: tuple[Law, ...] = ("t", "normal, though estimated")
    for law in estimated:
        rows += [
            ("development", Setting((0.0,), (-FAR,), 0.8, law=law)),
            ("environment", Setting((FAR,), (MARGIN,), 0.8, law=law)),
            ("two of two, any may rise, sup-t", Setting((0.0, 0.0), (-FAR,), 0.5, law=law, rule="any")),
        ]
    return rows


def families() -> list[tuple[str, Setting]]:
    """Return three development outcomes, of which some have a gain."""
    known: tuple[tuple[Law, float], ...] = (("normal", 0.0), ("normal", 0.9), ("t", 0.5))
    return [
        (words, Setting(gains, (-FAR,), correlation, law=law, degrees=12, rule="any", familywise=familywise))
        for words, gains in (("none of three", (0.0, 0.0, 0.0)), ("one of three", (0.0, 0.0, 3.0)))
        for law, correlation in known
        for familywise in RULES
    ]


def truths() -> list[tuple[str, Setting]]:
    """Return truths for the table of labels; effects in standard errors."""
    return [
        ("nothing", Setting((0.0,), (0.0,), 0.3)),
        ("gain 3", Setting((3.0,), (0.0,), 0.3)),
        ("gain 3, harm at the margin", Setting((3.0,), (MARGIN,), 0.3)),
        ("gain 3, harm 6", Setting((3.0,), (6.0,), 0.3)),
        ("harm 6", Setting((0.0,), (6.0,), 0.3)),
        ("loss 3", Setting((-3.0,), (0.0,), 0.3)),
        ("gain 3 in one of two, any may rise", Setting((3.0, 0.0), (0.0,), 0.3, rule="any")),
        ("gain 3 in one of two, all must rise", Setting((3.0, 0.0), (0.0,), 0.3)),
    ]


def main(count: int, several: int) -> None:
    """Print all tables."""
    print(f"{count} draws a row, {several} among several outcomes, seed {SEED}")  # noqa: T201 - a script that prints
    print("| at its boundary | correlation | covariance | at 0.05 | at 0.10 |")  # noqa: T201 - a script that prints
    for words, setting in boundaries():
        shares = " | ".join(f"{share:.4f}" for share in accepted(setting, count))
        print(f"| {words} | {setting.correlation:g} | {setting.law} | {shares} |", flush=True)  # noqa: T201
    print("| gains | rule | correlation | covariance | wrongly said to have risen |")  # noqa: T201
    for words, setting in families():
        share = wrong(setting, several)
        head = f"| {words} | {setting.familywise} | {setting.correlation:g} | {setting.law}"
        print(f"{head} | {share:.4f} |", flush=True)  # noqa: T201 - a script that prints
    print(f"| truth | which | {' | '.join(LABELS)} |")  # noqa: T201 - a script that prints
    for words, setting in truths():
        for which, shares_of in (("counted", label_shares(setting, count)), ("computed", exact_shares(setting))):
            cells = " | ".join(f"{100 * shares_of[label]:.1f}" for label in LABELS)
            print(f"| {words} | {which} | {cells} |", flush=True)  # noqa: T201 - a script that prints


if __name__ == "__main__":
    numbers = [int(item) for item in sys.argv[1:]] or [5000]
    main(numbers[0], min(numbers[-1], 2000) if len(numbers) == 1 else numbers[1])
