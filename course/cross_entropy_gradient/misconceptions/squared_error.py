"""Known mistakes in `mse_softmax_grad(logits, targets)`: the gradient of the mean over rows of Σ (p - y)².

Every variant takes those arguments, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def mse_without_jacobian(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    return 2 * (torch.softmax(logits, 1) - y) / logits.shape[0]


def mse_is_cross_entropy(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    return (torch.softmax(logits, 1) - y) / logits.shape[0]


def mse_diagonal(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    p = torch.softmax(logits, 1)
    return 2 * (p - y) * p * (1 - p) / logits.shape[0]


def mse_without_two(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    p = torch.softmax(logits, 1)
    d = p - y
    return p * (d - (p * d).sum(1, keepdim=True)) / logits.shape[0]


def mse_over_classes(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    p = torch.softmax(logits, 1)
    d = 2 * (p - y)
    return p * (d - (p * d).sum(1, keepdim=True)) / logits.numel()


def mse_not_divided(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    p = torch.softmax(logits, 1)
    d = 2 * (p - y)
    return p * (d - (p * d).sum(1, keepdim=True))


def mse_reversed(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    p = torch.softmax(logits, 1)
    d = 2 * (y - p)
    return p * (d - (p * d).sum(1, keepdim=True)) / logits.shape[0]


def mse_of_logits(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    return 2 * (logits - y) / logits.shape[0]


def mse_without_coupling(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    p = torch.softmax(logits, 1)
    return 2 * p * (p - y) / logits.shape[0]


def mse_unshifted(logits, targets):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    powers = torch.exp(logits)
    p = powers / powers.sum(1, keepdim=True)
    d = 2 * (p - y)
    return p * (d - (p * d).sum(1, keepdim=True)) / logits.shape[0]


SQUARED_ERROR = (
    Misconception(
        name="stops-at-p",
        title="The gradient stops at the probabilities",
        explanation=(
            "You return 2 (p - y), the gradient of the squared error with respect to the *probabilities*. The logits "
            "are one step further back, behind softmax, and its Jacobian has to be multiplied on. It looks so much "
            "like the cross-entropy's p - y that one stops here. The whole point of the comparison is in the missing "
            "step: the Jacobian vanishes on sure rows, and takes the gradient with it."
        ),
        variants=(mse_without_jacobian,),
    ),
    Misconception(
        name="cross-entropy-gradient",
        title="The gradient of the other loss",
        explanation=(
            "You return (p - y)/N. That is the gradient of the cross-entropy, where the logarithm cancels softmax's "
            "Jacobian. The squared error has no logarithm, so nothing cancels: 2 (p - y) still has to go through the "
            "Jacobian. With p - y both losses would learn alike, and they do not."
        ),
        variants=(mse_is_cross_entropy,),
    ),
    Misconception(
        name="diagonal-jacobian",
        title="Only the diagonal of the Jacobian",
        explanation=(
            "You multiply by p (1 - p), as one does behind a sigmoid. Each probability also depends on all the other "
            "logits, and those slopes are missing from yours. For two classes it happens to be half of the right "
            "answer, so a factor seems to be all that is wrong. `softmax_vjp` has the whole Jacobian in it."
        ),
        variants=(mse_diagonal,),
    ),
    Misconception(
        name="no-coupling",
        title="The sum is left out",
        explanation=(
            "You multiply 2 (p - y) by p and stop. The Jacobian of softmax has a second term, which subtracts the "
            "average Σ p (p - y) from every entry, because all probabilities share one denominator. Your rows do not "
            "sum to 0. A row that is sure of a wrong class would get a gradient of 2 there, where the true one is "
            "nearly 0."
        ),
        variants=(mse_without_coupling,),
    ),
    Misconception(
        name="lost-two",
        title="The 2 of the square is missing",
        explanation=(
            "Your gradient is half of the right one: the derivative of d² is 2 d. Some books define the squared error "
            "with a factor ½ so that the 2 goes away; this one has none. In training it is only a smaller learning "
            "rate, but a gradient check reports a relative difference of 0.5 and cannot know why."
        ),
        variants=(mse_without_two,),
    ),
    Misconception(
        name="divided-by-classes",
        title="Divided by the number of all entries",
        explanation=(
            "You average over classes as well as rows, as `torch.nn.MSELoss` does by default. The loss here is the "
            "mean over *rows* of a *sum* over classes. The direction is right and the size depends on how many classes "
            "there are, so a learning rate that suits ten classes is useless for a thousand."
        ),
        variants=(mse_over_classes,),
    ),
    Misconception(
        name="never-divided",
        title="The mean is not divided by the number of rows",
        explanation=(
            "You return the gradient of the sum over rows. The mean's is that over N. On one row they agree, which is "
            "what one tests with. Your step grows with the batch size."
        ),
        variants=(mse_not_divided,),
    ),
    Misconception(
        name="y-minus-p",
        title="The wrong sign",
        explanation=(
            "Every entry has the right size and the wrong sign: the inner derivative of (p - y)² along p is 2 (p - y), "
            "and you took 2 (y - p). It is the direction in which the logits should move; the optimiser turns the sign "
            "itself. With yours it would walk uphill."
        ),
        variants=(mse_reversed,),
    ),
    Misconception(
        name="error-of-the-logits",
        title="The squared error of the logits",
        explanation=(
            "You compare the logits themselves with the one-hot target and leave softmax out. That is a loss, and a "
            "usable one, but another: it has no p in it, and its gradient has no bound. Here Σ (p - y)² is wanted, "
            "with p the softmax of the logits."
        ),
        variants=(mse_of_logits,),
    ),
    Misconception(
        name="no-shift",
        title="The exponential of the raw logits",
        explanation=(
            "You compute p from exp of the logits as they come: inf/inf is nan from logits of 89 upwards in float32. "
            "The gradient itself is tiny there, which hides how it was made. Subtract the maximum first, or call "
            "`torch.softmax`, which does."
        ),
        variants=(mse_unshifted,),
    ),
)
