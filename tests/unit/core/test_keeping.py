"""Results that are kept within a block."""

from __future__ import annotations

from pilotzone.core import Kept, fingerprint, keeps, kept, kept_by_content


def _numbers() -> list[int]:
    return [1, 2]


def test_nothing_is_kept_outside_a_block() -> None:
    assert not keeps()
    assert kept("x", _numbers) is not kept("x", _numbers)
    assert fingerprint("x") is None


def test_what_is_of_the_same_key_is_made_once_over_blocks() -> None:
    results = Kept()
    with results.used():
        first = kept("x", _numbers)
    with results.used():
        assert kept("x", _numbers) is first
        assert kept("y", _numbers) is not first
    assert not keeps()


def test_the_least_recently_used_goes_where_memory_is_full() -> None:
    with Kept(30_000).used():
        one, two = (kept(name, _numbers, lambda _: 12_000) for name in ("one", "two"))
        assert kept("one", _numbers) is one
        kept("three", _numbers, lambda _: 12_000)
        assert kept("one", _numbers) is one
        assert kept("two", _numbers) is not two


def test_what_is_larger_than_all_may_be_is_made_anew() -> None:
    with Kept(30_000).used():
        assert kept("x", _numbers, lambda _: 30_001) is not kept("x", _numbers, lambda _: 30_001)


def test_a_fingerprint_tells_contents_apart_and_not_who_shares_them() -> None:
    shared = [1.5, 2.5]
    with Kept().used():
        assert fingerprint(shared, shared) == fingerprint([1.5, 2.5], [1.5, 2.5])
        assert fingerprint(shared) != fingerprint([1.5, 2.6])
        assert fingerprint("ab", "c") != fingerprint("a", "bc")
        assert fingerprint(lambda: 1) is None


def test_what_is_made_from_equal_values_is_made_once_and_what_has_no_hash_every_time() -> None:
    assert kept_by_content("x", ([1.5],), _numbers) is not kept_by_content("x", ([1.5],), _numbers)
    with Kept().used():
        first = kept_by_content("x", ([1.5],), _numbers)
        assert kept_by_content("x", ([1.5],), _numbers) is first
        assert kept_by_content("y", ([1.5],), _numbers) is not first
        assert kept_by_content("x", ([2.5],), _numbers) is not first
        assert kept_by_content("x", (lambda: 1,), _numbers) is not kept_by_content("x", (lambda: 1,), _numbers)
