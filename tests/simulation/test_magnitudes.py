"""Coverage of honest intervals under relative magnitudes, in a reduced run."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.magnitudes import ALPHA, SETTINGS, Setting, simulate, study_of

pytestmark = pytest.mark.simulation

COUNT = 100


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_the_end_of_the_set_is_covered(setting: Setting) -> None:
    assert simulate(setting, COUNT).share >= 1 - ALPHA - 3 * np.sqrt(ALPHA * (1 - ALPHA) / COUNT)


def test_settings_lie_at_the_end() -> None:
    """D's moves, read back from the means: none after the reference is larger than M times the largest before."""
    for setting in SETTINGS:
        study = study_of(setting)
        path = np.concatenate([study.estimate[: setting.before], [0.0], study.estimate[setting.before :]])
        moves = np.abs(np.diff(path))
        assert moves[: setting.before].max() == pytest.approx(setting.step, abs=1e-12)
        assert moves[setting.before :] == pytest.approx(np.full(setting.after, setting.size * setting.step))
