"""Make pymrio_system.zip, pymrio_system_parquet.zip and pymrio_system.json: what pymrio (LGPL) says of a small system.

It is in no environment of the project. Run in one of its own, with pymrio installed:

    python tests/golden/data/pymrio_system.py

The system is pymrio's own test system, put together to two regions and four sectors. The archives hold what pymrio
saves, as text and as Parquet, tables that are not read left out.
"""

from __future__ import annotations

import json
import shutil
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
REGIONS = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
SECTORS = np.array(
    [[1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1, 1]]
)
KEPT = {"file_parameters", "Z", "Y", "x", "F"}


def main() -> None:
    """Write the three files."""
    small: Any = (
        import_module("pymrio")
        .load_test()
        .aggregate(
            region_agg=REGIONS,
            sector_agg=SECTORS,
            region_names=["north", "south"],
            sector_names=["primary", "industry", "construction", "services"],
            inplace=False,
        )
    )
    small.calc_all()
    for form, name in (("txt", "pymrio_system"), ("parquet", "pymrio_system_parquet")):
        folder = HERE / name
        small.save_all(folder, table_format=form)
        shutil.rmtree(folder / "emissions")
        for file in folder.rglob("*"):
            if file.is_file() and file.stem not in KEPT:
                file.unlink()
        shutil.make_archive(str(folder), "zip", folder)
        shutil.rmtree(folder)
    factor = small.factor_inputs
    values = {
        "pymrio": version("pymrio"),
        "accounts": [": ".join(pair) for pair in small.Z.index],
        "A": small.A.to_numpy().tolist(),
        "L": small.L.to_numpy().tolist(),
        "x": small.x.to_numpy()[:, 0].tolist(),
        "value_added_direct": factor.S.to_numpy()[0].tolist(),
        "value_added_total": factor.M.to_numpy()[0].tolist(),
    }
    (HERE / "pymrio_system.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
