"""What all tests share."""

from __future__ import annotations

import os

# Tests run side by side, and processes of theirs beside them: the threads of linear algebra would only wait for each
# other (a small calibration takes 213 s of processor time with two threads, 72 s with one).
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
