"""Transfers, as a kind of study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pilotzone.core import Result, Table
from pilotzone.gather import shapes_holding
from pilotzone.report import Block, Section, plain
from pilotzone.study.runs.evidence import series_inputs
from pilotzone.study.runs.kind import Input, Kind, Progress, named_inputs
from pilotzone.study.runs.records import cell, tables_of
from pilotzone.study.runs.saying import within
from pilotzone.study.transfer.choices import SETTABLE, transfer_choices
from pilotzone.study.transfer.file import TransferFile
from pilotzone.study.transfer.findings import TransferFindings
from pilotzone.study.transfer.first import transfer_first
from pilotzone.study.transfer.material import TransferMaterial, transfer_material
from pilotzone.study.transfer.models import outcomes_of, transfer_models
from pilotzone.study.transfer.page import render_transfer, transfer_beside
from pilotzone.study.transfer.record import TABLES, transfer_record, transfer_tables
from pilotzone.study.transfer.run import STAGES, transfer_findings
from pilotzone.study.transfer.terminal import transfer_lines
from pilotzone.study.transfer.wording import brief_words

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.core import Cell
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model
    from pilotzone.study.transfer.file import TransferStudy

__all__ = ["TransferKind"]


class TransferKind(Kind[TransferFile, TransferFindings]):
    """What zones did elsewhere, pooled, and what a region without one could expect."""

    name = "transfer"
    word = "a transfer of effects elsewhere"
    noun = "transfer"
    file = TransferFile
    record_file = "transfer.json"
    table_files = TABLES
    manual = "see docs/reference/transfer-file.md for all keys"
    stages = STAGES
    uses = ("zone", "panel")
    packages = ("scipy",)
    settable = SETTABLE

    def files(self, spec: TransferFile) -> Sequence[str]:
        """Return tables of effects and of candidates."""
        named = (spec.transfer.effects, spec.transfer.candidates)
        return [*dict.fromkeys(file for file in named if file is not None)]

    def moved(self, spec: TransferFile, where: Callable[[str], str]) -> TransferFile:
        """Return the transfer with the tables that it names elsewhere."""
        named = {key: getattr(spec.transfer, key) for key in ("effects", "candidates")}
        changed = {key: where(file) for key, file in named.items() if file is not None}
        return spec.model_copy(update={"transfer": spec.transfer.model_copy(update=changed)})

    def inputs(self, study: TransferStudy) -> Sequence[Input]:
        """Return the tables that it names, and the series and shapes of the evidence that it uses."""
        spec = study.spec
        words = dict.fromkeys(self.files(spec), "table of candidates")
        if spec.transfer.effects is not None:
            words[spec.transfer.effects] = "table of effects"
        files = {file: (what, study.path(file)) for file, what in words.items()}
        named = [name for entry in spec.moderator for name in (entry.series, entry.over) if name is not None]
        named += () if spec.estimate is None else spec.estimate.series
        with within(f"{self.noun} {study.name!r}"):
            shapes, series = _shapes(spec), series_inputs(dict.fromkeys(named)) if named else []
        return [
            *named_inputs("transfer", files),
            *series,
            *([] if shapes is None else [Input("shapes", shapes, own=False)]),
        ]

    def seeds(self, spec: TransferFile) -> dict[str, int]:
        """Return the seed of the ranks."""
        return {"draws": spec.transfer.seed} if spec.moderator else {}

    def rests_on(self, spec: TransferFile) -> Sequence[str]:
        """Return what hands its effects over, if something does."""
        return [name for name in self.uses if name == spec.transfer.source]

    def material(self, study: TransferStudy) -> TransferMaterial:
        """Return zones, moderators and candidates."""
        with within(f"{self.noun} {study.name!r}"):
            return transfer_material(study)

    def run(
        self, study: TransferStudy, material: TransferMaterial, given: Mapping[str, Any], progress: Progress
    ) -> TransferFindings:
        """Pool, predict and score."""
        with within(f"{self.noun} {study.name!r}"):
            return transfer_findings(study, material, given, progress)

    def record(self, found: TransferFindings) -> dict[str, Any]:
        """Return what was found on each outcome."""
        return transfer_record(found)

    def tables(self, found: TransferFindings) -> Mapping[str, Table]:
        """Return effects, means, candidates, ranks, coefficients, forecasts, breakdowns and posteriors."""
        return transfer_tables(found)

    def page(self, found: TransferFindings, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report."""
        return render_transfer(found, audit, sections)

    def section(self, found: TransferFindings) -> Section:
        """Return the answer, candidates and charts."""
        return transfer_beside(found)

    def choices(self, study: TransferStudy, found: TransferFindings) -> Sequence[Choice]:
        """Return pooling, priors, margins and draws."""
        return transfer_choices(study, found)

    def first(self, found: TransferFindings, *, charts: bool = True) -> Section:
        """Return the answer, candidates, and charts."""
        return transfer_first(found, charts=charts)

    def lines(self, found: TransferFindings, width: int) -> Sequence[Block]:
        """Return the answer, candidates or zones, and limits."""
        return transfer_lines(found, width)

    def brief(self, found: TransferFindings) -> str:
        """Return the mean effect, and what a further zone may have."""
        return plain(brief_words(found))

    def central(self, found: TransferFindings) -> Result:
        """Return predictions of candidates; without them the pooled effect."""
        return found.main.synthesis if found.main.predictions is None else found.main.predictions

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return mean effects, prediction intervals and candidates."""
        return transfer_models(record)

    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return means, intervals, variances of true effects, and predictions of candidates."""
        found: dict[str, Cell] = {}
        places: dict[str, Cell] = {}
        for row in outcomes_of(record):
            name = row.get("outcome")
            found |= {f"{name}: {key}": cell(row.get(key)) for key in ("effect", "se", "tau2", "zones")}
            for key in ("interval", "prediction"):
                ends = row.get(key)
                if isinstance(ends, list):
                    found |= {f"{name}: {key} {k}": cell(end) for k, end in zip(("from", "to"), ends, strict=False)}
            places |= {
                f"{item.get('place')}: {name}": cell(item.get("effect")) for item in tables_of(row.get("candidates"))
            }
        return {"finding": found, "candidate": places}


def _shapes(spec: TransferFile) -> Path | None:
    """Return the file of shapes that the map is drawn on; ``None`` where no candidate names a region."""
    codes = [*spec.transfer.regions, *(entry.region for entry in spec.candidate if entry.region is not None)]
    found = shapes_holding(codes) if codes else None
    return None if found is None else found.file
