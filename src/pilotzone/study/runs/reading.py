"""Reading study files of any kind: bundled ones by name, a user's own by path."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from pilotzone.core import (
    MOST_OF_A_STUDY,
    StudyError,
    UsageError,
    did_you_mean,
    listing,
    parse_toml,
    read_regular,
    shown,
)
from pilotzone.study.runs.faults import explain
from pilotzone.study.runs.kind import Study
from pilotzone.study.runs.standing import DEEPEST, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pilotzone.study.runs.fields import StudyFile
    from pilotzone.study.runs.kind import Kind

    Admit = Callable[[str, Path, str], None]
    Whereabouts = Callable[[Sequence[str], Path | None], Sequence[Path]]

__all__ = ["Known", "Reader", "checked", "from_folder", "name_of"]


class Known(Protocol):
    """Kinds of study by name, and the keys by which their files are known."""

    def __getitem__(self, name: str, /) -> Kind[Any, Any]: ...
    def __iter__(self) -> Any: ...  # noqa: ANN401 - of names
    def __contains__(self, name: object, /) -> bool: ...
    def marked(self, content: Mapping[str, object]) -> dict[str, list[str]]:
        """Return the kinds that a file's keys speak of, each with these keys."""

    def bundled(self, name: str) -> tuple[str, ...]:
        """Return the names of the studies that come with a kind."""

    def marks(self, name: str) -> tuple[str, ...]:
        """Return the keys by which files of a kind are known."""


class Reader:
    """Reads study files.

    Parameters
    ----------
    kinds
        All kinds of study.
    admit
        Called with part, path and name of every study file but the first one before it is read; raises if it may not
        be.
    alone
        Leave out what a study names beside itself.
    whereabouts
        Returns where the files are that a study names beside itself, given the folder that its paths start from.
    """

    def __init__(
        self,
        kinds: Known,
        admit: Admit | None = None,
        *,
        alone: bool = False,
        whereabouts: Whereabouts | None = None,
    ) -> None:
        self.kinds = kinds
        self.admit = admit
        self.alone = alone
        self.whereabouts = whereabouts or from_folder

    def load(self, which: str | os.PathLike[str], kind: str | None = None) -> Study[Any]:
        """Read a study by name or path.

        Parameters
        ----------
        which
            The name of a bundled study, with its kind before it where several kinds have one (``siting/guizhou``); or
            the path of a study file.
        kind
            What it has to be, where the caller can use one kind only.

        Raises
        ------
        UsageError
            If there is no such study or file.
        StudyError
            If the file is not a study file: what is wrong, in which key, and what is allowed.
        """
        text = os.fspath(which)
        found = self._bundled(text, kind) if isinstance(which, str) else None
        if found is not None:
            return self.parse(found.bundled_file(text.rpartition("/")[2]), text.rpartition("/")[2], kind=found.name)
        path = Path(which)
        if isinstance(which, str) and (not text or not (_looks_like_a_path(text) or os.path.lexists(path))):
            raise self._unknown(text, kind)
        # Names of bundled studies are for whoever named a file that is not there.
        names = () if os.path.exists(path) else self.bundled(kind)  # noqa: PTH110 - Path's raises on odd names
        raw = read_regular(
            path,
            "study file",
            most=MOST_OF_A_STUDY,
            fault=StudyError,
            options=names,
            allowed=f"a bundled study ({', '.join(names)}) or the path of a study file",
            todo="write one with: pilotzone init NAME",
        )
        return self.parse(raw, name_of(path), folder=path.resolve().parent, kind=kind)

    def parse(self, text: str | bytes, name: str, *, folder: Path | None = None, kind: str | None = None) -> Study[Any]:
        """Read a study from text.

        Parameters
        ----------
        text
            TOML.
        name
            Name of the run.
        folder
            Folder that relative paths start from.
        kind
            As in `load`.

        Raises
        ------
        StudyError
            If the text is not TOML or not a study.
        """
        content = parse_toml(text, f"{'study' if kind is None else self.kinds[kind].noun} {name!r}")
        of = self.kinds[self._kind_of(content, name, kind)]
        spec = checked(of, content, name)
        # Not of the text: a byte order mark and the line ends of Windows belong to the file.
        raw = text.encode(errors="surrogatepass") if isinstance(text, str) else text
        beside = {} if self.alone else self.beside(spec, name, of, folder)
        return Study(name, of, spec, hashlib.sha256(raw).hexdigest(), folder, beside)

    def bundled(self, kind: str | None = None) -> tuple[str, ...]:
        """Return names under which bundled studies can be asked for, those of one kind or of all."""
        if kind is not None:
            return self.kinds.bundled(kind)
        names: list[str] = []
        for each in self.kinds:
            names += [f"{each}/{name}" if name in names else name for name in self.kinds.bundled(each)]
        return tuple(names)

    # ------------------------------------------------------------------------------------------------------ parts

    def _bundled(self, text: str, kind: str | None) -> Kind[Any, Any] | None:
        """Return the kind that has a bundled study of this name, the first of several; ``None`` if none has."""
        named, _, name = text.rpartition("/")
        if named:
            return self.kinds[named] if named in self.kinds and name in self.kinds.bundled(named) else None
        asked = self.kinds if kind is None else [kind]
        return next((self.kinds[each] for each in asked if name in self.kinds.bundled(each)), None)

    def _unknown(self, text: str, kind: str | None) -> UsageError:
        names = self.bundled(kind)
        near = did_you_mean(text, [name for name in names if "/" not in name])
        if os.path.isfile(f"{text}.toml"):  # noqa: PTH113 - Path's raises on odd names
            near = f" Did you mean {f'{text}.toml'!r}?"
        return UsageError(
            f"there is no bundled study {shown(text)}.{near}",
            allowed=f"{', '.join(names)}, or the path of a study file ending in .toml",
            todo="see: pilotzone studies",
        )

    def _kind_of(self, content: Mapping[str, object], name: str, kind: str | None) -> str:
        """Return which kind a file is of: by its keys, and where they say nothing, by what most of them are of."""
        marked = self.kinds.marked(content)
        if len(marked) > 1:
            both = " and ".join(f"[{keys[0]}]" for keys in marked.values())
            raise StudyError(f"study {name!r} has both {both}.", allowed="one of them: a study is of one kind")
        told = next(iter(marked), None)
        if kind is None:
            return told or max(self.kinds, key=lambda each: len(set(content) & set(_keys(self.kinds[each]))))
        if told not in {None, kind}:
            other = self.kinds[str(told)]
            raise StudyError(
                f"study {name!r} is {other.word}.",
                allowed=f"{self.kinds[kind].word}, with {listing([f'[{key}]' for key in self.kinds.marks(kind)])}",
                todo="run it with 'pilotzone run'",
            )
        return kind

    def beside(self, spec: StudyFile, name: str, of: Kind[Any, Any], folder: Path | None) -> dict[str, Study[Any]]:
        """Return the studies that another one names beside itself, by kind, each with those that it rests on.

        Raises
        ------
        UsageError, StudyError
            As in `load`, naming the way to the file; and if a study rests on itself, or one is too far down.
        """
        for kind in spec.beside:
            if kind not in self.kinds or kind == of.name:
                others = [each for each in self.kinds if each != of.name]
                raise StudyError(
                    f"study {name!r}: beside.{kind} is not a kind that can stand beside {of.word}."
                    f"{did_you_mean(kind, others)}",
                    allowed=", ".join(others),
                )
        first = (of.name, name if folder is None else _real(folder / f"{name}.toml"))
        return self._below(spec, list(spec.beside), folder, Way((name,), (), (first,)))

    def _below(self, spec: StudyFile, kinds: Sequence[str], folder: Path | None, way: Way) -> dict[str, Study[Any]]:
        """Read studies of these kinds that a study names; what these do not rest on is left to their own runs."""
        own = [kind for kind in kinds if spec.beside[kind] not in self.kinds.bundled(kind)]
        paths = dict(zip(own, self.whereabouts([spec.beside[kind] for kind in own], folder), strict=True))
        return {kind: self._one_beside(kind, spec.beside[kind], paths.get(kind), way) for kind in kinds}

    def _one_beside(self, kind: str, which: str, path: Path | None, above: Way) -> Study[Any]:
        """Read a study that another one names, a bundled one by its name or one at a path, and what it rests on."""
        own = (which, which) if path is None else (name_of(path), _real(path))
        way = above.down(kind, *own)
        if path is not None and self.admit is not None:
            self.admit(".".join(way.kinds), path, f"{name_of(path)}.toml")
        try:
            study = Reader(self.kinds, alone=True).load(which if path is None else path, kind)
        except StudyError as error:
            raise StudyError(f"{way.told}: {error.what}", allowed=error.allowed, todo=error.todo) from error
        wanted = study.kind.rests_on(study.spec)
        needed = [name for name in study.spec.beside if name in wanted]
        if needed and len(way.kinds) == DEEPEST:
            raise way.too_deep(needed[0])
        return replace(study, beside=self._below(study.spec, needed, study.folder, way))


def _real(path: Path) -> str:
    """Return what tells a file from others, whatever way leads to it."""
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # an odd name: whoever reads it says so
        return os.fspath(path)


def from_folder(files: Sequence[str], folder: Path | None) -> list[Path]:
    """Return where files are whose paths start from a folder, or from here."""
    return [Path(file) if folder is None else folder / file for file in files]


def checked(kind: Kind[Any, Any], content: Mapping[str, object], name: str, *, as_json: bool = False) -> Any:  # noqa: ANN401 - of its own model
    """Return the content of a file as a kind's own, checked.

    Parameters
    ----------
    kind
        Kind of the study.
    content
        Keys and values.
    name
        Name of the study.
    as_json
        Whether the content is from JSON, in which a day is text.

    Raises
    ------
    StudyError
        Naming the first key at fault.
    """
    former = next((key for key in kind.renamed if key in content), None)
    if former is not None:
        raise StudyError(
            f"{kind.noun} {name!r}: {former} was a key of version 0.1, and is no longer one.",
            todo=f"write {kind.renamed[former]}",
        )
    try:
        read = kind.file.model_validate_json if as_json else kind.file.model_validate
        spec = read(json.dumps(content) if as_json else content)
        kind.check(spec)
    except ValidationError as error:
        raise explain(error, name, kind.file, what=kind.noun, todo=kind.manual) from error
    except UsageError as error:
        raise StudyError(f"{kind.noun} {name!r}: {error.what}", allowed=error.allowed, todo=error.todo) from None
    return spec


def name_of(path: Path) -> str:
    """Return the name of what is in a file; a file name may be no text, and this goes into files that have to be."""
    return os.fsencode(path.stem).decode(errors="replace")


def _looks_like_a_path(text: str) -> bool:
    return text.endswith(".toml") or "/" in text or "\\" in text


def _keys(kind: Kind[Any, Any]) -> list[str]:
    return [field.alias or name for name, field in kind.file.model_fields.items()]
