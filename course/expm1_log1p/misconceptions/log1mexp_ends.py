"""Known mistakes in `log1mexp(x)`.

Every variant takes `x` (any shape, floating point), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def log1mexp_as_written(x):
    return torch.log(1 - torch.exp(-x))


def log1mexp_expm1_everywhere(x):
    return torch.log(-torch.expm1(-x))


def log1mexp_log1p_everywhere(x):
    return torch.log1p(-torch.exp(-x))


def log1mexp_swapped(x):
    small = x < 0.6931471805599453
    ones = torch.ones_like(x)
    one_end = torch.log1p(-torch.exp(-torch.where(small, x, ones)))
    other_end = torch.log(-torch.expm1(-torch.where(small, ones, x)))
    return torch.where(small, one_end, other_end)


def log1mexp_late_where(x):
    return torch.where(x < 0.6931471805599453, torch.log(-torch.expm1(-x)), torch.log1p(-torch.exp(-x)))


def log1mexp_switched_at_20(x):
    small = x < 20
    spare = torch.full_like(x, 20)
    one_end = torch.log(-torch.expm1(-torch.where(small, x, spare)))
    other_end = torch.log1p(-torch.exp(-torch.where(small, spare, x)))
    return torch.where(small, one_end, other_end)


def log1mexp_switched_at_a_thousandth(x):
    small = x < 0.001
    spare = torch.ones_like(x)
    one_end = torch.log(-torch.expm1(-torch.where(small, x, spare)))
    other_end = torch.log1p(-torch.exp(-torch.where(small, spare, x)))
    return torch.where(small, one_end, other_end)


def log1mexp_epsilon_1e12(x):
    return torch.log(1 - torch.exp(-x) + 1e-12)


def log1mexp_epsilon_1e8(x):
    return torch.log(1 - torch.exp(-x) + 1e-8)


def log1mexp_epsilon_in_expm1(x):
    return torch.log(-torch.expm1(-x) + 1e-8)


def log1mexp_plus(x):
    return torch.log1p(torch.exp(-x))


def log1mexp_no_minus_in_exponent(x):
    return torch.log(torch.expm1(x))


LOG1MEXP = (
    Misconception(
        name="as-written",
        title="The formula as it is written",
        explanation=(
            "You compute exp(-x), take it from 1 and take the logarithm. For small x the exponential has been rounded "
            "to the grid below 1, and the difference consists of that rounding; for x below half an epsilon it is 0 "
            "and you return -inf. For large x the exponential is lost beside the 1 and you return 0. There is no x "
            "for which both the inside and the outside of the formula are safe by themselves."
        ),
        variants=(log1mexp_as_written,),
    ),
    Misconception(
        name="expm1-everywhere",
        title="expm1 inside, at both ends",
        explanation=(
            "With expm1 you keep every digit of a small difference, and the logarithm then has what it needs. For "
            "large x the difference is nearly 1, the small number exp(-x) is lost beside it, and the logarithm of 1 "
            "is 0: at x = 20 in float32 you return 0 and -2e-9 is right. A published card prints it for all x. "
            "Which function keeps the digits of log(1 + something small)?"
        ),
        variants=(log1mexp_expm1_everywhere,),
    ),
    Misconception(
        name="log1p-everywhere",
        title="log1p outside, at both ends",
        explanation=(
            "With log1p you keep a small exp(-x), so large x come out right. For small x, exp(-x) is rounded to the "
            "grid below 1 before log1p ever sees it, and what log1p works out is the distance of that rounding from "
            "1. At x = 1e-8 in float32 it is -inf. Each of the two functions saves one end."
        ),
        variants=(log1mexp_log1p_everywhere,),
    ),
    Misconception(
        name="swapped-ends",
        title="Both forms, each at the other's end",
        explanation=(
            "You switch between the right two forms and have each where the other belongs: log1p for small x, expm1 "
            "for large. The result is worse than either form alone. expm1 is made for an exponential near 1, and so "
            "for small x; log1p for an exponential near 0. A test at x = 1 passes with both."
        ),
        variants=(log1mexp_swapped,),
    ),
    Misconception(
        name="nan-gradient",
        title="Both branches on every x",
        explanation=(
            "Your values are right at both ends. For tiny x, though, the branch that `where` throws away is log1p(-1), "
            "whose slope is infinite, and on the way back it is multiplied by 0: the gradient is nan. Unit 03 has the "
            "rule: put a harmless number in before the dangerous operation. One single tiny x in a batch is enough "
            "to end a training run here."
        ),
        variants=(log1mexp_late_where,),
    ),
    Misconception(
        name="switch-far-out",
        title="A switch at the wrong place",
        explanation=(
            "You use both forms, and change from one to the other where one of them has lost digits already. The two "
            "forms are equally good where exp(-x) is 1/2, and each loses a digit for every power of ten beyond that. "
            "A small threshold looks careful, as if the special form were only for special cases. Between your switch "
            "and the middle nothing warns you: the numbers are plausible and short of digits."
        ),
        variants=(log1mexp_switched_at_20, log1mexp_switched_at_a_thousandth),
    ),
    Misconception(
        name="epsilon-in-log",
        title="An epsilon inside the logarithm",
        explanation=(
            "You add a small constant so that the logarithm never meets 0. That sets a floor: with 1e-8 nothing comes "
            "out below -18.4, and all smaller x give the same value with a gradient of 0. It removes the -inf, which "
            "was the visible half of the trouble. In float16 the constant is itself 0, and the -inf is back."
        ),
        variants=(log1mexp_epsilon_1e8, log1mexp_epsilon_1e12, log1mexp_epsilon_in_expm1),
    ),
    Misconception(
        name="plus-sign",
        title="1 + exp(-x) where 1 - exp(-x) is asked for",
        explanation=(
            "You compute log(1 + exp(-x)), the function of exercise 1 with the sign of x turned. It is positive "
            "and at most ln 2; the one asked for is negative and has no lower end. The minus has to go in with the "
            "exponential, as log1p(-exp(-x))."
        ),
        variants=(log1mexp_plus,),
    ),
    Misconception(
        name="exponent-without-minus",
        title="exp(x) - 1 where 1 - exp(-x) is asked for",
        explanation=(
            "You take the logarithm of expm1(x). That differs from what is asked for by exactly x: exp(x) - 1 is "
            "exp(x) times 1 - exp(-x). For small x the two agree, so a test there passes. For large x yours grows "
            "without end, and overflows, where 0 is being approached from below."
        ),
        variants=(log1mexp_no_minus_in_exponent,),
    ),
)
