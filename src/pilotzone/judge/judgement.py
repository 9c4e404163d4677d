"""From joint effects to one verdict."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Protocol

from pilotzone.core import Combine, JointEffects, Statistic, UsageError, attained_level, check_choice
from pilotzone.judge.claim import assess_claim
from pilotzone.judge.verdict import Verdict
from pilotzone.judge.wording import reasons_for, remarks_for, sentence_for

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["HasJoint", "judge"]


class HasJoint(Protocol):
    """A result that carries joint effects, such as that of `synthetic_control`."""

    @property
    def joint(self) -> JointEffects:
        """The effects on all outcomes jointly."""


def judge(
    effects: JointEffects | HasJoint,
    *,
    alpha: float = 0.05,
    statistic: Statistic = "mean_gap",
    development: Combine = "all",
    limits: Sequence[str] = (),
) -> Verdict:
    """Judge whether a zone raised development without harming the environment.

    Parameters
    ----------
    effects
        Effects on all outcomes of the claim jointly, with placebo draws and identification checks, or a result that
        carries them as ``joint``. An outcome without checks cannot be assessed, and a verdict that rests on it is
        "not identified".
    alpha
        Level of each one-sided test.
    statistic
        Placebo statistic, to be fixed before estimation; the other one is reported beside it.
    development
        Rule over several development outcomes: ``all`` or ``any``.
    limits
        What the data cannot answer, to be printed with the verdict.

    Returns
    -------
    Verdict

    Raises
    ------
    UsageError
        If an option is unknown, alpha is not between 0 and 0.5, a role is missing among the outcomes, or what is
        given is no joint effects.

    Notes
    -----
    The claim is an intersection-union test (Berger 1982) of superiority on development and non-inferiority on the
    environment; p-values are placebo ranks under the shifted null. `pilotzone.judge.labels.decide` holds the table.
    """
    check_choice(statistic, Statistic, "statistic")
    check_choice(development, Combine, "development")
    alpha = _level(alpha)
    if isinstance(limits, str):
        raise UsageError("limits is one text.", allowed="a sequence of texts, such as a list or a tuple")
    effects = _joint_effects(effects)
    # A rank at the level itself rejects, as in confidence sets, also where rounding left the level below: 1 - 0.9.
    alpha = max(alpha, attained_level(alpha, len(effects.draws.units)))
    other_statistic: Statistic = "rmspe_ratio" if statistic == "mean_gap" else "mean_gap"
    claim = assess_claim(effects, statistic=statistic, alpha=alpha, rule=development)
    other = assess_claim(effects, statistic=other_statistic, alpha=alpha, rule=development)
    return Verdict(
        label=claim.label,
        sentence=sentence_for(claim.label, effects, claim, alpha, development),
        reasons=reasons_for(effects, claim, alpha, development),
        p_claim=claim.p_claim,
        p_development=claim.p_development,
        p_environment=claim.p_environment,
        p_harm=claim.p_harm,
        alpha=alpha,
        statistic=statistic,
        development_rule=development,
        smallest_p=effects.draws.smallest_p,
        unit_count=len(effects.draws.units),
        pool_rule=effects.draws.pool_rule,
        tests=claim.tests,
        other_tests=other.tests,
        other_label=other.label,
        remarks=remarks_for(effects, claim, other, alpha, statistic),
        limits=tuple(limits),
    )


def _level(alpha: object) -> float:
    # Above one half the nulls "harm of at least" and "at most the margin" could both be rejected.
    level = 0.0 if isinstance(alpha, bool) or not isinstance(alpha, Real) else float(alpha)
    if not 0 < level < 0.5:  # noqa: PLR2004
        raise UsageError(f"alpha is {alpha!r}.", allowed="a level above 0 and below 0.5, such as 0.05")
    return level


def _joint_effects(effects: object) -> JointEffects:
    found = effects if isinstance(effects, JointEffects) else getattr(effects, "joint", None)
    if not isinstance(found, JointEffects):
        raise UsageError(
            f"effects is of type {type(effects).__name__}.",
            allowed="joint effects, or a result that carries them as 'joint', such as that of synthetic_control",
        )
    return found
