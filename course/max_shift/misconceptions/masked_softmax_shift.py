"""Known mistakes in `masked_softmax(scores, mask, dim=-1)`: the shift, the sum and the shapes.

Every variant takes `scores` (any shape, floating point), `mask` (bool, broadcastable, True = hidden) and `dim`, needs
nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def masked_softmax_max_over_hidden(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True)) * ~mask
    return e / e.sum(dim, keepdim=True)


def masked_softmax_max_over_hidden_guarded(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True)).masked_fill(mask, 0.0)
    total = e.sum(dim, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


def masked_softmax_renormalised(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True))
    p = (e / e.sum(dim, keepdim=True)).masked_fill(mask, 0.0)
    return p / p.sum(dim, keepdim=True)


def masked_softmax_renormalised_product(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True) * ~mask
    return p / p.sum(dim, keepdim=True)


def masked_softmax_renormalised_guarded(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True))
    p = (e / e.sum(dim, keepdim=True)).masked_fill(mask, 0.0)
    total = p.sum(dim, keepdim=True)
    return p / total.masked_fill(total == 0, 1.0)


def masked_softmax_global_max(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.max())
    return e / e.sum(dim, keepdim=True)


def masked_softmax_global_max_guarded(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    m = s.max()
    e = torch.exp(s - m.masked_fill(m == float("-inf"), 0.0))
    total = e.sum(dim, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


def masked_softmax_where_after_exp(scores, mask, dim=-1):
    m = scores.masked_fill(mask, float("-inf")).amax(dim, keepdim=True)
    m = m.masked_fill(m == float("-inf"), 0.0)
    e = torch.where(mask, torch.zeros_like(scores), torch.exp(scores - m))
    total = e.sum(dim, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


def masked_softmax_product_after_exp(scores, mask, dim=-1):
    m = scores.masked_fill(mask, float("-inf")).amax(dim, keepdim=True)
    m = m.masked_fill(m == float("-inf"), 0.0)
    e = torch.exp(scores - m) * ~mask
    total = e.sum(dim, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


def masked_softmax_renormalised_1e6(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    p = p * ~mask
    return p / (p.sum(dim, keepdim=True) + 1e-6)


def masked_softmax_renormalised_1e9(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    p = p * ~mask
    return p / (p.sum(dim, keepdim=True) + 1e-9)


def masked_softmax_renormalised_1e12(scores, mask, dim=-1):
    e = torch.exp(scores - scores.amax(dim, keepdim=True))
    p = e / e.sum(dim, keepdim=True)
    p = p * ~mask
    return p / (p.sum(dim, keepdim=True) + 1e-12)


def masked_softmax_no_shift(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    e = torch.exp(s)
    return e / e.sum(dim, keepdim=True)


def masked_softmax_no_shift_guarded(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    e = torch.exp(s)
    total = e.sum(dim, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


def masked_softmax_clamped_sum(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    m = s.amax(dim, keepdim=True)
    e = torch.exp(s - m.masked_fill(m == float("-inf"), 0.0))
    return e / e.sum(dim, keepdim=True).clamp(min=1e-8)


def masked_softmax_epsilon_1e8(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    m = s.amax(dim, keepdim=True)
    e = torch.exp(s - m.masked_fill(m == float("-inf"), 0.0))
    return e / (e.sum(dim, keepdim=True) + 1e-8)


def masked_softmax_epsilon_1e12(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    m = s.amax(dim, keepdim=True)
    e = torch.exp(s - m.masked_fill(m == float("-inf"), 0.0))
    return e / (e.sum(dim, keepdim=True) + 1e-12)


def masked_softmax_rounded_logarithm(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    m = s.amax(dim, keepdim=True)
    m = m.masked_fill(m == float("-inf"), 0.0)
    total = torch.exp(s - m).sum(dim, keepdim=True)
    return torch.exp(s - (m + torch.log(total.masked_fill(total == 0, 1.0))))


def masked_softmax_rounded_logarithm_nan_row(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    m = s.amax(dim, keepdim=True)
    m = m.masked_fill(m == float("-inf"), 0.0)
    return torch.exp(s - (m + torch.log(torch.exp(s - m).sum(dim, keepdim=True))))


def masked_softmax_by_index(scores, mask, dim=-1):
    s = scores.clone()
    s[mask] = float("-inf")
    m = s.amax(dim, keepdim=True)
    e = torch.exp(s - m.masked_fill(m == float("-inf"), 0.0))
    total = e.sum(dim, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


def masked_softmax_mask_not_expanded(scores, mask, dim=-1):
    empty = mask.all(dim, keepdim=True)
    s = scores.masked_fill(mask, float("-inf"))
    e = torch.exp(s - s.amax(dim, keepdim=True).masked_fill(empty, 0.0))
    return e / e.sum(dim, keepdim=True).masked_fill(empty, 1.0)


def masked_softmax_mask_not_expanded_refilled(scores, mask, dim=-1):
    empty = mask.all(dim, keepdim=True)
    s = scores.masked_fill(mask, float("-inf")).masked_fill(empty, 0.0)
    e = torch.exp(s - s.amax(dim, keepdim=True))
    return (e / e.sum(dim, keepdim=True)).masked_fill(mask, 0.0)


def masked_softmax_last_dim(scores, mask, dim=-1):
    s = scores.masked_fill(mask, float("-inf"))
    m = s.amax(-1, keepdim=True)
    e = torch.exp(s - m.masked_fill(m == float("-inf"), 0.0))
    total = e.sum(-1, keepdim=True)
    return e / total.masked_fill(total == 0, 1.0)


def masked_softmax_detached(scores, mask, dim=-1):
    import math

    def weights(row, hidden):
        seen = [number for number, skip in zip(row, hidden, strict=True) if not skip]
        terms = [0.0 if skip else math.exp(number - max(seen)) for number, skip in zip(row, hidden, strict=True)]
        return [term / (sum(terms) or 1.0) for term in terms]

    n = scores.shape[dim]
    rows = scores.movedim(dim, -1)
    skipped = mask.expand(scores.shape).movedim(dim, -1).reshape(-1, n).tolist()
    found = [weights(row, hidden) for row, hidden in zip(rows.reshape(-1, n).tolist(), skipped, strict=True)]
    return torch.tensor(found, dtype=scores.dtype).reshape(rows.shape).movedim(-1, dim)


MASKED_SOFTMAX_SHIFT = (
    Misconception(
        name="max-over-hidden",
        title="Hidden scores take part in the maximum",
        explanation=(
            "You look for the maximum before you hide anything, and so does a softmax over everything whose hidden "
            "weights you strike out afterwards. If a hidden score is far above the visible ones, by "
            "104 or more in float32, the visible exponentials are all 0: the row is 0/0, or zeros if you guarded the "
            "division. With scores of similar size nothing shows, because on paper every shift gives the same "
            "weights. Padding holds whatever was left in memory, so the size of a hidden score is up to chance, and "
            "so is this error."
        ),
        variants=(
            masked_softmax_max_over_hidden,
            masked_softmax_max_over_hidden_guarded,
            masked_softmax_renormalised,
            masked_softmax_renormalised_product,
            masked_softmax_renormalised_guarded,
        ),
    ),
    Misconception(
        name="global-max",
        title="One maximum for the whole tensor",
        explanation=(
            "You subtract the largest visible score of the whole tensor. The row that holds it is fine; a row that "
            "lies 104 or more below it in float32 has only exponentials of 0 left, and comes out as nan, or as zeros "
            "as though it were fully hidden. One row alone cannot show the difference. In a batch of attention heads, "
            "one sharp head would switch others off, and which ones would change from batch to batch."
        ),
        variants=(masked_softmax_global_max, masked_softmax_global_max_guarded),
    ),
    Misconception(
        name="masks-after-exp",
        title="Masked only after the exponential",
        explanation=(
            "You exponentiate the hidden scores as well and remove them afterwards. A hidden score that stands high "
            "above the visible maximum becomes inf, and inf times 0 is nan. Choosing between the two keeps the value "
            "right, and then the backward pass multiplies 0 by inf and gets nan after all. It works for as long as "
            "hidden scores are tame. They come from padding, which nobody looks at, so the nan seems to come from "
            "nowhere."
        ),
        variants=(masked_softmax_where_after_exp, masked_softmax_product_after_exp),
    ),
    Misconception(
        name="renormalise-with-epsilon",
        title="Masked afterwards, divided by the rest plus an epsilon",
        explanation=(
            "You take the softmax over everything, strike out the hidden weights and divide by what is left, plus a "
            "small constant. A fully hidden row does become zeros. But when a hidden score leads by 25 the visible "
            "weights are of the size of 1e-11 before you divide, and a constant of 1e-9 outweighs them: they add up "
            "to 0.05 and not to 1. It passes every test with scores of similar size. In training some rows fade out "
            "without a nan to show for it."
        ),
        variants=(masked_softmax_renormalised_1e6, masked_softmax_renormalised_1e9, masked_softmax_renormalised_1e12),
    ),
    Misconception(
        name="epsilon-denominator",
        title="A small constant guards the sum",
        explanation=(
            "You keep the sum away from 0 with a small constant such as 1e-8. In float16 the smallest positive number "
            "is 6e-8, so the constant is itself 0 there, and a fully hidden row is 0/0 after all. Where it is added "
            "and not only a lower limit, it also makes every float64 weight a little too small. In float32 nothing "
            "shows, and float32 is where one tests. A number that no dtype can lose is 1: put it where the sum is 0."
        ),
        variants=(masked_softmax_clamped_sum, masked_softmax_epsilon_1e8, masked_softmax_epsilon_1e12),
    ),
    Misconception(
        name="rounded-logarithm",
        title="The logarithm of the sum is rounded at the size of the scores",
        explanation=(
            "You subtract the log-sum-exp from the scores as they are. On paper that is the softmax, and your "
            "`logsumexp` is right. But it is a number of the size of the scores, rounded to the digits that such a "
            "number has: near 1000 they end at 0.00006 in float32, and the exponential turns that into an error of "
            "all the weights. Close to 0 nothing shows, and large scores are what the shift is for. Subtract the "
            "maximum from the scores first and divide by the sum."
        ),
        variants=(masked_softmax_rounded_logarithm, masked_softmax_rounded_logarithm_nan_row),
    ),
    Misconception(
        name="no-shift",
        title="The exponential of the raw scores",
        explanation=(
            "You hide the right places and exponentiate the other scores as they come. In float32 a score of 89 "
            "becomes inf and the row nan; where all visible scores are below -104 the sum is 0. The mask is the new "
            "thing in this exercise, so it gets all the attention. Scores are dot products that grow with the width "
            "of the model and with training, so this fails late, on a long run, and not on the first day."
        ),
        variants=(masked_softmax_no_shift, masked_softmax_no_shift_guarded),
    ),
    Misconception(
        name="mask-by-index",
        title="The mask is used as an index",
        explanation=(
            "You assign to `scores[mask]`, which takes a mask of exactly the shape of the scores. A mask of shape "
            "(n,) for scores of shape (batch, n) is matched with the first dimension instead: torch raises, or in a "
            "square tensor hides whole rows in place of columns. With full-sized masks it is right. Real masks are "
            "nearly always smaller than the scores, one for all heads or all examples, and a batch of just the wrong "
            "size will be masked the wrong way in silence."
        ),
        variants=(masked_softmax_by_index,),
    ),
    Misconception(
        name="mask-without-the-dimension",
        title="The mask is asked along a dimension that it lacks",
        explanation=(
            "You ask the mask itself, as it came, which rows are fully hidden. It may be smaller than the scores: a "
            "mask of shape (3,) for scores of shape (2, 3) has no dimension 0 of its own, so `dim=0` asks along the "
            "wrong one and misses the column that is hidden, and `dim=-2` is an IndexError. Along the last dimension "
            "the two line up, which is what most tests try. Expand the mask to the scores' shape first, or ask the "
            "scores after they have been hidden. One mask for all heads is the usual thing in attention, so the nan "
            "would come with the first layout that puts heads last."
        ),
        variants=(masked_softmax_mask_not_expanded, masked_softmax_mask_not_expanded_refilled),
    ),
    Misconception(
        name="ignores-dim",
        title="The dimension argument is ignored",
        explanation=(
            "You accept a dimension and always work along the last one. The default hides it. Along any other "
            "dimension the weights add up to 1 the wrong way, and a row counts as fully hidden when it is not. Shape "
            "and range look right, so neither an error nor a nan will point here. Attention code that keeps heads or "
            "positions in another order would mix them."
        ),
        variants=(masked_softmax_last_dim,),
    ),
    Misconception(
        name="detached",
        title="A result cut off from autograd",
        explanation=(
            "Your numbers are right, and autograd cannot see where they come from. A loop over Python floats, NumPy, "
            "`.data` or `.detach()` makes a tensor without a history. The mask invites it, since skipping hidden "
            "places in a plain loop is easy to get right. In training, the scores get no gradient, so the queries and "
            "keys behind them stay as they were, while the rest of the network learns around them."
        ),
        variants=(masked_softmax_detached,),
    ),
)
