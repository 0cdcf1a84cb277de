"""The instant checks of unit 04: `log_softmax`, `nll`, `cross_entropy`, `perplexity` and `chunked_cross_entropy`."""

from __future__ import annotations

from course.kit.check import Conduct, Exercise
from course.kit.check.conduct import CONTAINS_SOFTMAX
from course.log_softmax import cases, truth
from course.log_softmax.misconceptions import MISCONCEPTIONS

_ANSWERS = CONTAINS_SOFTMAX | {"nll_loss2d_forward", "nll_loss_nd", "nll_loss"}
_ALLOWED_ON_CHUNKS = {"logsumexp", "_log_softmax", "log_softmax", "special_log_softmax"}

_FORM = {
    "wrong-dtype": (
        "Print the dtype of what comes in and of what goes out, for float16.",
        "Working in float32 for half precision is fine, as long as the last line casts back to the input's dtype.",
        "Keep the input's `dtype` in a variable before you change anything, and end with `.to(dtype)`.",
    ),
    "modifies-input": (
        "Print the input before and after the call.",
        "Look for an operation that writes into it: a name that ends in `_`, `-=`, or an assignment to a slice.",
        "Write `x = x - m` where you have `x -= m`: the first makes a new tensor, the second changes the caller's.",
    ),
    "narrower-dtype": (
        "Which dtypes does your function cast to float32? Try it on a float64 tensor and print the dtype of each step.",
        "Only float16 and bfloat16 gain by float32. float64 has sixteen digits, and `.float()` leaves it seven; "
        "casting back at the end does not bring them back.",
        "Either do not cast at all, which is right here, or cast only where the dtype is one of the two halves.",
    ),
}
"""Hints for faults that have nothing to do with the exercise at hand."""

log_softmax = Exercise(
    name="log_softmax",
    behaviours=cases.LOG_SOFTMAX,
    truth=truth.log_softmax,
    misconceptions=MISCONCEPTIONS["log_softmax"],
    conduct=Conduct(forbidden=_ANSWERS),
    hints={
        "": (
            "What is the logarithm of a quotient? Take it on paper, before anything is computed.",
            "Shift the row by its maximum. What is left is the shifted logit minus the logarithm of the sum of the "
            "shifted exponentials: no exponential is ever put into a logarithm alone.",
            "Three lines: the shifted row (`amax`, `keepdim=True`), the log of the sum of its `exp` (`keepdim=True` "
            "again), and their difference. The cell `near-certainty` wants one thing more, and has hints of its own.",
        ),
        "near-certainty": (
            "The sum is 1 plus something tiny. What does float32 make of 1 + 2e-9?",
            "`torch.log1p(s)` is log(1 + s) for an s that was never added to 1. Which of the exponentials is exactly "
            "1, and how do you sum the others?",
            "`logits.max(dim, keepdim=True)` gives the maximum *and its place*. Put 0 there among the exponentials "
            "(`scatter(dim, place, 0.0)`), sum, and take `log1p`. Use that maximum, not `amax`: its gradient goes to "
            "the one place that you left out, at ties too.",
        ),
        "each-row": (
            "What does your function do with `dim`? Try a 2 × 3 matrix with `dim=0`.",
            "Both reductions, the maximum and the sum, run along `dim`, and both keep that dimension.",
            "A reduction drops its dimension, and broadcasting then lines the rest up from the right, which for a "
            "square matrix is silently the wrong way round. `keepdim=True` keeps a dimension of length 1 in its place.",
        ),
        "gradient": (
            "The gradient of log pᵢ along zⱼ is 1 where i = j, minus pⱼ. Which of your steps does autograd not see?",
            "If it is nan or inf although the value is right, something infinite was computed on the way. If it is off "
            "at the maximum only, look at how the maximum takes part: it is in the shift *and* in what you left out.",
            "Detaching the maximum is harmless as long as it cancels. In `log1p(sum of the others)` it does not: use "
            "the maximum that `max(dim, keepdim=True)` gives, undetached, and its place.",
        ),
        "conduct": (
            "The check lists the torch operators that one call of your function runs. One of them is not allowed here.",
            "The idea is to write what `torch.log_softmax` does, in the dtype you are given. Half precision may be "
            "worked on in float32; nothing else may be widened.",
            "Maximum, subtraction, `exp`, sum and `log` (or `log1p`) are enough.",
        ),
        **_FORM,
    },
)

nll = Exercise(
    name="nll",
    behaviours=cases.NLL,
    truth=truth.nll,
    misconceptions=MISCONCEPTIONS["nll"],
    conduct=Conduct(forbidden=_ANSWERS),
    hints={
        "": (
            "For each row you want one of its numbers, the one at the target, and its sign changed.",
            "`gather(1, index)` picks along dimension 1; its index needs as many dimensions as the tensor, so the "
            "targets want an extra dimension there.",
            "`log_probs.gather(1, targets.unsqueeze(1)).squeeze(1)` picks for two or more dimensions. A 1-D input has "
            "its classes on dimension 0: put that dimension into a variable.",
        ),
        "dimensions": (
            "For three dimensions, (batch, classes, positions), the targets have the shape (batch, positions).",
            "Dimension 1 has to disappear, whichever dimensions come after it.",
            "Where you have -1 or an index like `[range(n), targets]`, use `gather` along dimension 1.",
        ),
        "reductions": (
            "What does your function do with `reduction`?",
            '"none" returns the losses in the shape of the targets; "sum" and "mean" run over all of them, not over '
            "the first dimension alone.",
            "Compute the losses first, in the shape of the targets; reduce in the last line.",
        ),
        "infinite": (
            "What is 0 times -inf?",
            "A product with a one-hot matrix touches every class. The classes that are not chosen have to be left "
            "alone.",
            "Pick with `gather` or an index, or choose with `where` before you sum.",
        ),
        **_FORM,
    },
)

_ROWS_LEFT_OUT = (
    "A target of -100 is no class. What may you pick with instead, in a row that will not count?",
    "Replace ignored targets by any class that exists, 0 for instance, compute all losses, put 0 in place of those "
    "that are ignored, and divide the sum by the number of rows that are not.",
    "`counted = targets != ignore_index`, `targets.masked_fill(~counted, 0)`, and at the end "
    "`losses.masked_fill(~counted, 0)` summed and divided by `counted.sum()`. 0/0 is nan by itself.",
)

cross_entropy = Exercise(
    name="cross_entropy",
    behaviours=cases.CROSS_ENTROPY,
    truth=truth.cross_entropy,
    misconceptions=MISCONCEPTIONS["cross_entropy"],
    conduct=Conduct(forbidden=_ANSWERS),
    hints={
        "": (
            "You have written both halves: a log-softmax, and something that picks from it. Along which dimension?",
            "Classes are on dimension 1, or on 0 for a 1-D input, so your `log_softmax` needs that `dim`. Without "
            "smoothing and ignored rows the rest is your `nll`.",
            'Get `nll` with `reduction="none"` and the mean of -log p over the classes; mix the two with 1 - '
            "label_smoothing and label_smoothing; then take the mean over the rows that count.",
        ),
        "smoothing": (
            "Write down the four numbers of the smoothed target for K = 4 and a smoothing of 0.1. They sum to 1.",
            "PyTorch's target is (1 - s) · one-hot + s/K, on every class. What does the second part contribute to "
            "Σ qₖ (-log pₖ)?",
            "(1 - s) times the usual loss, plus s times the *mean* over the classes of -log p.",
        ),
        "ignored": _ROWS_LEFT_OUT,
        cases.ALL_IGNORED: (
            "What is the mean of no numbers at all?",
            "PyTorch divides 0 by 0 here, and a nan tells whoever calls it that there was nothing to learn from.",
            "Do not protect the count: no `clamp(min=1)`, no epsilon.",
        ),
        cases.HIDDEN_CLASS: (
            "A logit of -inf is a class that cannot be: its log-probability is -inf. Which of your terms touches it?",
            "0 · inf is nan, so a smoothing of 0 does not switch the mean over all classes off.",
            "Add the smoothing term only `if label_smoothing`.",
        ),
        "gradient": (
            "On paper it is (p - q) / N, with q the smoothed target and N the number of rows that count.",
            "If it is nan, something infinite was computed and thrown away: a probability of 0 under a logarithm, or "
            "-inf times 0.",
            "Ignored rows get exactly 0 if their losses are replaced (`masked_fill`), not multiplied.",
        ),
        **_FORM,
    },
)

perplexity = Exercise(
    name="perplexity",
    behaviours=cases.PERPLEXITY,
    truth=truth.perplexity,
    misconceptions=MISCONCEPTIONS["perplexity"],
    conduct=Conduct(forbidden=_ANSWERS),
    hints={
        "": (
            "Four equally likely words have the perplexity 4. Which mean of the losses gives that?",
            "Perplexity is exp of the mean loss, the mean over all positions; classes are on the last dimension here.",
            "Your `log_softmax` along -1, `gather` along -1, the mean with its sign changed, and `exp` as the last "
            "step of all.",
        ),
        "batches": (
            "Your `cross_entropy` has the classes on dimension 1. Where are they here?",
            "Every position counts once: the mean runs over all of them, before `exp`.",
            "Flatten first: `logits.reshape(-1, logits.shape[-1])` and `targets.reshape(-1)`.",
        ),
        "long-texts": (
            "Which number do you compute that can leave the dtype's range, although the perplexity does not?",
            "The probability of a text is a product of hundreds of numbers below 1. Its logarithm is a sum.",
            "Stay in logarithms until the mean is taken; `exp` comes last, and once.",
        ),
        **_FORM,
    },
)

chunked_cross_entropy = Exercise(
    name="chunked_cross_entropy",
    behaviours=cases.CHUNKED,
    truth=truth.chunked_cross_entropy,
    misconceptions=MISCONCEPTIONS["chunked_cross_entropy"],
    conduct=Conduct(
        forbidden=_ANSWERS - _ALLOWED_ON_CHUNKS,
        largest_new=5,
        smaller="The logits of all rows at once are too many: a chunk's logits, and then the next chunk's, are enough.",
    ),
    hints={
        "": (
            "The loss is a mean over rows, and each row's loss needs the logits of that row alone.",
            "Take `chunk` rows of hidden, make *their* logits, sum their losses, go on. Divide once, at the end.",
            "`for start in range(0, len(hidden), chunk):` with the slice `start : start + chunk` of hidden and of "
            "targets; a running total; the total over `len(hidden)`.",
        ),
        "any-chunk": (
            "Five rows, two at a time: how many rows has the last chunk?",
            "A mean of means counts the rows of a short chunk for more than the others.",
            "Add up sums, not means, and divide by the number of rows once.",
        ),
        "gradient": (
            "Both arguments are parameters or come from some. Is the way back open to both?",
            "`.item()`, `.detach()`, `.data` and `no_grad` close it.",
            "Keep the running total a tensor: start with `hidden.new_zeros(())` and add to it.",
        ),
        "memory": (
            "Which of your tensors has as many elements as there are rows times classes?",
            "Slice before the matrix product, not after it.",
            "`hidden[start : start + chunk] @ weight.T` is the largest tensor you need.",
        ),
        **_FORM,
    },
)
