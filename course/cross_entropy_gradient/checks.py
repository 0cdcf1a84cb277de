"""The instant checks of unit 07: Jacobian products, two gradients, an autograd.Function and a gradient check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from course.cross_entropy_gradient import cases, truth
from course.cross_entropy_gradient.misconceptions import MISCONCEPTIONS
from course.kit.check import Case, Conduct, Exercise
from course.kit.check.conduct import CONTAINS_SOFTMAX
from course.kit.check.guard import a_kind_of
from course.kit.feedback import Result

_ALLOWED = {"softmax", "_softmax", "log_softmax", "_log_softmax"}
_BACKWARD = {
    "_log_softmax_backward_data",
    "_softmax_backward_data",
    "cross_entropy_loss",
    "mse_loss",
    "mse_loss_backward",
    "nll_loss2d_forward",
    "nll_loss_backward",
    "nll_loss_forward",
}
"""Operators that are a loss, or run when autograd goes back through a softmax."""

_RULES = Conduct(forbidden=(CONTAINS_SOFTMAX - _ALLOWED) | _BACKWARD)
_PRODUCT_RULES = Conduct(forbidden=CONTAINS_SOFTMAX | _BACKWARD, largest_new=4)

_FORM = {
    "wrong-dtype": (
        "Print the dtype of what comes in and of what goes out, for a float16 matrix.",
        "Working in float32 for half precision is fine, as long as the last line casts back to the input's dtype.",
        "Keep the input's `dtype` in a variable before you change anything, and end with `.to(dtype)`. `one_hot` gives "
        "whole numbers; `zeros_like(logits)` has the right dtype from the start.",
    ),
    "modifies-input": (
        "Print the input before and after the call.",
        "Look for an operation that writes into it: a name that ends in `_`, `-=`, or an assignment to an index.",
        "Work on a new tensor: the result of a softmax, or `.clone()`.",
    ),
    "narrower-dtype": (
        "Which dtypes does your function cast to float32? Try it on a float64 tensor and print the dtype of each step.",
        "Only float16 and bfloat16 gain by float32. float64 has sixteen digits, and `.float()` leaves it seven.",
        "Either do not cast at all, which is right here, or cast only where the dtype is one of the two halves.",
    ),
}
"""Hints for faults that have nothing to do with the exercise at hand."""


def _row_sums(value: torch.Tensor, case: Case) -> str:
    """What every row of these results has in common: it sums to 0."""
    sums = value.sum(case.keywords.get("dim", -1)).flatten()
    off = sums[(sums.abs() > 0.01) & sums.isfinite()]
    return f"A row of it sums to {float(off[0]):.3g}, and every row has to sum to 0." if off.numel() else ""


def _product_hints(vector: str) -> dict[str, tuple[str, str, str]]:
    return {
        "": (
            f"Write entry i of the product as a sum over j: p_i (1[i = j] - p_j) {vector}_j. Which of the two terms "
            "needs all j?",
            f"The first term is p_i {vector}_i; the second is p_i times one number for the row, Σ p {vector}.",
            f"One line: p times ({vector} minus the row's sum of p·{vector}), that sum along `dim` with "
            "`keepdim=True`.",
        ),
        "each-row": (
            "What does your function do with `dim`? Try a 2 × 3 matrix with `dim=0`: every column has to sum to 0.",
            "The sum runs along `dim`, not over the whole tensor and not along a dimension you wrote down as a number.",
            "A reduction drops its dimension, and broadcasting lines the rest up from the right, which for a square "
            "matrix is silently the wrong way round. `keepdim=True` keeps a dimension of length 1 in its place.",
        ),
        "gradient": (
            "Call your function on tensors with `requires_grad=True` and look at the result's `grad_fn`.",
            "Everything between the arguments and the result has to be done by torch operations that are not detached.",
            "Look for `.detach()`, `.data`, `.item()`, `no_grad` or NumPy.",
        ),
        "allocates": (
            "The check looks at the size of every tensor that your function makes.",
            "A row of n probabilities has a Jacobian of n × n numbers. Which of your lines makes it?",
            "`diag_embed` and outer products build it. The product itself needs nothing larger than p.",
        ),
        **_FORM,
    }


softmax_vjp = Exercise(
    name="softmax_vjp",
    behaviours=cases.SOFTMAX_VJP,
    truth=truth.softmax_vjp,
    misconceptions=MISCONCEPTIONS["softmax_vjp"],
    symptom=_row_sums,
    conduct=_PRODUCT_RULES,
    hints=_product_hints("v"),
)

softmax_jvp = Exercise(
    name="softmax_jvp",
    behaviours=cases.SOFTMAX_JVP,
    truth=truth.softmax_jvp,
    misconceptions=MISCONCEPTIONS["softmax_jvp"],
    symptom=_row_sums,
    conduct=_PRODUCT_RULES,
    hints=_product_hints("t"),
)

cross_entropy_grad = Exercise(
    name="cross_entropy_grad",
    behaviours=cases.CROSS_ENTROPY_GRAD,
    truth=truth.cross_entropy_grad,
    misconceptions=MISCONCEPTIONS["cross_entropy_grad"],
    symptom=_row_sums,
    conduct=_RULES,
    hints={
        "": (
            "Which two tensors of the logits' shape does p - y name, and how do you make the second from `targets`?",
            "p is a softmax along the last dimension; y is zeros with a 1 in each row at that row's target.",
            "`torch.zeros_like(logits).scatter(1, targets[:, None], 1)` is y. Then (p - y), divided by the number of "
            "rows if the mean is wanted.",
        ),
        "large-logits": (
            "How do you compute p? `exp` of a logit of 1000 is inf in float32.",
            "`torch.softmax` is allowed here; it shifts each row by its maximum.",
            "If you wrote your own: subtract `logits.amax(1, keepdim=True)` before `exp`.",
        ),
        "smoothing": (
            "Smoothing changes the target and nothing else. What are the entries of the smoothed target for K classes?",
            "It is a mixture: 1 - ε of the one-hot target, and ε of a uniform distribution over all K classes.",
            "q = (1 - ε) y + ε/K, also at the true class. The gradient is p - q.",
        ),
        "target-in-float32": _FORM["wrong-dtype"],
        "reduction": (
            "The loss of the batch is one number for each row, and then their mean or their sum. What does that do to "
            "each row's gradient?",
            "The mean divides by the number of rows, `logits.shape[0]`, and not by the number of entries.",
            '`"sum"` divides by nothing.',
        ),
        "conduct": (
            "The check lists the torch operators that one call of your function runs. One of them is not allowed here.",
            "A library loss, or autograd going back through one, is what this exercise replaces.",
            "Softmax, a one-hot target, a subtraction, a division.",
        ),
        **_FORM,
    },
)

mse_softmax_grad = Exercise(
    name="mse_softmax_grad",
    behaviours=cases.MSE_SOFTMAX_GRAD,
    truth=truth.mse_softmax_grad,
    misconceptions=MISCONCEPTIONS["mse_softmax_grad"],
    symptom=_row_sums,
    conduct=_RULES,
    hints={
        "": (
            "Two links: the gradient of Σ (p - y)² with respect to p, and from p back to the logits. You have a "
            "function for the second.",
            "The first is v = 2 (p - y). The second is softmax's vector-Jacobian product with that v.",
            "`softmax_vjp(p, 2 * (p - y))`, divided by the number of rows.",
        ),
        cases.SURE_AND_WRONG: (
            "p is nearly one-hot in this row. What does the factor p in front of the Jacobian product do at the true "
            "class?",
            "The gradient at the true class is tiny there, not near -1.",
            "Is the Jacobian in your answer? 2 (p - y) alone does not vanish.",
        ),
        "conduct": (
            "The check lists the torch operators that one call of your function runs. One of them is not allowed here.",
            "A library loss, or autograd going back through one, is what this exercise replaces.",
            "Softmax, a one-hot target, and the product from exercise 1.",
        ),
        **_FORM,
    },
)

_GRAPH_TWICE = (
    "Call `loss.backward(retain_graph=True)` twice and compare what each call added to `logits.grad`.",
    "Does your `backward` write into something that `forward` saved? `-=` on an index does.",
    "Work on a copy, `p.clone()`, or subtract a one-hot tensor, which makes a new one.",
)

stable_cross_entropy = Exercise(
    name="stable_cross_entropy",
    behaviours=cases.STABLE_CROSS_ENTROPY,
    truth=truth.stable_cross_entropy,
    misconceptions=MISCONCEPTIONS["stable_cross_entropy"],
    conduct=_RULES,
    hints={
        "": (
            "`forward` computes the loss and saves what `backward` will need. What does p - y need?",
            "Save p, or log p, and the targets with `ctx.save_for_backward`. `backward` gets the gradient of whatever "
            "came after the loss, and returns one entry for each argument of `forward`.",
            "A plan. forward: log p = `torch.log_softmax(logits, 1)`; save it and the targets; return minus the mean "
            "of log p at the targets. backward: (exp(log p) - y) / N, times `grad_output`, and None for the targets.",
        ),
        "gradient": (
            "Compare with `cross_entropy_grad`, which you have: call both on a batch of two rows.",
            "Two factors are easily lost: 1/N, because the loss is a mean, and `grad_output`, because the loss may be "
            "scaled by what comes after it.",
            "`backward` returns `grad_output` times (p - y)/N for the logits, and None for the targets: one entry for "
            "each argument of `forward`.",
        ),
        "no-function": (
            "What is `stable_cross_entropy(...).grad_fn` called?",
            "The class is used by calling its `apply`, never `forward`.",
            "`return StableCrossEntropy.apply(logits, targets)`.",
        ),
        "backward-changes-state": _GRAPH_TWICE,
        "gradcheck": (
            "gradcheck says which entry of the Jacobian differs. Are your own numbers right on one row?",
            "It multiplies by other numbers than 1 from above, and calls the backward pass more than once.",
            "Use `grad_output`, change nothing that was saved, and return one entry for each argument of `forward`.",
        ),
        **_FORM,
    },
)


class _OfScalarFunctions:
    """The check of `gradient_check(f, x, eps)`, which takes a function first and returns a Python float."""

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self.name, self.behaviours, self.hints = exercise.name, exercise.behaviours, exercise.hints

    def __call__(self, function: Callable, behaviour: str | None = None, **inputs: Any) -> Result:
        """As of any `Exercise`; `inputs` are f (a `functions.Function`), x and eps."""
        return self._exercise(_tensor_first(function) if callable(function) else function, behaviour, **inputs)


def _tensor_first(function: Callable) -> Callable:
    """`function(f, x, eps)` as a function of x and keywords that returns a tensor, as the kit calls functions."""

    def adapted(x: torch.Tensor, *, f: Callable, eps: float) -> torch.Tensor | None:
        found = function(f, x, eps)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, (float, int)):
            how = ": `.item()` makes it one" if isinstance(found, torch.Tensor) else ""
            raise TypeError(f"gradient_check has to return a Python float, and this is {a_kind_of(found)}{how}")
        return torch.tensor(float(found), dtype=torch.float64)

    return adapted


gradient_check = _OfScalarFunctions(
    Exercise(
        name="gradient_check",
        behaviours=cases.GRADIENT_CHECK,
        truth=truth.gradient_check,
        misconceptions=tuple(
            type(m)(m.name, m.title, m.explanation, tuple(map(_tensor_first, m.variants)))
            for m in MISCONCEPTIONS["gradient_check"]
        ),
        hints={
            "": (
                "Two slopes for each element: a from autograd, and n from two values of f, one step to either side.",
                "Change one element at a time on a *copy* of x: n = (f(x + eps) - f(x - eps)) / (2 eps). Autograd "
                "gives all a at once, from a copy that requires gradients.",
                "A loop over `range(x.numel())` with `x.flatten().clone()`; `torch.autograd.grad(f(leaf), leaf)` for "
                "a. Then the largest |a - n| / max(|a|, |n|), where 0 of both counts as 0.",
            ),
            cases.UNUSED: (
                "What is 0/0, and what does your maximum make of it?",
                "Where both slopes are 0 they agree, so the difference is 0.",
                "Skip such an element before you divide, or divide by the larger magnitude only where it is above 0.",
            ),
            **_FORM,
        },
    )
)
