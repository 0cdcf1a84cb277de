"""The unit's library of mistakes, by exercise: what a check runs to find out which one a student made."""

from course.dtype_limits.misconceptions.exp_in_float32 import EXP_IN_FLOAT32
from course.dtype_limits.misconceptions.exp_is_safe import EXP_IS_SAFE
from course.dtype_limits.misconceptions.largest_finite_exp import LARGEST_FINITE_EXP
from course.dtype_limits.misconceptions.smallest_nonzero_exp import SMALLEST_NONZERO_EXP
from course.dtype_limits.misconceptions.ulp import ULP
from course.kit.misconception import Misconception

__all__ = ["MISCONCEPTIONS"]

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "exp_in_float32": EXP_IN_FLOAT32,
    "ulp": ULP,
    "largest_finite_exp": LARGEST_FINITE_EXP,
    "smallest_nonzero_exp": SMALLEST_NONZERO_EXP,
    "exp_is_safe": EXP_IS_SAFE,
}
"""Ordered: where two mistakes agree on every input that was tried, the first is the likelier one."""
