"""The instant checks of unit 05, from `softplus` to `multilabel_loss`."""

from __future__ import annotations

import torch

from course.bce_with_logits import cases, truth
from course.bce_with_logits.misconceptions import MISCONCEPTIONS
from course.kit.check import Case, Conduct, Exercise
from course.kit.check.conduct import CONTAINS_SOFTMAX

_LOSSES = frozenset({"binary_cross_entropy", "binary_cross_entropy_with_logits", "soft_margin_loss"})
_FROM_SCRATCH = (CONTAINS_SOFTMAX | _LOSSES | {"mish", "silu", "special_expit"}) - {"logaddexp", "logaddexp2"}
_WHY = (
    "the very thing this exercise asks you to write, or something that contains it. Build it from arithmetic, `exp`, "
    "`log1p`, `abs`, `maximum` and `where`, or from functions you wrote earlier."
)
_STABLE = Conduct(forbidden=_FROM_SCRATCH, why=_WHY)
"""Conduct of the functions that go from logits to logarithms."""

_BY_FORMULA = Conduct(
    forbidden=(CONTAINS_SOFTMAX | _LOSSES | {"log", "log1p", "log2", "log10", "logaddexp"}) - {"sigmoid"},
    why="which belongs to the loss. The slope is wanted straight from its formula: without the loss, without autograd.",
)

_FORM = {
    "wrong-dtype": (
        "Print the dtype of what comes in and of what goes out, for a float16 matrix.",
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

_LOG1P = (
    "What is `1 + torch.exp(torch.tensor(-20.0))`, and what is its logarithm?",
    "The number that you add to 1 is lost in the sum, so the logarithm never sees it. There is a function that takes "
    "the small number by itself.",
    "`torch.log1p(x)` is log(1 + x), without ever making 1 + x.",
)
_NAN_GRADIENT = (
    "The value is right and the gradient nan: something was computed as inf on the way and thrown away. What does the "
    "branch of your `where` that was not chosen compute for z = 1000?",
    "Backpropagation goes through both branches and multiplies the slope of the one you threw away by 0. The "
    "exponential has to be finite in both.",
    "With -|z| as its argument the exponential is between 0 and 1 for every z, and no `where` is needed.",
)
_SLOPE = (
    "Print your gradient at z = 0. What is σ(0)?",
    "At 0 the maximum of z and 0 is a tie. `clamp` gives all of the gradient to z there, `relu` none of it, and |z| "
    "has the slope 0.",
    "`torch.maximum(z, torch.zeros_like(z))` gives half of it to z at a tie.",
)


def _never_negative(value: torch.Tensor, case: Case) -> str:
    """A softplus or a loss below 0 gives a turned sign or a cancellation away."""
    low = value[value < 0]
    return f"It gives {float(low.min()):.3g}, and it should never be below 0." if low.numel() else ""


softplus = Exercise(
    name="softplus",
    behaviours=cases.SOFTPLUS,
    truth=truth.softplus,
    misconceptions=MISCONCEPTIONS["softplus"],
    symptom=_never_negative,
    conduct=_STABLE,
    hints={
        "": (
            "Softplus is the log-sum-exp of a row of two numbers, z and 0. Which of them is the largest?",
            "Take exp(max(z, 0)) out of the sum as a factor; in the logarithm it becomes a summand. What is left is 1 "
            "plus one exponential. What is its argument where z is positive, and where it is negative?",
            "The argument is -|z| in both cases: max(z, 0), plus `log1p` of the exponential of -|z|.",
        ),
        "small-results": _LOG1P,
        "log-not-log1p": _LOG1P,
        "where-nan-gradient": _NAN_GRADIENT,
        "slope-at-zero": _SLOPE,
        cases.AT_ZERO: _SLOPE,
        "threshold": (
            "Compare your function with log(1 + exp(21)) in float64, to 15 digits.",
            "From which z on is exp(-z) too small to be seen beside z? The answer is another one for every dtype.",
            "Leave the threshold out. In a form that never overflows, the small summand vanishes by itself where the "
            "dtype has no room for it.",
        ),
        "gradient": (
            "The gradient of softplus is the sigmoid. Do you get it for ordinary numbers?",
            "Everything between the input and the result has to be done by torch operations that are not detached.",
            "If it is nan although the value is right, something was inf on the way. Keep it from arising.",
        ),
        **_FORM,
    },
)

log_sigmoid = Exercise(
    name="log_sigmoid",
    behaviours=cases.LOG_SIGMOID,
    truth=truth.log_sigmoid,
    misconceptions=MISCONCEPTIONS["log_sigmoid"],
    conduct=_STABLE,
    hints={
        "": (
            "Write σ(z) as 1 / (1 + exp(-z)) and take the logarithm of the quotient. Which function is that?",
            "It is a softplus, with one minus inside and one outside. You have a softplus that is right for every z.",
            "One line: your `softplus` of -z, and a minus before it.",
        ),
        "cancels": (
            "What are z and softplus(z) for z = 20 in float32? And their difference?",
            "Two identities lead to log σ(z). In one of them two nearly equal numbers are subtracted; use the other.",
            "-softplus(-z): for large z the argument is far below 0, and the result is small to begin with.",
        ),
        "log-not-log1p": _LOG1P,
        "where-nan-gradient": _NAN_GRADIENT,
        "slope-at-zero": _SLOPE,
        cases.AT_ZERO: _SLOPE,
        "gradient": (
            "The gradient of log σ(z) is σ(-z): nearly 1 for z far below 0. What is yours at z = -100?",
            "A gradient of 0 or nan there means that the sigmoid has saturated, or that something was clamped.",
            "Leave the probability out altogether: go from the logit to the logarithm with your `softplus`.",
        ),
        **_FORM,
    },
)

_TINY_LOSS = (
    "Which of your terms are large for this logit, and which is the small one that should be left?",
    "A large number and nearly its opposite leave rounding noise. The two labels can go through different terms: check "
    "z = 20 with a 1 and z = -20 with a 0.",
    "softplus(z) is the loss of a 0 and softplus(-z) that of a 1; neither is ever negative. Weighted by 1 - y and y, "
    "they only have to be added.",
)

bce_with_logits = Exercise(
    name="bce_with_logits",
    behaviours=cases.BCE_WITH_LOGITS,
    truth=truth.bce_with_logits,
    misconceptions=MISCONCEPTIONS["bce_with_logits"],
    symptom=_never_negative,
    conduct=_STABLE,
    hints={
        "": (
            "The formula has two logarithms, log σ(z) and log(1 - σ(z)). What is each, as a softplus?",
            "-log σ(z) = softplus(-z) is the loss of a label 1, and -log(1 - σ(z)) = softplus(z) that of a label 0. "
            "The label says how much of each.",
            "(1 - y) times one, plus y times the other; `pos_weight`, if it is there, multiplies the second; then "
            "`mean`, `sum` or nothing.",
        ),
        "confident": _TINY_LOSS,
        "cancels": _TINY_LOSS,
        "log-not-log1p": _LOG1P,
        "log-of-sigmoid": (
            "What is σ(20) in float32? And log(1 - σ(20))?",
            "0 · (-inf) is nan, so even the half that the label switches off does harm. The probability must not be "
            "computed at all.",
            "Replace log σ(z) by your `log_sigmoid(z)`. For log(1 - σ(z)), note that 1 - σ(z) = σ(-z).",
        ),
        "slope-at-zero": _SLOPE,
        cases.AT_ZERO: _SLOPE,
        "reduction": (
            "Which shape does your result have for a 2 × 3 matrix, for each of the three reductions?",
            "The mean is over all elements, not over rows; it is also what a caller gets who does not say anything.",
            'Compute the loss of each element first. Then: `"none"` returns it, `"sum"` its sum, and otherwise its '
            "mean.",
        ),
        "pos-weight": (
            "For labels of 0, does your result change with `pos_weight`? It should not.",
            "It multiplies y·log σ(z) and nothing else. Which of your terms is that?",
            "`pos_weight * y * softplus(-z)`; a tensor of one weight for each class broadcasts by itself. The mean "
            "still divides by the number of elements.",
        ),
        "gradient": (
            "The gradient along z is σ(z) - y. What is yours where the model is sure and wrong?",
            "A gradient of 0 there means that something was clamped or has saturated; a nan, that something was inf.",
            "Use functions whose gradients are right already: your `softplus`, of z and of -z.",
        ),
        **_FORM,
    },
)

bce_grad = Exercise(
    name="bce_grad",
    behaviours=cases.BCE_GRAD,
    truth=truth.bce_grad,
    misconceptions=MISCONCEPTIONS["bce_grad"],
    conduct=_BY_FORMULA,
    hints={
        "": (
            "Write the loss as softplus(z) - z·y. What is the slope of each of the two terms?",
            "The slope of softplus is the sigmoid. No logarithm is left, and nothing has to be divided.",
            "It is the probability minus the label. `torch.sigmoid` is allowed here.",
        ),
        "saturated": (
            "What is the slope for z = 200 and a label of 0? Think of the loss there: it is about z.",
            "If you get 0 or nan, you divide by p(1 - p), or multiply by it. On paper the two cancel.",
            "Cancel them on paper first. What remains is a difference of two numbers between 0 and 1.",
        ),
        "chain-not-cancelled": (
            "What are p(1 - p) and 1/(p(1 - p)) where p is exactly 1?",
            "The chain rule's two factors are inverse to each other. Multiply them before you compute.",
            "(p - y) / (p(1 - p)) · p(1 - p): cross out, and compute what is left.",
        ),
        **_FORM,
    },
)

multilabel_loss = Exercise(
    name="multilabel_loss",
    behaviours=cases.MULTILABEL_LOSS,
    truth=truth.multilabel_loss,
    misconceptions=MISCONCEPTIONS["multilabel_loss"],
    symptom=_never_negative,
    conduct=Conduct(forbidden=_FROM_SCRATCH - {"sigmoid"}, why=_WHY),
    hints={
        "": (
            "What is the loss of a single label? You have a function for it. In which shape do you need its results?",
            'Ask your `bce_with_logits` for `reduction="none"`, so that the weights can be multiplied in.',
            "Multiply by `weight`, which broadcasts along the last dimension, and take the mean of everything.",
        ),
        "class-weights": (
            "Double all the weights. Does your loss double?",
            "A class weight multiplies both halves of the loss, of ones and of zeros, and it does not change what the "
            "mean divides by.",
            "The mean over N·C labels of weight times loss: multiply elementwise, then call `mean` with nothing else.",
        ),
        "confident": _TINY_LOSS,
        "cancels": _TINY_LOSS,
        "log-not-log1p": _LOG1P,
        "gradient": (
            "Call it on logits that require a gradient. Is any of the gradients nan, or 0 where the model is wrong?",
            "That happens where a probability is computed before its logarithm, or where something is clamped.",
            "Build it on your `bce_with_logits`, whose gradient is right already.",
        ),
        **_FORM,
    },
)
