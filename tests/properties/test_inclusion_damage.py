"""Whatever is done to a file of who gains, it is read, or refused in words: never a traceback."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties.test_study_damage import document, junk, parent, places
from tests.unit.study.inclusive import (
    PEOPLE,
    REGIONS,
    SHARES,
    WIDE_SHARES,
    write_people,
    write_regions,
    write_shares,
    write_wide_fifths,
)

from pilotzone.core import PilotZoneError
from pilotzone.study import KINDS, parse, run_study

WHOLE: dict[str, dict[str, Any]] = {
    "people": tomllib.loads(PEOPLE),
    "regions": tomllib.loads(REGIONS),
    "shares": tomllib.loads(SHARES),
    "wide": tomllib.loads(WIDE_SHARES),
    "bundled": tomllib.loads(KINDS["inclusion"].template().format(name="x")),
}
USUAL = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage")
    write_people(folder)
    write_regions(folder)
    write_shares(folder)
    write_wide_fifths(folder)
    return folder


def read(content: dict[str, Any], folder: Path) -> bool:
    """Run a study and tell it in full; return whether it was accepted, and check how it was refused."""
    draws = content.get("quantiles", {})
    if isinstance(draws, dict) and isinstance(draws.get("draws"), int) and draws["draws"] > 1000:
        return False  # takes its time, as asked
    try:
        done = run_study(parse(document(content), "damaged", kind="inclusion", folder=folder))
        done.record()
        done.lines(80)
    except PilotZoneError as error:
        refusal = str(error)
    else:
        return True
    assert "validation error" not in refusal, refusal
    assert "Traceback" not in refusal, refusal
    return False


@pytest.mark.parametrize("name", WHOLE)
def test_undamaged(name: str, home: Path) -> None:
    assert read(WHOLE[name], home)


@pytest.mark.parametrize("name", WHOLE)
@USUAL
@given(data=st.data())
def test_any_key_with_any_value(name: str, home: Path, data: st.DataObject) -> None:
    content = copy.deepcopy(WHOLE[name])
    path = data.draw(st.sampled_from(places(content)))
    parent(content, path)[path[-1]] = data.draw(junk)
    read(content, home)


@pytest.mark.parametrize("name", WHOLE)
def test_any_key_left_out(name: str, home: Path) -> None:
    for path in places(WHOLE[name]):
        content = copy.deepcopy(WHOLE[name])
        del parent(content, path)[path[-1]]
        read(content, home)


COLUMNS = ("county", "year", "kind", "income", "weight", "zone", "odd", "nowhere", "")


@USUAL
@given(data=st.data())
def test_any_column_in_any_place(home: Path, data: st.DataObject) -> None:
    content = copy.deepcopy(WHOLE["people"])
    keys = ("income", "weights", "period", "cluster", "group", "zone", "comparison", "region", "population", "total")
    for key in data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3)):
        content["inclusion"][key] = data.draw(st.sampled_from(COLUMNS))
    read(content, home)
