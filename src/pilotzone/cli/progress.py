"""Showing how far a study has come: one bar for all kinds."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pilotzone.study import Progress

__all__ = ["progress"]


@contextlib.contextmanager
def progress(stages: Sequence[str], *, silent: bool) -> Iterator[Progress]:
    """Show stages on the standard error while they last, if that is a terminal and somebody wants to see them.

    Parameters
    ----------
    stages
        Names of all stages, in order.
    silent
        Show nothing.
    """
    from pilotzone.cli.screen import stderr

    console = stderr()
    if silent or not console.is_terminal:
        yield lambda _, share: None  # noqa: ARG005 - called by name
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    parts = (BarColumn(24), TextColumn("{task.fields[at]} of {task.total}"), TextColumn("{task.description}"))
    with Progress(*parts, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task(stages[0], total=len(stages), at=0)

        def announce(stage: str, share: float | None = None) -> None:
            at = stages.index(stage) if stage in stages else 0
            told = stage if share is None else f"{stage}, {share:.0%}"
            bar.update(task, description=told, completed=at + (share or 0.0), at=at)

        yield announce
