"""The instant checks of unit 06: seven functions in which digits can cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from course.expm1_log1p import cases, truth
from course.expm1_log1p.adapters import takes_number, takes_stream
from course.expm1_log1p.misconceptions import MISCONCEPTIONS
from course.kit.check import Case, Conduct, Exercise
from course.kit.check.conduct import CONTAINS_SOFTMAX
from course.kit.feedback import Result
from course.kit.misconception import Misconception


@dataclass(frozen=True, eq=False)
class AdaptedExercise(Exercise):
    """An exercise whose function does not simply map tensors to a tensor."""

    adapt: Callable[[Any], Any] = takes_number
    """Makes a function of the case's tensors and keywords of the student's function."""

    def __call__(self, function: Callable, behaviour: str | None = None, **inputs: Any) -> Result:
        """Check `function` as `Exercise` does."""
        return super().__call__(self.adapt(function), behaviour, **inputs)


def _adapted(misconceptions: tuple[Misconception, ...], adapt: Callable) -> tuple[Misconception, ...]:
    return tuple(replace(each, variants=tuple(map(adapt, each.variants))) for each in misconceptions)


_LOG_SPACE = Conduct(forbidden=CONTAINS_SOFTMAX - {"logaddexp", "logaddexp2"})
_NORM = Conduct(
    forbidden=frozenset(
        {
            "_foreach_norm",
            "cdist",
            "_cdist_forward",
            "_euclidean_dist",
            "dist",
            "linalg_matrix_norm",
            "linalg_norm",
            "linalg_vector_norm",
            "norm",
            "renorm",
            "_weight_norm_interface",
        }
    )
)
_VARIANCE = Conduct(
    forbidden=frozenset(
        {
            "_native_batch_norm_legit",
            "cov",
            "native_batch_norm",
            "native_group_norm",
            "native_layer_norm",
            "std",
            "std_mean",
            "var",
            "var_mean",
        }
    )
)


def _negative(value: torch.Tensor, case: Case) -> str:
    """A variance is a mean of squares."""
    return "A variance is never negative, and this one is." if bool((value < 0).any()) else ""


_FORM = {
    "wrong-dtype": (
        "Print the dtype of what comes in and of what goes out, for a float16 tensor.",
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
        "Only float16 and bfloat16 gain by float32. float64 has sixteen digits, and `.float()` leaves it seven.",
        "Either do not cast at all, which is right here, or cast only where `x.dtype` is one of the two halves.",
    ),
    "conduct": (
        "The check lists the torch operators that one call of your function runs. One of them is not allowed here.",
        "The idea is to write what the library function does, in the dtype you are given.",
        "The docstring says what may not be used. Everything you need is arithmetic and the functions of this unit.",
    ),
}
"""Hints for faults that have nothing to do with the exercise at hand."""

_LATE_WHERE = (
    "The value is right, so the nan comes from a branch that `where` threw away. Which of your branches is infinite, "
    "or has an infinite slope, for some x that belongs to the other?",
    "Backpropagation multiplies the branch you threw away by 0, and 0 · inf is nan. That branch must not be infinite "
    "anywhere.",
    "Use `where` twice: once to give each branch a harmless number in place of what is not its own, and once to choose "
    "between the results.",
)

log1pexp = Exercise(
    name="log1pexp",
    behaviours=cases.LOG1PEXP,
    truth=truth.log1pexp,
    misconceptions=MISCONCEPTIONS["log1pexp"],
    conduct=_LOG_SPACE,
    hints={
        "": (
            "Two ends, two troubles: where does exp(x) overflow, and where is 1 + exp(x) just 1?",
            "Take the larger of the two terms, 1 and exp(x), out of the sum as a factor. What is left is "
            "1 + exp(-|x|), with an exponential that is at most 1.",
            "The factor becomes max(x, 0) in the logarithm, and log(1 + something small) has a function of its own. "
            "Take the maximum with `torch.maximum`, which treats the tie at 0 evenly.",
        ),
        "gradient": (
            "At x = 0 the gradient is 1/2. Which part of your formula has a kink there?",
            "`relu` and `clamp` decide for one side of a tie; `torch.maximum` and `torch.abs` share it evenly.",
            "If it is nan at a large x, an exponential became inf in a branch that was thrown away. Use -|x| as its "
            "argument and there is nothing to throw away.",
        ),
        "nan-gradient": _LATE_WHERE,
        **_FORM,
    },
)

compound = Exercise(
    name="compound",
    behaviours=cases.COMPOUND,
    truth=truth.compound,
    misconceptions=MISCONCEPTIONS["compound"],
    hints={
        "": (
            "Where does the rate lose its digits, going in or coming out?",
            "At both ends: 1 + rate on the way in, and minus 1 on the way out. In between, a power is a multiple of a "
            "logarithm.",
            "(1 + rate)^n is exp(n · log(1 + rate)). One function of this unit takes the logarithm without the "
            "addition, another the exponential with the subtraction.",
        ),
        cases.MANY_PERIODS: (
            "It was called with 10**9 periods. Do you go through them one at a time?",
            "Without a loop: a power is a multiple of a logarithm, whatever the number of periods.",
            "(1 + rate)^n is exp(n · log(1 + rate)), with one function of this unit for the logarithm and one for the "
            "exponential less 1.",
        ),
        **_FORM,
    },
)

log1mexp = Exercise(
    name="log1mexp",
    behaviours=cases.LOG1MEXP,
    truth=truth.log1mexp,
    misconceptions=MISCONCEPTIONS["log1mexp"],
    hints={
        "": (
            "For which x is exp(-x) nearly 1, and for which is it nearly 0? Each of these needs another function.",
            "For small x, get 1 - exp(-x) without a subtraction. For large x, get log(1 - small) without a "
            "subtraction. In the explorer you saw where each of them fails.",
            "expm1 for x below ln 2, log1p above it, and `where` to choose. Give each branch a harmless x, 1 for "
            "example, in the places where the other one is used.",
        ),
        "gradient": _LATE_WHERE,
        "nan-gradient": _LATE_WHERE,
        **_FORM,
    },
)

_EDGES = (
    "What is a - b where both are -inf, and what does your formula make of it?",
    "-inf minus -inf is nan, and once it is there nothing takes it away. The places where a equals b have to be dealt "
    "with before the subtraction's result is used.",
    "Where a equals b, use any harmless gap, such as 1, and put -inf in at the end with a second `where`.",
)

logsubexp = Exercise(
    name="logsubexp",
    behaviours=cases.LOGSUBEXP,
    truth=truth.logsubexp,
    misconceptions=MISCONCEPTIONS["logsubexp"],
    conduct=_LOG_SPACE,
    hints={
        "": (
            "Take the larger exponential, exp(a), out of the difference as a factor. What is left?",
            "What is left is log(1 - exp(-(a - b))), a function that you have written already.",
            "The result is a plus your `log1mexp` of the gap a - b. Then look at gaps of 0.",
        ),
        "edges": _EDGES,
        cases.EQUAL: _EDGES,
        cases.EMPTY: _EDGES,
        "gradient": _LATE_WHERE,
        "nan-gradient": _LATE_WHERE,
        **_FORM,
    },
)

log_factorial = AdaptedExercise(
    name="log_factorial",
    behaviours=cases.LOG_FACTORIAL,
    truth=truth.log_factorial,
    misconceptions=_adapted(MISCONCEPTIONS["log_factorial"], takes_number),
    adapt=takes_number,
    hints={
        "": (
            "n! overflows, its logarithm does not. Is there a library function for the logarithm of Γ?",
            "`torch.lgamma` takes tensors, `math.lgamma` takes Python numbers. Which of Γ(n) and Γ(n + 1) is n! ?",
            "Γ(n + 1) = n!. Tell a Python int from a tensor with `isinstance`.",
        ),
        cases.BILLION: (
            "It was called with 10**9. Do you compute n! first, or a sum over all factors? A Python int never "
            "overflows, but that factorial has more than 10**9 digits, and that sum 10**9 terms.",
            "For Python numbers there is a function in `math` that gives log Γ at once, without a product or a loop.",
            "It is `math.lgamma`, as quick for 10**9 as for 5. Which argument makes Γ the factorial of n?",
        ),
        "python-int": (
            "Call your function on 5, a Python int.",
            "`torch.lgamma` wants a tensor; `math.lgamma` wants a number.",
            "Ask `isinstance(n, int)` first, and return a Python float in that case.",
        ),
        **_FORM,
        "narrower-dtype": (
            "Print the dtype of each step, for a float64 tensor and for the Python int 5.",
            "A Python float has sixteen digits. `torch.tensor` of a Python float is float32, as `.float()` is: seven.",
            "Do not cast a tensor at all, and use `math.lgamma` for a Python int.",
        ),
    },
)

_ZERO = (
    "What is the largest entry of the zero vector, and what do you do with it?",
    "0/0 is nan, and the slope of a square root at 0 is infinite. Both have to be kept from being computed.",
    "Where the size is 0, divide by 1. Where the sum of squares is 0, take the root of 1. The size, still 0, makes the "
    "product 0.",
)

l2_norm = Exercise(
    name="l2_norm",
    behaviours=cases.L2_NORM,
    truth=truth.l2_norm,
    misconceptions=MISCONCEPTIONS["l2_norm"],
    conduct=_NORM,
    hints={
        "": (
            "Which step leaves the range first: the square, the sum or the root? And for which size of entries?",
            "Divide all entries by the largest size among them, and multiply the result by it.",
            "After the division every entry lies between -1 and 1 and the sum of squares between 1 and the number of "
            "entries. Only the zero vector needs thought.",
        ),
        cases.ZERO: _ZERO,
        "root-of-zero": _ZERO,
        "zero-by-zero": _ZERO,
        **_FORM,
    },
)

running_variance = AdaptedExercise(
    name="running_variance",
    behaviours=cases.RUNNING_VARIANCE,
    truth=truth.running_variance,
    misconceptions=_adapted(MISCONCEPTIONS["running_variance"], takes_stream),
    conduct=_VARIANCE,
    adapt=takes_stream,
    symptom=_negative,
    hints={
        "": (
            "Work out the sum of squared distances from the mean for [0, 1, 2], for [10, 11, 12] and for all six "
            "numbers. How much is missing when you add the first two?",
            "2 + 2 is 150 short of 154. What is missing grows with the square of the gap between the two means, here "
            "10, and with the counts, here 3 and 3.",
            "Merging m numbers with n new ones, whose means are `gap` apart: the sums of squares add up, plus "
            "gap² · m · n / (m + n); the mean moves by gap · n / (m + n). The first batch brings the first mean.",
        ),
        "mean-of-squares": (
            "Print the two numbers that you subtract, for a stream of numbers around 1000.",
            "They agree in nearly all their digits. Squares of distances from a *mean* are small from the start.",
            "Sum (batch - its mean)², and when two batches are merged add what the distance of their means "
            "contributes.",
        ),
        "far-from-zero": (
            "Print the numbers that you subtract, for a stream of numbers around 1000.",
            "A number of the size of the squared mean must not appear on the way to the variance.",
            "Subtract a mean first, then square. For a new batch: its own mean.",
        ),
        "stream": (
            "Try your function on a generator: `(b for b in batches)`.",
            "A generator gives each batch once, and what you do not keep is gone.",
            "One loop, and three numbers that are carried from batch to batch.",
        ),
        "gradient": (
            "Call your function on batches that require gradients, and look at the result's `grad_fn`.",
            "`.item()`, `float(...)` and `.tolist()` cut the result off from the batches.",
            "Keep mean and sum of squares as tensors; only the count need be a Python number.",
        ),
        **_FORM,
    },
)
