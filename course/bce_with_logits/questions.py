"""The quiz of unit 05 and its six fact-check verdicts: feedback for every option, a hint each, sealed keys."""

from __future__ import annotations

from course.kit.quiz import Question, Quiz

_QUESTIONS = (
    Question(
        "quiz-1",
        {
            "A": "The logarithm of a float close to 1 is computed to the last digit. What is wrong is the float.",
            "B": "From 17 on every p is exactly 1, so no function of p can give 17 for one of them and 20 for another.",
            "C": "The sigmoid divides by 1 + exp(-z), and exp(-20) is small. exp(20) is 4.9e8 and would be fine too.",
            "D": "It is 2e-9, and float32 goes down to 1e-38 with all its digits.",
        },
        "What is σ(20) in float32? And σ(25)?",
        "c2bd32f35e175466d7419919b405f9445f8ca295731b6a4167491d8bc355e793",
    ),
    Question(
        "quiz-2",
        {
            "A": "The loss is a logarithm of p, the gradient a quotient in which p stands twice. They need not agree.",
            "B": "σ(-40) is 4e-18, and its logarithm -40: far from the cut at -100. Your answer to (ii) is right.",
            "C": "The loss is 40, all digits right. The gradient is -4e-6 where -1 is right: the divisor p(1 - p) is "
            "kept above 1e-12.",
            "D": "Both parts are the wrong way round. Set the explorer to z = -40 and y = 1.",
        },
        "Set the explorer to z = -40 and y = 1, and read the two clamped rows.",
        "8c2664b932a0c2fcc6442e7099e55bd8ad1637d13797b60b732359462f184c2f",
    ),
    Question(
        "quiz-3",
        {
            "A": "1 - 2e-9 rounds to 1, and its logarithm is 0.",
            "B": "With y = 0 that is -20 + 20.000000002, and float32 has 20 for the second: 0.",
            "C": "1 + 2e-9 rounds to 1, and its logarithm is 0. With log1p it would be right.",
            "D": "For a label of 0 the whole loss is softplus(z), and nothing in it cancels or rounds to 1.",
        },
        "Follow the small number through each formula: where does it meet a number near 1 or 20?",
        "be2d4bb74a3a423ed6fa001864a515e6f750df89138af9595ba92333c544fffd",
    ),
    Question(
        "quiz-4",
        {
            "A": "Every term has the factor y = 0. A softmax has no way to learn that nothing is there.",
            "B": "ln 40 is the loss of one true class under equal logits. Here no class is true. What does y = 0 do to "
            "each term?",
            "C": "A binary loss has a second half, -(1 - y)·log(1 - p), which speaks for the zeros. The softmax's loss "
            "has none.",
            "D": "A softmax sums to 1 whatever the labels are; it does not know them.",
        },
        "Write down the sum with all y = 0.",
        "a91ee8eaad57094c3d2f5036f80406f339dbaae909fab2ff9045b36645047b83",
    ),
    Question(
        "quiz-5",
        {
            "A": "So it would be for a class weight, which multiplies ones and zeros alike. `pos_weight` multiplies "
            "the ones only.",
            "B": "99 times 1 photo weighs as much as the 99 photos without it. (So such a model no longer states "
            "frequencies.)",
            "C": "The ones count 99 times, and there are 99 times fewer of them.",
            "D": "Ones and zeros both pull; what pulls at p = 1 is the loss of the zeros, which is infinite there.",
        },
        "Set the slope to 0: what the ones pull, 99 · 0.01 · (1 - p), against what the zeros pull, 0.99 · p.",
        "daa21ce41f8fc674285cf462d3bd9941f709b71c908f53bf3376cb45a4c33fef",
    ),
)


def _claim(id_: str, feedback: dict[str, str], hint: str, digest: str) -> Question:
    """A claim of the fact-check; letters without words of their own are sent back to the measurement by the hint."""
    common = dict.fromkeys("ABC", f"The measurement says otherwise. {hint}")
    return Question(id_, {**common, "D": f"Code can decide it. {hint}", **feedback}, hint, digest)


_CLAIMS = (
    _claim(
        "X6-first",
        {
            "A": "From -80 to 80 every digit shown agrees: -softplus(-z) is about z at one end and -exp(-z) at the "
            "other, and nothing cancels in between. (It takes a good softplus: the library's, with its threshold, "
            "loses digits in float64.)",
            "B": "Which condition? With a good softplus it agrees with the exact value at every z that was tried.",
            "C": "Can you find a z at which it differs from the exact value to its right?",
        },
        "Compare -softplus(-z) with the exact value to its right.",
        "097122a4eef2572c92e626dfc7f5474e365fa6594bd8dba05ed293eb6d8317e9",
    ),
    _claim(
        "X6-second",
        {
            "A": "At z = -20 it gives 0 where -2.06e-9 is right, and at -9 few of the digits are left.",
            "B": "On paper always, in float32 only where z is not far below 0: there -z and softplus(-z) are nearly "
            "the same number. Written as -softplus(z) it would hold everywhere.",
            "C": "It says more than is true, and a condition on z would save it. Which?",
        },
        "Compare -z - softplus(-z) with the exact value to its right, for z below 0 and above.",
        "db6a01d4c03db2e1feaeaa36bf25e3582da450189b95ad8566b197c6ae811129",
    ),
    _claim(
        "X7",
        {
            "A": "At z = 20 with the label 1 it gives 0 where 2.06e-9 is right, and at 9 few of the digits are left.",
            "B": "It holds where the loss is not small: the error is never much more than a rounding of 1. Where the "
            "model is sure and right the loss is smaller than that, and log1p is needed. (Its gradient is right even "
            "there.)",
            "C": "Look at z from -80 to 0: the digits are right. So a condition would save it. Which?",
        },
        "Compare the last two columns, for z below 0 and above.",
        "b6479d99b922ff2a8871f7a0d7258f85cf07673a8dda24f27059be91e3ee18bf",
    ),
    _claim(
        "X17-agree",
        {
            "A": "One half of the formula is 0 · (-inf). It is the *right* predictions that turn into nan.",
            "B": "Which further condition? Formula, dtype and label are all stated, and both signs of z give nan.",
        },
        "Read the two rows in which the label agrees.",
        "e9b3ac60b21753a3ab43dab7b07b5439075efba3e54c0b89c7da43745e06f24b",
    ),
    _claim(
        "X17-disagree",
        {
            "A": "That would be 0 · (-inf). Here the logarithm of 0 is multiplied by 1.",
            "C": "It is inf, both times: 1 · (-inf), plus a half that is 0. The exact loss is 200.",
        },
        "Read the two rows in which the label disagrees.",
        "50bafabaa0ec4edf7ae0c64c7f76685367353342256e7eca8643a11fe68d9b94",
    ),
    _claim(
        "X17-library",
        {
            "B": "Under which condition would it be nan? All four rows have a number.",
            "C": "It is 0 or 100: its logarithms end at -100, and 0 · (-100) is 0. Wrong, but never nan.",
        },
        "Read the last number of each row.",
        "65220ee53ea24695d89cff5a23cb1f1a0bd58f89f2e8becda6ec1725acc8fc7a",
    ),
)

quiz = Quiz((*_QUESTIONS, *_CLAIMS))
