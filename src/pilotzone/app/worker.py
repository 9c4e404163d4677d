"""A process that runs studies for the lab, one at a time: what it says goes through a pipe.

The answer comes first, from the main design alone; then its charts; then the whole study. Between its steps it looks
whether it is to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pilotzone.app.orders import Event, Order, Told
from pilotzone.core import PilotZoneError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event as Flag

    from pilotzone.study import Run, Study

Tell = Callable[[Event, dict[str, Any]], None]

__all__ = ["work"]


class _StoppedError(Exception):
    """Somebody wants something else by now."""


def work(pipe: Connection, stop: Flag) -> None:
    """Do what comes through a pipe until it is closed; `stop` ends the order at hand."""
    import signal

    # Ctrl-C in the terminal is the lab's to act on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _warm()
    pipe.send(Told(0, "ready"))
    while True:
        try:
            order: Order = pipe.recv()
        except (EOFError, OSError):
            return
        _do(order, pipe, stop)


def _warm() -> None:
    """Load what the first study would wait for."""
    from pilotzone.gather import load_evidence, load_shapes
    from pilotzone.study import load

    load("zone/guizhou")
    load_evidence()
    load_shapes()


def _do(order: Order, pipe: Connection, stop: Flag) -> None:
    def tell(event: Event, data: dict[str, Any]) -> None:
        pipe.send(Told(order.number, event, data))

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


def _study(order: Order) -> Study[Any]:
    from pilotzone.study import load, parse

    if not order.text:
        return load(order.name)
    return parse(order.text, order.name, folder=order.folder, kind=order.kind)


def _look(order: Order, tell: Tell, progress: Callable[[str, float | None], None]) -> None:
    from pilotzone.study import run_study

    study = _study(order)
    alone = _alone(study)
    narrow = replace(alone, spec=study.kind.narrowed(study.spec))
    first = run_study(narrow, progress=progress)
    answer = _shown(narrow, first, charts=False)
    choices = [choice.plain() for choice in study.kind.choices(study, first.findings)]
    tell("answer", {**answer, "choices": choices})
    if narrow.spec == alone.spec:
        # Kinds that cannot say it sooner have their charts in the answer already.
        tell("whole", answer if answer["material"]["figures"] else _shown(alone, first))
        return
    progress("charts", None)
    tell("charts", _shown(narrow, first))
    tell("whole", _shown(alone, run_study(alone, progress=progress)))


def _alone(study: Study[Any]) -> Study[Any]:
    """Return a study without what stands beside it: that has a screen of its own."""
    return replace(study, beside={name: study.beside[name] for name in study.beside if name in study.kind.uses})


def _atlas(order: Order, tell: Tell, progress: Callable[[str, float | None], None]) -> None:
    from pilotzone.study import run_study

    study = _study(order)
    narrow = replace(_alone(study), spec=study.kind.narrowed(study.spec))
    found = run_study(narrow, progress=progress).findings
    progress("map", None)
    atlas = study.kind.atlas(narrow, found, order.series)
    tell("atlas", {"heading": study.spec.title or study.name, **atlas.plain(study.name)})


def _shown(study: Study[Any], run: Run[Any], *, charts: bool = True) -> dict[str, Any]:
    """Return a part of a page with what its charts are drawn from."""
    from pilotzone.report import chart_material

    section = study.kind.first(run.findings, charts=charts)
    return {
        "heading": section.heading,
        "brief": study.kind.brief(run.findings),
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
