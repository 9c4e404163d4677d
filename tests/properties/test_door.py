"""Whatever table comes to the door, its figures go in exactly as they stand, or are refused in words."""

from __future__ import annotations

import csv
import datetime as dt
import io
import operator
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import pilotzone as pz
from pilotzone.core import Panel, PilotZoneError, SeriesInfo
from pilotzone.gather import derive
from pilotzone.store import as_arrow, write_csv, write_parquet

Matrix = NDArray[np.float64]
Triple = tuple[str, int, float]

finite = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(st.characters(categories=["Lu", "Lo", "Nd"], max_codepoint=0x9FFF), min_size=1, max_size=5)


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """Panels in which every unit, period and series has at least one figure."""
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    start = draw(st.integers(-30, 1700))
    units = sorted(f"u{k}{draw(names)}" for k in range(shape[0]))
    values = {}
    for name in ("co2", "jobs"):
        cells = draw(st.lists(st.none() | finite, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
        matrix = np.array([np.nan if x is None else x for x in cells], dtype=np.float64).reshape(shape)
        matrix[0, :] = np.where(np.isnan(matrix[0, :]), 0.1, matrix[0, :])
        matrix[:, 0] = np.where(np.isnan(matrix[:, 0]), -0.0, matrix[:, 0])
        values[name] = matrix
    infos = {name: SeriesInfo(name, name, "t") for name in values}
    return Panel(tuple(units), tuple(range(start, start + shape[1])), values, infos)


def check_same(found: Panel, panel: Panel, series: tuple[str, ...] = ("co2", "jobs")) -> None:
    assert (found.units, found.periods, set(found.values)) == (panel.units, panel.periods, set(series))
    for name in series:
        got, wanted = found.matrix(name), panel.matrix(name)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(wanted))
        # As bits, so that the sign of a zero counts; the bits of a missing value do not.
        assert got[~np.isnan(got)].tobytes() == wanted[~np.isnan(wanted)].tobytes()


# --------------------------------------------------------------------------------------- order, round trips


def long_columns(panel: Panel) -> dict[str, list[Any]]:
    keys = [(i, t) for i in range(len(panel.units)) for t in range(len(panel.periods))]
    matrices = {name: panel.matrix(name) for name in panel.values}
    return {
        "unit": [panel.units[i] for i, _ in keys],
        "period": [panel.periods[t] for _, t in keys],
        **{name: [present(matrix[i, t]) for i, t in keys] for name, matrix in matrices.items()},
    }


def by_unit(panel: Panel) -> dict[str, list[Any]]:
    rows = {unit: [present(x) for x in panel.matrix("co2")[i]] for i, unit in enumerate(panel.units)}
    return {"period": list(panel.periods), **rows}


def by_period(panel: Panel) -> dict[str, list[Any]]:
    columns = {str(period): [present(x) for x in panel.matrix("co2")[:, t]] for t, period in enumerate(panel.periods)}
    return {"unit": list(panel.units), **columns}


def present(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


LAYOUTS: list[tuple[Callable[[Panel], dict[str, list[Any]]], str | None, str | None, tuple[str, ...]]] = [
    (long_columns, "unit", "period", ("co2", "jobs")),
    (by_unit, None, "period", ("co2",)),
    (by_period, "unit", None, ("co2",)),
]


@pytest.mark.parametrize(("columns", "unit", "period", "series"), LAYOUTS)
@settings(max_examples=60, deadline=None)
@given(panel=panels(), data=st.data())
def test_order_never_matters(
    columns: Callable[[Panel], dict[str, list[Any]]],
    unit: str | None,
    period: str | None,
    series: tuple[str, ...],
    panel: Panel,
    data: st.DataObject,
) -> None:
    plain = columns(panel)
    heads = data.draw(st.permutations(list(plain)))
    rows = data.draw(st.permutations(range(len(next(iter(plain.values()))))))
    mixed = pa.table({head: pa.array([plain[head][k] for k in rows]) for head in heads})
    measures = dict.fromkeys(series, "t")
    check_same(pz.read_panel(mixed, unit=unit, period=period, units_of_measure=measures), panel, series)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("door")


def to_csv(panel: Panel, folder: Path) -> object:
    write_csv(panel.to_table(), folder / "round.csv")
    return folder / "round.csv"


def to_parquet(panel: Panel, folder: Path) -> object:
    write_parquet(panel.to_table(), folder / "round.parquet")
    return folder / "round.parquet"


def to_pandas_csv(panel: Panel, folder: Path) -> object:
    pd.DataFrame(long_columns(panel)).to_csv(folder / "pandas.csv", index=False)
    return folder / "pandas.csv"


TRIPS: list[Callable[[Panel, Path], object]] = [
    to_csv,
    to_parquet,
    to_pandas_csv,
    lambda panel, _: panel.to_frame(),
    lambda panel, _: as_arrow(panel.to_table()),
    lambda panel, _: pl.from_arrow(as_arrow(panel.to_table())),
    lambda panel, _: pd.DataFrame(long_columns(panel)),
    lambda panel, _: pl.DataFrame(long_columns(panel)),
]


@pytest.mark.parametrize("trip", TRIPS, ids=range(len(TRIPS)))
@settings(max_examples=30, deadline=None)
@given(panel=panels())
def test_round_trips_are_exact(folder: Path, trip: Callable[[Panel, Path], object], panel: Panel) -> None:
    source = trip(panel, folder)
    check_same(pz.read_panel(source, unit="unit", period="period", units_of_measure={"co2": "t", "jobs": "t"}), panel)


# --------------------------------------------------------------------------------------------------- damage

GOOD = "u,t,x,note\n" + "".join(
    f"{unit},{period},{x},{note}\n"
    for unit, period, x, note in [
        ("Bet", 2014, 0.1, "a"), ("Bet", 2015, "", "b"), ("Bet", 2016, 3e5, '"c, d"'), ("贵州", 2014, -4.25, ""),
        ("贵州", 2015, 1 / 3, "e"), ("贵州", 2016, 1e-7, "f"), ("Gimel", 2014, 12, "g"), ("Gimel", 2016, 1234567, "h"),
    ]
)  # fmt: skip
PIECES = [
    ",", ";", "\t", '"', '""', "\n", "\r", "\r\n", "\0", " ", "-", ".", "e", "0", "9", "\ufeff", "\uff15", "nan", "inf",
    "1,5", "\u200b", "\u2028", "\x1c", "\xa0", "x", "#", "1e999", "_", "%", "NA",
]  # fmt: skip


def triples(panel: Panel) -> list[Triple]:
    matrix = panel.matrix("x")
    places = np.argwhere(~np.isnan(matrix))
    return sorted((panel.units[i], panel.periods[t], float(matrix[i, t])) for i, t in places)


def standing(text: str) -> list[Triple]:
    """Return what the text says, read by Python's own means; only used where the door has let it in."""
    head, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    at = [head.index(name) for name in "utx"]
    cells = [[row[k] for k in at] for row in rows]
    return sorted((u, int(float(t)), float(x)) for u, t, x in cells if x.strip())


@st.composite
def damaged(draw: st.DrawFn) -> bytes:  # noqa: C901 - one case per kind of damage
    text = GOOD
    for _ in range(draw(st.integers(1, 3))):
        k = draw(st.integers(0, len(text)))
        lines = text.splitlines(keepends=True)
        i, j = (draw(st.integers(0, max(len(lines) - 1, 0))) for _ in range(2))
        match draw(st.sampled_from(["insert", "insert", "cut", "take", "drop", "double", "swap", "mark"])):
            case "insert":
                text = text[:k] + draw(st.sampled_from(PIECES) | st.text(max_size=3)) + text[k:]
            case "cut":
                text = text[:k]
            case "take":
                text = text[:k] + text[k + draw(st.integers(1, 4)) :]
            case "mark":
                text = text.replace(",", draw(st.sampled_from(";\t| ")), draw(st.integers(1, 40)))
            case "drop":
                text = "".join(lines[:i] + lines[i + 1 :])
            case "double":
                text = "".join(lines[:i] + lines[i : i + 1] * 2 + lines[i + 1 :])
            case _ if lines:
                lines[i], lines[j] = lines[j], lines[i]
                text = "".join(lines)
    codec = draw(st.sampled_from(["utf-8"] * 8 + ["utf-8-sig", "gb18030", "utf-16", "utf-16-le"]))
    raw = bytearray(text.encode(codec, "replace"))
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        if raw:
            raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw)


def test_the_good_file_says_what_it_says(folder: Path) -> None:
    (folder / "good.csv").write_text(GOOD, encoding="utf-8")
    panel = pz.read_panel(folder / "good.csv", unit="u", period="t", units_of_measure={"x": "t"})
    assert triples(panel) == standing(GOOD)
    assert len(triples(panel)) == 7


@settings(max_examples=600, deadline=None)
@given(raw=damaged())
def test_damaged_files_are_refused_or_read_as_they_stand(folder: Path, raw: bytes) -> None:
    file = folder / "damaged.csv"
    file.write_bytes(raw)
    try:
        panel = pz.read_panel(file, unit="u", period="t", units_of_measure={"x": "t"})
    except PilotZoneError as error:
        event(type(error).__name__)
        return
    event("read")
    assert triples(panel) == standing(raw.decode("utf-8-sig"))


ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(
        [
            None, np.nan, pd.NA, pd.NaT, True, np.True_, "", " ", "Bet", "bet", "贵州", "2015", "1.5", "1,5", "nan",
            "\0", "\ud800", 2014, 2014.0, 2014.5, 201602, 20160201, -1, 2**53, 2**53 + 1, -(2**53) - 1, 10**400,
            np.inf, np.float32(0.1), np.int8(3), np.uint64(2**63 + 1), np.longdouble("1e4000"),
            np.datetime64("2016-01-01"), Decimal("0.1"), Decimal(2**53 + 1), Decimal("9" * 30), Decimal("sNaN"),
            Decimal("Infinity"), Fraction(1, 3), Fraction(2**53 + 1), Fraction(10) ** 400,
            1j, b"1", [1], (1, 2), {1: 2}, {1}, object(), int,
            dt.date(2016, 1, 1), dt.timedelta(1), pd.Period("2016"), pd.Interval(0, 1), pd.Timestamp("2016"),
            np.array([1.0, 2.0]), np.array(1.0), pd.Series([1]), pa.scalar(1), pl.Series([1]),
        ]
    ),
    st.integers(), finite, st.text(max_size=5), st.decimals(), st.fractions(),
)  # fmt: skip


def missing(cell: object) -> bool:
    if isinstance(cell, Decimal):
        return cell.is_nan()
    if isinstance(cell, str):
        return not cell.strip(" \t")
    return cell is None or cell is pd.NA or cell is pd.NaT or cell != cell  # noqa: PLR0124 - only NaN is unlike itself


def said(row: tuple[Any, Any, Any]) -> Triple:
    """Return what a row says, with the unit as exactly as it stands."""
    unit, period, value = row
    return unit if isinstance(unit, str) else str(int(unit)), int(float(period)), float(value)


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_damaged_frames_are_refused_or_read_as_they_stand(data: st.DataObject) -> None:
    rows: list[list[Any]] = [[unit, period, 0.1 * period] for unit in ("Bet", "Gimel") for period in (2014, 2015)]
    for _ in range(data.draw(st.integers(1, 2))):
        odd, column = data.draw(ODD), data.draw(st.integers(0, 2))
        # One cell, or a whole column of figures that are alike.
        for k in data.draw(st.sampled_from([[0], [1], [3], [0, 1, 2, 3]])):
            rows[k][column] = odd
    if data.draw(st.booleans()):
        rows = rows[:1]
    columns = [[row[k] for row in rows] for k in range(3)]
    frame = pd.DataFrame({name: object_series(cells) for name, cells in zip("utx", columns, strict=True)})
    if data.draw(st.booleans()):
        with suppress(UnicodeEncodeError):  # pandas cannot keep a lone surrogate as text
            frame["t"] = frame["t"].infer_objects()
    before = [
        (str(frame[name].dtype), [id(cell) for cell in cells]) for name, cells in zip("utx", columns, strict=True)
    ]
    try:
        panel = pz.read_panel(frame, unit="u", period="t", units_of_measure={"x": "t"})
    except PilotZoneError as error:
        event(type(error).__name__)
    else:
        event("read")
        if any(isinstance(t, (dt.date, np.datetime64, pd.Period)) for _, t, _ in rows):
            # Dates are periods of their own kind, whose numbers are not what stands there.
            assert len(triples(panel)) == sum(not missing(x) for _, _, x in rows)
        else:
            assert triples(panel) == sorted(said((u, t, x)) for u, t, x in rows if not missing(x))
    assert list(frame.columns) == ["u", "t", "x"]
    for name, (kind, cells) in zip("utx", before, strict=True):
        assert str(frame[name].dtype) == kind
        if kind == "object":
            assert [id(cell) for cell in frame[name]] == cells


def object_series(cells: list[Any]) -> pd.Series[Any]:
    made = np.empty(len(cells), dtype=object)
    for k, cell in enumerate(cells):
        made[k] = cell
    return pd.Series(made, dtype=object)


LARGE = 2**53 + 1
ROUNDED = {
    "decimals": pd.Series([Decimal(LARGE), Decimal(1)], dtype=object),
    "fractions": pd.Series([Fraction(LARGE), Fraction(1)], dtype=object),
    "long doubles": pd.Series([np.longdouble(2**53) + 1, 1], dtype=object),
    "decimals of Arrow": pa.array([Decimal(LARGE), Decimal(1)]),
    "decimals of polars": pl.Series([Decimal(LARGE), Decimal(1)]),
}


@pytest.mark.parametrize("column", ["u", "x"])
@pytest.mark.parametrize("kind", ROUNDED)
def test_whole_numbers_that_would_be_rounded_are_refused(kind: str, column: str) -> None:
    cells: Any = ROUNDED[kind]
    make: Any = {pd.Series: pd.DataFrame, pl.Series: pl.DataFrame}.get(type(cells), pa.table)
    source = make({"u": ["a", "b"], "t": [1, 1], "x": [1.0, 2.0]} | {column: cells})
    with pytest.raises(PilotZoneError, match=r"beyond 2\^53.*row 1"):
        pz.read_panel(source, unit="u", period="t", units_of_measure={"x": "1"})


# ---------------------------------------------------------------------------------------- derived series

VALUES: dict[str, Matrix] = {
    "a": np.array([[1.5, -2.0, 3e5], [0.1, 7.0, 1 / 3]]),
    "b c": np.array([[2.5, np.nan, 1e-3], [4.0, 0.5, 9.0]]),
    "d": np.array([[0.0, 1.0, 2.0], [3.0, 1.0, -1.0]]),
}
Meaning = Callable[[], Matrix]
Phrase = tuple[str, Meaning]
SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def pure() -> Panel:
    infos = {name: SeriesInfo(name, name, "1") for name in VALUES}
    return Panel(("u", "v"), (1, 2, 4), {name: matrix.copy() for name, matrix in VALUES.items()}, infos)


def checked(function: Callable[..., Any], *parts: Meaning) -> Meaning:
    """Compute with NumPy; what yields no number from numbers has no meaning."""

    def compute() -> Matrix:
        inner = [part() for part in parts]
        with np.errstate(all="ignore"):
            found: Matrix = np.asarray(function(*inner))
        lost = np.isnan(found) & ~np.any(np.broadcast_arrays(*map(np.isnan, inner)), axis=0)
        if np.isinf(found).any() or lost.any():
            raise ArithmeticError
        return found

    return compute


def combined(inner: st.SearchStrategy[Phrase]) -> st.SearchStrategy[Phrase]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(list(SIGNS)), inner).map(
            lambda p: (f"({p[0][0]} {p[1]} {p[2][0]})", checked(SIGNS[p[1]], p[0][1], p[2][1]))
        ),
        inner.map(lambda p: (f"-{p[0]}", checked(operator.neg, p[1]))),
        inner.map(lambda p: (f"exp({p[0]})", checked(np.exp, p[1]))),
        inner.map(lambda p: (f"exp(log({p[0]}))", checked(np.exp, checked(np.log, p[1])))),
    )


series_names = st.sampled_from([("a", "a"), ("`b c`", "b c"), ("`a`", "a"), ("d", "d")])
series: st.SearchStrategy[Phrase] = series_names.map(lambda name: (name[0], lambda: VALUES[name[1]]))
phrases: st.SearchStrategy[Phrase] = st.recursive(
    series | series | st.floats(0, 1e6).map(lambda x: (repr(x), lambda: np.array(x))),
    combined,
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(phrases)
def test_expressions_are_what_numpy_makes_of_them(phrase: Phrase) -> None:
    text, meaning = phrase
    if not any(name in text for name in "acd"):
        text, meaning = f"a * ({text})", checked(operator.mul, lambda: VALUES["a"], meaning)
    assume(len(text) <= 500)
    try:
        expected = np.broadcast_to(meaning(), (2, 3))
    except ArithmeticError:
        event("no meaning")
        with pytest.raises(PilotZoneError):
            derive(pure(), {"new": text})
        return
    event("equal")
    np.testing.assert_array_equal(derive(pure(), {"new": text}).matrix("new"), expected)


TOKENS = [
    "a", "`b c`", "d", "log", "exp", "(", ")", "+", "-", "*", "/", "**", "1", "2.5", "1e308", "0", ",", " ", "\n", "#",
    "`", "\\", "'", '"', "not ", "_", ".", ":=", "lambda:", "j", "0x", "\t", "\0", "\f", "if", "é", "\uff41",
]  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Draw a well-formed expression with a sign too many somewhere."""
    text, _ = draw(phrases)
    k = draw(st.integers(0, len(text)))
    return text[:k] + draw(st.sampled_from(TOKENS)) + text[k:]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=14).map("".join) | st.text(max_size=30) | spoilt())
def test_any_text_is_a_value_or_refused(text: str) -> None:
    panel = pure()
    try:
        made = derive(panel, {"new": text})
    except PilotZoneError as error:
        event(type(error).__name__)
    else:
        event("value")
        assert made.matrix("new").shape == (2, 3)
        assert not np.isinf(made.matrix("new")).any()
    for name, matrix in VALUES.items():
        np.testing.assert_array_equal(panel.matrix(name), matrix)
