"""Known mistakes in `nll(log_probs, targets, reduction="mean")`: the wrong numbers picked, or reduced wrongly.

Every variant needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def nll_missing_minus(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    picked = log_probs.gather(d, targets.unsqueeze(d)).squeeze(d)
    return picked.mean() if reduction == "mean" else picked.sum() if reduction == "sum" else picked


def nll_absolute_value(log_probs, targets, reduction="mean"):
    return -log_probs.mean() if reduction == "mean" else -log_probs.sum() if reduction == "sum" else -log_probs


def nll_logarithm_again(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    losses = -torch.log(log_probs.gather(d, targets.unsqueeze(d)).squeeze(d))
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_softmax_again(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    losses = -torch.exp(log_probs).gather(d, targets.unsqueeze(d)).squeeze(d)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_all_pairs(log_probs, targets, reduction="mean"):
    losses = -log_probs[:, targets]
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_all_pairs_or_one(log_probs, targets, reduction="mean"):
    losses = -log_probs[targets] if log_probs.dim() == 1 else -log_probs[:, targets]
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_classes_last(log_probs, targets, reduction="mean"):
    losses = -log_probs.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_one_hot_product(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    hot = torch.zeros_like(log_probs).scatter(d, targets.unsqueeze(d), 1.0)
    losses = -(log_probs * hot).sum(d)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_always_mean(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    return -log_probs.gather(d, targets.unsqueeze(d)).mean()


def nll_sum_for_mean(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    losses = -log_probs.gather(d, targets.unsqueeze(d)).squeeze(d)
    return losses if reduction == "none" else losses.sum()


def nll_mean_over_batch(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    losses = -log_probs.gather(d, targets.unsqueeze(d)).squeeze(d)
    return losses.sum() / len(log_probs) if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_mean_over_batch_but_one_row(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    losses = -log_probs.gather(d, targets.unsqueeze(d)).squeeze(d)
    n = 1 if log_probs.dim() == 1 else len(log_probs)
    return losses.sum() / n if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_mean_over_classes_too(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    losses = -log_probs.gather(d, targets.unsqueeze(d)).squeeze(d)
    total = losses.sum()
    return total / log_probs.numel() if reduction == "mean" else total if reduction == "sum" else losses


def nll_needs_batch(log_probs, targets, reduction="mean"):
    losses = -log_probs.gather(1, targets.unsqueeze(1)).squeeze(1)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_row_numbers(log_probs, targets, reduction="mean"):
    losses = -log_probs[range(len(log_probs)), targets]
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_row_numbers_or_one(log_probs, targets, reduction="mean"):
    losses = -log_probs[targets] if log_probs.dim() == 1 else -log_probs[range(len(log_probs)), targets]
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


def nll_extra_dimension(log_probs, targets, reduction="mean"):
    d = min(1, log_probs.dim() - 1)
    losses = -log_probs.gather(d, targets.unsqueeze(d))
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


NLL_PICKS = (
    Misconception(
        name="missing-minus",
        title="The sign is missing",
        explanation=(
            "You return the mean log-probability, which is 0 at best and negative otherwise. Minimising it makes the "
            "right class as *unlikely* as possible. The name says *negative* log-likelihood, and the minus is all that "
            "stands between the two. A training loss that falls below 0 and keeps falling is the sign of it."
        ),
        variants=(nll_missing_minus,),
    ),
    Misconception(
        name="every-class",
        title="All classes count, not the target alone",
        explanation=(
            "Your result does not depend on the targets: it runs over all log-probabilities. Minimising that pushes "
            "every class up alike, so the best model is the one that knows nothing. The shapes are right and the loss "
            "falls at first. Accuracy stays at chance."
        ),
        variants=(nll_absolute_value,),
    ),
    Misconception(
        name="logarithm-again",
        title="The logarithm is taken a second time",
        explanation=(
            "You take the logarithm of what is a logarithm already. Log-probabilities are negative, so the result is "
            "nan. The formula -log p is what one has in mind, and here p has been through the logarithm before. Read "
            "the argument's name: what comes in is `log_probs`."
        ),
        variants=(nll_logarithm_again,),
    ),
    Misconception(
        name="leaves-log-space",
        title="Back to probabilities",
        explanation=(
            "You exponentiate the log-probabilities and return minus a probability. It lies between -1 and 0 and has a "
            "gradient, so training runs. Its gradient vanishes where the probability is tiny, which is where the model "
            "is confidently wrong. The logarithm was the point."
        ),
        variants=(nll_softmax_again,),
    ),
    Misconception(
        name="all-pairs",
        title="Every row is paired with every target",
        explanation=(
            "`log_probs[:, targets]` takes for *each* row the columns of *all* targets: N × N numbers, of which only "
            "the diagonal was wanted. The mean of them is finite and of the right size. Indexing works like that "
            "whenever a slice stands beside a list. Each row is then trained on its neighbours' labels as well, and "
            "larger batches learn worse."
        ),
        variants=(nll_all_pairs, nll_all_pairs_or_one),
    ),
    Misconception(
        name="classes-last",
        title="Classes on the last dimension",
        explanation=(
            "You pick along the last dimension. With two dimensions that is dimension 1, and right. With a sequence "
            "it is the positions: you pick for each class a position, which raises if you are lucky. PyTorch puts the "
            "classes on dimension 1 and whatever comes after it behind. A sequence as long as there are classes goes "
            "through without a word."
        ),
        variants=(nll_classes_last,),
    ),
    Misconception(
        name="one-hot-product",
        title="A product with a one-hot matrix",
        explanation=(
            "You multiply all log-probabilities by 0 or 1 and sum. A class that is impossible has a log-probability of "
            "-inf, and 0 times -inf is nan, so one masked class anywhere in the row destroys the row. On paper a sum "
            "with one-hot weights is the definition. Pick the number; do not multiply the others away."
        ),
        variants=(nll_one_hot_product,),
    ),
    Misconception(
        name="ignores-reduction",
        title="The argument `reduction` is not used",
        explanation=(
            "You reduce in the same way whatever is asked for. The default goes unnoticed, and then someone weights "
            "the losses of single examples and needs them one by one. A mean where a sum was wanted scales the "
            "gradient by the number of positions, and with it the learning rate."
        ),
        variants=(nll_always_mean, nll_sum_for_mean),
    ),
    Misconception(
        name="mean-over-other-count",
        title="The sum is divided by another count",
        explanation=(
            "You divide by the batch size, or by the number of all log-probabilities, where the number of *losses* is "
            "wanted. For a matrix the batch size is right. For a sequence it makes the loss larger by the number of "
            "positions, and long sequences get a larger learning rate than short ones. The loss has no natural scale "
            "that would give this away."
        ),
        variants=(nll_mean_over_batch, nll_mean_over_batch_but_one_row, nll_mean_over_classes_too),
    ),
    Misconception(
        name="needs-a-batch",
        title="A single row has no dimension 1",
        explanation=(
            "You always pick along dimension 1, and a 1-D input has none. PyTorch takes such an input for one row "
            "without a batch: its classes are on dimension 0, and its target is a single number. Everything with a "
            "batch is right. It fails when someone looks at one example by itself, usually while debugging."
        ),
        variants=(nll_needs_batch,),
    ),
    Misconception(
        name="row-numbers",
        title="Row numbers beside targets fit a matrix alone",
        explanation=(
            "`log_probs[range(len(log_probs)), targets]` pairs each row's number with its target, and that is right "
            "for a matrix. A 1-D input has no rows to number: it is one row, and its target is a single number. A "
            "sequence has a target at each position, and the row numbers do not line up with them: it raises, or the "
            "result has a shape that nobody asked for. `gather` along the dimension of the classes does all of these "
            "in the same way."
        ),
        variants=(nll_row_numbers, nll_row_numbers_or_one),
    ),
    Misconception(
        name="extra-dimension",
        title="A dimension of length 1 is left over",
        explanation=(
            "`gather` keeps the dimension along which it picks, and you do not drop it. The mean and the sum do not "
            "notice. The losses one by one have the shape (N, 1), and multiplied by N weights they broadcast to N × N: "
            "every weight meets every loss. Drop the dimension that you added."
        ),
        variants=(nll_extra_dimension,),
    ),
)
