"""Known mistakes in `geometric_schedule(start, end, steps)`.

Every variant takes three Python numbers, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def geometric_schedule_linear(start, end, steps):
    return torch.linspace(start, end, steps)


def geometric_schedule_short_of_the_end(start, end, steps):
    import math

    k = torch.arange(steps, dtype=torch.float64) / steps
    return (start * torch.exp(k * (math.log(end) - math.log(start)))).float()


def geometric_schedule_beyond_the_start(start, end, steps):
    import math

    k = torch.arange(1, steps + 1, dtype=torch.float64) / steps
    return (start * torch.exp(k * (math.log(end) - math.log(start)))).float()


def geometric_schedule_drifting_powers(start, end, steps):
    ratio = torch.tensor((end / start) ** (1 / max(steps - 1, 1)), dtype=torch.float32)
    return start * ratio ** torch.arange(steps, dtype=torch.float32)


def geometric_schedule_drifting_python_ratio(start, end, steps):
    ratio = (end / start) ** (1 / max(steps - 1, 1))
    return start * ratio ** torch.arange(steps)


def geometric_schedule_drifting_and_no_gap(start, end, steps):
    ratio = (end / start) ** (1 / (steps - 1))
    return start * ratio ** torch.arange(steps)


def geometric_schedule_drifting_product(start, end, steps):
    ratio = (end / start) ** (1 / max(steps - 1, 1))
    factors = torch.full((steps,), ratio, dtype=torch.float32)
    factors[0] = start
    return factors.cumprod(0)


def geometric_schedule_soft_ends(start, end, steps):
    import math

    return torch.exp(torch.linspace(math.log(start), math.log(end), steps))


def geometric_schedule_soft_ends_of_tensors(start, end, steps):
    low, high = torch.tensor(float(start)).log(), torch.tensor(float(end)).log()
    return torch.exp(torch.linspace(low.item(), high.item(), steps))


def geometric_schedule_soft_ends_base_10(start, end, steps):
    import math

    return 10 ** torch.linspace(math.log10(start), math.log10(end), steps)


def geometric_schedule_logspace(start, end, steps):
    import math

    return torch.logspace(math.log10(start), math.log10(end), steps)


def geometric_schedule_from_zero(start, end, steps):
    import math

    return start * torch.exp(torch.linspace(0, math.log(end / start), steps))


def geometric_schedule_ascending(start, end, steps):
    import math

    low, high = min(start, end), max(start, end)
    values = torch.exp(torch.linspace(math.log(low), math.log(high), steps, dtype=torch.float64)).float()
    values[0] = low
    if steps > 1:
        values[-1] = high
    return values


def geometric_schedule_overflowing_ratio(start, end, steps):
    ratio = torch.tensor(float(end)) / torch.tensor(float(start))
    values = start * ratio ** (torch.arange(steps) / max(steps - 1, 1))
    values[-1] = end if steps > 1 else start
    return values


def geometric_schedule_overflowing_log(start, end, steps):
    span = torch.log(torch.tensor(float(end)) / torch.tensor(float(start)))
    values = start * torch.exp(span * torch.linspace(0, 1, steps))
    values[-1] = end if steps > 1 else start
    return values


def geometric_schedule_overflowing_power(start, end, steps):
    import math

    values = start * torch.exp(torch.linspace(0, 1, steps) * math.log(end / start))
    if steps > 1:
        values[-1] = end
    values[0] = start
    return values


def geometric_schedule_bent_line(start, end, steps):
    t = torch.linspace(0, 1, steps, dtype=torch.float64)
    bend = torch.expm1(t) / (torch.e - 1)
    return (start + (end - start) * bend).float()


def geometric_schedule_mixed_bases(start, end, steps):
    import math

    return 10 ** torch.linspace(math.log(start), math.log(end), steps)


def geometric_schedule_mixed_bases_e(start, end, steps):
    import math

    return torch.exp(torch.linspace(math.log10(start), math.log10(end), steps))


def geometric_schedule_zero_over_zero(start, end, steps):
    import math

    k = torch.arange(steps, dtype=torch.float64)
    t = k / (k[-1])
    values = torch.exp(math.log(start) + t * (math.log(end) - math.log(start))).float()
    if steps > 1:
        values[0], values[-1] = start, end
    return values


def geometric_schedule_ends_at_end(start, end, steps):
    import math

    values = torch.exp(torch.linspace(math.log(start), math.log(end), steps, dtype=torch.float64)).float()
    values[0] = start
    values[-1] = end
    return values


GEOMETRIC_SCHEDULE = (
    Misconception(
        name="linear",
        title="Equal differences instead of equal ratios",
        explanation=(
            "You step by equal differences. From 0.01 to 50 in 100 steps, the first step then leads to 0.51, where "
            "forty-six of the hundred should lie below that. On a short range the two look alike. A noise schedule "
            "built this way hardly ever shows the model the small noise that fine detail is learned from."
        ),
        variants=(geometric_schedule_linear,),
    ),
    Misconception(
        name="off-by-one",
        title="One step too many in the denominator",
        explanation=(
            "You divide the way by `steps`. But `steps` numbers have only `steps - 1` gaps between them, so your "
            "schedule misses one of its ends and every ratio is slightly wrong. It is the fence-post error, and with "
            "a thousand steps the eye does not see it. A sampler that stops short of the last noise level leaves "
            "noise in every picture."
        ),
        variants=(geometric_schedule_short_of_the_end, geometric_schedule_beyond_the_start),
    ),
    Misconception(
        name="drifting-ratio",
        title="One rounded ratio, used again and again",
        explanation=(
            "You round the ratio of neighbours to float32 once and multiply with it many times. Its error is "
            "multiplied as often: for 20001 numbers from 1 to 2 it grows to several parts in ten thousand, and the "
            "last number is no longer 2. With ten steps nobody would notice. Compute each number from its own "
            "logarithm instead of from a ratio."
        ),
        variants=(
            geometric_schedule_drifting_powers,
            geometric_schedule_drifting_python_ratio,
            geometric_schedule_drifting_and_no_gap,
            geometric_schedule_drifting_product,
        ),
    ),
    Misconception(
        name="soft-ends",
        title="The ends pass through a logarithm and back",
        explanation=(
            "Your numbers are right to about six digits, and the ends are not exactly the ones that were asked for: "
            "exp(log(x)) is not x in floating point. The logarithm of a small or large number is rounded at its own "
            "size, and the exponential turns that into a relative error of an ulp or more. A comparison like `sigma == "
            "sigma_min` then fails without a word. You know both ends; nobody has to compute them."
        ),
        variants=(
            geometric_schedule_soft_ends,
            geometric_schedule_soft_ends_of_tensors,
            geometric_schedule_soft_ends_base_10,
            geometric_schedule_logspace,
            geometric_schedule_from_zero,
        ),
    ),
    Misconception(
        name="always-ascending",
        title="The schedule always goes upwards",
        explanation=(
            "You sort the two ends, so a schedule from 50 down to 0.01 comes out upside down. A positive logarithm of "
            "the ratio looks safer. But log(end/start) is negative for a descending schedule, and that is what makes "
            "it descend. Learning rates nearly always go downwards, and this one would end at its peak."
        ),
        variants=(geometric_schedule_ascending,),
    ),
    Misconception(
        name="ratio-overflows",
        title="The ratio of the ends is beyond float32",
        explanation=(
            "You form end / start, or powers of it, in float32, and multiply by start afterwards. From 1e-30 to 1e30 "
            "the ratio is 1e60, which float32 does not have: it becomes inf, and in the other direction 0. Both ends "
            "are ordinary numbers, and so are all between them. A ratio of numbers is a difference of their "
            "logarithms, and that difference is 138; add the logarithm of start before you exponentiate."
        ),
        variants=(
            geometric_schedule_overflowing_ratio,
            geometric_schedule_overflowing_log,
            geometric_schedule_overflowing_power,
        ),
    ),
    Misconception(
        name="bent-line",
        title="A piece of the exponential's curve, stretched between the ends",
        explanation=(
            "You scale a piece of the exponential so that it begins and ends in the right places. It is curved, but "
            "its ratios are not constant: adding something to an exponential destroys them. What is called an "
            "exponential schedule in articles is often this. Constant ratios mean that the *logarithm* is a straight "
            "line."
        ),
        variants=(geometric_schedule_bent_line,),
    ),
    Misconception(
        name="mixed-bases",
        title="One base for the logarithm, another for the power",
        explanation=(
            "You take the logarithm in one base and the power in another. Ten to the power of a natural logarithm is "
            "x to the power 2.3, not x. Around 1 the two are close, since every power of 1 is 1. A schedule meant to "
            "end at 0.01 ends at 0.000025 or at 0.14."
        ),
        variants=(geometric_schedule_mixed_bases, geometric_schedule_mixed_bases_e),
    ),
    Misconception(
        name="zero-over-zero",
        title="0/0 where there is only one step",
        explanation=(
            "With one step there is no gap between numbers, and dividing by the number of gaps is 0/0: your schedule "
            "of one number is nan. Nobody asks for one step on purpose. But a sweep over the number of steps begins "
            "there, and so does a test run that is meant to be short."
        ),
        variants=(geometric_schedule_zero_over_zero,),
    ),
    Misconception(
        name="one-step-is-the-end",
        title="A schedule of one step holds the end",
        explanation=(
            "With one step the first place is also the last, and your last assignment wins: the one number is the end "
            "and not the start. The order of the two assignments decides it. A loop of one step would then train at "
            "the final noise level only."
        ),
        variants=(geometric_schedule_ends_at_end,),
    ),
)
