"""Make ranking.json: what pymcdm and scikit-criteria (MIT and BSD licences) score made-up places with.

They are in no environment of the project. Run in one of its own, with both installed:

    python tests/golden/data/ranking.py
"""

from __future__ import annotations

import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def main() -> None:
    """Score and write the file."""
    np: Any = import_module("numpy")
    methods: Any = import_module("pymcdm.methods")
    norms: Any = import_module("pymcdm.normalizations")
    cases = []
    for seed, (places, criteria) in enumerate(((6, 3), (31, 7), (12, 10))):
        rng = np.random.default_rng(seed)
        values = rng.uniform(1, 50, (places, criteria))
        types = rng.choice([1, -1], criteria)
        weights = rng.dirichlet(np.ones(criteria))
        high = values.std(axis=0) * 1.5
        low = high / 4
        scores = {
            "weighted_sum": methods.WSM(normalization_function=norms.minmax_normalization)(values, weights, types),
            "topsis": methods.TOPSIS(normalization_function=norms.vector_normalization)(values, weights, types),
            "promethee_2 usual": methods.PROMETHEE_II("usual")(values, weights, types),
            "promethee_2 v_shape": methods.PROMETHEE_II("vshape", p=high)(values, weights, types),
            "promethee_2 linear": methods.PROMETHEE_II("vshape_2", p=high, q=low)(values, weights, types),
        }
        cases.append(
            {
                "values": values.tolist(),
                "types": types.tolist(),
                "weights": weights.tolist(),
                "high": high.tolist(),
                "low": low.tolist(),
                "pymcdm": {name: np.asarray(found).tolist() for name, found in scores.items()},
                "scikit-criteria": scored_by_skcriteria(values, weights),
            }
        )
    found = {"versions": {name: version(name) for name in ("pymcdm", "scikit-criteria")}, "cases": cases}
    (HERE / "ranking.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


def scored_by_skcriteria(values: Any, weights: Any) -> dict[str, list[float]]:  # noqa: ANN401
    """Return TOPSIS and weighted sums where more is better of all criteria."""
    skc: Any = import_module("skcriteria")
    scalers: Any = import_module("skcriteria.preprocessing.scalers")
    simple: Any = import_module("skcriteria.agg.simple")
    similarity: Any = import_module("skcriteria.agg.similarity")
    matrix = skc.mkdm(values, [max] * values.shape[1], weights=weights)
    by_length = scalers.VectorScaler(target="matrix").transform(matrix)
    stretched = scalers.MinMaxScaler(target="matrix").transform(matrix)
    return {
        "topsis": similarity.TOPSIS().evaluate(by_length).e_.similarity.tolist(),
        "weighted_sum": simple.WeightedSumModel().evaluate(stretched).e_.score.tolist(),
    }


if __name__ == "__main__":
    main()
