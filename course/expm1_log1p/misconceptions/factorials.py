"""Known mistakes in `log_factorial(n)`.

Every variant takes `n`, a floating-point tensor or a Python int, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def log_factorial_of_the_factorial(n):
    n = torch.as_tensor(n, dtype=None if torch.is_tensor(n) else torch.float64)
    return torch.log(torch.exp(torch.lgamma(n + 1)))


def log_factorial_of_the_product(n):
    values = torch.as_tensor(n, dtype=torch.float64)
    products = [torch.arange(1, min(k, 200) + 1, dtype=torch.float64).prod() for k in values.reshape(-1).tolist()]
    return torch.stack(products).reshape(values.shape).log().to(n.dtype if torch.is_tensor(n) else torch.float64)


def log_factorial_off_by_one(n):
    n = torch.as_tensor(n, dtype=None if torch.is_tensor(n) else torch.float64)
    return torch.lgamma(n)


def log_factorial_off_by_one_upwards(n):
    n = torch.as_tensor(n, dtype=None if torch.is_tensor(n) else torch.float64)
    return torch.lgamma(n + 2)


def log_factorial_two_terms(n):
    n = torch.as_tensor(n, dtype=None if torch.is_tensor(n) else torch.float64)
    return n * torch.log(n) - n


def log_factorial_three_terms(n):
    n = torch.as_tensor(n, dtype=None if torch.is_tensor(n) else torch.float64)
    return n * torch.log(n) - n + 0.5 * torch.log(2 * torch.pi * n)


def log_factorial_nothing_at_zero(n):
    n = torch.as_tensor(n, dtype=None if torch.is_tensor(n) else torch.float64)
    return torch.lgamma(n) + torch.log(n)


def log_factorial_without_the_logarithm(n):
    n = torch.as_tensor(n, dtype=None if torch.is_tensor(n) else torch.float64)
    return torch.exp(torch.lgamma(n + 1))


LOG_FACTORIAL = (
    Misconception(
        name="logarithm-of-the-factorial",
        title="The factorial first, then its logarithm",
        explanation=(
            "You compute n! and take its logarithm. float64 holds factorials up to 170!, float32 up to 34!, float16 up "
            "to 8!; beyond that yours is inf. The logarithm is an ordinary number, 711.7 for 171!. Multiply "
            "by adding logarithms, and never leave log space on the way."
        ),
        variants=(log_factorial_of_the_factorial, log_factorial_of_the_product),
    ),
    Misconception(
        name="off-by-one",
        title="Γ(n) is (n - 1)!",
        explanation=(
            "You pass a number that is off by one: Γ(n + 1) is n!. For n = 5 the gamma function of 5 is 4! = 24. The "
            "shift has survived from the eighteenth century and catches everyone once, a published reference card "
            "among them. A likelihood that is built on it is wrong by log n in every term."
        ),
        variants=(log_factorial_off_by_one, log_factorial_off_by_one_upwards),
    ),
    Misconception(
        name="first-terms-of-stirling",
        title="The first terms of Stirling's formula",
        explanation=(
            "You stop Stirling's series early. n log n - n is short by half of log(2πn), and with that term added it "
            "is still short by 1/(12n), about 0.08 at n = 1. Both are close for large n, and physics books stop there. "
            "At n = 0 the product 0 · log 0 is nan."
        ),
        variants=(log_factorial_two_terms, log_factorial_three_terms),
    ),
    Misconception(
        name="nan-at-zero",
        title="No answer at 0",
        explanation=(
            "You compute log Γ(n) + log n. For every n from 1 on that is log(n!). At 0 the two are inf and -inf, and "
            "their sum is nan, where log(0!) = log 1 = 0 is right. Counts of 0 are the commonest counts there are, and "
            "one of them makes the whole likelihood nan. Put the n inside: Γ(n) · n is Γ(n + 1)."
        ),
        variants=(log_factorial_nothing_at_zero,),
    ),
    Misconception(
        name="factorial-itself",
        title="The factorial and not its logarithm",
        explanation=(
            "You return n! itself. For 0 and 1 that is 1 where 0 is right, and from 171 on it is inf in float64. "
            "Leave the number in log space; whoever needs the factorial can take the exponential."
        ),
        variants=(log_factorial_without_the_logarithm,),
    ),
)
