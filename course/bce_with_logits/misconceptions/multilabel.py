"""Known mistakes in `multilabel_loss(logits, targets, weight)`.

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


MULTILABEL = (
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
        name="divided-by-weights",
        title="Divided by the sum of the weights",
        explanation=(
            "You divide by the sum of the weights, once or over the batch, so that doubling all of them changes "
            "nothing. That is a weighted average, and `cross_entropy` defines its class weights like that. Here the "
            "sum of weighted losses is divided by the number of labels, N·C, whatever the weights; so weights "
            "of 2 give a loss of twice the size."
        ),
        variants=(multilabel_divided_by_weights, multilabel_normalised_weights),
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
        variants=(multilabel_weight_of_positives,),
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
        variants=(multilabel_log_not_log1p,),
    ),
)
