"""A study file to begin with: commented; that of a zone runs as it is, that of a panel waits for yours."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

from pilotzone.core import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_template"]

_NAME = re.compile(r"[^\W_][\w-]{0,79}")


def write_template(name: str, folder: Path, *, panel: bool = False) -> Path:
    """Write ``NAME.toml`` into a folder.

    Parameters
    ----------
    name
        Name of the study: letters, digits, ``-`` and ``_``.
    folder
        Where to write it.
    panel
        A study of many units on a panel; else of a zone.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        If the name cannot be a file name, the file is there already, or the folder cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be the name of a study.",
            allowed="letters, digits, - and _, beginning with a letter or digit",
        )
    template = "template_panel.toml" if panel else "template.toml"
    text = (resources.files("pilotzone.study") / template).read_text(encoding="utf-8").format(name=name)
    path = folder / f"{name}.toml"
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{str(path)!r} is there already; nothing was written.", todo="choose another name") from error
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be written: {error.strerror}.") from error
    return path
