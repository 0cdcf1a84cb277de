"""Known mistakes in `logsubexp(a, b)`.

Every variant takes two tensors of one shape, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def logsubexp_as_written(a, b):
    return torch.log(torch.exp(a) - torch.exp(b))


def logsubexp_shifted_as_written(a, b):
    return a + torch.log(1 - torch.exp(b - a))


def logsubexp_expm1_everywhere(a, b):
    return a + torch.log(-torch.expm1(b - a))


def logsubexp_log1p_everywhere(a, b):
    return a + torch.log1p(-torch.exp(b - a))


def logsubexp_nothing_minus_nothing(a, b):
    gap = a - b
    small = gap < 0.6931471805599453
    ones = torch.ones_like(gap)
    one_end = torch.log(-torch.expm1(-torch.where(small, gap, ones)))
    other_end = torch.log1p(-torch.exp(-torch.where(small, ones, gap)))
    return a + torch.where(small, one_end, other_end)


def logsubexp_late_where(a, b):
    gap = a - b
    one_end, other_end = torch.log(-torch.expm1(-gap)), torch.log1p(-torch.exp(-gap))
    total = a + torch.where(gap < 0.6931471805599453, one_end, other_end)
    return torch.where(a == b, torch.full_like(a, -torch.inf), total)


def logsubexp_from_the_smaller(a, b):
    return b + torch.log(torch.expm1(a - b))


def logsubexp_plus(a, b):
    return torch.logaddexp(a, b)


def logsubexp_log_of_difference(a, b):
    return torch.log(a - b)


def logsubexp_difference(a, b):
    return a - b


def logsubexp_forgot_a(a, b):
    gap = (a - b).masked_fill(a == b, 1)
    small = gap < 0.6931471805599453
    ones = torch.ones_like(gap)
    one_end = torch.log(-torch.expm1(-torch.where(small, gap, ones)))
    other_end = torch.log1p(-torch.exp(-torch.where(small, ones, gap)))
    return torch.where(small, one_end, other_end).masked_fill(a == b, -torch.inf)


LOGSUBEXP = (
    Misconception(
        name="as-written",
        title="Back to exponentials and subtract",
        explanation=(
            "You leave log space, subtract and come back. Two numbers of 1000 are inf minus inf, nan; two of -1000 are "
            "0 minus 0, -inf; and two that are close have been rounded before they are subtracted. It is what the "
            "definition says. Take the larger exponential out as a factor, and only their ratio has to be computed."
        ),
        variants=(logsubexp_as_written,),
    ),
    Misconception(
        name="shifted-as-written",
        title="The shift without the care for digits",
        explanation=(
            "You take exp(a) out as a factor, which ends the overflow for good. What remains, log(1 - exp(b - a)), you "
            "compute as it is written, and it loses its digits at both ends. The shift was the whole cure for a sum; "
            "for a difference it is half of it. Your `log1mexp` is the other half."
        ),
        variants=(logsubexp_shifted_as_written,),
    ),
    Misconception(
        name="expm1-everywhere",
        title="expm1 for every gap",
        explanation=(
            "You take exp(a) out and compute the rest with expm1, which is right where a and b are close. Where they "
            "are far apart, 1 - exp(b - a) is rounded to 1. Beside a large a that is not seen; with a = 0 the rest is "
            "all there is, and you return 0. A log-probability that is nearly 0 is the most ordinary case of all."
        ),
        variants=(logsubexp_expm1_everywhere,),
    ),
    Misconception(
        name="log1p-everywhere",
        title="log1p for every gap",
        explanation=(
            "You take exp(a) out and compute the rest with log1p, which is right where a and b are far apart. Where "
            "they are close, exp(b - a) is rounded to the grid below 1 before log1p sees it. Differences of nearly "
            "equal probabilities are what this function is mostly called for."
        ),
        variants=(logsubexp_log1p_everywhere,),
    ),
    Misconception(
        name="infinity-minus-infinity",
        title="-inf minus -inf",
        explanation=(
            "All is right but one place: where a and b are both -inf you compute their difference, and that is nan. "
            "Two impossible things differ by nothing, so -inf is the answer. In a batch this is the padding, and a "
            "nan in the padding goes into the sum of the loss like any other number. Replace the gap where a equals "
            "b before anything is computed with it."
        ),
        variants=(logsubexp_nothing_minus_nothing,),
    ),
    Misconception(
        name="nan-gradient",
        title="Both branches on every gap",
        explanation=(
            "Your values are right everywhere. Where a and b are so close that exp(b - a) rounds to 1, or where b is "
            "-inf, the branch that `where` throws away has an infinite slope or an infinite value, and on the way "
            "back 0 times that is nan. Put a harmless gap into each branch where the other one is used."
        ),
        variants=(logsubexp_late_where,),
    ),
    Misconception(
        name="smaller-taken-out",
        title="The smaller exponential is taken out",
        explanation=(
            "You take exp(b) out and are left with expm1(a - b), which overflows as soon as the two are 89 apart in "
            "float32, and is inf - inf where b is -inf. For close numbers it is exact, and it needs no second form. "
            "As in unit 03, the larger of the two is the one to take out: the ratio that remains is then at most 1."
        ),
        variants=(logsubexp_from_the_smaller,),
    ),
    Misconception(
        name="plus-sign",
        title="A sum where a difference is asked for",
        explanation=(
            "You return log(exp(a) + exp(b)). It is the better known of the two functions, and the library has only "
            "that one. Its value is never below a; the one asked for never above a. Nothing overflows, so only a "
            "number worked out by hand gives it away."
        ),
        variants=(logsubexp_plus,),
    ),
    Misconception(
        name="logarithm-of-difference",
        title="The logarithm of a - b, or a - b itself",
        explanation=(
            "You subtract the logarithms. a - b is the logarithm of the *quotient* of the two exponentials, and "
            "log(a - b) has no meaning here at all. For a = 1 and b = 0 the answer is log(e - 1) = 0.541. A logarithm "
            "turns products into sums, and does nothing of the kind to a difference."
        ),
        variants=(logsubexp_log_of_difference, logsubexp_difference),
    ),
    Misconception(
        name="factor-not-put-back",
        title="The factor that was taken out is gone",
        explanation=(
            "You return log(1 - exp(b - a)) and leave a out. That is the logarithm of the share of exp(a) that "
            "remains, always negative. Taken out of a logarithm, the factor exp(a) becomes a summand, and it has to be "
            "added at the end. With a = 0 the two are the same."
        ),
        variants=(logsubexp_forgot_a,),
    ),
)
