"""The application: pages, orders to workers, what they tell, and what is kept on disk."""

from __future__ import annotations

import json
from asyncio import to_thread
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import wraps
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pilotzone.app.guard import REPORT_POLICY, Guard
from pilotzone.app.keys import known_key
from pilotzone.app.mapping import map_routes
from pilotzone.app.orders import Order
from pilotzone.app.owndata import data_routes
from pilotzone.app.screen import Screen, from_json
from pilotzone.app.workers import Workers
from pilotzone.core import PilotZoneError, UsageError, shown, shown_path
from pilotzone.report import asset, fragment
from pilotzone.study import compare_runs

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

    from pilotzone.app.folder import Folder

    Answer = Callable[["Lab", Request], Awaitable[Response]]

__all__ = ["Lab"]

_SHARED = {"charts.js": "text/javascript", "vega-bundle.min.js": "text/javascript", "report.css": "text/css"}
_SCRIPTS = ("line.js", "fields.js", "lab.js", "home.js", "map.js", "data.js", "tour.js")
_OWN = {**dict.fromkeys(_SCRIPTS, "text/javascript"), "lab.css": "text/css"}
_LONGEST = 80
"""Characters of a name."""
_MOST_ORDERS = 10**9
_LARGEST = 64 * 1024
"""Bytes of what a page may send."""


def told(answer: Answer) -> Answer:
    """Turn an error of the package's own into an answer that a page can show."""

    @wraps(answer)
    async def answered(lab: Lab, request: Request) -> Response:
        try:
            return await answer(lab, request)
        except (PilotZoneError, OSError) as error:
            found = _fault(error)
            return JSONResponse({"what": found.what, "allowed": found.allowed, "todo": found.todo}, 422)

    return answered


def paged(answer: Answer) -> Answer:
    """Turn an error of the package's own, or of the disk, into a page that says it."""

    @wraps(answer)
    async def answered(lab: Lab, request: Request) -> Response:
        try:
            return await answer(lab, request)
        except (PilotZoneError, OSError) as error:
            return _page("refused.html.jinja", 422, error=_fault(error))

    return answered


def _fault(error: PilotZoneError | OSError) -> PilotZoneError:
    """Return an error in our words; the system's own names a file and says what is the matter."""
    if isinstance(error, PilotZoneError):
        return error
    where = f"{shown_path(error.filename)} cannot be read or written: " if isinstance(error.filename, str) else ""
    return UsageError(f"{where}{error.strerror or error}.", todo="see that the folder is there and has space")


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
            Route("/save", self._save, methods=["POST"]),
            Route("/report", self._report, methods=["POST"]),
            Route("/verify", self._verify, methods=["POST"]),
            Route("/compare", self._compare),
            Route("/runs/{name}/report.html", self._report_page),
            Route("/runs/{name}.zip", self._zip),
            Route("/assets/{name}", self._asset),
            *map_routes(self),
            *data_routes(self),
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
        return _page("home.html.jinja", bundled=self.folder.bundled, own=self.folder.files(), runs=self.folder.runs())

    @paged
    async def _study(self, request: Request) -> Response:
        screen = Screen.of(request.query_params.multi_items())
        study, _ = self.folder.study(screen)
        title, kind = study.spec.title or study.name, study.kind
        return _page("study.html.jinja", screen=screen, title=title, kind=kind.word, mapped=kind.mapped)

    async def _file(self, request: Request) -> Response:
        """Return the study file as it is on the screen."""
        try:
            _, text = self.folder.study(Screen.of(request.query_params.multi_items()))
        except (PilotZoneError, OSError) as error:
            return PlainTextResponse(str(_fault(error)), 422)
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
        sent = await _sent(request)
        screen = Screen.checked(sent.get("study"), sent.get("changes"))
        study, text = self.folder.study(screen)
        unchanged = not screen.changes and study.folder is None
        order = Order(
            _number(sent),
            "look",
            name=screen.study if unchanged else study.name,
            text="" if unchanged else text,
            kind=study.kind.name,
            folder=self.folder.path,
            key=await to_thread(known_key, text, study.name, study.kind.name, self.folder.path),
        )
        return await self._ordered(sent, order)

    @told
    async def _report(self, request: Request) -> Response:
        """Save the study file and run it as the command line does."""
        sent = await _sent(request)
        screen = Screen.checked(sent.get("study"), sent.get("changes"))
        _, text = self.folder.study(screen)
        path = self.folder.save(_word(sent, "name"), text)
        return await self._ordered(sent, Order(_number(sent), "write", folder=path, out=self.folder.out(path.stem)))

    @told
    async def _verify(self, request: Request) -> Response:
        sent = await _sent(request)
        return await self._ordered(sent, Order(_number(sent), "verify", folder=self.folder.run(_word(sent, "name"))))

    async def _ordered(self, sent: Mapping[str, Any], order: Order) -> Response:
        await self.workers.order(_word(sent, "window"), order)
        return JSONResponse({}, 202)

    @told
    async def _cancel(self, request: Request) -> Response:
        sent = await _sent(request)
        await self.workers.cancel(_word(sent, "window"), _number(sent))
        return JSONResponse({})

    @told
    async def _save(self, request: Request) -> Response:
        sent = await _sent(request)
        _, text = self.folder.study(Screen.checked(sent.get("study"), sent.get("changes")))
        path = self.folder.save(_word(sent, "name"), text)
        return JSONResponse({"file": path.name, "command": f"pilotzone run {path.name}"})

    @told
    async def _events(self, request: Request) -> Response:
        told_of = self.workers.news(_word(request.query_params, "window"))

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
            return PlainTextResponse(str(_fault(error)), 404)

    async def _zip(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            packed = self.folder.shared(name)
        except (PilotZoneError, OSError) as error:
            return PlainTextResponse(str(_fault(error)), 404)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.zip"}
        return Response(packed, media_type="application/zip", headers=headers)

    @paged
    async def _compare(self, request: Request) -> Response:
        asked = request.query_params
        found = compare_runs(self.folder.run(asked.get("left", "")), self.folder.run(asked.get("right", "")))
        return _page("compare.html.jinja", table=found.to_table())


def _page(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page of the lab; text from files and data is escaped in its template."""
    return HTMLResponse(fragment(__package__, template, **context), status)


async def _sent(request: Request) -> dict[str, Any]:
    """Return what a page sent.

    Raises
    ------
    UsageError
        If it is large, or is not a table in JSON.
    """
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _LARGEST:
            raise UsageError(f"the page sent more than {_LARGEST:,} bytes.")
    try:
        found = from_json(content)
    except ValueError:
        found = None
    if request.headers.get("content-type") != "application/json" or not isinstance(found, dict):
        raise UsageError("what the page sent cannot be read.", allowed="a table in JSON")
    return found


def _word(sent: Mapping[str, Any], key: str) -> str:
    value = sent.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise UsageError(f"{key} is {shown(value)}.", allowed=f"a text of at most {_LONGEST} characters")
    return value


def _number(sent: Mapping[str, Any]) -> int:
    value = sent.get("number")
    if type(value) is not int or not 0 < value < _MOST_ORDERS:
        raise UsageError(f"the number of the order is {shown(value)}.", allowed=f"a whole number below {_MOST_ORDERS}")
    return value


def _regular(path: Path, headers: Mapping[str, str]) -> Response:
    if path.is_symlink() or not path.is_file():
        raise UsageError(f"{shown(path.name)} is not there.")
    return FileResponse(path, media_type="text/html", headers=dict(headers))
