"""The instant checks of unit 02: five functions that ask a dtype for its limits, or work around them."""

from __future__ import annotations

import math

import torch

from course.dtype_limits import cases, truth
from course.dtype_limits.misconceptions import MISCONCEPTIONS
from course.kit.check import Case, Conduct, Exercise
from course.kit.check.case import name_of

_FORM = {
    "wrong-dtype": (
        "Print the dtype of what comes in and of what goes out, for a float16 tensor.",
        "A spacing of the dtype's numbers is itself a number of that dtype, so it can be returned as one.",
        "Keep the input's `dtype` in a variable before you change anything, and end with `.to(dtype)`.",
    ),
    "modifies-input": (
        "Print the input before and after the call.",
        "Look for an operation that writes into it: a name that ends in `_`, `-=`, or an assignment to a slice.",
        "`x.abs()` makes a new tensor, `x.abs_()` changes the caller's. The same goes for `exp` and `clamp`.",
    ),
    "wrong-result-dtype": (
        "Print the dtype of what you return.",
        "The result is float32, whichever half precision comes in. Cast once, and not back.",
        "`x.float()` gives float32, and everything computed from it stays float32.",
    ),
}
"""Hints for faults that have nothing to do with the exercise at hand."""


def _unlike_a_power_of_two(value: torch.Tensor, case: Case) -> str:
    """Every spacing is a power of two."""
    numbers = value.flatten().tolist()
    odd = [n for n in numbers if math.isfinite(n) and n != 0 and math.frexp(abs(n))[0] != 0.5]
    return f"A spacing is a power of two, which {odd[0]:.4g} is not." if odd else ""


def _not_of_the_dtype(value: torch.Tensor, case: Case) -> str:
    """An end of the range has to be a number of the dtype it is the end for."""
    dtype = case.keywords["dtype"]
    held = value.to(dtype).item()
    return "" if held == value.item() else f"{name_of(dtype)} has no such number; it would make {held} of it."


exp_in_float32 = Exercise(
    name="exp_in_float32",
    behaviours=cases.EXP_IN_FLOAT32,
    truth=truth.exp_in_float32,
    misconceptions=MISCONCEPTIONS["exp_in_float32"],
    conduct=Conduct(
        forbidden=frozenset(),
        against_float64="Every float16 and every bfloat16 number is a float32 number too, so float32 is wide enough, "
        "and it is what you return.",
    ),
    hints={
        "": (
            "There are two moments at which a number can be rounded here: when it is cast, and when the exponential "
            "is taken. At which of them does 12 become inf in float16?",
            "Every float16 and every bfloat16 number is also a float32 number, so casting *up* costs nothing. Do it "
            "while the number is still small.",
            "One line: cast the input to float32, take the exponential of that, return it as it is.",
        ),
        "conduct": (
            "float32 in and out: is there any float64 on the way, or a change of the caller's tensor?",
            "`.double()` is more than is asked for; `.float()` is enough. `exp_()` works in the memory it is given.",
            "`x.float()` makes a new tensor, so nothing that you do to that one reaches the caller.",
        ),
        **_FORM,
    },
)

_BITS = (
    "Write down the next number above 1 in float32, and its distance from 1. Which attribute of `torch.finfo` is it?",
    "Two ways lead there: the next number up from |x| minus |x|, or machine epsilon times the power of two at or below "
    "|x|. Each of them has to be kept from going wrong at the ends.",
    "The first way: take a = |x|, but no more than the largest number divided by 1.5 (`clamp(max=...)`; up there all "
    "numbers are equally far apart), then `torch.nextafter(a, infinity) - a`. Where `nextafter` is missing for a "
    "dtype, view the tensor as integers of its size (`.view(torch.int16)` …) and add 1.",
)

ulp = Exercise(
    name="ulp",
    behaviours=cases.ULP,
    truth=truth.ulp,
    misconceptions=MISCONCEPTIONS["ulp"],
    symptom=_unlike_a_power_of_two,
    conduct=Conduct(
        forbidden=frozenset(),
        against_float64="A spacing of x's dtype is itself a number of that dtype, and can be found in it.",
    ),
    hints={
        "": _BITS,
        "powers-of-two": (
            "At 4, float32's numbers above are twice as far apart as those below. Which of the two gaps is asked for?",
            "Away from zero is upwards for |x|. So the absolute value has to come first, and then the neighbour above.",
            "If you use an exponent: `floor(log2(x))` is rounded just below a power of two. `torch.frexp` reads the "
            "exponent from the bits, with a mantissa from 1/2 to 1, so its exponent is one more than you need.",
        ),
        "ends": (
            "Three places need a thought: 0, the numbers below `finfo.smallest_normal`, and the largest finite number.",
            "From 0 up to twice the smallest normal number the spacing does not change: it is the smallest subnormal "
            "number, smallest_normal · eps. And at the largest number the next one is inf.",
            "Bound |x| from above by something in the last stretch (all its numbers have one spacing), such as the "
            "largest number divided by 1.5. Bound it from below by the smallest normal number if you use an exponent.",
        ),
        "conduct": (
            "What comes back for a tensor of shape (2, 1, 2, 3) in bfloat16? Shape and dtype should be the same.",
            "float64 is not needed: the spacing of a dtype is a number of that dtype. And the caller's x stays.",
            "`torch.full_like(a, torch.inf)` is infinity in a's shape, dtype and device.",
        ),
        **_FORM,
    },
)

_SEARCH = (
    "How would you look up a word in a dictionary of 65 536 pages if all you can ask of a page is before or after?",
    "Bisection, but between numbers that the dtype has. The bits of the positive ones, read as integers, are in the "
    "order of the numbers: 0 first, infinity right after the largest.",
)

_ASK = (
    "Where does the number that you return come from, and who would find it for a fifth dtype?",
    "Any number of a dtype can be tried: `torch.exp(torch.tensor(number, dtype=dtype))`. Your number is a good start.",
    "Make a tensor of the dtype from your number. While `torch.exp` says that it is over the end, step back, and while "
    "its neighbour is not, step on. `torch.nextafter` gives the neighbours.",
)

largest_finite_exp = Exercise(
    name="largest_finite_exp",
    behaviours=cases.LARGEST_FINITE_EXP,
    truth=truth.largest_finite_exp,
    misconceptions=MISCONCEPTIONS["largest_finite_exp"],
    symptom=_not_of_the_dtype,
    hints={
        "": (
            *_SEARCH,
            "`torch.tensor([n], dtype=torch.int32).view(torch.float32)` is number n of float32 (int16 and int64 for "
            "the other sizes). Start with low = 0 and high = the number of infinity, halve the distance while they are "
            "not neighbours, and keep exp of low finite and exp of high infinite. Return low's number as a Python "
            "float. (A shorter way: start at the rounded logarithm of the largest number and step with `nextafter`, "
            "in either direction.)",
        ),
        "never-asks-exp": _ASK,
        "off-the-grid": (
            "Cast your answer to the dtype and back. Is it still the same number?",
            "A bisection between Python numbers ends at the place where rounding to the dtype changes sides, and that "
            "is half way between two of its numbers.",
            "Round every candidate to the dtype, and return the candidate as the dtype holds it: "
            "`torch.tensor(candidate, dtype=dtype).item()`. And stop when there is no number in between.",
        ),
    },
)

smallest_nonzero_exp = Exercise(
    name="smallest_nonzero_exp",
    behaviours=cases.SMALLEST_NONZERO_EXP,
    truth=truth.smallest_nonzero_exp,
    misconceptions=MISCONCEPTIONS["smallest_nonzero_exp"],
    symptom=_not_of_the_dtype,
    hints={
        "": (
            "It is the same search as before, on the other side of 0. What changes: the sign, the question, the end?",
            "Bisect over the bits of the *positive* numbers again, and ask for the exponential of minus that number.",
            "Number 0 has the exponential 1, infinity has exp(-inf) = 0. Keep exp(-low) above 0 and exp(-high) equal "
            "to 0 until low and high are neighbours, and return minus low's number as a Python float.",
        ),
        "forgets-rounding": (
            "What is `torch.exp(torch.tensor(-17.0, dtype=torch.float16))`, and which number is half of it?",
            "A result is rounded to the nearest number. 0 is nearest only below *half* of the smallest positive one.",
            "Either subtract another ln 2 from your logarithm and then look at the neighbours, or ask `torch.exp` and "
            "let it do the rounding.",
        ),
        "stops-at-normal": (
            "Print `torch.finfo(torch.float32).tiny` and `torch.exp(torch.tensor(-100.0))`. Which is smaller?",
            "`tiny` and `smallest_normal` are the same number, and subnormal ones lie below it, down to tiny · eps.",
            "Search with the question `exp(x) > 0`, and let x go down to where the answer changes.",
        ),
        "never-asks-exp": _ASK,
        "off-the-grid": (
            "Cast your answer to the dtype and back. Is it still the same number?",
            "A logarithm of half the smallest number tells where the end is, not which number of the dtype comes last.",
            "Round every candidate to the dtype, and return it as the dtype holds it: "
            "`torch.tensor(candidate, dtype=dtype).item()`. And stop when there is no number in between.",
        ),
    },
)

exp_is_safe = Exercise(
    name="exp_is_safe",
    behaviours=cases.EXP_IS_SAFE,
    truth=truth.exp_is_safe,
    misconceptions=MISCONCEPTIONS["exp_is_safe"],
    conduct=Conduct(forbidden=frozenset(), float64_detour=True),
    hints={
        "": (
            "Overflow begins above one certain number, and that depends on the dtype alone. You have a function for "
            "it.",
            "Compare every number of x with `largest_finite_exp(x.dtype)`. Which word is right, *all below* or *none "
            "above*, if nan is to count as safe?",
            "Is any number above the limit? Then it is not safe. `bool(...)` makes True or False of a tensor.",
        ),
        "limit-rounds-up": (
            "Compare `torch.tensor(11.09375, dtype=torch.float16) <= math.log(65504)` with the same in Python numbers.",
            "A Python number that meets a tensor in a comparison is rounded to the tensor's dtype first, and rounding "
            "can go up.",
            "Use a limit that is itself a number of the dtype; then nothing is rounded. Exercise 3 finds it.",
        ),
        "no-overflow": (
            "What are exp(-inf), exp(nan) and exp(+inf), and which of them is an overflow for this exercise?",
            "With nan every comparison is False. So asking whether all numbers are at most the limit, and asking "
            "whether none is above it, are two questions.",
            "`(x > limit).any()`, elementwise first and reduced afterwards, has -inf, nan and +inf right without any "
            "further thought. `x.max()` has not: it becomes nan.",
        ),
        "computes-exp": (
            "Which part of the work would be the same for every x of one dtype?",
            "The limit of the dtype needs no exponential of x; your `largest_finite_exp` finds it from single numbers.",
            "Find the limit first, then compare all of x with it.",
        ),
        **_FORM,
    },
)
