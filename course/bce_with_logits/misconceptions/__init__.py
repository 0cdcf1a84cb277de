"""The unit's library of mistakes, by exercise: what a check runs to find out which one a student made."""

from course.bce_with_logits.misconceptions.bce_digits import BCE_DIGITS
from course.bce_with_logits.misconceptions.bce_meaning import BCE_MEANING
from course.bce_with_logits.misconceptions.bce_probability import BCE_PROBABILITY
from course.bce_with_logits.misconceptions.gradient import BCE_GRADIENT
from course.bce_with_logits.misconceptions.log_sigmoid import LOG_SIGMOID
from course.bce_with_logits.misconceptions.multilabel_digits import MULTILABEL_DIGITS
from course.bce_with_logits.misconceptions.multilabel_meaning import MULTILABEL_MEANING
from course.bce_with_logits.misconceptions.softplus import SOFTPLUS
from course.kit.misconception import Misconception

__all__ = ["MISCONCEPTIONS"]

MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "softplus": SOFTPLUS,
    "log_sigmoid": LOG_SIGMOID,
    "bce_with_logits": BCE_PROBABILITY + BCE_DIGITS + BCE_MEANING,
    "bce_grad": BCE_GRADIENT,
    "multilabel_loss": MULTILABEL_MEANING + MULTILABEL_DIGITS,
}
"""Ordered: where two mistakes agree on every input that was tried, the first is the likelier one."""
