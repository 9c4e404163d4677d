"""What a worker of the lab keeps between changes: nothing comes out otherwise, and no fit is made twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pilotzone.app.worker import _shown
from pilotzone.core import Kept
from pilotzone.evaluation.few.weights.searches import unit_weights
from pilotzone.study import load, run_study

if TYPE_CHECKING:
    import pytest

    from pilotzone.study import Run, Study


def _guizhou(margin: float) -> Study[Any]:
    study = replace(load("zone/guizhou"), beside={})
    outcomes = tuple(item.model_copy(update={"margin": margin}) for item in study.spec.outcomes)
    return replace(study, spec=study.spec.model_copy(update={"outcomes": outcomes}))


def _looked(study: Study[Any]) -> tuple[Run[Any], dict[str, Any], dict[str, Any]]:
    """Return a run, and what is shown of the main design and of the whole: the steps of a worker."""
    narrow = replace(study, spec=study.kind.narrowed(study.spec))
    first = _shown(narrow, run_study(narrow))
    done = run_study(study)
    return done, first, _shown(study, done)


def test_a_changed_margin_gives_what_a_new_process_would_and_fits_nothing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    changed, fresh = _guizhou(7.5), _looked(_guizhou(7.5))
    fitted = 0

    def counted(*given: Any) -> Any:  # noqa: ANN401 - passed on
        nonlocal fitted
        fitted += 1
        return unit_weights(*given)

    monkeypatch.setattr("pilotzone.evaluation.few.weights.sdid.unit_weights", counted)
    results = Kept()
    with results.used():
        run_study(_guizhou(5.0))
    assert fitted > 0
    fitted = 0
    with results.used():
        done, first, whole = _looked(changed)
    assert fitted == 0
    assert done.record() == fresh[0].record()
    assert (first, whole) == fresh[1:]
    assert done.report() == fresh[0].report()
