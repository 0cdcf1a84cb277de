"""The instant checks of unit 03: `softmax`, `logsumexp`, `masked_softmax` and `boltzmann`."""

from __future__ import annotations

import torch

from course.kit.check import Case, Exercise
from course.max_shift import cases, truth
from course.max_shift.misconceptions import MISCONCEPTIONS


def _row_sums(value: torch.Tensor, case: Case) -> str:
    """Weights have to sum to 1, or to 0 where everything is hidden."""
    sums = value.sum(case.keywords.get("dim", -1)).flatten()
    off = sums[((sums - 1).abs() > 0.01) & (sums != 0) & sums.isfinite()]
    return f"Its weights sum to {float(off[0]):.3g}, not to 1." if off.numel() else ""


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
        "Either do not cast at all, which is right here, or cast only where `x.dtype` is one of the two halves.",
    ),
}
"""Hints for faults that have nothing to do with the exercise at hand."""

softmax = Exercise(
    name="softmax",
    behaviours=cases.SOFTMAX,
    truth=truth.softmax,
    misconceptions=MISCONCEPTIONS["softmax"],
    symptom=_row_sums,
    hints={
        "": (
            "Softmax does not notice when the same number is taken from every logit of a row. Which number makes the "
            "largest exponential equal to 1?",
            "Take each row's own maximum away before you call `exp`. After that no argument is above 0, so nothing "
            "can overflow, and the sum is at least 1, so nothing is divided by 0.",
            "`amax` with `keepdim=True` gives one maximum for each row in a shape that broadcasts. Three steps: "
            "shift, `exp`, divide by the sum along the same dimension, that sum with `keepdim=True` as well.",
        ),
        "each-row": (
            "What does your function do with `dim`? Try a 2 × 3 matrix with `dim=0`: every column has to sum to 1.",
            "Both reductions, the maximum and the sum, run along `dim`. Neither may run over the whole tensor, or "
            "along a dimension you wrote down as a number.",
            "A reduction drops its dimension, and broadcasting then lines the rest up from the right, which for a "
            "square matrix is silently the wrong way round. `keepdim=True` keeps a dimension of length 1 in its place.",
        ),
        "gradient": (
            "Call your function on `x = torch.randn(2, 3, requires_grad=True)` and look at the result's `grad_fn`.",
            "Everything between the input and the result has to be done by torch operations that are not detached. "
            "(Detaching the maximum alone is harmless: the shift cancels.)",
            "If the gradient is nan although the value is right, something was computed as inf or nan on the way and "
            "thrown away later; autograd still goes through it. Keep it from arising.",
        ),
        "conduct": (
            "The check lists the torch operators that one call of your function runs. One of them is not allowed here.",
            "The idea is to write what `torch.softmax` does, in the dtype you are given. Half precision may be worked "
            "on in float32; nothing else may be widened.",
            "Five operators are enough: a maximum, a subtraction, `exp`, a sum, a division.",
        ),
        **_FORM,
    },
)

_INFINITE_ROWS = (
    "What is `float('-inf') - float('-inf')`? It is what the shift computes in a row of -inf. And if you put the right "
    "value in afterwards: backpropagation walks through the branch you threw away, and 0 times nan is nan.",
    "A finite shift alone gives the right value and still a nan gradient: a row of -inf then ends in log(0), whose "
    "derivative is 1/0 = inf, and inf times exp(-inf) = 0 is nan. The row itself has to be replaced too.",
    "A plan. 1. Find each row's maximum, and whether it is finite. 2. Where it is not, take zeros (`where`) in place "
    "of the row and of its maximum, before anything is subtracted. 3. Shift, exp, sum, log, and give the maximum back. "
    "4. Put the infinite maxima in with a second `where`.",
)

logsumexp = Exercise(
    name="logsumexp",
    behaviours=cases.LOGSUMEXP,
    truth=truth.logsumexp,
    misconceptions=MISCONCEPTIONS["logsumexp"],
    hints={
        "": (
            "Pull the largest factor out of the sum: exp(m) comes out of Σ exp(xᵢ) as a factor, so what does m become "
            "once the logarithm is taken?",
            "Shift each row by its maximum m, sum the exponentials, take the logarithm, and give m back by adding it.",
            "`amax` with `keepdim=True` for the shift; the same maximum without that extra dimension for the "
            "end, unless `keepdim` asks for it.",
        ),
        "infinite-rows": _INFINITE_ROWS,
        cases.MINUS_INF_ABOVE: _INFINITE_ROWS,
        cases.PLUS_INF_ABOVE: _INFINITE_ROWS,
        cases.ONE_MINUS_INF: (
            "A -inf beside ordinary numbers needs no help: what is its exponential, and what does that add to the sum?",
            "Whether a row is in trouble is a question about its maximum, not about each of its numbers.",
            "`top.isfinite()`, with `top` the maximum of each row and its dimension kept, broadcasts over the row. Use "
            "it to choose between the row as it is and a row of zeros.",
        ),
        "each-row": (
            "Try a 2 × 3 matrix: the result's shape is (3,) for `dim=0`, and (1, 3) with `keepdim=True`.",
            "Inside, the maximum needs `keepdim=True`, so that it broadcasts. The caller's `keepdim` is about "
            "the result only.",
            "Work with the dimension kept until the last line, and `squeeze(dim)` it there if `keepdim` is false. "
            "(A bare `squeeze()` drops other dimensions too.)",
        ),
        "squeeze-everything": (
            "Look at the shape of your result for a batch of one row, `torch.zeros(1, 3)`.",
            "The result of that has shape (1,): only the dimension that was reduced goes.",
            "`squeeze` takes the dimension that it is to drop.",
        ),
        "gradient": (
            "The gradient of log-sum-exp is the softmax. Do you get it for ordinary numbers?",
            "Everything between the input and the result has to be done by torch operations that are not detached. "
            "(The shift alone may be: it cancels.)",
            "If it is nan although the value is right, something was computed as inf or nan on the way and thrown away "
            "later. Keep it from arising.",
        ),
        **_FORM,
    },
)

_ALL_HIDDEN = (
    "Follow a row with every place hidden through your function, line by line. Where does the first nan appear?",
    "Its maximum is -inf, and -inf - (-inf) is nan; its sum is 0, and 0/0 is nan. What could stand in for each?",
    "Make a maximum of -inf finite before you subtract it, and a sum of 0 into 1 before you divide by it: the row "
    "comes out as 0/1.",
)

masked_softmax = Exercise(
    name="masked_softmax",
    behaviours=cases.MASKED_SOFTMAX,
    truth=truth.masked_softmax,
    misconceptions=MISCONCEPTIONS["masked_softmax"],
    symptom=_row_sums,
    hints={
        "": (
            "A hidden place should weigh nothing. Which score has an exponential of exactly 0?",
            "Put -inf where the mask is True *before* you look for the maximum, then do what `softmax` does. Then "
            "think about the row where nothing is left.",
            "In a fully masked row the maximum is -inf and the sum is 0. Make the first finite before you "
            "subtract it and the second 1 before you divide by it: the row comes out as 0/1.",
        ),
        "gradient": (
            "Look at the gradient of a fully masked row. A nan that is computed and replaced afterwards no longer "
            "shows in the value; on the way back it may.",
            "Did you *add* -inf to the scores? The sum's gradient passes through the addition unchanged, and 0 · "
            "nan is nan. The numbers that go into `exp` and into the division have to be finite already.",
            "Replace the scores of hidden places before anything is computed with them (`masked_fill`), a maximum of "
            "-inf by 0, and a sum of 0 by 1.",
        ),
        "hidden": (
            "What stands at a hidden place is padding: it can be anything, and must not be used in any arithmetic.",
            "0 · nan is nan and 0 · inf is nan, so multiplying by the mask does not hide them; and if the "
            "maximum is one of the hidden scores, the visible ones underflow.",
            "`scores.masked_fill(mask, ...)` picks a value without touching what was there. Take the maximum after it.",
        ),
        cases.ALL_HIDDEN: _ALL_HIDDEN,
        "any-mask": (
            "The mask may have fewer dimensions than the scores, or dimensions of length 1. Which of your steps use it "
            "as it came?",
            "`masked_fill` and `where` broadcast it for you; `mask.all(dim)`, `scores[mask]` and the like do not.",
            "Ask the hidden scores which rows are empty (a maximum of -inf, a sum of 0), or expand the mask first: "
            "`mask.expand(scores.shape)`.",
        ),
        "epsilon-denominator": (
            "Which is the smallest positive number of float16? `torch.tensor(1e-8, dtype=torch.float16)` shows it.",
            "Only a sum of exactly 0 needs help; any other sum is at least 1 after the shift.",
            "Replace a sum of 0 by 1: `masked_fill(total == 0, 1)`, or `clamp(min=...)` with a number that every dtype "
            "holds and that lies below 1.",
        ),
        "rounded-logarithm": (
            "How far apart are float32 numbers near 1000, and what does `exp` make of an error of that size?",
            "The logarithm of the sum is small; once the maximum is added to it, its last digits are gone.",
            "Shift the scores, exponentiate, divide by the sum, as in `softmax`. No logarithm is needed.",
        ),
        **_FORM,
    },
)

boltzmann = Exercise(
    name="boltzmann",
    behaviours=cases.BOLTZMANN,
    truth=truth.boltzmann,
    misconceptions=MISCONCEPTIONS["boltzmann"],
    symptom=_row_sums,
    hints={
        "": (
            "Low energy, high probability. Which of the energies has the largest weight, and what should be subtracted "
            "to make that weight 1?",
            "Subtract each row's *minimum* energy, divide by the temperature, and only then negate and take `exp`.",
            "Three lines: the energies above the row's lowest, `exp` of minus that over T, and the quotient with "
            "the sum.",
        ),
        "low-temperature": (
            "At T = 0.001 an energy of 100 becomes 100 000, and float32 has about seven digits for it. How many "
            "are left after the point?",
            "The subtraction is exact when the numbers are close together; the division rounds. So which one "
            "should come first?",
            "Subtract the minimum from the energies, then divide the small differences by T.",
        ),
        "power-of-weights": (
            "What relative error does `exp` leave, and what becomes of it when the result is raised to the power 1000?",
            "exp(a) to the power b is exp(a · b) on paper. Which of the two rounds a small number, and which an "
            "exponent?",
            "Divide the energies above the minimum by T *inside* the exponential.",
        ),
        **_FORM,
    },
)
