"""What unit 01 says once a prediction is locked in.

In the notebook it would stand below the question, where it could be read too early.
"""

from __future__ import annotations

afterwards = {
    "step": (
        "The slope of the penalty is exp(x) - 1: 22025 at 10, and -0.99995 at -10. A tenth of that is the step, and so "
        "of two mistakes of the same size one gets a step 22 000 times as long as the other. (0 was a natural guess: "
        "gradient descent is known for small, careful steps. But a step is only as small as the slope.)"
    ),
    "back": (
        "Far on the left exp(x) is 0 and the slope of the penalty is -1, whatever x is: each step moves x by 0.1, and "
        "there are 2192 to go. From -10 it takes 95. No value was ever inf or nan, and the neuron is lost all "
        "the same."
    ),
    "share": (
        "At a width of 5 the ten largest hold 99.4 % of the sum, and the other ninety are as good as absent. (1 % "
        "would be right if all inputs were equal.) The picture on the right is also that of the slopes: the gradient "
        "of the sum is held by the same few inputs. The last number on each card says how fast the largest one's share "
        "p grows with its own x: by p(1 - p), 0.156 here. At a width of 30 it is 0.000005 (and float32 has one "
        "digit of that right: 1 - p leaves no more): who has all gets hardly any gradient."
    ),
    "ratio": (
        "Both exponentials are 0, in float64 too: exp(-1000) is 5.1e-435. 0/0 is nan. What made the two texts "
        "different, the 2 in the exponent, was lost before the division began."
    ),
    "sigmoid": (
        "exp(1000) is inf, 1/inf is 0, and the value is right. On the way back the slope of 1/u at u = inf is 0, the "
        "slope of exp there is inf, and 0 times inf is nan. A test of the value passes, and the first backward pass "
        "ends the run."
    ),
    "in-place": (
        "exp is its own derivative, so autograd keeps the result for the way back, and the doubling has overwritten "
        "it. Every tensor has a version counter, by which autograd sees that; it prefers an error to a wrong gradient."
    ),
    "floor": (
        "The first row of the table is what starting costs. Below the number that came out, exp of a tensor costs "
        "nearly the same whatever its size; far above it, ten times the elements take ten times as long. On a CPU it "
        "is about a thousand, and on a GPU far more: it does many numbers at once."
    ),
    "copy": (
        "The dashed line is a copy, the least that an operator can take whose numbers come from memory. (Small tensors "
        "stay in the cache, which is quicker.) What lies above it is arithmetic, and for the dotted curve also finding "
        "new memory. The half-precision dtypes move half of the bytes."
    ),
}
"""By the name of the prediction."""
