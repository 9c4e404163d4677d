"""Tables on places and campuses as they are shown: all at a glance, and one in full."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotzone.core import Cell, Table, UsageError, unknown
from pilotzone.gather.collection import licences_of, read_package, sources_of
from pilotzone.gather.layers import PACKAGES, Layer, caveats_of, layer_of, resource_of

__all__ = ["TableDescription", "describe_table", "table_titles", "tables_overview"]


@dataclass(frozen=True)
class TableDescription:
    """One table on places or campuses in full.

    Attributes
    ----------
    summary
        Two columns, what and value: title, package, vintage, rows.
    columns
        One row per column: name, unit, what it is, rows with a figure, least and greatest figure.
    sources
        Title and address of each source.
    caveats
        Name, text, regions, and whether a verdict has to say so (these tables limit none).
    licences
        Name, title, terms and address of each licence.
    layer
        The table itself.
    """

    summary: Table
    columns: Table
    sources: Table
    caveats: Table
    licences: Table
    layer: Layer

    def rows(self) -> Table:
        """Return the rows of the table; ``None`` stands where the source has no figure."""
        columns: dict[str, tuple[Cell, ...]] = {}
        for row in self.columns.records():
            name = str(row["column"])
            columns[name] = self.layer.texts[name] if name in self.layer.texts else _cells(self.layer, name)
        return Table(columns, title=self.layer.name)


def table_titles() -> dict[str, str]:
    """Return what each table on places and campuses is, by name."""
    return {item["name"]: item["title"] for package in PACKAGES for item in read_package(package)["resources"]}


def tables_overview() -> Table:
    """Return one row per table on places and campuses."""
    rows = [
        (
            item["name"],
            package,
            item["title"],
            item["rows"],
            len(caveats_of(package, item["name"])),
            "; ".join(item["licenses"]),
            item["vintage"],
        )
        for package in PACKAGES
        for item in read_package(package)["resources"]
    ]
    names = ("table", "package", "title", "rows", "caveats", "licence", "vintage")
    return Table.from_rows(names, rows, title="Tables on places and campuses")


def describe_table(name: str) -> TableDescription:
    """Return all that is known about one table on places or campuses.

    Parameters
    ----------
    name
        Name of a table.

    Raises
    ------
    UsageError
        If there is no such table (with the closest name).

    Examples
    --------
    >>> describe_table("coal_prices").columns.records()[2]["unit"]
    'CNY/kWh'
    """
    homes = {item["name"]: package for package in PACKAGES for item in read_package(package)["resources"]}
    if name not in homes:
        raise unknown("table", name, homes, of="the evidence", error=UsageError)
    package = read_package(homes[name])
    resource, layer = resource_of(homes[name], name), layer_of(homes[name], name)
    sources, licences = sources_of(package), licences_of(package)
    summary = [
        ("what", resource["title"]),
        ("package", package["title"]),
        ("vintage", resource["vintage"]),
        ("rows", f"{len(layer):,}"),
    ]
    return TableDescription(
        summary=Table.from_rows(("what", "value"), summary, title=name),
        columns=Table.from_rows(
            ("column", "unit", "title", "filled", "least", "greatest"),
            [_column(layer, field) for field in resource["schema"]["fields"]],
            title="Columns",
        ),
        sources=Table.from_rows(
            ("source", "address"), [(sources[key].title, sources[key].url) for key in resource["sources"]],
            title="Sources",
        ),
        caveats=Table.from_rows(
            ("name", "text", "regions", "limits_verdict"),
            [(item.name, item.text, ", ".join(item.regions) or "all", item.limits_verdict) for item in layer.caveats],
            title="Caveats",
        ),
        licences=Table.from_rows(
            ("licence", "title", "text", "address"),
            [(item.name, item.title, item.text, item.url) for item in (licences[key] for key in resource["licenses"])],
            title="Licences",
        ),
        layer=layer,
    )  # fmt: skip


def _column(layer: Layer, field: Mapping[str, Any]) -> tuple[Cell, ...]:
    name = field["name"]
    head = (name, field.get("unit", ""), field["title"])
    if name in layer.texts:
        return (*head, sum(1 for cell in layer.texts[name] if cell), None, None)
    values = [value for value in layer.numbers[name].tolist() if not math.isnan(value)]
    return (*head, len(values), *((_whole(min(values)), _whole(max(values))) if values else (None, None)))


def _cells(layer: Layer, name: str) -> tuple[Cell, ...]:
    """Return a column of numbers, whole ones without a decimal point."""
    return tuple(None if math.isnan(value) else _whole(value) for value in layer.numbers[name].tolist())


def _whole(value: float) -> int | float:
    return int(value) if value.is_integer() else value
