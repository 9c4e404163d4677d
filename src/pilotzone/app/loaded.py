"""What every process of the lab needs, loaded where this module is imported: libraries, kinds, evidence, shapes.

The server that processes are forked from imports it once (`pilotzone.app.processes`), and every fork has it all.

Neither DuckDB nor pyarrow may be among it, nor pandas, which loads pyarrow: the import of each starts threads, which a
fork does not have, and DuckDB ends in a segmentation fault where it waits for them. A test holds that.
"""

from __future__ import annotations


def _load() -> None:
    import altair  # noqa: F401, ICN001
    import highspy  # noqa: F401
    import pint  # noqa: F401
    import scipy.optimize
    import scipy.stats  # noqa: F401
    import threadpoolctl  # noqa: F401
    import yaml  # noqa: F401

    from pilotzone.gather import load_evidence, load_shapes
    from pilotzone.study import KINDS, load

    for kind in KINDS:
        KINDS[kind]  # a kind is imported where it is asked for
    load("zone/guizhou")
    load_evidence()
    load_shapes()


_load()
