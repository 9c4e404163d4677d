"""How the lab answers: pages, errors in words, and what a page may send."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from pilotzone.app.screen import from_json
from pilotzone.core import PilotZoneError, UsageError, shown, shown_path
from pilotzone.report import fragment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from typing import ParamSpec

    from starlette.requests import Request

    Given = ParamSpec("Given")

__all__ = ["fault_of", "number_in", "page", "paged", "sent", "told", "word_in"]

_LONGEST = 80
"""Characters of a name."""
_MOST_ORDERS = 10**9
_LARGEST = 64 * 1024
"""Bytes of what a page may send."""


def told(answer: Callable[Given, Awaitable[Response]]) -> Callable[Given, Awaitable[Response]]:
    """Turn an error of the package's own, or of the disk, into an answer that a page can show."""

    @wraps(answer)
    async def answered(*given: Given.args, **named: Given.kwargs) -> Response:
        try:
            return await answer(*given, **named)
        except (PilotZoneError, OSError) as error:
            found = fault_of(error)
            return JSONResponse({"what": found.what, "allowed": found.allowed, "todo": found.todo}, 422)

    return answered


def paged(answer: Callable[Given, Awaitable[Response]]) -> Callable[Given, Awaitable[Response]]:
    """Turn an error of the package's own, or of the disk, into a page that says it."""

    @wraps(answer)
    async def answered(*given: Given.args, **named: Given.kwargs) -> Response:
        try:
            return await answer(*given, **named)
        except (PilotZoneError, OSError) as error:
            return page("refused.html.jinja", 422, error=fault_of(error))

    return answered


def fault_of(error: PilotZoneError | OSError) -> PilotZoneError:
    """Return an error in our words; the system's own names a file and says what is the matter."""
    if isinstance(error, PilotZoneError):
        return error
    where = f"{shown_path(error.filename)} cannot be read or written: " if isinstance(error.filename, str) else ""
    return UsageError(f"{where}{error.strerror or error}.", todo="see that the folder is there and has space")


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page of the lab; text from files and data is escaped in its template."""
    return HTMLResponse(fragment(__package__, template, **context), status)


async def sent(request: Request) -> dict[str, Any]:
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


def word_in(given: Mapping[str, Any], key: str, *, empty: bool = False) -> str:
    """Return a text that a page sent.

    Parameters
    ----------
    given
        What it sent.
    key
        Name of the text.
    empty
        Whether it may be left out.
    """
    value = given.get(key, "" if empty else None)
    if not isinstance(value, str) or not (empty or value) or len(value) > _LONGEST:
        raise UsageError(f"{key} is {shown(value)}.", allowed=f"a text of at most {_LONGEST} characters")
    return value


def number_in(given: Mapping[str, Any]) -> int:
    """Return the number of an order."""
    value = given.get("number")
    if type(value) is not int or not 0 < value < _MOST_ORDERS:
        raise UsageError(f"the number of the order is {shown(value)}.", allowed=f"a whole number below {_MOST_ORDERS}")
    return value
