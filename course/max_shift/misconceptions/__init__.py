"""The unit's library of mistakes, by exercise: what a check runs to find out which one a student made."""

from course.kit.misconception import Misconception
from course.max_shift.misconceptions.boltzmann_shift import BOLTZMANN_SHIFT
from course.max_shift.misconceptions.boltzmann_slips import BOLTZMANN_SLIPS
from course.max_shift.misconceptions.logsumexp_edges import LOGSUMEXP_EDGES
from course.max_shift.misconceptions.logsumexp_finite import LOGSUMEXP_FINITE
from course.max_shift.misconceptions.masked_softmax_fill import MASKED_SOFTMAX_FILL
from course.max_shift.misconceptions.masked_softmax_shift import MASKED_SOFTMAX_SHIFT
from course.max_shift.misconceptions.softmax_shift import SOFTMAX_SHIFT
from course.max_shift.misconceptions.softmax_slips import SOFTMAX_SLIPS

__all__ = ["MISCONCEPTIONS"]

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "softmax": SOFTMAX_SHIFT + SOFTMAX_SLIPS,
    "logsumexp": LOGSUMEXP_FINITE + LOGSUMEXP_EDGES,
    "masked_softmax": MASKED_SOFTMAX_FILL + MASKED_SOFTMAX_SHIFT,
    "boltzmann": BOLTZMANN_SHIFT + BOLTZMANN_SLIPS,
}
"""Ordered: where two mistakes agree on every input that was tried, the first is the likelier one."""
