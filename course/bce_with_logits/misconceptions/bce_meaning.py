"""Known mistakes in `bce_with_logits(z, y, pos_weight=None, reduction="mean")`: labels, weights and reductions.

Every variant has that signature, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def bce_swapped_labels(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = y * negative + w * (1 - y) * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_swapped_logits(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = w * y * negative + (1 - y) * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_only_positives(z, y, pos_weight=None, reduction="mean"):
    w = 1 if pos_weight is None else pos_weight
    loss = w * y * torch.logaddexp(-z, torch.zeros_like(z))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_negative(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = -((1 - y) * negative + w * y * positive)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_hard_labels(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = torch.where(y > 0.5, w * positive, negative)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_hard_labels_equal_to_1(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = torch.where(y == 1, w * positive, negative)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_hard_labels_by_sign(z, y, pos_weight=None, reduction="mean"):
    w = 1 if pos_weight is None else 1 + (pos_weight - 1) * y
    loss = w * torch.logaddexp((1 - 2 * y) * z, torch.zeros_like(z))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_ignores_pos_weight(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    loss = (1 - y) * negative + y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_ignores_pos_weight_in_one_exponential(z, y, pos_weight=None, reduction="mean"):
    loss = torch.maximum(z, torch.zeros_like(z)) - z * y + torch.log1p(torch.exp(-z.abs()))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_weight_on_everything(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = w * ((1 - y) * negative + y * positive)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_weight_on_everything_in_one_exponential(z, y, pos_weight=None, reduction="mean"):
    w = 1 if pos_weight is None else pos_weight
    loss = w * (torch.maximum(z, torch.zeros_like(z)) - z * y + torch.log1p(torch.exp(-z.abs())))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_weight_on_negatives(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = w * (1 - y) * negative + y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_weight_in_the_logit(z, y, pos_weight=None, reduction="mean"):
    z = z if pos_weight is None else z * pos_weight
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    loss = (1 - y) * negative + y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_weight_in_the_target(z, y, pos_weight=None, reduction="mean"):
    w = 1 if pos_weight is None else pos_weight
    loss = torch.maximum(z, torch.zeros_like(z)) - z * (w * y) + torch.log1p(torch.exp(-z.abs()))
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_weight_in_the_label(z, y, pos_weight=None, reduction="mean"):
    y = y if pos_weight is None else y * pos_weight
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    loss = (1 - y) * negative + y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_divided_by_weights(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = torch.ones_like(z) if pos_weight is None else (1 - y) + pos_weight * y
    loss = (1 - y) * negative + y * positive * (1 if pos_weight is None else pos_weight)
    if reduction == "mean":
        return loss.sum() / w.sum()
    return loss if reduction == "none" else loss.sum()


def bce_always_mean(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    return ((1 - y) * negative + w * y * positive).mean()


def bce_always_none(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    return (1 - y) * negative + w * y * positive


def bce_sum_is_the_default(z, y, pos_weight=None, reduction="sum"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * negative + w * y * positive
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_mean_over_rows(z, y, pos_weight=None, reduction="mean"):
    positive, negative = (torch.logaddexp(sign * z, torch.zeros_like(z)) for sign in (-1, 1))
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * negative + w * y * positive
    if reduction == "mean":
        return loss.sum() / z.shape[0]
    return loss if reduction == "none" else loss.sum()


BCE_MEANING = (
    Misconception(
        name="swapped-labels",
        title="The labels have traded places",
        explanation=(
            "You take the loss of a 0 where the label is 1, and the other way round: a prediction costs the more, the "
            "better it is. The two halves of the formula look alike, and log σ(z) = -softplus(-z) turns a sign just "
            "where one has to decide. At z = 0 both are ln 2 and nothing shows. Training runs smoothly, in the wrong "
            "direction, and ends with an accuracy far below chance."
        ),
        variants=(bce_swapped_labels, bce_swapped_logits),
    ),
    Misconception(
        name="only-positives",
        title="Zeros cost nothing",
        explanation=(
            "You add up -y·log σ(z) and leave out the other half, so a label of 0 has a loss of 0 whatever the "
            "logit. In a softmax the true class alone is enough, because all classes share one sum; here every label "
            "is on its own, and a 0 has to be learned like a 1. The cheapest model under this loss says yes to "
            "everything."
        ),
        variants=(bce_only_positives,),
    ),
    Misconception(
        name="negative-loss",
        title="The sign of the loss is turned round",
        explanation=(
            "Your loss is never positive. Log-probabilities are negative, and the loss is minus their sum; a minus "
            "has been dropped or used twice, easily done with one in front of the formula and one inside -softplus. "
            "An optimiser makes this as small as it can, without end: all predictions become confidently wrong."
        ),
        variants=(bce_negative,),
    ),
    Misconception(
        name="hard-labels-only",
        title="Labels between 0 and 1 are treated as 0 or 1",
        explanation=(
            "You choose one of two losses by the label, or turn the logit's sign by it. For labels of 0 and 1 that is "
            "right, and neat. A label of 0.25 (label smoothing, mixup, several annotators) asks for a quarter of one "
            "loss and three quarters of the other. Written with a comparison, such a label is rounded, silently, and "
            "all that the soft labels were meant to say is lost."
        ),
        variants=(bce_hard_labels, bce_hard_labels_equal_to_1, bce_hard_labels_by_sign),
    ),
    Misconception(
        name="ignores-pos-weight",
        title="`pos_weight` changes nothing",
        explanation=(
            "Your result is the same with `pos_weight` and without. Perhaps it is read and then not used, perhaps the "
            "weighted loss is computed and the other one returned. With weights of 1 nothing shows. A class of which "
            "one example in a hundred is positive would be trained as if nobody had weighted it, and the model would "
            "learn to say no."
        ),
        variants=(bce_ignores_pos_weight, bce_ignores_pos_weight_in_one_exponential),
    ),
    Misconception(
        name="weights-everything",
        title="`pos_weight` on the zeros as well",
        explanation=(
            "You multiply the whole loss by `pos_weight`. Then a class's ones and zeros keep their balance, and only "
            "the class as a whole counts more: that is what `weight` does in PyTorch. `pos_weight` multiplies "
            "y·log σ(z) alone, and it is there to make up for rare positives. A test with only positive labels passes "
            "either way."
        ),
        variants=(bce_weight_on_everything, bce_weight_on_everything_in_one_exponential),
    ),
    Misconception(
        name="weights-negatives",
        title="`pos_weight` on the zeros only",
        explanation=(
            "You multiply the loss of the zeros. It is the right idea on the wrong half of the formula: which half "
            "belongs to y is easily mixed up once both are written with softplus, because softplus(z) is the loss of "
            "a 0 and softplus(-z) that of a 1. Rare positives would be drowned still further."
        ),
        variants=(bce_weight_on_negatives,),
    ),
    Misconception(
        name="weight-inside",
        title="The weight is inside the logit or the label",
        explanation=(
            "You multiply the logit, or the label in a formula that is made for labels up to 1, by `pos_weight`. "
            "Neither gives the weighted loss: a scaled logit is another probability, and with y = 3 the formula "
            "max(z, 0) - z·y + log1p(exp(-|z|)) goes below 0 for large z, without bound. Where a factor stands in a "
            "product it can seem free to move. A loss that can be negative is a sign that one has moved too far."
        ),
        variants=(bce_weight_in_the_logit, bce_weight_in_the_target, bce_weight_in_the_label),
    ),
    Misconception(
        name="divided-by-weights",
        title="The mean is divided by the sum of the weights",
        explanation=(
            "You divide by the sum of the weights and not by the number of elements. That is how "
            "`cross_entropy` treats its class weights, and a proper weighted average it is. "
            "`binary_cross_entropy_with_logits` divides by the number of elements, whatever the weights. With your "
            "version the size of a step depends on how many positives a batch happens to hold."
        ),
        variants=(bce_divided_by_weights,),
    ),
    Misconception(
        name="reduction",
        title="The reduction is not the one that was asked for",
        explanation=(
            "Your loss is right element by element, and `reduction` does not do what it should. The mean over all "
            'elements is the default; `"sum"` gives their sum and `"none"` a tensor of the logits\' shape. An '
            "argument that one never passes is easily left without effect. A sum in the place of a mean makes every "
            "gradient as many times too large as there are elements in the batch."
        ),
        variants=(bce_always_mean, bce_always_none, bce_sum_is_the_default),
    ),
    Misconception(
        name="mean-over-rows",
        title="The mean over rows only",
        explanation=(
            "You add up the classes and average over the rows. For a single class that is the mean; for C classes it "
            "is C times as much. Cross-entropy over classes has one loss a row, and the habit is from there. Here "
            "every element is a question of its own, and the mean is over all of them. The learning rate that worked "
            "for ten labels is a hundred times too large for a thousand."
        ),
        variants=(bce_mean_over_rows,),
    ),
)
