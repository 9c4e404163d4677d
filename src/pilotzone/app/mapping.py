"""The page with the map of figures: which study it is of stands in its address, with series, period and region."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from pilotzone.app.answers import number_in, page, paged, sent, told, word_in
from pilotzone.app.keys import known_key
from pilotzone.app.orders import Order
from pilotzone.app.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from pilotzone.app.folder import Folder

    Ordered = Callable[[Mapping[str, Any], Order], Awaitable[Response]]

__all__ = ["OWN", "map_routes"]

OWN = "map."
"""Keys of the address that begin so are of the map, and not of the study."""


def map_routes(folder: Folder, ordered: Ordered) -> list[Route]:
    """Return the addresses of the map.

    Parameters
    ----------
    folder
        Of the lab.
    ordered
        Gives an order to the window that what was sent names.
    """

    @paged
    async def show(request: Request) -> Response:
        """Answer with the page; the figures come when it asks for them."""
        pairs = [pair for pair in request.query_params.multi_items() if not pair[0].startswith(OWN)]
        screen = Screen.of(pairs)
        study, _ = folder.study(screen)
        return page("map.html.jinja", screen=screen, title=study.spec.title or study.name, mapped=study.kind.mapped)

    @told
    async def order(request: Request) -> Response:
        given = await sent(request)
        screen = Screen.checked(given.get("study"), given.get("changes"))
        study, text = folder.study(screen)
        series = word_in(given, "series", empty=True)
        unchanged = not screen.changes and study.folder is None
        key = await asyncio.to_thread(known_key, text, study.name, study.kind.name, folder.path)
        asked = Order(
            number_in(given),
            "atlas",
            name=screen.study if unchanged else study.name,
            text="" if unchanged else text,
            kind=study.kind.name,
            folder=folder.path,
            series=series,
            key=f"{key}/{series}" if key else "",
        )
        return await ordered(given, asked)

    return [Route("/map", show), Route("/atlas", order, methods=["POST"])]
