"""Where candidates lie among zones, against Qhull in the plane; what forbids a transfer."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import Delaunay
from tests.unit.transfer.zones import described, zones_of

from pilotzone.transfer import predict_candidates
from pilotzone.transfer.support import least_move, support_of


def test_the_hull_by_triangles() -> None:
    rng = np.random.default_rng(4)
    zones = rng.normal(size=(12, 2))
    points = rng.normal(size=(200, 2)) * 1.3
    inside = Delaunay(zones).find_simplex(points) >= 0
    assert 30 < inside.sum() < 170
    for point, expected in zip(points, inside, strict=True):
        found = support_of(point, zones, ["one", "two"])
        assert found.inside == expected
        if expected:
            assert found.weights @ zones == pytest.approx(point, abs=1e-8)
            assert 1 <= found.effective <= 12
            assert found.distance <= found.farthest
            assert found.overlap.all()
            assert found.forbids == ""
        else:
            moved = point + found.move
            assert np.abs(least_move(moved, zones)).sum() <= 1e-8
            assert found.forbids in {"one", "two"}
            assert found.effective == 0


def test_the_covariate_that_forbids() -> None:
    zones = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 10.0], [1.0, 10.0], [0.5, 5.0]])
    far = support_of(np.array([0.5, 14.0]), zones, ["width", "height"])
    assert far.forbids == "height"
    assert far.move == pytest.approx([0.0, -4.0], abs=1e-9)
    assert far.overlap.tolist() == [True, False]


def test_the_edge_belongs_to_what_was_seen() -> None:
    zones = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    found = support_of(np.array([4.0]), zones, ["only"])
    assert found.inside
    assert found.effective == pytest.approx(1, abs=1e-3)
    assert not support_of(np.array([4.0 + 1e-6]), zones, ["only"]).inside


@pytest.mark.parametrize("size", [1, 2, 3])
def test_two_hundred_candidates_outside_are_all_refused(size: int) -> None:
    """Beyond a supporting plane of the hull, in a random direction and by a random distance, however small."""
    rng = np.random.default_rng(size)
    count = 5 * size + 2
    refused = 0
    for k in range(200):
        values = rng.normal(size=(count, size)) * np.exp(rng.normal(size=size))
        direction = rng.normal(size=size)
        direction /= np.linalg.norm(direction)
        heights = values @ direction
        inner = rng.dirichlet(np.ones(count)) @ values
        beyond = heights.max() - inner @ direction + (np.ptp(heights)) * 10 ** rng.uniform(-5, 1)
        candidate = inner + beyond * direction
        effects = zones_of(rng.normal(size=count), rng.uniform(0.2, 1, count))
        found = predict_candidates(effects, described(values), described(candidate[None, :], [f"c{k}"]))
        (item,) = found.items
        refused += item.predictive is None
        assert item.support.forbids in {f"m{j}" for j in range(size)}
        assert item.support.forbids in item.refusal
        assert found.to_frame()["effect"].isna().all()
    assert refused == 200
