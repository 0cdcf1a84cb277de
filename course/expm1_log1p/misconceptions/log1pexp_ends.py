"""Known mistakes in `log1pexp(x)`.

Every variant takes `x` (any shape, floating point), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def log1pexp_as_written(x):
    return torch.log(1 + torch.exp(x))


def log1pexp_log1p_alone(x):
    return torch.log1p(torch.exp(x))


def log1pexp_plain_logarithm(x):
    return torch.maximum(x, torch.zeros_like(x)) + torch.log(1 + torch.exp(-x.abs()))


def log1pexp_identity_above_20(x):
    return torch.where(x > 20, x, torch.log1p(torch.exp(x)))


def log1pexp_identity_above_30(x):
    return torch.where(x > 30, x, torch.log1p(torch.exp(x)))


def log1pexp_identity_above_20_calm(x):
    large = x > 20
    return torch.where(large, x, torch.log1p(torch.exp(torch.where(large, torch.zeros_like(x), x))))


def log1pexp_identity_above_10_calm(x):
    large = x > 10
    return torch.where(large, x, torch.log1p(torch.exp(torch.where(large, torch.zeros_like(x), x))))


def log1pexp_clamped_10(x):
    return torch.log1p(torch.exp(x.clamp(max=10)))


def log1pexp_clamped_50(x):
    return torch.log1p(torch.exp(x.clamp(max=50)))


def log1pexp_clamped_80(x):
    return torch.log1p(torch.exp(x.clamp(max=80)))


def log1pexp_relu(x):
    return torch.relu(x) + torch.log1p(torch.exp(-x.abs()))


def log1pexp_clamp_at_zero(x):
    return x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))


def log1pexp_no_absolute_value(x):
    return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x))


LOG1PEXP = (
    Misconception(
        name="as-written",
        title="The formula as it is written",
        explanation=(
            "You take the exponential, add 1 and take the logarithm, as the formula says. Far above 0 the exponential "
            "is inf; far below it the sum is exactly 1 and its logarithm exactly 0, although the answer is close to "
            "exp(x). Both ends look harmless on paper. A loss made of this reports 0 for every example that is easy "
            "and inf for one that is hard."
        ),
        variants=(log1pexp_as_written,),
    ),
    Misconception(
        name="log1p-alone",
        title="log1p without a guard against overflow",
        explanation=(
            "You use log1p on exp(x), which keeps every digit far below 0. Far above it exp(x) itself is inf, and no "
            "logarithm brings it back. It is tempting to take the one function for the cure of both ends. In float16 "
            "this is inf from 11.1 on, a size that logits reach every day."
        ),
        variants=(log1pexp_log1p_alone,),
    ),
    Misconception(
        name="plain-logarithm",
        title="log(1 + ·) where log1p belongs",
        explanation=(
            "You have taken the large part out, so nothing overflows, and then write log(1 + ·) around a number that "
            "may be tiny. Added to 1, everything below half an epsilon is gone: you return exactly 0 where exp(x) is "
            "right. Many published softplus formulas print it in this way. The error is small beside 1, so it shows "
            "only where the whole value is small: in the easy examples, which are most of them."
        ),
        variants=(log1pexp_plain_logarithm,),
    ),
    Misconception(
        name="nan-gradient",
        title="A right value with a nan behind it",
        explanation=(
            "You return x itself where x is large, and pick it with `where` after exp(x) was computed everywhere. "
            "The value is right wherever you switch before exp overflows, which in float16 it does at 11.1. On the way "
            "back the branch you threw away is multiplied by 0, and its derivative is 0 · inf, which is nan. Unit 03 "
            "met the same trap: put a harmless number in before the exponential, not only the right one in after it."
        ),
        variants=(log1pexp_identity_above_20, log1pexp_identity_above_30),
    ),
    Misconception(
        name="identity-too-early",
        title="x itself, while exp(-x) still counts",
        explanation=(
            "From some x on you return x and drop the rest, which is about exp(-x). At 20 that is 2e-9: nothing in "
            "float32, where numbers near 20 are 2e-6 apart, and half a million units in the last place of float64. A "
            "threshold that suits one dtype is copied into code for another. With log1p(exp(-x)) added there is "
            "nothing to switch."
        ),
        variants=(log1pexp_identity_above_20_calm, log1pexp_identity_above_10_calm),
    ),
    Misconception(
        name="clamped",
        title="A clamp before the exponential",
        explanation=(
            "You clamp x so that its exponential stays finite. Beyond the clamp every x gives the same value, and the "
            "gradient is exactly 0. It ends the inf, which is why it is popular. An example that is badly wrong then "
            "stops pulling at the weights altogether."
        ),
        variants=(log1pexp_clamped_10, log1pexp_clamped_50, log1pexp_clamped_80),
    ),
    Misconception(
        name="one-sided-at-zero",
        title="A gradient of 0 or 1 at x = 0",
        explanation=(
            "All values are right, and at exactly 0 the gradient is not 1/2. `relu` counts 0 as below and `clamp` "
            "counts it as inside, while the other term's `abs` contributes nothing there. The check weighs every "
            "entry of the result, so it may show you a multiple of the slope. The function is smooth; it is only "
            "written as a sum of two that have a kink. A freshly initialised layer gives exactly 0 in every place, so "
            "the first step of training meets it everywhere; `torch.maximum` splits the tie evenly."
        ),
        variants=(log1pexp_relu, log1pexp_clamp_at_zero),
    ),
    Misconception(
        name="no-absolute-value",
        title="exp(-x) for negative x too",
        explanation=(
            "You take exp(-x) and not exp(-|x|). For positive x that is the same. For negative x it is large, the "
            "maximum is 0, and you return log(1 + exp(|x|)), the value of the other side, or inf. The two halves of "
            "the formula are easily derived for positive x and then trusted everywhere."
        ),
        variants=(log1pexp_no_absolute_value,),
    ),
)
