"""The quiz of unit 03 and its twelve fact-check verdicts: feedback for every option, a hint each, sealed keys."""

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
            "A": "Any shift, whatever it depends on, cancels from the value for all logits, so its own gradient "
            "cancels too.",
            "B": "In [1000, 0, 0] the mean is 333.3, and exp(666.7) is inf in float32. The mean bounds nothing from "
            "above.",
            "C": "A rounded shift is the same rounded number above and below the bar and cancels all the same.",
            "D": "Both are one pass over the row. Speed is not what decides here.",
        },
        "Try the row [1000, 0, 0]. What is the largest argument of exp after the shift?",
        "2577520cf4ad133e2d4e938bcb04aedae32c30d931b6ee7f649a413e2237b89b",
    ),
    Question(
        "quiz-3",
        {
            "A": "The logarithm of a sum is not the sum of the logarithms. For 0 and 0 it is ln 2, and their sum is 0.",
            "B": "It is never below m: the sum of the exponentials contains exp(m) itself.",
            "C": "The sum lies between its largest term exp(m) and k times that; the logarithm makes m and m + ln k "
            "of it.",
            "D": "The shift changes how it is computed, not what it is. For k equal numbers it exceeds m by ln k.",
        },
        "How small and how large can a sum of k positive terms be, the largest of which is exp(m)?",
        "285386d592b0d4999b5f6a4e16f185f2a86dcac96824546c07fca0f8d87f5841",
    ),
    Question(
        "quiz-4",
        {
            "A": "No argument is above 0, which settles overflow. Nothing bounds the arguments from below, and "
            "exp(-104) is already 0 in float32.",
            "B": "You are right about (i). For (ii), put the row [1000, 1, -1000] through your function and look.",
            "C": "You are right about (ii). For (i): after the shift, what is the argument of a logit of 1000 that "
            "is the largest of its row?",
            "D": "Both parts are the wrong way round: look at the largest and the smallest argument after the shift.",
        },
        "After the shift all arguments lie between -infinity and 0. Which end is bounded?",
        "a91ee8eaad57094c3d2f5036f80406f339dbaae909fab2ff9045b36645047b83",
    ),
    Question(
        "quiz-5",
        {
            "A": "A mean is a sum first. nan plus 63 good numbers is nan, and so is a 64th of it.",
            "B": "Every weight's gradient is a sum over all 64 rows, and one of the terms is nan.",
            "C": "It would be so if 0 · nan were 0. It is nan.",
            "D": "The whole row of the logits' gradient is nan, so every class is hit, and through the sum every "
            "weight.",
        },
        "The gradient of the weight matrix is a matrix product that sums over the rows of the batch.",
        "daa21ce41f8fc674285cf462d3bd9941f709b71c908f53bf3376cb45a4c33fef",
    ),
)


def _claim(id_: str, feedback: dict[str, str], hint: str, digest: str) -> Question:
    """A claim of the fact-check; letters without words of their own are sent back to the measurement by the hint."""
    common = dict.fromkeys("ABC", f"The measurement says otherwise. {hint}")
    return Question(id_, {**common, "D": f"Code can decide it. {hint}", **feedback}, hint, digest)


_CLAIMS = (
    _claim(
        "A1",
        {"C": "It gives nan, 0, 0: exp(-1000) is 0, and 0/inf is 0."},
        "What is 0 divided by inf?",
        "ef6126a2325e90538295a0c046d7c27ad00f55f186710497cbeac3ed766b7718",
    ),
    _claim(
        "A2",
        {"A": "All six numbers are what float32 gives, and the exact ones agree."},
        "Print rows one and three with four digits.",
        "6b6f1fa6b747e3d895657f5dfa5190dc199f248b85878641ef6d42e51a82567a",
    ),
    _claim(
        "A3",
        {"A": "-log(0) is inf, and a mean with one inf in it is inf."},
        "What is the loss of row two alone?",
        "e06831177051aa7a727b8ae3bd492e29706ec178e8db73c9188b4aa2bd2a2303",
    ),
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
        "A8",
        {
            "A": "In exact arithmetic they are tiny and positive. What does the tensor hold?",
            "B": "In which dtype would they not be 0? Try float64, the widest there is here.",
            "C": "Both are exactly 0 in every dtype, float64 included, whose smallest positive number is 4.9e-324.",
        },
        "Compare exp(-999) with the smallest positive float64.",
        "7e346deea506f58b648b5c530389ae92fc34157ccff39ebc52f20dc31f2ba31a",
    ),
    _claim(
        "A9",
        {
            "A": "On paper. Put a shift of 0 into the row [1000, 1, -1000].",
            "B": "It holds in exact arithmetic; in float32 it cannot hold beyond about 88 below and 103 above the "
            "row's maximum, and towards the upper end digits go first.",
            "C": "In exact arithmetic it is true, and near the maximum it is true in floats as well.",
        },
        "You measured the window of shifts that work.",
        "265ba1f1e7471438e2c9d1263c8728c9ae4d45af3d6f1d7775ec83a069352ca0",
    ),
    _claim(
        "A10",
        {
            "A": "Every weight's gradient sums over the rows, and 0 · nan is nan, so not even a zero input protects a "
            "weight.",
            "B": "Try it with a hidden state of zeros in the bad row: what is 0 · nan?",
        },
        "How many of the nine weights survived the step?",
        "0f8db033fa2238de4604f2df9f5cf34b2fe1c10c90e0fe6cf7ae359c2f6a5dcb",
    ),
    _claim(
        "L5",
        {
            "A": "Its largest term is exactly 1 and its sum lies between 1 and n, in every row. Other constants can "
            "do as well for a given row (192 of them did for yours), but none of the recipes did for all.",
            "B": "Which condition? You know a row that has no finite maximum, but the claim speaks of finite rows.",
            "C": "Can you find a finite row in which, after the shift by its maximum, a term is inf or the sum 0?",
        },
        "After the shift by the maximum, how large is the largest term, and how small can the sum be?",
        "586bbd2ea17b4ae54df82a01569fe1a25a76d6fcd62a73ad1c476e1b8ed21ba8",
    ),
    _claim(
        "L6",
        {
            "B": 'A condition such as "for finite, non-empty rows" would make it true; the claim says every input.',
            "C": "A row of -inf and a row with +inf give nan instead of -inf and inf, and an empty row raises "
            "ValueError.",
        },
        "Look at the last three lines that the cell with the page's function prints.",
        "09d550f057f3f1dc369740cce6be4be6d45e0e3702034a1ec6004395e4c347cb",
    ),
)

quiz = Quiz((*_QUESTIONS, *_CLAIMS))
