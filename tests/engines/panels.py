"""Panels and kernels for the tests of engines; workers of Spark that know no tests get them by value."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pilotzone.store import PanelColumns

if TYPE_CHECKING:
    from pilotzone.store import Kernel, UnitBatch

STAGGERED = PanelColumns("firm", "year", "start", ("jobs", "co2"))


def staggered(units: int = 600, seed: int = 4) -> pd.DataFrame:
    """Return a balanced panel of three cohorts and units never treated, in no order, far from zero."""
    rng = np.random.default_rng(seed)
    years = np.arange(2009, 2016)
    found = pd.DataFrame({"firm": np.repeat(np.arange(units), len(years)), "year": np.tile(years, units)})
    found["start"] = np.repeat(rng.choice([2011.0, 2012.0, 2014.0, np.inf], units), len(years))
    late = np.where(np.isinf(found["start"]), 0, np.maximum(found["year"] - found["start"] + 1, 0))
    level = np.repeat(rng.lognormal(6, 2, units), len(years))
    found["jobs"] = level + late + rng.normal(size=len(found))
    found["co2"] = 1e6 + level * rng.normal(size=len(found)) / 7 - late
    return found.sample(frac=1, random_state=seed).reset_index(drop=True)


@dataclass(frozen=True)
class Told:
    """Another kernel's state, and what happened to the tasks that made it."""

    state: Any
    attempts: tuple[int, ...]
    modules: frozenset[str]


@dataclass(frozen=True)
class Failing:
    """Takes what another kernel takes, but its first task fails when the work is done.

    Attributes
    ----------
    kernel
        Which other.
    attempts
        How many attempts fail.
    kill
        A file that does not exist. Where one is named, the task makes it and kills the executor, once and for all.
    """

    kernel: Kernel[Any]
    attempts: int = 0
    kill: str | None = None

    def take(self, batch: UnitBatch) -> Told:
        from pyspark import TaskContext

        import pilotzone

        context = TaskContext.get()
        assert context is not None
        state = self.kernel.take(batch)
        if self.kill is not None and context.partitionId() == 0 and not Path(self.kill).exists():
            Path(self.kill).touch()
            os.kill(executor(), signal.SIGKILL)
            signal.pause()
        if context.partitionId() == 0 and context.attemptNumber() < self.attempts:
            message = f"attempt {context.attemptNumber()} fails"
            raise OSError(message)
        return Told(state, (context.attemptNumber(),), frozenset({str(pilotzone.__file__)}))

    def merge(self, one: Told, other: Told) -> Told:
        return Told(
            self.kernel.merge(one.state, other.state), one.attempts + other.attempts, one.modules | other.modules
        )


def executor() -> int:
    """Return the process of the executor that this worker works for: the nearest one of Java above it."""
    process = os.getpid()
    while "java" not in Path(f"/proc/{process}/comm").read_text(encoding="ascii"):
        process = int(Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
        assert process > 1
    return process
