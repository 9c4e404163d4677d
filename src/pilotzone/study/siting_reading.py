"""Reading siting files: bundled ones by name, a user's own by path, with the files that they name."""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pilotzone.core import (
    MOST_OF_A_STUDY,
    MOST_OF_A_TABLE,
    DataError,
    StudyError,
    UsageError,
    did_you_mean,
    expanded,
    listing,
    parse_toml,
    read_regular,
    shown,
)
from pilotzone.gather import layer_names, load_evidence, load_layer, load_shapes, read_assumptions, read_weather
from pilotzone.site import (
    DEFAULT_CRITERIA,
    KNOWN_CRITERIA,
    Candidate,
    Criterion,
    Figure,
    Siting,
    SitingSpec,
    WeightSpace,
    default_assumptions,
    known_criterion,
    place_of_region,
    rank_places,
)
from pilotzone.store import file_digests, read_csv
from pilotzone.study.faults import explain
from pilotzone.study.reading import name_of
from pilotzone.study.siting_spec import LARGEST, CriterionEntry, PlaceEntry, SitingFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.resources.abc import Traversable

    from pilotzone.study.reading import Study

    Admit = Callable[[str, Path, str], None]

__all__ = [
    "SitingStudy",
    "bundled_sitings",
    "evidence_hashes",
    "input_hashes",
    "load_siting",
    "rank_sites",
    "siting_digests",
    "siting_of",
]

_MOST_DRAWN = 100_000_000
"""Values that are drawn of all places at once, 8 bytes each."""
_ROUNDING = 1e-9
"""How far weights that are given may be from one in sum."""
_COLUMNS = ("place", "criterion", "low", "high", "source")


@dataclass(frozen=True, eq=False)
class SitingStudy:
    """A siting file that was read.

    Attributes
    ----------
    name
        The bundled file's name, or the stem of the user's.
    spec
        What is to be ranked.
    settings
        The file as it was understood, for the audit.
    hashes
        File to its SHA-256: the siting file and those that it names.
    """

    name: str
    spec: SitingSpec
    settings: dict[str, Any]
    hashes: dict[str, str]


def bundled_sitings() -> tuple[str, ...]:
    """Return the names of the siting files that come with the package."""
    return tuple(sorted(item.name.removesuffix(".toml") for item in _folder().iterdir() if item.name.endswith(".toml")))


def rank_sites(which: str | os.PathLike[str] | SitingSpec) -> Siting:
    """Rank places over all that is not known about them and about what matters how much.

    Parameters
    ----------
    which
        ``"guizhou"`` (six provinces) or ``"provinces"`` (all of China's), a path of a siting file, or a `SitingSpec`.

    Returns
    -------
    Siting
        How often each place has each rank, what decides it, and every figure with its source.

    Raises
    ------
    UsageError
        If there is no such file, or something that is needed is neither known nor assumed.
    StudyError
        If the file is no siting file.
    DataError
        If a file that it names cannot be read, or a criterion has no figure of any place.

    Examples
    --------
    >>> import pilotzone as pz
    >>> found = pz.rank_sites("guizhou")
    >>> found.winner, found.acceptability.clear
    ('Yunnan', False)
    """
    return rank_places(which if isinstance(which, SitingSpec) else load_siting(which).spec)


def load_siting(which: str | os.PathLike[str], *, admit: Admit | None = None) -> SitingStudy:
    """Read a siting file by name or path; errors as in `rank_sites`.

    Parameters
    ----------
    which
        As in `rank_sites`.
    admit
        Called with ``siting``, the path and the name of every file before it is read; raises if it may not be.
    """
    path = Path(which)
    if path.suffix == ".toml" or os.path.lexists(path):
        if admit is not None:
            admit("siting", path, f"{name_of(path)}.toml")
        content = read_regular(path, "siting file", most=MOST_OF_A_STUDY, fault=StudyError)
        return _parsed(name_of(path), content, path.parent, admit)
    known = bundled_sitings()
    if str(which) not in known:
        raise UsageError(
            f"there is no siting file {shown(str(which))}.{did_you_mean(str(which), known)}",
            allowed=f"{listing(known)}, or a path of a TOML file",
        )
    return _parsed(str(which), (_folder() / f"{which}.toml").read_bytes(), None)


def siting_of(study: Study) -> Siting | None:
    """Return the ranking that a study shows, or ``None``; errors as in `rank_sites`."""
    read = _of_study(study)
    return None if read is None else rank_places(read.spec)


def siting_digests(study: Study, *, admit: Admit | None = None) -> dict[str, str]:
    """Return the SHA-256 of every file that a study's ranking is made from, by name; none where it shows none."""
    read = _of_study(study, admit)
    return {} if read is None else input_hashes(read)


def input_hashes(read: SitingStudy) -> dict[str, str]:
    """Return the SHA-256 of every file that a ranking is made from, by name."""
    inputs = {f"siting/{name}": digest for name, digest in read.hashes.items()}
    return dict(sorted((inputs | evidence_hashes()).items()))


def evidence_hashes() -> dict[str, str]:
    """Return the SHA-256 of every file of the bundled evidence, by name."""
    inputs: dict[str, str] = {}
    layers = [load_layer(name).file for name in layer_names()]
    for part, files in (
        ("evidence", load_evidence().files),
        ("places", (layers[0].with_name("datapackage.json"), *layers)),
        ("shapes", (load_shapes().file,)),
    ):
        for file in files:
            inputs |= {f"{part}/{name}": digest for name, digest in file_digests(file).items()}
    return inputs


def _of_study(study: Study, admit: Admit | None = None) -> SitingStudy | None:
    section = study.spec.siting
    if section is None:
        return None
    own = section.ranking.endswith(".toml") and study.folder is not None
    return load_siting(study.folder / section.ranking if own and study.folder else section.ranking, admit=admit)


def _folder() -> Traversable:
    return resources.files("pilotzone.study") / "bundled" / "siting"


def _parsed(name: str, content: bytes, folder: Path | None, admit: Admit | None = None) -> SitingStudy:
    raw = parse_toml(content, f"siting {name!r}")
    try:
        file = SitingFile.model_validate(raw)
    except ValidationError as error:
        raise explain(error, name, SitingFile, what="siting") from error
    reader = _Reader(name, file, folder, {f"{name}.toml": hashlib.sha256(content).hexdigest()}, admit)
    return SitingStudy(name, reader.spec(), file.model_dump(mode="json"), reader.hashes)


@dataclass(frozen=True, eq=False)
class _Reader:
    """A siting file and the folder that its paths start from."""

    name: str
    file: SitingFile
    folder: Path | None
    hashes: dict[str, str]
    admit: Admit | None = None

    def spec(self) -> SitingSpec:
        """Return what is to be ranked."""
        file = self.file
        entries = file.criterion or tuple(CriterionEntry(name=name) for name in DEFAULT_CRITERIA)
        criteria = tuple(self._criterion(entry) for entry in entries)
        places = self._places(criteria)
        self._check_size(len(places), len(criteria))
        assumptions = default_assumptions()
        if file.assumptions is not None:
            own = self._path(file.assumptions, "file of assumptions", most=MOST_OF_A_STUDY)
            assumptions = assumptions.instead(read_assumptions(own).entries)
        given = {} if file.alternatives is None else {"alternatives": dict(file.alternatives)}
        return SitingSpec(
            title=file.title,
            places=places,
            criteria=criteria,
            space=self._space([criterion.name for criterion in criteria]),
            method=file.method,
            draws=file.draws,
            batches=file.batches,
            gaps=file.gaps,
            spot=file.spot,
            common={entry.name: entry.common for entry in entries if entry.common},
            correlations={entry.between: entry.value for entry in file.correlation},
            assumptions=assumptions,
            systems=file.systems or ("airside", "waterside"),
            year=file.year,
            seed=file.seed,
            **given,
        )

    def _path(self, text: str, what: str, *, most: int = MOST_OF_A_TABLE) -> Path:
        """Return a path that starts from the siting file's folder, and keep the file's hash."""
        path = (self.folder or Path()) / expanded(text)
        if self.admit is not None:
            self.admit("siting", path, text)
        content = read_regular(path, what, most=most)
        self.hashes[text] = hashlib.sha256(content).hexdigest()
        return path

    def _space(self, names: list[str]) -> WeightSpace:
        """Return what is known of the weights; a fixed one is an interval without width."""
        given = self.file.weights
        self._check_fixed(given.fixed, names)
        twice = sorted(set(given.fixed) & set(given.intervals))
        if twice:
            raise StudyError(
                f"siting {self.name!r}: the weight of {twice[0]!r} is both fixed and an interval.",
                allowed="one of the two",
            )
        return WeightSpace(
            {**given.intervals, **{name: (value, value) for name, value in given.fixed.items()}}, given.order
        )

    def _check_fixed(self, fixed: dict[str, float], names: list[str]) -> None:
        """Refuse fixed weights that leave nothing for the others, or something where there are none."""
        total = sum(fixed.values())
        wrong = next((name for name, weight in fixed.items() if not 0 <= weight <= 1), None)
        if wrong is not None:
            raise StudyError(
                f"siting {self.name!r}: the fixed weight of {wrong!r} is {fixed[wrong]:g}.",
                allowed="numbers from 0 to 1; with all criteria fixed they sum to 1",
                todo="divide percentages by 100" if fixed[wrong] > 1 else None,
            )
        if total > 1 + _ROUNDING or (total < 1 - _ROUNDING and set(names) == set(fixed)):
            raise StudyError(
                f"siting {self.name!r}: fixed weights sum to {total:.12g}.",
                allowed="1, where all criteria are fixed; at most 1, where others are not",
                todo="divide each by their sum",
            )

    def _check_size(self, places: int, criteria: int) -> None:
        """Refuse what would take all memory: each number is bounded by itself, and their product too."""
        for key, size in (("draws", self.file.draws * places), ("batches", self.file.batches * places * criteria)):
            if size > _MOST_DRAWN:
                raise StudyError(
                    f"siting {self.name!r}: {key} is {getattr(self.file, key):,}, which for {places:,} places and "
                    f"{criteria} criteria are {size:,} values.",
                    allowed=f"up to {_MOST_DRAWN:,}",
                    todo=f"ask for fewer {key}, or rank fewer places at once",
                )

    def _criterion(self, entry: CriterionEntry) -> Criterion:
        known = KNOWN_CRITERIA.get(entry.name)
        if known is None and entry.good is None:
            if did_you_mean(entry.name, KNOWN_CRITERIA):
                known_criterion(entry.name)
            raise StudyError(
                f"siting {self.name!r}: criterion {entry.name!r} has no good direction.",
                allowed=f"good = 'up' or 'down'; known without it: {listing(list(KNOWN_CRITERIA), most=20)}",
            )
        base = Criterion(entry.name, entry.good or "up", entry.unit) if known is None else known.criterion
        if known is not None and entry.unit not in {"1", base.unit}:
            raise StudyError(
                f"siting {self.name!r}: {entry.name} is in {base.unit}, not in {entry.unit}.",
                allowed=f"figures in {base.unit}, and no unit",
            )
        good = entry.good or base.good
        return Criterion(
            entry.name, good, base.unit, entry.shape, entry.indifference, entry.preference, entry.scale, entry.reference
        )

    def _places(self, criteria: tuple[Criterion, ...]) -> tuple[Candidate, ...]:
        evidence = load_evidence()
        codes = [region.code for region in evidence.regions] if self.file.regions == "all" else self.file.regions
        entries = [PlaceEntry(region=code) for code in codes] + list(self.file.place)
        units = {criterion.name: criterion.unit for criterion in criteria}
        table = {} if self.file.figures is None else self._figures(units)
        places = [self._place(entry, units, table) for entry in entries]
        known = {place.name for place in places} | {place.region for place in places if place.region}
        for name in table:
            if name not in known:
                raise DataError(
                    f"{self.file.figures} has a place {name!r}.{did_you_mean(name, known)}",
                    allowed=listing(sorted(known)),
                )
        return tuple(places)

    def _place(self, entry: PlaceEntry, units: dict[str, str], table: dict[str, dict[str, Figure]]) -> Candidate:
        base = place_of_region(entry.region) if entry.region is not None else Candidate(entry.name or "")
        name = entry.name or base.name
        figures = {**table.get(name, {}), **table.get(base.region, {})}
        for criterion, value in entry.figures.items():
            low, high = value if isinstance(value, tuple) else (value, value)
            figures[criterion] = Figure(name, criterion, low, high, self._unit(criterion, units), "yours", entry.source)
        weather = None if entry.weather is None else read_weather(self._path(entry.weather, "weather file"), place=name)
        return Candidate(
            name,
            base.region,
            math.nan if entry.latitude is None else entry.latitude,
            math.nan if entry.longitude is None else entry.longitude,
            weather,
            {key: Figure(name, key, f.low, f.high, f.unit, "yours", f.source) for key, f in figures.items()},
            entry.spot_of or "",
        )

    def _unit(self, criterion: str, units: dict[str, str]) -> str:
        if criterion not in units:
            raise StudyError(
                f"siting {self.name!r}: a figure is of {criterion!r}, which is no criterion here."
                f"{did_you_mean(criterion, units)}",
                allowed=listing(list(units), most=20),
            )
        return units[criterion]

    def _figures(self, units: dict[str, str]) -> dict[str, dict[str, Figure]]:
        """Return the figures of a user's table by place and criterion."""
        path = self._path(self.file.figures or "", "table of figures")
        table = read_csv(path)
        absent = sorted(set(_COLUMNS) - set(table.header))
        if absent:
            raise DataError(f"{path.name} has no column {listing(absent)}.", allowed=", ".join(_COLUMNS))
        found: dict[str, dict[str, Figure]] = {}
        for line, cells in enumerate(table.rows, start=2):
            row = dict(zip(table.header, cells, strict=True))
            try:
                low, high = _figure(row["low"]), _figure(row["high"] or row["low"])
                figure = Figure(
                    row["place"],
                    row["criterion"],
                    low,
                    high,
                    self._unit(row["criterion"], units),
                    "yours",
                    row["source"],
                )
            except ValueError as error:
                raise DataError(
                    f"{path.name}, row {line}: low and high are {shown(row['low'])} and {shown(row['high'])}.",
                    allowed=f"numbers from -{LARGEST:g} to {LARGEST:g}; an empty high is the low one",
                ) from error
            if not row["source"].strip():
                raise DataError(f"{path.name}, row {line}: the figure has no source.", todo="say where it is from")
            if row["criterion"] in found.setdefault(row["place"], {}):
                raise DataError(f"{path.name}, row {line}: {row['criterion']} of {row['place']} stands twice.")
            found[row["place"]][row["criterion"]] = figure
        return found


def _figure(text: str) -> float:
    value = float(text)
    if not -LARGEST <= value <= LARGEST:
        raise ValueError(text)
    return value
