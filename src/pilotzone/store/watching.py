"""How far a pass of Spark is, by the tasks that are done."""

from __future__ import annotations

from contextlib import contextmanager
from secrets import token_hex
from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyspark import SparkContext, StatusTracker

__all__ = ["watched"]

_PROPERTIES = ("spark.jobGroup.id", "spark.job.description", "spark.job.interruptOnCancel")


@contextmanager
def watched(
    context: SparkContext, tell: Callable[[float], None], *, tasks: int, dealt: bool, every: float = 0.5
) -> Iterator[None]:
    """Tell now and then which share of a pass is done; it is the only one in the block.

    Parameters
    ----------
    context
        Where it runs.
    tell
        Called with the share, from a thread of its own, and never with less than before.
    tasks
        How many tasks run the kernel.
    dealt
        Whether rows are dealt to them first, by the tasks of another stage: half of the way.
    every
        Seconds between two looks.
    """
    group, ended = f"pilotzone-{token_hex(8)}", Event()
    before = {name: context.getLocalProperty(name) for name in _PROPERTIES}
    tracker = context.statusTracker()

    def look() -> None:
        most = 0.0
        while not ended.wait(every):
            most = max(most, _share(_stages(tracker, group), tasks, dealt=dealt))
            tell(most)

    context.setJobGroup(group, "pilotzone")
    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        # None takes a property away.
        for name, value in before.items():
            context.setLocalProperty(name, value)  # type: ignore[arg-type]


def _stages(tracker: StatusTracker, group: str) -> list[tuple[int, int]]:
    """Return how many tasks each stage has done and has, in the order of the stages."""
    jobs = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group)]
    names = sorted({stage for job in jobs if job is not None for stage in job.stageIds})
    found = [tracker.getStageInfo(stage) for stage in names]
    return [(info.numCompletedTasks, info.numTasks) for info in found if info is not None]


def _share(stages: list[tuple[int, int]], tasks: int, *, dealt: bool) -> float:
    if not dealt:
        return min(sum(done for done, _ in stages) / tasks, 1.0)
    first, rest = stages[:1], stages[1:]
    halves = sum(done / count for done, count in first), min(sum(done for done, _ in rest) / tasks, 1.0)
    return sum(halves) / 2
