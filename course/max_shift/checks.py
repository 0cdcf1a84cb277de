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
        "dim": (
            "What does your function do with `dim`? Try a 2 × 3 matrix with `dim=0`: every column has to sum to 1.",
            "Both reductions, the maximum and the sum, run along `dim`. Neither may run over the whole tensor, or "
            "along a dimension you wrote down as a number.",
            "A reduction drops its dimension, and broadcasting then lines the rest up from the right, which for a "
            "square matrix is silently the wrong way round. `keepdim=True` keeps a dimension of length 1 in its place.",
        ),
        "dtype-and-shape": (
            "Print the dtype and shape of what comes in and of what goes out, for a float16 matrix.",
            "Working in float32 for half precision is fine, as long as the last line casts back to the input's dtype.",
            "If the input changes, look for an operation that writes into it: a name that ends in `_`, `-=`, or an "
            "assignment to a slice.",
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
    },
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
        "infinite-rows": (
            "What is `float('-inf') - float('-inf')`? It is what the shift computes in a row of -inf.",
            "The shift need not be the maximum: any finite number near it will do. Which one would you take where the "
            "maximum is not finite?",
            "Replace the maximum by 0 wherever it is infinite (`isfinite` and `where`, or `masked_fill`) before you "
            "subtract it; then log(0) = -inf and log(inf) = inf come out by themselves.",
        ),
        "infinite-gradient": (
            "The value is right and the gradient is nan: back-propagation walks through the branch you threw away, and "
            "0 times nan is nan.",
            "With a finite shift, a row of -inf ends in log(0). Its derivative is 1/0 = inf, and inf times "
            "exp(-inf) = 0 is nan. The 0 must not reach the logarithm.",
            "Use `where` twice. First on the input: in every row whose maximum is not finite put 0 in place of all its "
            "numbers, before anything is subtracted. Then compute as usual, and put -inf or +inf in at the end.",
        ),
        "dim-and-keepdim": (
            "Try a 2 × 3 matrix: the result's shape is (3,) for `dim=0`, and (1, 3) with `keepdim=True`.",
            "Inside, the maximum needs `keepdim=True`, so that it broadcasts. The caller's `keepdim` is about "
            "the result only.",
            "Work with the dimension kept until the last line, and `squeeze(dim)` it there if `keepdim` is false.",
        ),
    },
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
        "hidden-scores": (
            "What stands at a hidden place is padding: it can be anything, and must not be used in any arithmetic.",
            "0 · nan is nan and 0 · inf is nan, so multiplying by the mask does not hide them; and if the "
            "maximum is one of the hidden scores, the visible ones underflow.",
            "`scores.masked_fill(mask, ...)` picks a value without touching what was there. Take the maximum after it.",
        ),
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
    },
)
