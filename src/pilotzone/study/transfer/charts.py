"""Charts of a transfer: forest plots, where candidates lie among zones, and the map of predicted effects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotzone.study.transfer.map import effects_map
from pilotzone.transfer import forest_figure, support_figure

if TYPE_CHECKING:
    from pilotzone.report import Figure
    from pilotzone.study.transfer.findings import TransferFindings

__all__ = ["transfer_figures"]


def transfer_figures(found: TransferFindings) -> list[Figure]:
    """Return the charts outcome by outcome; a map of the first outcome where candidates are regions with shapes."""
    drawn: list[Figure] = []
    for k, item in enumerate(found.outcomes, start=1):
        drawn.append(forest_figure(item.synthesis, f"transfer-forest-{k}"))
        if item.predictions is not None:
            drawn.append(support_figure(item.predictions, f"transfer-support-{k}"))
    mapped = effects_map(found)
    return drawn if mapped is None else [*drawn[:1], mapped, *drawn[1:]]
