"""The kinds of study: the only list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any

from pilotzone.study.runs.kind import bundled_in

if TYPE_CHECKING:
    from pilotzone.study.runs.kind import Kind

__all__ = ["KINDS", "Kinds"]

_PACKAGES = {
    "zone": ("pilotzone.study.zone", ("zone",)),
    "panel": ("pilotzone.study.panel", ("panel",)),
    "siting": ("pilotzone.study.siting", ("place", "places", "regions", "criterion")),
    "plan": ("pilotzone.study.plan", ("class",)),
    "campus": ("pilotzone.study.campus", ("campus",)),
    "appraisal": ("pilotzone.study.appraisal", ("appraisal",)),
    "inclusion": ("pilotzone.study.inclusion", ("inclusion",)),
    "transfer": ("pilotzone.study.transfer", ("transfer",)),
}
"""Name of a kind to its package, whose ``KIND`` it is, and to the keys by which a file of it is known.

A kind is loaded when it is asked for: each brings libraries of its own.
"""


class Kinds(Mapping[str, "Kind[Any, Any]"]):
    """Kinds of study by name, in the order in which a bundled name is looked up.

    Parameters
    ----------
    packages
        Name to package and marks.
    """

    def __init__(self, packages: Mapping[str, tuple[str, tuple[str, ...]]]) -> None:
        self._packages = dict(packages)

    def __getitem__(self, name: str) -> Kind[Any, Any]:
        kind: Kind[Any, Any] = import_module(self._packages[name][0]).KIND
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(self._packages)

    def __len__(self) -> int:
        return len(self._packages)

    def marked(self, content: Mapping[str, object]) -> dict[str, list[str]]:
        """Return the kinds that a file's keys speak of, each with these keys."""
        found = {name: [key for key in marks if key in content] for name, (_, marks) in self._packages.items()}
        return {name: keys for name, keys in found.items() if keys}

    def bundled(self, name: str) -> tuple[str, ...]:
        """Return the names of the studies that come with a kind, which is not loaded for that."""
        above, _, package = self._packages[name][0].rpartition(".")
        return bundled_in(resources.files(above) / package)

    def marks(self, name: str) -> tuple[str, ...]:
        """Return the keys by which files of a kind are known."""
        return self._packages[name][1]


KINDS = Kinds(_PACKAGES)
