"""Who may talk to the lab: pages of its own, on this machine, in the browser that followed the printed address.

Whatever else runs in the browser can send requests to the loopback as well. So the name of the host is checked (a
foreign name may have been bound to 127.0.0.1), the origin of whatever changes something, and a cookie that only the one
browser has. Cookies are shared by all ports of a host: its name carries the port.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["POLICY", "REPORT_POLICY", "Guard"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
REPORT_POLICY = "sandbox allow-scripts allow-downloads allow-popups"
"""Policy for reports on disk, which anybody may have written: they run apart from the lab, without its cookie."""
_SAFE = ("GET", "HEAD")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_CLOSED = (
    "This is a pilotzone lab. It answers the browser that followed the address which 'pilotzone lab' printed, once.\n"
    "Start it again for a new address.\n"
)


class Guard:
    """Let requests through to an application, or answer why not.

    Parameters
    ----------
    app
        The application.
    port
        That it listens on.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app, self._port = app, port
        self._token: str | None = secrets.token_urlsafe(32)
        self._secret = secrets.token_urlsafe(32)
        self._cookie = f"pilotzone-{port}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    @property
    def address(self) -> str:
        """The address that opens the lab, once."""
        return f"http://127.0.0.1:{self._port}/?token={self._token}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        refused = self._answer(scope)
        if refused is not None:
            await refused(scope, receive, self._with_headers(send))
            return
        await self._app(scope, receive, self._with_headers(send))

    def _answer(self, scope: Scope) -> Response | None:
        """Return what to answer in place of the application; ``None`` to let it through."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            return PlainTextResponse("Unknown host.\n", 421)
        # A link from elsewhere may lead here, as a page of its own; nothing may be fetched or framed.
        foreign = headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
        if foreign and headers.get("sec-fetch-mode") != "navigate":
            return PlainTextResponse("From another site.\n", 403)
        if scope["method"] not in _SAFE and headers.get("origin") != f"http://{host}":
            return PlainTextResponse("From another site.\n", 403)
        if self._known(headers):
            return None
        return self._admitted(scope)

    def _known(self, headers: Headers) -> bool:
        given = cookie_parser(headers.get("cookie", "")).get(self._cookie, "")
        return hmac.compare_digest(given.encode(), self._secret.encode())

    def _admitted(self, scope: Scope) -> Response:
        """Change the token of an address for a cookie, once, and take it out of the address."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token", "")
        if (
            self._token is None
            or scope["method"] != "GET"
            or not hmac.compare_digest(given.encode(), self._token.encode())
        ):
            return PlainTextResponse(_CLOSED, 403)
        self._token = None
        rest = urlencode([pair for pair in query if pair[0] != "token"])
        answer = RedirectResponse(scope["path"] + (f"?{rest}" if rest else ""), 303)
        answer.set_cookie(self._cookie, self._secret, httponly=True, samesite="strict")
        return answer

    @staticmethod
    def _with_headers(send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        return sent
