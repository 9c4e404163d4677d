"""A study file to begin with, commented key by key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pilotzone.core import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pilotzone.study.runs.kind import Kind

__all__ = ["write_template_of"]

_NAME = re.compile(r"[^\W_][\w-]{0,79}")


def write_template_of(kind: Kind[Any, Any], name: str, folder: Path) -> Path:
    """Write ``NAME.toml`` into a folder; see `pilotzone.study.write_template`."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a study.",
            allowed="letters, digits, - and _, beginning with a letter or digit",
        )
    text = kind.template().format(name=name)
    path = folder / f"{name}.toml"
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{str(path)!r} already exists; nothing was written.", todo="choose another name") from error
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}.") from error
    return path
