"""A small language for derived series: names, numbers, ``+ - * /``, parentheses and five functions. Nothing else."""

from __future__ import annotations

import ast
import math
import re
import unicodedata
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from pilotzone.core import UsageError, given_period

__all__ = ["DATED", "FUNCTIONS", "Expression", "parse_expression"]

FUNCTIONS = ("log", "exp")
"""What may be called, each on one argument."""

DATED = {"chain": ("index",), "deflate": ("amount", "price index"), "at": ("series",)}
"""What may be called on these arguments and a period, which stands last."""

_LONGEST = 500
_DEEPEST = 100
_QUOTED = re.compile(r"`([^`]*)`")
_ALLOWED = (
    "names of series, numbers, + - * /, parentheses, log(...), exp(...), chain(index, 2015), "
    "deflate(amount, price_index, 2015) and at(series, 2015); a name with blanks or signs in it stands in backquotes"
)
_BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_UNARY = (ast.UAdd, ast.USub)


@dataclass(frozen=True, eq=False)
class Expression:
    """A checked expression.

    Attributes
    ----------
    text
        As it was written.
    tree
        Its syntax tree, in which nothing but the language's own nodes occurs.
    names
        The series it refers to, in order of appearance.
    moving
        Those of them whose figures are used in more than one period: all but what stands in ``at(...)`` alone.
    deflated
        Those of them that stand as an amount in ``deflate(...)`` alone.
    """

    text: str
    tree: ast.expr
    names: tuple[str, ...]
    moving: tuple[str, ...]
    deflated: tuple[str, ...] = ()


def parse_expression(text: str) -> Expression:
    """Parse an expression; nothing is evaluated.

    Parameters
    ----------
    text
        Such as ``gdp_nominal_cny / population`` or ``log(`CO2 (Mt)`)``.

    Raises
    ------
    UsageError
        If the text is not an expression of the language, is longer than 500 signs or nested deeper than 100 levels.

    Examples
    --------
    >>> parse_expression("log(gdp / population)").names
    ('gdp', 'population')
    """
    if not isinstance(text, str):
        raise UsageError(f"a definition is {text!r}, a {type(text).__name__}.", allowed="text")
    if len(text) > _LONGEST:
        raise UsageError(f"a definition of {len(text)} signs is too long.", allowed=f"at most {_LONGEST} signs")
    plain, quoted = _without_quotes(text)
    if "#" in plain:
        # Python's parser would pass over it without a word.
        raise UsageError(f"{text!r} has a comment (#) in it.", allowed=_ALLOWED)
    try:
        with warnings.catch_warnings():
            # Python warns of texts such as "1or 2"; here they are either refused or mean what they say.
            warnings.simplefilter("ignore")
            tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{text!r} is not an expression.", allowed=_ALLOWED) from error
    _check(tree, text, 1)
    _restore(tree, quoted)
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not _is_called(node)]
    moving, nominal = tuple(dict.fromkeys(_names_outside(tree, "at"))), set(_names_outside(tree, "deflate"))
    unique = tuple(dict.fromkeys(names))
    return Expression(text.strip(), tree, unique, moving, tuple(name for name in unique if name not in nominal))


def _names_outside(node: ast.AST, function: str) -> Iterator[str]:
    """Yield the series that do not stand as the first argument of a function."""
    if isinstance(node, ast.Name) and not _is_called(node):
        yield node.id
    inside = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    for child in node.args[1:] if inside and isinstance(node, ast.Call) else ast.iter_child_nodes(node):
        yield from _names_outside(child, function)


def _without_quotes(text: str) -> tuple[str, dict[str, str]]:
    # Python's grammar has no names with blanks: they travel through it under a name that the text does not have.
    stem = "quoted_"
    while stem in unicodedata.normalize("NFKC", text):
        stem += "_"
    quoted: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        alias = f"{stem}{len(quoted)}"
        quoted[alias] = found[1]
        return f" {alias} "

    return _QUOTED.sub(stand_in, text), quoted


def _check(node: ast.expr, text: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise UsageError(f"{text!r} is nested too deeply.", allowed=f"at most {_DEEPEST} levels")
    match node:
        case ast.BinOp(left=left, op=operator, right=right) if isinstance(operator, _BINARY):
            _check(left, text, depth + 1)
            _check(right, text, depth + 1)
        case ast.UnaryOp(op=operator, operand=operand) if isinstance(operator, _UNARY):
            _check(operand, text, depth + 1)
        case ast.Call(func=ast.Name(id=name) as function, args=[argument], keywords=[]) if name in FUNCTIONS:
            function.ctx = ast.Del()  # marks the name as called, so that it is not taken for a series
            _check(argument, text, depth + 1)
        case ast.Call(
            func=ast.Name(id=name) as function, args=[*arguments, ast.Constant(value=period)], keywords=[]
        ) if len(arguments) == len(DATED.get(name, ())) > 0 and _is_period(period):
            function.ctx = ast.Del()
            for argument in arguments:
                _check(argument, text, depth + 1)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool) and _finite(value):
            pass
        case ast.Name():
            pass
        case _:
            raise UsageError(f"{text!r} has {_what(node)} in it.", allowed=_ALLOWED)


def _is_period(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool) and given_period(value) is not None


def _is_called(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Del)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _restore(tree: ast.expr, quoted: dict[str, str]) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = quoted.get(node.id, node.id)


def _what(node: ast.expr) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in DATED:
            return f"{name} with other arguments than {name}({', '.join([*DATED[name], 'period'])})"
        case ast.Call(func=ast.Name(id=name)):
            return f"the function {name!r}" if name not in FUNCTIONS else f"{name} with more or less than one argument"
        case ast.Constant(value=value):
            return f"the constant {value!r}"[:60]
        case ast.BinOp(op=ast.Pow()):
            return "a power (**)"
        case _:
            return f"something that is not part of the language ({type(node).__name__})"
