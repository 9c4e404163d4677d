"""Results that are kept within a block, so that the same is not computed twice: for a process that runs many studies.

Nothing is kept outside such a block, and the memory of a single run stays as it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from pickle import PicklingError, dumps
from typing import TypeVar

__all__ = ["Kept", "fingerprint", "keeps", "kept", "kept_by_content"]

T = TypeVar("T")

_MOST_BYTES = 200_000_000
_LEAST_BYTES = 1_000
"""What a result counts at least."""


class Kept:
    """Results by what they were made from; the least recently used go first.

    Parameters
    ----------
    most
        Bytes that the results may take together.

    Examples
    --------
    >>> results = Kept()
    >>> with results.used():
    ...     first = kept(("sum", 2, 3), lambda: [2 + 3])
    ...     second = kept(("sum", 2, 3), lambda: [2 + 3])
    >>> first is second
    True
    """

    def __init__(self, most: int = _MOST_BYTES) -> None:
        self._most, self._bytes = most, 0
        self._found: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep results in a block."""
        before = _HERE.set(self)
        try:
            yield
        finally:
            _HERE.reset(before)

    def get(self, key: Hashable) -> tuple[object, int] | None:
        """Return a result with its bytes, if there is one of this key."""
        found = self._found.get(key)
        if found is not None:
            self._found.move_to_end(key)
        return found

    def put(self, key: Hashable, value: object, size: int) -> None:
        """Keep a result; one that is larger than all may be together is not kept."""
        counted = max(size, _LEAST_BYTES)
        if counted > self._most:
            return
        _, before = self._found.pop(key, (None, 0))
        self._found[key] = value, counted
        self._bytes += counted - before
        while self._bytes > self._most:
            _, (_, gone) = self._found.popitem(last=False)
            self._bytes -= gone


_HERE: ContextVar[Kept | None] = ContextVar("pilotzone_kept", default=None)


def kept(key: Hashable, make: Callable[[], T], size: Callable[[T], int] = lambda _: 0) -> T:
    """Return a result that was kept, or make it and keep it.

    Parameters
    ----------
    key
        All that the result depends on, with a name of what it is.
    make
        Makes the result, which nobody changes afterwards.
    size
        Bytes of a result.
    """
    here = _HERE.get()
    if here is None:
        return make()
    known = here.get(key)
    if known is not None:
        return known[0]  # type: ignore[return-value]  # of the same key, and so of the same make
    found = make()
    here.put(key, found, size(found))
    return found


def keeps() -> bool:
    """Whether results are kept here: a key that is dear need not be made where they are not."""
    return _HERE.get() is not None


def fingerprint(*parts: object) -> bytes | None:
    """Return a hash of all that values hold, for a key; ``None`` where nothing is kept, or they cannot be written down.

    Equal values may have different ones, which costs a computation; different values never have the same.
    """
    if not keeps():
        return None
    try:
        # Each by itself: what two of them share is written in another way than what they hold twice.
        digests = [sha256(dumps(part)).digest() for part in parts]
    except (PicklingError, TypeError, AttributeError, RecursionError):
        return None
    return sha256(b"".join(digests)).digest()


def kept_by_content(
    name: Hashable, parts: Sequence[object], make: Callable[[], T], size: Callable[[T], int] = lambda _: 0
) -> T:
    """Return a result that was made from the same values before, or make it; as `kept`, with a hash for a key.

    Parameters
    ----------
    name
        What it is, with what it depends on besides.
    parts
        All values that it is made from.
    make, size
        As in `kept`.
    """
    made_from = fingerprint(*parts)
    return make() if made_from is None else kept((name, made_from), make, size)
