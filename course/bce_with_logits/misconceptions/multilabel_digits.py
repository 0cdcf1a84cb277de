"""Known mistakes in `multilabel_loss(logits, targets, weight)`: right on paper, wrong in a dtype.

Every variant takes `logits` and `targets` (N, C) and `weight` (C,), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def multilabel_by_hand(logits, targets, weight):
    p = torch.sigmoid(logits)
    return -(weight * (targets * torch.log(p) + (1 - targets) * torch.log(1 - p))).mean()


def multilabel_by_hand_log1p(logits, targets, weight):
    p = torch.sigmoid(logits)
    return -(weight * (targets * torch.log(p) + (1 - targets) * torch.log1p(-p))).mean()


def multilabel_clamped(logits, targets, weight):
    p = torch.sigmoid(logits)
    logs = torch.log(p).clamp(min=-100), torch.log(1 - p).clamp(min=-100)
    return -(weight * (targets * logs[0] + (1 - targets) * logs[1])).mean()


def multilabel_library_on_probabilities(logits, targets, weight):
    p = torch.sigmoid(logits)
    return (weight * torch.nn.functional.binary_cross_entropy(p, targets.detach(), reduction="none")).mean()


def multilabel_epsilon_1e7(logits, targets, weight):
    p = torch.sigmoid(logits)
    return -(weight * (targets * torch.log(p + 1e-7) + (1 - targets) * torch.log(1 - p + 1e-7))).mean()


def multilabel_epsilon_1e8(logits, targets, weight):
    p = torch.sigmoid(logits)
    return -(weight * (targets * torch.log(p + 1e-8) + (1 - targets) * torch.log(1 - p + 1e-8))).mean()


def multilabel_clamped_probability(logits, targets, weight):
    p = torch.sigmoid(logits).clamp(1e-7, 1 - 1e-7)
    return -(weight * (targets * torch.log(p) + (1 - targets) * torch.log(1 - p))).mean()


def multilabel_cancels(logits, targets, weight):
    positive = torch.maximum(-logits, torch.zeros_like(logits)) + torch.log1p(torch.exp(-logits.abs()))
    return (weight * ((1 - targets) * logits + positive)).mean()


def multilabel_cancels_softplus_first(logits, targets, weight):
    negative = torch.maximum(logits, torch.zeros_like(logits)) + torch.log1p(torch.exp(-logits.abs()))
    return (weight * (negative - logits * targets)).mean()


def multilabel_log_not_log1p(logits, targets, weight):
    rest = torch.log(1 + torch.exp(-logits.abs()))
    ramp = torch.maximum(logits, torch.zeros_like(logits)) - logits * targets
    return (weight * (ramp + rest)).mean()


def multilabel_overflows(logits, targets, weight):
    loss = (1 - targets) * torch.log1p(torch.exp(logits)) + targets * torch.log1p(torch.exp(-logits))
    return (weight * loss).mean()


def multilabel_overflows_log(logits, targets, weight):
    loss = (1 - targets) * torch.log(1 + torch.exp(logits)) + targets * torch.log(1 + torch.exp(-logits))
    return (weight * loss).mean()


def multilabel_where(logits, targets, weight):
    z = logits
    negative = torch.where(z > 0, z + torch.log1p(torch.exp(-z)), torch.log1p(torch.exp(z)))
    positive = torch.where(z < 0, torch.log1p(torch.exp(z)) - z, torch.log1p(torch.exp(-z)))
    return (weight * ((1 - targets) * negative + targets * positive)).mean()


def multilabel_slope_at_zero_clamp(logits, targets, weight):
    rest = torch.log1p(torch.exp(-logits.abs()))
    return (weight * (logits.clamp(min=0) - logits * targets + rest)).mean()


def multilabel_slope_at_zero_two_clamps(logits, targets, weight):
    rest = torch.log1p(torch.exp(-logits.abs()))
    negative, positive = logits.clamp(min=0) + rest, (-logits).clamp(min=0) + rest
    return (weight * ((1 - targets) * negative + targets * positive)).mean()


def multilabel_slope_at_zero_relu(logits, targets, weight):
    rest = torch.log1p(torch.exp(-logits.abs()))
    return (weight * (torch.relu(logits) - logits * targets + rest)).mean()


def multilabel_log_not_log1p_twice(logits, targets, weight):
    zero, rest = torch.zeros_like(logits), torch.log(1 + torch.exp(-logits.abs()))
    negative, positive = torch.maximum(logits, zero) + rest, torch.maximum(-logits, zero) + rest
    return (weight * ((1 - targets) * negative + targets * positive)).mean()


MULTILABEL_DIGITS = (
    Misconception(
        name="log-of-sigmoid",
        title="Logarithms of a sigmoid",
        explanation=(
            "You take the sigmoid of all logits and then logarithms. One label of the batch with a logit of 20, right "
            "or wrong, makes one of the logarithms -inf in float32, and the mean inf or nan. It is the formula of the "
            "textbook, and with thousands of labels a batch some logit is always the first to get there. You have a "
            "function for this: it takes the logits."
        ),
        variants=(multilabel_by_hand, multilabel_by_hand_log1p),
    ),
    Misconception(
        name="clamped-logarithms",
        title="The logarithms are clamped at -100",
        explanation=(
            "You clamp the logarithms at -100, or let `binary_cross_entropy` do it. The mean stays finite, so the run "
            "goes on. A label whose sigmoid has saturated on the wrong side counts 100, whatever its logit, and sends "
            "back a gradient of 0 or nan. Of many labels a few are stuck like this, and the loss curve looks healthy."
        ),
        variants=(multilabel_clamped, multilabel_library_on_probabilities),
    ),
    Misconception(
        name="epsilon-in-log",
        title="An epsilon inside the logarithms",
        explanation=(
            "You add a constant inside the logarithms, or clamp the probabilities away from 0 and 1. The loss of a "
            "wrong label stops at about 16 for 1e-7, its gradient goes to 0, and the loss of a right one is a little "
            "off, or below 0. In float16 a constant of 1e-8 is 0. It is an old habit from before losses took logits. "
            "It hides the labels that matter most."
        ),
        variants=(multilabel_epsilon_1e8, multilabel_epsilon_1e7, multilabel_clamped_probability),
    ),
    Misconception(
        name="overflowing-exp",
        title="The exponential of a large positive number",
        explanation=(
            "You take log(1 + exp(z)) of logits that may be large, here or in a function that you call. In float32 the "
            "exponential is inf from 88.7 on, in float16 from 11.1 on, and the mean is then inf or nan. It looks "
            "stable because no sigmoid is in sight. Put your earlier functions right first: their checks say where. In "
            "a batch of thousands of labels, one such logit is enough to lose all of them."
        ),
        variants=(multilabel_overflows, multilabel_overflows_log),
    ),
    Misconception(
        name="where-nan-gradient",
        title="The branch that was not chosen sends back nan",
        explanation=(
            "The loss is right and its gradient nan: a `where`, here or in a function that you call, chooses between "
            "two forms of which one overflows. Backpropagation multiplies the slope of the form you threw away by 0, "
            "and 0 · inf is nan. The value gives no sign of it. Put your softplus right first: with -|z| as the "
            "argument of its exponential it needs no `where`."
        ),
        variants=(multilabel_where,),
    ),
    Misconception(
        name="slope-at-zero",
        title="The slope at 0 is not one half",
        explanation=(
            "All is right but the gradient at logits of exactly 0, here or in a function that you call: `clamp` passes "
            "all of it on at the tie and `relu` none, where half is right. They draw the same curve as the maximum. "
            "With a last layer that starts at zero, it is the first step of training that goes wrong. "
            "`torch.maximum(z, torch.zeros_like(z))` splits the gradient evenly."
        ),
        variants=(
            multilabel_slope_at_zero_clamp,
            multilabel_slope_at_zero_two_clamps,
            multilabel_slope_at_zero_relu,
        ),
    ),
    Misconception(
        name="cancels",
        title="Two large numbers that should leave a small one",
        explanation=(
            "Nothing overflows, but for labels that are right and confident your formula adds a number to nearly its "
            "opposite: -20 and 20.000000002, of which float32 keeps 20. The loss that is left is 0 or rounding noise. "
            "For one of the two labels it works, so tests with ones may pass while zeros fail, or the other way "
            "round. Use a form in which nothing is subtracted, or cancel the large parts first."
        ),
        variants=(multilabel_cancels, multilabel_cancels_softplus_first),
    ),
    Misconception(
        name="log-not-log1p",
        title="log(1 + …) where log1p is needed",
        explanation=(
            "You have the stable formula with a plain logarithm at its end. In float32 log(1 + exp(-20)) is 0, so a "
            "batch in which every label is right and sure has a loss of exactly 0. It is printed like that in many "
            "places. The gradient happens to survive, and with it the training; but a loss of 0 says that there is "
            "nothing left to learn, and that is not so."
        ),
        variants=(multilabel_log_not_log1p, multilabel_log_not_log1p_twice),
    ),
)
