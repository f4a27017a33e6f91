"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

# Tests run side by side, and processes of theirs beside them: the threads of linear algebra would only wait for each
# other (a small calibration takes 213 s of processor time with two threads, 72 s with one).
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")


@pytest.fixture(autouse=True, scope="session")
def readable() -> Iterator[None]:
    """Refuse every figure that any test has a command write if its texts overlap, are clipped or stand on end."""
    from carespread.results.figures import drawing

    from .test_figures import check_texts

    usual = drawing.save

    def checked(one: drawing.Drawing, *more: Any, **named: Any) -> None:
        usual(one, *more, **named)
        check_texts(one)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "save", checked)
        yield
