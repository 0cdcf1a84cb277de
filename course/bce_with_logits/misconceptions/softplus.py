"""Known mistakes in `softplus(z)`.

Every variant takes `z` (any shape, floating point), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def softplus_naive(z):
    return torch.log(1 + torch.exp(z))


def softplus_naive_in_double(z):
    return torch.log(1 + torch.exp(z.double())).to(z.dtype)


def softplus_naive_in_float(z):
    return torch.log(1 + torch.exp(z.float())).to(z.dtype)


def softplus_overflows(z):
    return torch.log1p(torch.exp(z))


def softplus_overflows_in_float(z):
    return torch.log1p(torch.exp(z.float())).to(z.dtype)


def softplus_log_not_log1p(z):
    return torch.maximum(z, torch.zeros_like(z)) + torch.log(1 + torch.exp(-z.abs()))


def softplus_log_not_log1p_clamped(z):
    return z.clamp(min=0) + torch.log(1 + torch.exp(-z.abs()))


def softplus_log_not_log1p_relu(z):
    return torch.relu(z) + torch.log(1 + torch.exp(-z.abs()))


def softplus_threshold(z):
    return torch.where(z > 20, z, torch.log1p(torch.exp(z.clamp(max=20))))


def softplus_threshold_10(z):
    return torch.where(z > 10, z, torch.log1p(torch.exp(z.clamp(max=10))))


def softplus_threshold_inside_where(z):
    return torch.where(z > 20, z, torch.log1p(torch.exp(z)))


def softplus_threshold_over_log(z):
    return torch.where(z > 20, z, torch.log(1 + torch.exp(z.clamp(max=20))))


def softplus_threshold_over_log_in_float(z):
    x = z.float() if z.dtype.itemsize < 4 else z
    return torch.where(x > 20, x, torch.log(1 + torch.exp(x.clamp(max=20)))).to(z.dtype)


def softplus_threshold_over_log_inside_where(z):
    return torch.where(z > 20, z, torch.log(1 + torch.exp(z)))


def softplus_where(z):
    return torch.where(z > 0, z + torch.log1p(torch.exp(-z)), torch.log1p(torch.exp(z)))


def softplus_clamped_maximum(z):
    return z.clamp(min=0) + torch.log1p(torch.exp(-z.abs()))


def softplus_relu_maximum(z):
    return torch.relu(z) + torch.log1p(torch.exp(-z.abs()))


def softplus_clipped_20(z):
    return torch.log1p(torch.exp(z.clamp(-20, 20)))


def softplus_clipped_50(z):
    return torch.log1p(torch.exp(z.clamp(-50, 50)))


def softplus_clipped_80(z):
    return torch.log1p(torch.exp(z.clamp(-80, 80)))


def softplus_clipped_88(z):
    return torch.log1p(torch.exp(z.clamp(-88, 88)))


def softplus_clipped_above(z):
    return torch.log1p(torch.exp(z.clamp(max=80)))


def softplus_without_the_maximum(z):
    return torch.log1p(torch.exp(-z.abs()))


def softplus_only_the_maximum(z):
    return torch.relu(z)


def softplus_of_minus_z(z):
    return torch.maximum(-z, torch.zeros_like(z)) + torch.log1p(torch.exp(-z.abs()))


def softplus_negated(z):
    return torch.minimum(z, torch.zeros_like(z)) - torch.log1p(torch.exp(-z.abs()))


def softplus_always_shifted(z):
    return z + torch.log1p(torch.exp(-z))


SOFTPLUS = (
    Misconception(
        name="naive-softplus",
        title="The formula as it stands on paper",
        explanation=(
            "You take exp(z), add 1 and take the logarithm. That fails at both ends. In float32 exp(z) is inf from "
            "about 88.7 upwards, where the result is barely more than z; and for z below about -17 the sum 1 + exp(z) "
            "rounds to exactly 1 and its logarithm to 0, although the result is a number that float32 has. It is the "
            "definition, typed in, so nothing about it looks wrong. A loss built on it is inf for the first badly "
            "wrong example and exactly 0 for every good one."
        ),
        variants=(softplus_naive, softplus_naive_in_float, softplus_naive_in_double),
    ),
    Misconception(
        name="overflowing-exp",
        title="The exponential of a large positive number",
        explanation=(
            "You use log1p, which keeps the small results, but you still take exp(z) where z may be large. In float32 "
            "that is inf from about 88.7 upwards and in float16 from about 11.1, and log1p(inf) is inf. It is half of "
            "the repair, and the half that shows on z = -20. The largest term of exp(0) + exp(z) has to come out as a "
            "factor first, just as in log-sum-exp: what is left inside is the exponential of a number that is not "
            "positive."
        ),
        variants=(softplus_overflows, softplus_overflows_in_float),
    ),
    Misconception(
        name="log-not-log1p",
        title="log(1 + …) where log1p is needed",
        explanation=(
            "Nothing overflows any more, but you add the exponential to 1 before you take the logarithm (or the "
            "`logsumexp` that you call does). In float32 1 + exp(-20) is exactly 1, so for z = -20 you return 0 where "
            "2.06e-9 is right, and at z = -9 three of seven digits are gone already. The formula is printed like this "
            "in many places, because on paper the two are the same. What is lost is the loss of every "
            "example that the model has right, which is most of them late in training."
        ),
        variants=(softplus_log_not_log1p, softplus_log_not_log1p_clamped, softplus_log_not_log1p_relu),
    ),
    Misconception(
        name="where-nan-gradient",
        title="The branch that was not chosen sends back nan",
        explanation=(
            "You compute two forms and pick the right one of them with `where`. The values are right, or nearly. But "
            "both forms are computed for every z, so exp overflows in the one you throw away, and on the way back it "
            "receives a gradient of 0: 0 · inf is nan, and the sum of a nan and the right gradient is nan. It is the "
            "natural way to write a definition with two cases. The loss curve stays fine for one more step; then all "
            "weights are nan. Give the exponential an argument that is harmless in both cases, such as -|z|."
        ),
        variants=(softplus_where, softplus_threshold_inside_where),
    ),
    Misconception(
        name="threshold",
        title="z itself, from a threshold on",
        explanation=(
            "Above a threshold you return z and drop the rest. At 20 the rest is 2e-9, which float32 cannot show "
            "beside 20; float64 can, and there the result is wrong from the eleventh digit on. (`torch.nn.functional."
            "softplus` does exactly this, with 20 as its default, in every dtype.) A lower threshold shows in float32 "
            "as well, as a small jump of the loss where the branches meet. The form with -|z| needs no threshold."
        ),
        variants=(softplus_threshold, softplus_threshold_10),
    ),
    Misconception(
        name="threshold-over-log",
        title="A threshold above, and log(1 + exp(z)) below it",
        explanation=(
            "Above a threshold you return z, and below it log(1 + exp(z)). The threshold keeps exp(z) from becoming "
            "inf, and it does nothing for the other end: in float32 1 + exp(-20) is exactly 1, so for z = -20 you "
            "return 0 where 2.06e-9 is right, and at z = -9 three of seven digits are gone already. `log1p` keeps "
            "them. What you drop above the threshold, 7.6e-10 at z = 21, float64 would have shown as well. The form "
            "with -|z| and log1p needs no threshold."
        ),
        variants=(
            softplus_threshold_over_log,
            softplus_threshold_over_log_in_float,
            softplus_threshold_over_log_inside_where,
        ),
    ),
    Misconception(
        name="slope-at-zero",
        title="The slope at 0 is not one half",
        explanation=(
            "The values are right everywhere, and the gradient too, except at z = 0. There `clamp` passes all of the "
            "gradient on and `relu` none of it, and |z| contributes 0, so you get 1 or 0 where σ(0) = 0.5 is right. "
            "(The check weighs the slopes: it shows yours times a number of its own.) "
            "Both functions draw the same curve as the maximum, which is why they look interchangeable. A logit is "
            "exactly 0 more often than one thinks: for every example, if the last layer starts with zero weights. "
            "`torch.maximum(z, torch.zeros_like(z))` splits the gradient evenly at a tie."
        ),
        variants=(softplus_clamped_maximum, softplus_relu_maximum),
    ),
    Misconception(
        name="clipped-logit",
        title="z is clipped before the exponential",
        explanation=(
            "You keep z within bounds that the exponential can bear. Nothing is inf, and everything beyond the bound "
            "gets the same result: clipped at 80, z = 1000 gives 80. Clamping is recommended for this in public "
            "guides, and it silences the error at hand. Beyond the bound the gradient is exactly 0, so the examples "
            "that the model has most badly wrong are the ones that it can no longer learn from."
        ),
        variants=(
            softplus_clipped_20,
            softplus_clipped_50,
            softplus_clipped_80,
            softplus_clipped_88,
            softplus_clipped_above,
        ),
    ),
    Misconception(
        name="lost-maximum",
        title="The maximum is not given back",
        explanation=(
            "You make the exponential safe with -|z| and return what is left: log1p(exp(-|z|)), a bump around 0 that "
            "is the same for z and -z. The factor exp(max(z, 0)) that came out of the sum has to go back in, as a "
            "summand, once the logarithm is taken. For negative z it is 0, so tests on negative numbers pass. As a "
            "loss it would fall to 0 for every confident prediction, right or wrong."
        ),
        variants=(softplus_without_the_maximum,),
    ),
    Misconception(
        name="only-the-maximum",
        title="max(z, 0) alone",
        explanation=(
            "You return max(z, 0). Softplus is often drawn as a smooth version of that function, and far from 0 the "
            "two agree to many digits. Near 0 they do not: softplus(0) is ln 2, not 0. With the corner in place of "
            "the curve, the gradient of a loss is 0 or 1 and never between, and an example that is right by a hair "
            "teaches the model nothing."
        ),
        variants=(softplus_only_the_maximum,),
    ),
    Misconception(
        name="turned-round",
        title="The sign of z is turned round",
        explanation=(
            "You return log(1 + exp(-z)), which is large for negative z. It is right at 0 and a mirror image "
            "elsewhere. The identity log σ(z) = -softplus(-z) has the minus inside, and it is easy to carry it into "
            "softplus itself. A loss made of it rewards what it should punish: training goes steadily in the wrong "
            "direction, without a nan to stop it."
        ),
        variants=(softplus_of_minus_z,),
    ),
    Misconception(
        name="log-sigmoid-instead",
        title="log σ(z), not softplus(z)",
        explanation=(
            "You return log σ(z), which is never positive. Softplus is log(1 + exp(z)), never negative; the two are "
            "related by log σ(z) = -softplus(-z), with a minus inside and another outside. A minimum where the "
            "maximum should be, and a minus before log1p, lead here together. Each of the two looks plausible alone, "
            "and the size of the result is right for a z of the other sign."
        ),
        variants=(softplus_negated,),
    ),
    Misconception(
        name="shifted-the-wrong-way",
        title="z is taken out where 0 is the larger one",
        explanation=(
            "You write softplus as z + log1p(exp(-z)). For positive z that is the right shift; for negative z it "
            "takes out the smaller of the two terms, and the exponential grows without bound: inf in float32 from "
            "z = -89 downwards. Before that the digits go, because z and log1p(exp(-z)) nearly cancel. It looks like "
            "the max-shift, with the maximum already filled in. Every confident negative prediction then has a loss "
            "of inf or of rounding noise."
        ),
        variants=(softplus_always_shifted,),
    ),
)
