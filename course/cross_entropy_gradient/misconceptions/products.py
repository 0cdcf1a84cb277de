"""Known mistakes in `softmax_vjp(p, v, dim=-1)` and `softmax_jvp(p, t, dim=-1)`, which are one formula.

Every variant takes probabilities, a vector of the same shape and `dim`, needs nothing but `torch`, and is wrong on
purpose.
"""

import torch

from course.kit.misconception import Misconception


def product_diagonal(p, v, dim=-1):
    return p * (1 - p) * v


def product_without_coupling(p, v, dim=-1):
    return p * v


def product_plain_mean(p, v, dim=-1):
    return p * (v - v.mean(dim, keepdim=True))


def product_plain_sum(p, v, dim=-1):
    return p * (v - v.sum(dim, keepdim=True))


def product_reversed(p, v, dim=-1):
    return p * ((p * v).sum(dim, keepdim=True) - v)


def product_coupling_unweighted(p, v, dim=-1):
    return p * v - (p * v).sum(dim, keepdim=True)


def product_squared_weights(p, v, dim=-1):
    return p * v - (p * p * v).sum(dim, keepdim=True)


def product_log_softmax_vjp(p, v, dim=-1):
    return v - p * v.sum(dim, keepdim=True)


def product_log_softmax_jvp(p, v, dim=-1):
    return v - (p * v).sum(dim, keepdim=True)


def product_whole_tensor(p, v, dim=-1):
    return p * (v - (p * v).sum())


def product_last_dim(p, v, dim=-1):
    return p * (v - (p * v).sum(-1, keepdim=True))


def product_lost_keepdim(p, v, dim=-1):
    return p * (v - (p * v).sum(dim))


def product_softmax_again(p, v, dim=-1):
    q = torch.softmax(p, dim)
    return q * (v - (q * v).sum(dim, keepdim=True))


def _shared() -> tuple[Misconception, ...]:
    return (
        Misconception(
            name="diagonal-jacobian",
            title="Only the diagonal of the Jacobian",
            explanation=(
                "You multiply by p (1 - p), which is each probability's slope along its own logit, and leave out the "
                "slopes along the other logits. That is the derivative of the sigmoid, which has no others; in "
                "softmax, raising one logit lowers every other probability. Your result for a vector of ones is "
                "p (1 - p) where it has to be 0, because the probabilities cannot all rise. A network trained with it "
                "still learns something, more slowly and in a direction that is no gradient."
            ),
            variants=(product_diagonal,),
        ),
        Misconception(
            name="no-coupling",
            title="The sum is left out",
            explanation=(
                "You return p times the vector. That is the first half of the answer, what would happen if the "
                "denominator of softmax did not move. It does move: every probability is divided by the same sum, so "
                "each entry has to lose p times the average. It is tempting because exp is its own derivative, and "
                "the result has the right size. Its entries do not sum to 0, and gradient descent would push all "
                "logits up or down together for nothing."
            ),
            variants=(product_without_coupling,),
        ),
        Misconception(
            name="plain-average",
            title="An average without weights",
            explanation=(
                "You subtract the plain mean, or the plain sum, of the vector. The term that belongs there is the "
                "average that p itself takes, Σ p v: a class that has no probability has no say in it. For three equal "
                "probabilities the plain mean is right, so a first test passes. On a sure row you would subtract a "
                "third of everything where one entry should decide alone."
            ),
            variants=(product_plain_mean, product_plain_sum),
        ),
        Misconception(
            name="reversed-difference",
            title="The difference has the wrong sign",
            explanation=(
                "You take the vector away from its average, and not the average from the vector. Each number has the "
                "right size and the wrong sign. The entries still sum to 0, so that test does not find it. In "
                "training the loss goes up, which at least is loud; inside a longer chain two such signs may cancel "
                "and wait for someone to mend one of them."
            ),
            variants=(product_reversed,),
        ),
        Misconception(
            name="sum-without-its-factor",
            title="The average is subtracted without its factor p",
            explanation=(
                "You subtract one number from every entry of p v, and that number is not multiplied by p. Written "
                "out, entry i of the product is p_i v_i - p_i Σ p v: the factor p_i stands before both terms. Leaving "
                "it off the second is easily done when the bracket is opened by hand. A class with probability 0 then "
                "gets a gradient, though no logit of its own could change anything."
            ),
            variants=(product_coupling_unweighted, product_squared_weights),
        ),
        Misconception(
            name="log-softmax-product",
            title="The Jacobian of log-softmax",
            explanation=(
                "You return the product for log-softmax: v - p Σ v one way round, v - Σ p v the other. They are right "
                "for a function that returns logarithms, and most code that you can look up is about that one. It has "
                "no factor p in front, and its Jacobian is not symmetric, so that it needs two formulas where softmax "
                "needs one. Here the probabilities themselves are given."
            ),
            variants=(product_log_softmax_vjp, product_log_softmax_jvp),
        ),
        Misconception(
            name="whole-tensor-sum",
            title="One sum for the whole tensor",
            explanation=(
                "Your sum runs over all rows at once. On a single row it is right, which is why it passes the first "
                "test. In a batch each row has a Jacobian of its own, and its average is its own too: with yours, one "
                "example's gradient depends on which others happened to be drawn with it."
            ),
            variants=(product_whole_tensor,),
        ),
        Misconception(
            name="ignores-dim",
            title="The last dimension, whatever `dim` says",
            explanation=(
                "You sum along the last dimension, and `dim` is never used. Most probabilities lie along the last "
                "one, so nothing goes wrong for a long time. Where they lie along another, each of your sums mixes "
                "entries of different distributions. No shape is wrong and nothing is nan; the gradient is."
            ),
            variants=(product_last_dim,),
        ),
        Misconception(
            name="lost-keepdim",
            title="The sum has lost its dimension",
            explanation=(
                "You reduce without `keepdim=True`, so a matrix gives a plain row of sums, and broadcasting lines that "
                "row up with the columns. For a square matrix there is no error: every entry gets the average of "
                "another row. For any other shape torch complains, which is the kinder outcome. The batch sizes that "
                "happen to equal the number of classes are the ones that train wrongly."
            ),
            variants=(product_lost_keepdim,),
        ),
        Misconception(
            name="softmax-again",
            title="Softmax is applied to probabilities",
            explanation=(
                "You call softmax on p, which is the output of a softmax already. The softmax of numbers between 0 and "
                "1 is nearly flat, so your product belongs to a much less certain model. It is tempting because the "
                "function is named after softmax; the Jacobian is written in terms of its output, and needs nothing "
                "else. No logit has to be known."
            ),
            variants=(product_softmax_again,),
        ),
    )


VJP = JVP = _shared()
