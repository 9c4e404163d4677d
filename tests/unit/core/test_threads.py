"""Linear algebra on one thread: within a block, however blocks are nested, and no longer than that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from pilotzone.core import linear_algebra, one_thread


def counts() -> list[int]:
    return [count for _, _, count in linear_algebra()]


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """Let every library have two threads, so that a limit has something to limit."""
    counts()  # loads them
    with threadpool_limits(2, user_api="blas"):
        if max(counts()) < 2:
            pytest.skip("the libraries of linear algebra know one thread only")
        yield


def test_one_within_and_as_before_after() -> None:
    before = counts()
    with one_thread():
        assert set(counts()) == {1}
    assert counts() == before


def test_nested_blocks_end_with_the_outer_one() -> None:
    before = counts()
    with one_thread():
        with one_thread():
            assert set(counts()) == {1}
        assert set(counts()) == {1}
    assert counts() == before


def test_an_error_lifts_the_limit() -> None:
    before = counts()
    with pytest.raises(ValueError, match="so"), one_thread():
        raise ValueError("so")
    assert counts() == before


def test_a_function_that_is_decorated() -> None:
    @one_thread()
    def inner(depth: int) -> set[int]:
        return set(counts()) | (inner(depth - 1) if depth else set())

    before = counts()
    assert inner(2) == {1}
    assert counts() == before


def test_the_first_thread_to_leave_does_not_lift_the_limit_for_another() -> None:
    before = counts()
    entered, left = threading.Event(), threading.Event()

    def short() -> None:
        with one_thread():
            entered.set()
        left.set()

    def long() -> set[int]:
        entered.wait(10)
        with one_thread():
            left.wait(10)
            return set(counts())

    with ThreadPoolExecutor(2) as pool:
        found = pool.submit(long)
        pool.submit(short)
        assert found.result() == {1}
    assert counts() == before


def test_products_are_the_same_to_the_last_bit() -> None:
    matrix = np.random.default_rng(3).normal(size=(400, 700))
    products = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"), one_thread():
            products.append((matrix @ matrix.T).tobytes())
    assert products[0] == products[1]
