"""Speed beside other programs: one module a bench, ``runner`` and ``panel`` shared. Nothing here asserts a time.

One thread for linear algebra, set before NumPy loads: CPU time then means the same for every program.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
