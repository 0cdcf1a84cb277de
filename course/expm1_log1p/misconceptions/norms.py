"""Known mistakes in `l2_norm(x)`.

Every variant takes `x` (any shape, floating point), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def l2_norm_as_written(x):
    return torch.sqrt((x * x).sum())


def l2_norm_epsilon_1e12(x):
    return torch.sqrt((x * x).sum() + 1e-12)


def l2_norm_epsilon_1e8(x):
    return torch.sqrt((x * x).sum() + 1e-8)


def l2_norm_zero_by_zero(x):
    size = x.abs().amax().detach()
    return size * torch.sqrt(((x / size) ** 2).sum())


def l2_norm_root_of_zero(x):
    size = x.abs().amax().detach()
    size = torch.where(size > 0, size, torch.ones_like(size))
    return size * torch.sqrt(((x / size) ** 2).sum())


def l2_norm_scale_epsilon_1e12(x):
    size = x.abs().amax().detach() + 1e-12
    return size * torch.sqrt(((x / size) ** 2).sum())


def l2_norm_scale_epsilon_1e8(x):
    size = x.abs().amax().detach() + 1e-8
    return size * torch.sqrt(((x / size) ** 2).sum())


def l2_norm_signed_scale(x):
    size = x.amax().detach()
    size = torch.where(size == 0, torch.ones_like(size), size)
    total = ((x / size) ** 2).sum()
    empty = total == 0
    return size * torch.sqrt(torch.where(empty, torch.ones_like(total), total)) * (~empty)


def l2_norm_reciprocal(x):
    size = x.abs().amax().detach()
    size = torch.where(size > 0, size, torch.ones_like(size))
    total = ((x * (1 / size)) ** 2).sum()
    empty = total == 0
    return size * torch.sqrt(torch.where(empty, torch.ones_like(total), total)) * (~empty)


def l2_norm_not_scaled_back(x):
    size = x.abs().amax().detach()
    size = torch.where(size > 0, size, torch.ones_like(size))
    total = ((x / size) ** 2).sum()
    empty = total == 0
    return torch.sqrt(torch.where(empty, torch.ones_like(total), total)) * (~empty)


def l2_norm_largest_entry(x):
    return x.abs().amax()


def l2_norm_sum_of_sizes(x):
    return x.abs().sum()


def l2_norm_of_each_row(x):
    size = x.abs().amax(-1, keepdim=True).detach()
    size = torch.where(size > 0, size, torch.ones_like(size))
    total = ((x / size) ** 2).sum(-1, keepdim=True)
    empty = total == 0
    root = torch.sqrt(torch.where(empty, torch.ones_like(total), total)) * (~empty)
    return (size * root).squeeze(-1)


L2_NORM = (
    Misconception(
        name="as-written",
        title="Squares without a scale",
        explanation=(
            "You square the entries as they are. The result may be an ordinary number, but its square is not: in "
            "float16 an entry of 256 has an infinite square, and one of 0.0001 has a square of 0. Overflow and "
            "underflow happen on the way, to numbers that nobody asked for. A gradient clipped by such a norm is "
            "divided by inf, and the step is 0."
        ),
        variants=(l2_norm_as_written,),
    ),
    Misconception(
        name="epsilon-in-root",
        title="An epsilon under the root",
        explanation=(
            "You add a small constant to the sum of squares, which makes the gradient at the zero vector finite. It "
            "also makes the norm of the zero vector 1e-6 or 1e-4, and drowns every vector that is smaller than that. "
            "Large entries still overflow before the constant is added. The place to act is the scale, and zero is "
            "one case to be told apart."
        ),
        variants=(l2_norm_epsilon_1e12, l2_norm_epsilon_1e8),
    ),
    Misconception(
        name="zero-by-zero",
        title="The zero vector is divided by its size",
        explanation=(
            "You divide by the largest entry, which is the right scale, and the zero vector has none: 0/0 is nan. A "
            "layer that has not been used yet has a gradient of exactly 0, so this comes up in the first step. Where "
            "the size is 0, divide by 1."
        ),
        variants=(l2_norm_zero_by_zero,),
    ),
    Misconception(
        name="root-of-zero",
        title="The gradient of a root at 0",
        explanation=(
            "Every value is right, the zero vector's too. Its gradient is nan: the slope of the root at 0 is infinite, "
            "and it meets the slope of the square, 0. A value that is right tells nothing about the way back. Put a 1 "
            "under the root where the sum is 0, and take the result back to 0 afterwards."
        ),
        variants=(l2_norm_root_of_zero,),
    ),
    Misconception(
        name="epsilon-in-scale",
        title="An epsilon in the scale",
        explanation=(
            "You add a small constant to the scale so that nothing is divided by 0. Where the entries are small "
            "themselves the scale is all constant: their quotients are tiny and underflow when they are squared. In "
            "float16 a constant of 1e-8 is 0 and protects from nothing. Any scale is fine that is exactly right or "
            "exactly 1."
        ),
        variants=(l2_norm_scale_epsilon_1e12, l2_norm_scale_epsilon_1e8),
    ),
    Misconception(
        name="signed-scale",
        title="The largest entry and not the largest size",
        explanation=(
            "You divide by the maximum without taking sizes first. Where the large entries are negative, the maximum "
            "is some small number or a negative one: the squares overflow as before, or the norm comes out negative. "
            "In unit 03 the sign mattered, because exp has one dangerous end; a square has two."
        ),
        variants=(l2_norm_signed_scale,),
    ),
    Misconception(
        name="reciprocal-of-the-scale",
        title="Times 1/size, not divided by size",
        explanation=(
            "You multiply by the reciprocal of the size. For all normal numbers that is as good. A subnormal size has "
            "a reciprocal beyond the largest number: 1/1e-5 is 100 000, and float16 ends at 65504. Multiplying is "
            "faster, so the change is often made on purpose. Where range is what you fight for, divide."
        ),
        variants=(l2_norm_reciprocal,),
    ),
    Misconception(
        name="not-scaled-back",
        title="The scale is not put back",
        explanation=(
            "You divide by the size and leave it at that. What you return is between 1 and the root of the number of "
            "entries, whatever the vector. In a softmax the shift cancels; here the scale has to be multiplied back."
        ),
        variants=(l2_norm_not_scaled_back,),
    ),
    Misconception(
        name="another-norm",
        title="Another norm",
        explanation=(
            "You return the largest size, or the sum of the sizes. Both are norms, neither overflows where this one "
            "would, and for 3 and 4 they give 4 and 7. The one asked for gives 5. Clipping by a norm that is larger "
            "or smaller by a root of the number of parameters changes every step."
        ),
        variants=(l2_norm_largest_entry, l2_norm_sum_of_sizes),
    ),
    Misconception(
        name="norm-of-each-row",
        title="One norm for each row",
        explanation=(
            "You reduce the last dimension only, so a matrix gives a vector. One number is asked for, the norm over "
            "all entries. For a vector the two are the same, which is why this passes the first test."
        ),
        variants=(l2_norm_of_each_row,),
    ),
)
