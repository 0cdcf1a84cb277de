"""Known mistakes in `multilabel_loss(logits, targets, weight)`: classes, weights and the mean.

Every variant takes `logits` and `targets` (N, C) and `weight` (C,), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def multilabel_softmax(logits, targets, weight):
    return -(weight * targets * torch.log_softmax(logits, -1)).sum(-1).mean()


def multilabel_softmax_mean(logits, targets, weight):
    return -(weight * targets * torch.log_softmax(logits, -1)).mean()


def multilabel_unweighted(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return loss.mean()


def multilabel_divided_by_weights(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return (weight * loss).sum() / weight.expand_as(loss).sum()


def multilabel_normalised_weights(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return (weight / weight.sum() * loss).sum(-1).mean()


def multilabel_sum_over_sum_of_weights(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return (weight * loss).sum() / weight.sum()


def multilabel_sum_over_sum_of_weights_by_softplus(logits, targets, weight):
    rest, zero = torch.log1p(torch.exp(-logits.abs())), torch.zeros_like(logits)
    return ((torch.maximum(logits, zero) - logits * targets + rest) * weight).sum() / weight.sum()


def multilabel_sum_over_sum_of_weights_by_two_softplus(logits, targets, weight):
    rest, zero = torch.log1p(torch.exp(-logits.abs())), torch.zeros_like(logits)
    positive, negative = torch.maximum(-logits, zero) + rest, torch.maximum(logits, zero) + rest
    return ((targets * positive + (1 - targets) * negative) * weight).sum() / weight.sum()


def multilabel_mean_first(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return (weight * loss.mean()).mean()


def multilabel_sum_of_classes(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return (weight * loss).sum(-1).mean()


def multilabel_sum(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return (weight * loss).sum()


def multilabel_weight_of_positives(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + weight * targets * torch.logaddexp(-logits, zero)
    return loss.mean()


def multilabel_weight_of_positives_by_softplus(logits, targets, weight):
    rest, zero = torch.log1p(torch.exp(-logits.abs())), torch.zeros_like(logits)
    positive, negative = torch.maximum(-logits, zero) + rest, torch.maximum(logits, zero) + rest
    return (weight * targets * positive + (1 - targets) * negative).mean()


def multilabel_weights_along_rows(logits, targets, weight):
    zero = torch.zeros_like(logits)
    loss = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return (weight[:, None] * loss).mean()


def multilabel_weight_in_the_logits(logits, targets, weight):
    z = weight * logits
    zero = torch.zeros_like(z)
    return ((1 - targets) * torch.logaddexp(z, zero) + targets * torch.logaddexp(-z, zero)).mean()


def multilabel_only_positives(logits, targets, weight):
    return (weight * targets * torch.logaddexp(-logits, torch.zeros_like(logits))).mean()


MULTILABEL_MEANING = (
    Misconception(
        name="softmax-for-sigmoid",
        title="A softmax over the classes",
        explanation=(
            "You treat the classes of a row as if exactly one of them were true. A softmax shares one unit of "
            "probability among them: with two true labels neither can come near 1, and a row without any true label "
            "has a loss of 0 whatever its logits. It is the loss one knows from single-label classification. Here "
            "every class is a yes-or-no question of its own and gets a sigmoid of its own."
        ),
        variants=(multilabel_softmax, multilabel_softmax_mean),
    ),
    Misconception(
        name="unweighted",
        title="The weights are not used",
        explanation=(
            "Your loss is right for weights of 1 and does not change with them. A parameter that is passed on and "
            "never multiplied leaves no trace in a first test. The classes that somebody took the trouble to weight "
            "would be trained like all others, and a log of the loss alone cannot tell."
        ),
        variants=(multilabel_unweighted,),
    ),
    Misconception(
        name="mean-before-weights",
        title="The mean is taken before the weights",
        explanation=(
            "You take the mean of the losses first and multiply that one number by the weights. By then nobody can "
            "tell which class a loss came from, so all classes count by the average weight. It happens when the loss "
            "is called with its default reduction. With weights that are all the same nothing shows."
        ),
        variants=(multilabel_mean_first,),
    ),
    Misconception(
        name="divided-by-weights",
        title="Divided by the sum of the weights",
        explanation=(
            "You divide by the sum of the weights, once or over the batch, so that doubling all of them changes "
            "nothing. That is a weighted average, and `cross_entropy` defines its class weights like that. Here the "
            "sum of weighted losses is divided by the number of labels, N·C, whatever the weights; so weights "
            "of 2 give a loss of twice the size."
        ),
        variants=(
            multilabel_divided_by_weights,
            multilabel_normalised_weights,
            multilabel_sum_over_sum_of_weights,
            multilabel_sum_over_sum_of_weights_by_softplus,
            multilabel_sum_over_sum_of_weights_by_two_softplus,
        ),
    ),
    Misconception(
        name="summed-over-classes",
        title="A sum where the mean runs over all labels",
        explanation=(
            "You add up over the classes, and average over the rows or not at all. The mean is wanted over all N·C "
            "labels. With one loss a row, as in single-label classification, the two would be the same. Here the loss, "
            "and with it every gradient, grows with the number of classes, so that a learning rate that suits ten "
            "labels is far too large for a thousand."
        ),
        variants=(multilabel_sum_of_classes, multilabel_sum),
    ),
    Misconception(
        name="weight-of-positives",
        title="The weight on the ones only",
        explanation=(
            "You use the class weight as a `pos_weight`, on labels of 1 alone. Both are one number a class, and both "
            "are multiplied into the loss, so they are easily taken for the same. `pos_weight` moves the balance "
            "between ones and zeros within a class; a class weight multiplies both and moves the balance between the "
            "classes."
        ),
        variants=(multilabel_weight_of_positives, multilabel_weight_of_positives_by_softplus),
    ),
    Misconception(
        name="weights-along-rows",
        title="A weight for each row, not for each class",
        explanation=(
            "You line the weights up with the rows. Where there are as many examples as classes this runs and weighs "
            "examples; elsewhere torch raises, and one row alone shows nothing. A tensor of shape (C,) broadcasts "
            "along the last dimension by itself: `weight[:, None]` turns that round. A batch whose size happens to be "
            "the number of classes is silently wrong."
        ),
        variants=(multilabel_weights_along_rows,),
    ),
    Misconception(
        name="weight-inside",
        title="The weight is multiplied into the logits",
        explanation=(
            "You scale the logits by the weights. That changes the probabilities that the model states, and not how "
            "much their errors count: a weight of 0 would make every probability 0.5 and every loss ln 2, where the "
            "class should drop out. The weight belongs outside, on the loss. A factor that may not pass through a "
            "logarithm is easily put on the wrong side of it."
        ),
        variants=(multilabel_weight_in_the_logits,),
    ),
    Misconception(
        name="only-positives",
        title="Zeros cost nothing",
        explanation=(
            "You sum over the true labels only. With a softmax that is enough, because what one class gains the "
            "others lose. Sigmoids are independent, and a label of 0 has to be learned on its own: its loss is "
            "-log(1 - σ(z)). Under your loss the best model says yes to everything and reaches a loss of 0."
        ),
        variants=(multilabel_only_positives,),
    ),
)
