"""The Frank-Wolfe searches of diff-diff, which synthetic difference-in-differences takes its weights from."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["time_weights", "unit_weights"]

_PACKAGE = "diff_diff"
_COMPILED = f"{_PACKAGE}._rust_backend"
_FIRST, _MOST = 100, 10_000
"""Steps before small weights are set to zero and at most after that, as in synthdid and by default in diff-diff."""


def unit_weights(before: Floats, target: Floats, zeta: float, stop: float) -> Floats:
    """Return donors' weights: `before` is T0 periods by n donors, `target` has T0 periods."""
    compiled = _compiled()
    if compiled is None or before.shape[1] < 2:  # noqa: PLR2004 - with one donor there is nothing to search
        from diff_diff.utils import compute_sdid_unit_weights

        return np.asarray(compute_sdid_unit_weights(before, target, zeta_omega=zeta, min_decrease=stop))
    early, aim = _rows(before), _rows(target)
    return np.asarray(compiled.compute_sdid_unit_weights(early, aim, zeta, True, stop, _FIRST, _MOST))  # noqa: FBT003


def time_weights(before: Floats, after: Floats, zeta: float, stop: float) -> Floats:
    """Return weights of the periods before: `before` is T0 by n, `after` T1 by n."""
    compiled = _compiled()
    if compiled is None:
        from diff_diff.utils import compute_time_weights

        return np.asarray(compute_time_weights(before, after, zeta_lambda=zeta, min_decrease=stop))
    early, late = _rows(before), _rows(after)
    return np.asarray(compiled.compute_time_weights(early, late, zeta, True, stop, _FIRST, _MOST))  # noqa: FBT003


def _rows(values: Floats) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


@cache
def _compiled() -> ModuleType | None:
    """Return diff-diff's compiled searches, without the rest of it; ``None`` where only the whole package has them.

    The package imports pandas and scipy.stats, which takes a second of processor time: a quarter of a study. What it
    would call in the end is the same function of the same file.
    """
    if os.environ.get("DIFF_DIFF_BACKEND", "auto").lower() == "python":
        return None
    if _COMPILED in sys.modules:
        return sys.modules[_COMPILED]
    package = find_spec(_PACKAGE)
    found = None if package is None else PathFinder.find_spec(_COMPILED, package.submodule_search_locations)
    if found is None or found.loader is None:
        return None
    try:
        module = module_from_spec(found)
        found.loader.exec_module(module)
    except ImportError:  # compiled for another machine: the package has the same in Python
        return None
    sys.modules[_COMPILED] = module  # the package finds it there: an extension can be initialised only once
    return module
