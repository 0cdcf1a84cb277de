"""Known mistakes in `bce_with_logits(z, y, pos_weight=None, reduction="mean")`: right on paper, wrong in a dtype.

Every variant has that signature, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def bce_cancels(z, y, pos_weight=None, reduction="mean"):
    positive = torch.maximum(-z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))
    w = 1 if pos_weight is None else 1 + (pos_weight - 1) * y
    loss = (1 - y) * z + w * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_cancels_softplus_first(z, y, pos_weight=None, reduction="mean"):
    negative = torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))
    positive = torch.maximum(-z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))
    loss = negative - z * y if pos_weight is None else (1 - y) * negative + pos_weight * y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_cancels_both(z, y, pos_weight=None, reduction="mean"):
    negative = torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * negative + w * y * (negative - z)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_cancels_both_logaddexp(z, y, pos_weight=None, reduction="mean"):
    negative, w = torch.logaddexp(z, torch.zeros_like(z)), 1 if pos_weight is None else pos_weight
    loss = (1 - y) * negative + w * y * (negative - z)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_cancels_in_one_half(z, y, pos_weight=None, reduction="mean"):
    positive = torch.maximum(-z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * (z + positive) + w * y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_cancels_softplus_times_weights(z, y, pos_weight=None, reduction="mean"):
    negative = torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))
    w = 1 if pos_weight is None else pos_weight
    loss = negative * (1 - y + w * y) - w * y * z
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_cancels_unweighted(z, y, pos_weight=None, reduction="mean"):
    positive = torch.maximum(-z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))
    loss = (1 - y) * z + positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_cancels_softplus_first_unweighted(z, y, pos_weight=None, reduction="mean"):
    loss = torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs())) - z * y
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_log_not_log1p(z, y, pos_weight=None, reduction="mean"):
    zero, rest = torch.zeros_like(z), torch.log(1 + torch.exp(-z.abs()))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * (torch.maximum(z, zero) + rest) + w * y * (torch.maximum(-z, zero) + rest)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_log_not_log1p_clamped(z, y, pos_weight=None, reduction="mean"):
    rest = torch.log(1 + torch.exp(-z.abs()))
    loss = z.clamp(min=0) - z * y + rest
    if pos_weight is not None:
        loss = (1 - y) * (z.clamp(min=0) + rest) + pos_weight * y * ((-z).clamp(min=0) + rest)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_overflows(z, y, pos_weight=None, reduction="mean"):
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * torch.log1p(torch.exp(z)) + w * y * torch.log1p(torch.exp(-z))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_overflows_log(z, y, pos_weight=None, reduction="mean"):
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * torch.log(1 + torch.exp(z)) + w * y * torch.log(1 + torch.exp(-z))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_overflows_on_one_side(z, y, pos_weight=None, reduction="mean"):
    w = 1 if pos_weight is None else 1 + (pos_weight - 1) * y
    loss = (1 - y) * z + w * torch.log1p(torch.exp(-z))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_where(z, y, pos_weight=None, reduction="mean"):
    negative = torch.where(z > 0, z + torch.log1p(torch.exp(-z)), torch.log1p(torch.exp(z)))
    positive = torch.where(z < 0, torch.log1p(torch.exp(z)) - z, torch.log1p(torch.exp(-z)))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * negative + w * y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_threshold(z, y, pos_weight=None, reduction="mean"):
    negative = torch.where(z > 20, z, torch.log1p(torch.exp(z.clamp(max=20))))
    positive = torch.where(-z > 20, -z, torch.log1p(torch.exp((-z).clamp(max=20))))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * negative + w * y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_clipped_50(z, y, pos_weight=None, reduction="mean"):
    z = z.clamp(-50, 50)
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * torch.log1p(torch.exp(z)) + w * y * torch.log1p(torch.exp(-z))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_clipped_80(z, y, pos_weight=None, reduction="mean"):
    z = z.clamp(-80, 80)
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * torch.log1p(torch.exp(z)) + w * y * torch.log1p(torch.exp(-z))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_slope_at_zero_clamp(z, y, pos_weight=None, reduction="mean"):
    rest = torch.log1p(torch.exp(-z.abs()))
    loss = z.clamp(min=0) - z * y + rest
    if pos_weight is not None:
        loss = (1 - y) * (z.clamp(min=0) + rest) + pos_weight * y * ((-z).clamp(min=0) + rest)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_slope_at_zero_relu(z, y, pos_weight=None, reduction="mean"):
    rest = torch.log1p(torch.exp(-z.abs()))
    loss = torch.relu(z) - z * y + rest
    if pos_weight is not None:
        loss = (1 - y) * (torch.relu(z) + rest) + pos_weight * y * (torch.relu(-z) + rest)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_slope_at_zero_two_clamps(z, y, pos_weight=None, reduction="mean"):
    rest = torch.log1p(torch.exp(-z.abs()))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * (z.clamp(min=0) + rest) + w * y * ((-z).clamp(min=0) + rest)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_slope_at_zero_two_relus(z, y, pos_weight=None, reduction="mean"):
    rest = torch.log1p(torch.exp(-z.abs()))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * (torch.relu(z) + rest) + w * y * (torch.relu(-z) + rest)
    return loss if reduction == "none" else getattr(loss, reduction)()


BCE_DIGITS = (
    Misconception(
        name="cancels",
        title="Two large numbers that should leave a small one",
        explanation=(
            "Your formula is true on paper and never overflows, but for some confident and right predictions it adds "
            "a number to nearly its opposite: for z = -20 and the label 0, -20 and 20.000000002, of which float32 "
            "keeps 20. You return 0 where 2.06e-9 is right. (`torch.nn.functional.binary_cross_entropy_with_logits` "
            "does the same, and so sees the two labels unequally.) Either let the large parts cancel exactly before "
            "the small one is added, or use a form in which nothing is subtracted."
        ),
        variants=(
            bce_cancels,
            bce_cancels_softplus_first,
            bce_cancels_both,
            bce_cancels_both_logaddexp,
            bce_cancels_in_one_half,
            bce_cancels_softplus_times_weights,
            bce_cancels_unweighted,
            bce_cancels_softplus_first_unweighted,
        ),
    ),
    Misconception(
        name="log-not-log1p",
        title="log(1 + …) where log1p is needed",
        explanation=(
            "You have the stable formula and write its last term as log(1 + exp(-|z|)). In float32 1 + exp(-20) is "
            "exactly 1, so the loss of a right and confident prediction is 0 and not 2.06e-9, and at |z| = 9 three "
            "of its seven digits are gone. It stands like that in many articles. Nothing is inf or nan, and the error "
            "is small beside 1; it is not small beside the loss."
        ),
        variants=(bce_log_not_log1p, bce_log_not_log1p_clamped),
    ),
    Misconception(
        name="overflowing-exp",
        title="The exponential of a large positive number",
        explanation=(
            "You avoid the probability and take log(1 + exp(z)), or the same with -z. In float32 the exponential is "
            "inf from 88.7 on and in float16 from 11.1 on: a wrong prediction has a loss of inf, and a right one too, "
            "if its inf is multiplied by a label of 0 to nan. This is the step that everyone takes first once the "
            "sigmoid is out of the way. Only the exponential of a number that is not positive, such as -|z|, is safe."
        ),
        variants=(bce_overflows, bce_overflows_log, bce_overflows_on_one_side),
    ),
    Misconception(
        name="clipped-logit",
        title="The logits are clipped",
        explanation=(
            "You force the logits into a range that the exponential can bear. Beyond it the loss no longer grows: "
            "clipped at 80, a logit of 200 with the label 0 costs 80. The gradient of a clipped logit is exactly 0. "
            "Clipping is often recommended and does end the inf. It also takes the examples that are most badly wrong "
            "out of the training, for good."
        ),
        variants=(bce_clipped_80, bce_clipped_50),
    ),
    Misconception(
        name="where-nan-gradient",
        title="The branch that was not chosen sends back nan",
        explanation=(
            "The losses are right and their gradient is nan: somewhere, perhaps in the softplus that you call, a "
            "`where` chooses between two forms. Both are computed for every z, and exp overflows in the one that is "
            "thrown away; on the way back its slope is multiplied by 0, and 0 · inf is nan. A definition with two "
            "cases invites it. The loss curve looks fine for one more step, and then all weights are nan."
        ),
        variants=(bce_where,),
    ),
    Misconception(
        name="threshold",
        title="z itself, from a threshold on",
        explanation=(
            "From a threshold on you take z for softplus(z), perhaps in the softplus that you call. At 20 the rest is "
            "2e-9, which float32 cannot show beside 20 and float64 can: there the loss of a badly wrong prediction is "
            "off from the eleventh digit on. In float32 nobody finds out. No single threshold suits four dtypes, and a "
            "form with -|z| needs none."
        ),
        variants=(bce_threshold,),
    ),
    Misconception(
        name="slope-at-zero",
        title="The slope at 0 is not one half",
        explanation=(
            "Values and gradients are right, except the gradient at z = 0. `clamp` passes all of it on there and "
            "`relu` none, so you get σ(0) - y with 1 or 0 in the place of σ(0) = 0.5. (The check weighs the slopes: it "
            "shows yours times a number of its own.) They draw the same curve as a "
            "maximum, so they seem to be the same. A last layer that starts with zero weights has all its logits at "
            "0, and its first step would be wrong for every example. `torch.maximum(z, torch.zeros_like(z))` splits "
            "the gradient evenly."
        ),
        variants=(
            bce_slope_at_zero_clamp,
            bce_slope_at_zero_relu,
            bce_slope_at_zero_two_clamps,
            bce_slope_at_zero_two_relus,
        ),
    ),
)
