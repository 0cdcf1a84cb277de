"""Known mistakes in `decay_weights(length, rate, dtype=torch.float32)`.

Every variant takes two Python numbers and a dtype, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def decay_weights_naive(length, rate, dtype=torch.float32):
    w = torch.exp(-rate * torch.arange(length, dtype=torch.float32))
    return (w / w.sum()).to(dtype)


def decay_weights_naive_in_dtype(length, rate, dtype=torch.float32):
    w = torch.exp((-rate * torch.arange(length, dtype=torch.float64)).to(dtype))
    return w / w.sum()


def decay_weights_naive_double(length, rate, dtype=torch.float32):
    w = torch.exp(-rate * torch.arange(length, dtype=torch.float64))
    return (w / w.sum()).to(dtype)


def decay_weights_no_minus(length, rate, dtype=torch.float32):
    z = rate * torch.arange(length, dtype=torch.float64)
    w = torch.exp(z - z.max())
    return (w / w.sum()).to(dtype)


def decay_weights_no_minus_naive(length, rate, dtype=torch.float32):
    w = torch.exp(rate * torch.arange(length, dtype=torch.float32))
    return (w / w.sum()).to(dtype)


def decay_weights_not_normalised(length, rate, dtype=torch.float32):
    return torch.exp(-rate * torch.arange(length, dtype=torch.float64)).to(dtype)


def decay_weights_peak_of_one(length, rate, dtype=torch.float32):
    z = -rate * torch.arange(length, dtype=torch.float64)
    return torch.exp(z - z.max()).to(dtype)


def decay_weights_half_index(length, rate, dtype=torch.float32):
    z = -rate * torch.arange(length, dtype=dtype)
    w = torch.exp(z - z.max())
    return w / w.sum()


def decay_weights_cast_too_early(length, rate, dtype=torch.float32):
    z = (-rate * torch.arange(length, dtype=torch.float64)).to(dtype)
    w = torch.exp(z - z.max())
    return w / w.sum()


def decay_weights_absolute_rate(length, rate, dtype=torch.float32):
    w = torch.exp(-abs(rate) * torch.arange(length, dtype=torch.float64))
    return (w / w.sum()).to(dtype)


def decay_weights_clamped_80(length, rate, dtype=torch.float32):
    w = torch.exp((-rate * torch.arange(length, dtype=torch.float32)).clamp(-80, 80))
    return (w / w.sum()).to(dtype)


def decay_weights_clamped_80_double(length, rate, dtype=torch.float32):
    w = torch.exp((-rate * torch.arange(length, dtype=torch.float64)).clamp(-80, 80))
    return (w / w.sum()).to(dtype)


def decay_weights_clamped_above(length, rate, dtype=torch.float32):
    w = torch.exp((-rate * torch.arange(length, dtype=torch.float32)).clamp(max=80))
    return (w / w.sum()).to(dtype)


def decay_weights_power(length, rate, dtype=torch.float32):
    import math

    base = torch.tensor(math.exp(-max(rate, -80)), dtype=torch.float32)
    w = base ** torch.arange(length, dtype=torch.float32)
    return (w / w.sum()).to(dtype)


def decay_weights_running_product(length, rate, dtype=torch.float32):
    import math

    factors = torch.full((length,), math.exp(-max(rate, -80)), dtype=torch.float32)
    factors[0] = 1
    w = factors.cumprod(0)
    return (w / w.sum()).to(dtype)


def decay_weights_linear(length, rate, dtype=torch.float32):
    w = 1 - rate * torch.arange(length, dtype=torch.float64)
    return (w / w.sum()).to(dtype)


def decay_weights_infinite_series(length, rate, dtype=torch.float32):
    import math

    w = torch.exp(-rate * torch.arange(length, dtype=torch.float64))
    return (w * (1 - math.exp(min(-rate, 700)))).to(dtype)


def decay_weights_half_life(length, rate, dtype=torch.float32):
    z = -rate * torch.arange(length, dtype=torch.float64) * 0.6931471805599453
    w = torch.exp(z - z.max())
    return (w / w.sum()).to(dtype)


def decay_weights_shifted_by_first(length, rate, dtype=torch.float32):
    z = -rate * torch.arange(length, dtype=torch.float32)
    w = torch.exp(z - z[0])
    return (w / w.sum()).to(dtype)


def decay_weights_shifted_by_last(length, rate, dtype=torch.float32):
    z = -rate * torch.arange(length, dtype=torch.float32)
    w = torch.exp(z - z[-1])
    return (w / w.sum()).to(dtype)


def decay_weights_shifted_by_last_double(length, rate, dtype=torch.float32):
    z = -rate * torch.arange(length, dtype=torch.float64)
    w = torch.exp(z - z[-1])
    return (w / w.sum()).to(dtype)


def decay_weights_shifted_by_middle(length, rate, dtype=torch.float32):
    z = -rate * torch.arange(length, dtype=torch.float32)
    w = torch.exp(z - z.mean())
    return (w / w.sum()).to(dtype)


def decay_weights_shifted_by_middle_double(length, rate, dtype=torch.float32):
    z = -rate * torch.arange(length, dtype=torch.float64)
    w = torch.exp(z - z.mean())
    return (w / w.sum()).to(dtype)


DECAY_WEIGHTS = (
    Misconception(
        name="naive-growth",
        title="The exponential of a growing argument",
        explanation=(
            "You exponentiate -rate·k as it stands. For a positive rate all arguments are at most 0 and nothing can "
            "happen; a negative rate makes them grow, at -300 the second one is 300 already, and inf/inf is nan. The "
            "word decay suggests that the rate is positive. The weights only depend on *differences* of the "
            "arguments, so you may measure these from the largest instead of from k = 0."
        ),
        variants=(
            decay_weights_naive,
            decay_weights_naive_in_dtype,
            decay_weights_naive_double,
            decay_weights_shifted_by_first,
        ),
    ),
    Misconception(
        name="shifted-by-the-last",
        title="Measured from the last weight, whatever the sign of the rate",
        explanation=(
            "You measure the arguments from the last one. For a negative rate that is the largest, and your weights "
            "are right. For a positive rate it is the smallest: then everything before it is far above 0 and "
            "overflows: in float32 once the arguments span 88, in float64 709. Which end is the largest "
            "depends on the sign, so let the numbers say it."
        ),
        variants=(decay_weights_shifted_by_last, decay_weights_shifted_by_last_double),
    ),
    Misconception(
        name="shifted-by-the-middle",
        title="Measured from the middle",
        explanation=(
            "You measure the arguments from the middle. Half of them are then still above 0, and their "
            "exponentials overflow where there are many weights or the rate is large; inf/inf is nan. Keeping the "
            "small ones away from 0 looks fair to both ends. What underflows beside a 1 is no loss; what overflows "
            "takes the whole sum with it."
        ),
        variants=(decay_weights_shifted_by_middle, decay_weights_shifted_by_middle_double),
    ),
    Misconception(
        name="no-minus",
        title="The minus sign is missing",
        explanation=(
            "Your weights grow where they should decay: the first should be the largest for a positive rate. The sum "
            "is 1 and nothing overflows, so it looks right unless one looks at the order. An average over the past "
            "with these weights trusts the oldest value most."
        ),
        variants=(decay_weights_no_minus, decay_weights_no_minus_naive),
    ),
    Misconception(
        name="not-normalised",
        title="The weights do not sum to 1",
        explanation=(
            "You return the exponentials and not their shares of the sum. Each is right up to one common factor, so a "
            "picture of them shows nothing wrong. A weighted average with them comes out several times too large, and "
            "a learning rate tuned to hide that breaks when the length changes."
        ),
        variants=(decay_weights_not_normalised, decay_weights_peak_of_one),
    ),
    Misconception(
        name="half-precision-arguments",
        title="k, or rate·k, is formed in half precision",
        explanation=(
            "You count k, or form -rate·k, in the result's dtype. float16 has no odd whole numbers beyond 2048 and "
            "bfloat16 none beyond 256, so neighbours share a k; an argument of 1499.5 becomes 1500 in float16 and "
            "1496 in bfloat16, and -rate·k may overflow. The weights come in steps, or as nan. In float32 the same "
            "line is right, which hides it. Position encodings computed like this make neighbouring words "
            "indistinguishable."
        ),
        variants=(decay_weights_half_index, decay_weights_cast_too_early),
    ),
    Misconception(
        name="sign-ignored",
        title="A negative rate is treated as a positive one",
        explanation=(
            "You drop the sign of the rate. Nothing overflows then, but a negative rate asks for weights that grow "
            "with k, and yours decay. It is the shortest way to silence the inf. The newest entry of a window, which "
            "should count most, then counts least."
        ),
        variants=(decay_weights_absolute_rate,),
    ),
    Misconception(
        name="clamped",
        title="The arguments are clamped",
        explanation=(
            "You clamp -rate·k, so that exp stays finite. All arguments beyond the limit become equal, and so do "
            "their weights: at a rate of -300 the last four of five share the sum, where the last should have it all. "
            "Clamping is a popular repair because no inf is left to see. It answers another question than the one "
            "that was asked."
        ),
        variants=(decay_weights_clamped_80, decay_weights_clamped_80_double, decay_weights_clamped_above),
    ),
    Misconception(
        name="powers-of-a-rounded-number",
        title="Powers of a factor that was rounded once",
        explanation=(
            "You compute one factor exp(-rate) and raise it to the power k, or multiply it up. The factor was rounded "
            "to float32, and the error is multiplied by k: after 3000 steps three digits are gone. On paper it is the "
            "same. Whatever scales an exponent belongs inside the exponential, where one rounding is one rounding; "
            "and for a large negative rate the factor alone overflows."
        ),
        variants=(decay_weights_power, decay_weights_running_product),
    ),
    Misconception(
        name="linear",
        title="A straight line instead of an exponential",
        explanation=(
            "You use 1 - rate·k, the first two terms of the series of exp(-rate·k). Near k = 0 the two are close. The "
            "line reaches 0 at k = 1/rate and goes on below, and a negative weight turns an average into something "
            "that can leave the range of its data."
        ),
        variants=(decay_weights_linear,),
    ),
    Misconception(
        name="infinite-series",
        title="Normalised for infinitely many weights",
        explanation=(
            "You multiply by 1 - exp(-rate), which is one over the sum of *infinitely* many weights. Yours sum to a "
            "little less than 1, and to much less where length times rate is small; at a rate of 0 they are all 0. It "
            "is the usual form of an exponential moving average. There the missing part makes the first averages of a "
            "run too small."
        ),
        variants=(decay_weights_infinite_series,),
    ),
    Misconception(
        name="powers-of-two",
        title="Halves instead of factors of e",
        explanation=(
            "You decay by powers of 2, so that a rate of 1 halves the weight at every step. Here a rate of 1 divides "
            "it by e = 2.718. Half-life and rate differ by a factor of ln 2, and both are called a decay rate in "
            "practice. The curve has the right shape and is too flat."
        ),
        variants=(decay_weights_half_life,),
    ),
)
