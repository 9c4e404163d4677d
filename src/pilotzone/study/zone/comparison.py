"""Whether groups, ranked units and negative controls of a study file agree with the rest of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import StudyError

if TYPE_CHECKING:
    from pilotzone.study.zone.file import NegativeControlSpec, StudySpec

__all__ = ["check_comparison"]


def check_comparison(spec: StudySpec) -> None:
    """Check what no single key can tell.

    Raises
    ------
    StudyError
        Naming the keys that contradict one another.
    """
    _ranked(spec)
    _one_zone(spec)
    for place, item in enumerate(spec.negative_controls, 1):
        _control(f"negative_controls[{place}] ({item.name})", item, spec)


def _ranked(spec: StudySpec) -> None:
    out, only = set(spec.donors.exclude), spec.donors.only
    main = spec.method.ranked_among
    lists = [("method.ranked_among", main, "[donors]", out)]
    for place, item in enumerate(spec.alternatives, 1):
        key = f"alternatives[{place}] ({item.name})"
        own = main if item.ranked_among is None else item.ranked_among
        lists += [(f"{key}, ranked_among", item.ranked_among or (), "[donors]", out)]
        lists += [("ranked_among", own, f"exclude of {key}", set(item.exclude))]
    for key, among, by, without in lists:
        for unit in among:
            if unit in without or (by == "[donors]" and only and unit not in (*only, spec.zone.unit)):
                raise StudyError(f"{key} names {unit!r}, which {by} leaves out.", todo="take it out of one of the two")


def _one_zone(spec: StudySpec) -> None:
    if not spec.zone.also:
        return
    asked = {
        "groups": spec.groups is not None,
        "method.ranked_among": bool(spec.method.ranked_among),
        "negative_controls": bool(spec.negative_controls),
    }
    for key, there in asked.items():
        if there:
            raise StudyError(
                f"{key} cannot be used with several zones (zone.also): it is there for one zone.",
                todo="take it out, or run a study of each zone by itself besides",
            )


def _control(key: str, item: NegativeControlSpec, spec: StudySpec) -> None:
    dated = item.start is not None or item.window is not None or item.anticipation is not None
    if dated == (item.outcome is not None):
        raise StudyError(
            f"{key} has {'both dates and an outcome' if dated else 'neither dates nor an outcome'}.",
            allowed="start and window, before the zone; or an outcome that the zone does not reach",
        )
    if item.outcome is not None:
        return
    if item.start is None or item.window is None:
        raise StudyError(f"{key} has no {'start' if item.start is None else 'window'}.", allowed="start and window")
    first, last = item.window
    if not item.start <= first <= last < spec.zone.start:
        raise StudyError(
            f"{key}: start is {item.start} and window {first} to {last}, and the zone starts in {spec.zone.start}.",
            allowed="start <= first <= last, all before the zone",
        )
