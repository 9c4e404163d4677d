"""The searches of synthetic difference-in-differences: those of diff-diff, and without it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from diff_diff.utils import compute_sdid_unit_weights, compute_time_weights

from pilotzone.evaluation.few.weights import searches


@pytest.mark.parametrize("shape", [(6, 1), (2, 5), (12, 20), (40, 12), (1, 3)])
@pytest.mark.parametrize(("zeta", "stop"), [(0.0, 1e-5), (0.7, 1e-6), (1e-6, 1e-7)])
@pytest.mark.filterwarnings("ignore:.*did not converge:UserWarning")
def test_weights_are_those_of_the_package(shape: tuple[int, int], zeta: float, stop: float) -> None:
    rng = np.random.default_rng(16)
    before, after, target = rng.normal(size=shape), rng.normal(size=(3, shape[1])), rng.normal(size=shape[0])
    unit = compute_sdid_unit_weights(before, target, zeta_omega=zeta, min_decrease=stop)
    time = compute_time_weights(before, after, zeta_lambda=zeta, min_decrease=stop)
    np.testing.assert_allclose(searches.unit_weights(before, target, zeta, stop), unit, rtol=0, atol=1e-9)
    np.testing.assert_allclose(searches.time_weights(before, after, zeta, stop), time, rtol=0, atol=1e-9)


@pytest.mark.parametrize("scale", [1.0, 1e-30])
def test_a_step_onto_a_corner_is_a_whole_one(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target is one of the donors, without a ridge; the common scale falls to nothing and begins anew."""
    monkeypatch.setattr(searches, "_LEAST_SCALE", 0.5)
    before = scale * np.array([[0.0, 5.0, 9.0], [1.0, -3.0, 9.0], [0.0, 4.0, -9.0]])
    found = searches.unit_weights(before, before[:, 1], 0.0, 1e-9 * scale)
    np.testing.assert_allclose(found, [0, 1, 0], rtol=0, atol=1e-6)
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_donors_that_are_alike_stay_alike() -> None:
    found = searches.unit_weights(np.ones((4, 3)), np.arange(4.0), 0.0, 1e-5)
    assert found.tolist() == [1 / 3] * 3


def test_diff_diff_is_not_imported() -> None:
    program = (
        "import sys, numpy as np\n"
        "sys.modules['diff_diff'] = None\n"
        "from pilotzone.evaluation.few.weights.searches import unit_weights\n"
        "print(unit_weights(np.eye(3), np.ones(3), 0.1, 1e-5).round(9).tolist(), 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{[round(1 / 3, 9)] * 3} False"
