"""Known mistakes in `masked_softmax(scores, mask, dim=-1)`: what hidden places and fully hidden rows get.

Every variant takes `scores` (any shape, floating point), `mask` (bool, broadcastable, True = hidden) and `dim`, needs
nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def masked_softmax_inverted(scores, mask, dim=-1):
    s = scores.masked_fill(~mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_inverted_guarded(scores, mask, dim=-1):
    s = scores.masked_fill(~mask, float("-inf"))
    m = s.amax(dim, keepdim=True)
    e = torch.exp(s - m.masked_fill(m == float("-inf"), 0.0))
    total = e.sum(dim, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


def masked_softmax_zero_fill(scores, mask, dim=-1):
    s = scores.masked_fill(mask, 0.0)
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_zero_product(scores, mask, dim=-1):
    s = scores * ~mask
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_multiply_after(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    return p * ~mask


def masked_softmax_fill_after(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    return p.masked_fill(mask, 0.0)


def masked_softmax_minus_100(scores, mask, dim=-1):
    s = scores.masked_fill(mask, -100.0)
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_minus_1e4(scores, mask, dim=-1):
    s = scores.masked_fill(mask, -1e4)
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_minus_1e9(scores, mask, dim=-1):
    s = scores.masked_fill(mask, -1e9)
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_smallest_float(scores, mask, dim=-1):
    s = scores.masked_fill(mask, torch.finfo(scores.dtype).min)
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_added_penalty(scores, mask, dim=-1):
    s = scores + mask.to(scores.dtype) * -1e9
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_zero_times_infinity(scores, mask, dim=-1):
    s = scores + mask.to(scores.dtype) * float("-inf")
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_nan_row(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_nan_row_added(scores, mask, dim=-1):
    s = scores + torch.zeros_like(scores).masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def masked_softmax_nan_to_num(scores, mask, dim=-1):
    s = scores + torch.zeros_like(scores).masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    return torch.nan_to_num(p)


def masked_softmax_refilled(scores, mask, dim=-1):
    s = scores + torch.zeros_like(scores).masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    return p.masked_fill(mask, 0.0)


def masked_softmax_row_replaced(scores, mask, dim=-1):
    s = scores + torch.zeros_like(scores).masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    empty = mask.expand(scores.shape).all(dim, keepdim=True)
    return torch.where(empty, torch.zeros_like(p), p)


def masked_softmax_uniform_row(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    share = torch.full_like(p, 1 / p.shape[dim])
    return torch.where(mask.expand(scores.shape).all(dim, keepdim=True), share, p)


def masked_softmax_uniform_for_nan(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    return torch.nan_to_num(p, nan=1 / p.shape[dim])


def masked_softmax_unmasked_row(scores, mask, dim=-1):
    full = mask.expand(scores.shape)
    keep = full & ~full.all(dim, keepdim=True)
    s = scores.masked_fill(keep, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


MASKED_SOFTMAX_FILL = (
    Misconception(
        name="inverted-mask",
        title="The mask is read the wrong way round",
        explanation=(
            "You keep what should be hidden and hide what should be kept. In this exercise True means hidden; some "
            "libraries mean the opposite, and some use both meanings in different functions. The weights still add up "
            "to 1, so nothing looks broken. A language model trained this way sees the words that it has to predict, "
            "and its loss falls to almost nothing for the worst of reasons."
        ),
        variants=(masked_softmax_inverted, masked_softmax_inverted_guarded),
    ),
    Misconception(
        name="zero-instead-of-minus-inf",
        title="Hidden scores are set to 0",
        explanation=(
            "You set the hidden scores to 0, and a score of 0 is a score like any other: its exponential is 1. For "
            "scores 1, 2, 3 with the last one hidden you return 0.24, 0.67 and 0.09, so the hidden place still gets 9 "
            "%. Zero means nothing almost everywhere else, which is what makes this natural. The hidden positions "
            "leak into the output, and where all visible scores are negative they win."
        ),
        variants=(masked_softmax_zero_fill, masked_softmax_zero_product),
    ),
    Misconception(
        name="multiply-after",
        title="Masked after the softmax and not normalised again",
        explanation=(
            "You take the softmax over everything and then strike out the hidden weights. What is left no longer adds "
            "up to 1: for scores 1, 2, 3 with the last one hidden, the rest adds up to 0.33. The hidden places are "
            "exactly 0, so a test for that passes. In attention the output shrinks with every masked position, and a "
            "hidden score that is much larger than the others leaves zeros only."
        ),
        variants=(masked_softmax_multiply_after, masked_softmax_fill_after),
    ),
    Misconception(
        name="large-negative",
        title="A large negative number instead of -inf",
        explanation=(
            "You give hidden places a score such as -1e9. Beside ordinary scores that works. Where a whole row is "
            "hidden, all its scores are equal, and the row of zeros that was asked for becomes a uniform one: padding "
            "attends to everything. The constant also ties the code to a dtype, since float16 ends at 65504 and torch "
            "refuses to fill it with -1e9. The habit comes from public code that wanted to avoid nan, and it trades a "
            "loud error for a quiet one."
        ),
        variants=(
            masked_softmax_minus_100,
            masked_softmax_minus_1e4,
            masked_softmax_minus_1e9,
            masked_softmax_smallest_float,
            masked_softmax_added_penalty,
        ),
    ),
    Misconception(
        name="zero-times-infinity",
        title="The mask is multiplied by -inf",
        explanation=(
            "You multiply the mask by -inf and add the product to the scores. For hidden places that is -inf, as "
            "intended. For visible ones it is 0 times -inf, which is nan, so a single call turns every weight into "
            "nan. With a large finite number the same line works, and infinity looks like the honest version of it. "
            "You would see it at the first step of training; look for the place where a mask takes part in "
            "arithmetic."
        ),
        variants=(masked_softmax_zero_times_infinity,),
    ),
    Misconception(
        name="nan-row",
        title="Nothing is done about a fully hidden row",
        explanation=(
            "You give hidden places -inf, which is right as long as something in the row is visible. When nothing is, "
            "the maximum is -inf too, the difference is nan, and so is the whole row. A test with a few hidden places "
            "never comes near it. Batches are padded to equal length, so an empty sequence, or a query that may "
            "attend to nothing, arrives sooner or later, and its nan spreads to every weight."
        ),
        variants=(masked_softmax_nan_row, masked_softmax_nan_row_added),
    ),
    Misconception(
        name="nan-gradient",
        title="The nan is removed from the value only",
        explanation=(
            "You add -inf to the hidden scores, let a fully hidden row become nan and then write zeros over it. On "
            "ordinary scores the values are right (where padding holds inf, inf - inf is nan there too). The "
            "backward pass still goes through the operations that gave nan: the 0 that comes back from your "
            "replacement is multiplied by nan, stays nan, and the addition hands it on to the scores. Looking at "
            "the output, you would call it done. In training the loss is finite, the gradient of that row is not, "
            "and one step later the weights are gone."
        ),
        variants=(masked_softmax_nan_to_num, masked_softmax_refilled, masked_softmax_row_replaced),
    ),
    Misconception(
        name="uniform-when-hidden",
        title="Equal weights where everything is hidden",
        explanation=(
            "You answer a fully hidden row with equal weights. That avoids the nan and keeps the sum at 1, and a "
            "softmax over equal scores would say the same. But it gives weight to places that nobody may look at: the "
            "output for padding becomes the mean of all hidden values. Gradients flow into those values, so padding "
            "starts to shape the model, more so the more of it there is."
        ),
        variants=(masked_softmax_uniform_row, masked_softmax_uniform_for_nan),
    ),
    Misconception(
        name="unmasked-when-hidden",
        title="A fully hidden row is unmasked",
        explanation=(
            "You lift the mask from rows that it would hide altogether, so that the formula has something to work on. "
            "No nan appears, in value or gradient. The row then attends to exactly the places that it must not see, "
            "with ordinary softmax weights, where zeros were asked for. It is a workaround that people pass on, meant "
            "for rows whose output is thrown away later. If one of those rows is not thrown away, hidden content "
            "leaks, and nothing tells you."
        ),
        variants=(masked_softmax_unmasked_row,),
    ),
)
