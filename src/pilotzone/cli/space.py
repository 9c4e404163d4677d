"""Options that say where units are: exposure to treatment nearby, and errors of units that vary together."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pilotzone.core import UsageError

if TYPE_CHECKING:
    from pilotzone.evaluate.many import Conley, Neighbours, Place, Rings

__all__ = ["conley_of", "place_of", "spillovers_of"]


def place_of(coordinates: str | None, *, km: bool) -> Place | None:
    """Return the place that two columns with a comma between them name."""
    from pilotzone.evaluate.many import Place

    if coordinates is None:
        if km:
            raise UsageError("--km says what --coordinates are, which are not given.", allowed="both together")
        return None
    names = tuple(name.strip() for name in coordinates.split(","))
    if len(names) != 2 or not all(names):  # noqa: PLR2004 - on a surface
        raise UsageError(f"--coordinates is {coordinates!r}.", allowed="two columns with a comma, such as lon,lat")
    return Place((names[0], names[1]), "km" if km else "degrees")


def spillovers_of(
    place: Place | None, rings: str | None, neighbours: str | None, columns: str, threshold: float | None
) -> Rings | Neighbours | None:
    """Return exposure by distance or by a table, where either is asked for."""
    from pilotzone.evaluate.many import Neighbours, Rings

    if rings is not None and neighbours is not None:
        raise UsageError("--rings and --neighbours are both given.", allowed="one of both")
    if neighbours is None and threshold is not None:
        raise UsageError("--threshold goes with --neighbours, and only with it.")
    if rings is not None:
        return Rings(_needed(place, "--rings"), _numbers(rings))
    if neighbours is None:
        return None
    names = [name.strip() for name in columns.split(",")]
    if len(names) not in {2, 3} or not all(names):
        raise UsageError(
            f"--neighbour-columns is {columns!r}.",
            allowed="two or three columns: unit,neighbour or unit,neighbour,weight",
        )
    weight = names[2] if len(names) > 2 else None  # noqa: PLR2004 - the third
    return Neighbours(neighbours, 1.0 if threshold is None else threshold, names[0], names[1], weight)


def conley_of(place: Place | None, cutoff: float | None, kernel: str, cell: float | None) -> Conley | None:
    """Return how far units vary together, where that is asked for."""
    from pilotzone.core import check_choice
    from pilotzone.evaluate.many import Conley, ConleyKernel

    if cutoff is None:
        if cell is not None:
            raise UsageError("--cell goes with --conley, and only with it.")
        return None
    check_choice(kernel, ConleyKernel, "--kernel")
    return Conley(_needed(place, "--conley"), cutoff, cast("ConleyKernel", kernel), cell)


def _needed(place: Place | None, option: str) -> Place:
    if place is None:
        raise UsageError(f"{option} needs to know where units are.", allowed="--coordinates with two columns")
    return place


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"--rings is {text!r}.", allowed="kilometres with commas, such as 50,100") from error
