"""The unit's library of mistakes, by exercise: what a check runs to find out which one a student made."""

from course.kit.misconception import Misconception
from course.log_softmax.misconceptions.chunked_sums import CHUNKED_SUMS
from course.log_softmax.misconceptions.cross_entropy_range import CROSS_ENTROPY_RANGE
from course.log_softmax.misconceptions.cross_entropy_targets import CROSS_ENTROPY_TARGETS
from course.log_softmax.misconceptions.log_softmax_range import LOG_SOFTMAX_RANGE
from course.log_softmax.misconceptions.log_softmax_slips import LOG_SOFTMAX_SLIPS
from course.log_softmax.misconceptions.nll_picks import NLL_PICKS
from course.log_softmax.misconceptions.perplexity_means import PERPLEXITY_MEANS

__all__ = ["MISCONCEPTIONS"]

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "log_softmax": LOG_SOFTMAX_RANGE + LOG_SOFTMAX_SLIPS,
    "nll": NLL_PICKS,
    "cross_entropy": CROSS_ENTROPY_RANGE + CROSS_ENTROPY_TARGETS,
    "perplexity": PERPLEXITY_MEANS,
    "chunked_cross_entropy": CHUNKED_SUMS,
}
"""Ordered: where two mistakes agree on every input that was tried, the first is the likelier one."""
