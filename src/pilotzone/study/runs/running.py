"""Running a study of any kind: what it rests on, itself, what stands beside it, and the check of its inputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic

from pilotzone.core import Glance, Result, Table, one_thread
from pilotzone.study.runs.audit import check_unchanged, digests, files_read, inputs_of, made_from
from pilotzone.study.runs.kind import Found, Progress, Study
from pilotzone.study.runs.plain import finite
from pilotzone.study.runs.saying import within
from pilotzone.study.runs.standing import Standing, place_of, standing
from pilotzone.study.runs.writing import write_run

if TYPE_CHECKING:
    from pilotzone.core import TableFormat
    from pilotzone.report import Block

__all__ = ["Run", "execute", "stages_of"]


@dataclass(frozen=True, eq=False)
class Run(Result, Generic[Found]):
    """A study that was run.

    Attributes
    ----------
    study
        The study.
    findings
        Everything it found; what that is depends on the kind.
    beside
        Runs of the studies that it names beside itself, by kind; each has those that it rests on beside itself.
    audit
        What it was made from: settings, hashes, versions and seeds, as plain data without timings.
    seconds
        Duration of each stage; not part of what is compared between runs.
    """

    study: Study[Any]
    findings: Found
    beside: Mapping[str, Run[Any]] = field(default_factory=dict)
    audit: Mapping[str, Any] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> Any:  # noqa: ANN401 - of the kind
        """The verdict; ``None`` where outcomes make no claim. Only for a zone and a panel."""
        return self.findings.verdict  # type: ignore[attr-defined]

    @property
    def effects(self) -> Any:  # noqa: ANN401 - of the kind
        """The effects of the main design. Only for a zone and a panel."""
        return self.findings.effects  # type: ignore[attr-defined]

    @property
    def zones(self) -> Any:  # noqa: ANN401 - of the kind
        """The effects of several zones and their mean; ``None`` for one zone. Of zones only."""
        return self.findings.zones  # type: ignore[attr-defined]

    def record(self) -> dict[str, Any]:
        """Return the findings as plain data: what ``--json`` prints and the record file of the folder holds."""
        beside = {name: run.study.kind.record(run.findings) for name, run in self.beside.items()}
        found: dict[str, Any] = finite({**self.study.kind.record(self.findings), **beside})
        return found

    def report(self) -> str:
        """Return the report as one HTML page."""
        from pilotzone.report import unchecked

        with unchecked():
            sections = [run.study.kind.section(run.findings) for run in self.beside.values()]
            return self.study.kind.page(self.findings, self.audit, sections)

    def lines(self, width: int = 80) -> Sequence[Block]:
        """Return what a terminal shows, what stands beside it apart."""
        return self.study.kind.lines(self.findings, width)

    def write(self, folder: str | Path, *, tables: Sequence[TableFormat] = ()) -> Path:
        """Write record, tables, report and audit trail into a folder, whole or not at all.

        Parameters
        ----------
        folder
            Made if absent; an earlier run in it is replaced in one step.
        tables
            Formats in which tables for papers are written as well, ``latex`` or ``word``, by kinds that have some.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        UsageError
            If the folder holds something else than a run, or cannot be written, or a format is unknown.

        Notes
        -----
        The same inputs give the same bytes on one machine, but for ``seconds`` in ``audit.json``; ``folder`` there is
        the way from the run to the study file, and so depends on where the run is written.
        """
        return write_run(self, Path(folder), tables=tables)

    def to_table(self) -> Table:
        """Return the central result as one tidy table: effects, a ranking, or flows."""
        return self._central.to_table()

    def summary(self) -> Table:
        """Return the central result as a small table."""
        return self._central.summary()

    def glance(self) -> Glance:
        """Return what was found in a sentence, and the summary."""
        kind = self.study.kind
        beside = [f"Beside it, {run.study.kind.word} ({name})." for name, run in self.beside.items()]
        lines = (f"{kind.brief(self.findings)}.".capitalize(), *beside)
        return Glance(self.study.spec.title or self.study.name, lines, self.summary())

    def plot(self, **options: Any) -> Any:  # noqa: ANN401 - an Altair chart; options of the central result
        """Return a chart of the central result; see its own ``plot``."""
        return self._central.plot(**options)  # type: ignore[attr-defined]

    @property
    def _central(self) -> Result:
        return self.study.kind.central(self.findings)


class _Clock:
    """Announces stages and keeps how long each took."""

    def __init__(self, announce: Progress | None) -> None:
        self.seconds: dict[str, float] = {}
        self._announce = announce
        self._running: tuple[str, float] | None = None

    def __call__(self, stage: str, share: float | None = None) -> None:
        if self._running is None or self._running[0] != stage:
            self.stop()
            self._running = (stage, time.perf_counter())
        if self._announce is not None:
            self._announce(stage, share)

    def stop(self) -> None:
        if self._running is not None:
            name, since = self._running
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - since, 3)
            self._running = None


def _as_stage(clock: _Clock, name: str, _: str, share: float | None) -> None:
    """Announce the stages of a study beside as one, called by its kind."""
    clock(name, share)


def _run_beside(
    first: str, item: Standing, clock: _Clock, materials: Mapping[tuple[str, ...], Any] | None = None
) -> Run[Any]:
    """Run a study that stands beside another, after those that it rests on, from their material where that was read."""
    study, way = item.study, item.way
    beside = {
        name: _run_beside(first, Standing((*way, name), other), clock, materials)
        for name, other in study.sources.items()
    }
    given = {name: run.findings for name, run in beside.items()}
    clock(item.name)
    with _told(first, item):
        material = materials[way] if materials and way in materials else study.kind.material(study)
        found = study.kind.run(study, material, given, partial(_as_stage, clock, item.name))
    return Run(study, found, beside)


def _materials(first: str, items: Iterable[Standing]) -> dict[tuple[str, ...], Any]:
    """Return the material of studies that stand beside another, by the way to each."""
    found = {}
    for item in items:
        with _told(first, item):
            found[item.way] = item.study.kind.material(item.study)
    return found


def _told(first: str, item: Standing) -> AbstractContextManager[None]:
    """Say of an error where the study is that it is of: nobody sees that of one beside a study beside."""
    return within(place_of(first, item.way)) if item.nested else nullcontext()


def stages_of(study: Study[Any]) -> tuple[str, ...]:
    """Return the names of the stages of a run, in order, as `execute` announces them."""
    each = {name: [item.name for item in standing(study) if item.way[0] == name] for name in study.beside}
    before = [stage for name in study.beside if name in study.kind.uses for stage in each[name]]
    after = [stage for name in study.beside if name not in study.kind.uses for stage in each[name]]
    return ("inputs", *before, *study.kind.stages, *after)


class _Later(Mapping[str, "Run[Any]"]):
    """Runs of bundled studies beside, by kind: each is made when somebody looks, and once.

    Nothing of a user's is in them, so that they come out the same whenever they are made.
    """

    def __init__(self, study: Study[Any], made: Mapping[str, Run[Any]], clock: _Clock) -> None:
        self._study, self._made, self._clock = study, dict(made), clock

    def __getitem__(self, name: str) -> Run[Any]:
        if name not in self._made:
            self._made[name] = self._run(name)
        return self._made[name]

    @one_thread()
    def _run(self, name: str) -> Run[Any]:
        try:
            return _run_beside(self._study.name, Standing((name,), self._study.beside[name]), self._clock)
        finally:
            self._clock.stop()

    def __iter__(self) -> Iterator[str]:
        return iter(self._study.beside)

    def __len__(self) -> int:
        return len(self._study.beside)


@one_thread()
def execute(
    study: Study[Any],
    *,
    progress: Progress | None = None,
    found: Callable[[Run[Any]], None] | None = None,
    beside: bool = True,
) -> Run[Any]:
    """Run a study.

    Parameters
    ----------
    study
        What was read.
    progress
        Called with the name of each stage as it begins (see `stages_of`), and with the share of it that is done where
        that is known.
    found
        Called with the run as soon as its own findings are known, before what stands beside it is run and
        its audit trail is made.
    beside
        Whether bundled studies that it names beside itself are run at once; else each is run when somebody looks at it.

    Raises
    ------
    StudyError
        If the study file contradicts its data.
    DataError
        If data are not of the form that is admitted, cannot carry the design, or change during the run.
    """
    clock = _Clock(progress)
    clock("inputs")
    before = digests(inputs_of(study))
    # Of all of them first: a fault in what stands beside is told before anything is computed. A bundled study holds
    # none of the user's, and its material waits until the findings are told.
    material = study.kind.material(study)
    own = {name for name, each in study.beside.items() if each.folder is not None or name in study.kind.uses}
    materials = _materials(study.name, [item for item in standing(study) if item.way[0] in own])
    runs: dict[str, Run[Any]] = {}

    def run_beside(names: Iterable[str]) -> None:
        for name in names:
            runs[name] = _run_beside(study.name, Standing((name,), study.beside[name]), clock, materials)

    run_beside(name for name in study.beside if name in study.kind.uses)
    findings = study.kind.run(study, material, {name: run.findings for name, run in runs.items()}, clock)
    clock.stop()
    if found is not None:
        found(Run(study, findings, {}, {}, clock.seconds))
    run_beside(name for name in study.beside if name not in runs and (beside or name in own))
    clock.stop()
    # What stands beside was read with the study, before the digests were taken.
    check_unchanged(before | files_read(study), digests(inputs_of(study)))
    audit = made_from(study, before)
    return Run(study, findings, _Later(study, runs, clock), audit, clock.seconds)
