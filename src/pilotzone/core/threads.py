"""One thread for linear algebra, so that the same inputs give the same bytes however many processors there are."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from threadpoolctl import ThreadpoolController

__all__ = ["linear_algebra", "one_thread"]


class _Depth(threading.local):
    """How deep this thread is in blocks."""

    depth = 0


_OWN = _Depth()
_LOCK = threading.Lock()
_HELD: list[Any] = []
"""Limits that were set and not lifted yet. Most libraries know one limit for the whole process, and remember with the
first of these what it was before: it is lifted when nobody is left in a block."""
_INSIDE: set[int] = set()
"""Threads that are in a block."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Let linear algebra run on one thread in a block, or in the function that this decorates.

    A sum that several threads share is rounded in another order than one that a single thread makes. The last digits of
    results would depend on the number of processors, and the threads of many small problems wait for one another longer
    than they work. Blocks may be nested, and several threads may be in one at once.

    Examples
    --------
    >>> with one_thread():
    ...     sorted({count for _, _, count in linear_algebra()})
    [1]
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def linear_algebra() -> tuple[tuple[str, str, int], ...]:
    """Return the libraries of linear algebra that NumPy and SciPy use: their name, kind of processor, threads.

    Each of those libraries holds code for several kinds of processors and chooses when it is loaded.
    """
    from threadpoolctl import threadpool_info

    _load()
    found = [item for item in threadpool_info() if item["user_api"] == "blas"]
    # Other packages may bring further ones, loaded or not as it happens.
    own = [item for item in found if _is_own(Path(item["filepath"]))] or found[:1]
    return tuple(
        (str(item["internal_api"]), str(item.get("architecture", "")), int(item["num_threads"])) for item in own
    )


def _is_own(library: Path) -> bool:
    """Whether a library came with NumPy or SciPy, as in their wheels."""
    import numpy as np
    import scipy

    homes = [Path(module.__file__ or "").parent for module in (np, scipy)]
    return any(library.is_relative_to(place) for home in homes for place in (home, home.with_name(f"{home.name}.libs")))


def _enter() -> None:
    _OWN.depth += 1
    if _OWN.depth > 1:
        return
    libraries = _libraries()
    with _LOCK:
        _take_control()
        _HELD.append(libraries.limit(limits=1))
        _INSIDE.add(threading.get_ident())


def _leave() -> None:
    _OWN.depth -= 1
    if _OWN.depth:
        return
    with _LOCK:
        _INSIDE.discard(threading.get_ident())
        if not _INSIDE:
            _take_control()
            while _HELD:
                _HELD.pop().restore_original_limits()


def _take_control() -> None:
    """Let this thread set limits of the process: threadpoolctl 3.8 ignores all but the thread that did so first."""
    import threadpoolctl

    take = getattr(threadpoolctl.OpenBLASController, "clear_controlling_thread", None)
    if take is not None:
        take(force=True)


@cache
def _libraries() -> ThreadpoolController:
    """Return what sets the limits: to look for libraries takes longer than many an estimate, and these two stay."""
    from threadpoolctl import ThreadpoolController

    _load()
    return ThreadpoolController().select(user_api="blas")


def _load() -> None:
    """Load what brings its own library: a limit reaches only what is there already."""
    import scipy.linalg  # noqa: F401 - SciPy's is another one than NumPy's
