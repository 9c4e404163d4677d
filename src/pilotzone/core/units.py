"""Units of measure: a small registry of what this field counts in, on top of pint.

A unit is written as text (``"CNY"``, ``"t"``, ``"CNY/person"``, ``"1e8 CNY"``); `log` of a quantity is written
``"log(CNY/person)"`` and differs from it by more than a factor. Money at the prices of a period is a unit of its own,
``CNY2015``, which nothing converts to money at current prices. The registry is pilotzone's own, so that an unknown
unit is an error instead of a prefix guess (pint would read "Mt" and "mt" as different things, and so do we).
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pilotzone.core.errors import DataError, unknown
from pilotzone.core.showing import shown

if TYPE_CHECKING:
    from pint import UnitRegistry

__all__ = [
    "KNOWN_UNITS",
    "conversion_factor",
    "normalise_unit",
    "unit_at_prices",
    "unit_divide",
    "unit_log",
    "unit_multiply",
    "unit_same",
]

_DEFINITIONS = """
CNY = [currency_cny] = _ = yuan = RMB
USD = [currency_usd]
EUR = [currency_eur]
GBP = [currency_gbp]
INR = [currency_inr]
JPY = [currency_jpy]
LCU = [currency_local]
index = [index_number]
person = [people] = _ = persons = people
household = [households] = _ = households
job = [jobs] = _ = jobs
firm = [firms] = _ = firms
g = [mass] = _ = gram
kg = 1000 * g = _ = kilogram
t = 1000 * kg = _ = tonne = tonnes
short_ton = 0.90718474 * t
kt = 1000 * t
Mt = 1000000 * t
Gt = 1000000000 * t
s = [time] = _ = second
hour = 3600 * s = h
day = 86400 * s = d
year = 31557600 * s = yr = a
J = [energy] = _ = joule
kJ = 1000 * J
MJ = 1000000 * J
GJ = 1000000000 * J
TJ = 1e12 * J
PJ = 1e15 * J
W = J / s
kW = 1000 * W
MW = 1000000 * W
GW = 1000000000 * W
Wh = 3600 * J
kWh = 1000 * Wh
MWh = 1000000 * Wh
GWh = 1000000000 * Wh
TWh = 1e12 * Wh
m = [length] = _ = metre
km = 1000 * m
km2 = km * km
m2 = m * m
ft2 = 0.09290304 * m * m
ha = 10000 * m * m
m3 = m * m * m
L = 0.001 * m3 = _ = litre
pack = [packs] = _ = packs
degC = [temperature]
ug = 0.000001 * g
percent = 0.01
"""

KNOWN_UNITS: tuple[str, ...] = tuple(line.split(" = ")[0] for line in _DEFINITIONS.strip().splitlines())
"""Base names that may be combined by ``*``, ``/`` and ``^``; ``1`` stands for a pure number."""

_SAME = 1e-12
"""Conversion factors are products of round numbers: beyond rounding they differ or they do not."""

_FEW_DIGITS = 3
"""Powers of ten from this one on are written as such."""

_LONGEST = 100
_HIGHEST = 20
"""Power of a name; squares and cubes are common, and what goes far beyond is beyond all numbers when converted."""

_NUMBER = re.compile(r"(?<![\w.])(?:([0-9][0-9_]*)(?![\w.])|[0-9.]+[eE][-+]?[0-9]+)")
_ALLOWED = f"names, numbers, * / ^ and parentheses; up to {_LONGEST} signs, and powers up to {_HIGHEST}"

_LOG = re.compile(r"^log\((?P<inner>.*)\)$")

_CURRENCIES = ("CNY", "USD", "EUR", "GBP", "INR", "JPY", "LCU")
_AT_PRICES = re.compile(
    rf"(?P<money>{'|'.join(_CURRENCIES)})(?P<period>[0-9]{{1,9}}(?:Q[1-4]|_W[0-9]{{2}}|(?:_[0-9]{{2}}){{1,2}})?)"
)
"""A currency at the prices of a period, whose label has no hyphens here: ``CNY2015``, ``CNY2015Q1``, ``CNY2015_03``."""


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[Any]:
    # pint takes 0.3 s to import, and only the door of `gather` needs it.
    from pint import UnitRegistry

    registry: UnitRegistry[Any] = UnitRegistry(None, autoconvert_offset_to_baseunit=False)
    registry.load_definitions(_DEFINITIONS.strip().splitlines())
    return registry


def _names() -> list[str]:
    names = {part.strip() for line in _DEFINITIONS.strip().splitlines() for part in line.split(" = ")}
    return sorted(name for name in names if name.isidentifier() and name != "_")


@lru_cache(maxsize=512)
def _parse(unit: str) -> Any:  # noqa: ANN401 - pint's quantity type is generic over the magnitude
    _check_length(unit)
    words = re.findall(r"(?<![\w.])[^\W\d]\w*", unit)
    known = _names()
    for word in words:
        if _AT_PRICES.fullmatch(word):
            _register(word)
        elif word not in known:
            raise unknown(
                "unit",
                word,
                known,
                told=f"unit {shown(unit)}: {shown(word)} is not a known unit",
                error=DataError,
                allowed=f"{', '.join(KNOWN_UNITS)}, a currency at the prices of a year such as CNY2015, a power of ten "
                "before them, and * / ^; 1 for a pure number",
                todo="write the unit the figures are published in, for instance '1e8 CNY' or 't/person'",
            )
    if not re.fullmatch(r"[\w\s.*/^()+-]+", unit):
        raise DataError(f"unit {shown(unit)} cannot be read.", allowed=_ALLOWED)
    # Pint computes: of whole numbers powers without end, of others up to the largest there is.
    bounded = _NUMBER.sub(lambda found: f"{found[1]}.0" if found[1] else found[0], unit)
    try:
        found = _registry().Quantity(1, "dimensionless") * _registry().parse_expression(bounded)
    except MemoryError:
        raise
    except Exception as error:  # pint raises half a dozen unrelated kinds on bad grammar
        raise DataError(f"unit {shown(unit)} cannot be read.", allowed=_ALLOWED) from error
    return _checked(found, f"unit {shown(unit)}")


def _register(money: str) -> None:
    """Make a currency at the prices of a period known, as a dimension of its own."""
    registry = _registry()
    if money not in registry:
        registry.define(f"{money} = [currency_{money.lower()}]")


def _check_length(unit: str) -> None:
    if len(unit) > _LONGEST:
        raise DataError(f"unit {shown(unit)} has {len(unit):,} signs.", allowed=_ALLOWED)


def _checked(found: Any, what: str) -> Any:  # noqa: ANN401 - as above
    """Return a quantity that can be a unit: a positive factor, and powers that can be converted."""
    factor = found.magnitude
    if isinstance(factor, complex) or not (factor > 0 and math.isfinite(factor)):
        raise DataError(f"{what} is {factor:g} times a unit.", allowed="a positive factor, as in 1e8 CNY")
    if _too_high(found):
        raise DataError(f"{what} has a power above {_HIGHEST}.", allowed=_ALLOWED)
    return found


def _too_high(found: Any) -> bool:  # noqa: ANN401 - as above
    return any(not abs(power) <= _HIGHEST for power in found.units._units.values())  # noqa: SLF001


def _text(quantity: Any) -> str:  # noqa: ANN401 - as above
    parts = sorted(quantity.units._units.items(), key=lambda item: (item[1] < 0, item[0]))  # noqa: SLF001
    above = [name if power == 1 else f"{name}^{power:g}" for name, power in parts if power > 0]
    below = [name if power == -1 else f"{name}^{-power:g}" for name, power in parts if power < 0]
    # "1e8 CNY", neither "1e+08*CNY" nor "100000000 CNY": the text has to read as the statistical yearbooks write it.
    power = round(math.log10(quantity.magnitude))
    if abs(power) >= _FEW_DIGITS and math.isclose(quantity.magnitude, 10.0**power, rel_tol=_SAME):
        factor = f"1e{power}"
    else:
        factor = f"{quantity.magnitude:.15g}"
    head = " ".join(([] if factor == "1" and above else [factor]) + (["*".join(above)] if above else []))
    return "/".join([head, *below])


def normalise_unit(unit: str) -> str:
    """Return the canonical text of a unit.

    Parameters
    ----------
    unit
        Text such as ``"yuan / persons"``.

    Raises
    ------
    DataError
        If a name is unknown (the closest one is named) or the text cannot be read.

    Examples
    --------
    >>> normalise_unit("yuan / persons"), normalise_unit("log(t)"), normalise_unit("1")
    ('CNY/person', 'log(t)', '1')
    """
    _check_length(unit)
    logged = _LOG.match(unit.strip())
    if logged:
        return f"log({normalise_unit(logged['inner'])})"
    return _text(_parse(unit.strip()))


def _plain(unit: str, operation: str) -> str:
    if _LOG.match(unit.strip()):
        raise DataError(
            f"{operation} {shown(unit)} has no unit: a logarithm is not a quantity that can be multiplied.",
            todo="derive the ratio or product first and take the logarithm of that",
        )
    return unit.strip()


def unit_multiply(left: str, right: str) -> str:
    """Return the unit of a product.

    Examples
    --------
    >>> unit_multiply("CNY/person", "person")
    'CNY'
    """
    product = _parse(_plain(left, "multiplying")) * _parse(_plain(right, "multiplying"))
    return _text(_checked(product, f"the product of {shown(left)} and {shown(right)}"))


def unit_divide(left: str, right: str) -> str:
    """Return the unit of a quotient.

    Examples
    --------
    >>> unit_divide("t", "CNY")
    't/CNY'
    """
    ratio = _parse(_plain(left, "dividing")) / _parse(_plain(right, "dividing by"))
    return _text(_checked(ratio, f"the ratio of {shown(left)} and {shown(right)}"))


def unit_log(unit: str) -> str:
    """Return the unit of a logarithm.

    Examples
    --------
    >>> unit_log("t")
    'log(t)'
    """
    return f"log({normalise_unit(_plain(unit, 'the logarithm of'))})"


def unit_at_prices(unit: str, period: str) -> str:
    """Return the unit of an amount of money once it is at the prices of a period.

    Parameters
    ----------
    unit
        Unit of the amount at current prices.
    period
        The period's label, such as ``2015`` or ``2015-03``.

    Raises
    ------
    DataError
        If the unit is that of no amount of money, or of one at the prices of some period already.

    Examples
    --------
    >>> unit_at_prices("1e8 CNY", "2015"), unit_at_prices("CNY/person", "2015-03")
    ('1e8 CNY2015', 'CNY2015_03/person')
    """
    quantity = _parse(_plain(unit, "a price level for"))
    powers = dict(quantity.units._units.items())  # noqa: SLF001 - as in _text
    money = [name for name in powers if name in _CURRENCIES or _AT_PRICES.fullmatch(name)]
    if len(money) != 1 or powers[money[0]] != 1:
        raise DataError(
            f"{shown(unit)} is not an amount of money.",
            allowed=f"units with one of {', '.join(_CURRENCIES)} in them, such as '1e8 CNY' or 'CNY/person'",
            todo="deflate the amount first, and form ratios and logarithms of what comes out",
        )
    dated = _AT_PRICES.fullmatch(money[0])
    if dated:
        raise DataError(
            f"{shown(unit)} is at the prices of {dated['period'].replace('_', '-')} already.",
            allowed="amounts at current prices",
        )
    at = f"{money[0]}{period.replace('-', '_')}"
    _register(at)
    return _text(quantity / _parse(money[0]) * _parse(at))


def unit_same(left: str, right: str) -> bool:
    """Whether two units are the same, factor included.

    Examples
    --------
    >>> unit_same("kg", "1e3 g"), unit_same("kg", "t")
    (True, False)
    """
    logs = bool(_LOG.match(left.strip())), bool(_LOG.match(right.strip()))
    if any(logs):
        return all(logs) and normalise_unit(left) == normalise_unit(right)
    try:
        return abs(conversion_factor(left, right) - 1.0) < _SAME
    except DataError:
        return False


def conversion_factor(source: str, target: str) -> float:
    """Return the number by which figures in `source` become figures in `target`.

    Raises
    ------
    DataError
        If the two do not measure the same thing.

    Examples
    --------
    >>> conversion_factor("Mt", "t")
    1000000.0
    """
    given, wanted = _parse(source.strip()), _parse(target.strip())
    if given.dimensionality != wanted.dimensionality:
        raise DataError(f"{shown(source)} cannot be converted to {shown(target)}: they do not measure the same thing.")
    try:
        factor = float((given / wanted).to_base_units().magnitude)
    except ArithmeticError:
        factor = math.inf
    if not 0 < factor < math.inf:
        raise DataError(f"{shown(source)} cannot be converted to {shown(target)}: the factor is beyond all numbers.")
    return factor
