"""A panel of the bundled evidence goes to either engine as a frame, and comes out alike. The outcomes are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.study.invented_evidence import forget, put_in_place
from tests.unit.study.test_bundled_panels import STUDY

import pilotzone as pz
from pilotzone.study import verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _evidence(tmp_path: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        put_in_place(tmp_path / "bundled", patch)
        yield
    forget()


@pytest.mark.spark
def test_a_run_on_the_evidence_is_the_same_on_the_other_engine(tmp_path: Path) -> None:
    (tmp_path / "zones.toml").write_text(STUDY, encoding="utf-8")
    done = pz.run(tmp_path / "zones.toml", out=tmp_path / "run")
    assert done.effects.overall
    assert verify(tmp_path / "run", engine="spark").state == "same"
