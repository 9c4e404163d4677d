"""The searches of synthetic difference-in-differences: those of diff-diff, to the last bit, without the rest of it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from diff_diff.utils import compute_sdid_unit_weights, compute_time_weights

from pilotzone.evaluation.few.weights import searches


@pytest.fixture(params=["compiled", "whole package"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "whole package":
        monkeypatch.setattr(searches, "_compiled", lambda: None)
    return str(request.param)


@pytest.mark.parametrize("shape", [(6, 1), (2, 5), (12, 20), (1, 3)])
@pytest.mark.filterwarnings("ignore:.*did not converge:UserWarning")
def test_weights_are_those_of_the_package(shape: tuple[int, int], way: str) -> None:
    rng = np.random.default_rng(16)
    before, after, target = rng.normal(size=shape), rng.normal(size=(3, shape[1])), rng.normal(size=shape[0])
    for zeta, stop in ((0.0, 1e-5), (0.7, 1e-6)):
        unit = compute_sdid_unit_weights(before, target, zeta_omega=zeta, min_decrease=stop)
        time = compute_time_weights(before, after, zeta_lambda=zeta, min_decrease=stop)
        # In columns, as the caller's transposed arrays are.
        found = searches.unit_weights(np.asfortranarray(before), target, zeta, stop)
        assert found.tolist() == unit.tolist(), way
        periods = searches.time_weights(np.asfortranarray(before), np.asfortranarray(after), zeta, stop)
        assert periods.tolist() == time.tolist(), way


PROGRAM = """
import sys
import numpy as np
{first}
from pilotzone.evaluation.few.weights.searches import unit_weights
found = unit_weights(np.eye(3), np.ones(3), 0.1, 1e-5)
alone = "pandas" not in sys.modules
from diff_diff.utils import compute_sdid_unit_weights  # the package itself can still be imported
same = compute_sdid_unit_weights(np.eye(3), np.ones(3), zeta_omega=0.1, min_decrease=1e-5)
print(alone, found.tolist() == same.tolist())
"""


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("", "True True"),
        ("import diff_diff", "False True"),
        ("import os; os.environ['DIFF_DIFF_BACKEND'] = 'python'", ""),
    ],
)
def test_the_package_is_imported_only_where_it_has_to_be(first: str, told: str) -> None:
    command = [sys.executable, "-c", PROGRAM.format(first=first)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (told or "False True")
