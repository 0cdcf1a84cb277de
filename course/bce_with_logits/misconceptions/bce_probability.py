"""Known mistakes in `bce_with_logits(z, y, pos_weight=None, reduction="mean")`: those that go through a probability.

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


BCE_PROBABILITY = (
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
)
