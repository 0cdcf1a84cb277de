"""Known mistakes in `softmax(logits, dim=-1)`: wrong repairs, wrong sums, wrong dimensions, a lost gradient.

Every variant takes `logits` (any shape, floating point) and `dim`, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def softmax_floor_20(logits, dim=-1):
    z = logits - logits.amax(dim, keepdim=True)
    e = torch.exp(z.clamp(min=-20))
    return e / e.sum(dim, keepdim=True)


def softmax_floor_50(logits, dim=-1):
    z = logits - logits.amax(dim, keepdim=True)
    e = torch.exp(z.clamp(min=-50))
    return e / e.sum(dim, keepdim=True)


def softmax_floor_80(logits, dim=-1):
    z = logits - logits.amax(dim, keepdim=True)
    e = torch.exp(z.clamp(min=-80))
    return e / e.sum(dim, keepdim=True)


def softmax_epsilon_1e6(logits, dim=-1):
    e = torch.exp(logits)
    return e / (e.sum(dim, keepdim=True) + 1e-6)


def softmax_epsilon_1e8(logits, dim=-1):
    e = torch.exp(logits)
    return e / (e.sum(dim, keepdim=True) + 1e-8)


def softmax_epsilon_1e12(logits, dim=-1):
    e = torch.exp(logits)
    return e / (e.sum(dim, keepdim=True) + 1e-12)


def softmax_shifted_epsilon_1e6(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return e / (e.sum(dim, keepdim=True) + 1e-6)


def softmax_shifted_epsilon_1e8(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return e / (e.sum(dim, keepdim=True) + 1e-8)


def softmax_shifted_epsilon_1e12(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return e / (e.sum(dim, keepdim=True) + 1e-12)


def softmax_nan_to_zero(logits, dim=-1):
    e = torch.exp(logits)
    return torch.nan_to_num(e / e.sum(dim, keepdim=True))


def softmax_nan_to_one(logits, dim=-1):
    e = torch.exp(logits)
    return torch.nan_to_num(e / e.sum(dim, keepdim=True), nan=1.0)


def softmax_inf_to_largest(logits, dim=-1):
    e = torch.nan_to_num(torch.exp(logits))
    return e / e.sum(dim, keepdim=True)


def softmax_not_normalised(logits, dim=-1):
    return torch.exp(logits - logits.amax(dim, keepdim=True))


def softmax_not_normalised_unshifted(logits, dim=-1):
    return torch.exp(logits)


def softmax_whole_tensor_sum(logits, dim=-1):
    e = torch.exp(logits)
    return e / e.sum()


def softmax_whole_tensor_sum_row_max(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return e / e.sum()


def softmax_whole_tensor(logits, dim=-1):
    e = torch.exp(logits - logits.max())
    return e / e.sum()


def softmax_last_dim(logits, dim=-1):
    e = torch.exp(logits - logits.amax(-1, keepdim=True))
    return e / e.sum(-1, keepdim=True)


def softmax_first_dim(logits, dim=-1):
    e = torch.exp(logits - logits.amax(0, keepdim=True))
    return e / e.sum(0, keepdim=True)


def softmax_lost_keepdim(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim))
    return e / e.sum(dim)


def softmax_lost_keepdim_of_max(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim))
    return e / e.sum(dim, keepdim=True)


def softmax_lost_keepdim_of_sum(logits, dim=-1):
    e = torch.exp(logits - logits.amax(dim, keepdim=True))
    return e / e.sum(dim)


def softmax_log_probabilities(logits, dim=-1):
    z = logits - logits.amax(dim, keepdim=True)
    return z - torch.log(torch.exp(z).sum(dim, keepdim=True))


def softmax_rounded_logarithm(logits, dim=-1):
    m = logits.amax(dim, keepdim=True)
    s = torch.exp(logits - m).sum(dim, keepdim=True)
    return torch.exp(logits - (m + torch.log(s)))


def softmax_rounded_logarithm_in_float(logits, dim=-1):
    x = logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
    m = x.amax(dim, keepdim=True)
    s = torch.exp(x - m).sum(dim, keepdim=True)
    return torch.exp(x - (m + torch.log(s))).to(logits.dtype)


def softmax_unshifted_logarithm(logits, dim=-1):
    return torch.exp(logits - torch.log(torch.exp(logits).sum(dim, keepdim=True)))


def softmax_detached(logits, dim=-1):
    import math

    def weights(row):
        top = max(row)
        terms = [math.exp(number - top) for number in row]
        return [term / sum(terms) for term in terms]

    rows = logits.movedim(dim, -1)
    found = [weights(row) for row in rows.reshape(-1, rows.shape[-1]).tolist()]
    return torch.tensor(found, dtype=logits.dtype).reshape(rows.shape).movedim(-1, dim)


SOFTMAX_SLIPS = (
    Misconception(
        name="floor-under-shift",
        title="A floor under the shifted logits",
        explanation=(
            "You shift the row, then lift whatever lies far below the maximum to a fixed floor. A class that should "
            "have probability 0, or one smaller than any float, gets the exponential of the floor: about 2e-22 for a "
            "floor of -50. Underflow has a bad name, so preventing it looks like diligence; next to a largest term of "
            "exactly 1, what underflows here could not have been seen. The floor also cuts the gradient, and it makes "
            "a thousand hopeless classes exactly equal."
        ),
        variants=(softmax_floor_20, softmax_floor_50, softmax_floor_80),
    ),
    Misconception(
        name="epsilon-denominator",
        title="An epsilon in the denominator",
        explanation=(
            "You add a small constant to the sum, so that it cannot be 0. The weights then no longer add up to 1: "
            "without a shift, two logits of -20 get 0.146 each with an epsilon of 1e-8, and logits of -1000 get "
            "zeros. Guarding a division is a good habit where the denominator may really vanish, and it silences the "
            "nan. After a shift the sum is at least 1, so the constant guards nothing and only costs digits. A silent "
            "loss of probability is harder to find than a nan."
        ),
        variants=(
            softmax_epsilon_1e6,
            softmax_epsilon_1e8,
            softmax_epsilon_1e12,
            softmax_shifted_epsilon_1e6,
            softmax_shifted_epsilon_1e8,
            softmax_shifted_epsilon_1e12,
        ),
    ),
    Misconception(
        name="nan-to-num",
        title="The nan is painted over afterwards",
        explanation=(
            "You let the formula fail and replace the failures. With nan set to 0, the row 1000, 1, -1000 comes out "
            "as 0, 0, 0, a class that is certain getting no weight at all; with inf set to the largest float it may "
            "even look right, until two logits overflow together. The output is clean, which is what one asked for. "
            "The backward pass still runs through the operations that failed: its gradients are nan, and the weights "
            "follow in the next step."
        ),
        variants=(softmax_nan_to_zero, softmax_nan_to_one, softmax_inf_to_largest),
    ),
    Misconception(
        name="not-normalised",
        title="The exponentials are never divided by their sum",
        explanation=(
            "You return exponentials, not probabilities. With the shift in place the largest is exactly 1 in every "
            "row and nothing overflows, so the numbers even look like probabilities; their sum is anything from 1 to "
            "the number of classes. The shift takes so much attention that the second half of the formula is "
            "forgotten. A loss built on this pays no price for raising all logits together, and training drifts."
        ),
        variants=(softmax_not_normalised, softmax_not_normalised_unshifted),
    ),
    Misconception(
        name="whole-tensor-sum",
        title="The sum runs over the whole tensor",
        explanation=(
            "You divide by the sum of all exponentials in the tensor. For a single row that is the right number; in a "
            "batch the weights of all rows together add up to 1, so each row gets its share of a distribution that "
            "should have been its own. A call to `sum` without a dimension runs without complaint. Probabilities then "
            "shrink with the batch size, the loss rises with its logarithm, and the examples of a batch push against "
            "one another."
        ),
        variants=(softmax_whole_tensor_sum, softmax_whole_tensor_sum_row_max, softmax_whole_tensor),
    ),
    Misconception(
        name="ignores-dim",
        title="The dimension argument is ignored",
        explanation=(
            "You take the dimension as an argument and then always work along the last one. With the default that is "
            "the same thing, so every quick test passes. Ask for another dimension and the weights add up to 1 along "
            "the wrong axis, in a result of the right shape and free of nan. In attention that mixes queries with "
            "keys, or heads with positions; the model trains, only worse, and nothing points here."
        ),
        variants=(softmax_last_dim,),
    ),
    Misconception(
        name="first-dim",
        title="Always along dimension 0",
        explanation=(
            "You normalise down the columns, whatever dimension is asked for. On one row of logits dimension 0 is the "
            "only one, so the example you tried first was right; on a batch the weights of each class add up to 1 "
            "over the examples. NumPy habits and a first test on a vector lead here. In training each example "
            "competes with its neighbours in the batch, and a batch of one always gets probability 1 for everything."
        ),
        variants=(softmax_first_dim,),
    ),
    Misconception(
        name="lost-keepdim",
        title="A reduction drops the dimension that it reduces",
        explanation=(
            "You reduce over a dimension and lose it, so the result no longer lines up with the rows. Where the "
            "shapes do not fit, torch raises; where the tensor is square it broadcasts along the wrong axis without a "
            "word, and every row is shifted or divided by some other row's number. On a vector it is right. A batch "
            "that happens to be as long as the number of classes is all that it takes to train on wrong numbers."
        ),
        variants=(softmax_lost_keepdim, softmax_lost_keepdim_of_max, softmax_lost_keepdim_of_sum),
    ),
    Misconception(
        name="log-probabilities",
        title="Logarithms of the probabilities",
        explanation=(
            "You return log-probabilities: for 1, 2, 3 that is -2.41, -1.41, -0.41. They are accurate and useful, and "
            "many losses want just them, but this function is asked for weights that are positive and add up to 1. "
            "The two are easily swapped, since both come out of the same shift. Used as weights they would be "
            "negative, and the least likely class would count most."
        ),
        variants=(softmax_log_probabilities,),
    ),
    Misconception(
        name="rounded-logarithm",
        title="The logarithm of the sum is rounded at the size of the logits",
        explanation=(
            "You subtract the log-sum-exp from the logits as they are. On paper that is the softmax, and nothing "
            "overflows. But the part of the log-sum-exp that makes the weights sum to 1 is a small number, and adding "
            "the maximum to it rounds it to the digits that a number of that size has: near 1000 they end at 0.00006 "
            "in float32, and in bfloat16 at 4, where three logits of 1000 get a weight of 1 each. Subtract the "
            "maximum from the logits first, and the logarithm that you take away stays small and keeps its digits."
        ),
        variants=(softmax_rounded_logarithm, softmax_rounded_logarithm_in_float),
    ),
    Misconception(
        name="unshifted-logarithm",
        title="The logarithm of a sum that has overflowed",
        explanation=(
            "You subtract the logarithm of the sum, which turns the division into a difference, and the sum is one of "
            "raw exponentials. In float32 it is inf for a logit of 89, so is its logarithm, and every weight comes "
            "out as exp(-inf), which is 0. With all logits below -104 the sum is 0, its logarithm -inf, and every "
            "weight is inf. Working in logarithms protects the quotient and not the sum inside it. A row of zeros is "
            "worse than a nan, since a loss may well accept it."
        ),
        variants=(softmax_unshifted_logarithm,),
    ),
    Misconception(
        name="detached",
        title="A result cut off from autograd",
        explanation=(
            "Your numbers are right, and autograd cannot see where they come from. Going through Python floats, "
            "NumPy, `.data` or `.detach()` builds a new tensor without a history, so the backward pass stops there. "
            "It tempts because ordinary numbers are easier to loop over and to print. In training, everything before "
            "this function keeps the weights it was born with: at best an error says so, at worst a second path to "
            "the loss hides it."
        ),
        variants=(softmax_detached,),
    ),
)
