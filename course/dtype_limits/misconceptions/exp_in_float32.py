"""Known mistakes in `exp_in_float32(x)`: casts in the wrong place, and repairs that change the answer.

Every variant takes `x` (any shape, float16 or bfloat16), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def exp_cast_up_after(x):
    return torch.exp(x).float()


def exp_kept_in_half(x):
    return torch.exp(x)


def exp_cast_back(x):
    return torch.exp(x.float()).to(x.dtype)


def exp_clipped_at_11(x):
    return torch.exp(x.float().clamp(max=11))


def exp_clipped_at_80(x):
    return torch.exp(x.float().clamp(-80, 80))


def exp_clipped_above_at_80(x):
    return torch.exp(x.float().clamp(max=80))


def exp_clipped_at_88(x):
    return torch.exp(x.float().clamp(-88, 88))


def exp_clipped_above_at_88(x):
    return torch.exp(x.float().clamp(max=88))


def exp_with_infinity_replaced(x):
    return torch.nan_to_num(torch.exp(x.float()))


def exp_with_infinity_held_at_the_largest(x):
    return torch.exp(x.float()).clamp(max=torch.finfo(torch.float32).max)


def exp_by_way_of_bfloat16(x):
    return torch.exp(x.to(torch.bfloat16).float())


def exp_of_base_two(x):
    return torch.exp2(x.float())


def exp_shifted_by_the_maximum(x):
    y = x.float()
    return torch.exp(y - y.max())


EXP_IN_FLOAT32 = (
    Misconception(
        name="cast-up-after",
        title="The cast to float32 comes too late",
        explanation=(
            "You take the exponential in half precision and convert what comes out. The result has float32's dtype "
            "and half precision's limits: in float16, 12 has become inf by then, and -20 has become 0. It is tempting "
            "because the dtype that is printed at the end is the right one. Under mixed precision such a line looks "
            "careful in review and fails on the first large score."
        ),
        variants=(exp_cast_up_after,),
    ),
    Misconception(
        name="result-in-half",
        title="The result is in half precision",
        explanation=(
            "What you return is a half-precision tensor. Computing in float32 and casting back is the right thing for "
            "weights between 0 and 1, and a raw exponential is not such a number: exp(12) does not fit into float16, "
            "whatever it was computed in. Stay in float32 until sums and quotients are done, and cast the small "
            "number that is left."
        ),
        variants=(exp_kept_in_half, exp_cast_back),
    ),
    Misconception(
        name="clipped-input",
        title="The input is clipped before the exponential",
        explanation=(
            "You force the input into a range that suits the exponential. No inf appears, but all numbers beyond the "
            "limit get the same exponential, and nobody who reads the result can tell. A guide that recommends it is "
            "right that the result stays finite. In training the gradient of a clipped number is exactly 0, so the "
            "model no longer hears about the scores that need correction most."
        ),
        variants=(
            exp_clipped_at_11,
            exp_clipped_at_80,
            exp_clipped_above_at_80,
            exp_clipped_at_88,
            exp_clipped_above_at_88,
        ),
    ),
    Misconception(
        name="hidden-infinity",
        title="Infinity is replaced by a finite number",
        explanation=(
            "You replace inf after the exponential. Where float32 overflows, inf is the honest result: it says that "
            "the number is too large, and every later step shows it. A largest finite number in its place looks like "
            "any other and is wrong by any factor you like. The run goes on, and the curve that should have stopped "
            "you is smooth."
        ),
        variants=(exp_with_infinity_replaced, exp_with_infinity_held_at_the_largest),
    ),
    Misconception(
        name="other-half",
        title="A detour through bfloat16",
        explanation=(
            "On the way to float32 you cast to bfloat16. That keeps 8 bits of a number where float16 has 11, and "
            "an exponential passes on what was lost and more: an error of 0.02 in x is an error of 2 % in exp(x). "
            "Its wide range is what recommends bfloat16, and here x was never in danger. Casting up afterwards does "
            "not bring the three bits back."
        ),
        variants=(exp_by_way_of_bfloat16,),
    ),
    Misconception(
        name="base-two",
        title="The exponential of base 2",
        explanation=(
            "You raise 2 to the power of x, not e. At 12 that is 4096, where e gives 162755. Kernels do work in base "
            "2, because that is what the exponent bits hold, but they multiply x by 1/ln 2 first. Without that factor "
            "a softmax is flatter than it should be, as if the temperature were 1.44, and no error appears."
        ),
        variants=(exp_of_base_two,),
    ),
    Misconception(
        name="shifted",
        title="The maximum is subtracted",
        explanation=(
            "You subtract the largest number before the exponential. In a softmax that would cancel; here nothing is "
            "divided, so what comes out is exp(x) times a factor that depends on the batch. It is the right idea for "
            "the next unit. Here the question is what a dtype can hold, and a caller who wants exp(0) = 1 would get "
            "another number in every batch."
        ),
        variants=(exp_shifted_by_the_maximum,),
    ),
)
