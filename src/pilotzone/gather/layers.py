"""Evidence on places: earthquakes, plants, stations, temperatures, factors, each a table with its sources and caveats.

They lie in a data package of their own, beside that of series by region and year, because they are known by position,
station or month.
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
from pilotzone.store import read_csv

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Layer", "layer_names", "load_layer"]

_PLACES = "places"
_FOLDER = BUNDLED / _PLACES
_NUMBERS = {"number", "integer", "year"}


@dataclass(frozen=True, eq=False)
class Layer:
    """One table of evidence on places.

    Attributes
    ----------
    name, title
        Of the table.
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
    return tuple(item["name"] for item in read_package(_PLACES)["resources"])


@lru_cache(maxsize=16)
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
    package = read_package(_PLACES)
    found = {item["name"]: item for item in package["resources"]}
    if name not in found:
        raise unknown("layer", name, found, error=UsageError)
    resource = found[name]
    file = _FOLDER / resource["path"]
    table = read_csv(file)
    columns = dict(zip(table.header, zip(*table.rows, strict=True), strict=True))
    kinds = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    sources, licences = sources_of(package), licences_of(package)
    return Layer(
        name=name,
        title=resource["title"],
        texts=MappingProxyType({key: tuple(cells) for key, cells in columns.items() if kinds[key] not in _NUMBERS}),
        numbers=MappingProxyType({key: _numbers(cells) for key, cells in columns.items() if kinds[key] in _NUMBERS}),
        sources=tuple(sources[key] for key in resource["sources"]),
        licences=tuple(licences[key] for key in resource["licenses"]),
        caveats=tuple(
            Caveat(item["name"], item["text"], regions=tuple(item.get("regions", ())), brief=item["brief"])
            for item in package["caveats"]
            if name in item["tables"]
        ),
        file=file,
        box=_box(resource.get("coverage", {})),
    )


def _box(coverage: dict[str, Any]) -> tuple[float, float, float, float] | None:
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
