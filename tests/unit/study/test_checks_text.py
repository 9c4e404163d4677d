"""How checks that do not pass are told: which, of how many, and why one stays open."""

from __future__ import annotations

import pytest

from pilotzone.core import Check, CheckState, Identification, Outcome
from pilotzone.study.runs.answer import checks_text

GINI = Outcome("gini", "inclusion", "down", 0.02, "level", "Gini")
MEAN = Outcome("mean", "development", "up", 2.0, "log", "Mean income")


def of(outcome: Outcome, *checks: tuple[CheckState, float | None]) -> Identification:
    return Identification(
        outcome.name, tuple(Check(f"c{k}", f"Check {k}", *each, 1.0, "") for k, each in enumerate(checks))
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((of(GINI, ("passed", 0.5)),), ""),
        ((of(GINI, ("failed", 1.5)),), "The only check is not passed on Gini: Check 0."),
        (
            (of(GINI, ("cannot be assessed", 1.5)),),
            "The only check is open on Gini: Check 0 (the margin lies within the interval).",
        ),
        ((of(GINI, ("cannot be assessed", None)),), "The only check is open on Gini: Check 0 (cannot be assessed)."),
        (
            (of(GINI, ("failed", 1.5), ("passed", 0.5)), of(MEAN, ("cannot be assessed", None))),
            (
                "1 of 2 checks not passed on Gini and the only check is open on Mean income: Check 0; Check 0 (cannot "
                "be assessed)."
            ),
        ),
        (
            (of(GINI, ("failed", 1.5), ("cannot be assessed", 1.5)), of(MEAN, ("failed", 2.0), ("failed", 2.0))),
            (
                "2 of 2 checks not passed on Gini and 2 of 2 not passed on Mean income: Check 0; Check 1 (the margin "
                "lies within the interval); Check 1."
            ),
        ),
    ],
)
def test_checks_that_do_not_pass(found: tuple[Identification, ...], told: str) -> None:
    assert checks_text([GINI, MEAN], found) == told
