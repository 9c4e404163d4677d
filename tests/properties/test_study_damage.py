"""Whatever is done to a study file, it is read, or refused in words: never a traceback."""

from __future__ import annotations

import copy
import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.unit.study.invented import STUDY, Figures, write_figures

from pilotzone.core import PilotZoneError, StudyError
from pilotzone.study import Study, parse, run_study
from pilotzone.study.zone.file import StudySpec

REST = """
[sensitivity]
donors_out = 1
anticipation = [0, 1]
last = [2018]

[groups]
donors = "exclude"

[[negative_controls]]
name = "earlier"
why = "Nothing happened then."
start = 2010
window = [2010, 2012]

[dose]
amount = 1000.0
se = 50.0
what = "announced investment"
unit = "USD 1 bn"
scale = 1000.0
amount_unit = "USD m"
source = "a paper"

[thresholds]
earlier_dates = 0.5
last_gap = 2.0

[[breaks]]
name = "own-2008"
series = ["co2_t"]
at = 2008
kind = "system"
severity = "severe"
text = "Another office counts."
brief = "another office"
source = "a yearbook"
regions = ["CN-SC"]

[[breaks]]
name = "heads"
series = ["population"]
first = 2010
last = 2011
kind = "census"
severity = "mild"
text = "Heads are counted."

[[accepted]]
break = "own-2008"
why = "It counts as the former one did."

[[accepted_figures]]
series = "co2_t"
kind = "jump"
why = "A plant opened."
units = ["CN-SC"]

[shapes]
file = "regions.geojson"
key = "code"
credit = "an office"

[[assumptions]]
what = "figures of one yearbook"
value = "as printed"
reason = "no other is at hand"
"""
GUIZHOU = (resources.files("pilotzone.study.zone") / "bundled" / "guizhou.toml").read_text(encoding="utf-8") + REST
INVENTED = STUDY.format(title="Synthetic", zone="Place A", smoke_label="Smoke")

Path_ = tuple[str | int, ...]


def toml(value: object) -> str:
    """Write plain data as a TOML value on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case dict():
            return "{" + ", ".join(f"{toml(str(key))} = {toml(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value)


def document(content: dict[str, Any]) -> str:
    return "".join(f"{toml(key)} = {toml(value)}\n" for key, value in content.items())


def places(value: object, here: Path_ = ()) -> list[Path_]:
    """Return the path of every key and item."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path for key, item in inner for path in [(*here, key), *places(item, (*here, key))]]


def parent(content: dict[str, Any], path: Path_) -> Any:  # noqa: ANN401 - a table or a list
    for step in path[:-1]:
        content = content[step]  # type: ignore[index] # keys of tables and places of lists
    return content


WHOLE = tomllib.loads(GUIZHOU)
ALL_PLACES = places(WHOLE)

words = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12)
scalars = st.one_of(
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_subnormal=False),
    words,
    st.sampled_from(["", "main", "log", "CN-GZ", "co2_t", "2016", "5 %", "<script>", "\x1b[31m", "../../x"]),
)
junk = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))


def read(text: str) -> Study[Any] | None:
    """Read a study, or make sure that it is refused as it should be."""
    try:
        return parse(text, "damaged")
    except StudyError as error:
        refusal = error
    said = str(refusal)
    assert said.startswith("study 'damaged'")
    assert "validation error" not in said, said
    assert "Traceback" not in said, said
    return None


def test_undamaged() -> None:
    assert tomllib.loads(document(WHOLE)) == WHOLE
    assert parse(document(WHOLE), "x").spec == parse(GUIZHOU, "x").spec


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ALL_PLACES), junk)
def test_value_replaced(path: Path_, value: object) -> None:
    content = copy.deepcopy(WHOLE)
    parent(content, path)[path[-1]] = value
    read(document(content))


@settings(deadline=None)
@given(st.sampled_from([path for path in ALL_PLACES if isinstance(path[-1], str)]), words)
def test_key_renamed(path: Path_, name: str) -> None:
    content = copy.deepcopy(WHOLE)
    table = parent(content, path)
    value = table.pop(path[-1])
    table[name] = value
    read(document(content))


@pytest.mark.parametrize("path", ALL_PLACES, ids=lambda path: ".".join(map(str, path)))
def test_each_key_taken_away(path: Path_) -> None:
    content = copy.deepcopy(WHOLE)
    del parent(content, path)[path[-1]]
    read(document(content))


OTHER_KINDS: tuple[object, ...] = ("", "x", True, -1, 1e300, [], {}, [[]], {"x": 1})


@pytest.mark.parametrize("path", ALL_PLACES, ids=lambda path: ".".join(map(str, path)))
def test_each_value_of_another_kind(path: Path_) -> None:
    """Most are refused; a text that is another text may be as good a title."""
    for value in OTHER_KINDS:
        content = copy.deepcopy(WHOLE)
        parent(content, path)[path[-1]] = value
        found = read(document(content))
        if found is not None:
            kept: Any = found.spec.model_dump(mode="json", by_alias=True)
            for step in path:
                kept = kept[step]
            assert kept == value or value in ([], {}), (path, value)


# The names of derived series are the user's own.
KNOWN_KEYS = [path for path in ALL_PLACES if isinstance(path[-1], str) and (path[0] != "derive" or len(path) == 1)]


@pytest.mark.parametrize("path", KNOWN_KEYS, ids=lambda path: ".".join(map(str, path)))
def test_each_key_misspelt_is_named(path: Path_) -> None:
    content = copy.deepcopy(WHOLE)
    table = parent(content, path)
    table[f"{path[-1]}x"] = table.pop(path[-1])
    with pytest.raises(StudyError) as caught:
        parse(document(content), "damaged")
    known = "a kind that can stand beside" if path[0] == "beside" and len(path) > 1 else "a key"
    assert f"{path[-1]}x is not {known}" in caught.value.what
    assert repr(path[-1]) in caught.value.what.partition("Did you mean")[2]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_text_cut_and_mixed(data: st.DataObject) -> None:
    lines = GUIZHOU.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        k = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "double", "cut", "insert", "swap"])):
            case "drop":
                del lines[k]
            case "double":
                lines.insert(k, lines[k])
            case "cut":
                lines[k] = lines[k][: data.draw(st.integers(0, len(lines[k])))]
            case "insert":
                lines.insert(k, data.draw(st.text(max_size=8)))
            case _:
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[k], lines[other] = lines[other], lines[k]
    read("\n".join(lines))


# ---------------------------------------------------------------------------------------------- whole runs

SMALL = tomllib.loads(INVENTED)
LEAVES = [path for path in places(SMALL) if not isinstance(parent(SMALL, path)[path[-1]], dict | list)]
LIKELY: dict[type, st.SearchStrategy[Any]] = {
    int: st.one_of(st.integers(1995, 2025), st.sampled_from([-1, 0, 1, 10**9, -(10**9), 10**19])),
    str: st.sampled_from(
        [
            "Place A", "Place B", "Place Z", "place a", "place", "year", "output", "people", "smoke", "log_output",
            "kt", "log(kt)", "1", "1e6 CNY", "level", "log", "up", "down", "environment", "<b>", "[",
            "log(smoke)", "log(smoke - smoke)", "log(-smoke)", "smoke / 0", "exp(exp(people))", "log(log_smoke)",
            "log_smoke + log_output", "output + people", "people / people", "log(people / people)",
            "figures.csv", "none.csv", ".", "/dev/null",
        ]
    ),
    float: st.floats(0.01, 99),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("figures")
    write_figures(made, Figures(count=5))
    return made


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_plausible_changes_run_or_are_refused(folder: Path, data: st.DataObject) -> None:
    """Values of the right type that may not fit the data: what can be told only by running."""
    content = copy.deepcopy(SMALL)
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(LEAVES))
        table = parent(content, path)
        table[path[-1]] = data.draw(LIKELY[type(table[path[-1]])])
    try:
        run = run_study(parse(document(content), "damaged", folder=folder))
    except PilotZoneError as error:
        event(type(error).__name__)
        return
    event("ran")
    # Five places cannot reach 0.05.
    assert run.verdict.label in {"cannot be decided", "cannot be assessed", "not identified"}


def test_study_keys_are_the_models() -> None:
    """What these tests damage is all that there is."""
    assert {path[0] for path in ALL_PLACES} == set(StudySpec.model_fields)
