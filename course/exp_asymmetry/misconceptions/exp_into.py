"""Known mistakes in `exp_into(x, out)`.

Every variant takes two tensors of one shape, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def exp_into_rebinds(x, out):
    out = torch.exp(x)
    return out  # noqa: RET504 - a rebound name is the mistake


def exp_into_rebinds_method(x, out):
    out = x.exp()
    return out.clone()


def exp_into_no_underscore(x, out):
    out.copy_(x)
    out.exp()
    return out


def exp_into_no_underscore_returned(x, out):
    out.copy_(x)
    return out.exp()


def exp_into_adds(x, out):
    out += torch.exp(x)
    return out


def exp_into_multiplies(x, out):
    out *= torch.exp(x)
    return out


def exp_into_of_out(x, out):
    return out.exp_()


def exp_into_base_two(x, out):
    return torch.exp2(x, out=out)


def exp_into_expm1(x, out):
    return torch.expm1(x, out=out)


def exp_into_clamped_80(x, out):
    return torch.exp(x.clamp(-80, 80), out=out)


def exp_into_clamped_88(x, out):
    return torch.exp(x.clamp(max=88), out=out)


def exp_into_clamped_in_place(x, out):
    out.copy_(x)
    out.clamp_(-80, 80).exp_()
    return out


EXP_INTO = (
    Misconception(
        name="rebinds-the-name",
        title="The name is bound to a new tensor",
        explanation=(
            "You write `out = …`. In Python that makes the *name* mean another tensor inside your function; the "
            "caller's tensor is not touched. Whoever called it finds the old numbers in `out`. It reads like an "
            "assignment to memory, and in some languages it is one. In a training loop the buffer would keep the "
            "numbers of the first step for ever, without an error."
        ),
        variants=(exp_into_rebinds, exp_into_rebinds_method),
    ),
    Misconception(
        name="no-underscore",
        title="`exp` without the underscore makes a new tensor",
        explanation=(
            "You copy x into `out` and then call `out.exp()`, which leaves `out` as it is and returns something new. "
            "What stands in `out` is x. In torch a trailing underscore marks the form that writes into its own "
            "memory. Without it the result is thrown away, or returned beside a buffer that holds the wrong numbers."
        ),
        variants=(exp_into_no_underscore, exp_into_no_underscore_returned),
    ),
    Misconception(
        name="keeps-what-was-there",
        title="What stood in `out` before takes part",
        explanation=(
            "You add to `out`, or multiply it, instead of replacing what is in it. With a fresh buffer of zeros (or "
            "ones) that gives the right numbers once. The second call finds the first one's result. Buffers are made "
            "to be used again, so that is exactly what will happen."
        ),
        variants=(exp_into_adds, exp_into_multiplies),
    ),
    Misconception(
        name="exponential-of-out",
        title="The exponential of `out` instead of x",
        explanation=(
            "You exponentiate the numbers that happen to stand in `out` and never use x. The in-place form has no "
            "second tensor, so something has to bring x there first. A buffer that was filled with x by accident in a "
            "test hides it. Anything may stand in a new buffer, nan included."
        ),
        variants=(exp_into_of_out,),
    ),
    Misconception(
        name="another-function",
        title="A neighbour of the exponential",
        explanation=(
            "You call a neighbour of `exp`: `exp2` computes powers of 2, `expm1` the exponential minus 1. Their names "
            "differ by one character. For large arguments expm1 even agrees to all digits, so a test with large "
            "numbers passes. The values near 0 are the ones that tell."
        ),
        variants=(exp_into_base_two, exp_into_expm1),
    ),
    Misconception(
        name="clamped",
        title="The argument is clamped",
        explanation=(
            "You clamp x before the exponential. This function is to give what `exp` gives: inf where the result is "
            "beyond the dtype, and 0 where it is too small. An inf that arises can be found; a number that is wrong "
            "by hundreds of powers of ten cannot. And the limit of float32 is no limit of float16 or float64."
        ),
        variants=(exp_into_clamped_80, exp_into_clamped_88, exp_into_clamped_in_place),
    ),
)
