"""The file of shapes that a study names: read, hashed, and moved with the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilotzone.study.runs.kind import Input
from pilotzone.study.runs.ownshapes import own_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pilotzone.study.runs.kind import Study
    from pilotzone.study.runs.ownshapes import OwnShapes, ShapesSpec

__all__ = ["shapes_files", "shapes_inputs", "shapes_moved", "shapes_of"]


def shapes_of(study: Study[Any], labels: Mapping[str, str]) -> OwnShapes | None:
    """Return the shapes that a study names, matched to its units; ``None`` where it names none.

    Parameters
    ----------
    study
        Study of a kind whose file has ``[shapes]``.
    labels
        As in `own_shapes`.

    Raises
    ------
    UsageError, DataError
        As `own_shapes` does.
    """
    named: ShapesSpec | None = study.spec.shapes
    return None if named is None else own_shapes(study.path(named.file), labels, named.key, named.credit)


def shapes_files(named: ShapesSpec | None) -> tuple[str, ...]:
    """Return the file that a table names; nothing without one."""
    return () if named is None else (named.file,)


def shapes_moved(named: ShapesSpec | None, where: Callable[[str], str]) -> ShapesSpec | None:
    """Return the table with its file elsewhere."""
    return None if named is None else named.model_copy(update={"file": where(named.file)})


def shapes_inputs(study: Study[Any]) -> list[Input]:
    """Return the file of shapes that a study names, for its audit trail; nothing without one."""
    named: ShapesSpec | None = study.spec.shapes
    return [] if named is None else [Input("shapes", study.path(named.file), what="file of shapes")]
