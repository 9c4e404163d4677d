"""The page with the map of figures: which study it is of stands in its address, with series, period and region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from pilotzone.app.answers import page, paged, sent, told, word_in
from pilotzone.app.asking import order_on
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
        title = study.spec.title or study.name
        return page("map.html.jinja", screen=screen, title=title, mapped=study.kind.mapped, shapes=folder.shapes())

    @told
    async def order(request: Request) -> Response:
        given = await sent(request)
        series = word_in(given, "series", empty=True)
        shapes = word_in(given, "shapes", empty=True)
        return await ordered(given, await order_on(folder, given, "atlas", series=series, shapes=shapes))

    return [Route("/map", show), Route("/atlas", order, methods=["POST"])]
