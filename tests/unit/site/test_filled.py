"""Whether missing figures could decide, against ranking the places again with the gap filled by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.site import Candidate, Criterion, CriterionValue, SitingSpec, rank_places, scores

AB = (Criterion("a", "up", scale=(0, 1)), Criterion("b", "down", scale=(0, 1)))


def own(name: str, **figures: float) -> Candidate:
    return Candidate(
        name, figures={key: CriterionValue(name, key, v, v, "1", "yours", "a test") for key, v in figures.items()}
    )


@pytest.mark.parametrize("b", [0.05, 0.3, 0.6, 0.95])
def test_both_ends_of_a_gap_are_as_ranking_with_it_filled(b: float) -> None:
    places = (own("x", a=0.8, b=0.5), own("y", a=0.2, b=0.1), own("z", b=b))
    found = rank_places(SitingSpec("T", places, AB, draws=2_000, batches=20))
    (item,) = found.filled
    assert (item.place, item.criteria) == ("z", ("a",))
    for told, filled in ((item.at_best, 1.0), (item.at_worst, 0.0)):
        table = np.array([[0.8, 0.5], [0.2, 0.1], [filled, b]])
        assert told == (int(scores(table, AB, found.start, "weighted_sum").argmax()) == 2)
    assert item.decides == (item.at_best and not item.at_worst)


def test_a_criterion_that_is_better_when_lower_is_filled_the_other_way_round() -> None:
    places = (own("x", a=0.6, b=0.5), own("z", a=0.6))
    (item,) = rank_places(SitingSpec("T", places, AB, draws=600, batches=20)).filled
    assert item.decides


def test_without_gaps_there_is_nothing_to_fill() -> None:
    places = (own("x", a=0.6, b=0.5), own("y", a=0.4, b=0.2))
    assert rank_places(SitingSpec("T", places, AB, draws=600, batches=20)).filled == ()
