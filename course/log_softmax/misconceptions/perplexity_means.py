"""Known mistakes in `perplexity(logits, targets)`: the wrong mean, or a number that leaves the range before the end.

Every variant needs nothing but `torch`, and is wrong on purpose. `_losses` is the part that is right in most of them.
"""

import math

import torch

from course.kit.misconception import Misconception


def _losses(logits, targets):
    """-log p at the target, for every position."""
    s = logits - logits.amax(-1, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(-1, keepdim=True))
    return -log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1)


def _probabilities(logits, targets):
    e = torch.exp(logits - logits.amax(-1, keepdim=True))
    return (e / e.sum(-1, keepdim=True)).gather(-1, targets.unsqueeze(-1)).squeeze(-1)


def perplexity_of_product(logits, targets):
    p = _probabilities(logits, targets)
    return p.prod() ** (-1 / p.numel()) if p.dim() < 2 else p.reshape(-1).prod() ** (-1 / p.numel())


def perplexity_of_loss_product(logits, targets):
    return torch.exp(-_losses(logits, targets).sum()) ** (-1 / targets.numel())


def perplexity_mean_of_exponentials(logits, targets):
    return torch.exp(_losses(logits, targets)).mean()


def perplexity_mean_of_reciprocals(logits, targets):
    return (1 / _probabilities(logits, targets)).mean()


def perplexity_reciprocal_of_mean(logits, targets):
    return 1 / _probabilities(logits, targets).mean()


def perplexity_of_sum(logits, targets):
    return torch.exp(_losses(logits, targets).sum())


def perplexity_base_two(logits, targets):
    return 2 ** _losses(logits, targets).mean()


def perplexity_bits_in_base_e(logits, targets):
    return torch.exp(_losses(logits, targets).mean() / math.log(2))


def perplexity_no_exponential(logits, targets):
    return _losses(logits, targets).mean()


def perplexity_inverted(logits, targets):
    return torch.exp(-_losses(logits, targets).mean())


def perplexity_composed(logits, targets):
    return torch.exp(-torch.log(_probabilities(logits, targets)).mean())


def perplexity_unshifted(logits, targets):
    e = torch.exp(logits)
    p = (e / e.sum(-1, keepdim=True)).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return torch.exp(-torch.log(p).mean())


def perplexity_unshifted_sum(logits, targets):
    log_p = logits - torch.log(torch.exp(logits).sum(-1, keepdim=True))
    return torch.exp(-log_p.gather(-1, targets.unsqueeze(-1)).mean())


def _with_epsilon(epsilon):
    def perplexity_with_epsilon(logits, targets):
        return torch.exp(-torch.log(_probabilities(logits, targets) + epsilon).mean())

    perplexity_with_epsilon.__name__ = f"perplexity_plus_{epsilon:g}"
    return perplexity_with_epsilon


def perplexity_mean_over_texts(logits, targets):
    losses = _losses(logits, targets)
    return torch.exp(losses.mean(-1)).mean() if losses.dim() > 1 else torch.exp(losses.mean())


def perplexity_classes_on_dimension_one(logits, targets):
    d = min(1, logits.dim() - 1)
    s = logits - logits.amax(d, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(d, keepdim=True))
    return torch.exp(-log_p.gather(d, targets.unsqueeze(d)).mean())


def perplexity_divides_by_batch(logits, targets):
    losses = _losses(logits, targets)
    return torch.exp(losses.sum() / (1 if losses.dim() == 0 else len(losses)))


def perplexity_of_whole_distribution(logits, targets):
    s = logits - logits.amax(-1, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(-1, keepdim=True))
    return torch.exp(-(log_p.exp() * log_p).sum(-1).mean())


def perplexity_clamped(logits, targets):
    return torch.exp(_losses(logits, targets).mean().clamp(max=20))


PERPLEXITY_MEANS = (
    Misconception(
        name="product-of-probabilities",
        title="The probability of the whole text is multiplied out",
        explanation=(
            "You multiply the probabilities of all tokens and take the root at the end. That is the definition, and "
            "after some hundred tokens the product is 0 in any dtype, so the perplexity is inf. The root would have "
            "brought it back into range. Sum the logarithms; their mean never comes near a limit."
        ),
        variants=(perplexity_of_product, perplexity_of_loss_product),
    ),
    Misconception(
        name="mean-of-exponentials",
        title="The mean is taken after the exponential, or on one side of it",
        explanation=(
            "You average probabilities or their reciprocals, and not logarithms. Perplexity is exp of the mean loss, a "
            "geometric mean; the arithmetic mean of 1/p is never smaller, and one unlikely token decides it. For "
            "tokens of equal probability the two agree, which hides the mistake. A corpus with a single misspelt word "
            "would look like a broken model."
        ),
        variants=(
            perplexity_mean_of_exponentials,
            perplexity_mean_of_reciprocals,
            perplexity_reciprocal_of_mean,
        ),
    ),
    Misconception(
        name="exponential-of-sum",
        title="The sum of the losses, not their mean",
        explanation=(
            "You exponentiate the sum of the losses: that is one over the probability of the whole text, and it grows "
            "with every token. One token is right. A text of a few hundred tokens gives inf, and shorter texts look "
            "like better models. Perplexity is per token."
        ),
        variants=(perplexity_of_sum,),
    ),
    Misconception(
        name="mixed-bases",
        title="Base 2 and base e are mixed",
        explanation=(
            "Your losses are natural logarithms and the power has base 2, or the other way round. Perplexity does not "
            "depend on the base as long as logarithm and power have the same one. Four equally likely words should "
            "give 4. Many texts define it as 2 to the cross-entropy, and measure that in bits."
        ),
        variants=(perplexity_base_two, perplexity_bits_in_base_e),
    ),
    Misconception(
        name="no-exponential",
        title="The mean loss itself",
        explanation=(
            "You return the mean loss, the logarithm of the perplexity. Four equally likely words should give 4, and "
            "you return 1.39. It ranks models in the same order, so a comparison within one project is not wrong. "
            "Beside a published table it looks like a miracle."
        ),
        variants=(perplexity_no_exponential,),
    ),
    Misconception(
        name="inverted",
        title="One over the perplexity",
        explanation=(
            "You exponentiate the mean log-probability without its minus: the geometric mean of the probabilities, "
            "which is one over the perplexity. It is at most 1, and larger is better. Perplexity counts choices, is at "
            "least 1, and smaller is better."
        ),
        variants=(perplexity_inverted,),
    ),
    Misconception(
        name="log-of-softmax",
        title="The logarithm of a finished softmax",
        explanation=(
            "You pick a probability and take its logarithm. One token whose probability underflows makes the loss inf "
            "and with it the perplexity of the whole text. The other tokens do not matter any more. Take the "
            "log-softmax first and pick from that."
        ),
        variants=(perplexity_composed,),
    ),
    Misconception(
        name="unshifted-exponentials",
        title="Exponentials of the raw logits",
        explanation=(
            "You exponentiate the logits as they come. In float32 a logit of 89 makes the sum inf, and what follows is "
            "nan or inf. Your `log_softmax` has the shift already. A perplexity is computed at the end of a long run, "
            "when logits are at their largest."
        ),
        variants=(perplexity_unshifted, perplexity_unshifted_sum),
    ),
    Misconception(
        name="epsilon-in-log",
        title="A small constant inside the logarithm",
        explanation=(
            "A small constant under the logarithm caps the loss of a token, so that a surprise costs no more than the "
            "constant allows. The perplexity comes out too low, most of all for models that are sure and wrong. It is "
            "finite and looks good. Two papers with two constants cannot be compared."
        ),
        variants=tuple(_with_epsilon(epsilon) for epsilon in (1e-12, 1e-10, 1e-8, 1e-7, 1e-6)),
    ),
    Misconception(
        name="mean-over-texts",
        title="A perplexity for each text, then their mean",
        explanation=(
            "You exponentiate text by text and average the perplexities. exp of a mean is not the mean of exp: the "
            "hardest text then counts for more than all the others. A batch of one text is right. The result changes "
            "with the way in which the corpus was cut into texts."
        ),
        variants=(perplexity_mean_over_texts,),
    ),
    Misconception(
        name="classes-on-dimension-one",
        title="Classes on dimension 1, as in the losses",
        explanation=(
            "You take dimension 1 for the classes. In this exercise they are last, as a language model gives them: "
            "(texts, positions, words). With one text and two dimensions the two are the same. With three dimensions "
            "you normalise over positions, which raises unless the sizes happen to fit."
        ),
        variants=(perplexity_classes_on_dimension_one,),
    ),
    Misconception(
        name="divides-by-texts",
        title="The sum is divided by the number of texts",
        explanation=(
            "You divide the total loss by the length of the first dimension. For a single text that is its tokens; for "
            "a batch it is the number of texts, and the exponent is too large by the length of a text. Perplexities in "
            "the thousands are the sign of it. Divide by the number of tokens, or take a mean without a dimension."
        ),
        variants=(perplexity_divides_by_batch,),
    ),
    Misconception(
        name="entropy-of-the-model",
        title="The model's own entropy, not the loss at the targets",
        explanation=(
            "You average -log p with the model's own probabilities as weights: its entropy, how unsure it *thinks* it "
            "is. The targets are never used. A model that is sure and wrong gets a perplexity near 1. The formula is "
            "the one of perplexity for a distribution; for a text, the tokens that occurred are the weights."
        ),
        variants=(perplexity_of_whole_distribution,),
    ),
    Misconception(
        name="clamped-loss",
        title="The mean loss is clamped before the exponential",
        explanation=(
            "You limit the loss so that the exponential stays small. A perplexity beyond the dtype's range is inf, and "
            "saying so is right: exp(20), half a milliard, is a number that nobody measured. Training scripts do this "
            "to keep their logs tidy. A clamped loss has no gradient either."
        ),
        variants=(perplexity_clamped,),
    ),
)
