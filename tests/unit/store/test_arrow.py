"""Arrow tables from the package's own, laid out in memory without asking pandas: the same as pyarrow's own."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from pilotzone.core import Table
from pilotzone.store.arrow import as_arrow

VALUES = {
    pa.string(): some.text(),
    pa.bool_(): some.booleans(),
    pa.int64(): some.integers(-(2**63), 2**63 - 1),
    pa.float64(): some.floats() | some.integers(-(2**53), 2**53),
}


@pytest.mark.parametrize("kind", VALUES, ids=str)
@given(data=some.data())
def test_columns_are_those_that_pyarrow_makes(kind: pa.DataType, data: some.DataObject) -> None:
    cells = data.draw(some.lists(some.none() | VALUES[kind], max_size=20))
    found = as_arrow(Table({"x": tuple(cells)}))  # type: ignore[arg-type]
    kinds = {type(cell) for cell in cells} - {type(None)}
    wanted = pa.float64() if not kinds else pa.int64() if kinds == {int} else kind
    expected = pa.table({"x": pa.array(cells, type=wanted)})
    assert found.schema == expected.schema
    found.validate(full=True)
    assert list(map(repr, found["x"].to_pylist())) == list(map(repr, expected["x"].to_pylist()))
    assert found["x"].null_count == expected["x"].null_count


@pytest.mark.parametrize("cells", [(2**63,), (2**53 + 1, 0.5), ("\ud800",)])
def test_what_arrow_cannot_hold_is_refused_as_pyarrow_refuses_it(cells: tuple[int | float | str, ...]) -> None:
    kind = pa.string() if isinstance(cells[0], str) else pa.int64() if len(cells) == 1 else pa.float64()
    with pytest.raises(Exception, match=r".") as expected:
        pa.array(cells, type=kind)
    with pytest.raises(type(expected.value)):
        as_arrow(Table({"x": cells}))


def test_pandas_is_not_imported() -> None:
    """It takes half a second, and pyarrow asks for it by itself."""
    program = (
        "import sys; from pilotzone.core import Table; from pilotzone.store import parquet_bytes;"
        "parquet_bytes(Table({'a': ('x', None), 'b': (1, 2), 'c': (0.5, None), 'd': (True, False)}));"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
