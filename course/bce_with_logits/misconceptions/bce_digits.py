"""Known mistakes in `bce_with_logits(z, y, pos_weight=None, reduction="mean")`: right on paper, wrong in a dtype.

Every variant has that signature, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def bce_by_hand(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p) + (1 - y) * torch.log(1 - p))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_by_hand_with_exp(z, y, pos_weight=None, reduction="mean"):
    p = 1 / (1 + torch.exp(-z))
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p) + (1 - y) * torch.log(1 - p))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_by_hand_chosen(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z)
    w = 1 if pos_weight is None else pos_weight
    chosen = -torch.log(torch.where(y == 1, p, 1 - p)) * torch.where(y == 1, w * y, torch.ones_like(y))
    mixed = -(w * y * torch.log(p) + (1 - y) * torch.log(1 - p))
    loss = torch.where((y == 0) | (y == 1), chosen, mixed)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_nan_to_num(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z)
    w = 1 if pos_weight is None else pos_weight
    loss = torch.nan_to_num(-(w * y * torch.log(p) + (1 - y) * torch.log(1 - p)))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_clamped_logarithms(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p).clamp(min=-100) + (1 - y) * torch.log(1 - p).clamp(min=-100))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_clamped_logarithms_log1p(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p).clamp(min=-100) + (1 - y) * torch.log1p(-p).clamp(min=-100))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_library_on_probabilities(z, y, pos_weight=None, reduction="mean"):
    w = torch.ones_like(y) if pos_weight is None else 1 + (pos_weight - 1) * y
    loss = torch.nn.functional.binary_cross_entropy(torch.sigmoid(z), y.detach(), reduction="none") * w
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_epsilon_1e7(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p + 1e-7) + (1 - y) * torch.log(1 - p + 1e-7))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_epsilon_1e8(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p + 1e-8) + (1 - y) * torch.log(1 - p + 1e-8))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_epsilon_1e12(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p + 1e-12) + (1 - y) * torch.log(1 - p + 1e-12))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_clamped_probability_1e7(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z).clamp(1e-7, 1 - 1e-7)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p) + (1 - y) * torch.log(1 - p))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_clamped_probability_1e8(z, y, pos_weight=None, reduction="mean"):
    p = torch.sigmoid(z).clamp(1e-8, 1 - 1e-8)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p) + (1 - y) * torch.log(1 - p))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_clamped_probability_eps(z, y, pos_weight=None, reduction="mean"):
    eps = torch.finfo(z.dtype).eps
    p = torch.sigmoid(z).clamp(eps, 1 - eps)
    w = 1 if pos_weight is None else pos_weight
    loss = -(w * y * torch.log(p) + (1 - y) * torch.log(1 - p))
    return loss if reduction == "none" else getattr(loss, reduction)()


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


BCE_DIGITS = (
    Misconception(
        name="log-of-sigmoid",
        title="Logarithms of a sigmoid",
        explanation=(
            "You compute p = σ(z) and put it into the formula with its two logarithms. Once p is exactly 1 or 0 (from "
            "z = 17 on, or from -89 on, in float32), one of them is -inf: a wrong prediction has a loss of inf, and a "
            "right one too is lost, because 0 · (-inf) is nan. It is the definition, word for word. A single logit of "
            "20 with the label that it deserves turns the mean, and at the next step every weight, into nan."
        ),
        variants=(bce_by_hand, bce_by_hand_with_exp, bce_by_hand_chosen),
    ),
    Misconception(
        name="clamped-logarithms",
        title="The logarithms are clamped at -100",
        explanation=(
            "You go through the probability and cut the logarithms off at -100, as `torch.nn.BCELoss` does. No inf "
            "and no nan in the loss, so it passes for stable. But a logit of 200 with the label 0 has a loss of 100, "
            "not 200, and so has a logit of 17; the clamp passes no gradient on, so it is 0 or nan where it should "
            "be 1. The model is most wrong exactly there, and hears nothing of it."
        ),
        variants=(bce_clamped_logarithms, bce_clamped_logarithms_log1p, bce_library_on_probabilities),
    ),
    Misconception(
        name="epsilon-in-log",
        title="An epsilon inside the logarithms",
        explanation=(
            "You add a small constant inside the logarithms, or keep the probability away from 0 and 1 by as much. "
            "The loss of a wrong prediction then stops growing at about 16 for 1e-7, whatever the logit, and its "
            "gradient fades to 0. The constant ends the nan, and most examples do not notice it. In float16 1e-8 is 0 "
            "and changes nothing; in float32 1 - 1e-8 is 1. Keep the logit, and there is nothing to protect."
        ),
        variants=(
            bce_epsilon_1e8,
            bce_epsilon_1e7,
            bce_epsilon_1e12,
            bce_clamped_probability_1e7,
            bce_clamped_probability_1e8,
            bce_clamped_probability_eps,
        ),
    ),
    Misconception(
        name="nan-to-num",
        title="The nan is painted over afterwards",
        explanation=(
            "You let the formula fail and replace nan by 0 and inf by the largest number. The loss that is printed "
            "is then finite, though for a wrong prediction it is 3e38. The backward pass still goes through the "
            "operations that failed and hands on nan. Cleaning up a result is quick and looks like robustness. It "
            "removes the warning and leaves the damage."
        ),
        variants=(bce_nan_to_num,),
    ),
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
        variants=(bce_cancels, bce_cancels_softplus_first, bce_cancels_both),
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
        name="slope-at-zero",
        title="The slope at 0 is not one half",
        explanation=(
            "Values and gradients are right, except the gradient at z = 0. `clamp` passes all of it on there and "
            "`relu` none, so you get σ(0) - y with 1 or 0 in the place of σ(0) = 0.5. They draw the same curve as a "
            "maximum, so they seem to be the same. A last layer that starts with zero weights has all its logits at "
            "0, and its first step would be wrong for every example. `torch.maximum(z, torch.zeros_like(z))` splits "
            "the gradient evenly."
        ),
        variants=(bce_slope_at_zero_clamp, bce_slope_at_zero_relu),
    ),
)
