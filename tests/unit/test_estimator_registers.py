"""Each estimator has one record, and nothing else in the package tells estimators apart by name."""

from __future__ import annotations

import ast
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import get_args

import pytest

import pilotzone
from pilotzone.core import Estimator, ManyEstimator, PanelEstimator, PoolRule, UsageError
from pilotzone.evaluation.few import ESTIMATORS, POOLS, EstimatorRecord, FewDesign, Predictor
from pilotzone.evaluation.many import MANY_ESTIMATORS, ManyDesign, estimators_of_panels

SOURCE = Path(pilotzone.__file__).parent
REGISTERS = {SOURCE / "evaluation/few/register.py", SOURCE / "evaluation/many/estimators/register.py"}
# Words that name an estimator and other things as well: effects given, weights given; `imputation` is a function too.
NAMES = {*get_args(Estimator), *get_args(ManyEstimator)} - {"given"}


def told_apart(source: str) -> list[int]:
    """Return the lines on which something is compared with an estimator's name, or looked up by it."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr | ast.pattern)]
    return sorted({node.lineno for node in nodes if _named(node)})


def _named(node: ast.AST) -> bool:
    """Whether a name is compared with, searched in a collection, a key of a table or a case of a match."""
    if isinstance(node, ast.Compare):
        asked = [node.left, *node.comparators]
    elif isinstance(node, ast.Dict):
        asked = [key for key in node.keys if key is not None]
    elif isinstance(node, ast.Set):
        asked = node.elts
    elif isinstance(node, ast.Subscript):
        # Not within Literal[...], which is where the names are declared.
        asked = [] if isinstance(node.value, ast.Name) and node.value.id == "Literal" else [node.slice]
    elif isinstance(node, ast.MatchValue):
        asked = [node.value]
    else:
        return False
    parts = [part for item in asked for part in (item.elts if isinstance(item, ast.Tuple | ast.List) else [item])]
    return any(isinstance(part, ast.Constant) and part.value in NAMES for part in parts)


def test_every_estimator_has_one_record_in_the_order_of_the_vocabulary() -> None:
    assert tuple(ESTIMATORS) == get_args(Estimator)
    assert tuple(MANY_ESTIMATORS) == get_args(ManyEstimator)
    assert tuple(record.name for record in estimators_of_panels()) == get_args(PanelEstimator)
    assert set(POOLS) == set(get_args(PoolRule))


def test_records_are_frozen_and_so_are_the_registers() -> None:
    with pytest.raises(FrozenInstanceError):
        ESTIMATORS["sc"].label = "another"  # type: ignore[misc]
    with pytest.raises(TypeError):
        ESTIMATORS["sc"] = ESTIMATORS["sdid"]  # type: ignore[index]


def test_words_of_records_are_whole_and_differ() -> None:
    for records in (ESTIMATORS.values(), MANY_ESTIMATORS.values()):
        assert len({record.label for record in records}) == len(records)
    for record in ESTIMATORS.values():
        assert record.sentence.startswith(record.label[0].upper() + record.label[1:] + ": ")
        assert not record.meaning.endswith(".")


@pytest.mark.parametrize("name", get_args(Estimator))
def test_a_design_can_be_made_where_there_are_weights_and_only_there(name: Estimator) -> None:
    record = ESTIMATORS[name]
    assert (record.fit is None) != (record.complete is None)

    def design(pools: PoolRule) -> FewDesign:
        predictors = (Predictor("gdp"),) if record.needs_predictors else ()
        return FewDesign("A", 2016, (2016, 2019), estimator=name, pools=pools, predictors=predictors)

    for pools in get_args(PoolRule):
        if record.fit is None or record.pools not in {None, pools}:
            with pytest.raises(UsageError):
                design(pools)
        else:
            assert design(pools).pools == pools


@pytest.mark.parametrize("name", get_args(ManyEstimator))
def test_a_panel_can_be_evaluated_by_those_with_effects_from_moments_and_only_those(name: ManyEstimator) -> None:
    if MANY_ESTIMATORS[name].from_moments is None:
        with pytest.raises(UsageError):
            ManyDesign(estimator=name)
    else:
        assert ManyDesign(estimator=name).estimator == name


@pytest.mark.parametrize("record", ESTIMATORS.values(), ids=list(ESTIMATORS))
def test_estimators_that_stand_in_for_another_stand_for_themselves(record: EstimatorRecord) -> None:
    assert record.refit.refit is record.refit
    assert record.alone.alone is record.alone
    assert (record.fit is None) == (record.refit.fit is None) == (record.alone.fit is None)
    assert record.hull_by is None or ESTIMATORS[record.hull_by].hull_by is None


def test_no_other_module_tells_estimators_apart_by_name() -> None:
    found = {
        f"{path.relative_to(SOURCE)}:{line}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path not in REGISTERS
        for line in told_apart(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        'if design.estimator == "sdid": pass',
        'if "mc" in names: pass',
        'if name not in {"asc", "sc"}: pass',
        'if name in ("asc", "sc"): pass',
        'TABLE = {"twfe": 1}',
        'TABLE["sc"]',
        'match name:\n    case "imputation": pass',
        'CHOSEN = {"sc", "sc_intercept"}',
    ],
)
def test_each_way_of_telling_them_apart_is_seen(source: str) -> None:
    assert told_apart(source)


@pytest.mark.parametrize("source", ['def f(estimator="sc"): pass', 'Estimator = Literal["sc", "mc"]', 'x == "given"'])
def test_defaults_and_declarations_are_not_taken_for_it(source: str) -> None:
    assert not told_apart(source)
