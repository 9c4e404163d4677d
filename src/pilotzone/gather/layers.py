"""Evidence that is not a series by region and year: tables on places and campuses, each with its sources and caveats.

They lie in data packages of their own, beside those of series, because they are known by position, station, hour,
technology or sector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pilotzone.core import Caveat, Licence, Source, UsageError, unknown
from pilotzone.gather.collection import BUNDLED, licences_of, read_package, sources_of
from pilotzone.store import read_csv, read_parquet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["PACKAGES", "Layer", "caveats_of", "layer_names", "layer_of", "load_layer", "resource_of"]

PACKAGES = ("places", "campus")
"""Folders of the packages whose tables are layers, in the order in which they are shown."""

_NUMBERS = {"number", "integer", "year"}


@dataclass(frozen=True, eq=False)
class Layer:
    """One table of evidence on places or campuses.

    Attributes
    ----------
    name, title
        Name and title of the table.
    texts
        Columns of text, in the order of the rows.
    numbers
        Columns of numbers, read-only, NaN where the source has none. Units stand in the columns' names.
    sources
        Where the figures are from.
    licences
        On what terms they may be used.
    caveats
        What is wrong with them.
    file
        The file they are read from, for the audit trail.
    box
        West, east, south and north of what the table covers, degrees; ``None`` where it covers the evidence's regions.
        Beyond it there is nothing in the table because nobody looked.
    """

    name: str
    title: str
    texts: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, Floats]
    sources: tuple[Source, ...]
    licences: tuple[Licence, ...]
    caveats: tuple[Caveat, ...]
    file: Path
    box: tuple[float, float, float, float] | None = None

    def __len__(self) -> int:
        columns = (*self.texts.values(), *self.numbers.values())
        return len(columns[0])

    def rows_where(self, **wanted: str) -> NDArray[np.int64]:
        """Return the positions of the rows whose columns of text have these values.

        Examples
        --------
        >>> len(load_layer("stations").rows_where(region="CN-GZ"))
        6
        """
        import numpy as np

        match = np.ones(len(self), dtype=bool)
        for column, value in wanted.items():
            match &= np.array([cell == value for cell in self.texts[column]], dtype=bool)
        return np.flatnonzero(match)


def layer_names() -> tuple[str, ...]:
    """Return the names of the tables that there are."""
    return tuple(item["name"] for item in read_package("places")["resources"])


def load_layer(name: str) -> Layer:
    """Return a table of evidence on places.

    Parameters
    ----------
    name
        One of `layer_names`.

    Raises
    ------
    UsageError
        If there is no such table (with the closest name).

    Examples
    --------
    >>> quakes = load_layer("earthquakes")
    >>> len(quakes), float(quakes.numbers["magnitude"].min())
    (1406, 5.5)
    """
    return layer_of("places", name)


def resource_of(package: str, name: str) -> Mapping[str, Any]:
    """Return the description of a table of a package.

    Raises
    ------
    UsageError
        If there is no such table (with the closest name).
    """
    found: dict[str, Mapping[str, Any]] = {item["name"]: item for item in read_package(package)["resources"]}
    if name not in found:
        raise unknown("layer" if package == "places" else "table", name, found, error=UsageError)
    return found[name]


@lru_cache(maxsize=32)
def layer_of(package: str, name: str) -> Layer:
    """Return a table of a package.

    Raises
    ------
    UsageError
        If there is no such table (with the closest name).
    """
    described, resource = read_package(package), resource_of(package, name)
    file = BUNDLED / package / resource["path"]
    kinds = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    read = _hourly if resource["format"] == "parquet" else _csv
    texts, numbers = read(file, kinds)
    return Layer(
        name=name,
        title=resource["title"],
        texts=MappingProxyType(texts),
        numbers=MappingProxyType(numbers),
        sources=tuple(sources_of(described)[key] for key in resource["sources"]),
        licences=tuple(licences_of(described)[key] for key in resource["licenses"]),
        caveats=caveats_of(package, name),
        file=file,
        box=_box(resource.get("coverage", {})),
    )


def caveats_of(package: str, name: str) -> tuple[Caveat, ...]:
    """Return what is wrong with a table of a package."""
    return tuple(
        Caveat(item["name"], item["text"], regions=tuple(item.get("regions", ())), brief=item["brief"])
        for item in read_package(package)["caveats"]
        if name in item["tables"]
    )


def _csv(file: Path, kinds: Mapping[str, str]) -> tuple[dict[str, tuple[str, ...]], dict[str, Floats]]:
    """Return columns of text and of numbers."""
    table = read_csv(file)
    columns = dict(zip(table.header, zip(*table.rows, strict=True), strict=True))
    return (
        {key: tuple(cells) for key, cells in columns.items() if kinds[key] not in _NUMBERS},
        {key: _numbers(cells) for key, cells in columns.items() if kinds[key] in _NUMBERS},
    )


def _hourly(file: Path, kinds: Mapping[str, str]) -> tuple[dict[str, tuple[str, ...]], dict[str, Floats]]:
    """Return the columns of an hourly table. Its figures are decimals in the file, so none was rounded in writing."""
    import numpy as np
    import pyarrow as pa

    table = read_parquet(file)
    texts: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, Floats] = {}
    for key in table.column_names:
        if kinds[key] in _NUMBERS:
            # The cast multiplies, and is off by a last bit: whole numbers of the last digit, divided, are the decimals.
            unit = 10.0 ** table.schema.field(key).type.scale
            values = np.asarray(table[key].cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
            numbers[key] = np.rint(values * unit) / unit
            numbers[key].flags.writeable = False
        else:
            times = table[key].to_numpy().astype("datetime64[m]")
            texts[key] = tuple(np.datetime_as_string(times).tolist())
    return texts, numbers


def _box(coverage: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    names = ("west_deg", "east_deg", "south_deg", "north_deg")
    if not set(names) <= set(coverage):
        return None
    west, east, south, north = (float(coverage[name]) for name in names)
    return west, east, south, north


def _numbers(cells: tuple[str, ...]) -> Floats:
    import numpy as np

    found = np.array([float(cell) if cell else np.nan for cell in cells])
    found.flags.writeable = False
    return found
