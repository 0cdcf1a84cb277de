"""What unit 05 says once a prediction is locked in.

In the notebook it would stand below the question, where it could be read too early.
"""

from __future__ import annotations

afterwards = {
    "certain": (
        "σ(20) is 0.999999998, and the nearest float32 is 1. So 1 - p is 0, its logarithm -inf, and the label's "
        "1 - y = 0 was to switch that half off: but 0 · (-inf) is nan. `inf` would be right for a model that is "
        "wrong; this one was right. One such label makes the mean of the whole batch nan."
    ),
    "zero": (
        "-89, five times as far out as 17. But why so soon? The exact value, 2.2e-39, is a subnormal number that "
        "float32 holds. The sigmoid is computed as 1/(1 + exp(-z)), and exp(89) is inf. In float64 the two ends are "
        "37 and -710."
    ),
    "clamped": (
        "Once the sigmoid is 1, the loss is 100, whether the logit was 17 or 200; and since the slope of a sigmoid "
        "that has saturated is p(1 - p) = 0, nothing comes back. The label that is most badly wrong is the one that no "
        "longer counts. `inf and nan` would at least have been noticed."
    ),
    "frozen": (
        "-27. The way back leads through the probability: the library computes (p - y) / (p(1 - p)), and the sigmoid "
        "multiplies that by p(1 - p). The divisor is kept above 1e-12, and from z = -28 on that is larger than the "
        "real one. At z = -40 the loss says 40, all digits right, and the gradient is -4e-6. A loss curve shows "
        "nothing of it."
    ),
    "mirror": (
        "PyTorch computes (1 - y)·z - log σ(z). For the label 1 the first term is 0 and the small one survives. For "
        "the label 0 it is -20 + 20.000000002, and float32 keeps 20 for the second. The gradient is right in both "
        "cases, so training does not suffer; but a loss that is read, logged or compared does."
    ),
    "survival": (
        "A cross marks the end of the run by hand: the step at which a logit passes 8.3 for a label of 1, where "
        "float16 rounds the sigmoid to 1. From there on every gradient is nan, and after it every weight."
    ),
}
"""By the name of the prediction."""
