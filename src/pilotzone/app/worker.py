"""A process that runs studies for the lab, one at a time: what it says goes through a pipe.

The answer comes first, from the main design alone; then its charts; then the whole study. Between its steps it looks
whether it is to stop.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from pilotzone.app.orders import Event, Order, Told
from pilotzone.core import Kept, PilotZoneError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event as Flag

    from pilotzone.study import Run, Study


class Tell(Protocol):
    """Says what happened, and under which hash a whole result is kept."""

    def __call__(self, event: Event, data: dict[str, Any], key: str = "") -> None: ...


__all__ = ["work"]


class _StoppedError(Exception):
    """Somebody wants something else by now."""


class _GoneError(Exception):
    """Nobody is there to be told."""


def work(pipe: Connection, stop: Flag) -> None:
    """Do what comes through a pipe until it is closed; `stop` ends the order at hand."""
    import signal

    # Ctrl-C in the terminal is the lab's to act on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import pilotzone.app.loaded  # noqa: F401 - what the first study would wait for, where it was not forked with it

    results = Kept()
    try:
        pipe.send(Told(0, "ready"))
        while True:
            order: Order = pipe.recv()
            with results.used():
                _do(order, pipe, stop)
    except (EOFError, _GoneError):  # the lab has ended
        return


def _do(order: Order, pipe: Connection, stop: Flag) -> None:
    def tell(event: Event, data: dict[str, Any], key: str = "") -> None:
        try:
            pipe.send(Told(order.number, event, data, key))
        except OSError:
            raise _GoneError from None

    def progress(stage: str, share: float | None) -> None:
        if stop.is_set():
            raise _StoppedError
        tell("stage", {"stage": stage, "share": share})

    try:
        {"look": _look, "write": _write, "verify": _verify, "atlas": _atlas}[order.what](order, tell, progress)
    except _StoppedError:
        tell("stopped", {})
    except PilotZoneError as error:
        tell("failed", {"what": error.what, "allowed": error.allowed, "todo": error.todo})
    except _GoneError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the page says it and the terminal shows where
        traceback.print_exc()
        what = f"The computation met an error that pilotzone does not know: {type(error).__name__}: {error}"
        tell("failed", {"what": what, "allowed": None, "todo": "report it, with what the terminal says"})


def _study(order: Order) -> Study[Any]:
    from pilotzone.study import load, parse

    if not order.text:
        return load(order.name)
    return parse(order.text, order.name, folder=order.folder, kind=order.kind)


def _look(order: Order, tell: Tell, progress: Callable[[str, float | None], None]) -> None:
    from pilotzone.app.keys import alone, result_key
    from pilotzone.study import run_study

    study = alone(_study(order))
    narrow = replace(study, spec=study.kind.narrowed(study.spec))
    first = run_study(narrow, progress=progress)
    answer = _shown(narrow, first, charts=False)
    choices = [choice.plain() for choice in study.kind.choices(study, first.findings)]
    tell("answer", {**answer, "choices": choices})
    progress("charts", None)
    if narrow.spec == study.spec:
        shown, done = _shown(study, first), first
    else:
        tell("charts", _shown(narrow, first))
        done = run_study(study, progress=progress)
        shown = _shown(study, done)
    # By the hashes of what it read, which may have changed since it was ordered.
    tell("whole", shown, result_key(study, done.audit["inputs"]) if order.key else "")


def _atlas(order: Order, tell: Tell, progress: Callable[[str, float | None], None]) -> None:
    from pilotzone.app.keys import alone, result_key
    from pilotzone.report import legible_data
    from pilotzone.study import run_study, with_shapes

    study = alone(_study(order))
    narrow = replace(study, spec=study.kind.narrowed(study.spec))
    done = run_study(narrow, progress=progress)
    progress("map", None)
    atlas = study.kind.atlas(narrow, done.findings, order.series)
    if order.shapes is not None:
        atlas = with_shapes(atlas, order.shapes)
    shown = {"heading": legible_data(study.spec.title or study.name), **atlas.plain(study.name)}
    kept = result_key(study, done.audit["inputs"]) if order.key else ""
    tell("atlas", shown, f"{kept}/{order.series}" if kept else "")


def _shown(study: Study[Any], run: Run[Any], *, charts: bool = True) -> dict[str, Any]:
    """Return a part of a page with what its charts are drawn from."""
    from pilotzone.report import chart_material, legible_data, unchecked

    with unchecked() if charts else nullcontext():
        section = study.kind.first(run.findings, charts=charts)
        return {
            "heading": legible_data(section.heading),
            "brief": legible_data(study.kind.brief(run.findings)),
            "html": str(section.body),
            "material": chart_material(study.name, section.figures, section.shapes),
        }


def _write(order: Order, tell: Tell, progress: Callable[[str, float | None], None]) -> None:
    from pilotzone.study import load, run

    done = run(load(order.folder), out=order.out, progress=progress)
    tell("written", {"name": order.out.name, "brief": done.study.kind.brief(done.findings)})


def _verify(order: Order, tell: Tell, progress: Callable[[str, float | None], None]) -> None:
    from pilotzone.study import verify

    found = verify(order.folder, progress=progress)
    differences = [item.sentence() for item in found.differences]
    words = [*differences, *found.unchecked, *found.remarks, *filter(None, [found.obstacle])]
    tell("verified", {"name": order.folder.name, "state": found.state, "words": words})
