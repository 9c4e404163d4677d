"""Whatever is done to a transfer file, it is read, or refused in words: never a traceback."""

from __future__ import annotations

import copy
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.properties.test_study_damage import document, junk, parent, places

from pilotzone.core import PilotZoneError
from pilotzone.study import KINDS, parse, run_study

REST = """
[[covariance]]
between = ["A", "B"]
value = 0.00004

[[priors]]
tau_scale = 0.02
mean = 0.0
mean_sd = 1.0
why = "a test"

[[limits]]
text = "A test."
"""
WHOLE = tomllib.loads(KINDS["transfer"].template().format(name="x") + REST)
BUNDLED = tomllib.loads(KINDS["transfer"].bundled_file("inland-provinces").decode())


def read(content: dict[str, object], *, whole: bool) -> None:
    """Read and run a transfer, or make sure that it is refused as it should be."""
    try:
        study = parse(document(content), "damaged", kind="transfer")
        if whole:
            run_study(study)
        else:
            study.kind.read(study)
    except PilotZoneError as error:
        refusal = str(error)
    else:
        return
    assert "validation error" not in refusal, refusal
    assert "Traceback" not in refusal, refusal


def test_undamaged() -> None:
    read(WHOLE, whole=True)
    assert parse(document(WHOLE), "x", kind="transfer").spec.priors[0].mean_sd == 1.0


@pytest.mark.parametrize("whole", [WHOLE, BUNDLED], ids=["given", "estimated"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(data=st.data())
def test_any_key_with_any_value(whole: dict[str, object], data: st.DataObject) -> None:
    content = copy.deepcopy(whole)
    path = data.draw(st.sampled_from(places(content)))
    value = data.draw(junk)
    parent(content, path)[path[-1]] = value
    read(content, whole=whole is WHOLE)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(data=st.data())
def test_any_key_left_out(data: st.DataObject) -> None:
    content = copy.deepcopy(WHOLE)
    path = data.draw(st.sampled_from(places(content)))
    del parent(content, path)[path[-1]]
    read(content, whole=True)
