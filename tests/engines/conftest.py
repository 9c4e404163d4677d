"""One small session of Spark for a whole worker, for the tests that are marked `spark`."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.engines.java import SETTINGS, need_java

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

HERE = Path(__file__).parent

# Two cores; a task may fail twice and is done by its third attempt.
MASTER = "local[2,3]"

# Spark leaves sockets to the garbage collector.
LEFT_OPEN = "ignore:unclosed <socket:ResourceWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("spark"):
            item.add_marker(pytest.mark.filterwarnings(LEFT_OPEN))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Give the session in which panels are opened where a test names no other."""
    need_java()
    from pilotzone.store.session import session

    found = session(MASTER, SETTINGS)
    yield found
    found.stop()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(autouse=True)
def _session_of_marked_tests(request: pytest.FixtureRequest) -> None:
    """Start Spark for tests that are marked; their kernels go to workers that know no tests."""
    if request.node.get_closest_marker("spark") is None or "alone" in request.fixturenames:
        return
    request.getfixturevalue("spark")
    from pyspark import cloudpickle

    cloudpickle.register_pickle_by_value(request.module)  # type: ignore[no-untyped-call]
