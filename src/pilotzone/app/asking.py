"""What a page asks of a worker about the study on its screen."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pilotzone.app.answers import number_in
from pilotzone.app.keys import known_key
from pilotzone.app.orders import Order
from pilotzone.app.screen import Screen

if TYPE_CHECKING:
    from pilotzone.app.folder import Folder

__all__ = ["order_on"]


async def order_on(
    folder: Folder, given: Mapping[str, Any], what: Literal["look", "atlas"], *, series: str = "", shapes: str = ""
) -> Order:
    """Return the order that a page sent about its screen.

    Parameters
    ----------
    folder
        Folder of the lab.
    given
        What the page sent: study, changes and number.
    what
        Look at the study, or map one of its series.
    series
        Name of that series.
    shapes
        File of shapes in the folder that it is mapped on; the study's own if empty.

    Raises
    ------
    PilotZoneError
        If there is no such study, it cannot be read, or a key must not be changed.
    """
    screen = Screen.checked(given.get("study"), given.get("changes"))
    study, text = folder.study(screen)
    unchanged = not screen.changes and study.folder is None
    own = folder.shapes_file(shapes)
    key = await to_thread(known_key, text, study.name, study.kind.name, folder.path)
    return Order(
        number_in(given),
        what,
        name=screen.study if unchanged else study.name,
        text="" if unchanged else text,
        kind=study.kind.name,
        folder=folder.path,
        series=series,
        shapes=own,
        # The hash is of what the study reads: a map on other shapes is not kept under it.
        key="" if own is not None else f"{key}/{series}" if key and what == "atlas" else key,
    )
