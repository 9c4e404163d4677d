"""Time functions beside one another: alternating runs, CPU beside wall time, medians and ratios."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["Seconds", "alternate", "growth", "machine", "median_ratio", "peak_mb", "table", "timed", "versions"]


@dataclass(frozen=True)
class Seconds:
    """How long something took.

    Attributes
    ----------
    cpu
        CPU time of this process (user and system). Other people's jobs on the machine hardly change it.
    wall
        Time on the clock, which they do change.
    """

    cpu: float
    wall: float

    def __mul__(self, factor: float) -> Seconds:
        return Seconds(self.cpu * factor, self.wall * factor)

    def __add__(self, other: Seconds) -> Seconds:
        return Seconds(self.cpu + other.cpu, self.wall + other.wall)


def timed(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, Seconds]:
    """Call once and return what came out and how long it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = function(*args, **kwargs)
    return result, Seconds(time.process_time() - cpu, time.perf_counter() - wall)


def alternate(contestants: Mapping[str, Callable[[], Seconds]], rounds: int) -> dict[str, list[Seconds]]:
    """Run all contestants in turn, A B C A B C ..., so that a slow spell of the machine meets all of them."""
    found: dict[str, list[Seconds]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            found[name].append(contestant())
    return found


def median_ratio(times: Sequence[Seconds], base: Sequence[Seconds]) -> float:
    """Return the median over rounds of CPU time over the base's CPU time in the same round."""
    return median(one.cpu / other.cpu for one, other in zip(times, base, strict=True))


def growth(sizes: Sequence[int], seconds: Sequence[float]) -> list[float]:
    """Return, from each size to the next, the power of the size that the time grows with."""
    return [log(b / a) / log(m / n) for (n, a), (m, b) in pairwise(zip(sizes, seconds, strict=True))]


def machine() -> str:
    """Return the processor, how many there are, and the system."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "?")
    return f"{model}, {os.cpu_count()} cores, {platform.system()}; threads of linear algebra: {threads}"


def versions(packages: Iterable[str]) -> str:
    """Return Python's version and those of the packages that are installed."""
    said = [f"Python {platform.python_version()}"]
    for package in packages:
        try:
            said.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            said.append(f"{package} not installed")
    return ", ".join(said)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, names: int = 1) -> str:
    """Return a Markdown table, the first columns, of names, to the left and all others to the right."""
    widths = [max(len(row[k]) for row in [header, *rows]) for k in range(len(header))]
    rule = ["-" * width if k < names else "-" * (width - 1) + ":" for k, width in enumerate(widths)]

    def line(cells: Sequence[str]) -> str:
        sized = enumerate(zip(cells, widths, strict=True))
        return f"| {' | '.join(cell.ljust(w) if k < names else cell.rjust(w) for k, (cell, w) in sized)} |"

    return "\n".join(line(cells) for cells in [header, rule, *rows])


def peak_mb() -> float:
    """Return the most memory of this process, MB, by the system's own count: getrusage's begins with the parent's."""
    import resource

    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
