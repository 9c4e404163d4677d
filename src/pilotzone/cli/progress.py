"""Showing how far a study has come."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["progress", "reading", "working"]


@contextlib.contextmanager
def progress(*, silent: bool) -> Iterator[Callable[[str], None]]:
    """Show stages on the standard error while they last, if that is a terminal and somebody wants to see them."""
    from pilotzone.cli.screen import stderr

    console = stderr()
    if silent or not console.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from pilotzone.study import STAGES

    parts = (BarColumn(24), TextColumn("{task.completed} of {task.total}"), TextColumn("{task.description}"))
    with Progress(*parts, TimeElapsedColumn(), console=console, transient=True) as bar:
        stages = (*STAGES, "report")
        task = bar.add_task(stages[0], total=len(stages))

        def announce(stage: str) -> None:
            bar.update(task, description=stage, completed=stages.index(stage))

        yield announce


@contextlib.contextmanager
def reading(*, silent: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show how many rows of a panel have been read, on the standard error, as `progress` does."""
    from pilotzone.cli.screen import stderr

    console = stderr()
    if silent or not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    parts = (BarColumn(24), MofNCompleteColumn(), TextColumn("rows"), TimeElapsedColumn())
    with Progress(*parts, console=console, transient=True) as bar:
        task = bar.add_task("rows", total=None)
        yield lambda done, count: bar.update(task, completed=done, total=count)


@contextlib.contextmanager
def working(what: str, *, silent: bool) -> Iterator[None]:
    """Show that something is being done, on the standard error, as `progress` does."""
    from pilotzone.cli.screen import stderr

    console = stderr()
    if silent or not console.is_terminal:
        yield
        return
    with console.status(f"{what} ..."):
        yield
