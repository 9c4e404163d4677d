"""Results side by side as journals print them: a column for each, effects with standard errors beneath, facts below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pilotzone.core import Table, UsageError, check_choice, p_text, p_words, same_places
from pilotzone.study.runs.models import Ends, Estimate, Model

__all__ = ["Beneath", "check_stars", "model_table"]

Beneath = Literal["se", "p", "interval"]
"""What stands beneath an effect."""

_TOLD: dict[Beneath, str] = {
    "se": "Standard errors in round brackets",
    "p": "p-values in square brackets",
    "interval": "Intervals in square brackets",
}
_TIMES = " Time counts periods since treatment; 0 is the first treated one."
_MINUS = "\N{MINUS SIGN}"
_MOST_STARS = 4
_QUARTER = 4
"""An interval is about four standard errors wide: what places are chosen by where there is no error."""


@dataclass(frozen=True)
class _Style:
    """How effects are printed: what stands beneath them, and levels of stars, largest first."""

    beneath: Beneath
    stars: tuple[float, ...]


def check_stars(levels: Sequence[float]) -> tuple[float, ...]:
    """Return levels of stars, largest first.

    Raises
    ------
    UsageError
        If one is not between 0 and 1, stands twice, or there are more than four.
    """
    if any(not 0 < level < 1 for level in levels) or len(set(levels)) < len(levels) or len(levels) > _MOST_STARS:
        given = ", ".join(f"{level:g}" for level in levels)
        raise UsageError(
            f"stars are asked for at {given}.",
            allowed=f"up to {_MOST_STARS} different levels between 0 and 1, such as 0.1, 0.05, 0.01",
        )
    return tuple(sorted(levels, reverse=True))


def model_table(
    columns: Mapping[str, Model],
    *,
    beneath: Beneath = "se",
    stars: Sequence[float] = (),
    events: bool = False,
    title: str = "",
) -> Table:
    """Lay results side by side.

    Parameters
    ----------
    columns
        Head to result, in the order of the columns.
    beneath
        What stands beneath an effect: its standard error, in round brackets, its p-value or its interval, in square
        ones. An effect without a standard error has its p-value beneath instead.
    stars
        Levels below which an effect has one star, two and so on; none if empty.
    events
        Whether effects by time since treatment stand below the averages.
    title
        Title of the table.

    Returns
    -------
    Table
        Texts: effects, then those by time since treatment, then the facts group by group. Its note says what stands
        in brackets, what the levels of stars are, and what is to be known of each column.

    Raises
    ------
    UsageError
        If `beneath` is unknown or a star stands for something that cannot be a level.
    """
    check_choice(beneath, Beneath, "what stands beneath effects")
    style = _Style(beneath, check_stars(stars))
    names = dict.fromkeys(key for model in columns.values() for key in model.estimates)
    rows = _effects({name: [model.estimates.get(name) for model in columns.values()] for name in names}, style)
    rules: list[int] = []
    if events:
        rules += [len(rows)] if rows else []
        rows += _effects(_by_time([model.events for model in columns.values()]), style)
    for k in range(max((len(model.facts) for model in columns.values()), default=0)):
        groups = [model.facts[k] if k < len(model.facts) else {} for model in columns.values()]
        rules += [len(rows)] if rows else []
        rows += [
            (key, *(group.get(key, "") for group in groups)) for key in dict.fromkeys(k for g in groups for k in g)
        ]
    heads = ("", *columns)
    cells = {head: tuple(row[k] for row in rows) for k, head in enumerate(heads)}
    note = f"{_note(columns, style)}{_TIMES if events else ''}"
    return Table(cells, title, note=note, rules=tuple(rules), centred=True)


# ------------------------------------------------------------------------------------------------- effects


def _effects(found: Mapping[str, Sequence[Estimate | None]], style: _Style) -> list[tuple[str, ...]]:
    """Return a row for each head with its effects, and one for what stands beneath them where anything does."""
    rows: list[tuple[str, ...]] = []
    for name, effects in found.items():
        pairs = [_pair(effect, style) for effect in effects]
        rows.append((name, *(pair[0] for pair in pairs)))
        if any(pair[1] for pair in pairs):
            rows.append(("", *(pair[1] for pair in pairs)))
    return rows


def _by_time(columns: Sequence[Mapping[tuple[str, int], Estimate]]) -> dict[str, list[Estimate | None]]:
    """Return effects by row head: outcomes in their order, and within each the times of all columns, rising."""
    outcomes = list(dict.fromkeys(outcome for column in columns for outcome, _ in column))
    order = sorted({key for column in columns for key in column}, key=lambda key: (outcomes.index(key[0]), key[1]))
    return {
        f"{outcome}, time {str(time).replace('-', _MINUS)}": [column.get((outcome, time)) for column in columns]
        for outcome, time in order
    }


def _pair(found: Estimate | None, style: _Style) -> tuple[str, str]:
    """Return an effect and what stands beneath it."""
    if found is None:
        return "", ""
    (value,) = same_places((found.value,), _size(found))
    star = "" if found.p is None else "*" * sum(found.p < level for level in style.stars)
    return f"{value}{star}", _beneath(found, style.beneath)


def _beneath(found: Estimate, beneath: Beneath) -> str:
    if beneath == "interval":
        return "" if found.intervals is None else _intervals(found)
    if beneath == "se" and found.se is not None:
        return f"({same_places((found.se,), _size(found))[0]})"
    if found.p is None:
        return ""
    return f"[{p_text(found.p) if beneath == 'p' else p_words(found.p)}]"


def _size(found: Estimate) -> float:
    """Return what the places of an effect are chosen by: its error, a quarter of its interval, or its own size."""
    if found.se:
        return found.se
    widths = [high - low for low, high in found.intervals or () if low is not None and high is not None]
    return min((width / _QUARTER for width in widths if width > 0), default=found.value)


def _intervals(found: Estimate) -> str:
    return " and ".join(_interval(ends, _size(found)) for ends in found.intervals or ()) or "none"


def _interval(ends: Ends, size: float) -> str:
    low, high = ends
    first = "(\N{MINUS SIGN}\N{INFINITY}" if low is None else f"[{same_places((low,), size)[0]}"
    second = "\N{INFINITY})" if high is None else f"{same_places((high,), size)[0]}]"
    return f"{first}, {second}"


# --------------------------------------------------------------------------------------------------- notes


def _note(columns: Mapping[str, Model], style: _Style) -> str:
    found = [item for model in columns.values() for item in model.estimates.values()]
    told: list[str] = []
    if found:
        lacks = style.beneath == "se" and any(item.se is None and item.p is not None for item in found)
        some = style.beneath != "se" or any(item.se is not None for item in found)
        told += [f"{_TOLD[style.beneath]}."] if some else []
        told += ["p-values in square brackets where there is no standard error."] if lacks else []
        topics = ["", style.beneath, *(["p"] if lacks or style.stars else [])]
        for topic in dict.fromkeys(topics):
            told += _by_column(columns, lambda model, topic=topic: [model.notes.get(topic, "")])  # type: ignore[misc]
        told += _by_column(columns, _reasons) if style.beneath == "se" else []
    else:
        told += _by_column(columns, lambda model: [model.notes.get("", "")])
    if style.stars and found:
        levels = [f"{'*' * k} p < {level:g}" for k, level in enumerate(style.stars, start=1)]
        told.append(f"{', '.join(levels)}.")
    return " ".join(told)


def _reasons(model: Model) -> list[str]:
    """Return why effects of a column have no standard error."""
    return [f"No standard error of {name}: {item.why}." for name, item in model.estimates.items() if item.why]


def _by_column(columns: Mapping[str, Model], told: Callable[[Model], Sequence[str]]) -> list[str]:
    """Return what is told of columns, once where it is the same of all, else with the heads that it is told of."""
    whose: dict[str, list[str]] = {}
    for head, model in columns.items():
        for text in told(model):
            if text:
                whose.setdefault(text, []).append(head)
    return [text if len(heads) == len(columns) else f"{', '.join(heads)}: {text}" for text, heads in whose.items()]
