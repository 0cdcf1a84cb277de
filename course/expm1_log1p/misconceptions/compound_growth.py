"""Known mistakes in `compound(rate, periods)`.

Every variant takes `rate` (any shape, floating point) and `periods` (an int), needs nothing but `torch`, and is wrong
on purpose.
"""

import torch

from course.kit.misconception import Misconception


def compound_power(rate, periods):
    return (1 + rate) ** periods - 1


def compound_power_of_exponentials(rate, periods):
    return torch.exp(periods * torch.log(1 + rate)) - 1


def compound_exponential_minus_one(rate, periods):
    return torch.exp(periods * torch.log1p(rate)) - 1


def compound_logarithm_of_one_plus(rate, periods):
    return torch.expm1(periods * torch.log(1 + rate))


def compound_linear(rate, periods):
    return periods * rate


def compound_continuous(rate, periods):
    return torch.expm1(periods * rate)


def compound_factor(rate, periods):
    return torch.exp(periods * torch.log1p(rate))


def compound_two_terms(rate, periods):
    return periods * rate + periods * (periods - 1) / 2 * rate**2


COMPOUND = (
    Misconception(
        name="power-minus-one",
        title="1 + rate, a power, minus 1",
        explanation=(
            "You add the rate to 1, raise that to a power and take the 1 away. A rate below half an epsilon is gone "
            "after the first addition, and the result is exactly 0; a larger one keeps only the digits that fit "
            "beside the 1. The power then repeats that loss once for every period. It is the formula in the book, and "
            "for rates of a few per cent it works."
        ),
        variants=(compound_power, compound_power_of_exponentials),
    ),
    Misconception(
        name="exponential-minus-one",
        title="log1p going in, exp(·) - 1 coming out",
        explanation=(
            "Your logarithm is right to the last digit: log1p has saved the rate. Then exp puts the growth next to 1, "
            "and the subtraction shows what is left of it. Half a cure looks like one, because a small number does "
            "come out. For a total growth of 1e-9 in float32 it is 0."
        ),
        variants=(compound_exponential_minus_one,),
    ),
    Misconception(
        name="logarithm-of-one-plus",
        title="log(1 + rate) inside expm1",
        explanation=(
            "Your last step is right, expm1, but what it is given comes from log(1 + rate). The addition has rounded "
            "the rate to the grid around 1, and below half an epsilon to nothing. The subtraction looks like the "
            "dangerous one of the two, so the addition is overlooked. Over a thousand million periods the loss is as "
            "large as the growth."
        ),
        variants=(compound_logarithm_of_one_plus,),
    ),
    Misconception(
        name="simple-interest",
        title="Rate times periods",
        explanation=(
            "You multiply. For a tiny total growth that is right to the last digit, because the interest on the "
            "interest is smaller than a rounding. For 10 periods at 5 % you return 0.5 and 0.629 is right. A series "
            "cut after its first term always works where it was tried."
        ),
        variants=(compound_linear,),
    ),
    Misconception(
        name="second-order",
        title="A series cut after two terms",
        explanation=(
            "You add up the first two terms of the binomial series. They are all that counts for a tiny total growth. "
            "For 10 periods at 50 % the series has gone on, and you are off by most of the result. More terms only "
            "move the place where it fails; exp and log1p need no series of yours."
        ),
        variants=(compound_two_terms,),
    ),
    Misconception(
        name="continuous-interest",
        title="The rate itself as the exponent",
        explanation=(
            "You take expm1 of periods times rate, which is growth in every instant and not once a period. The "
            "exponent has to be periods times log(1 + rate). The two agree for small rates, where the logarithm is "
            "nearly the rate. For 10 periods at 50 % you return 147 and 56.7 is right."
        ),
        variants=(compound_continuous,),
    ),
    Misconception(
        name="growth-factor",
        title="The factor and not the growth",
        explanation=(
            "You return (1 + rate)^periods, a number near 1, where the growth beyond 1 is asked for. Whoever subtracts "
            "the 1 from it afterwards finds that the digits are gone. The growth is what has to be computed; a factor "
            "can always be had from it by adding 1."
        ),
        variants=(compound_factor,),
    ),
)
