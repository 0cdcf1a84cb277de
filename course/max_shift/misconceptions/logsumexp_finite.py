"""Known mistakes in `logsumexp(x, dim=-1, keepdim=False)` on finite numbers.

Every variant takes `x` (any shape, floating point), `dim` and `keepdim`, needs nothing but `torch`, and is wrong on
purpose.
"""

import torch

from course.kit.misconception import Misconception


def logsumexp_no_shift(x, dim=-1, keepdim=False):
    return torch.log(torch.exp(x).sum(dim, keepdim=keepdim))


def logsumexp_global_max(x, dim=-1, keepdim=False):
    m = x.max()
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_clamped_shift(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True).clamp(min=0)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_mean_shift(x, dim=-1, keepdim=False):
    m = x.mean(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_forgot_to_add_back(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_minus_max(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = torch.log(s) - m
    return out if keepdim else out.squeeze(dim)


def logsumexp_multiplies_by_max(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m * torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_max_counted_twice(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log1p(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_log_of_mean(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).mean(dim, keepdim=True)
    out = m + torch.log(s)
    return out if keepdim else out.squeeze(dim)


def logsumexp_sum_of_logs(x, dim=-1, keepdim=False):
    return torch.log(torch.exp(x)).sum(dim, keepdim=keepdim)


def logsumexp_sum_of_shifted_logs(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.log(torch.exp(x - m)).sum(dim, keepdim=True)
    out = m + s
    return out if keepdim else out.squeeze(dim)


def logsumexp_max_only(x, dim=-1, keepdim=False):
    return x.amax(dim, keepdim=keepdim)


def logsumexp_clipped_50(x, dim=-1, keepdim=False):
    return torch.log(torch.exp(x.clamp(-50, 50)).sum(dim, keepdim=keepdim))


def logsumexp_clipped_80(x, dim=-1, keepdim=False):
    return torch.log(torch.exp(x.clamp(-80, 80)).sum(dim, keepdim=keepdim))


def logsumexp_clipped_88(x, dim=-1, keepdim=False):
    return torch.log(torch.exp(x.clamp(-88, 88)).sum(dim, keepdim=keepdim))


def logsumexp_epsilon_1e6(x, dim=-1, keepdim=False):
    return torch.log(torch.exp(x).sum(dim, keepdim=keepdim) + 1e-6)


def logsumexp_epsilon_1e8(x, dim=-1, keepdim=False):
    return torch.log(torch.exp(x).sum(dim, keepdim=keepdim) + 1e-8)


def logsumexp_epsilon_1e12(x, dim=-1, keepdim=False):
    return torch.log(torch.exp(x).sum(dim, keepdim=keepdim) + 1e-12)


def logsumexp_shifted_epsilon_1e8(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s + 1e-8)
    return out if keepdim else out.squeeze(dim)


def logsumexp_shifted_epsilon_1e12(x, dim=-1, keepdim=False):
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    out = m + torch.log(s + 1e-12)
    return out if keepdim else out.squeeze(dim)


LOGSUMEXP_FINITE = (
    Misconception(
        name="no-shift",
        title="The exponential of the raw numbers",
        explanation=(
            "You sum the raw exponentials and take the logarithm. Two numbers of 1000 give inf and two of -1000 give "
            "-inf, although the answers, near 1000.7 and -999.3, are ordinary floats. The logarithm seems to undo the "
            "exponential, so it is easy to believe that nothing can go wrong in between. A loss built on this is inf "
            "or nan as soon as the logits grow, and its gradient is nan."
        ),
        variants=(logsumexp_no_shift,),
    ),
    Misconception(
        name="global-max",
        title="One maximum for the whole tensor",
        explanation=(
            "You shift all rows by one number. The row that holds it is right; a row far below it has only "
            "exponentials of 0 left, and the logarithm of 0 makes it -inf. One example alone never shows this, "
            "because its largest number is the tensor's largest number. In a batch, the loss of an example then "
            "depends on which others were drawn with it."
        ),
        variants=(logsumexp_global_max,),
    ),
    Misconception(
        name="clamped-shift",
        title="A shift that is never negative",
        explanation=(
            "You subtract the maximum only where it is positive. That removes every overflow, and overflow is what "
            "people warn about. A row of -1000 is left unshifted, its exponentials are all 0, and you return -inf "
            "where the answer is close to -1000. Sums of log-probabilities are negative numbers of just this size, so "
            "a sequence model meets the bad side first."
        ),
        variants=(logsumexp_clamped_shift,),
    ),
    Misconception(
        name="mean-shift",
        title="The mean as the shift",
        explanation=(
            "You shift by the mean of the row. On paper every constant gives the same result, and centred data is a "
            "good habit elsewhere. A single number far above the others still overflows: next to nine zeros, 1000 "
            "stands 900 above their mean, and you return inf. A confident network makes rows of exactly that kind."
        ),
        variants=(logsumexp_mean_shift,),
    ),
    Misconception(
        name="forgot-to-add-back",
        title="The shift is never added back",
        explanation=(
            "You subtract the maximum and do not put it back. In a softmax the constant cancels in the fraction; here "
            "it leaves the logarithm as a term of its own. For 1, 2, 3 you return 0.41 where 3.41 is right, and every "
            "answer lies between 0 and the logarithm of the row's length. As a loss it still falls, since it rewards "
            "gaps between the numbers, but it is no longer the likelihood that you meant to maximise."
        ),
        variants=(logsumexp_forgot_to_add_back,),
    ),
    Misconception(
        name="minus-max",
        title="The maximum is subtracted a second time",
        explanation=(
            "You take the maximum away at the end where it belonged added. For 1, 2, 3 that gives -2.59 and not 3.41. "
            "Having just written a minus in front of it makes a second minus look consistent; taking a constant out "
            "of a logarithm of exponentials changes its sign only once, on the way in. The result of a large row "
            "would be a large negative number, and minimising it drives the logits up without end."
        ),
        variants=(logsumexp_minus_max,),
    ),
    Misconception(
        name="multiplies-by-max",
        title="The maximum comes back as a factor",
        explanation=(
            "You multiply by the maximum where you should undo a subtraction. Among the exponentials the constant was "
            "a factor, and so it seems to come out as one, but the logarithm has turned products into sums by then. "
            "For 1, 2, 3 you get 1.22, and a row whose maximum is 0 gives 0 whatever else it holds. Nothing "
            "overflows, so only a value worked out by hand gives it away."
        ),
        variants=(logsumexp_multiplies_by_max,),
    ),
    Misconception(
        name="max-counted-twice",
        title="The largest term is counted twice",
        explanation=(
            "You add 1 to a sum that contains the maximum's own 1 already, which is what log1p does. For 1, 2, 3 that "
            "returns 3.92 in place of 3.41. The function log1p is the right tool when the sum leaves the largest term "
            "out, and it has the better name for accuracy, so it slips in. The error is largest, 0.69, where one "
            "number dominates: exactly the predictions that a trained model is sure of."
        ),
        variants=(logsumexp_max_counted_twice,),
    ),
    Misconception(
        name="log-of-mean",
        title="The mean of the exponentials",
        explanation=(
            "You average the exponentials and do not add them. The result is too small by the logarithm of the number "
            "of terms: for 1, 2, 3 you return 2.31, not 3.41. Averages are what one takes of most things in a "
            "training loop. The gradient is not touched by that constant, so training may look healthy while every "
            "log-likelihood that you report is off, by 10.4 for a vocabulary of 32768."
        ),
        variants=(logsumexp_log_of_mean,),
    ),
    Misconception(
        name="sum-of-logs",
        title="The logarithm is taken before the sum",
        explanation=(
            "You take logarithms term by term and add those, which undoes each exponential at once: what you return "
            "is the plain sum of the numbers, give or take the shift. A logarithm does not pass through a sum, only "
            "through a product. For 1, 2, 3 the unshifted form gives 6. As a loss it would treat every class alike, "
            "and its gradient is the same for each of them."
        ),
        variants=(logsumexp_sum_of_logs, logsumexp_sum_of_shifted_logs),
    ),
    Misconception(
        name="max-only",
        title="The maximum stands in for the sum",
        explanation=(
            "You return the maximum alone. It is the lower bound of the true value, and where one number leads by a "
            "wide margin the two agree to the last bit. Among close numbers it is short by up to the logarithm of "
            "their count: 0.69 for two equal ones. Its gradient goes to the winner only, so all other classes stop "
            "learning, and a loss built on it can be 0 while the model is undecided."
        ),
        variants=(logsumexp_max_only,),
    ),
    Misconception(
        name="clipped",
        title="The numbers are clipped before the exponential",
        explanation=(
            "You force the numbers into a range where the exponential is safe. Every row that reaches beyond it gets "
            "the same answer: clipped at 80, rows of 100 and of 1000 are told apart no longer. It does end the nan, "
            "and public guides suggest it. The gradient of a clipped number is exactly 0, so an example that is badly "
            "wrong can no longer be corrected."
        ),
        variants=(logsumexp_clipped_50, logsumexp_clipped_80, logsumexp_clipped_88),
    ),
    Misconception(
        name="epsilon-in-log",
        title="An epsilon inside the logarithm",
        explanation=(
            "You add a small constant so that the logarithm never sees 0. Without a shift that makes a floor: with "
            "1e-8 no result falls below -18.4, and a row of -1000 or of -inf reports it. With a shift the sum is 1 or "
            "more, so the constant prevents nothing and moves the result a little. The habit comes from code that "
            "takes logarithms of probabilities. On the floor the gradient is 0, and the hardest examples go quiet."
        ),
        variants=(
            logsumexp_epsilon_1e6,
            logsumexp_epsilon_1e8,
            logsumexp_epsilon_1e12,
            logsumexp_shifted_epsilon_1e8,
            logsumexp_shifted_epsilon_1e12,
        ),
    ),
)
