"""Periods: read and written, against pandas as a second opinion, and as whole numbers in arithmetic."""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.core import (
    DataError,
    Frequency,
    Period,
    Table,
    UsageError,
    as_json,
    as_period,
    frequency_of,
    in_frequency,
    period_label,
    period_words,
    read_period,
    settled_periods,
)

# With 2,000 weeks to either side these are days that pandas counts in 64 bits of nanoseconds.
DAYS = st.dates(dt.date(1720, 1, 1), dt.date(2220, 12, 31))
PANDAS: dict[Frequency, str] = {"quarter": "Q", "month": "M", "week": "W", "day": "D"}


@pytest.mark.parametrize("frequency", list(PANDAS))
@given(day=DAYS, ahead=st.integers(-2000, 2000))
def test_labels_read_back_and_distances_are_those_of_pandas(frequency: Frequency, day: dt.date, ahead: int) -> None:
    oracle = pd.Period(day, PANDAS[frequency])
    label = day.strftime("%G-W%V") if frequency == "week" else str(oracle)
    period = Period(label)
    assert period.frequency == frequency
    assert str(period) == label
    assert read_period(str(period)) == (frequency, int(period))
    later = oracle + ahead
    assert (period + ahead) - period == ahead == (later - oracle).n
    assert str(period + ahead) == (later.start_time.strftime("%G-W%V") if frequency == "week" else str(later))


@given(number=st.integers(1000, 2999))
def test_years_are_plain_integers(number: int) -> None:
    assert read_period(str(number)) == ("year", number)
    assert type(as_period("year", number)) is int


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2016Q1", "2016Q1"),
        ("2016-Q1", "2016Q1"),
        ("2016q1", "2016Q1"),
        ("2016 q4", "2016Q4"),
        ("2016-03", "2016-03"),
        ("2016m3", "2016-03"),
        ("2016M03", "2016-03"),
        ("2016-M12", "2016-12"),
        ("2016-W05", "2016-W05"),
        ("2016W05", "2016-W05"),
        ("2020-W53", "2020-W53"),
        ("2016-02-29", "2016-02-29"),
        ("2016-03-01T00:00:00", "2016-03-01"),
        ("2016-03-01 00:00:00.000", "2016-03-01"),
        (" 2016-03 ", "2016-03"),
    ],
)
def test_usual_spellings(text: str, label: str) -> None:
    assert str(Period(text)) == label


@pytest.mark.parametrize(
    "text",
    [
        "", "2016Q5", "2016Q0", "2016-13", "2016-00", "2016m0", "2016-W00", "2016-W54", "2019-W53", "2015-02-29",
        "2016-03-01 12:00:00", "20160", "0000-01", "0000Q1", "Mar 2016", "1/2/2016", "2016-3-1",
        "\u0662\u0660\u0661\u0666Q1", "2016Q1x",
        "n/a", "2016.5",
    ],
)  # fmt: skip
def test_what_is_not_a_period(text: str) -> None:
    if text == "20160":
        assert read_period(text) == ("number", 20160)
        return
    with pytest.raises(DataError, match="is not a period") as caught:
        read_period(text)
    assert "2016Q1" in str(caught.value.allowed)


def test_weeks_of_stata_are_told_from_weeks() -> None:
    with pytest.raises(DataError) as caught:
        read_period("2016w5")
    assert "1 January" in str(caught.value.todo)


def test_weeks_run_on_over_years_of_52_and_53() -> None:
    assert Period("2021-W01") - Period("2020-W53") == 1
    assert Period("2020-W01") - Period("2019-W52") == 1
    assert Period("2021-W10") - Period("2020-W10") == 53
    assert Period("2020-W10") - Period("2019-W10") == 52


def test_numbers_are_as_documented() -> None:
    assert int(Period("2016Q2")) == 4 * 2016 + 1
    assert int(Period("2016-03")) == 12 * 2016 + 2
    assert int(Period("0001-01-01")) == 1
    assert int(Period("0001-W01")) == 1


def test_a_period_is_an_integer_that_is_printed_as_what_it_is() -> None:
    period = Period("2016-11")
    assert f"{period}{period + 2:>9}" == "2016-11  2017-01"
    assert type(period - 1) is Period
    assert type(period - Period("2016-01")) is int
    assert 1 + period == period + 1
    assert period - 0.5 == int(period) - 0.5
    assert (period + 0.5, (period - Period("2016-10")) / 2) == (int(period) + 0.5, 0.5)
    assert (np.array([period]) - np.int64(1) == int(period) - 1).all()
    assert [period - 1, period, period + 1].index(int(period)) == 1
    assert repr(period) == "Period('2016-11')"
    assert Period(int(period), "month") == period
    for other in (pickle.loads(pickle.dumps(period)), copy.deepcopy(period)):  # noqa: S301 - our own
        assert type(other) is Period
        assert str(other) == "2016-11"


def test_labels_leave_in_tables_and_json() -> None:
    period = Period("2016-11")
    table = Table({"period": (period, period + 1), "gap": (1.0, None)})
    assert table.to_frame()["period"].tolist() == ["2016-11", "2016-12"]
    assert table.records()[0] == {"period": "2016-11", "gap": 1.0}
    assert "2016-12" in table.to_text()
    assert "2016-12" in table.to_html()
    assert "2016-12" in table.to_latex()
    assert json.loads(as_json({"window": (period, 2016), "at": {period: 1}})) == {
        "window": ["2016-11", 2016],
        "at": {"2016-11": 1},
    }


def test_frequency_of_periods() -> None:
    assert frequency_of([2000, 2003]) == "year"
    assert frequency_of([1, 2016]) == "number"
    assert frequency_of([]) == "number"
    with pytest.raises(UsageError, match="month and quarter"):
        frequency_of([Period("2016Q1"), Period("2016-01")])
    with pytest.raises(UsageError, match="month and number"):
        frequency_of([2016, Period("2016-01")])


def test_days_stand_for_the_longer_period_that_holds_them() -> None:
    day = Period("2021-01-03")
    found = {kind: str(in_frequency(day, kind, "start")) for kind in ("year", "quarter", "month", "week", "day")}
    assert found == {
        "year": "2021", "quarter": "2021Q1", "month": "2021-01", "week": "2020-W53", "day": "2021-01-03",
    }  # fmt: skip
    assert in_frequency(2016, "year", "start") == 2016
    with pytest.raises(UsageError, match="start is 2016Q1, a quarter, and the periods of the data are months"):
        in_frequency(Period("2016Q1"), "month", "start")
    with pytest.raises(UsageError, match="start is 2016, a whole number"):
        in_frequency(2016, "month", "start")


@pytest.mark.parametrize(
    ("dates", "frequency", "labels"),
    [
        (("2016-01-01", "2018-01-01"), "year", ("2016", "2018")),
        (("2016-12-31", "2017-12-31"), "year", ("2016", "2017")),
        (("2016-01-01", "2016-04-01"), "quarter", ("2016Q1", "2016Q2")),
        (("2016-03-31", "2016-12-31"), "quarter", ("2016Q1", "2016Q4")),
        (("2016-01-01", "2016-03-01"), "month", ("2016-01", "2016-03")),
        (("2016-01-31", "2016-02-29"), "month", ("2016-01", "2016-02")),
        (("2016-01-01", "2016-02-29"), "day", ("2016-01-01", "2016-02-29")),
        (("2016-01-01", "2016-01-01"), "day", ("2016-01-01", "2016-01-01")),
        (("2016-01-04", "2016-01-11"), "day", ("2016-01-04", "2016-01-11")),
        (("2016Q1", "2016Q3"), "quarter", ("2016Q1", "2016Q3")),
    ],
)
def test_dates_stand_for_the_longest_periods_that_they_all_begin_or_end(
    dates: tuple[str, ...], frequency: Frequency, labels: tuple[str, ...]
) -> None:
    found = settled_periods([Period(date) for date in dates])
    assert frequency_of(found) == frequency
    assert tuple(map(str, found)) == labels


@given(days=st.sets(DAYS, min_size=1, max_size=12))
def test_dates_lose_nothing_by_what_they_stand_for(days: set[dt.date]) -> None:
    found = settled_periods([Period(day.isoformat()) for day in sorted(days)])
    assert len(set(found)) == len(days)
    assert list(found) == sorted(found)


def test_words() -> None:
    assert [period_words("week", count) for count in (-2, -1, 0, 1, 3)] == [
        "-2 weeks", "-1 week", "0 weeks", "1 week", "3 weeks",
    ]  # fmt: skip
    assert period_label("day", 10**9) == "day 1000000000"


@pytest.mark.parametrize(("value", "frequency"), [("2016Q1", "month"), (3, None)])
def test_a_period_needs_its_frequency(value: str | int, frequency: Frequency | None) -> None:
    with pytest.raises(UsageError):
        Period(value, frequency)
