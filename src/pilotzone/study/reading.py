"""Reading study files: bundled ones by name, a user's own by path."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pilotzone.core import StudyError, UsageError, did_you_mean
from pilotzone.study.spec import StudySpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

__all__ = ["Study", "bundled_studies", "load_study", "parse_study"]

_LARGEST_FILE = 1_000_000


@dataclass(frozen=True)
class Study:
    """A study file that was read.

    Attributes
    ----------
    name
        Of the run: the bundled study's name, or the stem of the file.
    spec
        Its content, checked.
    text
        The file as it was, for the audit.
    folder
        Folder that relative paths start from; ``None`` for a bundled study.
    """

    name: str
    spec: StudySpec
    text: str
    folder: Path | None = None


def bundled_studies() -> tuple[str, ...]:
    """Return the names of the studies that come with the package."""
    folder = resources.files("pilotzone.study") / "bundled"
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def load_study(which: str | Path) -> Study:
    """Read a study by name or path.

    Parameters
    ----------
    which
        The name of a bundled study, or the path of a study file (ending in ``.toml``, or containing a separator).

    Raises
    ------
    UsageError
        If there is no such study or file.
    StudyError
        If the file is not a study file: what is wrong, in which key, and what is allowed.
    """
    text = str(which)
    if not (isinstance(which, Path) or text.endswith(".toml") or "/" in text or "\\" in text):
        return _load_bundled(text)
    path = Path(which)
    if path.is_dir():
        raise UsageError(f"{text!r} is a folder.", allowed="the path of a study file, such as my-zone.toml")
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        hint = did_you_mean(path.stem, bundled_studies())
        raise UsageError(
            f"there is no study file {text!r}.{hint}",
            allowed=f"a bundled study ({', '.join(bundled_studies())}) or the path of a study file",
            todo="write one with: pilotzone init NAME",
        ) from error
    except OSError as error:
        raise UsageError(f"the study file {text!r} cannot be read: {error.strerror}.") from error
    return parse_study(_decode(raw, text), path.stem, folder=path.resolve().parent)


def _load_bundled(name: str) -> Study:
    names = bundled_studies()
    if name not in names:
        raise UsageError(
            f"there is no bundled study {name!r}.{did_you_mean(name, names)}",
            allowed=f"{', '.join(names)}, or the path of a study file ending in .toml",
            todo="see: pilotzone studies",
        )
    file = resources.files("pilotzone.study") / "bundled" / f"{name}.toml"
    return parse_study(file.read_text(encoding="utf-8"), name)


def _decode(raw: bytes, name: str) -> str:
    if len(raw) > _LARGEST_FILE:
        raise StudyError(f"{name!r} has {len(raw):,} bytes: that is no study file.", allowed=f"{_LARGEST_FILE:,} bytes")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise StudyError(
            f"{name!r} is not UTF-8 text (byte {error.start}).", todo="save it with the encoding UTF-8"
        ) from error


def parse_study(text: str, name: str, *, folder: Path | None = None) -> Study:
    """Read a study from text.

    Parameters
    ----------
    text
        TOML.
    name
        Name of the run.
    folder
        Folder that relative paths start from.

    Raises
    ------
    StudyError
        If the text is not TOML or not a study.
    """
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StudyError(f"study {name!r} is not valid TOML: {error}.") from error
    try:
        spec = StudySpec.model_validate(content)
    except ValidationError as error:
        raise _explain(error, name) from error
    return Study(name=name, spec=spec, text=text, folder=folder)


def _explain(error: ValidationError, name: str) -> StudyError:
    """Turn pydantic's list into one error that names the first faulty key, and counts the others."""
    details = error.errors(include_url=False)
    first = details[0]
    where = _place(first["loc"])
    more = f" ({len(details) - 1} more to mend after it)" if len(details) > 1 else ""
    if first["type"] == "extra_forbidden":
        keys = _keys_at(first["loc"][:-1])
        hint = did_you_mean(str(first["loc"][-1]), keys)
        return StudyError(
            f"study {name!r}: {where} is not a key that is known here.{hint}{more}", allowed=", ".join(keys)
        )
    if first["type"] == "missing":
        todo = "see the comments that 'pilotzone init' writes"
        return StudyError(f"study {name!r}: {where} is missing.{more}", todo=todo)
    given = f" (it is {first['input']!r})" if _short(first) else ""
    return StudyError(f"study {name!r}: {where or 'the file'}{given}: {_message(first)}.{more}")


def _short(detail: ErrorDetails) -> bool:
    return isinstance(detail["input"], str | int | float | bool) and len(str(detail["input"])) < 80  # noqa: PLR2004


def _message(detail: ErrorDetails) -> str:
    text = detail["msg"].removeprefix("Value error, ")
    return text[0].lower() + text[1:].rstrip(".")


def _place(location: tuple[int | str, ...]) -> str:
    parts = [f"[{item + 1}]" if isinstance(item, int) else f".{item}" for item in location]
    return "".join(parts).lstrip(".")


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    fields: Mapping[str, Any] = StudySpec.model_fields
    for item in location:
        if isinstance(item, int):
            continue
        annotation = fields[item].annotation
        model = next((arg for arg in _arguments(annotation) if hasattr(arg, "model_fields")), None)
        if model is None:
            return []
        fields = model.model_fields
    return sorted(fields)


def _arguments(annotation: Any) -> list[Any]:  # noqa: ANN401 - a type at run time
    found = [annotation]
    for inner in getattr(annotation, "__args__", ()):
        found.extend(_arguments(inner))
    return found
