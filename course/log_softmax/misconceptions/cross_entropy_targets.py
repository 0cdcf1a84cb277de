"""Known mistakes in `cross_entropy(logits, targets, …)`: label smoothing and ignored rows.

Every variant has the exercise's signature, needs nothing but `torch`, and is wrong on purpose. `_log_p` is the part
that is right in all of them.
"""

import torch

from course.kit.misconception import Misconception


def _log_p(logits, targets, ignore_index):
    """Log-probabilities, their dimension, the loss at the target (class 0 where ignored), and which rows count."""
    d = min(1, logits.dim() - 1)
    s = logits - logits.amax(d, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(d, keepdim=True))
    counted = targets != ignore_index
    hard = -log_p.gather(d, torch.where(counted, targets, 0).unsqueeze(d)).squeeze(d)
    return log_p, d, hard, counted


def smoothing_spares_true_class(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = hard
    if label_smoothing:
        rest = -log_p.sum(d) - hard
        loss = (1 - label_smoothing) * hard + label_smoothing * rest / (logits.shape[d] - 1)
    return torch.where(counted, loss, 0).sum() / counted.sum()


def smoothing_not_divided(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = (1 - label_smoothing) * hard - label_smoothing * log_p.sum(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).sum() / counted.sum()


def smoothing_added_on_top(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = hard - label_smoothing * log_p.mean(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).sum() / counted.sum()


def smoothing_only_reduces(logits, targets, label_smoothing=0.0, ignore_index=-100):
    _, _, hard, counted = _log_p(logits, targets, ignore_index)
    return torch.where(counted, (1 - label_smoothing) * hard, 0).sum() / counted.sum()


def smoothing_swapped(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = label_smoothing * hard - (1 - label_smoothing) * log_p.mean(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).sum() / counted.sum()


def smoothing_unused(logits, targets, label_smoothing=0.0, ignore_index=-100):
    _, _, hard, counted = _log_p(logits, targets, ignore_index)
    return torch.where(counted, hard, 0).sum() / counted.sum()


def smoothing_of_logits(logits, targets, label_smoothing=0.0, ignore_index=-100):
    _, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = (1 - label_smoothing) * hard - label_smoothing * logits.mean(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).sum() / counted.sum()


def ignored_rows_in_the_count(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = (1 - label_smoothing) * hard - label_smoothing * log_p.mean(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).mean()


def ignored_rows_are_class_zero(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, _ = _log_p(logits, targets, ignore_index)
    loss = (1 - label_smoothing) * hard - label_smoothing * log_p.mean(d) if label_smoothing else hard
    return loss.mean()


def ignored_class_zero_with_right_count(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = (1 - label_smoothing) * hard - label_smoothing * log_p.mean(d) if label_smoothing else hard
    return loss.sum() / counted.sum()


def ignored_index_is_always_minus_hundred(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, -100)
    loss = (1 - label_smoothing) * hard - label_smoothing * log_p.mean(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).sum() / counted.sum()


def ignored_index_means_negative(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    log_p, _, hard, _ = _log_p(logits, targets.clamp(min=0), ignore_index=-1)
    counted = targets >= 0
    loss = (1 - label_smoothing) * hard - label_smoothing * log_p.mean(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).sum() / counted.sum()


def ignored_index_not_handled(logits, targets, label_smoothing=0.0, ignore_index=-100):
    d = min(1, logits.dim() - 1)
    s = logits - logits.amax(d, keepdim=True)
    log_p = s - torch.log(torch.exp(s).sum(d, keepdim=True))
    loss = -log_p.gather(d, targets.unsqueeze(d)).squeeze(d)
    if label_smoothing:
        loss = (1 - label_smoothing) * loss - label_smoothing * log_p.mean(d)
    return loss.mean()


def ignored_rows_are_smoothed(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, _, hard, counted = _log_p(logits, targets, ignore_index)
    loss = torch.where(counted, hard, 0).sum() / counted.sum()
    return (1 - label_smoothing) * loss - label_smoothing * log_p.mean() if label_smoothing else loss


def ignored_rows_are_smoothed_in_the_sum(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = torch.where(counted, hard, 0)
    if label_smoothing:
        loss = (1 - label_smoothing) * loss - label_smoothing * log_p.mean(d)
    return loss.sum() / counted.sum()


def no_rows_give_zero(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = (1 - label_smoothing) * hard - label_smoothing * log_p.mean(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).sum() / counted.sum().clamp(min=1)


def summed_over_rows(logits, targets, label_smoothing=0.0, ignore_index=-100):
    log_p, d, hard, counted = _log_p(logits, targets, ignore_index)
    loss = (1 - label_smoothing) * hard - label_smoothing * log_p.mean(d) if label_smoothing else hard
    return torch.where(counted, loss, 0).sum()


CROSS_ENTROPY_TARGETS = (
    Misconception(
        name="smoothing-spares-true-class",
        title="The smoothed mass goes to the other classes only",
        explanation=(
            "You spread the smoothing over the K - 1 wrong classes. That is the other convention, found in papers and "
            "in public articles; PyTorch puts smoothing / K on *every* class, the true one too. With K = 4 and 0.1 the "
            "true class keeps 0.9 in yours and 0.925 in PyTorch's. Both train; losses and gradients of the two cannot "
            "be compared, and a model ported from one to the other has changed its hyperparameter."
        ),
        variants=(smoothing_spares_true_class,),
    ),
    Misconception(
        name="smoothing-not-divided",
        title="The smoothing term is a sum where a mean is wanted",
        explanation=(
            "You weight the *sum* over the classes of -log p by the smoothing; each class should get smoothing / K. "
            "Your target distribution sums to far more than 1. With three classes it looks like a stronger smoothing, "
            "with fifty thousand the smoothing is all that is left of the loss. The mean over the classes is what "
            "1/K asks for."
        ),
        variants=(smoothing_not_divided,),
    ),
    Misconception(
        name="smoothing-added-on-top",
        title="The true class keeps all of its weight",
        explanation=(
            "You add the smoothing term and leave the first term at full weight, so the targets sum to 1 plus the "
            "smoothing. What goes to all classes has to be taken from the true one. The gradient no longer sums to 0 "
            "over the classes as p - q does: a little of it pushes all logits in one direction."
        ),
        variants=(smoothing_added_on_top,),
    ),
    Misconception(
        name="smoothing-only-reduces",
        title="Only the true class is made smaller",
        explanation=(
            "You multiply the loss by 1 - smoothing and give what was taken to nobody. That is the old loss at a lower "
            "learning rate: being surer is rewarded as before. Smoothing works because the wrong classes get a share, "
            "so that a logit that runs away costs something."
        ),
        variants=(smoothing_only_reduces,),
    ),
    Misconception(
        name="smoothing-swapped",
        title="The two weights are exchanged",
        explanation=(
            "You give 1 - smoothing to the uniform part and the smoothing to the true class. With 0.5 nothing shows; "
            "with 0.1 the target is nearly uniform, and the model learns hardly anything. In code that mixes two terms "
            "it is an easy slip. A smoothing of 0 should give back the ordinary loss, and 1 the uniform one."
        ),
        variants=(smoothing_swapped,),
    ),
    Misconception(
        name="smoothing-unused",
        title="The argument `label_smoothing` is not used",
        explanation=(
            "Your loss is the same at every smoothing. Hard targets are right, and nothing raises. A sweep over the "
            "smoothing would find that it makes no difference, which is a result that somebody may publish. Try 0 and "
            "0.5 on one row."
        ),
        variants=(smoothing_unused,),
    ),
    Misconception(
        name="smoothing-of-logits",
        title="The mean of the logits, not of the log-probabilities",
        explanation=(
            "Your smoothing term averages the raw logits. They are not normalised: add 10 to all of them and the "
            "probabilities stay, but your loss falls by 10 times the smoothing. Training will find that way down, and "
            "the logits drift upwards without end. The mean has to be of the log-probabilities."
        ),
        variants=(smoothing_of_logits,),
    ),
    Misconception(
        name="ignored-in-count",
        title="Ignored rows are counted in the mean",
        explanation=(
            "You set the losses of ignored rows to 0 and divide by *all* rows. The more padding a batch has, the "
            "smaller its loss and its gradient. It is finite and plausible, and a full batch is right. The learning "
            "rate then depends on how long the longest text of the batch happens to be."
        ),
        variants=(ignored_rows_in_the_count,),
    ),
    Misconception(
        name="ignored-as-class-zero",
        title="Ignored rows count as class 0",
        explanation=(
            "You replace the target of ignored rows by 0 so that the pick does not fail, and then let them count. The "
            "model is trained to predict class 0 wherever there is padding. The replacement is right and necessary; "
            "the losses it gives have to be thrown away afterwards."
        ),
        variants=(ignored_rows_are_class_zero, ignored_class_zero_with_right_count),
    ),
    Misconception(
        name="fixed-ignore-index",
        title="The index to ignore is written down in the function",
        explanation=(
            "You recognise ignored rows by a fixed number or by their sign, and not by `ignore_index`. With the "
            "default all is well. A tokenizer whose padding is class 0 has `ignore_index=0`, and then its padding is "
            "trained on like any other word."
        ),
        variants=(ignored_index_is_always_minus_hundred, ignored_index_means_negative),
    ),
    Misconception(
        name="ignored-not-handled",
        title="Ignored rows are not left out",
        explanation=(
            "You use the targets as they come. -100 is no class, so picking it raises an IndexError or a RuntimeError; "
            "a padding class of 0 is one, and counts like any other. Without padding nothing shows. Real batches of "
            "text have padding in nearly every row."
        ),
        variants=(ignored_index_not_handled,),
    ),
    Misconception(
        name="smooths-ignored-rows",
        title="Ignored rows take part in the smoothing",
        explanation=(
            "You leave ignored rows out of the first term and keep them in the second, the mean of -log p over all "
            "classes. Each term is right by itself. The padding is then trained towards a uniform distribution, and "
            "the loss depends on the logits of positions that nobody will ever read."
        ),
        variants=(ignored_rows_are_smoothed, ignored_rows_are_smoothed_in_the_sum),
    ),
    Misconception(
        name="no-rows-give-zero",
        title="A batch without targets gives 0",
        explanation=(
            "You protect the division, so a batch in which everything is ignored has a loss of 0. PyTorch gives nan "
            "there, the mean of no numbers. A 0 looks like a perfect batch and pulls the average of an epoch down; a "
            "nan tells whoever built the batch. Some code bases choose 0 on purpose, but it is another function."
        ),
        variants=(no_rows_give_zero,),
    ),
    Misconception(
        name="sum-not-mean",
        title="The sum over the rows, not the mean",
        explanation=(
            "You add up the losses and do not divide. One row is right. The gradient grows with the number of rows, so "
            "that the learning rate that suits a batch of 8 is too large for one of 64. The losses of two batches of "
            "different size cannot be compared."
        ),
        variants=(summed_over_rows,),
    ),
)
