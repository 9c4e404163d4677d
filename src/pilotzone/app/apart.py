"""Reading files of strangers in a process of its own, with limits on memory and time that the system keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pilotzone.app.processes import begun
from pilotzone.core import DataError, PilotZoneError, UsageError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from pilotzone.core import Panel
    from pilotzone.gather import SharesRead, TableForm, TableLook

__all__ = ["Limits", "checked", "looked", "read_places"]

_MOST_UNITS = 3000
_MOST_LONG = 40
"""Rows that show how a wide table is understood."""
_Told: TypeAlias = "tuple[Any, tuple[str, str | None, str | None] | None]"
"""What comes of some work, or why nothing does: an error's words, since not every error can be sent."""


class Limits:
    """What a process that reads a file may take.

    Parameters
    ----------
    seconds
        Of waiting; and of the processor's time.
    memory
        Bytes of addresses: the libraries alone map about a tenth of what is allowed by default.
    """

    def __init__(self, seconds: float = 120, memory: int = 4 * 2**30) -> None:
        self.seconds, self.memory = seconds, memory


async def looked(
    path: Path, form: Mapping[str, str], roles: list[str] | None, purpose: str, limits: Limits
) -> dict[str, Any]:
    """Return what a table looks like, as plain data; parameters as in `look_at`.

    Raises
    ------
    PilotZoneError
        If it cannot be read, or not within the limits.
    """
    found: dict[str, Any] = await asyncio.to_thread(_apart, _look, limits, path, form, roles, purpose)
    return found


async def read_places(
    path: Path, form: Mapping[str, str], place: str, criteria: list[str], limits: Limits
) -> list[tuple[str, list[float | None]]]:
    """Return the places of a table with their figures; parameters as in `place_rows`.

    Raises
    ------
    PilotZoneError
        If it cannot be read, or not within the limits.
    """
    found: list[tuple[str, list[float | None]]] = await asyncio.to_thread(
        _apart, _place_rows, limits, path, form, place, criteria
    )
    return found


async def checked(text: str, name: str, kind: str, folder: Path, limits: Limits) -> None:
    """Read a study file with its data, and say what is wrong with it.

    Raises
    ------
    PilotZoneError
        If it cannot be read, or not within the limits.
    """
    await asyncio.to_thread(_apart, _check, limits, text, name, kind, folder)


def _apart(work: Callable[..., Any], limits: Limits, *given: Any) -> Any:  # noqa: ANN401 - whatever the work returns
    found = begun(_limited, work, limits.seconds, limits.memory, given, name="pilotzone-file", duplex=False)
    if found is None:
        raise DataError("the file was not read: the system gives the lab no further process.", todo="try again")
    process, ours = found
    try:
        if not ours.poll(limits.seconds):
            raise DataError(
                f"the file was not read within {limits.seconds:g} seconds.",
                todo="take out rows and columns that are not needed, or name the file in a study file and run that",
            )
        told: _Told = ours.recv()
    except EOFError:
        raise DataError(
            "the file cannot be read within the limits of the lab: the process that read it was ended.",
            allowed=f"files that are read in {limits.memory // 2**20:,} MB and {limits.seconds:g} seconds",
            todo="take out rows and columns that are not needed, or name the file in a study file and run that",
        ) from None
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()
    result, fault = told
    if fault is not None:
        what, allowed, todo = fault
        raise DataError(what, allowed=allowed, todo=todo)
    return result


def _limited(pipe: Connection, work: Callable[..., Any], seconds: float, memory: int, given: tuple[Any, ...]) -> None:
    """Do some work under limits and send what comes of it: the first thing that the new process does."""
    import resource
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told: _Told
    try:
        told = (work(*given), None)
    except PilotZoneError as error:
        told = (None, (error.what, error.allowed, error.todo))
    except MemoryError:
        return  # the pipe ends, and that is told
    except Exception as error:  # noqa: BLE001 - a file from a stranger: whatever it is, the page says it
        why = f"the file cannot be read: {type(error).__name__}."
        told = (None, (why, None, "save it again, or as CSV (UTF-8)"))
    pipe.send(told)


def _form(given: Mapping[str, str]) -> TableForm:
    from pilotzone.gather import TableForm

    strange = [key for key in given if key not in {"delimiter", "encoding", "sheet"}]
    if strange:
        raise UsageError("how the file is written is said in words that are not known.")
    return TableForm(**{key: text for key, text in given.items() if text})  # type: ignore[arg-type]


def _look(path: Path, form: Mapping[str, str], roles: list[Any] | None, purpose: Any) -> dict[str, Any]:  # noqa: ANN401 - one of those that are known
    from pilotzone.gather import look_at

    return _plain(look_at(path, _form(form), roles, purpose))


def _place_rows(
    path: Path, form: Mapping[str, str], place: str, criteria: list[str]
) -> list[tuple[str, list[float | None]]]:
    from pilotzone.gather import place_rows

    return place_rows(path, _form(form), place, criteria)


def _plain(look: TableLook) -> dict[str, Any]:
    refused = look.refused
    told: dict[str, Any] = {
        "columns": [[item.name, item.holds, item.missing] for item in look.columns],
        "roles": list(look.roles),
        "rows": [list(row) for row in look.rows],
        "positions": list(look.positions),
        "count": look.count,
        "told": list(look.told),
        "findings": [[item.column, item.row, item.place, item.text] for item in look.findings],
        "refused": None
        if refused is None
        else {"what": refused.what, "allowed": refused.allowed, "todo": refused.todo},
        "units": list(look.places[:_MOST_UNITS]),
        "periods": [],
        "summary": "",
        "long": [],
        "heads": ["Unit", "Period", "Figure"],
        "parts": [],
    }
    if look.places:
        told["summary"] = f"{len(look.places)} places, {look.roles.count('criterion')} criteria"
    if look.refused is None and not look.places and look.panel is None:
        told["periods"] = [str(date) for date in look.dates]
        told["summary"] = _of_incomes(look) if look.shares is None else _of_shares(look, look.shares)
    if look.shares is not None:
        told["parts"] = list(look.shares.parts)
        told["heads"], told["long"] = _as_shares(look.shares)
    panel = look.panel
    if panel is not None:
        told["long"] = _long(panel) if "figures" in look.roles else []
        missing = sum(int((matrix != matrix).sum()) for matrix in panel.values.values())  # noqa: PLR0124 - NaN alone
        told["units"] = list(panel.units[:_MOST_UNITS])
        told["periods"] = [str(period) for period in panel.periods]
        told["summary"] = (
            f"{len(panel.units)} units, {len(panel.periods)} periods ({panel.periods[0]} to {panel.periods[-1]}), "
            f"{len(panel.values)} outcome{'s' * (len(panel.values) > 1)}, {missing:,} figures missing"
        )
    return told


def _of_incomes(look: TableLook) -> str:
    """Return what a table of incomes holds, in a line."""
    each = "a region" if "region" in look.roles else "a person or household"
    dates = f", {len(look.dates)} periods ({look.dates[0]} to {look.dates[-1]})" if look.dates else ""
    return f"{look.count:,} rows, each {each}{dates}"


def _of_shares(look: TableLook, shares: SharesRead) -> str:
    """Return what a table of shares holds, in a line."""
    found = shares.populations
    regions, parts = {one.region for one in found} - {""}, {len(one.shares) for one in found}
    where = f"{len(regions)} regions, " if regions else ""
    dates = f"{len(look.dates)} periods ({look.dates[0]} to {look.dates[-1]}), " if look.dates else ""
    each = " or ".join(str(count) for count in sorted(parts))
    return f"{where}{dates}{each} shares of income each"


def _as_shares(shares: SharesRead) -> tuple[list[str], list[list[str]]]:
    """Return heads and first rows of a table of shares as they are understood: a population, and its parts."""
    some = shares.populations[:_MOST_LONG]
    most = max(len(one.shares) for one in some)
    names = list(shares.parts) if len(shares.parts) > 1 else [f"part {k + 1}" for k in range(most)]
    rows = [
        [one.region or "all", one.period or "none", *(f"{share:.15g}" for share in one.shares)]
        + [""] * (most - len(one.shares))
        for one in some
    ]
    return ["Region", "Period", *names], rows


def _long(panel: Panel) -> list[list[str]]:
    """Return the first rows of a wide table as they are understood: unit, period and figure."""
    from pilotzone.gather import WIDE

    matrix = panel.matrix(WIDE)
    rows = [
        [panel.label(unit), str(period), "" if value != value else f"{value:.15g}"]  # noqa: PLR0124 - NaN alone
        for unit, values in zip(panel.units[:_MOST_LONG], matrix[:_MOST_LONG].tolist(), strict=True)
        for period, value in zip(panel.periods, values, strict=True)
    ]
    return rows[:_MOST_LONG]


def _check(text: str, name: str, kind: str, folder: Path) -> None:
    from pilotzone.study import parse

    study = parse(text, name, folder=folder, kind=kind)
    study.kind.tried(study)
