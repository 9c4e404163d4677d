"""The frozen protocol of a bundled study: the hash of its file before its first run, and what was changed since."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pilotzone.core import StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PROTOCOL_ENDING", "Amendment", "Protocol", "protocol_sentence", "protocol_told", "read_protocol"]

PROTOCOL_ENDING = ".protocol"
"""Name of the file that lies beside a bundled study whose design was fixed before its first run."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Amendment:
    """A change of a study file after its protocol was frozen.

    Attributes
    ----------
    on
        Day of the change, ``YYYY-MM-DD``.
    sha256
        Hash of the file after the change.
    why
        What was changed, why, and what had been seen by then.
    """

    on: str
    sha256: str
    why: str


@dataclass(frozen=True)
class Protocol:
    """A study file as it was before the first run.

    Attributes
    ----------
    sha256
        Hash of the file.
    frozen
        Day on which it was frozen, ``YYYY-MM-DD``.
    seen
        What had been looked at by then, in words.
    amended
        Later changes, the first one first.
    """

    sha256: str
    frozen: str
    seen: str
    amended: tuple[Amendment, ...] = ()

    @property
    def current(self) -> str:
        """Hash that the file has after the last change."""
        return self.amended[-1].sha256 if self.amended else self.sha256

    @property
    def sentence(self) -> str:
        """Whether the study file is the frozen one, in words."""
        return protocol_sentence(self.record())

    def record(self) -> dict[str, Any]:
        """Return it as an audit trail holds it."""
        found = asdict(self)
        return {**found, "amended": list(found["amended"])}


def protocol_sentence(record: Mapping[str, Any]) -> str:
    """Return whether a study file is the frozen one, in words, from what an audit trail holds."""
    day, digest = record["frozen"], str(record["sha256"])[:12]
    head = f"The study file was frozen on {day}, before its first run (SHA-256 {digest}...)"
    if not record["amended"]:
        return f"{head}, and has not been changed since."
    changes = "; ".join(f"{item['on']}: {item['why'].rstrip('.')}" for item in record["amended"])
    return f"{head}. It was changed since. {changes}."


def protocol_told(audit: Mapping[str, Any] | None) -> str:
    """Return what an audit trail says of the study's protocol, in words; empty where it has none."""
    frozen = (audit or {}).get("study", {}).get("protocol")
    return "" if frozen is None else protocol_sentence(frozen)


def read_protocol(text: str, name: str) -> Protocol:
    """Return the protocol in a file.

    Parameters
    ----------
    text
        TOML with ``sha256``, ``frozen``, ``seen`` and any number of tables ``[[amended]]``.
    name
        Name of the study, for the error.

    Raises
    ------
    StudyError
        If a key is missing, unknown, or not of its form.
    """
    content = tomllib.loads(text)
    changes = content.pop("amended", [])
    try:
        found = Protocol(**content, amended=tuple(Amendment(**item) for item in changes))
    except TypeError as error:
        raise StudyError(f"protocol of {name!r}: {error}.", allowed="sha256, frozen, seen, [[amended]]") from None
    dated = [(found.frozen, found.sha256, found.seen), *((item.on, item.sha256, item.why) for item in found.amended)]
    for day, digest, words in dated:
        if not (_DAY.fullmatch(day) and _SHA256.fullmatch(digest) and words.strip()):
            raise StudyError(
                f"protocol of {name!r}: {day!r}, {digest!r}, {words!r} are not a day, a hash and words.",
                allowed="a day as YYYY-MM-DD, a SHA-256 in hexadecimal, and words",
            )
    return found
