"""Known mistakes in `cross_entropy_grad(logits, targets, label_smoothing=0.0, reduction="mean")`.

Every variant takes those arguments, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def grad_reversed(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / k
    g = q - torch.softmax(logits, 1)
    return g / n if reduction == "mean" else g


def grad_never_divided(logits, targets, label_smoothing=0.0, reduction="mean"):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / logits.shape[1]
    return torch.softmax(logits, 1) - q


def grad_always_divided(logits, targets, label_smoothing=0.0, reduction="mean"):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / logits.shape[1]
    return (torch.softmax(logits, 1) - q) / logits.shape[0]


def grad_divided_by_all(logits, targets, label_smoothing=0.0, reduction="mean"):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / logits.shape[1]
    g = torch.softmax(logits, 1) - q
    return g / logits.numel() if reduction == "mean" else g


def grad_divided_by_classes(logits, targets, label_smoothing=0.0, reduction="mean"):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / logits.shape[1]
    g = torch.softmax(logits, 1) - q
    return g / logits.shape[1] if reduction == "mean" else g


def grad_smoothing_ignored(logits, targets, label_smoothing=0.0, reduction="mean"):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    g = torch.softmax(logits, 1) - y
    return g / logits.shape[0] if reduction == "mean" else g


def grad_smoothing_on_others(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / (k - 1) * (1 - y)
    g = torch.softmax(logits, 1) - q
    return g / n if reduction == "mean" else g


def grad_smoothing_over_all_but_true(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / k * (1 - y)
    g = torch.softmax(logits, 1) - q
    return g / n if reduction == "mean" else g


def grad_smoothing_takes_only(logits, targets, label_smoothing=0.0, reduction="mean"):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    g = torch.softmax(logits, 1) - (1 - label_smoothing) * y
    return g / logits.shape[0] if reduction == "mean" else g


def grad_smoothing_scales(logits, targets, label_smoothing=0.0, reduction="mean"):
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    g = (1 - label_smoothing) * (torch.softmax(logits, 1) - y)
    return g / logits.shape[0] if reduction == "mean" else g


def grad_target_in_float32(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.nn.functional.one_hot(targets, k)
    q = (1 - label_smoothing) * y + label_smoothing / k
    g = torch.softmax(logits, 1) - q
    return g / n if reduction == "mean" else g


def grad_unshifted(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / k
    powers = torch.exp(logits)
    g = powers / powers.sum(1, keepdim=True) - q
    return g / n if reduction == "mean" else g


def grad_of_probability(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / k
    g = torch.where(q > 0, -q / torch.softmax(logits, 1), torch.zeros_like(logits))
    return g / n if reduction == "mean" else g


def grad_true_class_only(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / k
    g = (torch.softmax(logits, 1) - q) * y
    return g / n if reduction == "mean" else g


def grad_columns(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / k
    g = torch.softmax(logits, 0) - q
    return g / n if reduction == "mean" else g


def grad_in_every_row(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    p = torch.softmax(logits, 1)
    p[:, targets] -= 1 - label_smoothing
    g = p - label_smoothing / k
    return g / n if reduction == "mean" else g


def grad_log_probabilities(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
    q = (1 - label_smoothing) * y + label_smoothing / k
    g = torch.log_softmax(logits, 1) - q
    return g / n if reduction == "mean" else g


CROSS_ENTROPY = (
    Misconception(
        name="y-minus-p",
        title="y minus p",
        explanation=(
            "You subtract the probabilities from the target. It has the right size and sums to 0, and it is the "
            "direction in which the logits should *move*, which is why it feels right. A gradient points uphill; the "
            "optimiser supplies the minus sign. With yours it climbs: the loss of the first batches grows, and the "
            "model becomes sure of everything but the true class."
        ),
        variants=(grad_reversed,),
    ),
    Misconception(
        name="never-divided",
        title="The mean is not divided by the number of rows",
        explanation=(
            "You return p - y for both reductions. That is the gradient of the sum of the rows' losses; the mean's is "
            "that over the number of rows, N. On one row the two agree. In training the step grows with the batch: a "
            "learning rate that was found with batches of 32 diverges with batches of 512."
        ),
        variants=(grad_never_divided,),
    ),
    Misconception(
        name="always-divided",
        title="The sum is divided too",
        explanation=(
            "You divide by the number of rows whatever `reduction` says. The mean is right, and it is the default, so "
            "this passes most tests. Whoever asks for the sum has a reason, such as sequences of different lengths "
            "that are to be divided by the number of tokens later; they would divide twice."
        ),
        variants=(grad_always_divided,),
    ),
    Misconception(
        name="divided-by-classes",
        title="Divided by the number of classes",
        explanation=(
            "You divide by the number of classes, or by the number of all entries. `tensor.mean()` does the latter, "
            "and for most losses it is right. The cross-entropy of a batch has one number for each *row*: the classes "
            "are summed over, and only the rows are averaged. With 50,000 classes your gradient is 50,000 times too "
            "small, and the run just seems to stand still."
        ),
        variants=(grad_divided_by_classes, grad_divided_by_all),
    ),
    Misconception(
        name="smoothing-on-the-others",
        title="Smoothing that leaves the true class out",
        explanation=(
            "You spread the smoothing over the classes other than the true one. One paper, and many a blog, defines "
            "it that way. PyTorch, like the paper that introduced it, mixes the target with a uniform distribution "
            "over *all* classes, so the true one gets its ε/K back. For two classes and ε = 0.1 that is 0.95 against "
            "your 0.9; the models that come out differ in how sure they dare to be."
        ),
        variants=(grad_smoothing_on_others, grad_smoothing_over_all_but_true),
    ),
    Misconception(
        name="smoothing-half-done",
        title="Half of the smoothing",
        explanation=(
            "You take ε away from the true class and give it to nobody, or you scale the whole gradient by 1 - ε. The "
            "smoothed target has to be a distribution: what leaves the true class arrives, in equal parts, at all "
            "classes. If it does not, each row of the gradient sums to ε or is only a smaller step in the old "
            "direction, and the model stays as overconfident as without smoothing."
        ),
        variants=(grad_smoothing_takes_only, grad_smoothing_scales),
    ),
    Misconception(
        name="smoothing-ignored",
        title="`label_smoothing` is never used",
        explanation=(
            "You return p - y with a hard target, whatever `label_smoothing` is. Nothing warns you: the result is a "
            "right gradient of another loss. Smoothing changes the target and not p, so it is a change to y alone. A "
            "run that forgot it would look fine and just be worse calibrated."
        ),
        variants=(grad_smoothing_ignored,),
    ),
    Misconception(
        name="target-in-float32",
        title="A target in float32, whatever the logits are",
        explanation=(
            "Your formula is right, and your smoothed target is float32 for every input: `one_hot` gives whole "
            "numbers, and whole numbers times a Python float give the default dtype. For float64 logits that leaves "
            "seven digits of sixteen. For float16 and bfloat16 the result comes back as float32. Start from "
            "`torch.zeros_like(logits)`, or put `.to(logits.dtype)` behind `one_hot`."
        ),
        variants=(grad_target_in_float32,),
    ),
    Misconception(
        name="no-shift",
        title="The exponential of the raw logits",
        explanation=(
            "You compute p from exp of the logits as they come. The result is bounded by 1, but on the way to it "
            "inf/inf is nan from logits of 89 upwards in float32, and 0/0 for very negative ones. The bound is a "
            "promise of the mathematics, and the arithmetic has to keep it. Subtract the maximum first, or call "
            "`torch.softmax`."
        ),
        variants=(grad_unshifted,),
    ),
    Misconception(
        name="gradient-of-p",
        title="The gradient with respect to the probability",
        explanation=(
            "You return -y/p, the slope of -log p along the *probability*. It is one link short: p depends on the "
            "logits through softmax, and its Jacobian has to be multiplied on. That product is where the 1/p cancels. "
            "Without it a sure and wrong row gets a gradient of 1e17 or inf, where the true one is 1 at most."
        ),
        variants=(grad_of_probability,),
    ),
    Misconception(
        name="true-class-only",
        title="Only the true class has a gradient",
        explanation=(
            "You fill in the entry of the true class and leave the others 0. The loss mentions only one probability, "
            "so that seems natural; but this probability has all logits in its denominator. Each row has to sum to 0. "
            "With yours nothing ever pushes a wrong class down, and the logits drift upwards together."
        ),
        variants=(grad_true_class_only,),
    ),
    Misconception(
        name="softmax-over-the-batch",
        title="Softmax along the wrong dimension",
        explanation=(
            "Your probabilities sum to 1 down the columns, over the examples of the batch, and not over the classes. "
            "Nothing complains, because the shape is the same. Every example's gradient then depends on its "
            "neighbours, and a batch of one row has probabilities of 1 everywhere."
        ),
        variants=(grad_columns,),
    ),
    Misconception(
        name="index-in-every-row",
        title="The target is subtracted in every row",
        explanation=(
            "You index with `[:, targets]`, which picks the columns of *all* targets in *every* row. What is wanted is "
            "row i with its own target i: `p[torch.arange(n), targets]`. With one row the two are the same, so a first "
            "test passes. In a batch each row is told that every class of the batch is true."
        ),
        variants=(grad_in_every_row,),
    ),
    Misconception(
        name="log-p-minus-y",
        title="Log-probabilities minus y",
        explanation=(
            "You subtract the target from the *logarithm* of the probabilities. Log-softmax is what the loss needs, "
            "and it is in your hands at that point; the gradient needs the probabilities themselves. Yours is negative "
            "everywhere and without a bound, so each step raises every logit."
        ),
        variants=(grad_log_probabilities,),
    ),
)
