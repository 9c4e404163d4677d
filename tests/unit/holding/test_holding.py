"""Every public result is short to look at, whole as a frame, and draws itself where there is something to draw."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.unit.holding.small import RESULTS, SPECS

import pilotzone
import pilotzone as pz
from pilotzone.core import NEVER, Result, Table
from pilotzone.report.images import VEGA_LITE

MOST_LINES, MOST_LETTERS, MOST_BYTES = 25, 120, 20_000
EFFECTS = ("FewEffects", "SeveralEffects", "ManyEffects", "ManyEffects of two units")
PLOTS: dict[str, list[dict[str, str]]] = {
    "Acceptability": [{}],
    "DoseEffects": [
        {},
        {"outcome": "harm", "quantity": "slope"},
        {"of": "events"},
        {"of": "events", "quantity": "slope"},
        {"of": "before"},
    ],
    "EffectsAlong": [{}],
    "GroupEffects": [{}],
    "IndexEffects": [{}],
    "QuantileEffects": [{}],
    "FewEffects": [{}, {"outcome": "harm"}, {"kind": "gaps"}, {"kind": "gaps", "outcome": "harm"}],
    "ManyEffects": [{}, {"outcome": "harm"}],
    "ManyEffects of two units": [{}],
    "PlanResult": [{}, {"kind": "frontier"}],
    "SeveralEffects": [{}, {"outcome": "harm"}],
    "Siting": [{}],
    "Verdict": [{}],
    "Verdict on a covariance": [{}],
}
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
NO_NUMBER = re.compile(r"(?<![\w-])[-+]?(?:nan|inf|infinity)(?!\w)", re.IGNORECASE)
NO_RESULTS = {"Floats", "Path", "Study", "float", "tuple"}
"""What functions return that are not results: numbers, arrays, paths, and files that were read."""
RUNS = {"Run"}
"""Shown by tests/unit/study/test_kinds.py, which runs one of every kind."""


@cache
def held(name: str) -> Any:  # noqa: ANN401 - one of many classes
    """Return a result, made once."""
    return {**RESULTS, **SPECS}[name]()


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"scope"}
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _assert_short(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= MOST_LETTERS
    assert not UNSEEN.search(text)
    _assert_no_sentinel(text)


def _assert_no_sentinel(text: str) -> None:
    assert str(NEVER) not in text
    assert f"{float(NEVER):.4g}" not in text
    assert not NO_NUMBER.search(text)


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_is_short_in_a_console(name: str) -> None:
    found = held(name)
    assert type(found).__name__ == name.split(maxsplit=1)[0]
    assert isinstance(found, Result | Table)
    assert str(found) == repr(found)
    assert repr(found).startswith(type(found).__name__)
    _assert_short(repr(found))


@pytest.mark.parametrize("name", SPECS)
def test_a_specification_is_short_in_a_console(name: str) -> None:
    found = SPECS[name]()
    assert type(found).__name__ == name
    assert str(found) == repr(found)
    assert repr(found).startswith(f"{name}(")
    lines = repr(found).splitlines()
    assert len(lines) <= MOST_LINES
    assert len(repr(found)) <= MOST_LINES * MOST_LETTERS
    assert not UNSEEN.search(repr(found))
    assert str(NEVER) not in repr(found)


@pytest.mark.parametrize("name", RESULTS)
def test_a_notebook_shows_a_small_table_of_text(name: str) -> None:
    view = held(name)._repr_html_()
    parser = _Tags()
    parser.feed(view)
    parser.close()
    assert not parser.open
    assert parser.seen <= {"div", "p", "strong", "br", "table", "thead", "tbody", "tr", "th", "td"}
    assert len(view.encode()) < MOST_BYTES
    assert not UNSEEN.search(view)
    _assert_no_sentinel(view)


@pytest.mark.parametrize("name", RESULTS)
def test_a_frame_has_everything(name: str) -> None:
    frame = held(name).to_frame()
    assert frame.columns.is_unique
    assert len(frame.columns) > 0
    if not name.startswith("Verification that"):
        assert len(frame) > 0
    if name != "Table":
        assert all(re.fullmatch(r"[A-Za-z][\w .()-]*", column) for column in frame.columns)
        assert not (frame == NEVER).to_numpy().any()


@pytest.mark.parametrize("name", EFFECTS)
def test_a_summary_of_effects_has_estimate_error_or_p_interval_and_number(name: str) -> None:
    table = held(name).summary()
    assert {"outcome", "effect", "low", "high", "effect_unit", "estimate", "se", "p", "n"} <= set(table.columns)
    for row in table.records():
        assert isinstance(row["estimate"], float)
        assert isinstance(row["effect"], float)
        assert isinstance(row["n"], int)
        assert row["n"] > 2
        assert isinstance(row["p"], float)
        assert 0 < row["p"] <= 1
        low, high = row["low"], row["high"]
        assert low is None or low <= row["effect"]
        assert high is None or high >= row["effect"]
    _assert_no_sentinel(table.to_text())
    _assert_no_sentinel(json.dumps(table.records()))


@pytest.mark.parametrize("name", [name for name in RESULTS if name != "Table"])
def test_every_result_has_a_summary(name: str) -> None:
    found = held(name)
    table = found.summary()
    assert len(table.columns) > 0
    assert len(table) <= len(found.to_table()) or len(table) <= MOST_LINES
    _assert_no_sentinel(table.to_text())


@pytest.mark.parametrize(("name", "options"), [(name, options) for name, each in PLOTS.items() for options in each])
def test_a_chart_is_valid_and_holds_no_code(name: str, options: dict[str, str]) -> None:
    vl_convert = pytest.importorskip("vl_convert")
    spec = held(name).plot(**options).to_dict(validate=True)
    text = json.dumps(spec, ensure_ascii=False)
    assert not UNSEEN.search(text)
    _assert_no_sentinel(text)
    assert spec["title"]["text"]
    empty = {part for part, rows in spec["datasets"].items() if not rows}
    assert empty <= {"smallest"} | ({"interval", "band"} if name == "ManyEffects of two units" else set())
    drawn = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[])
    assert "<script" not in drawn
    assert drawn.count("<path") > 5


def _parts(thing: object, path: str, seen: dict[int, object]) -> Iterator[tuple[str, object]]:
    """Yield everything with fields that hangs on a result, with the way to it."""
    if id(thing) in seen:
        return
    seen[id(thing)] = thing
    if is_dataclass(thing) and not isinstance(thing, type):
        yield path, thing
        for item in fields(thing):
            yield from _parts(getattr(thing, item.name), f"{path}.{item.name}", seen)
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from _parts(value, f"{path}[{key!r:.20}]", seen)
    elif isinstance(thing, list | tuple):
        for k, value in enumerate(thing):
            yield from _parts(value, f"{path}[{k}]", seen)


@pytest.mark.parametrize("name", [*RESULTS, *SPECS])
def test_what_hangs_on_a_result_is_short_too(name: str) -> None:
    long = {}
    for path, part in _parts(held(name), name, {}):
        text = repr(part)
        if len(text.splitlines()) > MOST_LINES or len(text) > MOST_LINES * MOST_LETTERS or str(NEVER) in text:
            long[path] = text[:200]
    assert long == {}


def test_whatever_turns_into_a_table_is_a_result() -> None:
    for module in pkgutil.walk_packages(pilotzone.__path__, "pilotzone."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    classes = {
        thing
        for name, module in list(sys.modules.items())
        if name.startswith("pilotzone.")
        for thing in vars(module).values()
        if inspect.isclass(thing) and thing.__module__.startswith("pilotzone.") and "to_table" in vars(thing)
    }
    assert len(classes) > 20
    assert [thing for thing in classes if not issubclass(thing, Result)] == []


def test_every_class_that_functions_return_is_held_here() -> None:
    known = {name.split()[0] for name in RESULTS} | set(SPECS) | NO_RESULTS | RUNS
    returned = {}
    for name in pz.__all__:
        thing: Any = getattr(pz, name)
        if not inspect.isclass(thing) and callable(thing):
            kind = str(inspect.signature(thing).return_annotation)
            returned[name] = re.split(r"[\[ ]", kind)[0].rpartition(".")[2]
    assert returned
    assert {name: kind for name, kind in returned.items() if kind not in known} == {}
    classes = {name for name in pz.__all__ if inspect.isclass(getattr(pz, name))}
    assert classes - known - {"PilotZoneError", "Neighbours"} == set()
