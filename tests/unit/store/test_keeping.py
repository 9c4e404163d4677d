"""Rows that were sorted are kept: whole or not at all, and read again instead of sorted again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from pilotzone.core import DataError
from pilotzone.evaluation.many.passes.general import general_effects
from pilotzone.store import PanelColumns, open_panel
from pilotzone.store.duck import DuckEngine
from pilotzone.store.keeping import KeptRows

COLUMNS = PanelColumns("unit", "year", "start", ("y",))


def batches(count: int = 3) -> list[pa.RecordBatch]:
    return [pa.RecordBatch.from_pydict({"u": [2 * k, 2 * k + 1], "y0": [0.5 * k, None]}) for k in range(count)]


def test_what_was_kept_is_what_was_yielded(tmp_path: Path) -> None:
    kept = KeptRows(tmp_path)
    assert not kept
    assert list(kept.keep(iter(batches()))) == batches()
    assert kept
    assert list(kept.read()) == batches()
    assert list(kept.read()) == batches()


def test_nothing_is_kept_of_rows_that_were_not_all_taken(tmp_path: Path) -> None:
    kept = KeptRows(tmp_path)
    stream = kept.keep(iter(batches()))
    next(stream)
    stream.close()
    assert not kept
    assert list(tmp_path.iterdir()) == []


def test_no_rows_leave_no_file(tmp_path: Path) -> None:
    kept = KeptRows(tmp_path)
    assert list(kept.keep(iter([]))) == []
    assert not kept
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_source_leaves_no_file(tmp_path: Path) -> None:
    def failing() -> Any:  # noqa: ANN401
        yield batches()[0]
        message = "bad row"
        raise DataError(message)

    with pytest.raises(DataError, match="bad row"):
        list(KeptRows(tmp_path).keep(failing()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_full_disk_costs_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    real, calls = pa.ipc.new_stream, []

    class Full:
        def __init__(self, *given: Any, **named: Any) -> None:
            self._stream = real(*given, **named)

        def write_batch(self, batch: pa.RecordBatch) -> None:
            calls.append(1)
            if len(calls) > fails_at:
                raise OSError(28, "No space left on device")
            self._stream.write_batch(batch)

        def close(self) -> None:
            self._stream.close()

    monkeypatch.setattr(pa.ipc, "new_stream", Full)
    kept = KeptRows(tmp_path)
    assert list(kept.keep(iter(batches()))) == batches()
    assert len(calls) == fails_at + 1
    assert not kept
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_costs_no_result(tmp_path: Path) -> None:
    kept = KeptRows(tmp_path / "gone")
    assert list(kept.keep(iter(batches()))) == batches()
    assert not kept


def frame(order: str) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    whole = pl.DataFrame(
        {
            "unit": np.repeat(np.arange(40), 4),
            "year": np.tile(np.arange(4), 40),
            "start": np.repeat(np.where(np.arange(40) < 20, 2.0, np.inf), 4),
            "y": rng.normal(size=160),
        }
    )
    return whole if order == "by unit" else whole.sample(fraction=1.0, shuffle=True, seed=3)


@pytest.mark.parametrize(("order", "sorts"), [("by unit", 0), ("none", 1)])
@pytest.mark.parametrize("rows", [1, 3, 7, 1000])
def test_rows_are_sorted_once_whatever_the_passes(
    order: str, sorts: int, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = DuckEngine._rows

    def counted(self: DuckEngine, how: str) -> Any:  # noqa: ANN401
        asked.append(how)
        return real(self, how)

    whole = general_effects(open_panel(frame("by unit"), COLUMNS))
    monkeypatch.setattr(DuckEngine, "_rows", counted)
    monkeypatch.setattr("pilotzone.store.duck._BATCH", rows)
    seen: list[tuple[int, int]] = []
    panel = open_panel(frame(order), COLUMNS, progress=lambda done, count: seen.append((done, count)))
    found = general_effects(panel)
    assert sum(bool(how) for how in asked) == sorts
    assert seen[-1] == (160, 160)
    np.testing.assert_allclose(found.estimate, whole.estimate, rtol=1e-12)
    np.testing.assert_allclose(found.covariance, whole.covariance, rtol=1e-10, atol=1e-14)
