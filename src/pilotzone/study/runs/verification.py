"""What verifying a run found, as data and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.core import Glance, Result, Table
from pilotzone.study.runs.differences import DIGITS

if TYPE_CHECKING:
    from pilotzone.study.runs.differences import Difference

__all__ = ["Verification"]

_MOST = {"verdict.json": 4, "effects.parquet": 3, "evidence.parquet": 2, "report.html": 2}
_MOST_OTHERS = 2


@dataclass(frozen=True)
class Verification(Result):
    """What verifying a run found.

    Attributes
    ----------
    folder
        The run's folder, as it was named.
    study
        Name of the study.
    differences
        What is not as the run's folder says, the most telling first.
    remarks
        What an auditor should know besides: versions that differ, what was not compared and why.
    checked
        What was found to be the same.
    obstacle
        Why the run could not be recomputed; ``None`` if it was.
    unchecked
        What could not be compared, and why.
    close
        What is the same but for the last digits of numbers, as other versions or another kind of processor made it.
    """

    folder: str
    study: str
    differences: tuple[Difference, ...]
    remarks: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    obstacle: str | None = None
    unchecked: tuple[str, ...] = ()
    close: tuple[str, ...] = ()

    @property
    def state(self) -> Literal["same", "not all", "different", "not recomputed"]:
        """``not recomputed`` whatever else differs, and ``same`` only if nothing was left out."""
        if self.obstacle is not None:
            return "not recomputed"
        if self.differences:
            return "different"
        return "not all" if self.unchecked else "same"

    def to_table(self) -> Table:
        """Return one row per difference: file, place, kind, what the run holds, what is found now, relative size."""
        rows = [(d.file, d.place, d.kind, d.kept, d.now, d.size) for d in self.differences]
        names = ("file", "place", "kind", "in_the_run", "now", "relative_size")
        return Table.from_rows(names, rows, title=f"{self.study}: {self._head()}")

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data; sizes and numbers that JSON cannot write are ``None``."""
        return {
            **{name: value for name, value in asdict(self).items() if name != "differences"},
            "state": self.state,
            "differences": self.to_table().records(),
        }

    def lines(self) -> list[str]:
        """Return it in words: what it comes to, then at most a few differences of each file, then remarks."""
        lines = [f"{self.study}: {self._head()}"]
        if self.obstacle is not None:
            lines.append(self.obstacle)
        groups: dict[str, list[Difference]] = {}
        for item in self.differences:
            groups.setdefault("inputs" if item.kind == "input" else item.file, []).append(item)
        for name, items in groups.items():
            most = _MOST.get(name, _MOST_OTHERS)
            shown = items[:most]
            if len(items) > most and items[-1].kind == "file":  # that the file is another is told in any case
                shown[-1] = items[-1]
            told = [f"- {item.sentence()}" for item in shown]
            if len(items) > most:
                told[-1] += f"; {len(items) - most:,} more in {name}"
            lines += told
        lines += [f"- Not checked: {text}" for text in self.unchecked]
        if self.state != "different":
            lines += [f"- {text}" for text in (*self.checked, *self.close)]
        return [*lines, *(f"Remark: {text}" for text in self.remarks)]

    def glance(self) -> Glance:
        """Return what verifying came to in words, and the differences."""
        head, *lines = self.lines()
        return Glance(head, lines, self.to_table() if self.differences else None)

    def _head(self) -> str:
        count = len(self.differences)
        told = f"{count:,} difference{'' if count == 1 else 's'}"
        if self.obstacle is not None:
            return f"NOT RECOMPUTED{f', and {told}' if count else ''}"
        if count:
            return f"DIFFERENT, {told}"
        if self.unchecked:
            return "NOT ALL OF IT was recomputed; what was is the same"
        return f"THE SAME to {DIGITS} digits when recomputed" if self.close else "THE SAME when recomputed"
