"""What unit 07 says once a prediction is locked in.

In the notebook it would stand below the question, where it could be read too early.
"""

from __future__ import annotations

afterwards = {
    "true-slope": (
        "Not tiny, and not 40 either: −1, as far as it can go. The loss is 40, and however wrong the model becomes, "
        "the loss keeps growing with a slope of 1. That softmax is saturated here does not matter, and the next "
        "section says why."
    ),
    "squared-slope": (
        "Zero, to sixteen decimal places. The error p − y is as large as it can be, and still nothing arrives: on its "
        "way back through softmax the slope is multiplied by p of the true class, which is 4e-18. In the explorer, "
        "follow the dashed curve to the left."
    ),
    "relearned": (
        "To the last bit what it was before. A step of 1.7e-17 beside a logit of 20 is lost in rounding. No inf, no "
        "nan, no warning: a loss of 2.0 that will never move, beside one that is learning."
    ),
    "jacobian-size": (
        "50 000 × 50 000 numbers of 4 bytes, for one row of one batch. No library builds it, and you need not: what a "
        "backward pass wants is its product with one vector."
    ),
    "too-sure": (
        "Positive: gradient descent pushes the right answer *down*. The smoothed target is 0.91, the model says 0.999, "
        "and p − q is 0.089. Smoothing pulls from both sides."
    ),
    "best-step": (
        "Two errors pull in opposite directions. The curvature's shrinks with h²; the rounding's grows as the two "
        "values come to agree in more and more digits, which the subtraction then throws away. They meet near "
        "1e-5, the cube root of machine epsilon. No step makes all sixteen digits right."
    ),
    "first-nan": (
        "`where` sent back an honest 0, and the logarithm multiplied it by its own slope at 0, which is 1/0 = inf: "
        "0 · inf is nan. Note what detect_anomaly gave you: the *first* nan on the way back, not the place where you "
        "noticed it."
    ),
    "peak-memory": (
        "Each operation that autograd records keeps what its backward pass will need, and the way back makes new ones "
        "of the same size. Your Function keeps what you saved and nothing else. On a CPU the naive form takes 6, "
        "LSE - z takes 4, and PyTorch's fused loss 3."
    ),
}
"""By the name of the prediction."""
