"""Damage panels at random and open them: ``python -m tests.properties.panel_fuzzing KIND SEED COUNT FOLDER``.

In a process of its own, since what is tested for as well is that no library brings the process down. Prints JSON.
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from tests.properties.fuzzing import most_memory

from pilotzone.core import PilotZoneError
from pilotzone.store import PanelColumns, UnitBatch, open_panel

COLUMNS = PanelColumns("unit", "year", "start", ("y",), "county")
PIECES = (
    b",",
    b'"',
    b'""',
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b";",
    b"_",
    b"NA",
    b"1e999",
    b"'",
    b"\\",
    b"\xc3",
    b" ",
)
CODES = {2, 3}
LONGEST = 2000


class Sums:
    """Counts values, and adds them up."""

    def take(self, batch: UnitBatch) -> tuple[int, float]:
        values = batch.values["y"]
        return int(np.isfinite(values).sum()), float(np.nansum(values))

    def merge(self, one: tuple[int, float], other: tuple[int, float]) -> tuple[int, float]:
        return one[0] + other[0], one[1] + other[1]


def plain() -> pa.Table:
    rng = np.random.default_rng(8)
    unit = np.arange(40)
    return pa.table(
        {
            "unit": np.repeat([f"u{k}\u00e9" for k in unit], 5),
            "year": np.tile(np.arange(2000, 2005), 40),
            "start": np.repeat(np.where(unit < 20, 2002, 0), 5),
            "y": rng.normal(size=200).round(6),
            "county": np.repeat([f"k{k // 4}" for k in unit], 5),
        }
    )


def written(kind: str, folder: Path, rng: random.Random) -> bytes:
    path = folder / f"plain.{kind}"
    if kind == "csv":
        pc.write_csv(plain(), path)
    elif kind == "parquet":
        how = rng.choice(["none", "snappy", "zstd", "gzip", "brotli", "lz4"])
        pq.write_table(
            plain(), path, compression=how, use_dictionary=rng.random() < 0.5, row_group_size=rng.choice([30, 1000])
        )
    else:
        import duckdb

        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.register("given", plain())
            connection.execute("CREATE TABLE panel AS FROM given")
    return path.read_bytes()


def damaged(kind: str, content: bytes, rng: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5, 30])):
        at = rng.randrange(len(found))
        if kind == "parquet" and rng.random() < 0.6:  # its footer says where everything is
            at = rng.randrange(max(len(found) - 1500, 0), len(found))
        elif kind == "duckdb" and rng.random() < 0.5:
            at = rng.randrange(min(12_288, len(found)))
        change = rng.random()
        if change < 0.4:
            found[at] = rng.randrange(256)
        elif change < 0.6:
            found[at] ^= 1 << rng.randrange(8)
        elif change < 0.7:
            del found[at : at + rng.randrange(1, 20)]
        elif change < 0.95:
            found[at:at] = rng.choice(PIECES)
        else:
            found = found[:at]
        found = found or bytearray(b"x")
    return bytes(found)


def as_python_reads(content: bytes) -> tuple[int, int, float]:
    """Return rows, values and their sum, by another reader of CSV."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
    cells = [row["y"] for row in rows]
    values = [float(cell) for cell in cells if cell.strip()]
    values = [value for value in values if math.isfinite(value)]
    return len(cells), len(values), math.fsum(values)


def judged(path: Path, content: bytes) -> str:
    """Return what became of a file: ``read``, ``refused``, or what is wrong with that."""
    try:
        panel = open_panel(path, COLUMNS)
        facts = panel.facts()
        count, total = panel.carry(Sums())
    except PilotZoneError as error:
        if error.exit_code not in CODES:
            return f"exit code {error.exit_code}: {error}"
        return "refused" if len(str(error)) < LONGEST else "a message without end"
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a fault
        return f"{type(error).__name__}: {error}"
    if path.suffix == ".csv":
        rows, values, expected = as_python_reads(content)
        if (facts.rows, count) != (rows, values) or not math.isclose(total, expected, rel_tol=1e-9, abs_tol=1e-9):
            return f"another reader has {rows} rows, {values} values of {expected}: {facts.rows}, {count}, {total}"
    return "read"


def main(kind: str, seed: int, count: int, folder: Path, *, tell: Callable[[str], Any] = print) -> None:
    rng = random.Random(seed)
    found: dict[str, int] = {}
    for k in range(count):
        content = damaged(
            kind, written(kind, folder, rng) if k % 50 == 0 else (folder / f"plain.{kind}").read_bytes(), rng
        )
        path = folder / f"damaged.{kind}"
        path.write_bytes(content)
        what = judged(path, content)
        found[what] = found.get(what, 0) + 1
        if what not in {"read", "refused"}:
            (folder / f"fault-{kind}-{seed}-{k}").write_bytes(content)
    tell(json.dumps({"found": found, "memory": most_memory()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
