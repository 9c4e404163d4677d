"""Two runs side by side: choices, verdicts, estimates, donors, inputs and versions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pilotzone.core import DataError, Glance, Result, Table, UsageError
from pilotzone.study.runs.differences import flat, joined, unequal
from pilotzone.study.runs.makers import made_otherwise, named_kind
from pilotzone.study.runs.trail import RunFolder, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pilotzone.core import Cell
    from pilotzone.study.runs.kind import Kind
    from pilotzone.study.runs.reading import Known

    _Runs = tuple[RunFolder, RunFolder]

__all__ = ["Contrast", "RunComparison", "compare_folders", "edited", "kind_of_run", "of_record"]

Read = TypeVar("Read")


@dataclass(frozen=True)
class Contrast:
    """One thing in both runs.

    Attributes
    ----------
    part
        What it belongs to: findings (``verdict``, ``outcome``, ``finding``, ``place``, ``rule``) are listed whether
        they differ or not; ``donor``, ``treatment``, ``setting``, ``input`` and ``version`` if they do.
    key
        Its name: an outcome with a number's name, a key of the study file, a donor, a file, a library.
    left, right
        What each run says; ``None`` if it says nothing.
    same
        Whether both say the same, numbers to 1e-9 of their size plus 1e-12.
    """

    part: str
    key: str
    left: Cell
    right: Cell
    same: bool


@dataclass(frozen=True)
class RunComparison(Result):
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

    def part(self, part: str) -> tuple[Contrast, ...]:
        """Return the rows of one part."""
        return tuple(row for row in self.rows if row.part == part)

    def to_table(self) -> Table:
        """Return one row per contrast: part, key, left, right, whether they are the same."""
        rows = [(row.part, row.key, row.left, row.right, row.same) for row in self.rows]
        return Table.from_rows(("part", "key", "left", "right", "same"), rows, title=f"{self.left} and {self.right}")

    def glance(self) -> Glance:
        """Return whether anything differs, and all rows: those that differ first."""
        apart = [row for row in self.rows if not row.same]
        told = "Nothing differs." if self.same else f"{len(apart)} of {len(self.rows)} rows differ."
        rows = [(row.part, row.key, row.left, row.right, row.same) for row in sorted(self.rows, key=lambda r: r.same)]
        table = Table.from_rows(("part", "key", "left", "right", "same"), rows)
        return Glance(f"{self.left} and {self.right}", (told, *self.remarks), table)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        plain = {name: value for name, value in asdict(self).items() if name != "rows"}
        return {**plain, "same": self.same, "rows": self.to_table().records()}


def compare_folders(left: str | Path, right: str | Path, kinds: Known) -> RunComparison:
    """Lay two runs side by side, as they stand in their folders; see `pilotzone.compare_runs`."""
    runs = (open_run(left), open_run(right))
    own = [kind_of_run(run, kinds) for run in runs]
    told = [of_record(run, kind, kind.headline) for run, kind in zip(runs, own, strict=True)]
    if own[0].name != own[1].name:
        raise UsageError(
            f"{runs[0].shown!r} holds {own[0].word}, and {runs[1].shown!r} {own[1].word}.",
            allowed="two runs of one kind",
        )
    always = [row for part in dict.fromkeys((*told[0], *told[1])) for row in _told(part, told)]
    rows = [*always, *_settings(runs), *_of_audit("input", "inputs", runs), *_of_audit("version", "versions", runs)]
    return RunComparison(
        runs[0].shown, runs[1].shown, (runs[0].name, runs[1].name), tuple(rows), tuple(edited(runs, kinds))
    )


def kind_of_run(run: RunFolder, kinds: Known) -> Kind[Any, Any]:
    """Return the kind of a run's study.

    Raises
    ------
    DataError
        If another version, or another state of this one, made the run, so that its form or its numbers are others, or
        its audit trail names no known kind.
    """
    former = made_otherwise(run, kinds)
    if former is not None:
        maker, again = former
        raise DataError(f"{run.shown!r} was made by {maker}.", todo=f"run its study anew, or compare with {again}")
    return named_kind(run, kinds)


def of_record(run: RunFolder, kind: Kind[Any, Any], read: Callable[[Mapping[str, Any]], Read]) -> Read:
    """Return what is read of a run's record.

    Raises
    ------
    DataError
        If the record cannot be read or is not one of the kind.
    """
    record = run.record(kind.record_file)
    try:
        return read(record if isinstance(record, dict) else {})
    except DataError as error:
        raise DataError(
            f"{kind.record_file} of {run.shown!r} {error.what}",
            todo=f"see what was done to it: pilotzone verify {run.shown}",
        ) from None


def _told(part: str, told: list[Mapping[str, Mapping[str, Cell]]]) -> Iterator[Contrast]:
    """Return the contrasts of one part of the findings; of donors and treatment only those that differ."""
    rows = _contrasts(part, told[0].get(part, {}), told[1].get(part, {}))
    if part == "donor":
        return (row for row in rows if not row.same and "donor" in {row.left, row.right})
    if part == "treatment":
        return (row for row in rows if not row.same)
    return rows


def edited(runs: Sequence[RunFolder], kinds: Known) -> Iterator[str]:
    """Yield a remark on each run whose record is not the file that the run wrote."""
    for run in runs:
        file = kinds[str(run.audit["kind"])].record_file
        if run.digest(file) != run.strings("outputs").get(file):
            yield f"{file} of {run.shown!r} is not the file that the run wrote. See: pilotzone verify {run.shown}"


# ------------------------------------------------------------------------------------------------- parts


def _settings(runs: _Runs) -> Iterator[Contrast]:
    told = [{joined(path): cell for path, cell in flat(run.settings, whole_lists=True).items()} for run in runs]
    # A table left out and one of defaults differ in keys that hold nothing: there is nothing to show for them.
    yield from (row for row in _changed("setting", told[0], told[1]) if not {row.left, row.right} <= {None, ""})


def _of_audit(part: str, name: str, runs: _Runs) -> Iterator[Contrast]:
    yield from _changed(part, runs[0].strings(name), runs[1].strings(name))


def _changed(part: str, left: Mapping[str, Cell], right: Mapping[str, Cell]) -> Iterator[Contrast]:
    yield from (row for row in _contrasts(part, left, right) if not row.same)


def _contrasts(part: str, left: Mapping[str, Cell], right: Mapping[str, Cell]) -> Iterator[Contrast]:
    for key in dict.fromkeys((*left, *right)):
        one, other = left.get(key), right.get(key)
        same = (key in left) == (key in right) and unequal(one, other) == 0
        yield Contrast(part, key, one, other, same)
