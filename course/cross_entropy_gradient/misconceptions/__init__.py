"""The unit's library of mistakes, by exercise: what a check runs to find out which one a student made."""

from course.cross_entropy_gradient.misconceptions.cross_entropy import CROSS_ENTROPY
from course.cross_entropy_gradient.misconceptions.difference import DIFFERENCE
from course.cross_entropy_gradient.misconceptions.function import FUNCTION
from course.cross_entropy_gradient.misconceptions.padded import PADDED
from course.cross_entropy_gradient.misconceptions.products import JVP, VJP
from course.cross_entropy_gradient.misconceptions.squared_error import SQUARED_ERROR
from course.kit.misconception import Misconception

__all__ = ["MISCONCEPTIONS"]

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "softmax_vjp": VJP,
    "softmax_jvp": JVP,
    "cross_entropy_grad": CROSS_ENTROPY,
    "mse_softmax_grad": SQUARED_ERROR,
    "stable_cross_entropy": FUNCTION,
    "gradient_check": DIFFERENCE + PADDED,
}
"""Ordered: where two mistakes agree on every input that was tried, the first is the likelier one."""
