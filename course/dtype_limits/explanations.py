"""What unit 02 says once a prediction is locked in.

In the notebook it would stand below the question, where it could be read too early.
"""

from __future__ import annotations

afterwards = {
    "exp-12": (
        "A result that is too large becomes inf; it is not cut off at the largest number, and nothing stops the "
        "program. (In integer arithmetic, or with an explicit clamp, 65504 would have been a good guess.) The nan "
        "comes one step later: inf, divided by a sum that is inf. The other two weights are a finite number over inf, "
        "which is 0. float16 would have held every one of the three right weights."
    ),
    "spacing": (
        "2^17 / 2^7 = 1024: seven fraction bits make 128 steps out of a stretch that is 131072 long. So bfloat16 holds "
        "exp(12) and prints 162816. It has bought float32's range and paid with digits: two to three of them are left."
    ),
    "rescue": (
        "The two that cast *before* exp work. Casting afterwards turns an inf of float16 into an inf of float32, and a "
        "wider sum adds up what is lost already. bfloat16 gets through as well; its weights are good to two or three "
        "digits. The rule it leaves behind: cast up before the exponential, while the number is still small."
    ),
    "minus-100": (
        "Not 0: exp(-100) lies above float32's smallest positive number. It is 26.5 times that number on paper, only "
        "whole multiples of it exist down there, and so it became 27 of them: 1.7 % off, where float32 is otherwise "
        "good to 0.00001 %. Nothing warns you of that."
    ),
    "minus-17": (
        "A result is rounded to the *nearest* number. 4.14e-8 is more than half of 5.96e-8, so it goes up, 44 % off. "
        "Only below half of the smallest number is 0 the nearest. So exp does not end at the logarithm of the smallest "
        "number but about ln 2 = 0.69 further down. At the upper end the same rule gains next to nothing, because an "
        "ulp is a small part of a large number."
    ),
    "autocast": (
        "Left: what one call costs, by dtype. Right: what an operator returns inside autocast when it is given "
        "the dtype of the column, and whether that is finite: for scores up to 12, and sum for a thousand times 100. A "
        "GPU's autocast has a rule for exp, softmax, log and sum, and takes them to float32. The CPU's has none for "
        "them: what comes in as float16 goes out as float16, and the row from the beginning is nan again. A claim such "
        "as *autocast takes care of exp* is about one kind of device."
    ),
}
"""By the name of the prediction."""
