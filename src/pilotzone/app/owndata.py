"""The page on which a table of one's own becomes a study: files are looked at apart, and kept as they are."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pilotzone.app.answers import page, paged, sent, told, word_in
from pilotzone.app.apart import Limits, checked, looked, read_places
from pilotzone.core import UsageError, shown
from pilotzone.evaluation.inclusion import INDICES, MEANS
from pilotzone.store import replacing
from pilotzone.study import KINDS

if TYPE_CHECKING:
    from starlette.requests import Request

    from pilotzone.app.folder import Folder

__all__ = ["ENDINGS", "data_routes", "file_name"]

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".dta", ".parquet", ".pq")
"""Of files that may be handed over."""
TABLES = "tables"
"""Folder, in that of the lab, in which tables are kept."""
_LARGEST = 100 * 2**20
_MOST_FILES = 100
_LONGEST = 60
_MOST_COLUMNS = 2000
_ODD = re.compile(r"[^\w]+")
_ROLES = {
    "zone": ("", "unit", "period", "outcome", "figures"),
    "panel": ("", "unit", "period", "outcome", "cohort"),
    "siting": ("", "place", "criterion"),
    "inclusion": (
        "",
        "income",
        "total",
        "people",
        "period",
        "region",
        "group",
        "cluster",
        "zone",
        "comparison",
        "share",
    ),
}
"""Kinds of study that a table can become, with what its columns may be."""
_PARTS = ("delimiter", "encoding", "sheet")


def file_name(given: str) -> str:
    """Return the name under which a file is kept: letters, digits, - and _, and an ending that is known.

    Parameters
    ----------
    given
        As the browser says it; whatever way to elsewhere it holds is lost.

    Raises
    ------
    UsageError
        If its ending is not known.

    Examples
    --------
    >>> file_name("../../My figures (1).CSV"), file_name("数据.xlsx")
    ('My-figures-1.csv', '数据.xlsx')
    """
    last = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    stem, ending = Path(last).stem, Path(last).suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"{shown(given)} is not a table that the lab reads.", allowed=f"files that end in {', '.join(ENDINGS)}"
        )
    plain = _ODD.sub("-", stem).strip("-_")[:_LONGEST]
    return f"{plain or 'table'}{ending}"


class _Tables:
    """The tables that were handed over to a lab.

    Parameters
    ----------
    home
        Folder of the lab.
    limits
        Of the process that reads them.
    """

    def __init__(self, home: Folder, limits: Limits) -> None:
        self._home, self._limits = home, limits
        self._one = asyncio.Lock()  # one file at a time: each may take what the limits allow

    @property
    def _folder(self) -> Path:
        return self._home.path / TABLES

    def names(self) -> list[str]:
        """Return the names of the tables that are there."""
        if self._folder.is_symlink() or not self._folder.is_dir():
            return []
        return sorted(
            item.name for item in self._folder.iterdir() if item.suffix.lower() in ENDINGS and _is_plain(item)
        )

    def path(self, name: str) -> Path:
        """Return where a table is; a name that is not listed is never a way to elsewhere."""
        if name not in self.names():
            raise UsageError(f"{shown(name)} is not a table of this folder.", allowed=f"those in {TABLES}")
        return self._folder / name

    async def keep(self, given: str, request: Request) -> str:
        """Keep what a page sends, as it is; return its name. The same content is kept once."""
        name, folder = file_name(given), self._folder
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise UsageError(f"{TABLES} in the folder of this lab is not a folder.", todo="move it away")
        if len(self.names()) >= _MOST_FILES:
            raise UsageError(f"{_MOST_FILES} tables are in {TABLES}.", todo="move some of them away")
        content, digest = bytearray(), sha256()
        async for part in request.stream():
            content += part
            digest.update(part)
            if len(content) > _LARGEST:
                raise UsageError(
                    f"the file is larger than {_LARGEST // 2**20} MB.",
                    todo="take out what is not needed, or name the file in a study file and run that",
                )
        if not content:
            raise UsageError(f"{shown(name)} is empty.", allowed="a table with a row of column names")
        return await asyncio.to_thread(self._placed, name, bytes(content), digest.hexdigest())

    def _placed(self, name: str, content: bytes, digest: str) -> str:
        self._folder.mkdir(exist_ok=True)
        path, count = self._folder / name, 1
        while path.exists() or path.is_symlink():
            if _is_plain(path) and sha256(path.read_bytes()).hexdigest() == digest:
                return path.name
            count += 1
            path = self._folder / f"{Path(name).stem}-{count}{Path(name).suffix}"
        with replacing(path) as new:
            new.write_bytes(content)
        return path.name

    async def look(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what a table looks like with its columns as they are chosen."""
        path = self.path(word_in(given, "file"))
        form = {key: word_in(given, key, empty=True) for key in _PARTS}
        async with self._one:
            kind = _kind(given)
            found = await looked(path, form, _roles(given.get("roles"), kind), kind, self._limits)
        return {"file": path.name, "kind": kind, **found}

    async def make(self, given: dict[str, Any]) -> str:
        """Write the study file of what was chosen; return its name."""
        name, chosen = word_in(given, "name"), given.get("study")
        if not isinstance(chosen, dict):
            raise UsageError("the page sent no study.", allowed="what was chosen")
        path = self.path(word_in(chosen, "file"))
        kind = _kind(given)
        said = {key: value for key, value in chosen.items() if key not in _PARTS or value}
        async with self._one:
            if kind == "siting":
                said["places"] = await self._places(path, said)
            text = KINDS[kind].begun({**said, "file": f"{TABLES}/{path.name}"})
            await checked(text, name, kind, self._home.path, self._limits)
        return self._home.save(name, text).name

    async def _places(self, path: Path, said: dict[str, Any]) -> list[tuple[str, list[float | None]]]:
        """Return the places of a table with the figures of the criteria that were chosen."""
        listed = said.get("criteria")
        named = [item.get("column") for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        columns = [item for item in named if isinstance(item, str)]
        if len(columns) < len(named) or not columns:
            raise UsageError("the criteria are not said as columns.", allowed="names of columns of the table")
        form = {key: word_in(said, key, empty=True) for key in _PARTS}
        place = word_in(said, "place")
        del said["place"]
        return await read_places(path, form, place, columns, self._limits)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _kind(given: dict[str, Any]) -> str:
    kind = given.get("kind", "zone")
    if kind not in _ROLES:
        raise UsageError(f"a table does not become {shown(kind)} here.", allowed=", ".join(_ROLES))
    return str(kind)


def _roles(given: Any, kind: str) -> list[str] | None:  # noqa: ANN401 - what a page sent
    if given is None:
        return None
    listed = isinstance(given, list) and len(given) <= _MOST_COLUMNS
    if not listed or not all(isinstance(item, str) and item in _ROLES[kind] for item in given):
        raise UsageError(
            "the columns are not said to be what they may be.",
            allowed=f"{', '.join(filter(None, _ROLES[kind]))}, or nothing",
        )
    return list(given)


def data_routes(home: Folder, limits: Limits | None = None) -> list[Route]:
    """Return the addresses of the page for a table of one's own; `limits` are those of the process that reads it."""
    tables = _Tables(home, limits or Limits())

    @paged
    async def show(_: Request) -> Response:
        named = [(name, record.label) for name, record in INDICES.items()]
        return page(
            "data.html.jinja",
            tables=tables.names(),
            endings=",".join(ENDINGS),
            most=_LARGEST // 2**20,
            indices=named,
            means=MEANS,
        )

    @told
    async def keep(request: Request) -> Response:
        return JSONResponse({"file": await tables.keep(request.query_params.get("name", ""), request)})

    @told
    async def look(request: Request) -> Response:
        return JSONResponse(await tables.look(await sent(request)))

    @told
    async def make(request: Request) -> Response:
        name = await tables.make(await sent(request))
        return JSONResponse({"file": name, "command": f"pilotzone run {name}"})

    return [
        Route("/data", show),
        Route("/data/keep", keep, methods=["POST"]),
        Route("/data/look", look, methods=["POST"]),
        Route("/data/make", make, methods=["POST"]),
    ]
