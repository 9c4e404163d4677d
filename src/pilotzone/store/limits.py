"""What an engine may be told: sizes within bounds, and of Spark's settings those that are numbers.

Whoever writes a study file is not whoever runs it. Spark hands much of what it is set to to Java, to a shell or to
another machine, so only settings that say how much of something there is are taken; all others belong to the
configuration of Spark on the machine that runs it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from pilotzone.core import UsageError, listing

__all__ = [
    "MOST_THREADS",
    "SPARK_ALLOWED",
    "check_master",
    "check_memory",
    "check_spark",
    "check_threads",
    "machine_cores",
    "machine_memory",
    "on_this_machine",
]

MOST_THREADS = 256
"""Threads that an engine may be told to use on one machine; no more than it has cores are used."""

_MOST_BYTES = 4 * 2**40
_MOST_COUNT = 100_000
_MOST_SECONDS = 24 * 3600
_MOST_WORKERS, _MOST_WORKER_MB = 16, 65_536

_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([kmgt])(i?)b?", re.IGNORECASE)
_SPARK_SIZE = re.compile(r"([0-9]{1,9})([kmgt])b?", re.IGNORECASE)
_WHOLE = re.compile(r"[0-9]{1,9}")
_SHARE = re.compile(r"[01](?:\.[0-9]{1,6})?|\.[0-9]{1,6}")
_SECONDS = re.compile(r"([0-9]{1,9})(ms|s|min|m|h)")
_SECOND = {"ms": 0.001, "s": 1, "min": 60, "m": 60, "h": 3600}
_NAME = re.compile(r"[\w][\w .-]{0,99}")

_LOCAL = re.compile(r"local(?:\[(\*|[0-9]{1,6})(?:,([0-9]{1,6}))?\])?")
_LOCAL_CLUSTER = re.compile(r"local-cluster\[([0-9]{1,6}),([0-9]{1,6}),([0-9]{1,9})\]")
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,45}\])"
_REMOTE = re.compile(
    rf"yarn|spark://{_HOST}:[0-9]{{1,5}}(?:,{_HOST}:[0-9]{{1,5}})*|k8s://(?:https?://)?{_HOST}(?::[0-9]{{1,5}})?"
)

MASTERS = "local, local[4], local[*], yarn, spark://host:7077 or k8s://https://host:443"

_KINDS = {
    "size": "a size with its unit, up to 4t, such as 8g or 512m",
    "count": f"a whole number from 1 to {_MOST_COUNT:,}",
    "share": "a number from 0 to 1",
    "seconds": "a time with its unit, up to 24h, such as 120s",
    "truth": "true or false",
    "name": "letters, digits, blanks, '.', '_' and '-', at most 100",
}

SPARK_ALLOWED = {
    "spark.app.name": "name",
    "spark.cores.max": "count",
    "spark.default.parallelism": "count",
    "spark.driver.cores": "count",
    "spark.driver.maxResultSize": "size",
    "spark.driver.memory": "size",
    "spark.driver.memoryOverhead": "size",
    "spark.driver.memoryOverheadFactor": "share",
    "spark.dynamicAllocation.enabled": "truth",
    "spark.dynamicAllocation.initialExecutors": "count",
    "spark.dynamicAllocation.maxExecutors": "count",
    "spark.dynamicAllocation.minExecutors": "count",
    "spark.executor.cores": "count",
    "spark.executor.heartbeatInterval": "seconds",
    "spark.executor.instances": "count",
    "spark.executor.memory": "size",
    "spark.executor.memoryOverhead": "size",
    "spark.executor.memoryOverheadFactor": "share",
    "spark.executor.pyspark.memory": "size",
    "spark.memory.fraction": "share",
    "spark.memory.offHeap.enabled": "truth",
    "spark.memory.offHeap.size": "size",
    "spark.memory.storageFraction": "share",
    "spark.network.timeout": "seconds",
    "spark.speculation": "truth",
    "spark.sql.adaptive.enabled": "truth",
    "spark.sql.files.maxPartitionBytes": "size",
    "spark.sql.shuffle.partitions": "count",
    "spark.task.cpus": "count",
    "spark.task.maxFailures": "count",
    "spark.yarn.queue": "name",
}
"""Settings of Spark that may be given, and of what kind their values are."""


def machine_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


def machine_memory() -> int | None:
    """Return the bytes of memory that this machine has, ``None`` where it does not say."""
    try:
        return int(os.sysconf("SC_PAGE_SIZE")) * int(os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return None


def check_threads(threads: object, name: str = "threads") -> int:
    """Return a number of threads.

    Raises
    ------
    UsageError
        If it is not one within bounds.

    Examples
    --------
    >>> check_threads(4)
    4
    """
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= MOST_THREADS:
        raise UsageError(
            f"{name} is {_short(threads)}.",
            allowed=f"a whole number from 1 to {MOST_THREADS}; no more than the machine has cores are used",
            todo="leave it out to use all cores",
        )
    return threads


def check_memory(memory: object, name: str = "the memory limit") -> int:
    """Return a size in bytes.

    Raises
    ------
    UsageError
        If it is not one within bounds.

    Examples
    --------
    >>> check_memory("4GB"), check_memory("0.5 GiB")
    (4000000000, 536870912)
    """
    found = _SIZE.fullmatch(memory.strip()) if isinstance(memory, str) else None
    size = 0
    if found is not None:
        size = int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].lower()])
    if not 0 < size <= _MOST_BYTES:
        raise UsageError(f"{name} is {_short(memory)}.", allowed="a size up to 4TB, such as 4GB, 512MB or 1.5GiB")
    return size


def check_master(master: object, name: str = "the master") -> str:
    """Return where Spark is to run.

    Raises
    ------
    UsageError
        If it is not of a form that is known, or of more than may be on one machine.

    Examples
    --------
    >>> check_master("local[2]"), check_master("spark://host:7077")
    ('local[2]', 'spark://host:7077')
    """
    if isinstance(master, str):
        if found := _LOCAL.fullmatch(master):
            threads, fails = found[1] or "1", found[2] or "1"
            if (threads == "*" or 1 <= int(threads) <= MOST_THREADS) and 1 <= int(fails) <= _MOST_COUNT:
                return master
        elif found := _LOCAL_CLUSTER.fullmatch(master):
            workers, cores, memory = map(int, found.groups())
            bounds = ((workers, _MOST_WORKERS), (cores, MOST_THREADS), (memory, _MOST_WORKER_MB))
            if all(1 <= number <= most for number, most in bounds):
                return master
        elif _REMOTE.fullmatch(master):
            return master
    raise UsageError(
        f"{name} is {_short(master)}, which is not a place where Spark runs.",
        allowed=f"a master such as {MASTERS}; at most {MOST_THREADS} threads on one machine",
    )


def on_this_machine(master: str) -> bool:
    """Whether Spark runs here alone, or on the cluster that the machine is configured for (YARN)."""
    return master == "yarn" or master.startswith("local")


def check_spark(settings: object, name: str = "spark") -> dict[str, str]:
    """Return settings of Spark.

    Raises
    ------
    UsageError
        If one is not among those that may be given, or its value is not of the setting's kind.

    Examples
    --------
    >>> check_spark({"spark.executor.memory": "8g"})
    {'spark.executor.memory': '8g'}
    """
    if not isinstance(settings, Mapping):
        raise UsageError(f"{name} is {_short(settings)}.", allowed="a table of settings")
    return {_known(key, name): _valued(key, value, name) for key, value in settings.items()}


def _known(key: object, name: str) -> str:
    if isinstance(key, str) and key in SPARK_ALLOWED:
        return key
    raise UsageError(
        f"{name}: the setting {_short(key)} of Spark may not be given here.",
        allowed=listing(sorted(SPARK_ALLOWED), most=len(SPARK_ALLOWED)),
        todo="what names programs, files or options of Java stands in Spark's own configuration (spark-defaults.conf)",
    )


def _valued(key: object, value: object, name: str) -> str:
    kind = SPARK_ALLOWED[str(key)]
    if isinstance(value, str) and _is(kind, value):
        return value
    raise UsageError(f"{name}: {key} is {_short(value)}.", allowed=_KINDS[kind])


def _is(kind: str, value: str) -> bool:
    if kind == "size":
        found = _SPARK_SIZE.fullmatch(value)
        return found is not None and 0 < int(found[1]) * 1024 ** _POWERS[found[2].lower()] <= _MOST_BYTES
    if kind == "count":
        return _WHOLE.fullmatch(value) is not None and 1 <= int(value) <= _MOST_COUNT
    if kind == "share":
        return _SHARE.fullmatch(value) is not None and float(value) <= 1
    if kind == "seconds":
        found = _SECONDS.fullmatch(value)
        return found is not None and 0 < int(found[1]) * _SECOND[found[2]] <= _MOST_SECONDS
    return value in {"true", "false"} if kind == "truth" else _NAME.fullmatch(value) is not None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - signs that fit on a line
