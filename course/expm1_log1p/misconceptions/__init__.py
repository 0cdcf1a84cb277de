"""The unit's library of mistakes, by exercise: what a check runs to find out which one a student made."""

from course.expm1_log1p.misconceptions.compound_growth import COMPOUND
from course.expm1_log1p.misconceptions.factorials import LOG_FACTORIAL
from course.expm1_log1p.misconceptions.log1mexp_ends import LOG1MEXP
from course.expm1_log1p.misconceptions.log1pexp_ends import LOG1PEXP
from course.expm1_log1p.misconceptions.logsubexp_pairs import LOGSUBEXP
from course.expm1_log1p.misconceptions.norms import L2_NORM
from course.expm1_log1p.misconceptions.variances import RUNNING_VARIANCE
from course.kit.misconception import Misconception

__all__ = ["MISCONCEPTIONS"]

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "log1pexp": LOG1PEXP,
    "compound": COMPOUND,
    "log1mexp": LOG1MEXP,
    "logsubexp": LOGSUBEXP,
    "log_factorial": LOG_FACTORIAL,
    "l2_norm": L2_NORM,
    "running_variance": RUNNING_VARIANCE,
}
"""Ordered: where two mistakes agree on every input that was tried, the first is the likelier one."""
