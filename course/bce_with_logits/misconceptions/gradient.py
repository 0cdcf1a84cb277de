"""Known mistakes in `bce_grad(z, y)`.

Every variant takes `z` and `y` (same shape, floating point), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def bce_grad_reversed(z, y):
    return y - torch.sigmoid(z)


def bce_grad_of_the_mean(z, y):
    return (torch.sigmoid(z) - y) / z.numel()


def bce_grad_of_the_row_mean(z, y):
    return (torch.sigmoid(z) - y) / z.shape[0]


def bce_grad_along_p(z, y):
    p = torch.sigmoid(z)
    return (p - y) / (p * (1 - p))


def bce_grad_chain(z, y):
    p = torch.sigmoid(z)
    return ((1 - y) / (1 - p) - y / p) * p * (1 - p)


def bce_grad_chain_as_quotient(z, y):
    p = torch.sigmoid(z)
    return (p - y) / (p * (1 - p)) * (p * (1 - p))


def bce_grad_chain_epsilon(z, y):
    p = torch.sigmoid(z)
    return (p - y) / (p * (1 - p)).clamp(min=1e-12) * (p * (1 - p))


def bce_grad_chain_epsilon_1e7(z, y):
    p = torch.sigmoid(z)
    return (p - y) / (p * (1 - p) + 1e-7) * (p * (1 - p))


def bce_grad_squared_error(z, y):
    p = torch.sigmoid(z)
    return (p - y) * p * (1 - p)


def bce_grad_twice_squared_error(z, y):
    p = torch.sigmoid(z)
    return 2 * (p - y) * p * (1 - p)


def bce_grad_of_logits(z, y):
    return z - y


def bce_grad_overflows(z, y):
    e = torch.exp(z)
    return e / (1 + e) - y


def bce_grad_softmax(z, y):
    return torch.softmax(z, -1) - y


def bce_grad_rounded(z, y):
    return (z > 0).to(z.dtype) - y


def bce_grad_of_the_log_sigmoid(z, y):
    return -y * torch.sigmoid(-z)


def bce_grad_without_label(z, y):
    return torch.sigmoid(z)


BCE_GRADIENT = (
    Misconception(
        name="reversed-difference",
        title="The difference has the wrong sign",
        explanation=(
            "You return y - σ(z). That is the direction in which the logit should move, and so what one wants to do; "
            "the gradient points the other way, uphill, and the optimiser takes the minus itself. For a label of 1 "
            "the slope along z is never positive. With the sign turned, each step makes the loss larger."
        ),
        variants=(bce_grad_reversed,),
    ),
    Misconception(
        name="divided-by-count",
        title="The gradient of the mean",
        explanation=(
            "Your gradient is too small by the number of elements or rows. It belongs to the mean; here the losses "
            "are summed, so each logit has the slope of its own loss and nothing else. A vector of length 1 shows no "
            "difference. Mixing the two is a learning rate that changes with the batch size."
        ),
        variants=(bce_grad_of_the_mean, bce_grad_of_the_row_mean),
    ),
    Misconception(
        name="along-the-probability",
        title="The slope along the probability",
        explanation=(
            "You return (p - y) / (p(1 - p)), the slope of the loss along p. Along z the chain rule multiplies it by "
            "p(1 - p), and the two factors cancel. The first half of the derivation is where the work is, so one "
            "stops there. Your version grows without bound where the model is wrong, and is nan where it is right "
            "and sure, because it divides 0 by 0."
        ),
        variants=(bce_grad_along_p,),
    ),
    Misconception(
        name="chain-not-cancelled",
        title="Factors that cancel on paper are computed",
        explanation=(
            "You divide by p(1 - p) and multiply by it again. Where p is exactly 0 or 1 that is inf · 0 or 0/0, so "
            "nan, and with a constant in the denominator it is 0. It is the chain rule done by the book, and it is "
            "what autograd does with a sigmoid and two logarithms. The slope that comes out as 0 should be 1: a "
            "badly wrong example is left alone. Cancel on paper, then compute."
        ),
        variants=(bce_grad_chain, bce_grad_chain_as_quotient, bce_grad_chain_epsilon, bce_grad_chain_epsilon_1e7),
    ),
    Misconception(
        name="squared-error",
        title="The gradient of a squared error",
        explanation=(
            "You multiply the difference by p(1 - p), the slope of the sigmoid. That is the gradient of a squared "
            "error (up to a factor of 2). Binary cross-entropy was chosen because its logarithm takes this factor "
            "away: with it, a model that is sure and wrong gets a gradient of nearly 0. Such a network learns at "
            "first, and never unlearns its worst mistakes."
        ),
        variants=(bce_grad_squared_error, bce_grad_twice_squared_error),
    ),
    Misconception(
        name="logit-for-probability",
        title="The logit in the place of the probability",
        explanation=(
            "You return z - y. The label is compared with a probability, and the logit is not one yet: at z = 200 "
            "with the label 1 you return 199, where the model is right and the slope is 0. With a linear output and a "
            "squared error this would be the gradient. Keeping the logit means never taking the logarithm of a "
            "sigmoid; the sigmoid itself is welcome."
        ),
        variants=(bce_grad_of_logits,),
    ),
    Misconception(
        name="overflowing-exp",
        title="The exponential of a large positive number",
        explanation=(
            "You write the sigmoid as exp(z) / (1 + exp(z)). For large z that is inf/inf, which is nan, from 88.7 on "
            "in float32 and from 11.1 on in float16. With exp(-z) below the fraction bar it would be fine at both "
            "ends, since 1/(1 + inf) is 0. The form with two exponentials is the one that falls out of a two-class "
            "softmax. One nan here is all weights nan after the step."
        ),
        variants=(bce_grad_overflows,),
    ),
    Misconception(
        name="softmax-for-sigmoid",
        title="A softmax in the place of the sigmoids",
        explanation=(
            "You return p - y with p from a softmax over the last dimension. That is the gradient of cross-entropy "
            "between classes that exclude each other. Here every label is a question of its own, and a row may have "
            "several ones or none. The formula is the same but for where p comes from, so it looks familiar. Raising "
            "one label would push all the others down."
        ),
        variants=(bce_grad_softmax,),
    ),
    Misconception(
        name="rounded-probability",
        title="The decision in the place of the probability",
        explanation=(
            "You compare the label with the decision, 0 or 1, and not with the probability. That is the rule of the "
            "perceptron: it learns from mistakes only. The loss also has a slope where the decision is right, since "
            "a probability of 0.6 for a true label can still rise. Your gradient would be 0 for every example on the "
            "right side, however narrowly."
        ),
        variants=(bce_grad_rounded,),
    ),
    Misconception(
        name="only-positives",
        title="Half of the gradient",
        explanation=(
            "You have the slope of one half of the loss: for labels of 1 it is right, for labels of 0 it is 0. The "
            "term (1 - y)·softplus(z) has the slope (1 - y)·σ(z), and the two add up. One-hot targets need the true "
            "class alone, and the habit carries over. Nothing would ever push a logit down."
        ),
        variants=(bce_grad_of_the_log_sigmoid,),
    ),
    Misconception(
        name="no-label",
        title="The label is not subtracted",
        explanation=(
            "You return σ(z), whatever the label. That is the slope of softplus(z), the loss of a label 0, and for "
            "those it is right. The label enters the loss as -z·y, so its slope is -y. A gradient that is never "
            "negative can only push logits down: the model would learn to say no."
        ),
        variants=(bce_grad_without_label,),
    ),
)
