"""The decision table: from three findings and the state of identification to one label."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotzone.core import VerdictLabel

__all__ = ["decide"]


def decide(
    *,
    identified: bool,
    decidable: bool,
    development_shown: bool,
    harm_excluded: bool,
    harm_shown: bool,
) -> VerdictLabel:
    """Return the label.

    Parameters
    ----------
    identified
        Every outcome of the claim passed its identification checks.
    decidable
        The smallest attainable p does not exceed alpha.
    development_shown
        The null "no development" is rejected.
    harm_excluded
        The null "harm of at least the margin" is rejected on every environment outcome.
    harm_shown
        The null "harm of at most the margin" is rejected on some environment outcome. It cannot hold together with
        `harm_excluded`: the two reject on opposite sides of the same boundary.

    Notes
    -----
    Rows are read from the top: an outcome that is not identified is not identified whatever its p, and a test that
    could never reject is not evidence. Growth and harm are only ever claimed by a rejection.

    Examples
    --------
    >>> decide(identified=True, decidable=True, development_shown=False, harm_excluded=False, harm_shown=False)
    'nothing detectable'
    """
    if not identified:
        return "not identified"
    if not decidable:
        return "cannot be decided"
    if harm_shown:
        return "growth at a cost" if development_shown else "harm without growth"
    if harm_excluded:
        return "green growth" if development_shown else "harm excluded, growth not shown"
    return "growth, harm not excluded" if development_shown else "nothing detectable"
