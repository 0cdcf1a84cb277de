"""What unit 06 says once a prediction is locked in.

In the notebook it would stand below the question, where it could be read too early.
"""

from __future__ import annotations

afterwards = {
    "lost-in-one": (
        "exp(-18) is 1.5e-8, an ordinary float32. Next to 1 the numbers are 1.2e-7 apart, so the sum is rounded to 1 "
        "exactly, and the logarithm of 1 is 0. The logarithm did nothing wrong: what it was given had lost everything. "
        "A detector with a hundred thousand easy negatives reports 0 for every one of them."
    ),
    "innocent": (
        "The subtraction was exact. exp(0.00001) is 1.00001000005; the float32 nearest to it is 1.0000100136. Eight "
        "digits, all of them as right as they can be. But the first five are the 1.0000, and the subtraction takes "
        "just these away."
    ),
    "first-zero": (
        "Below 6e-8, half the distance from 1 to the next number, nothing of x fits beside the 1. At 10⁻⁷ one single "
        "step of the grid is left: 1.19e-7, wrong in its first digit after the point. Move the slider there."
    ),
    "far-end": (
        "-expm1(-20) is 1 - 2e-9, and beside a 1 that is rounded away in float32. expm1 has kept the digits of a "
        "number near 0; here the number near 0 is exp(-x), and it is the *logarithm's* turn. (A published card calls "
        "this form correct to machine epsilon. Keep that in mind for the fact-check.)"
    ),
    "first-infinite": (
        "256 · 256 is 65536, and float16 ends at 65504. The norm of that vector is 256, an ordinary number: it was its "
        "square that nobody can hold."
    ),
    "negative": (
        "A negative variance. The mean of the squares and the square of the mean are both about 10⁸, where float32 "
        "numbers are 8 apart. Their difference, close to 1, is less than one step, so what you see is the sum of their "
        "roundings. (If you guessed 0: for 10000, 10001, 10002, 10003 it is.)"
    ),
    "last-bits": (
        "Both are right to within a few ulps, and no library promises more: they use different polynomials and round "
        "in different places. The dotted line is half an ulp, the error of the *nearest* float32. So never compare "
        "floats from two devices with `==`."
    ),
}
"""By the name of the prediction."""
