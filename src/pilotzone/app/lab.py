"""The application: pages, orders to workers, what they tell, and what is kept on disk."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pilotzone.app.answers import fault_of, number_in, page, paged, sent, told, word_in
from pilotzone.app.asking import order_on
from pilotzone.app.guard import REPORT_POLICY, Guard
from pilotzone.app.mapping import map_routes
from pilotzone.app.orders import Order
from pilotzone.app.owndata import data_routes
from pilotzone.app.screen import Screen
from pilotzone.app.workers import Workers
from pilotzone.core import PilotZoneError, UsageError, shown
from pilotzone.report import asset
from pilotzone.study import compare_runs

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from pilotzone.app.folder import Folder

__all__ = ["Lab"]

_SHARED = {"charts.js": "text/javascript", "vega-bundle.min.js": "text/javascript", "report.css": "text/css"}
_SCRIPTS = ("line.js", "refusal.js", "fields.js", "lab.js", "home.js", "map.js", "data.js", "tour.js")
_OWN = {**dict.fromkeys(_SCRIPTS, "text/javascript"), "lab.css": "text/css"}


class Lab:
    """A lab on a folder.

    Parameters
    ----------
    folder
        Its study files and runs.
    port
        That it listens on, at the loopback address.
    """

    def __init__(self, folder: Folder, port: int) -> None:
        self.folder, self.workers = folder, Workers()
        routes = [
            Route("/", self._home),
            Route("/study", self._study),
            Route("/file", self._file),
            Route("/events", self._events),
            Route("/run", self._run, methods=["POST"]),
            Route("/cancel", self._cancel, methods=["POST"]),
            Route("/begin", self._begin, methods=["POST"]),
            Route("/save", self._save, methods=["POST"]),
            Route("/report", self._report, methods=["POST"]),
            Route("/verify", self._verify, methods=["POST"]),
            Route("/compare", self._compare),
            Route("/runs/{name}/report.html", self._report_page),
            Route("/runs/{name}.zip", self._zip),
            Route("/assets/{name}", self._asset),
            *map_routes(self.folder, self._ordered),
            *data_routes(self.folder),
        ]
        self.guard = Guard(Starlette(routes=routes, lifespan=self._lifespan), port)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self.workers.start()
        try:
            yield
        finally:
            self.workers.end()

    # ------------------------------------------------------------------------------------------------- pages

    @paged
    async def _home(self, _: Request) -> Response:
        self.folder.check()
        lists: dict[str, Any] = {"own": self.folder.files(), "runs": self.folder.runs()}
        lists["begun"] = list(self.folder.templates.items())
        return page("home.html.jinja", bundled=self.folder.bundled, **lists)

    @paged
    async def _study(self, request: Request) -> Response:
        screen = Screen.of(request.query_params.multi_items())
        study, _ = self.folder.study(screen)
        title, kind = study.spec.title or study.name, study.kind
        return page("study.html.jinja", screen=screen, title=title, kind=kind.word, mapped=kind.mapped)

    async def _file(self, request: Request) -> Response:
        """Return the study file as it is on the screen."""
        try:
            _, text = self.folder.study(Screen.of(request.query_params.multi_items()))
        except (PilotZoneError, OSError) as error:
            return PlainTextResponse(str(fault_of(error)), 422)
        return PlainTextResponse(text)

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name in _SHARED:
            return Response(asset(name), media_type=_SHARED[name])
        if name in _OWN:
            text = files("pilotzone.app").joinpath("assets", name).read_text(encoding="utf-8")
            return Response(text, media_type=_OWN[name])
        return PlainTextResponse("There is no such file.\n", 404)

    # ------------------------------------------------------------------------------------------------ orders

    @told
    async def _run(self, request: Request) -> Response:
        given = await sent(request)
        return await self._ordered(given, await order_on(self.folder, given, "look"))

    @told
    async def _report(self, request: Request) -> Response:
        """Save the study file and run it as the command line does."""
        given = await sent(request)
        screen = Screen.checked(given.get("study"), given.get("changes"))
        _, text = self.folder.study(screen)
        path = self.folder.save(word_in(given, "name"), text)
        return await self._ordered(given, Order(number_in(given), "write", folder=path, out=self.folder.out(path.stem)))

    @told
    async def _verify(self, request: Request) -> Response:
        given = await sent(request)
        return await self._ordered(
            given, Order(number_in(given), "verify", folder=self.folder.run(word_in(given, "name")))
        )

    async def _ordered(self, given: Mapping[str, Any], order: Order) -> Response:
        await self.workers.order(word_in(given, "window"), order)
        return JSONResponse({}, 202)

    @told
    async def _cancel(self, request: Request) -> Response:
        given = await sent(request)
        await self.workers.cancel(word_in(given, "window"), number_in(given))
        return JSONResponse({})

    @told
    async def _begin(self, request: Request) -> Response:
        given = await sent(request)
        path = self.folder.begin(word_in(given, "kind"), word_in(given, "name"))
        return JSONResponse({"file": path.name, "command": f"pilotzone run {path.name}"})

    @told
    async def _save(self, request: Request) -> Response:
        given = await sent(request)
        _, text = self.folder.study(Screen.checked(given.get("study"), given.get("changes")))
        path = self.folder.save(word_in(given, "name"), text)
        return JSONResponse({"file": path.name, "command": f"pilotzone run {path.name}"})

    @told
    async def _events(self, request: Request) -> Response:
        told_of = self.workers.news(word_in(request.query_params, "window"))

        async def news() -> AsyncIterator[ServerSentEvent]:
            async for item in told_of:
                data = json.dumps({"number": item.number, **item.data}, ensure_ascii=False)
                yield ServerSentEvent(data, event=item.event)

        return EventSourceResponse(news())

    # -------------------------------------------------------------------------------------------------- runs

    async def _report_page(self, request: Request) -> Response:
        try:
            path = self.folder.run(request.path_params["name"]) / "report.html"
            return _regular(path, {"Content-Security-Policy": REPORT_POLICY})
        except (PilotZoneError, OSError) as error:
            return PlainTextResponse(str(fault_of(error)), 404)

    async def _zip(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            packed = self.folder.shared(name)
        except (PilotZoneError, OSError) as error:
            return PlainTextResponse(str(fault_of(error)), 404)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.zip"}
        return Response(packed, media_type="application/zip", headers=headers)

    @paged
    async def _compare(self, request: Request) -> Response:
        asked = request.query_params
        found = compare_runs(self.folder.run(asked.get("left", "")), self.folder.run(asked.get("right", "")))
        return page("compare.html.jinja", table=found.to_table())


def _regular(path: Path, headers: Mapping[str, str]) -> Response:
    if path.is_symlink() or not path.is_file():
        raise UsageError(f"{shown(path.name)} is not there.")
    return FileResponse(path, media_type="text/html", headers=dict(headers))
