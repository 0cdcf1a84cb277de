"""Known mistakes in `logsumexp(x, dim=-1, keepdim=False)`: infinities, shapes, a lost gradient.

Every variant takes `x` (any shape, floating point), `dim` and `keepdim`, needs nothing but `torch`, and is wrong on
purpose.
"""

import torch

from course.kit.misconception import Misconception


def logsumexp_infinite_max(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_where_gradient(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    out = torch.where(torch.isinf(m), m, out)
    return out if keepdim else out.squeeze(dim)


def logsumexp_zero_shift(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    m = torch.where(torch.isinf(m), torch.zeros_like(m), m)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_minus_infinity_only(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    hopeless = m == float("-inf")
    m = m.masked_fill(hopeless, 0.0)
    s = torch.exp(x - m).sum(dim, keepdim=True).masked_fill(hopeless, 1.0)
    out = m + torch.log(s)
    out = out.masked_fill(hopeless, float("-inf"))
    return out if keepdim else out.squeeze(dim)


def logsumexp_minus_infinity_to_zero(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    m = m.masked_fill(m == float("-inf"), 0.0)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_plus_infinity_only(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    y = torch.where(m == float("inf"), torch.zeros_like(x), x)
    s = torch.exp(y - y.amax(dim, keepdim=True)).sum(dim, keepdim=True)
    out = m + torch.log(s)
    out = torch.where(m == float("inf"), m, out)
    return out if keepdim else out.squeeze(dim)


def logsumexp_plus_infinity_patched(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    out = torch.where(m == float("inf"), m, out)
    return out if keepdim else out.squeeze(dim)


def logsumexp_finite_by_element(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    usual = m.isfinite()
    y = torch.where(x.isfinite(), x, torch.zeros_like(x))
    shift = torch.where(usual, m, torch.zeros_like(m))
    out = shift + torch.log(torch.exp(y - shift).sum(dim, keepdim=True))
    out = torch.where(usual, out, m)
    return out if keepdim else out.squeeze(dim)


def logsumexp_finite_by_element_unpatched(x, dim=-1, keepdim=False):
    y = torch.where(x.isfinite(), x, torch.zeros_like(x))
    m = y.amax(dim, keepdim=True)
    out = m + torch.log(torch.exp(y - m).sum(dim, keepdim=True))
    return out if keepdim else out.squeeze(dim)


def logsumexp_nan_to_num(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    out = torch.nan_to_num(out)
    return out if keepdim else out.squeeze(dim)


def logsumexp_nan_to_minus_infinity(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    out = torch.nan_to_num(out, nan=float("-inf"), posinf=float("inf"), neginf=float("-inf"))
    return out if keepdim else out.squeeze(dim)


def logsumexp_never_keeps(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    return (m + torch.log(torch.exp(x - m).sum(dim, keepdim=True))).squeeze(dim)


def logsumexp_always_keeps(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    return m + torch.log(torch.exp(x - m).sum(dim, keepdim=True))


def logsumexp_square(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    return m + torch.log(torch.exp(x - m).sum(dim, keepdim=keepdim))


def logsumexp_keepdim_passed_on(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=keepdim)
    return m + torch.log(torch.exp(x - m).sum(dim, keepdim=keepdim))


def logsumexp_squeezes_all(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    usual = m.isfinite()
    y = torch.where(usual, x, torch.zeros_like(x))
    shift = torch.where(usual, m, torch.zeros_like(m))
    out = shift + torch.log(torch.exp(y - shift).sum(dim, keepdim=True))
    out = torch.where(usual, out, m.detach())
    return out if keepdim else out.squeeze()


def logsumexp_squeezes_all_finite(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    out = m + torch.log(torch.exp(x - m).sum(dim, keepdim=True))
    return out if keepdim else out.squeeze()


def logsumexp_last_dim(x, dim=-1, keepdim=False):
    m = x.amax(-1, keepdim=True)
    out = m + torch.log(torch.exp(x - m).sum(-1, keepdim=True))
    return out if keepdim else out.squeeze(-1)


def logsumexp_first_dim(x, dim=-1, keepdim=False):
    m = x.amax(0, keepdim=True)
    out = m + torch.log(torch.exp(x - m).sum(0, keepdim=True))
    return out if keepdim else out.squeeze(0)


def logsumexp_detached(x, dim=-1, keepdim=False):
    import math

    def log_sum(row):
        top = max(row)
        return top if math.isinf(top) else top + math.log(sum(math.exp(number - top) for number in row))

    rows = x.movedim(dim, -1)
    found = [log_sum(row) for row in rows.reshape(-1, rows.shape[-1]).tolist()]
    out = torch.tensor(found, dtype=x.dtype).reshape(rows.shape[:-1])
    return out.unsqueeze(dim) if keepdim else out


LOGSUMEXP_EDGES = (
    Misconception(
        name="infinite-max",
        title="The shift itself is infinite",
        explanation=(
            "Your shift is right for every finite row and fails on two others. A row of -inf has the maximum -inf, "
            "and -inf minus -inf is nan; a row with +inf meets inf minus inf. The textbook proof takes a finite "
            "maximum for granted, so its formula does too. Fully masked rows are such rows, and one of them fills the "
            "gradient of everything before it with nan."
        ),
        variants=(logsumexp_infinite_max,),
    ),
    Misconception(
        name="where-gradient",
        title="The right value is put in afterwards",
        explanation=(
            "You compute the row, nan included, and then choose the right value in its place. The values are correct "
            "everywhere. The backward pass, however, still walks through the branch that you did not choose: it "
            "multiplies a gradient of 0 by nan, and 0 times nan is nan. The forward result is all that one usually "
            "looks at. One such row in a batch gives a perfectly good loss, and weights that are nan after the step."
        ),
        variants=(logsumexp_where_gradient,),
    ),
    Misconception(
        name="zero-shift",
        title="An infinite maximum is replaced by 0 and no more",
        explanation=(
            "You shift by 0 where the maximum is infinite. That gives the right values: the logarithm of 0 is -inf, "
            "and the logarithm of inf is inf. Well-known libraries do just this. In the backward pass the derivative "
            "of the logarithm at 0 is inf, the derivative of the exponential at -inf is 0, and their product is nan. "
            "A test of values passes, and a fully masked row ruins the weights."
        ),
        variants=(logsumexp_zero_shift,),
    ),
    Misconception(
        name="plus-infinity-forgotten",
        title="Only rows of -inf are taken care of",
        explanation=(
            "You treat a maximum of -inf apart and let +inf through. In a row with +inf the shift computes inf minus "
            "inf, so you return nan where the answer is inf. Masking makes rows of -inf a daily sight, while +inf "
            "looks like somebody else's error. It is the sign of an overflow upstream, and a nan in its place hides "
            "where the trouble began."
        ),
        variants=(logsumexp_minus_infinity_only, logsumexp_minus_infinity_to_zero),
    ),
    Misconception(
        name="minus-infinity-forgotten",
        title="Only rows with +inf are taken care of",
        explanation=(
            "You treat a maximum of +inf apart and leave rows of -inf to the formula. There the shift computes -inf "
            "minus -inf, and you return nan where the answer is -inf. Overflow is the failure that everyone has seen, "
            "so it is the one that gets guarded. A row of -inf is a sum of nothing but impossible events: every fully "
            "masked row of attention is one, and padding produces them by the thousand."
        ),
        variants=(logsumexp_plus_infinity_only, logsumexp_plus_infinity_patched),
    ),
    Misconception(
        name="finite-by-element",
        title="Infinite numbers are replaced one by one",
        explanation=(
            "You put a harmless number in place of every infinite one, wherever it stands. A row that is nothing but "
            "-inf needs that. A -inf beside ordinary numbers does not: its exponential is 0, which is what it should "
            "add, and the 0 that you put there adds as much as any other 0 does: for -inf, 3, 4 you return 4.33, not "
            "4.31. Whether a row needs help is a question about its maximum. In attention, every masked place would "
            "get its weight back, and no nan would tell you."
        ),
        variants=(logsumexp_finite_by_element, logsumexp_finite_by_element_unpatched),
    ),
    Misconception(
        name="nan-to-num",
        title="The nan is painted over afterwards",
        explanation=(
            "You let the formula produce nan and swap it for a number. With the default settings a row of -inf comes "
            "back as 0, which says that something impossible is certain; with a chosen fill value one of the two "
            "infinities turns into the other. It is one call, and it stops the warnings. Whatever the value, the "
            "backward pass goes through the operations that made the nan, and the gradient is nan all the same."
        ),
        variants=(logsumexp_nan_to_num, logsumexp_nan_to_minus_infinity),
    ),
    Misconception(
        name="keepdim-ignored",
        title="The keepdim argument is ignored",
        explanation=(
            "You return the same shape whatever `keepdim` says. The numbers are right; the shape is wrong for one of "
            "the two settings. The default is all that a quick test tries, and the argument looks like decoration. A "
            "caller who subtracts your result from the logits gets an error if lucky, and otherwise a broadcast that "
            "pairs each row with the wrong number."
        ),
        variants=(logsumexp_never_keeps, logsumexp_always_keeps),
    ),
    Misconception(
        name="lost-keepdim",
        title="Maximum and sum have different shapes",
        explanation=(
            "Your maximum and what you combine it with do not have the same dimensions. Broadcasting then pairs every "
            "row's maximum with every other row's sum and returns a square, or it raises where the lengths differ, or "
            "it shifts each row by another row's number. With a single vector nothing shows. The mean of such a "
            "square is still a number that falls during training, which is how this bug lives for weeks."
        ),
        variants=(logsumexp_square, logsumexp_keepdim_passed_on),
    ),
    Misconception(
        name="squeeze-everything",
        title="All dimensions of length 1 are dropped",
        explanation=(
            "You drop the dimension that you have reduced with a bare `squeeze()`, which drops every other dimension "
            "of length 1 as well. Your numbers are right, and most inputs have no such dimension, so a test rarely "
            "notices. A batch of one example does, and so do attention scores with a single head: the result has "
            "lost the dimension that the caller counts on. The last, incomplete batch of an epoch is where training "
            "meets it. `squeeze(dim)` drops that one dimension."
        ),
        variants=(logsumexp_squeezes_all, logsumexp_squeezes_all_finite),
    ),
    Misconception(
        name="ignores-dim",
        title="The dimension argument is ignored",
        explanation=(
            "You accept a dimension and always reduce the same one. With the default argument nothing is wrong, so "
            "the first tests pass. For any other dimension the result has the wrong shape, or, in a square tensor, "
            "the right shape and the sums of columns where rows were asked for. Beam search and mixture models reduce "
            "over dimensions other than the last, and there the wrong numbers are silent."
        ),
        variants=(logsumexp_last_dim, logsumexp_first_dim),
    ),
    Misconception(
        name="detached",
        title="A result cut off from autograd",
        explanation=(
            "Your numbers are right, and autograd cannot see where they come from. Python floats, NumPy, `.data` and "
            "`.detach()` all lead to a tensor without a history, so the backward pass ends there. Plain numbers are "
            "easier to loop over, and the value is what one checks. A log-sum-exp is usually half of a loss; with "
            "that half missing, the other half pushes the true logit up and nothing ever pushes the others down."
        ),
        variants=(logsumexp_detached,),
    ),
)
