"""The unit's library of mistakes, by exercise: what a check runs to find out which one a student made."""

from course.exp_asymmetry.misconceptions.decay_weights import DECAY_WEIGHTS
from course.exp_asymmetry.misconceptions.exp_into import EXP_INTO
from course.exp_asymmetry.misconceptions.geometric_schedule import GEOMETRIC_SCHEDULE
from course.exp_asymmetry.misconceptions.log10_ratio import LOG10_RATIO
from course.exp_asymmetry.misconceptions.sigmoid_odds import SIGMOID_ODDS
from course.kit.misconception import Misconception

__all__ = ["MISCONCEPTIONS"]

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "log10_ratio": LOG10_RATIO,
    "decay_weights": DECAY_WEIGHTS,
    "geometric_schedule": GEOMETRIC_SCHEDULE,
    "exp_into": EXP_INTO,
    "sigmoid_odds": SIGMOID_ODDS,
}
"""Ordered: where two mistakes agree on every input that was tried, the first is the likelier one."""
