"""Errors that name the study: rooms know neither file nor key."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pilotzone.core import DataError, StudyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["within"]


@contextmanager
def within(where: str) -> Iterator[None]:
    """Put a place before what an error of a room says.

    Parameters
    ----------
    where
        The study, or section and key, such as ``misallocation.nation``.

    Raises
    ------
    DataError
        For one, so that a fault of data stays one.
    StudyError
        For what was asked and cannot be.
    """
    try:
        yield
    except DataError as error:
        raise type(error)(f"{where}: {error.what}", allowed=error.allowed, todo=error.todo) from error
    except UsageError as error:
        raise StudyError(f"{where}: {error.what}", allowed=error.allowed, todo=error.todo) from error
