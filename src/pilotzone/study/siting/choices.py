"""What of a ranking of places can be set on a page: weights by shares or by order, places, method, gaps and draws."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pilotzone.site import known_regions, place_of_region
from pilotzone.study.runs.choices import Choice, Option
from pilotzone.study.runs.offering import Offer, offered, settable_of
from pilotzone.study.siting.findings import ManyFindings
from pilotzone.study.siting.wording import METHODS, criterion_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.study.siting.file import SitingFile, SitingStudy, WeightEntry
    from pilotzone.study.siting.findings import SitingFindings

__all__ = ["SETTABLE", "siting_choices"]

_WEIGHTS = ("weights.fixed", "weights.order", "weights.intervals")
_RANKING = (
    Offer("method", "Method", words=METHODS),
    Offer(
        "gaps",
        "A place that lacks a figure",
        words={"range": "is ranked over what it could be", "leave_out": "is left out"},
    ),
    Offer(
        "spot",
        "Where in a place",
        words={"chosen": "the best spot is chosen", "unknown": "any spot may be it"},
        hint="Counts where a place has several spots.",
    ),
    Offer("year", "Year of GDP and power mix", hint="The latest that is known if left empty."),
)
_DRAWS = (
    Offer(
        "uncertain_figures",
        "Figures are uncertain",
        hint="If not, each is taken in the middle of its range. Weights are uncertain unless they are fixed.",
    ),
    Offer("draws", "Draws of weights"),
    Offer("batches", "Draws of figures", hint="At most as many as draws of weights."),
    Offer("seed", "Seed"),
)
SETTABLE = ("title", *_WEIGHTS, "regions", *settable_of("", _RANKING), *settable_of("", _DRAWS))
"""Keys that a page may set: none of them names a file."""


def siting_choices(study: SitingStudy, found: SitingFindings | ManyFindings) -> tuple[Choice, ...]:
    """Return what can be set: weights, then places and method, then draws."""
    spec = study.spec
    names = [criterion.name for criterion in found.siting.spec.criteria]
    ranking = _RANKING[:1] if isinstance(found, ManyFindings) else _RANKING
    return (
        *_weights(spec.weights, names),
        *_places(spec),
        *offered(spec, "", "Ranking", ranking),
        *offered(spec, "", "Simulation", _DRAWS),
        Choice("title", "Title", "Study", "text", spec.title),
    )


def _weights(given: WeightEntry, names: Sequence[str]) -> Iterator[Choice]:
    if len(names) < 2:  # noqa: PLR2004 - of a single criterion there is nothing to weigh
        return
    criteria = tuple(Option(name, criterion_label(name)) for name in names)
    now, ways = _state(given, names), _ways(given, names)
    yield Choice(
        "weights",
        "What is known of weights",
        "Weights",
        "preset",
        now,
        ways,
        hint="Where nothing is known, every set of weights is as likely as any other.",
    )
    if now == "fixed":
        yield Choice(
            "weights.fixed",
            "Shares",
            "Weights",
            "shares",
            {name: given.fixed[name] for name in names},
            criteria,
            hint="Raising one lowers the others in proportion.",
        )
    elif now == "order":
        yield Choice(
            "weights.order",
            "Order, the weightiest first",
            "Weights",
            "order",
            given.order,
            criteria,
            hint="Each weighs at least as much as the next.",
        )


def _state(given: WeightEntry, names: Sequence[str]) -> str:
    if not given.fixed and not given.intervals and not given.order:
        return "nothing"
    if not given.intervals and not given.order and set(given.fixed) == set(names):
        return "fixed"
    chain = [pair[0] for pair in given.order] + [pair[1] for pair in given.order[-1:]]
    whole = sorted(chain) == sorted(names) and tuple(given.order) == tuple(pairwise(chain))
    return "order" if whole and not given.fixed and not given.intervals else "file"


def _ways(given: WeightEntry, names: Sequence[str]) -> tuple[Option, ...]:
    """Return what can be known of weights; what a file says otherwise stays as one of them."""

    def only(key: str = "", value: object = None) -> dict[str, Any]:
        return {name: value if name == key else None for name in _WEIGHTS}

    share, rest = divmod(100, len(names))
    even = {name: (share + (k < rest)) / 100 for k, name in enumerate(names)}
    fixed = given.fixed if set(given.fixed) == set(names) else even
    own = {"weights.fixed": given.fixed, "weights.order": list(given.order), "weights.intervals": given.intervals}
    ways = (
        Option("nothing", "nothing", only()),
        Option("order", "their order", only("weights.order", [list(pair) for pair in pairwise(names)])),
        Option("fixed", "their shares", only("weights.fixed", dict(fixed))),
    )
    kept = {key: value or None for key, value in own.items()}
    return (*ways, Option("file", "what the study file says", kept)) if _state(given, names) == "file" else ways


def _places(spec: SitingFile) -> Iterator[Choice]:
    if not spec.regions:
        return
    known = known_regions()
    names = sorted((Option(code, place_of_region(code).name) for code in known), key=lambda item: item.label)
    chosen = list(known) if spec.regions == "all" else list(spec.regions)
    yield Choice("regions", "Places compared", "Ranking", "several", chosen, tuple(names))
