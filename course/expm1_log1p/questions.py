"""The quiz of unit 06 and its six fact-check verdicts: feedback for every option, a hint each, sealed keys."""

from __future__ import annotations

from course.kit.quiz import Question, Quiz

_QUESTIONS = (
    Question(
        "quiz-1",
        {
            "A": "The logarithm of a float near 1 comes out right to the last bit. It is only the logarithm of another "
            "number than you meant.",
            "B": "What is left of x after the addition is all that any logarithm can work with. log1p never adds.",
            "C": "It does not, and it need not: it gives all digits in float16 too, and in float64, where nothing "
            "wider is at hand.",
            "D": "The result is about x, and x was an ordinary number. Zero comes out because of the sum, not because "
            "of the range.",
        },
        "Print 1 + x, and the distance from 1 to the next float.",
        "c2bd32f35e175466d7419919b405f9445f8ca295731b6a4167491d8bc355e793",
    ),
    Question(
        "quiz-2",
        {
            "A": "You are right about (ii). For (i): what is 1 + exp(-20) in float32?",
            "B": "Right about the value. For the gradient, follow the two slopes back: that of log at 1, then that of "
            "exp at -20. Is anything subtracted?",
            "C": "The value is log(1) = 0. The gradient is a product of slopes, 1 and exp(-20), and products do not "
            "cancel: training goes on while the reported loss says 0.",
            "D": "Both parts are the wrong way round. Work out 1 + exp(-20) in float32 first, then the two slopes.",
        },
        "exp(-20) is 2e-9. Backpropagation multiplies 1 / (1 + exp(x)) by exp(x).",
        "8c2664b932a0c2fcc6442e7099e55bd8ad1637d13797b60b732359462f184c2f",
    ),
    Question(
        "quiz-3",
        {
            "A": "Below ln 2 the exponential is nearer to 1 and expm1 keeps what is left; above, it is nearer to 0 and "
            "log1p does. In the middle both lose about a bit.",
            "B": "They give nearly the same float there, as they do all around. That makes a switch harmless; it does "
            "not say which to use on which side.",
            "C": "expm1(-x) lies between -1 and 0 for every positive x. It never overflows.",
            "D": "log(1 - exp(-x)) is negative for every x, and nothing special happens to it there.",
        },
        "What is exp(-ln 2), and what is good about that number?",
        "e7bd9c36f29a8bcf97fa442356413ae93ed9751d11fcf1215c69e1f4529974b4",
    ),
    Question(
        "quiz-4",
        {
            "A": "That is the right answer, and it would take expm1 to get it: log1p has only carried it to the last "
            "step.",
            "B": "Nothing here is undefined: the exponent is 1.2e-11 and its exponential a little more than 1.",
            "C": "Such a number comes out where one step of the grid beside 1 survives. 1.2e-11 is far below half of "
            "that step.",
            "D": "log1p saves the rate, exp(1.2e-11) rounds to 1, and the subtraction shows that nothing is left. Half "
            "a cure is none.",
        },
        "Which float32 is nearest to exp(1.2e-11)?",
        "195b16148862f7a0daefa608b57b9d65c87b570ade0092b29159fde2873bbb56",
    ),
    Question(
        "quiz-5",
        {
            "A": "Each mean is. But both are about 10^6, and the variance is what their difference leaves: about 1.",
            "B": "Each mean is off by up to 0.03 or so, half a step of the numbers near 10^6, and the difference is "
            "about 1: one or two digits.",
            "C": "That would be the loss if one factor of 1000 were lost. The square of the mean is a million times "
            "the variance.",
            "D": "It can be negative when the mean is larger still. Here the errors are a few hundredths.",
        },
        "How far apart are float32 numbers near 10^6, the size of both means of squares?",
        "daa21ce41f8fc674285cf462d3bd9941f709b71c908f53bf3376cb45a4c33fef",
    ),
)


def _claim(id_: str, feedback: dict[str, str], hint: str, digest: str) -> Question:
    """A claim of the fact-check; letters without words of their own are sent back to the measurement by the hint."""
    common = dict.fromkeys("ABC", f"The measurement says otherwise. {hint}")
    return Question(id_, {**common, "D": f"Code can decide it. {hint}", **feedback}, hint, digest)


_CLAIMS = (
    _claim(
        "X9",
        {
            "A": "At x = 20 it is 0, and -2.06e-9 is right. No digit is.",
            "B": "For small x it is right to the last bit. From about 3 on it loses digits, and at 20 float32 has none "
            "left. “For x up to about 1” is missing. A kind of claim to remember: it was tried at small x, where it is "
            "perfect, and printed for all.",
            "C": "For some x it is as right as can be. Which?",
        },
        "Look at the errors from the top of the table to the bottom.",
        "e314b507a8e31b9dd2443bfd71c99d03f7d376d151c7955c1110bca6f1d21bb1",
    ),
    _claim(
        "X10",
        {
            "A": "In one of the four dtypes the sum is not 1.",
            "B": "In float16, bfloat16 and float32 it does. float64 has an epsilon of 2.2e-16 and keeps six digits of "
            "the summand. A dtype is missing from the claim.",
            "C": "In three of the four dtypes it does round to 1.",
        },
        "Which dtype does the claim name, and in which does it hold?",
        "a05ac0901989de877fcbd33d02464ac5eb29901960a7ccfe9a3756248e0d8a67",
    ),
    _claim(
        "X11",
        {
            "A": "Γ(170) is 4.3e304. Which factorial is that?",
            "B": "Which condition would turn 4.3e304 into 1e306?",
            "C": "Γ(170) is 169! = 4.3e304, and not the last: 170! = Γ(171) = 7.3e306 is. The claim has the index of "
            "the one and nearly the size of the other.",
        },
        "Γ(n + 1) = n!. Which is the largest n that did not overflow, and what was its factorial?",
        "c6c9fdd5d7358bd47bba07c2372ca72c4caca9e1bfceb7828bbb4c17c72323a0",
    ),
    _claim(
        "X13",
        {
            "A": "At a gap of 90 the product is inf, like the quotient.",
            "B": "Wherever -log p is below 88.7 the product is finite. But there the quotient was finite already, so "
            "nothing was *made* safe.",
            "C": "exp(-log p) is 1/p: the same number, too large for the dtype in the same places. What helps is to "
            "stay in log space: exp(log q - log p), with both in one exponent.",
        },
        "At which gap does the quotient become inf, and at which the product?",
        "0b17579a3d794f967c2fe85d4304a1d482f2340271b13631a86f03468e5da368",
    ),
    _claim(
        "X14",
        {
            "A": "The square of such an entry alone is beyond the largest number, in all four dtypes. (Several entries "
            "can overflow together a little earlier; the claim does not deny it.)",
            "B": "Is there a dtype in which the entry just above the root gave something finite?",
            "C": "In which dtype was the norm finite just above the root of the largest number?",
        },
        "Read the two columns for each dtype: just below and just above the root.",
        "e0829524fd2ecc3013ef0fe96051c7e27591372949fb7c177de0294f182b2713",
    ),
    _claim(
        "X15",
        {
            "A": "The squared mean as the variance does not give what the layer gives.",
            "B": "With a mean whose square happens to be the variance the two agree, but that is a coincidence and not "
            "a condition of the method.",
            "C": "The layer divides by √(variance + epsilon). The epsilon keeps a constant feature from being divided "
            "by 0; the squared mean has no part in it.",
        },
        "Which of the two differences is rounding, and which is not?",
        "9def1fc35e1737739881b53a4f6204931ac3aef96551490063cd38beef09d68c",
    ),
)

quiz = Quiz((*_QUESTIONS, *_CLAIMS))
