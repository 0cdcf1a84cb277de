"""Known mistakes in `cross_entropy(logits, targets, …)`: numbers that leave the range, infinities, dimensions.

Every variant has the exercise's signature, needs nothing but `torch`, and is wrong on purpose. `_mean` is the part
that is right in all of them.
"""

import torch

from course.kit.misconception import Misconception


def _mean(log_p, targets, label_smoothing, ignore_index, d):
    """PyTorch's smoothed mean over the rows that count, of log-probabilities along dimension `d`."""
    ignored = targets == ignore_index
    place = torch.where(ignored, 0, targets).unsqueeze(d)
    loss = -log_p.gather(d, place).squeeze(d)
    if label_smoothing:
        loss = (1 - label_smoothing) * loss - label_smoothing * log_p.mean(d)
    return torch.where(ignored, 0, loss).sum() / (~ignored).sum()


def cross_entropy_naive(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    e = torch.exp(logits)
    return _mean(torch.log(e / e.sum(d, keepdim=True)), targets, label_smoothing, ignore_index, d)


def cross_entropy_composed(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    e = torch.exp(logits - logits.amax(d, keepdim=True))
    return _mean(torch.log(e / e.sum(d, keepdim=True)), targets, label_smoothing, ignore_index, d)


def _with_epsilon(name, epsilon, clamped):
    def cross_entropy_with_epsilon(logits, targets, label_smoothing=0.0, ignore_index=-100):
        d = min(1, logits.dim() - 1)
        e = torch.exp(logits - logits.amax(d, keepdim=True))
        p = e / e.sum(d, keepdim=True)
        log_p = torch.log(p.clamp(min=epsilon) if clamped else p + epsilon)
        return _mean(log_p, targets, label_smoothing, ignore_index, d)

    cross_entropy_with_epsilon.__name__ = name
    return cross_entropy_with_epsilon


def cross_entropy_unshifted_sum(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    log_p = logits - torch.log(torch.exp(logits).sum(d, keepdim=True))
    return _mean(log_p, targets, label_smoothing, ignore_index, d)


def cross_entropy_large_minus_large(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    m = logits.amax(d, keepdim=True)
    log_p = logits - (m + torch.log(torch.exp(logits - m).sum(d, keepdim=True)))
    return _mean(log_p, targets, label_smoothing, ignore_index, d)


def cross_entropy_softmax_twice(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    e = torch.exp(logits - logits.amax(d, keepdim=True))
    p = e / e.sum(d, keepdim=True)
    log_p = p - torch.log(torch.exp(p).sum(d, keepdim=True))
    return _mean(log_p, targets, label_smoothing, ignore_index, d)


def cross_entropy_zero_times_infinity(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    s = logits - logits.amax(d, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(d, keepdim=True))
    ignored = targets == ignore_index
    loss = -log_p.gather(d, torch.where(ignored, 0, targets).unsqueeze(d)).squeeze(d)
    loss = (1 - label_smoothing) * loss - label_smoothing * log_p.mean(d)
    return torch.where(ignored, 0, loss).sum() / (~ignored).sum()


def cross_entropy_one_hot_product(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    s = logits - logits.amax(d, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(d, keepdim=True))
    ignored = targets == ignore_index
    hot = torch.zeros_like(logits).scatter(d, torch.where(ignored, 0, targets).unsqueeze(d), 1.0)
    q = (1 - label_smoothing) * hot + label_smoothing / logits.shape[d]
    loss = -(q * log_p).sum(d)
    return torch.where(ignored, 0, loss).sum() / (~ignored).sum()


def cross_entropy_classes_last(logits, targets, label_smoothing=0.0, ignore_index=-100):
    s = logits - logits.amax(-1, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(-1, keepdim=True))
    return _mean(log_p, targets, label_smoothing, ignore_index, -1)


def cross_entropy_normalised_over_last(logits, targets, label_smoothing=0.0, ignore_index=-100):
    s = logits - logits.amax(-1, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(-1, keepdim=True))
    return _mean(log_p, targets, label_smoothing, ignore_index, min(1, logits.dim() - 1))


CROSS_ENTROPY_RANGE = (
    Misconception(
        name="log-of-naive-softmax",
        title="The logarithm of a softmax without a shift",
        explanation=(
            "You exponentiate the raw logits, divide, and take the logarithm. A large logit gives inf/inf, which is "
            "nan; a small probability comes out as 0, whose logarithm is -inf. It is the definition, written down. You "
            "have a `log_softmax` that survives both: use it here."
        ),
        variants=(cross_entropy_naive,),
    ),
    Misconception(
        name="log-of-softmax",
        title="The logarithm of a finished softmax",
        explanation=(
            "You take the logarithm of a right softmax. Where the true class lies 104 below the maximum in float32, "
            "its probability is 0, the loss inf and the gradient nan. Softmax, then log, then pick is how the loss is "
            "explained, so it is how it gets written. The rows it breaks on are those that the model got most badly "
            "wrong."
        ),
        variants=(cross_entropy_composed,),
    ),
    Misconception(
        name="epsilon-in-log",
        title="A small constant inside the logarithm",
        explanation=(
            "A small constant keeps the logarithm finite, and caps the loss: with 1e-8 no row can cost more than 18.4. "
            "Where the constant has taken over, the loss no longer depends on the logits, and the row's gradient is 0. "
            "The run does not die, it stops learning from its worst mistakes. No inf or nan will ever tell you."
        ),
        variants=(
            *(_with_epsilon(f"cross_entropy_plus_1e{power}", 10.0**power, False) for power in (-12, -10, -8, -7)),
            *(_with_epsilon(f"cross_entropy_clamped_at_1e{power}", 10.0**power, True) for power in (-12, -10, -8, -7)),
        ),
    ),
    Misconception(
        name="unshifted-sum",
        title="The right formula, with exponentials that overflow",
        explanation=(
            "You subtract the logarithm of the sum, and the sum is of raw exponentials. In float32 one logit of 89 "
            "makes it inf. Nothing underflows to -inf any more, so the first tests pass. The shift by the row's "
            "maximum is still needed, inside the sum and outside."
        ),
        variants=(cross_entropy_unshifted_sum,),
    ),
    Misconception(
        name="large-minus-large",
        title="The log-sum-exp is rounded at the size of the logits",
        explanation=(
            "You compute LSE(z) - zₜ from two large numbers, both rounded at their own size. Near 1000 the numbers of "
            "bfloat16 are 4 apart, and a loss of 0.4 cannot survive a difference of those. In float32 it costs four of "
            "seven digits there. Shift first, and subtract small numbers."
        ),
        variants=(cross_entropy_large_minus_large,),
    ),
    Misconception(
        name="softmax-twice",
        title="A softmax of a softmax",
        explanation=(
            "You take the softmax and then a log-softmax of the result, as if probabilities were logits. They lie "
            "between 0 and 1, so the second softmax can never be sure: with three classes the loss stays above 0.55. "
            "It happens when a model ends in a softmax layer and the loss applies its own. Training works, slowly, and "
            "ends at a loss that no further epoch improves."
        ),
        variants=(cross_entropy_softmax_twice,),
    ),
    Misconception(
        name="zero-times-infinity",
        title="A smoothing of 0 still touches every class",
        explanation=(
            "You multiply a sum over all classes by weights that are 0 where nothing should count. A class with the "
            "logit -inf has the log-probability -inf, and 0 times -inf is nan. With finite logits the two are the "
            "same, which is why it passes for a year and fails with the first masked class. Leave the term out where "
            "its weight is 0; do not multiply it away."
        ),
        variants=(cross_entropy_zero_times_infinity, cross_entropy_one_hot_product),
    ),
    Misconception(
        name="classes-last",
        title="Classes on the last dimension",
        explanation=(
            "You normalise, or pick, along the last dimension. With two dimensions that is dimension 1, and right. "
            "With a sequence, (batch, classes, positions), you normalise over positions: each position's probability "
            "depends on the others'. A sequence as long as there are classes goes through without an error. Language "
            "models keep classes last, PyTorch's losses do not, and somebody has to transpose."
        ),
        variants=(cross_entropy_classes_last, cross_entropy_normalised_over_last),
    ),
)
