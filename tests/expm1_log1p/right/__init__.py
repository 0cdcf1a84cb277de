"""Right answers in many styles: what a check has to accept.

Each function is self-contained (torch, math and NumPy only, helpers nested), so its source can be pasted into a cell.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.expm1_log1p.right.growth import COMPOUND, LOG_FACTORIAL
from tests.expm1_log1p.right.logarithms import LOG1MEXP, LOG1PEXP, LOGSUBEXP
from tests.expm1_log1p.right.sums import L2_NORM, RUNNING_VARIANCE

RIGHT: dict[str, dict[str, Callable]] = {
    "log1pexp": LOG1PEXP,
    "compound": COMPOUND,
    "log1mexp": LOG1MEXP,
    "logsubexp": LOGSUBEXP,
    "log_factorial": LOG_FACTORIAL,
    "l2_norm": L2_NORM,
    "running_variance": RUNNING_VARIANCE,
}
"""Exercise to style to function."""
