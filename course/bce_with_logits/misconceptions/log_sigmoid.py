"""Known mistakes in `log_sigmoid(z)`.

Every variant takes `z` (any shape, floating point), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def log_sigmoid_composed(z):
    return torch.log(torch.sigmoid(z))


def log_sigmoid_composed_by_hand(z):
    return torch.log(1 / (1 + torch.exp(-z)))


def log_sigmoid_epsilon_1e7(z):
    return torch.log(torch.sigmoid(z) + 1e-7)


def log_sigmoid_epsilon_1e8(z):
    return torch.log(torch.sigmoid(z) + 1e-8)


def log_sigmoid_epsilon_1e10(z):
    return torch.log(torch.sigmoid(z) + 1e-10)


def log_sigmoid_epsilon_1e12(z):
    return torch.log(torch.sigmoid(z) + 1e-12)


def log_sigmoid_clamped_probability_1e7(z):
    return torch.log(torch.sigmoid(z).clamp(1e-7, 1 - 1e-7))


def log_sigmoid_clamped_probability_1e8(z):
    return torch.log(torch.sigmoid(z).clamp(min=1e-8))


def log_sigmoid_clamped_probability_1e12(z):
    return torch.log(torch.sigmoid(z).clamp(min=1e-12))


def log_sigmoid_clamped_probability_eps(z):
    return torch.log(torch.sigmoid(z).clamp(min=torch.finfo(z.dtype).eps))


def log_sigmoid_clamped_probability_tiny(z):
    return torch.log(torch.sigmoid(z).clamp(min=torch.finfo(z.dtype).tiny))


def log_sigmoid_clamped_logarithm(z):
    return torch.log(torch.sigmoid(z)).clamp(min=-100)


def log_sigmoid_overflows(z):
    return -torch.log1p(torch.exp(-z))


def log_sigmoid_overflows_log(z):
    return -torch.log(1 + torch.exp(-z))


def log_sigmoid_overflows_in_float(z):
    return -torch.log1p(torch.exp(-z.float())).to(z.dtype)


def log_sigmoid_cancels(z):
    softplus = torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))
    return z - softplus


def log_sigmoid_cancels_logaddexp(z):
    return z - torch.logaddexp(z, torch.zeros_like(z))


def log_sigmoid_log_not_log1p(z):
    return torch.minimum(z, torch.zeros_like(z)) - torch.log(1 + torch.exp(-z.abs()))


def log_sigmoid_log_not_log1p_clamped(z):
    return z.clamp(max=0) - torch.log(1 + torch.exp(-z.abs()))


def log_sigmoid_no_minus_inside(z):
    return -(torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs())))


def log_sigmoid_no_minus_outside(z):
    return torch.maximum(-z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))


def log_sigmoid_no_minus_at_all(z):
    return torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))


def log_sigmoid_where(z):
    return torch.where(z < 0, z - torch.log1p(torch.exp(z)), -torch.log1p(torch.exp(-z)))


def log_sigmoid_threshold(z):
    x = -z
    return -torch.where(x > 20, x, torch.log1p(torch.exp(x.clamp(max=20))))


def log_sigmoid_clamped_minimum(z):
    return z.clamp(max=0) - torch.log1p(torch.exp(-z.abs()))


def log_sigmoid_relu_minimum(z):
    return -torch.relu(-z) - torch.log1p(torch.exp(-z.abs()))


def log_sigmoid_without_log(z):
    return torch.exp(-torch.relu(-z)) / (1 + torch.exp(-z.abs()))


def log_sigmoid_without_the_minimum(z):
    return -torch.log1p(torch.exp(-z.abs()))


LOG_SIGMOID = (
    Misconception(
        name="log-of-sigmoid",
        title="The logarithm of a sigmoid",
        explanation=(
            "You compute the probability and take its logarithm. In float32 the sigmoid is exactly 0 from z = -89 "
            "downwards, so the logarithm is -inf where about z is right; and it is exactly 1 from 17 upwards, so the "
            "logarithm is 0 where a small negative number is right. Two functions that each are fine make a pair that "
            "is not. The probability is a detour: the logit already is nearly the answer."
        ),
        variants=(log_sigmoid_composed, log_sigmoid_composed_by_hand),
    ),
    Misconception(
        name="overflowing-exp",
        title="The exponential of a large positive number",
        explanation=(
            "You use log σ(z) = -log(1 + exp(-z)), which is right on paper. For negative z the exponential grows: "
            "inf in float32 from about z = -88.7 downwards, in float16 from about -11.1, and the result is -inf where "
            "about z is right. The minus before z makes the argument look harmless. These are the examples that the "
            "model has most badly wrong, and the loss of the whole batch becomes inf with them."
        ),
        variants=(log_sigmoid_overflows, log_sigmoid_overflows_log, log_sigmoid_overflows_in_float),
    ),
    Misconception(
        name="epsilon-in-log",
        title="An epsilon inside the logarithm",
        explanation=(
            "You add a small constant to the probability so that its logarithm stays finite. Below the constant every "
            "z gets the same result: with 1e-8 that is -18.4, for z = -100 as for z = -1000. It ends the -inf, and "
            "for moderate z nothing seems to change. But the result no longer depends on z where it is wrong, so the "
            "gradient there is 0; in float16 a constant of 1e-8 is itself 0 and protects nothing."
        ),
        variants=(log_sigmoid_epsilon_1e8, log_sigmoid_epsilon_1e7, log_sigmoid_epsilon_1e10, log_sigmoid_epsilon_1e12),
    ),
    Misconception(
        name="clamped-probability",
        title="The probability is clamped before the logarithm",
        explanation=(
            "You keep the probability above a small bound and take its logarithm. Beyond the bound all z give the "
            "same value, and `clamp` has a gradient of exactly 0 there. The curve looks right and merely has a floor, "
            "which seems a fair price for never seeing -inf. It is the most badly wrong examples that reach the "
            "floor, and from then on nothing pulls them back."
        ),
        variants=(
            log_sigmoid_clamped_probability_1e7,
            log_sigmoid_clamped_probability_1e8,
            log_sigmoid_clamped_probability_1e12,
            log_sigmoid_clamped_probability_eps,
            log_sigmoid_clamped_probability_tiny,
        ),
    ),
    Misconception(
        name="clamped-logarithm",
        title="The logarithm is clamped at -100",
        explanation=(
            "You let the logarithm fail and cut it off at -100, as `torch.nn.BCELoss` does. Where the sigmoid is 0 "
            "the result is -100 for every z, so it jumps from about -88.7 to -100 in float32 and stays there, and the "
            "gradient is nan or 0, depending on how the sigmoid was written. Borrowing what a library does feels "
            "safe. The library does it because it is given a probability and no longer has the logit; you have it."
        ),
        variants=(log_sigmoid_clamped_logarithm,),
    ),
    Misconception(
        name="cancels",
        title="z minus softplus(z)",
        explanation=(
            "You use log σ(z) = z - softplus(z), a true identity. For large positive z the two numbers are the same "
            "but for the last digits: at z = 20 softplus is 20.000000002, float32 keeps 20 of that, and the "
            "difference is 0 where -2.06e-9 is right. For negative z it is fine, and those are the values one tests "
            "after an overflow. Among several identities, choose the one in which nothing large is subtracted from "
            "something nearly equal."
        ),
        variants=(log_sigmoid_cancels, log_sigmoid_cancels_logaddexp),
    ),
    Misconception(
        name="log-not-log1p",
        title="log(1 + …) where log1p is needed",
        explanation=(
            "The exponential is safe, but it is added to 1 before the logarithm is taken. In float32 1 + exp(-20) is "
            "exactly 1, so for z = 20 you return 0 where -2.06e-9 is right, and at z = 9 three of seven digits are "
            "gone. On paper the two forms are one. The loss of every example that the model has clearly right turns "
            "into 0 or rounding noise."
        ),
        variants=(log_sigmoid_log_not_log1p, log_sigmoid_log_not_log1p_clamped),
    ),
    Misconception(
        name="where-nan-gradient",
        title="The branch that was not chosen sends back nan",
        explanation=(
            "You compute one form for negative z and one for the others and choose with `where`. The values are "
            "right. Both forms are computed for every z, though, and in the one that is thrown away exp overflows; "
            "backpropagation multiplies its slope by 0, and 0 · inf is nan. Two cases in a definition suggest a "
            "`where`. The first badly wrong example turns every weight into nan while the loss still prints a "
            "sensible number."
        ),
        variants=(log_sigmoid_where,),
    ),
    Misconception(
        name="threshold",
        title="z itself, from a threshold on",
        explanation=(
            "Below a threshold you return z and drop the rest, perhaps in the softplus that you call. At -20 the rest "
            "is 2e-9, which float32 cannot show beside 20 and float64 can: there the result is wrong from the eleventh "
            "digit on. It is how a library saves time, and in float32 nobody finds out. No single threshold suits four "
            "dtypes, and a form with -|z| needs none."
        ),
        variants=(log_sigmoid_threshold,),
    ),
    Misconception(
        name="slope-at-zero",
        title="The slope at 0 is not one half",
        explanation=(
            "Values and gradients are right, except the gradient at z = 0. There `clamp` passes all of the gradient "
            "on and `relu` none, and |z| contributes 0, so the slope is 1 or 0 where σ(0) = 0.5 is right. "
            "(The check weighs the slopes: it shows yours times a number of its own.) As curves "
            "they are the same as a minimum. With a last layer that starts at zero, every logit of the first step is "
            "exactly 0. `torch.minimum(z, torch.zeros_like(z))` splits the gradient evenly."
        ),
        variants=(log_sigmoid_clamped_minimum, log_sigmoid_relu_minimum),
    ),
    Misconception(
        name="minus-missing-inside",
        title="The logarithm of 1 - σ(z)",
        explanation=(
            "You return -softplus(z), which is log(1 - σ(z)): the log-probability of the label 0. The one you want is "
            "-softplus(-z), with a second minus inside. Both are never positive and both are right at z = 0, so a "
            "glance at a few numbers does not tell them apart. In a loss the two labels would trade places."
        ),
        variants=(log_sigmoid_no_minus_inside,),
    ),
    Misconception(
        name="minus-missing-outside",
        title="The sign of the result is turned round",
        explanation=(
            "You return softplus(-z), which is -log σ(z). The logarithm of a probability is never positive; yours is "
            "never negative. It is the loss of a label 1, and since that is what one is after in the end, the minus "
            "gets lost early. Used in a loss that has its own minus, it makes training climb."
        ),
        variants=(log_sigmoid_no_minus_outside,),
    ),
    Misconception(
        name="softplus-itself",
        title="softplus(z), unchanged",
        explanation=(
            "You return softplus(z). The log-sigmoid is -softplus(-z): one minus goes in and one comes out, and the "
            "two do not cancel, because softplus is no odd function. At z = 0 the result should be -ln 2, and yours "
            "is ln 2. Two signs that are both forgotten feel like one that was taken care of."
        ),
        variants=(log_sigmoid_no_minus_at_all,),
    ),
    Misconception(
        name="no-logarithm",
        title="The sigmoid, without a logarithm",
        explanation=(
            "You return σ(z) itself, a number between 0 and 1. What is wanted is its logarithm, a number that is "
            "never positive and about z for z far below 0. A carefully written sigmoid is a real piece of work, and "
            "it is easy to stop there. The logarithm of it would fail all the same, since it saturates to 0 and 1."
        ),
        variants=(log_sigmoid_without_log,),
    ),
    Misconception(
        name="lost-minimum",
        title="The linear part is missing",
        explanation=(
            "You return -log1p(exp(-|z|)), the same for z and -z. For positive z that is right. For negative z the "
            "factor that was taken out to make the exponential safe has to come back as a summand, min(z, 0): at "
            "z = -20 the result is about -20, and yours is about 0. Tests on confident positive logits pass. A badly "
            "wrong example would have a loss of nearly 0."
        ),
        variants=(log_sigmoid_without_the_minimum,),
    ),
)
