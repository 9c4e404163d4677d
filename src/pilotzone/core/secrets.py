"""Passwords in addresses of databases: the one place that takes them out of whatever is shown or kept.

A study file may name a database by its address, with a password in it. The settings of a study go into its audit
trail and its report, so the password is taken out as the file is read. Only the function that connects gets it back.
Errors are cleaned as they are made, whoever makes them.
"""

from __future__ import annotations

import re

__all__ = ["set_aside", "with_password", "without_passwords"]

_ADDRESS = re.compile(r"(?P<start>\b[a-z][a-z0-9+.-]*://[^\s:/@?#'\"]*):(?P<password>[^\s'\"]*)@", re.IGNORECASE)
_PARAMETER = re.compile(r"(?P<name>\b(?:ssl)?password)\s*=\s*(?P<value>'[^']*'|[^\s&'\"]+)", re.IGNORECASE)
_QUESTION = re.compile(r"[?&](?:ssl)?password=[^&#\s]*", re.IGNORECASE)

_kept: dict[str, str] = {}
"""Address without its password to the address with it, for as long as this process runs."""


def without_passwords(text: str) -> str:
    """Return a text in which no address shows a password.

    Examples
    --------
    >>> without_passwords("no answer from postgresql://ana:s3cret@db.example/figures?sslmode=require")
    'no answer from postgresql://ana@db.example/figures?sslmode=require'
    >>> without_passwords("host=db user=ana password='s3 cret'")
    'host=db user=ana password=...'
    """
    if "://" not in text and "password" not in text.casefold():
        return text
    return _PARAMETER.sub(r"\g<name>=...", _ADDRESS.sub(r"\g<start>@", text))


def set_aside(address: str) -> str:
    """Return an address without its password, which is kept for `with_password`.

    Examples
    --------
    >>> set_aside("postgresql://ana:s3cret@db.example/figures")
    'postgresql://ana@db.example/figures'
    """
    shown = _ADDRESS.sub(r"\g<start>@", address)
    while found := _QUESTION.search(shown):
        rest = shown[found.end() :]
        shown = shown[: found.start()] + (f"?{rest[1:]}" if found[0][0] == "?" and rest[:1] == "&" else rest)
    if shown != address:
        _kept[shown] = address
    return shown


def with_password(address: str) -> str:
    """Return an address with the password that was set aside, or as it is."""
    return _kept.get(address, address)
