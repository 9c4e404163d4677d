"""No module of the package imports another in a circle, imports for the type checker counted as well."""

from __future__ import annotations

import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
"""The contract `no-circles` holds folders; what it lets pass is let pass here as well, and nothing else."""


def circle_in(package: str, skipped: Iterable[str] = (), ignored: Iterable[str] = ()) -> list[str]:
    """Return modules of a package each of which imports the next, the first again at the end; none where none do.

    Parameters
    ----------
    package
        A package that can be imported.
    skipped
        Rooms that are left out.
    ignored
        Imports that do not count, each as ``one -> other``.
    """
    graph = grimp.build_graph(package, cache_dir=None)
    for line in ignored:
        importer, imported = line.split(" -> ")
        graph.remove_import(importer=importer, imported=imported)
    for room in skipped:
        for name in [name for name in graph.modules if name == room or name.startswith(f"{room}.")]:
            graph.remove_module(name)
    edges = {name: graph.find_modules_directly_imported_by(name) & graph.modules for name in sorted(graph.modules)}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_no_module_of_the_package_is_in_a_circle() -> None:
    (contract,) = [item for item in CONTRACTS if item.get("id") == "no-circles"]
    assert circle_in("pilotzone", contract.get("skip_descendants", ()), contract.get("ignore_imports", ())) == []


def test_what_the_contract_lets_pass_is_for_the_type_checker_alone() -> None:
    (contract,) = [item for item in CONTRACTS if item.get("id") == "no-circles"]
    graph = grimp.build_graph("pilotzone", exclude_type_checking_imports=True, cache_dir=None)
    for line in contract.get("ignore_imports", ()):
        importer, imported = line.split(" -> ")
        assert not graph.direct_import_exists(importer=importer, imported=imported), line


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        ({"one": "from {0} import two", "two": "X = 1"}, False),
        ({"one": "from {0} import two", "two": "from {0} import one"}, True),
        (
            {
                "one": "from {0} import two",
                "two": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {0} import one",
            },
            True,
        ),
        ({"one": "def f():\n    from {0} import two", "two": "from {0} import one"}, True),
        ({"one": "import {0}.two", "two": "import {0}.three", "three": "import {0}.one"}, True),
        ({"__init__": "from {0}.one import X", "one": "X = 1\nimport {0}"}, True),
    ],
)
def test_a_circle_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, files: dict[str, str], circle: bool
) -> None:
    package = f"invented_{request.node.callspec.indices['files']}"
    folder = tmp_path / package
    folder.mkdir()
    for name, text in {"__init__": "", **files}.items():
        (folder / f"{name}.py").write_text(text.format(package), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert bool(circle_in(package)) == circle
    finally:
        sys.modules.pop(package, None)
