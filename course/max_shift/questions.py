"""The quiz of unit 03 and its six fact-check verdicts: feedback for every option, a hint each, sealed keys."""

from __future__ import annotations

from course.kit.quiz import Question, Quiz

_QUESTIONS = (
    Question(
        "quiz-1",
        {
            "A": "The distances between the logits are what softmax sees, and a common shift leaves every distance "
            "as it was. Flatter weights come from dividing the logits, by a temperature above 1.",
            "B": "The largest exponential becomes 1, not the largest probability: it is still divided by the sum, "
            "which is now at least 1.",
            "C": "Numerator and sum are divided by the same exp(m), so their quotient sums to 1 as before.",
            "D": "Numerator and sum both lose the factor exp(m), and what is left is the quotient you had.",
        },
        "Write exp(x - m) as a product and see what the fraction does with the second factor.",
        "03202ad5d4407ad8e176f6c7500fb3668579859fa22a663ead6501b1881de5ee",
    ),
    Question(
        "quiz-2",
        {
            "A": "The second largest logit itself becomes exp(0) = 1, so the sum is at least 1.",
            "B": "Any shift, whatever it depends on, cancels from the value for all logits, so its own gradient "
            "cancels too.",
            "C": "Numerator and sum lose the same factor, so the quotients sum to 1 whichever logit is subtracted.",
            "D": "In [1000, 900, 0] the gap is 100, and exp(100) is inf in float32. No constant but the maximum, or "
            "one close to it, bounds the arguments from above.",
        },
        "Which arguments does `exp` get for the row [1000, 900, 0], and how small can the sum be?",
        "edb10bbbe0183f5ed87d3d56b3bfe0bd76177c45ccf0c266bcd3b5529e0d0355",
    ),
    Question(
        "quiz-3",
        {
            "A": "It would be so for one number, and nearly so if one leads by far. Eight equal ones exceed their "
            "maximum by ln 8.",
            "B": "The right width on the wrong side: a sum of positive terms is never smaller than its largest term, "
            "so m cannot exceed 10.",
            "C": "The sum lies between its largest term exp(m) and eight times that, so 10 is from m to m + 2.08.",
            "D": "The logarithm of a sum is not the sum of the logarithms. For 0 and 0 it is ln 2, and their sum is 0.",
        },
        "How small and how large can a sum of eight positive terms be, the largest of which is exp(m)?",
        "285386d592b0d4999b5f6a4e16f185f2a86dcac96824546c07fca0f8d87f5841",
    ),
    Question(
        "quiz-4",
        {
            "A": "The exact second weight, 2e-9, is nearer to 0 than to float16's smallest number, 6e-8. But the "
            "gradient goes through -1/0.",
            "B": "You are right about (i). For (ii): what is the derivative of -log p at p = 0, and what is that times "
            "0?",
            "C": "You are right about (ii). For (i): which number of float16 is nearest to 2e-9?",
            "D": "Both parts are the wrong way round. Nothing overflows in the weights; what does the logarithm meet?",
        },
        "exp(-20) is 2e-9, and the smallest positive float16 number 6e-8. What does that do to p₂, and what to log p₂?",
        "a91ee8eaad57094c3d2f5036f80406f339dbaae909fab2ff9045b36645047b83",
    ),
    Question(
        "quiz-5",
        {
            "A": "In value it does not. On the way back, the branch that was not chosen is multiplied by 0, and 0 · "
            "nan is nan.",
            "B": "The replaced loss sends nan back into its row of logits, and every weight sums over all 64 rows.",
            "C": "It would be so if 0 · nan were 0. It is nan.",
            "D": "The softmax of that row ties all of its classes together, and the weights are shared by all rows.",
        },
        "Follow the gradient of the bad row: first through `where`, then through the matrix product.",
        "daa21ce41f8fc674285cf462d3bd9941f709b71c908f53bf3376cb45a4c33fef",
    ),
)


def _claim(id_: str, feedback: dict[str, str], hint: str, digest: str) -> Question:
    """A claim of the fact-check; letters without words of their own are sent back to the measurement by the hint."""
    common = dict.fromkeys("ABC", f"The measurement says otherwise. {hint}")
    return Question(id_, {**common, "D": f"Code can decide it. {hint}", **feedback}, hint, digest)


_CLAIMS = (
    _claim(
        "A4",
        {
            "C": "The first row has all its signs reversed; the second keeps the signs and the sum, and two of its "
            "three numbers are wrong. Measured: -0.1137 0.0808 0.0329 and 0.2217 -0.2518 0.0300.",
        },
        "The entry of the true class has to be the only negative one. And is p - y of row three really three times "
        "0.1117 and 0.1400?",
        "d959e2fd89b9df5358c6c4ea73157615fd56908fef68ddfb9b8e97b3bbdfde65",
    ),
    _claim(
        "A5",
        {
            "A": "At the target, -1/0 is infinite; on the way back it meets a sum of inf and weights of 0, and inf "
            "· 0 and inf/inf are nan in all three entries.",
        },
        "Print the second row of the gradient.",
        "fe238130cb35d3b1da86f668ba90e4ab7251774d34b21655f11ac3534ede1ab7",
    ),
    _claim(
        "A6",
        {
            "B": "There is no condition under which the mean of these three losses is 2000. Which loss is?",
            "C": "2000 is the loss of row two alone; the mean of the three rows is 667.27.",
        },
        "A mean of 0.417, 2000 and 1.408 …",
        "53babe385897b07fe55a4a75dff167dca88ab629e66cbba14c771f42342c70e0",
    ),
    _claim(
        "A7",
        {
            "A": "Its entries do sum to 0, which makes it look right. What is p for the middle class?",
            "C": "p - y is (1, 0, -1), and a third of it is (1/3, 0, -1/3). The middle class has weight 0 and is "
            "not the target.",
        },
        "p of that row is 1, 0, 0 and y is 0, 0, 1.",
        "5b86f5c12596dd75dbff47e8dd1d1c8812e86cf244f5b60730c7f34ff0953e74",
    ),
    _claim(
        "L5",
        {
            "A": "Its largest term is exactly 1 and its sum lies between 1 and n, in every row. Other constants can "
            "do as well for a given row (192 of them did in the explorer), but none of the recipes did for all.",
            "B": "Which condition? You know a row that has no finite maximum, but the claim speaks of finite rows.",
            "C": "Can you find a finite row in which, after the shift by its maximum, a term is inf or the sum 0?",
        },
        "After the shift by the maximum, how large is the largest term, and how small can the sum be?",
        "586bbd2ea17b4ae54df82a01569fe1a25a76d6fcd62a73ad1c476e1b8ed21ba8",
    ),
    _claim(
        "L6",
        {
            "A": "Three of the four inputs that the cell tries come out wrong.",
            "B": "It holds for finite rows that are not empty. A row of -inf and a row with +inf give nan, and an "
            "empty row raises ValueError.",
            "C": "Like A9, it says more than is true, and a condition on the input would save it. Which?",
        },
        "For which inputs does the cell with the page's function print what it should?",
        "43564eb588fba3d7adec06163f7edd78e214766660b56112e8434dbcf3fc1f9c",
    ),
)

quiz = Quiz((*_QUESTIONS, *_CLAIMS))
