"""Two runs side by side: choices, verdicts, estimates, donors, inputs and versions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from pilotzone.core import DataError, Table
from pilotzone.study.differences import flat, joined, unequal
from pilotzone.study.trail import RunFolder, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pilotzone.core import Cell

    _Records = tuple[dict[str, Any], dict[str, Any]]
    _Runs = tuple[RunFolder, RunFolder]
    _Rows = Callable[[_Runs, _Records], "Iterator[Contrast]"]

__all__ = ["Contrast", "Part", "RunComparison", "compare_runs"]

Part = Literal["verdict", "outcome", "setting", "donor", "input", "version"]

_VERDICT = "verdict.json"
_TESTED = {
    "effect": "effect",
    "p_improved": "p, improvement",
    "p_worsened": "p, worsening",
    "p_harm_excluded": "p, harm excluded",
    "p_harm_shown": "p, harm shown",
    "identification": "identification",
}
_JOINT = {"label": "label", "p_claim": "p, claim", "unit_count": "units ranked"}


@dataclass(frozen=True)
class Contrast:
    """One thing in both runs.

    Attributes
    ----------
    part
        What it belongs to: ``verdict`` and ``outcome`` are listed whether they differ or not, the others if they do.
    key
        Its name: an outcome with a number's name, a key of the study file, a donor, a file, a library.
    left, right
        What each run says; ``None`` if it says nothing.
    same
        Whether both say the same, numbers to 1e-9 of their size plus 1e-12.
    """

    part: Part
    key: str
    left: Cell
    right: Cell
    same: bool


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side.

    Attributes
    ----------
    left, right
        Their folders, as they were named.
    studies
        Names of the two studies.
    rows
        Verdicts and estimates, then settings, donors, inputs and versions that differ.
    remarks
        What is to be known besides, such as a file that was edited since.
    """

    left: str
    right: str
    studies: tuple[str, str]
    rows: tuple[Contrast, ...]
    remarks: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return all(row.same for row in self.rows)

    def part(self, part: Part) -> tuple[Contrast, ...]:
        """Return the rows of one part."""
        return tuple(row for row in self.rows if row.part == part)

    def to_table(self) -> Table:
        """Return one row per contrast: part, key, left, right, whether they are the same."""
        rows = [(row.part, row.key, row.left, row.right, row.same) for row in self.rows]
        return Table.from_rows(("part", "key", "left", "right", "same"), rows, title=f"{self.left} and {self.right}")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        plain = {name: value for name, value in asdict(self).items() if name != "rows"}
        return {**plain, "same": self.same, "rows": self.to_table().records()}

    def _repr_html_(self) -> str:
        return self.to_table()._repr_html_()


def compare_runs(left: str | Path, right: str | Path) -> RunComparison:
    """Lay two runs side by side, as they stand in their folders; nothing is computed anew.

    Parameters
    ----------
    left, right
        Folders of runs: of one study with other choices, data or versions, or of two studies.

    Returns
    -------
    RunComparison

    Raises
    ------
    UsageError
        If there is no run.
    DataError
        If the audit trail or the verdict of a run cannot be read.
    """
    runs = (open_run(left), open_run(right))
    records = (_record(runs[0]), _record(runs[1]))
    rows = [row for part in get_args(Part) for row in _PARTS[part](runs, records)]
    return RunComparison(runs[0].shown, runs[1].shown, (runs[0].name, runs[1].name), tuple(rows), tuple(_edited(runs)))


def _record(run: RunFolder) -> dict[str, Any]:
    record = run.record(_VERDICT)
    if not isinstance(record, dict) or not isinstance(record.get("verdict"), dict):
        raise DataError(
            f"{_VERDICT} of {run.shown!r} holds no verdict.",
            todo=f"see what was done to it: pilotzone verify {run.shown}",
        )
    return record


def _edited(runs: _Runs) -> Iterator[str]:
    for run in runs:
        if run.digest(_VERDICT) != run.strings("outputs").get(_VERDICT):
            yield f"{_VERDICT} of {run.shown!r} is not the file that the run wrote. See: pilotzone verify {run.shown}"


# ------------------------------------------------------------------------------------------------- parts


def _verdicts(_: _Runs, records: _Records) -> Iterator[Contrast]:
    """Verdict of the main design in numbers, and the labels of the others."""
    told = [{what: _cell(record["verdict"].get(key)) for key, what in _JOINT.items()} for record in records]
    for record, found in zip(records, told, strict=True):
        for design in _tables(record.get("designs")):
            found[f"label, {design.get('name')}"] = _cell(_table(design.get("verdict")).get("label"))
    yield from _contrasts("verdict", told[0], told[1])


def _outcomes(_: _Runs, records: _Records) -> Iterator[Contrast]:
    told = [_tested(record["verdict"]) for record in records]
    yield from _contrasts("outcome", told[0], told[1])


def _tested(verdict: Mapping[str, Any]) -> dict[str, Cell]:
    """Return what was found for each outcome, by the statistic that the verdict rests on."""
    return {
        f"{test.get('outcome')}: {what}{_unit(test) if key == 'effect' else ''}": _cell(test.get(key))
        for test in _tables(verdict.get("tests"))
        if test.get("statistic") == verdict.get("statistic")
        for key, what in _TESTED.items()
    }


def _unit(test: Mapping[str, Any]) -> str:
    return f" ({test['effect_unit']})" if test.get("effect_unit") else ""


def _settings(runs: _Runs, _: _Records) -> Iterator[Contrast]:
    told = [{joined(path): cell for path, cell in flat(run.settings, whole_lists=True).items()} for run in runs]
    # A table left out and one of defaults differ in keys that hold nothing: there is nothing to show for them.
    yield from (row for row in _changed("setting", told[0], told[1]) if not {row.left, row.right} <= {None, ""})


def _donors(_: _Runs, records: _Records) -> Iterator[Contrast]:
    told: list[dict[str, Cell]] = []
    for record in records:
        zone = _table(record.get("zone"))
        reasons = {str(unit): f"none: {why}" for unit, why in _table(zone.get("not_donors")).items()}
        listed = zone.get("donors")
        told.append({**dict.fromkeys(map(str, listed if isinstance(listed, list) else ()), "donor"), **reasons})
    yield from (row for row in _changed("donor", told[0], told[1]) if "donor" in {row.left, row.right})


def _of_audit(part: Part, name: str) -> _Rows:
    def rows(runs: _Runs, _: _Records) -> Iterator[Contrast]:
        yield from _changed(part, runs[0].strings(name), runs[1].strings(name))

    return rows


_PARTS: dict[Part, _Rows] = {
    "verdict": _verdicts,
    "outcome": _outcomes,
    "setting": _settings,
    "donor": _donors,
    "input": _of_audit("input", "inputs"),
    "version": _of_audit("version", "versions"),
}


def _changed(part: Part, left: Mapping[str, Cell], right: Mapping[str, Cell]) -> Iterator[Contrast]:
    yield from (row for row in _contrasts(part, left, right) if not row.same)


def _contrasts(part: Part, left: Mapping[str, Cell], right: Mapping[str, Cell]) -> Iterator[Contrast]:
    for key in dict.fromkeys((*left, *right)):
        one, other = left.get(key), right.get(key)
        same = (key in left) == (key in right) and unequal(one, other) == 0
        yield Contrast(part, key, one, other, same)


# --------------------------------------------------------------------------- what may be of another form


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
