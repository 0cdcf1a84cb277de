"""The instant checks of unit 01: one for each exercise."""

from __future__ import annotations

import torch

from course.exp_asymmetry import cases, truth
from course.exp_asymmetry.misconceptions import MISCONCEPTIONS
from course.kit.check import Case, Conduct, Exercise
from course.kit.check.conduct import CONTAINS_SOFTMAX

_FORM = {
    "wrong-dtype": (
        "Print the dtype of what comes in, or is asked for, and of what goes out, for float16.",
        "Working in float32 for half precision is fine, as long as the last line casts to the dtype that is wanted.",
        "End with `.to(dtype)`, with the dtype that you were given.",
    ),
    "modifies-input": (
        "Print the input before and after the call.",
        "Look for an operation that writes into it: a name that ends in `_`, `-=`, or an assignment to a slice.",
        "Write into the tensor that is meant to be written to, or into one that you made yourself.",
    ),
    "narrower-dtype": (
        "Which dtypes does your function cast to float32? Try it on float64 and print the dtype of each step.",
        "Only float16 and bfloat16 gain by float32. float64 has sixteen digits, and `.float()` leaves it seven; "
        "casting back at the end does not bring them back.",
        "Either do not cast at all, or cast only where the dtype is one of the two halves.",
    ),
}
"""Hints for faults that have nothing to do with the exercise at hand."""

log10_ratio = Exercise(
    name="log10_ratio",
    behaviours=cases.LOG10_RATIO,
    truth=truth.log10_ratio,
    misconceptions=MISCONCEPTIONS["log10_ratio"],
    hints={
        "": (
            "exp(a) / exp(b) is the exponential of what?",
            "The logarithm of exp(a - b) is a - b, without any exponential. That is the natural logarithm; which "
            "factor turns it into a decimal one?",
            "Subtract, then divide by ln 10, which is `math.log(10)`. Two operations, and both are harmless.",
        ),
        "huge": (
            "Which of your steps meets the exponential of a large number?",
            "The answer for a million and minus a million is a number below a million. Nothing on the way there has "
            "to be larger than the numbers you were given, or their difference.",
            "No exponential and no logarithm of a tensor: subtract first, then scale.",
        ),
        "gradient": (
            "Call your function on tensors with `requires_grad=True` and look at the result's `grad_fn`.",
            "Everything between the input and the result has to be done by torch operations that are not detached.",
            "The gradient is the same for all inputs: what does a subtraction pass back, and what a scaling?",
        ),
        **_FORM,
    },
)


def _sum_of_weights(value: torch.Tensor, case: Case) -> str:
    total = value.sum()
    off = bool(total.isfinite()) and abs(float(total) - 1) > 0.02
    return f"Its weights sum to {float(total):.3g}, not to 1." if off else ""


decay_weights = Exercise(
    name="decay_weights",
    behaviours=cases.DECAY_WEIGHTS,
    truth=truth.decay_weights,
    misconceptions=MISCONCEPTIONS["decay_weights"],
    symptom=_sum_of_weights,
    conduct=Conduct(float64_detour=True),
    hints={
        "": (
            "Which of the weights is the largest, and what is the argument of its exponential?",
            "Only differences of the arguments count: exp(a)/exp(b) is exp(a - b). Subtract the same number from all "
            "arguments, and the weights stay as they are. Which number keeps the largest exponential at 1?",
            "Make k = 0, 1, … as a tensor, the arguments -rate·k from it, subtract their maximum, exponentiate, "
            "divide by the sum, cast.",
        ),
        "long": (
            "In which dtype is your k? Print `torch.arange(3000, dtype=torch.float16)[-5:]`.",
            "Count and multiply in float32 or float64, and cast at the very end. How often is a rounded number "
            "multiplied by itself in your function?",
            "One exponential for each weight, of an argument that was rounded once: exp(-rate·k), not exp(-rate) to "
            "the power k.",
        ),
        "conduct": (
            "Which shape and dtype does `decay_weights(6, 0.25, dtype=torch.float16)` have?",
            "A softmax of the arguments is the answer itself; write what it does. Here float64 is fine on the way, "
            "since no input tensor is widened.",
            "`torch.arange(length, dtype=torch.float64)` makes k; `.to(dtype)` at the end makes the result's dtype.",
        ),
        **_FORM,
        "narrower-dtype": (
            "Which dtype has `-0.5 * torch.arange(5)`? Print it. The results that are asked for in float64 need more.",
            "Whole numbers times a Python number become the default dtype, float32. Casting the result to float64 "
            "afterwards does not bring its digits back.",
            "Tell `arange` which dtype to count in. float64 is right for all four results.",
        ),
    },
)

_ENDS = (
    "Compare `schedule[0]` with `torch.tensor(start)`, and print the difference.",
    "exp(log(x)) is not x in floating point. You have both ends already; do they have to be computed?",
    "Compute all numbers, then write `start` into the first place and `end` into the last. With one step the first "
    "place is the last: which has to win?",
)

geometric_schedule = Exercise(
    name="geometric_schedule",
    behaviours=cases.GEOMETRIC_SCHEDULE,
    truth=truth.geometric_schedule,
    misconceptions=MISCONCEPTIONS["geometric_schedule"],
    conduct=Conduct(forbidden=CONTAINS_SOFTMAX | {"logspace"}, float64_detour=True),
    hints={
        "": (
            "Equal ratios become equal *differences* of what?",
            "The logarithms of a geometric sequence are evenly spaced: from log(start) to log(end). `math.log` takes a "
            "Python number; `torch.log` wants a tensor.",
            "Space the logarithms evenly with `torch.linspace`, exponentiate, and then look after the two ends.",
        ),
        "ends": _ENDS,
        "soft-ends": _ENDS,
        "wide": (
            "What is 1e30 / 1e-30 in float32? And how close to 1 is the ratio of 20000 neighbours?",
            "Both troubles come from the ratio. Its logarithm is harmless: 138 in one case, 0.00003 in the other.",
            "Space the logarithms, not the numbers: log(start) + t · (log(end) - log(start)) with t from 0 to 1, and "
            "one exponential for each.",
        ),
        "drifting-ratio": (
            "How many times is your ratio multiplied by itself on the way to the last number?",
            "A relative error of 6e-8 in the ratio becomes 20000 times as large after 20000 multiplications.",
            "Give each number an exponent of its own, k / (steps - 1) of the way, and exponentiate once.",
        ),
        **_FORM,
    },
)

_BOTH_BRANCHES = (
    "Where the value is right and the gradient nan, something was inf or nan on the way and was not used. Which "
    "exponential of yours meets a large argument?",
    "`where` at the end is too late: both branches have been computed by then, and backpropagation visits both. "
    "Choose before the exponential, so that each one gets arguments that are at most 0.",
    "A plan. 1. For the one formula, take log_odds where they are at least 0, and 0 elsewhere. 2. For the other, "
    "take log_odds where they are below 0, and 0 elsewhere. 3. Compute each formula on its own safe numbers. 4. Only "
    "now pick with `where`.",
)

_AT_ZERO = (
    "Print the gradient of your function at 0. Which slope does autograd take there for what you use: `abs`, `clamp`?",
    "Let one side alone answer for 0: pick it with `where`. Or use `torch.minimum` or `torch.maximum` with 0, which "
    "share the gradient between their two arguments there.",
    "Choose the input of each formula: log_odds where they are at least 0, and 0 elsewhere; and the other way round. "
    "At 0 the formula that is chosen then has its own, right slope.",
)

sigmoid_odds = Exercise(
    name="sigmoid_odds",
    behaviours=cases.SIGMOID_ODDS,
    truth=truth.sigmoid_odds,
    misconceptions=MISCONCEPTIONS["sigmoid_odds"],
    conduct=Conduct(forbidden=CONTAINS_SOFTMAX | {"tanh", "special_expit"}),
    hints={
        "": (
            "Odds of 3 to 1 are a probability of 3/4. What are odds of exp(x) to 1?",
            "exp(x) / (1 + exp(x)) and 1 / (1 + exp(-x)) are the same number. Which of the two is safe for positive x, "
            "and which for negative?",
            "Use each formula on its own side only, so that no exponential ever gets an argument above 0. Mind where "
            "you choose: before `exp`, not after.",
        ),
        "extreme-gradient": _BOTH_BRANCHES,
        "both-branches": _BOTH_BRANCHES,
        "naive-gradient": _BOTH_BRANCHES,
        "kink-at-zero": _AT_ZERO,
        "slope-counted-twice": _AT_ZERO,
        **_FORM,
    },
)

exp_into = Exercise(
    name="exp_into",
    behaviours=cases.EXP_INTO,
    truth=truth.exp_into,
    misconceptions=MISCONCEPTIONS["exp_into"],
    conduct=Conduct(largest_new=0.5),
    hints={
        "": (
            "Many torch functions take a keyword that says where the result is to go.",
            "Two ways lead there: `out=…`, or a copy followed by the form of `exp` that ends in an underscore.",
            "`torch.exp` writes into the tensor that you give it as `out=`, and returns it.",
        ),
        "returns-out": (
            "Is what you return the caller's tensor? Try `exp_into(x, out) is out`.",
            "The functions that write somewhere return the tensor that they wrote to. `out.exp()` makes another one.",
            "Let the last line be `return out`, and nothing else be bound to that name.",
        ),
        "no-new-tensor": (
            "Which of your calls returns a tensor that was not there before?",
            "`torch.exp(x)` makes a whole tensor, even if you copy it into `out` afterwards and drop it. So does "
            "`x.float()`.",
            "Use a form of `exp` that never makes one: with `out=`, or in place after x has been copied into `out`.",
        ),
        **_FORM,
    },
)
