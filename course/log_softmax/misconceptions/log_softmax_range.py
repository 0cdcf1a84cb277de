"""Known mistakes in `log_softmax(logits, dim=-1)`: a logarithm or a difference that the dtype cannot hold.

Every variant takes `logits` (any shape, floating point) and `dim`, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def log_of_naive_softmax(logits, dim=-1):
    e = torch.exp(logits)
    return torch.log(e / e.sum(dim, keepdim=True))


def log_of_shifted_softmax(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return torch.log(e / e.sum(dim, keepdim=True))


def _with_epsilon(name, epsilon, clamped):
    def log_with_epsilon(logits, dim=-1):
        e = torch.exp(logits - logits.amax(dim, keepdim=True))
        p = e / e.sum(dim, keepdim=True)
        return torch.log(p.clamp(min=epsilon) if clamped else p + epsilon)

    log_with_epsilon.__name__ = name
    return log_with_epsilon


def log_softmax_smallest_normal(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return torch.log(e / e.sum(dim, keepdim=True) + torch.finfo(logits.dtype).tiny)


def log_softmax_dtype_epsilon(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return torch.log(e / e.sum(dim, keepdim=True) + torch.finfo(logits.dtype).eps)


def log_softmax_nan_to_num(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return torch.nan_to_num(torch.log(e / e.sum(dim, keepdim=True)))


def log_softmax_naive_sum(logits, dim=-1):
    return logits - torch.log(torch.exp(logits).sum(dim, keepdim=True))


def log_softmax_large_minus_large(logits, dim=-1):
    m = logits.amax(dim, keepdim=True)
    return logits - (m + torch.log(torch.exp(logits - m).sum(dim, keepdim=True)))


def log_softmax_global_max(logits, dim=-1):
    s = logits - logits.max()
    return s - torch.log(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_clamped_shift(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True).clamp(min=0)
    return s - torch.log(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_rounded_sum(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s - torch.log(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_rounded_sum_in_float(logits, dim=-1):
    x = logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
    s = x - x.amax(dim, keepdim=True)
    return (s - torch.log(torch.exp(s).sum(dim, keepdim=True))).to(logits.dtype)


def log_softmax_subtracts_one_again(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s - torch.log1p(torch.exp(s).sum(dim, keepdim=True) - 1)


LOG_SOFTMAX_RANGE = (
    Misconception(
        name="log-of-naive-softmax",
        title="The logarithm of a softmax without a shift",
        explanation=(
            "You exponentiate the logits as they come, divide, and take the logarithm. That fails in both directions: "
            "a large logit gives inf/inf, which is nan, and a small probability comes out as 0, whose logarithm is "
            "-inf. It is the definition, written down. In training the first confident batch ends the run, and which "
            "of the two it ends with depends on the sign of the logits."
        ),
        variants=(log_of_naive_softmax,),
    ),
    Misconception(
        name="log-of-softmax",
        title="The logarithm of a finished softmax",
        explanation=(
            "You shift, so nothing overflows, and then take the logarithm of a probability that may have come out as "
            "0. In float32 that happens 104 below the maximum, and log(0) is -inf; a little earlier the probability is "
            "subnormal and its logarithm has lost most of its digits. Reusing the right softmax of the unit before is "
            "tempting. The loss of a confidently wrong row is then inf and its gradient nan, for just the rows that "
            "the model has most to learn from."
        ),
        variants=(log_of_shifted_softmax,),
    ),
    Misconception(
        name="epsilon-in-log",
        title="A small constant inside the logarithm",
        explanation=(
            "You add a small constant to the probability, or clip it from below, so that the logarithm stays finite. "
            "It does, and it stops there: with 1e-8 no log-probability is below -18.4, whatever the logits say. Where "
            "the constant has taken over, the result no longer depends on the logits, so the gradient is 0. No inf "
            "and no nan will tell you, and a model that is sure and wrong never finds out."
        ),
        variants=(
            *(_with_epsilon(f"log_softmax_plus_1e{power}", 10.0**power, False) for power in (-12, -10, -8, -7, -6)),
            *(
                _with_epsilon(f"log_softmax_clamped_at_1e{power}", 10.0**power, True)
                for power in (-12, -10, -8, -7, -6)
            ),
            log_softmax_smallest_normal,
            log_softmax_dtype_epsilon,
        ),
    ),
    Misconception(
        name="nan-to-num",
        title="The -inf is painted over",
        explanation=(
            "You take the logarithm of a softmax and let `nan_to_num` replace -inf by the lowest number of the dtype. "
            "For logits of 0 and -200 in float32 the answer is -200, and you return -3.4e38. It looks harmless, "
            "because there is no inf left for a test to find. One such row makes the mean of a batch meaningless, "
            "and its gradient is nan or 0."
        ),
        variants=(log_softmax_nan_to_num,),
    ),
    Misconception(
        name="unshifted-sum",
        title="The right formula, with exponentials that overflow",
        explanation=(
            "You subtract the logarithm of the sum, which is the right idea, and sum the exponentials of the raw "
            "logits. In float32 one logit of 89 makes the sum inf and the whole row -inf; a row of -110 makes it 0 "
            "and the row +inf. The underflow of single terms is cured, so small tests pass. The sum still needs the "
            "shift of the unit before."
        ),
        variants=(log_softmax_naive_sum,),
    ),
    Misconception(
        name="large-minus-large",
        title="The log-sum-exp is rounded at the size of the logits",
        explanation=(
            "You subtract a right log-sum-exp from the raw logits. Both are large, and both were rounded at that size: "
            "near 1000, float32 numbers are 0.00006 apart and bfloat16 numbers 4 apart, so that much of the small "
            "difference is lost. The formula z - LSE(z) stands in every text, and with logits near 0 it is as good as "
            "any. In half precision the probabilities of a row then no longer sum to 1, and the loss of a good row can "
            "come out as exactly 0."
        ),
        variants=(log_softmax_large_minus_large,),
    ),
    Misconception(
        name="global-max",
        title="One maximum for the whole tensor",
        explanation=(
            "You shift all rows by one maximum. A row that lies 104 or more below it in float32 has a sum of 0, whose "
            "logarithm is -inf, and its log-probabilities come out as +inf. On a single row it is right. In a batch, "
            "one confident example then ruins its neighbours, depending on how the batch was shuffled."
        ),
        variants=(log_softmax_global_max,),
    ),
    Misconception(
        name="clamped-shift",
        title="A shift that is never negative",
        explanation=(
            "You subtract the row's maximum only where it is positive. Overflow is cured by that. In a row of very "
            "negative logits every float32 exponential below -104 is still 0, so is the sum, and its logarithm makes "
            "the row +inf. A strong negative bias or a penalty on every score is enough to produce such rows."
        ),
        variants=(log_softmax_clamped_shift,),
    ),
    Misconception(
        name="rounded-sum",
        title="The sum is rounded to 1 before its logarithm is taken",
        explanation=(
            "Where one class leads by far, the sum is 1 plus something tiny, and adding the two loses the tiny part: "
            "for 0 and -20 in float32 you return 0, and the answer is -2.1e-9. This is the textbook formula, and "
            "`torch.log_softmax` does the same. For a loss it hardly matters; whoever compares or adds up the "
            "log-probabilities of very sure predictions gets ties and zeros. The logarithm of 1 plus a small number "
            "has a function of its own, and the small number must not meet the 1 before."
        ),
        variants=(log_softmax_rounded_sum, log_softmax_rounded_sum_in_float, log_softmax_subtracts_one_again),
    ),
)
