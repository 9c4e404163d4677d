"""Errors of an appraisal that say where they are: the file, the section, the key."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pilotzone.core import DataError, StudyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["within"]


@contextmanager
def within(where: str) -> Iterator[None]:
    """Put a place before what an error of a room says: rooms know neither file nor key.

    Parameters
    ----------
    where
        Section and key, such as ``misallocation.nation``; or the study.

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
        raise DataError(f"{where}: {error.what}", allowed=error.allowed, todo=error.todo) from error
    except UsageError as error:
        raise StudyError(f"{where}: {error.what}", allowed=error.allowed, todo=error.todo) from error
