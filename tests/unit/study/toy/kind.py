"""Ponds, as a kind of study."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from pilotzone.core import Cell, DataError, Result, Table
from pilotzone.report import Block, Grid, Section, Words, plain_page, plain_section, plain_sheet
from pilotzone.study import Input, Kind, Progress, Study
from pilotzone.study.runs.fields import StudyFile, Text, Whole


class PondFile(StudyFile):
    """What a user writes: fish by kind, and a table of weights."""

    pond: Text
    fish: dict[Text, Whole] = Field(min_length=1)
    weights: Text | None = None


@dataclass(frozen=True)
class Pond(Result):
    """What was found of a pond."""

    name: str
    pond: str
    fish: Mapping[str, int]
    weight_kg: float | None

    def to_table(self) -> Table:
        """Return a row for each kind of fish."""
        return Table.from_rows(("fish", "number"), list(self.fish.items()), title=f"Fish in {self.pond}")


class PondKind(Kind[PondFile, Pond]):
    """Counts fish."""

    name = "toy"
    word = "a count of fish"
    noun = "pond"
    file = PondFile
    record_file = "pond.json"
    table_files = ("fish.csv",)
    manual = "see the comments that 'pilotzone init --kind toy' writes"
    stages = ("fishing",)
    packages = ("rich",)

    def files(self, spec: PondFile) -> Sequence[str]:
        return () if spec.weights is None else (spec.weights,)

    def moved(self, spec: PondFile, where: Callable[[str], str]) -> PondFile:
        return spec if spec.weights is None else spec.model_copy(update={"weights": where(spec.weights)})

    def inputs(self, study: Study[PondFile]) -> Sequence[Input]:
        return [Input("toy", study.path(file), Path(file).name) for file in self.files(study.spec)]

    def run(self, study: Study[PondFile], material: None, given: Mapping[str, Any], progress: Progress) -> Pond:  # noqa: ARG002
        progress("fishing", 0.5)
        spec = study.spec
        if spec.weights is None:
            return Pond(study.name, spec.pond, spec.fish, None)
        with study.path(spec.weights).open(encoding="utf-8") as stream:
            weights = {row["fish"]: float(row["kg"]) for row in csv.DictReader(stream)}
        absent = set(spec.fish) - set(weights)
        if absent:
            raise DataError(f"no weight of {min(absent)}.")
        return Pond(study.name, spec.pond, spec.fish, sum(weights[name] * count for name, count in spec.fish.items()))

    def record(self, found: Pond) -> dict[str, Any]:
        return {"pond": found.pond, "fish": dict(found.fish), "weight_kg": found.weight_kg}

    def tables(self, found: Pond) -> Mapping[str, Table]:
        return {"fish.csv": found.to_table()}

    def page(self, found: Pond, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        words, sheets = [self.brief(found)], [plain_sheet("fish", found.to_table())]
        return plain_page(
            found.name, found.pond, words, kind="Pond report", sheets=sheets, audit=audit, sections=sections
        )

    def section(self, found: Pond) -> Section:
        return plain_section("pond", found.pond, [self.brief(found)], sheets=[plain_sheet("fish", found.to_table())])

    def lines(self, found: Pond, width: int) -> Sequence[Block]:  # noqa: ARG002
        return [Words(found.pond, bold=True), Grid(("fish", "number"), list(found.fish.items()), right=("number",))]

    def brief(self, found: Pond) -> str:
        return f"{sum(found.fish.values())} fish"

    def central(self, found: Pond) -> Result:
        return found

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        fish = record.get("fish")
        if not isinstance(fish, dict):
            raise DataError("holds no fish.")
        return {"fish": {str(name): count if isinstance(count, int) else None for name, count in fish.items()}}
