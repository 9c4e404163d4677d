"""The decision table: from three findings to one label."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from pilotzone.core import Role, VerdictLabel

__all__ = ["decide", "whole_success"]


def decide(
    *,
    assessable: bool,
    decidable: bool,
    gain: bool | None,
    harm_excluded: bool | None,
    harm_shown: bool | None,
    roles: Collection[Role] = ("development", "environment"),
) -> VerdictLabel:
    """Return the label.

    Parameters
    ----------
    assessable
        Every outcome of the claim has figures in the window, a past to compare with, and varies.
    decidable
        There are enough units for every test of the claim to reach the level.
    gain
        The null "no development" is rejected; ``None`` where the claim has no development outcome.
    harm_excluded
        The null "harm of at least the margin" is rejected on every safeguard; ``None`` where the claim has none.
    harm_shown
        The null "harm of at most the margin" is rejected on some safeguard. It cannot hold together with
        `harm_excluded`: the two reject on opposite sides of the same boundary.
    roles
        Those that the claim has, which name a success.

    Notes
    -----
    Rows are read from the top: what cannot be assessed has no p, and a test that could never reject is not evidence.
    Growth and harm are only ever claimed by a rejection.

    Examples
    --------
    >>> decide(assessable=True, decidable=True, gain=False, harm_excluded=False, harm_shown=False)
    'too noisy for this margin'
    """
    if not assessable or not decidable:
        return "cannot be assessed" if not assessable else "cannot be decided"
    if harm_excluded is None:
        return "growth" if gain else "growth not shown"
    table: dict[tuple[bool | None, bool, bool], VerdictLabel] = {
        (None, True, False): "harm excluded",
        (None, False, True): "harm",
        (True, True, False): whole_success(roles),
        (True, False, True): "growth at a cost",
        (True, False, False): "growth, harm not excluded",
        (False, True, False): "harm excluded, growth not shown",
        (False, False, True): "harm without growth",
    }
    return table.get((gain, harm_excluded, bool(harm_shown)), "too noisy for this margin")


def whole_success(roles: Collection[Role]) -> VerdictLabel:
    """Return what a claim with these roles, development and safeguards, is called where all of it is shown.

    Examples
    --------
    >>> whole_success(["development", "inclusion"])
    'inclusive growth'
    """
    green, inclusive = "environment" in roles, "inclusion" in roles
    if green and inclusive:
        return "green and inclusive growth"
    return "inclusive growth" if inclusive else "green growth"
