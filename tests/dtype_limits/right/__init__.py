"""Right answers in many styles: what a check has to accept.

Each function is self-contained (torch, math and NumPy only, helpers nested), so its source can be pasted into a cell.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.dtype_limits.right.exp_in_float32 import EXP_IN_FLOAT32
from tests.dtype_limits.right.exp_is_safe import EXP_IS_SAFE
from tests.dtype_limits.right.limits import LARGEST_FINITE_EXP, SMALLEST_NONZERO_EXP
from tests.dtype_limits.right.ulp import ULP

RIGHT: dict[str, dict[str, Callable]] = {
    "exp_in_float32": EXP_IN_FLOAT32,
    "ulp": ULP,
    "largest_finite_exp": LARGEST_FINITE_EXP,
    "smallest_nonzero_exp": SMALLEST_NONZERO_EXP,
    "exp_is_safe": EXP_IS_SAFE,
}
"""Exercise to style to function."""
