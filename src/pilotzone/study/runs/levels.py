"""Levels that are arbitrary, as those of a chained index, or none, as growth: what studies do with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pilotzone.core import StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pilotzone.core import Scale, SeriesInfo

__all__ = ["check_free_estimator", "check_free_scale", "check_growth", "level_remark"]


def check_growth(series: Mapping[str, SeriesInfo], name: str, scale: Scale) -> None:
    """Refuse changes on the period before that are taken for the logarithm of a level.

    Parameters
    ----------
    series
        All series of the data, derived ones too.
    name, scale
        Name and scale of the outcome.

    Raises
    ------
    StudyError
        If the outcome is made of an index of growth alone and its scale is ``log``: an effect would be read as percent
        of a level.
    """
    info = series[name]
    if not info.is_growth or scale != "log":
        return
    index = _index_in(series, name)
    said = f" (derived as {info.formula})" if info.formula else ""
    raise StudyError(
        f"outcome {name!r} has scale 'log', but is growth on the period before{said}, and not the logarithm of "
        "a level.",
        allowed=f"a level: did you mean chain({index}, YEAR), with a year of the data? Or the index itself with scale "
        "= 'level', for an effect on growth",
        todo=f'derive it, such as {name} = "chain({index}, YEAR)"',
    )


def _index_in(series: Mapping[str, SeriesInfo], name: str) -> str:
    """Return the index of growth that a series is made from: itself, if it is one."""
    formula = series[name].formula
    inside = [item for item in series if item != name and re.search(rf"(?<!\w){re.escape(item)}(?!\w)", formula)]
    found = [_index_in(series, item) for item in inside if series[item].is_growth]
    return found[0] if found else name


def check_free_scale(info: SeriesInfo, scale: Scale) -> None:
    """Refuse effects in the unit of a level that is arbitrary.

    Raises
    ------
    StudyError
        If the level of the series is arbitrary and its scale is ``level``.
    """
    if info.free_level and scale == "level":
        is_log = info.unit.startswith("log(")
        raise StudyError(
            f"outcome {info.name!r} has scale 'level', but its level is arbitrary{_why(info)}: an effect in its unit "
            "means nothing.",
            allowed="scale = 'log' with a logarithm, whose changes are in percent of any level",
            todo='it is a logarithm already: set scale = "log" and a margin in percent, such as margin = "5%"'
            if is_log
            else f'derive the logarithm, such as log_{info.name} = "log({info.name})"',
        )


def check_free_estimator(info: SeriesInfo, key: str, estimator: str, allowed: str, *, ignores_levels: bool) -> None:
    """Refuse an estimator that compares levels where these are arbitrary.

    Parameters
    ----------
    info
        The outcome's series.
    key
        Key of the study file that names the estimator.
    estimator
        Its name.
    allowed
        The estimators that are allowed, quoted.
    ignores_levels
        Whether its effects stay the same when each unit's path is moved by a constant of its own.

    Raises
    ------
    StudyError
        Naming outcome, key and what is allowed.
    """
    if info.free_level and not ignores_levels:
        raise StudyError(
            f"{key}: {estimator!r} compares levels, and that of outcome {info.name!r} is arbitrary{_why(info)}.",
            allowed=f"{allowed}: their effects do not depend on levels",
            todo="choose one of them, or an outcome whose level means something",
        )


def level_remark(info: SeriesInfo, title: str) -> str:
    """Return what is to be known of an outcome whose level is arbitrary, or that is not a level; else nothing."""
    if info.free_level:
        return f"{title}: levels are arbitrary{_why(info)}. Only changes are compared, in percent."
    if info.is_growth:
        return f"{title}: growth on the period before{_why(info)}. An effect is one on growth, and not on a level."
    return ""


def _why(info: SeriesInfo) -> str:
    return f" (derived as {info.formula})" if info.formula else " (an index)"
