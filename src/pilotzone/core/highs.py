"""One way to HiGHS: its name kept off the screen, and as many threads as asked for whoever solved before."""

from __future__ import annotations

import ctypes
import math
import os
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import highspy

__all__ = ["new_highs"]


def new_highs(*, threads: int = 0, seconds: float = math.inf) -> highspy.Highs:
    """Return a solver that prints nothing and draws the same numbers each time.

    Parameters
    ----------
    threads
        How many it uses; as it likes if zero.
    seconds
        Limit of time.
    """
    import highspy

    _say_its_name_unheard()
    # Its threads are begun once and serve all its solvers; one that asks for another number fails without a word
    # ("not set") until they are ended.
    highspy.Highs.resetGlobalScheduler(True)  # noqa: FBT003 - the solver's own call
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - the solver's own call
    solver.setOptionValue("random_seed", 0)
    if threads:
        solver.setOptionValue("threads", threads)
    if math.isfinite(seconds):
        solver.setOptionValue("time_limit", float(seconds))
    return solver


@lru_cache(maxsize=1)
def _say_its_name_unheard() -> None:
    """Make a first solver where nobody reads: it prints its name on C's standard output, once in a process.

    It does so before it can be told not to, and would spoil what a command prints as JSON.
    """
    import highspy

    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # the caller closed it: then nobody reads anyway
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
