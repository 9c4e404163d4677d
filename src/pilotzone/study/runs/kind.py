"""What a kind of study is: what a user writes, how it runs, what it leaves. All else is the same for every kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pilotzone.core import TableFormat, UsageError
from pilotzone.store import file_digests, postgres_digests
from pilotzone.study.runs.fields import StudyFile
from pilotzone.study.runs.models import parts_as_models
from pilotzone.study.runs.protocol import PROTOCOL_ENDING, read_protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

    from pilotzone.core import Cell, Result, Table
    from pilotzone.report import Block, Section
    from pilotzone.study.runs.atlas import Atlas
    from pilotzone.study.runs.choices import Choice
    from pilotzone.study.runs.models import Model
    from pilotzone.study.runs.protocol import Protocol

PAPER_ENDINGS: dict[TableFormat, str] = {"latex": ".tex", "word": ".rtf"}
"""Prefix of the files of tables for papers."""

FOUND_ENDING = ".found"
"""Name of the file beside a bundled study that says in a line what it finds: some take long to run."""

__all__ = ["PAPER_ENDINGS", "Found", "Input", "Kind", "Progress", "Spec", "Study", "named_inputs"]

Spec = TypeVar("Spec", bound=StudyFile)
Found = TypeVar("Found")

Progress = Callable[[str, float | None], None]
"""Called with the name of a stage as it begins, and again with the share of it that is done, where that is known."""


@dataclass(frozen=True)
class Input:
    """A file or folder that a run is made from.

    Attributes
    ----------
    part
        What its files are called in the audit trail: ``part/NAME``.
    path
        Where it is.
    name
        What a single file is called there; its own name, or the names below a folder, if left out.
    what
        What a single file that is not there is called in the error.
    own
        Whether it is the user's, and not of the package.
    digests
        Returns the SHA-256 of its files by name.
    folder
        Folder that a relative path in the study file starts from; ``None`` where none names it.
    where
        Where the study stands that it is of, which errors say first; empty for the first study and what stands beside
        it.
    """

    part: str
    path: Path
    name: str = ""
    what: str = "file"
    own: bool = True
    digests: Callable[[Path], Mapping[str, str]] = file_digests
    folder: Path | None = None
    where: str = ""

    @classmethod
    def of_database(cls, part: str, address: str, table: str | None, query: str | None) -> Input:
        """Return a table of a PostgreSQL database, or what a query returns: no file, and hashed as it is read."""
        return cls(part, Path(), own=False, digests=lambda _: postgres_digests(address, table, query))


def named_inputs(part: str, files: Mapping[str, tuple[str, Path]]) -> list[Input]:
    """Return files that a study names, each by its own name, or as the study names it where two are called alike.

    Parameters
    ----------
    part
        As in `Input`.
    files
        File, as the study names it, to what it is and where it is.
    """
    own = [Path(file).name for file in files]
    return [
        Input(part, where, file if own.count(name) > 1 else name, what)
        for name, (file, (what, where)) in zip(own, files.items(), strict=True)
    ]


@dataclass(frozen=True)
class Study(Generic[Spec]):
    """A study file that was read, of whatever kind.

    Attributes
    ----------
    name
        Name of the run: the bundled study's name, or the stem of the file.
    kind
        What it is a study of.
    spec
        Its content, checked.
    sha256
        Hash of the file as it was read, for the audit; empty where there never was a file.
    folder
        Folder that relative paths start from; ``None`` for a bundled study.
    beside
        Studies that it names in ``[beside]``, by kind; of a study that stands beside another one, those that it rests
        on.
    """

    name: str
    kind: Kind[Spec, Any]
    spec: Spec
    sha256: str = ""
    folder: Path | None = None
    beside: Mapping[str, Study[Any]] = field(default_factory=dict)

    @property
    def sources(self) -> dict[str, Study[Any]]:
        """Studies beside it that its findings rest on, by kind; each is run before it."""
        wanted = self.kind.rests_on(self.spec)
        return {name: other for name, other in self.beside.items() if name in wanted}

    def path(self, file: str, fault: type[UsageError] = UsageError) -> Path:
        """Return where a file that the study names is, as seen from here."""
        from pilotzone.core import expanded

        given = expanded(file, fault=fault)
        return given if given.is_absolute() or self.folder is None else self.folder / given

    @property
    def protocol(self) -> Protocol | None:
        """Protocol of a bundled study that has one; another file of its name has none."""
        if self.folder is not None or not self.sha256:
            return None
        found = self.kind.protocols.get(self.name)
        return found if found is not None and found.current == self.sha256 else None


def bundled_in(folder: Traversable) -> tuple[str, ...]:
    """Return the names of the studies that come with a kind, from the folder of its code."""
    found = folder / "bundled"
    if not found.is_dir():
        return ()
    return tuple(sorted(item.name.removesuffix(".toml") for item in found.iterdir() if item.name.endswith(".toml")))


class Kind(ABC, Generic[Spec, Found]):
    """A kind of study.

    A subclass says what is its own; reading, hashing, writing, verifying, comparing, listing and templates are done by
    `pilotzone.study.runs` for all of them.
    """

    name: str
    """Name of the kind: in audit trails, in ``[beside]``, for ``pilotzone init --kind``, and of its folder."""
    word: str
    """What one is called in a sentence, with its article: ``a study of a zone``."""
    noun: str = "study"
    """What its file is called where an error names it."""
    file: type[Spec]
    """What a user writes."""
    record_file: str
    """Name of the file that holds the record: what ``--json`` prints."""
    manual: str
    """Where its keys are told."""
    stages: tuple[str, ...]
    """Names of the stages of a run, in order."""
    packages: tuple[str, ...] = ()
    """Libraries that its numbers depend on, beyond those of every run."""
    optional: tuple[str, ...] = ()
    """Libraries of extras that the numbers of some of its studies depend on; see `needed`."""
    statistics: int = 1
    """Raised when what a number means changes, so that runs from before are not called different."""
    uses: tuple[str, ...] = ()
    """Kinds named in ``[beside]`` whose findings it may need; the others run after it."""
    engines: bool = False
    """Whether an engine reads its data, so that another one may read them when it is verified."""
    asked: tuple[str, ...] = ()
    """Keys that a caller may set where the file does not."""
    renamed: Mapping[str, str] = {}
    """Keys that files had in former versions, and what to write instead."""
    settable: tuple[str, ...] = ()
    """Keys that a page may set, those of `choices`; a star stands for a number in a list."""
    mapped: bool = False
    """Whether `atlas` maps the figures of its studies."""
    papers: tuple[str, ...] = ()
    """Names of all tables for papers that it can write, whatever their format."""

    # ------------------------------------------------------------------------------------------- what is written

    def check(self, spec: Spec) -> None:
        """Refuse what no single key can tell; raises `StudyError`."""

    def files(self, spec: Spec) -> Sequence[str]:  # noqa: ARG002 - of the kinds that name some
        """Return the files that a study names, as it names them."""
        return ()

    def moved(self, spec: Spec, where: Callable[[str], str]) -> Spec:  # noqa: ARG002 - as above
        """Return the study with each file that it names as `where` says."""
        return spec

    def inputs(self, study: Study[Spec]) -> Sequence[Input]:  # noqa: ARG002 - as above
        """Return what a run is made from, the study file apart; reads nothing of the user's."""
        return ()

    def needed(self, spec: Spec) -> Sequence[str]:  # noqa: ARG002 - of the kinds that have some
        """Return those of `optional` that the numbers of a study depend on."""
        return ()

    def seeds(self, spec: Spec) -> dict[str, int]:  # noqa: ARG002 - of the kinds that draw
        """Return the seeds of random draws by name."""
        return {}

    def rests_on(self, spec: Spec) -> Sequence[str]:
        """Return those kinds in ``[beside]`` whose findings a study needs, of `uses`; all of these by default."""
        return [name for name in spec.beside if name in self.uses]

    def engine_of(self, spec: Spec) -> str:  # noqa: ARG002 - of the kinds that engines read
        """Return the engine that reads the data; empty where none does."""
        return ""

    def read_by(self, spec: Spec, engine: str, master: str | None) -> Spec:  # noqa: ARG002 - as above
        """Return the study as another engine reads it."""
        return spec

    def varied(self, spec: Spec) -> Spec:  # noqa: ARG002 - of the kinds that can
        """Return the study with its main design varied as by default.

        Raises
        ------
        UsageError
            If studies of this kind have no such variations.
        """
        raise self.without("a sensitivity analysis")

    def without(self, what: str) -> UsageError:
        """Return that studies of this kind have none of what those of a zone have."""
        return UsageError(f"{what} is there for studies of a zone; this one is {self.word}.", todo="leave it out")

    # --------------------------------------------------------------------------------------------- what comes out

    def material(self, study: Study[Spec]) -> Any:  # noqa: ANN401, ARG002 - of the kinds that name files
        """Read what a study names besides data, and check it: before anything is computed, of all that run together."""
        return None

    def read(self, study: Study[Spec]) -> None:
        """Read what a study names and refuse what does not agree with it; nothing is estimated."""
        self.material(study)

    def tried(self, study: Study[Spec]) -> None:
        """Refuse a study that was just begun and could not run: what a person then reads is of the page they see."""
        self.read(study)

    @abstractmethod
    def run(self, study: Study[Spec], material: Any, given: Mapping[str, Any], progress: Progress) -> Found:  # noqa: ANN401
        """Run a study; `material` is what the method of that name returned, `given` the findings of kinds in `uses`."""

    @abstractmethod
    def record(self, found: Found) -> dict[str, Any]:
        """Return the findings as plain data."""

    @abstractmethod
    def tables(self, found: Found) -> Mapping[str, Table]:
        """Return tables by the name of their file; its ending says how it is written (.parquet, .csv)."""

    def extras(self, found: Found, formats: Sequence[TableFormat]) -> Mapping[str, str]:  # noqa: ARG002 - zones only
        """Return further files by name, such as tables for papers."""
        return {}

    @abstractmethod
    def page(self, found: Found, audit: Mapping[str, Any], sections: Sequence[Section]) -> str:
        """Return the report as one HTML file, with the sections of what stands beside it."""

    @abstractmethod
    def section(self, found: Found) -> Section:
        """Return what stands in the report of a study that names this one beside it."""

    def narrowed(self, spec: Spec) -> Spec:
        """Return the study without what its answer does not rest on: other designs, estimators, windows.

        The answer and its numbers are the same; it is there sooner.
        """
        return spec

    def choices(self, study: Study[Spec], found: Found) -> Sequence[Choice]:  # noqa: ARG002 - of the kinds that can be set on a page
        """Return what of a study can be set on a page, with what it is set to."""
        return ()

    def first(self, found: Found, *, charts: bool = True) -> Section:  # noqa: ARG002 - of the kinds that say it sooner
        """Return what a reader looks at first: the answer, and the charts that it is seen in unless left out."""
        return self.section(found)

    def atlas(self, study: Study[Spec], found: Found, series: str) -> Atlas:  # noqa: ARG002 - of the kinds that map figures
        """Return the map of a series of a study, the one that it is about first if `series` is empty.

        Raises
        ------
        UsageError
            If studies of this kind have no such map, or there is no such series.
        """
        raise UsageError(f"the lab maps no figures of {self.word}.", allowed="a study of a zone or of a panel")

    def begun(self, given: Mapping[str, Any]) -> str:  # noqa: ARG002 - of the kinds that a page begins
        """Return the study file of what was chosen on a page of a table of one's own.

        Raises
        ------
        StudyError
            If something is missing or cannot be.
        """
        raise UsageError(
            f"the lab begins no file for {self.word}.",
            allowed="a study of a zone, of a panel or of who gains, a ranking of places",
        )

    @abstractmethod
    def lines(self, found: Found, width: int) -> Sequence[Block]:
        """Return what a terminal shows."""

    @abstractmethod
    def brief(self, found: Found) -> str:
        """Return the finding in a few words."""

    @abstractmethod
    def central(self, found: Found) -> Result:
        """Return the result that a reader asks for first: a run shows and draws itself as it does."""

    @abstractmethod
    def headline(self, record: Mapping[str, Any]) -> Mapping[str, Mapping[str, Cell]]:
        """Return of a record, which anybody may have written, what two runs are compared by: part to key to value.

        Raises
        ------
        DataError
            If it is not a record of this kind.
        """

    def models(self, record: Mapping[str, Any]) -> Sequence[Model]:
        """Return of a record, which anybody may have written, its columns in a table side by side.

        The first is the result itself, or all are if none stands beside it. By default they are what two runs are
        compared by.

        Raises
        ------
        DataError
            If it is not a record of this kind.
        """
        return parts_as_models(self.headline(record))

    def part_of(self, result: object) -> dict[str, Any] | None:  # noqa: ARG002 - of the kinds that have such results
        """Return of a result from Python the part of a record that `models` reads; ``None`` if it is another kind's."""
        return None

    # ------------------------------------------------------------------------------------------ what comes with it

    @property
    def _folder(self) -> Traversable:
        """The folder of the kind: its code, its template and its bundled studies."""
        return resources.files(type(self).__module__.rpartition(".")[0])

    @cached_property
    def bundled(self) -> tuple[str, ...]:
        """Names of the studies that come with the package."""
        return bundled_in(self._folder)

    def bundled_file(self, name: str) -> bytes:
        """Return the file of a bundled study."""
        return (self._folder / "bundled" / f"{name}.toml").read_bytes()

    @cached_property
    def found(self) -> Mapping[str, str]:
        """What bundled studies find, in the words of `brief`, by name; of those that take long to ask."""
        return {name: text.strip() for name, text in self._beside_bundled(FOUND_ENDING).items()}

    @cached_property
    def protocols(self) -> Mapping[str, Protocol]:
        """Protocols of bundled studies by name; a study has one if its design was fixed before its first run."""
        return {name: read_protocol(text, name) for name, text in self._beside_bundled(PROTOCOL_ENDING).items()}

    def _beside_bundled(self, ending: str) -> dict[str, str]:
        """Return the texts that lie beside bundled studies under their names, of those that have one."""
        files = {name: self._folder / "bundled" / f"{name}{ending}" for name in self.bundled}
        return {name: file.read_text(encoding="utf-8") for name, file in files.items() if file.is_file()}

    def template(self) -> str:
        """Return a commented file to begin with, in which ``{name}`` stands for its name."""
        return (self._folder / "template.toml").read_text(encoding="utf-8")

    @property
    def artefacts(self) -> tuple[str, ...]:
        """Names of the files that every run of this kind leaves."""
        return (self.record_file, *self.table_files, "report.html", "audit.json")

    @property
    @abstractmethod
    def table_files(self) -> tuple[str, ...]:
        """Names of the files of `tables`."""
