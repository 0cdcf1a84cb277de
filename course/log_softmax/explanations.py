"""What unit 04 says once a prediction is locked in.

In the notebook it would stand below the question, where it could be read too early.
"""

from __future__ import annotations

afterwards = {
    "cliff": (
        "exp(-103) rounds to 1.4e-45, the smallest number that float32 has, whose -log is 103.279; exp(-104) rounds to "
        "0, and -log(0) is inf. Another dtype only moves the cliff, and the loss of our row was 2000."
    ),
    "before-the-cliff": (
        "The loss goes through log p, and its derivative through 1/p. p is 5.5e-42, and 1/p is beyond the largest "
        "float32: inf, and inf times 0 further back is nan. From a distance of 89 on the loss looks healthy and the "
        "step destroys the weights. *The rule it leaves behind*: a healthy loss is no proof of a healthy gradient."
    ),
    "epsilon": (
        "The probability is 0, so the loss is -log(1e-8) = 18.4 for *every* row this bad, and the derivative of a "
        "constant is 0. "
        "(-1e8 is the derivative of the logarithm there; on the way to the logits it is multiplied by a probability "
        "that is 0.) The crash is gone, and so is what the model should have learned: from its worst mistakes it "
        "learns nothing. `clamp(min=1e-8)` does the same. *The rule it leaves behind*: an epsilon inside a logarithm "
        "turns a crash into silence. If log(0) can happen, the formula is wrong, not the number."
    ),
    "sum-of-two": (
        "Near 300 bfloat16 holds every second whole number. The log-sum-exp, 302.13, is rounded to 302, and the two "
        "log-probabilities come out as -2 and 0: probabilities of 0.135 and 1. With the second class true, the loss "
        "is exactly 0 (0.127 is right), and its gradient along that logit is 0 (-0.119 is right). Nothing is inf, "
        "nothing is nan."
    ),
    "smoothed": (
        "PyTorch puts 0.4/4 on *every* class, so the true one gets 0.6 + 0.1. The other convention, 0.4/3 on each of "
        "the three others and 0.6 on the true class, is in papers and in public articles too. Both are fine; what "
        "hurts is to believe that one is using the other."
    ),
    "detour": (
        "Both start from z - m, and its rounding costs both the same. The detour rounds once more, when the logarithm "
        "of the sum is subtracted: half an ulp of a number near -100, which exp turns into a relative error a hundred "
        "times as large. Blanchard, Higham and Higham (2021) compare the bounds, and recommend the shifted softmax. "
        "*The rule it leaves behind*: if a logarithm comes next, never make the probability; if the probability is "
        "what you need, do not go through the logarithm."
    ),
    "peak": (
        "Logits, softmax, logarithm: three tensors of the same size, alive together. The fused loss has two, and "
        "yours, which never has more than a chunk, fits into a fraction of one."
    ),
}
"""By the name of the prediction."""
