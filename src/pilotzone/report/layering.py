"""Charts on top of one another, and how they become a specification without being copied and checked again and again.

Altair's own layering is made for interactive charts: it copies every layer three times to look for parameters that
layers share, and checks every axis and mark against the schema of Vega-Lite as it is made. Charts of a report have no
parameters, and tests check all of them against the schema.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Layers", "layered", "unchecked"]


@dataclass(frozen=True, eq=False)
class Layers:
    """Charts on top of one another.

    Attributes
    ----------
    parts
        One chart for each layer, the lowest first.
    looks
        The projection of a map; empty for all other charts.
    """

    parts: tuple[alt.Chart, ...]
    looks: Mapping[str, Any] = field(default_factory=dict)

    def project(self, **looks: Any) -> Layers:
        """Return the layers of a map under a projection, in the words of Vega-Lite."""
        return replace(self, looks=looks)

    def to_dict(self, **properties: Any) -> dict[str, Any]:
        """Return a specification of Vega-Lite: the one that ``altair.layer`` makes of the same charts.

        Parameters
        ----------
        properties
            What holds for the chart as a whole: ``width``, ``height``, ``autosize``.
        """
        layers = [_layer(part) for part in self.parts]
        together: dict[str, Any] = {}
        if all(part.data is self.parts[0].data for part in self.parts):
            for layer in layers:
                together["data"] = layer.pop("data")
        if self.looks:
            together["projection"] = dict(sorted(self.looks.items()))
        return {"layer": layers, **dict(sorted({**together, **properties}.items()))}


def layered(*parts: alt.Chart) -> Layers:
    """Return charts on top of one another, the lowest first."""
    return Layers(parts)


def _layer(part: alt.Chart) -> dict[str, Any]:
    # The context says that this is part of a chart: looks and version of the schema are said for the whole.
    found: dict[str, Any] = part.to_dict(validate=False, context={"top_level": False, "pre_transform": False})
    return found


class _Unchecked:
    """Who makes charts unchecked at the moment: the switch is Altair's, one for the whole process."""

    def __init__(self) -> None:
        self._lock, self._inside, self._before = threading.Lock(), 0, True

    def enter(self) -> None:
        from altair.utils import schemapi

        with self._lock:
            if not self._inside:
                self._before = schemapi.DEBUG_MODE
                schemapi.disable_debug_mode()
            self._inside += 1

    def leave(self) -> None:
        from altair.utils import schemapi

        with self._lock:
            self._inside -= 1
            if not self._inside and self._before:
                schemapi.enable_debug_mode()


_UNCHECKED = _Unchecked()


@contextmanager
def unchecked() -> Iterator[None]:
    """Make charts in a block without checking each part against the schema of Vega-Lite as it is made.

    Blocks may be nested, and several threads may be in one at once; Altair checks again when the last one ends.
    """
    _UNCHECKED.enter()
    try:
        yield
    finally:
        _UNCHECKED.leave()
