"""Whether the parts of a study file agree with one another, as far as that can be told without its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.core import Period, StudyError, UsageError, read_margin
from pilotzone.evaluation.few import ESTIMATORS, MOST_ZONES, estimators_that
from pilotzone.study.zone.comparison import check_comparison

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.core import Estimator, PoolRule
    from pilotzone.study.zone.file import StudySpec

__all__ = ["check_agreement"]

_PERCENT = 100


def check_agreement(spec: StudySpec) -> None:
    """Check what no single key can tell.

    Raises
    ------
    StudyError
        Naming the keys that contradict one another.
    """
    _one_kind(spec)
    _names(spec)
    _margins(spec)
    _data(spec)
    _donors(spec)
    _main_dates(spec)
    _other_dates(spec)
    _pools(spec)
    _predictors(spec)
    _sensitivity(spec)
    _several(spec)
    check_comparison(spec)
    _p_values(spec)


def _one_kind(spec: StudySpec) -> None:
    """Refuse periods of several kinds: months among quarters, or years among dates."""
    spans = {"window.verdict": spec.window.verdict, "zone.start": (spec.zone.start,)}
    spans |= {f"window.longer[{k}]": span for k, span in enumerate(spec.window.longer, 1)}
    for k, also in enumerate(spec.zone.also, 1):
        spans[f"zone.also[{k}]"] = (also.start, *also.window)
    for k, item in enumerate(spec.alternatives, 1):
        spans[f"alternatives[{k}] ({item.name})"] = (
            *(item.window or ()),
            *(() if item.start is None else (item.start,)),
        )
    for k, control in enumerate(spec.negative_controls, 1):
        dates = () if control.start is None else (control.start,)
        spans[f"negative_controls[{k}] ({control.name})"] = (*(control.window or ()), *dates)
    spans |= {key: (period,) for key, period in _pre_froms(spec) if period is not None}
    spans |= {f"method.predictors ({item.name})": (*item.fitted, *item.training) for item in spec.method.predictors}
    spans["sensitivity.last"] = () if spec.sensitivity is None else spec.sensitivity.last or ()
    spans |= {f"breaks ({item.name})": item.span for item in spec.breaks}
    for key, periods in spans.items():
        for period in periods:
            if _kind(period) != _kind(spec.zone.start):
                raise StudyError(
                    f"{key} holds {period}, and zone.start is {spec.zone.start}: they are periods of different kinds.",
                    allowed="years, quarters, months, weeks or days throughout",
                )


def _kind(period: int) -> str:
    return period.frequency if isinstance(period, Period) else "number"


def _names(spec: StudySpec) -> None:
    lists: dict[str, list[str]] = {
        "name in outcomes and secondary": [*(item.name for item in spec.outcomes), *(s.name for s in spec.secondary)],
        "name in alternatives (the main design is 'main')": ["main", *(item.name for item in spec.alternatives)],
        "name in negative_controls": [item.name for item in spec.negative_controls],
        "method.ranked_among": list(spec.method.ranked_among),
        "method.compare": list(spec.method.compare),
        "data.series": list(spec.data.series),
        "name in method.predictors": [item.name for item in spec.method.predictors],
    }
    for key, names in lists.items():
        for name in names:
            if names.count(name) > 1:
                raise StudyError(f"{key}: {name!r} stands there twice.", todo="take one out or rename it")


def _margins(spec: StudySpec) -> None:
    for place, item in enumerate(spec.outcomes, 1):
        if item.scale != "log":
            continue  # the unit of a level is known once the data are
        try:
            margin, _, _ = read_margin(item.margin, item.scale, "1", repr(item.name))
        except UsageError as error:
            where = f"outcomes[{place}]: {error.what}"
            raise StudyError(where, allowed=error.allowed, todo=error.todo) from None
        if item.good == "up" and margin >= _PERCENT:
            raise StudyError(
                f"outcomes[{place}].margin of {item.name!r} is {margin:g} percent: a loss cannot reach 100 percent.",
                allowed="a percentage above 0 and below 100",
            )


def _data(spec: StudySpec) -> None:
    if spec.data.source == "bundled":
        # By value, so that settings as the audit lists them, defaults included, can be read again.
        given = spec.data.model_dump(exclude_defaults=True)
        idle = sorted(set(given) - {"source", "series"})
        if idle:
            raise StudyError(
                f"data.{idle[0]} has no effect with data.source = 'bundled'.",
                allowed="source and series; the other keys describe a file of your own (source = 'file')",
            )


def _donors(spec: StudySpec) -> None:
    donors = spec.donors
    named_in = {"donors.exclude": tuple(donors.exclude), "donors.only": donors.only}
    for place, item in enumerate(spec.alternatives, 1):
        named_in[f"alternatives[{place}] ({item.name}), exclude"] = tuple(item.exclude)
    for key, units in named_in.items():
        for own in spec.zone.units:
            if own in units:
                named = "zone.unit" if own == spec.zone.unit else "zone.also"
                raise StudyError(f"{key} names {own!r}, which is a zone itself ({named}).", todo="take it out")
    both = sorted(set(donors.only) & set(donors.exclude))
    if both:
        raise StudyError(f"donors.only and donors.exclude both name {both[0]!r}.", todo="take it out of one of them")


def _main_dates(spec: StudySpec) -> None:
    start = spec.zone.start
    _window("window.verdict", spec.window.verdict, start)
    for place, span in enumerate(spec.window.longer, 1):
        _window(f"window.longer[{place}]", span, start)
    _before("method.pre_from", spec.method.pre_from, start)
    for place, item in enumerate(spec.secondary, 1):
        _before(f"secondary[{place}].pre_from", item.pre_from, start)


def _other_dates(spec: StudySpec) -> None:
    for place, item in enumerate(spec.alternatives, 1):
        key = f"alternatives[{place}] ({item.name})"
        start = spec.zone.start if item.start is None else item.start
        window = spec.window.verdict if item.window is None else item.window
        _window(f"{key}, window", window, start)
        _before(f"{key}, pre_from", item.pre_from if item.pre_from is not None else spec.method.pre_from, start)


def _window(key: str, span: Sequence[int], start: int) -> None:
    first, last = span
    if not start <= first <= last:
        raise StudyError(
            f"{key} is {first} to {last}, and the zone starts in {start}.",
            allowed="[first, last] with start <= first <= last",
        )


def _before(key: str, pre_from: int | None, start: int) -> None:
    if pre_from is not None and pre_from >= start:
        raise StudyError(f"{key} is {pre_from}, and the zone starts in {start}.", allowed="a period before the start")


def _designs(spec: StudySpec) -> Iterator[tuple[str, Estimator, PoolRule]]:
    yield "method", spec.method.estimator, spec.method.pools
    for place, item in enumerate(spec.alternatives, 1):
        pair = item.estimator or spec.method.estimator, item.pools or spec.method.pools
        yield f"alternatives[{place}] ({item.name})", *pair


def _pools(spec: StudySpec) -> None:
    for key, estimator, pools in _designs(spec):
        record = ESTIMATORS[estimator]
        if record.fit is None:
            raise StudyError(
                f"{key}: estimator = {estimator!r} ({record.label}) has no donor weights and cannot carry a verdict.",
                allowed=f"{estimator!r} in method.compare, beside the main estimator",
            )
        if record.pools not in {None, pools}:
            raise StudyError(
                f"{key}: estimator = {estimator!r} cannot be combined with pools = {pools!r}.",
                allowed=f"pools = {record.pools!r} with {estimator} (its ranks are approximate)",
            )


def _predictors(spec: StudySpec) -> None:
    named = bool(spec.method.predictors)
    asked = [(key, estimator) for key, estimator, _ in _designs(spec)]
    asked += [("method.compare", estimator) for estimator in spec.method.compare]
    users = [(key, estimator) for key, estimator in asked if ESTIMATORS[estimator].needs_predictors]
    if users and not named:
        key, estimator = users[0]
        raise StudyError(
            f"{key}: {estimator!r} needs predictors, and there are none.",
            allowed="one table [[method.predictors]] per series to fit on",
            todo="name predictors or choose another estimator",
        )
    if named and not users:
        raise StudyError(
            "method.predictors: no estimator here fits on them.",
            allowed=f"predictors with {estimators_that(lambda record: record.needs_predictors)} in method.estimator, "
            "method.compare or an alternative",
        )


def _sensitivity(spec: StudySpec) -> None:
    if spec.sensitivity is None:
        return
    first = spec.window.verdict[0]
    for period in spec.sensitivity.last or ():
        if period < first:
            raise StudyError(
                f"sensitivity.last holds {period}, and the window begins in {first} (window.verdict).",
                allowed="periods in which a window may end",
            )


def _pre_froms(spec: StudySpec) -> Iterator[tuple[str, int | None]]:
    """Yield every first fitted period, which holds for all zones."""
    yield "method.pre_from", spec.method.pre_from
    yield from ((f"secondary[{k}] ({item.name}), pre_from", item.pre_from) for k, item in enumerate(spec.secondary, 1))
    for place, item in enumerate(spec.alternatives, 1):
        yield f"alternatives[{place}] ({item.name}), pre_from", item.pre_from


def _several(spec: StudySpec) -> None:
    """Check further zones, and that nothing is asked which is there for one zone only."""
    if not spec.zone.also:
        return
    for place, item in enumerate(spec.zone.also, 1):
        if spec.zone.units.count(item.unit) > 1:
            raise StudyError(f"zone.also[{place}]: {item.unit!r} is a zone already.", todo="take one out")
        _window(f"zone.also[{place}].window", item.window, item.start)
        for key, pre_from in _pre_froms(spec):
            _before(key, pre_from, item.start)
    if len(spec.zone.units) > MOST_ZONES:
        raise StudyError(
            f"zone and zone.also name {len(spec.zone.units)} zones.",
            allowed=f"up to {MOST_ZONES} zones",
        )
    for key, estimator, _ in (*_designs(spec), *(("method.compare", item, None) for item in spec.method.compare)):
        if not ESTIMATORS[estimator].several_zones:
            raise StudyError(
                f"{key}: estimator = {estimator!r} cannot be used with several zones (zone.also).",
                allowed=estimators_that(lambda record: record.several_zones),
            )
    alone = (("window.longer", spec.window.longer), ("sensitivity", spec.sensitivity), ("dose", spec.dose))
    for key, asked in alone:
        if asked:
            raise StudyError(
                f"{key} cannot be used with several zones (zone.also): it is there for one zone.",
                todo="take it out, or run a study of each zone by itself besides",
            )


def _p_values(spec: StudySpec) -> None:
    """Check what cannot go together with conformal p-values that decide."""
    claim = spec.claim
    if claim.p_values != "conformal":
        return
    key = "claim.p_values = 'conformal'"
    if spec.zone.also:
        raise StudyError(
            f"{key} cannot be used with several zones (zone.also): it compares the periods of one zone.",
            todo="let placebo ranks decide (p_values = 'placebo'), or run a study of each zone by itself",
        )
    if claim.statistic is not None:
        raise StudyError(
            f"claim.statistic = {claim.statistic!r} has no effect with {key}, which does not rank units.",
            allowed="claim.statistic with p_values = 'placebo'",
            todo="take one of the two out",
        )
    for where, estimator, _ in _designs(spec):
        if ESTIMATORS[estimator].conformal != "exact":
            raise StudyError(
                f"{where}: estimator = {estimator!r} has no exact conformal p-values, which {key} asks for.",
                allowed=estimators_that(lambda record: record.conformal == "exact"),
                todo="choose one of these, or let placebo ranks decide (p_values = 'placebo')",
            )
