"""What unit 03 says once a prediction is locked in.

In the notebook it would stand below the question, where it could be read too early.
"""

from __future__ import annotations

afterwards = {
    "row-two": (
        "exp(1000) is inf in float32, and so is the sum. inf/inf is nan; the other two are a finite number over "
        "inf, which is 0. If you said `nan, 0, nan`, you are in good company: a published article prints exactly "
        "that. But exp(-1000) is 0, and nothing about 0/inf is undefined."
    ),
    "survivors": (
        "A weight's gradient adds up the contributions of all rows, and nan plus anything is nan: one row's nan "
        "reaches everything that the rows share. From now on every forward pass gives nan, for good rows too."
    ),
    "window": (
        "Every c from 912 to 1103 works, 192 of the 2001: the largest argument, 1000 - c, then lies between -103 "
        "and 88. (With several large logits in the row, digits are lost before the upper end is reached.)"
    ),
    "recipes": (
        "True is a row without a nan. The maximum of the batch drowns the small rows; "
        "a shift that is at least 0 cannot lift very negative "
        "ones; mean and minimum leave the largest logit far above 0."
    ),
    "fixed-loss": (
        "A finite softmax and an infinite loss. (2000 was a good guess: it is what the mathematics says.) The "
        "weight of class three is exp(-2000), which came out as 0, and -log(0) is inf. "
        "The gradient of the row is nan again. This run, too, would be dead after one step."
    ),
    "large-negative": (
        "Softmax does not notice a common shift, and three times -1e9 is three times 0. No nan, and yet worse: "
        "the model now attends evenly to words that are not there, and nothing in the logs says so."
    ),
    "order": (
        "10000/0.001 is ten million, where float32 numbers are 1 apart: the two quotients are rounded to whole "
        "numbers, and their difference of 1.95 to 1. Subtracting close numbers is often called dangerous; but floats "
        "within a factor of two of each other subtract exactly. What hurts is a rounding before it, which it lays "
        "bare. So subtract first."
    ),
    "slowdown": (
        "The bar called shifted is the function you wrote. A diamond is what its trips through memory alone would "
        "take, and the percentage their share of the bar."
    ),
    "rescale": (
        "exp(x - 3) times exp(3 - 5) is exp(x - 5): the shift is changed afterwards, without a second look at x. "
        "The factor is at most 1, so it cannot overflow. exp(5 - 3) is the same idea the wrong way round."
    ),
}
"""By the name of the prediction."""
