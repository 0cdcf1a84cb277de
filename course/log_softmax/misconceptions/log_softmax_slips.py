"""Known mistakes in `log_softmax(logits, dim=-1)`: slips of algebra, of shape and of the gradient.

Every variant takes `logits` (any shape, floating point) and `dim`, needs nothing but `torch`, and is wrong on purpose.
Slips of shape come twice, because they can be made with `log` and with `log1p`.
"""

import torch

from course.kit.misconception import Misconception


def log_softmax_shifted_twice(logits, dim=-1):
    m = logits.amax(dim, keepdim=True)
    return (logits - m) - (m + torch.log(torch.exp(logits - m).sum(dim, keepdim=True)))


def log_softmax_forgets_shift_outside(logits, dim=-1):
    m = logits.amax(dim, keepdim=True)
    return logits - torch.log(torch.exp(logits - m).sum(dim, keepdim=True))


def log_softmax_no_logarithm(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s - torch.exp(s).sum(dim, keepdim=True)


def log_softmax_adds_normaliser(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s + torch.log(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_divides(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s / torch.log(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_probabilities(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def log_softmax_base_ten(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s - torch.log10(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_base_two(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s - torch.log2(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_counts_maximum_twice(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s - torch.log1p(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_drops_ties(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    e = torch.exp(s).masked_fill(s == 0, 0)
    return s - torch.log1p(e.sum(dim, keepdim=True))


def log_softmax_drops_ties_with_product(logits, dim=-1):
    m, _ = logits.max(dim, keepdim=True)
    e = torch.exp(logits - m) * (logits != m)
    return logits - m - torch.log1p(e.sum(dim, keepdim=True))


def log_softmax_detached_maximum(logits, dim=-1):
    m, k = logits.detach().max(dim, keepdim=True)
    e = torch.exp(logits - m).scatter(dim, k, 0)
    return logits - m - torch.log1p(e.sum(dim, keepdim=True))


def log_softmax_shared_maximum(logits, dim=-1):
    m = logits.amax(dim, keepdim=True)
    e = torch.exp(logits - m).scatter(dim, logits.argmax(dim, keepdim=True), 0)
    return logits - m - torch.log1p(e.sum(dim, keepdim=True))


def log_softmax_last_dimension(logits, dim=-1):
    s = logits - logits.amax(-1, keepdim=True)
    return s - torch.log(torch.exp(s).sum(-1, keepdim=True))


def log_softmax_dimension_one(logits, dim=-1):
    d = min(1, logits.dim() - 1)
    s = logits - logits.amax(d, keepdim=True)
    return s - torch.log(torch.exp(s).sum(d, keepdim=True))


def log_softmax_last_dimension_exact(logits, dim=-1):
    m, k = logits.max(-1, keepdim=True)
    e = torch.exp(logits - m).scatter(-1, k, 0)
    return logits - m - torch.log1p(e.sum(-1, keepdim=True))


def log_softmax_lost_keepdim(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s - torch.log(torch.exp(s).sum(dim))


def log_softmax_lost_keepdim_of_maximum(logits, dim=-1):
    s = logits - logits.amax(dim)
    return s - torch.log(torch.exp(s).sum(dim, keepdim=True))


def log_softmax_lost_keepdim_of_both(logits, dim=-1):
    s = logits - logits.amax(dim)
    return s - torch.log(torch.exp(s).sum(dim))


def log_softmax_lost_keepdim_exact(logits, dim=-1):
    m, k = logits.max(dim, keepdim=True)
    e = torch.exp(logits - m).scatter(dim, k, 0)
    return logits - m - torch.log1p(e.sum(dim))


def log_softmax_whole_tensor(logits, dim=-1):
    s = logits - logits.amax(dim, keepdim=True)
    return s - torch.log(torch.exp(s).sum())


def log_softmax_whole_tensor_throughout(logits, dim=-1):
    s = logits - logits.max()
    return s - torch.log(torch.exp(s).sum())


LOG_SOFTMAX_SLIPS = (
    Misconception(
        name="shift-counted-twice",
        title="The maximum is subtracted twice, or not at all",
        explanation=(
            "The maximum has to leave the formula altogether: either shifted logits with the logarithm of the shifted "
            "sum, or raw logits with the whole log-sum-exp. You mix the two, so the result is off by the maximum. For "
            "a row whose maximum is 0 it is right, which is why a first test may pass. The exponentials of such a row "
            "do not sum to 1, and a loss made from it can be negative or far too large."
        ),
        variants=(log_softmax_shifted_twice, log_softmax_forgets_shift_outside),
    ),
    Misconception(
        name="no-logarithm",
        title="The sum is subtracted, and not its logarithm",
        explanation=(
            "You subtract the sum of the exponentials. A division becomes a subtraction only once *both* sides are "
            "logarithms. For two equal logits you return -2 each, and the answer is -0.69. The loss still falls during "
            "training, since the largest logit is rewarded, but it is no cross-entropy and its gradient is not p - y."
        ),
        variants=(log_softmax_no_logarithm,),
    ),
    Misconception(
        name="adds-normaliser",
        title="The logarithm of the sum is added",
        explanation=(
            "You add the logarithm of the sum where it has to be subtracted. The results are then larger than 0 for "
            "the leading class, so its probability would exceed 1. Signs get lost easily between log(a/b) and -log. A "
            "loss built on it rewards every class for growing, and the logits run away."
        ),
        variants=(log_softmax_adds_normaliser,),
    ),
    Misconception(
        name="quotient-of-logarithms",
        title="A quotient of logarithms",
        explanation=(
            "You divide by the logarithm of the sum. The logarithm of a quotient is a *difference* of logarithms; a "
            "quotient of logarithms changes the base. Where one class leads by far, the logarithm of the sum is nearly "
            "0 and you divide by it. The values are no log-probabilities: their exponentials do not sum to 1."
        ),
        variants=(log_softmax_divides,),
    ),
    Misconception(
        name="returns-softmax",
        title="Probabilities, not their logarithms",
        explanation=(
            "You return the softmax itself. A loss that expects log-probabilities then takes minus a probability for "
            "the loss: between -1 and 0, finite, and smooth, so training runs. It even learns, slowly, because its "
            "gradient vanishes where the model is confidently wrong. The missing logarithm shows in a negative loss."
        ),
        variants=(log_softmax_probabilities,),
    ),
    Misconception(
        name="other-base",
        title="A logarithm to another base",
        explanation=(
            "Your logarithm has base 10 or 2, and the exponential base e, so the two do not undo each other. Two equal "
            "logits come out as -0.30 or -1 each, and the answer is -0.69. `log` means base 10 in some languages and "
            "on most calculators. The error is a few tenths in every entry, which no training curve shows."
        ),
        variants=(log_softmax_base_ten, log_softmax_base_two),
    ),
    Misconception(
        name="counts-maximum-twice",
        title="log1p of the whole sum",
        explanation=(
            "`log1p(s)` adds the 1 for you, and your s contains it already: the exponential of the shifted maximum is "
            "1. The normaliser is log(1 + sum), too large by up to ln 2. The function is the right one here; what it "
            "wants is the sum of the *other* exponentials. With the 1 counted twice all probabilities sum to less "
            "than 1, which a loss does not notice."
        ),
        variants=(log_softmax_counts_maximum_twice,),
    ),
    Misconception(
        name="drops-ties",
        title="Every logit that equals the maximum is left out",
        explanation=(
            "You leave out all entries equal to the maximum, and only one of them is the 1 in `log1p`. Where two lead "
            "together, one of them is missing from the sum: two equal logits come out as 0 each, as if both were "
            "certain. Ties are common, in half precision above all. Use the *place* of one maximum, not the comparison "
            "with it."
        ),
        variants=(log_softmax_drops_ties, log_softmax_drops_ties_with_product),
    ),
    Misconception(
        name="detached-maximum",
        title="The maximum is detached where it does not cancel",
        explanation=(
            "Your values are right. In log(sum of all) the maximum cancels and may be detached; in log1p(sum of the "
            "others) it stands for the term that you left out, and cutting it off removes that term's gradient. The "
            "leading class then gets the gradient of someone whose own exponential is not in the sum. Nothing in the "
            "loss shows it; the gradients of a row no longer sum to 0."
        ),
        variants=(log_softmax_detached_maximum,),
    ),
    Misconception(
        name="shared-maximum",
        title="At a tie the gradient of the maximum goes to the wrong place",
        explanation=(
            "Your values are right, and so is the gradient where one logit leads. At a tie `amax` shares its gradient "
            "among all leaders, while you left out one of them only. For logits 1, 1, 0 two equal classes then get "
            "different gradients. `max(dim, keepdim=True)` returns the value and its place together, and sends the "
            "gradient to that place."
        ),
        variants=(log_softmax_shared_maximum,),
    ),
    Misconception(
        name="fixed-dim",
        title="A dimension that is written down in the function",
        explanation=(
            "Your reductions run along one dimension whatever `dim` says. On a single row, or with the classes last, "
            "nothing shows. In a sequence model the classes are often on dimension 1, and you would normalise over "
            "positions: each word would share its probability with other positions of the text. Shapes agree, so "
            "nothing raises."
        ),
        variants=(log_softmax_last_dimension, log_softmax_dimension_one, log_softmax_last_dimension_exact),
    ),
    Misconception(
        name="lost-keepdim",
        title="A reduction drops the dimension that it reduces",
        explanation=(
            "A maximum or a sum without `keepdim=True` loses its dimension, and broadcasting then lines it up with the "
            "last one. Torch raises where sizes differ. For a square matrix each row gets the normaliser of another "
            "row and nothing is said. A single row is right, and that is what one tries first."
        ),
        variants=(
            log_softmax_lost_keepdim,
            log_softmax_lost_keepdim_of_maximum,
            log_softmax_lost_keepdim_of_both,
            log_softmax_lost_keepdim_exact,
        ),
    ),
    Misconception(
        name="whole-tensor-sum",
        title="The sum runs over the whole tensor",
        explanation=(
            "You sum over all rows. For one row that is right; for a batch the probabilities of all rows together make "
            "1. A sum without a dimension is the shortest thing to write. The loss grows with the logarithm of the "
            "batch size, and a change of batch size then looks like a worse model."
        ),
        variants=(log_softmax_whole_tensor, log_softmax_whole_tensor_throughout),
    ),
)
