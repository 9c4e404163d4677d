"""Derived series: declared as expressions, computed with their units, never written back into the evidence."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from pilotzone.core import Break, DataError, Panel, SeriesInfo, UsageError, given_period, listing, unknown
from pilotzone.gather.arithmetic import Quantity
from pilotzone.gather.expression import Expression, parse_expression
from pilotzone.gather.growth import ArithmeticOverTime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["derive"]

_AND = "; "
"""Between vintages of a series that is made from several."""


def derive(
    panel: Panel,
    definitions: Mapping[str, str],
    *,
    labels: Mapping[str, str] | None = None,
    unused: Collection[str] = (),
) -> Panel:
    """Add series to a panel that are computed from its other series.

    Parameters
    ----------
    panel
        Panel with series of shape (N, T).
    definitions
        Name to expression, in any order; an expression may refer to series of the panel and to other definitions.
        The language has names, numbers, ``+ - * /``, parentheses, ``log`` (natural) and ``exp``, and three functions
        with a period: ``chain(index, 2015)`` is the logarithm of the level that an index of growth (period before =
        100) adds up to, 0 in that period; ``deflate(amount, price_index, 2015)`` is money at that period's prices;
        ``at(series, 2015)`` is each unit's value of that period, in all of them. A period that is not a whole number
        stands in quotes: ``'2015Q1'``.
    labels
        Name of a series to its label for readers. A series without a label is shown by its name.
    unused
        Units that later steps do not use. A value that cannot be computed for them is missing and does not raise an
        error.

    Returns
    -------
    Panel
        The same units and periods. A derived series has the unit that follows from its expression (the logarithm of a
        quantity in ``CNY`` has the unit ``log(CNY)``) and the sources, licences and caveats of all it is made from. A
        caveat about current prices is dropped when the series is deflated. A derived series has the breaks of the
        series in its expression, except inside ``at(...)``, which uses one period only. Its level is arbitrary if the
        expression leaves it arbitrary, as a chained index does. A value computed from a missing value is missing, and a
        chain is missing from there on.

    Raises
    ------
    UsageError
        If an expression cannot be read, uses an unknown name, depends on itself, or names a period that the panel does
        not have.
    DataError
        If series with different units or arbitrary levels are added, a chained series is not an index, or a value is
        divided by zero, has a logarithm but is not positive, or overflows. The message names unit and period.

    Examples
    --------
    >>> from pilotzone.gather import evidence_panel
    >>> panel = evidence_panel(["gdp_nominal_cny", "population"], regions=["CN-GZ"], periods=[2010])
    >>> more = derive(panel, {"gdp_per_capita_cny": "gdp_nominal_cny / population"})
    >>> round(float(more.matrix("gdp_per_capita_cny")[0, 0])), more.series["gdp_per_capita_cny"].unit
    (12989, 'CNY/person')
    """
    taken = [name for name in definitions if name in panel.series]
    if taken:
        raise UsageError(
            f"{listing([repr(name) for name in taken])} is defined, but there is a series of that name already.",
            todo="give the derived series another name: figures are not overwritten",
        )
    expressions = {name: _parsed(name, text) for name, text in definitions.items()}
    words = dict(labels or {})
    for name in words:
        if name not in definitions:
            raise unknown(
                "derived series",
                name,
                definitions,
                told=f"there is a label for {name!r}, which is not derived",
                error=UsageError,
            )
    _check_names(expressions, panel)
    values, infos = dict(panel.values), dict(panel.series)
    do = ArithmeticOverTime(panel.units, panel.periods, frozenset(unused))
    for name in _in_order(expressions):
        expression = expressions[name]
        known = {part: _quantity(values[part], infos[part]) for part in expression.names}
        made = _computed(do, name, expression, known)
        values[name] = made.values
        infos[name] = _info(name, words.get(name, name), made, expression, infos)
    return Panel(panel.units, panel.periods, values, infos, panel.labels, panel.told)


def _parsed(name: str, text: str) -> Expression:
    try:
        return parse_expression(text)
    except UsageError as error:
        raise UsageError(f"{name!r}: {error.what}", allowed=error.allowed, todo=error.todo) from None


def _check_names(expressions: Mapping[str, Expression], panel: Panel) -> None:
    known = sorted({*panel.series, *expressions})
    for name, expression in expressions.items():
        if not expression.names:
            raise UsageError(f"{name!r} is defined as {expression.text!r}, which refers to no series.")
        for part in expression.names:
            if part not in known:
                raise unknown(
                    "series",
                    part,
                    known,
                    told=f"{name!r} is defined as {expression.text!r}, but there is no series {part!r}",
                    error=UsageError,
                )


def _in_order(expressions: Mapping[str, Expression]) -> list[str]:
    graph = {name: [part for part in item.names if part in expressions] for name, item in expressions.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise UsageError(
            f"definitions depend on each other in a circle: {circle}.", allowed="definitions that end in series"
        ) from None


def _quantity(values: NDArray[np.float64], info: SeriesInfo) -> Quantity:
    return Quantity(values, info.unit, info.free_level, info.index, info.measures, info.is_growth, info.base)


def _computed(do: ArithmeticOverTime, name: str, expression: Expression, known: Mapping[str, Quantity]) -> Quantity:
    import numpy as np

    try:
        made = _evaluated(expression.tree, known, do)
    except (DataError, UsageError) as error:
        what = f"{name!r}, defined as {expression.text!r}: {error.what}"
        raise type(error)(what, allowed=error.allowed, todo=error.todo) from error
    # A copy: `x = y` must not make two names of one matrix.
    return replace(made, values=np.array(np.broadcast_to(made.values, (len(do.units), len(do.periods)))))


def _evaluated(node: ast.expr, known: Mapping[str, Quantity], do: ArithmeticOverTime) -> Quantity:
    import numpy as np

    match node:
        case ast.Constant(value=int() | float() as value):
            return Quantity(np.array(float(value)), "1")
        case ast.Name(id=name):
            return known[name]
        case ast.UnaryOp(op=sign, operand=operand):
            quantity = _evaluated(operand, known, do)
            return do.negative(quantity) if isinstance(sign, ast.USub) else quantity
        case ast.BinOp(left=left, op=operator, right=right):
            operations: dict[type[ast.operator], Any] = {
                ast.Add: do.plus,
                ast.Sub: do.minus,
                ast.Mult: do.times,
                ast.Div: do.over,
            }
            found: Quantity = operations[type(operator)](_evaluated(left, known, do), _evaluated(right, known, do))
            return found
        case ast.Call(func=ast.Name(id=function), args=[argument]):
            return (do.log if function == "log" else do.exp)(_evaluated(argument, known, do))
        case ast.Call(func=ast.Name(id=function), args=[*arguments, ast.Constant(value=period)]):
            over_time: dict[str, Any] = {"chain": do.chain, "deflate": do.deflate, "at": do.at}
            made: Quantity = over_time[function](
                *(_evaluated(item, known, do) for item in arguments), given_period(period)
            )
            return made
    message = f"an expression was not checked: {ast.dump(node)}"
    raise AssertionError(message)


def _info(name: str, label: str, made: Quantity, expression: Expression, infos: Mapping[str, SeriesInfo]) -> SeriesInfo:
    parts = [infos[part] for part in expression.names]
    return SeriesInfo(
        name=name,
        label=label,
        unit=made.unit,
        sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
        caveats=tuple(
            dict.fromkeys(
                caveat
                for part in parts
                for caveat in part.caveats
                if not (caveat.nominal and part.name in expression.deflated)
            )
        ),
        formula=expression.text,
        licences=tuple(dict.fromkeys(licence for part in parts for licence in part.licences)),
        breaks=_breaks([infos[part] for part in expression.moving]),
        vintage=_AND.join(dict.fromkeys(text for part in parts for text in part.vintage.split(_AND) if text)),
        free_level=made.free,
        index=made.index,
        measures=made.measures,
        changes=made.changes,
        base=made.base,
    )


def _breaks(parts: Sequence[SeriesInfo]) -> tuple[Break, ...]:
    """Return every break once, in order of time."""
    found = dict.fromkeys(item for part in parts for item in part.breaks)
    return tuple(sorted(found, key=lambda item: (item.first, item.last, item.name)))
