"""Known mistakes in `ulp(x)`: spacings that are relative, on the wrong side, of the wrong dtype, or lost at the ends.

Every variant takes `x` (any shape, floating point), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def ulp_eps_everywhere(x):
    return torch.full_like(x, torch.finfo(x.dtype).eps)


def ulp_eps_times_x(x):
    return torch.finfo(x.dtype).eps * x.abs()


def ulp_eps_times_x_but_not_zero(x):
    info = torch.finfo(x.dtype)
    return (info.eps * x.abs()).clamp(min=info.smallest_normal * info.eps)


def ulp_eps_times_signed_x(x):
    return torch.finfo(x.dtype).eps * x


def ulp_upwards(x):
    return torch.nextafter(x, torch.full_like(x, torch.inf)) - x


def ulp_downwards(x):
    return x - torch.nextafter(x, torch.full_like(x, -torch.inf))


def ulp_towards_zero(x):
    a = x.abs()
    return a - torch.nextafter(a, torch.zeros_like(a))


def ulp_towards_zero_but_not_at_zero(x):
    a = x.abs()
    info = torch.finfo(x.dtype)
    return (a - torch.nextafter(a, torch.zeros_like(a))).clamp(min=info.smallest_normal * info.eps)


def ulp_infinite_at_the_largest(x):
    a = x.abs()
    return torch.nextafter(a, torch.full_like(a, torch.inf)) - a


def ulp_by_bits_infinite_at_the_largest(x):
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[x.element_size()]
    a = x.abs()
    return (a.view(whole) + 1).view(x.dtype) - a


def ulp_signed(x):
    away = torch.nextafter(x, torch.where(x < 0, -torch.inf, torch.inf).to(x.dtype))
    a = x.abs()
    steady = a.clamp(max=torch.finfo(x.dtype).max / 1.5)
    size = torch.nextafter(steady, torch.full_like(a, torch.inf)) - steady
    return torch.where(away < x, -size, size)


def ulp_without_subnormals(x):
    a = x.abs()
    _, e = torch.frexp(a)
    info = torch.finfo(x.dtype)
    power = torch.full_like(a, 2.0) ** (e - 1).to(x.dtype)
    return torch.where(a == 0, torch.zeros_like(a), power * info.eps)


def ulp_without_subnormals_but_not_at_zero(x):
    a = x.abs()
    _, e = torch.frexp(a)
    info = torch.finfo(x.dtype)
    power = torch.full_like(a, 2.0) ** (e - 1).to(x.dtype)
    return torch.where(a == 0, torch.full_like(a, info.smallest_normal * info.eps), power * info.eps)


def ulp_by_the_exponent_of_zero(x):
    _, e = torch.frexp(x)
    return torch.full_like(x, 2.0) ** (e - 1).to(x.dtype) * torch.finfo(x.dtype).eps


def ulp_by_the_exponent_of_zero_but_not_of_subnormals(x):
    info = torch.finfo(x.dtype)
    _, e = torch.frexp(x)
    power = torch.full_like(x, 2.0) ** (e - 1).to(x.dtype)
    return (power * info.eps).clamp(min=info.smallest_normal * info.eps)


def ulp_by_plain_logarithm(x):
    return torch.full_like(x, 2.0) ** torch.floor(torch.log2(x.abs())) * torch.finfo(x.dtype).eps


def ulp_by_rounded_logarithm(x):
    info = torch.finfo(x.dtype)
    a = x.abs().clamp(min=info.smallest_normal)
    power = torch.full_like(a, 2.0) ** torch.floor(torch.log2(a)).clamp(max=torch.finfo(x.dtype).max)
    return (power * info.eps).to(x.dtype)


def ulp_by_rounded_logarithm_held(x):
    import math

    info = torch.finfo(x.dtype)
    a = x.abs().clamp(min=info.smallest_normal)
    top = round(math.log2(info.max / 1.5))
    return torch.full_like(a, 2.0) ** torch.floor(torch.log2(a)).clamp(max=top) * info.eps


def ulp_twice(x):
    info = torch.finfo(x.dtype)
    a = x.abs().clamp(info.smallest_normal, info.max / 4)
    _, e = torch.frexp(a)
    power = torch.full_like(a, 2.0) ** (e - 1).to(x.dtype)
    return power * info.eps * 2


def ulp_half(x):
    info = torch.finfo(x.dtype)
    a = x.abs().clamp(info.smallest_normal, info.max / 1.5)
    _, e = torch.frexp(a)
    power = torch.full_like(a, 2.0) ** (e - 1).to(x.dtype)
    return power * (info.eps / 2)


def ulp_smallest_normal_at_zero(x):
    info = torch.finfo(x.dtype)
    a = x.abs()
    steady = a.clamp(max=info.max / 1.5)
    gap = torch.nextafter(steady, torch.full_like(a, torch.inf)) - steady
    return torch.where(a == 0, torch.full_like(a, info.smallest_normal), gap)


def ulp_smallest_normal_at_zero_and_no_subnormals(x):
    info = torch.finfo(x.dtype)
    _, e = torch.frexp(x)
    power = torch.full_like(x, 2.0) ** (e - 1).to(x.dtype)
    return torch.where(x == 0, torch.full_like(x, info.smallest_normal), power * info.eps)


def ulp_of_float32(x):
    a = x.float().abs().clamp(max=torch.finfo(torch.float32).max / 1.5)
    return (torch.nextafter(a, torch.full_like(a, torch.inf)) - a).to(x.dtype)


ULP = (
    Misconception(
        name="eps-everywhere",
        title="Machine epsilon at every number",
        explanation=(
            "You return machine epsilon wherever x lies. That is the spacing from 1 to 2, and it doubles at every "
            "power of two: near 1000 it is 512 times as wide. Its name, the precision of the dtype, makes it sound "
            "like an absolute size. A tolerance of eps at large numbers asks for digits that no number there has."
        ),
        variants=(ulp_eps_everywhere,),
    ),
    Misconception(
        name="relative-spacing",
        title="A spacing proportional to x",
        explanation=(
            "You multiply machine epsilon by x. From one power of two to the next all numbers are equally far apart, "
            "so the spacing is a staircase and your line only touches it at the powers of two. Just below the next "
            "power you are off by nearly two. As an estimate it is fine; as the number of ulps that a kernel is off "
            "it will report errors that are not there."
        ),
        variants=(ulp_eps_times_x, ulp_eps_times_x_but_not_zero, ulp_eps_times_signed_x),
    ),
    Misconception(
        name="one-direction",
        title="The neighbour in one direction for both signs",
        explanation=(
            "You take the next number upwards (or downwards) whatever the sign of x. For one of the signs that points "
            "to zero, and at a power of two the gap on that side is half as wide. It looks right on every positive "
            "number that you try. Work with the absolute value, and the question does not arise."
        ),
        variants=(ulp_upwards, ulp_downwards),
    ),
    Misconception(
        name="towards-zero",
        title="The neighbour on the side of zero",
        explanation=(
            "You measure the gap below |x|. Between powers of two it is the same as the one above; at 1, 2, 4 … it is "
            "only half as wide, because the numbers below lie closer together, and at 0 there is nothing below. "
            "Powers of two are the numbers that tests love, so an error there is doubled in every report."
        ),
        variants=(ulp_towards_zero, ulp_towards_zero_but_not_at_zero),
    ),
    Misconception(
        name="infinite-at-the-largest",
        title="An infinite spacing at the largest number",
        explanation=(
            "You subtract x from the next number, and at the largest finite number the next one is inf. The numbers "
            "of the last stretch are as far apart at its end as anywhere in it, so a finite spacing is there to be "
            "had. An error of 1 unit, divided by an infinite ulp, is 0: the worst place of all would look perfect."
        ),
        variants=(ulp_infinite_at_the_largest, ulp_by_bits_infinite_at_the_largest),
    ),
    Misconception(
        name="signed-spacing",
        title="A negative spacing for negative numbers",
        explanation=(
            "Your spacing has the sign of x. A distance is positive, and whoever divides an error by it, or compares "
            "one with it, gets every negative number wrong: any error is larger than a negative tolerance. NumPy's "
            "own `spacing` is signed, which makes this an honest mistake. Take the absolute value of x first."
        ),
        variants=(ulp_signed,),
    ),
    Misconception(
        name="no-subnormals",
        title="A spacing that goes on shrinking below the smallest normal number",
        explanation=(
            "You compute epsilon times a power of two all the way down. Below the smallest normal number the exponent "
            "field has run out: all subnormal numbers have the spacing of the smallest normal ones, and so does 0. "
            "Your spacing becomes 0 there, and an error divided by it inf or nan. Bound the exponent from below."
        ),
        variants=(ulp_without_subnormals, ulp_without_subnormals_but_not_at_zero),
    ),
    Misconception(
        name="rounded-logarithm",
        title="A logarithm that rounds up to the next power of two",
        explanation=(
            "You find the power of two with `log2` and `floor`. Just below a power the logarithm is so close to a "
            "whole number that it is rounded to it, and floor finds nothing left to take off: in float32, log2 of "
            "16777215 is 24. The spacing is then twice too wide, for the very numbers at the end of each stretch. "
            "`frexp` and the bits themselves know the exponent without rounding."
        ),
        variants=(ulp_by_plain_logarithm, ulp_by_rounded_logarithm, ulp_by_rounded_logarithm_held),
    ),
    Misconception(
        name="twice-or-half",
        title="A power of two too many or too few",
        explanation=(
            "Your spacing is twice, or half, what it should be. `frexp` gives a mantissa from 1/2 to 1, so its "
            "exponent is one more than the one in the bits of x; and half an ulp, the largest error of a rounding, is "
            "sometimes called epsilon too. Try x = 1: the spacing there is `torch.finfo(x.dtype).eps`. A bound that "
            "is off by two either rejects correct rounding or accepts a bit too much."
        ),
        variants=(ulp_twice, ulp_half),
    ),
    Misconception(
        name="smallest-normal-at-zero",
        title="The smallest normal number as the spacing at 0",
        explanation=(
            "At 0 you return `finfo.tiny`, which is the smallest *normal* number. Between 0 and that lie all the "
            "subnormal ones, so the next number after 0 is far closer: 2²³ times closer in float32. The name `tiny` "
            "invites it. Whatever falls into that gap would count as right on the spot although its digits are gone."
        ),
        variants=(ulp_smallest_normal_at_zero, ulp_smallest_normal_at_zero_and_no_subnormals),
    ),
    Misconception(
        name="exponent-of-zero",
        title="An exponent read from 0",
        explanation=(
            "You take the exponent of x and do not look at 0 first. No power of two lies at or below 0, and `frexp` "
            "answers with the exponent 0, as it does for 1/2: you return the spacing of the numbers from 1/2 to 1. An "
            "error at 0 would be divided by something far too wide. Put the smallest normal number in the place of "
            "everything below it before you ask for the exponent; that takes care of the subnormal numbers too."
        ),
        variants=(ulp_by_the_exponent_of_zero, ulp_by_the_exponent_of_zero_but_not_of_subnormals),
    ),
    Misconception(
        name="spacing-of-float32",
        title="float32's spacing for every dtype",
        explanation=(
            "You cast to float32 and measure there. The spacing belongs to the dtype, not to the number: near 1 it is "
            "1.2e-7 in float32 and 0.0078 in bfloat16. Casting up is the right habit for computing, which is what "
            "makes it tempting. A tolerance of float32 ulps would fail every correct result in half precision."
        ),
        variants=(ulp_of_float32,),
    ),
)
