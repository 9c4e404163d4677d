"""What is on a screen: a study and what was changed of it. An address says it, and a study file is made from it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pilotzone.core import StudyError, shown

if TYPE_CHECKING:
    from pilotzone.study import Kind

__all__ = ["Screen", "check_settable", "from_json", "study_text"]

_KEY = re.compile(r"[a-z_]+(\.[a-z_0-9]+)*")
_LONGEST = 20_000
_MOST = 60


def from_json(text: str | bytes) -> Any:  # noqa: ANN401 - whatever stands there
    """Return what a text in JSON says.

    Raises
    ------
    ValueError
        If it is not JSON; numbers that are not finite, which Python reads, are not.
    """

    def refused(name: str) -> float:
        raise ValueError(name)

    return json.loads(text, parse_constant=refused)


@dataclass(frozen=True)
class Screen:
    """A study and what was changed of it.

    Attributes
    ----------
    study
        A bundled study by its name (``zone/guizhou``), or a study file of the folder by its own (``mine.toml``).
    changes
        Key of the study file to value, as plain data: ``{"zone.start": 2014}``.
    """

    study: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Screen:
        """Read the parts of an address: ``study=zone/guizhou&zone.start=2014``.

        Raises
        ------
        StudyError
            If a part is not a key with a value in JSON.
        """
        study, changes = "", {}
        for key, text in pairs:
            if key == "study":
                study = text
                continue
            try:
                changes[key] = from_json(text)
            except ValueError:
                raise StudyError(
                    f"the address sets {shown(key)} to {shown(text)}, which cannot be read.",
                    allowed="a value in JSON: a number, or text in double quotes",
                ) from None
        return cls.checked(study, changes)

    @classmethod
    def checked(cls, study: object, changes: object) -> Screen:
        """Return a screen of what a browser sent.

        Raises
        ------
        StudyError
            If it is not a study and a mapping from keys to plain values, or is very large.
        """
        if not isinstance(study, str) or not study or not isinstance(changes, Mapping):
            raise StudyError("the address names no study.", allowed="study=NAME, as in the list of studies")
        if not _is_text([study, changes]):
            raise StudyError("the address holds what is not text in Unicode.")
        if len(changes) > _MOST or len(json.dumps(changes)) > _LONGEST:
            raise StudyError(f"more than {_MOST} keys or {_LONGEST:,} characters are changed.")
        for key in changes:
            if not (isinstance(key, str) and _KEY.fullmatch(key)):
                raise StudyError(f"{shown(key)} is not a key of a study file.")
        return cls(study, dict(changes))

    def query(self) -> str:
        """Return the parts of its address; `of` reads them."""
        parts = {key: json.dumps(value, ensure_ascii=False) for key, value in self.changes.items()}
        return urlencode({"study": self.study, **parts}, safe="/")


def _is_text(value: object) -> bool:
    """Whether all text in plain data can be written to a file: JSON may hold halves of a character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def check_settable(kind: Kind[Any, Any], changes: Mapping[str, Any]) -> None:
    """Refuse to change keys that a page does not offer: a link from a stranger must not name files.

    Raises
    ------
    StudyError
        Naming the key.
    """
    patterns = [re.compile(re.escape(item).replace(r"\*", "[0-9]{1,3}")) for item in kind.settable]
    for key in changes:
        if not any(pattern.fullmatch(key) for pattern in patterns):
            raise StudyError(
                f"{shown(key)} cannot be changed in the lab.",
                allowed=", ".join(kind.settable) or f"nothing in {kind.word}",
                todo="save the study file and change it there",
            )


def study_text(base: str, changes: Mapping[str, Any]) -> str:
    """Return a study file with some keys changed; comments and the order of keys stay.

    Parameters
    ----------
    base
        The study file, in TOML that was read before.
    changes
        As in `Screen`; ``None`` takes a key out.

    Raises
    ------
    StudyError
        If a key leads through what is not a table.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if not changes:
        return base
    try:
        document = tomlkit.parse(base)
        for key, value in changes.items():
            *way, last = key.split(".")
            place: Any = document
            for part in way:
                place = _entered(place, part, key)
            _set(place, last, value, key)
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError) as error:  # such as a list that holds what no file can say
        raise StudyError(f"the study file cannot be changed so: {error}.", todo="change the file itself") from None


def _entered(place: Any, part: str, key: str) -> Any:  # noqa: ANN401 - a node of a document
    import tomlkit

    if isinstance(place, list):
        return place[_index(place, part, key)]
    if part not in place:
        place[part] = tomlkit.table()
    found = place[part]
    if not isinstance(found, dict | list):
        raise StudyError(f"{shown(key)} leads through {shown(part)}, which is not a table.")
    return found


def _set(place: Any, last: str, value: Any, key: str) -> None:  # noqa: ANN401 - a node of a document
    if isinstance(place, list):
        place[_index(place, last, key)] = value
    elif value is None:
        place.pop(last, None)
    else:
        place[last] = _as_date(value) if isinstance(place.get(last), dt.date) else value


def _as_date(value: Any) -> Any:  # noqa: ANN401 - what an address says
    """Return a day that an address can only say as text; another text stays one."""
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def _index(place: list[Any], part: str, key: str) -> int:
    if not part.isdigit() or int(part) >= len(place):
        raise StudyError(f"{shown(key)} counts in a list of {len(place)}.", allowed="a number from 0 on")
    return int(part)
