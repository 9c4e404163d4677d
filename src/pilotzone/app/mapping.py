"""The page with the map of figures: which study it is of stands in its address, with series, period and region."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pilotzone.app.answers import number_in, page, paged, sent, told, word_in
from pilotzone.app.orders import Order, What
from pilotzone.app.screen import Screen

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from pilotzone.app.lab import Lab
    from pilotzone.study import Study

__all__ = ["OWN", "map_routes", "study_order"]

OWN = "map."
"""Keys of the address that begin so are of the map, and not of the study."""


def map_routes(lab: Lab) -> list[Route]:
    """Return the addresses of the map of a lab."""

    @paged
    async def show(request: Request) -> Response:
        """Answer with the page; the figures come when it asks for them."""
        pairs = [pair for pair in request.query_params.multi_items() if not pair[0].startswith(OWN)]
        screen = Screen.of(pairs)
        study, _ = lab.folder.study(screen)
        return page("map.html.jinja", screen=screen, title=study.spec.title or study.name, mapped=study.kind.mapped)

    @told
    async def order(request: Request) -> Response:
        given = await sent(request)
        screen = Screen.checked(given.get("study"), given.get("changes"))
        study, text = lab.folder.study(screen)
        series = word_in(given, "series", empty=True)
        asked = study_order(number_in(given), "atlas", screen, study, text, lab.folder.path, series=series)
        # What a file of the user's reads may change without a word: nothing is kept of it.
        parts = ("atlas", study.kind.name, study.name, text, series)
        key = sha256("\0".join(parts).encode()).hexdigest() if study.folder is None else ""
        await lab.workers.order(word_in(given, "window"), asked, key)
        return JSONResponse({}, 202)

    return [Route("/map", show), Route("/atlas", order, methods=["POST"])]


def study_order(
    number: int, what: What, screen: Screen, study: Study[Any], text: str, folder: Path, **rest: Any
) -> Order:
    """Return an order on a study as it is on a screen."""
    unchanged = not screen.changes and study.folder is None
    return Order(
        number,
        what,
        name=screen.study if unchanged else study.name,
        text="" if unchanged else text,
        kind=study.kind.name,
        folder=folder,
        **rest,
    )
