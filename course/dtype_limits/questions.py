"""The quiz of unit 02 and its five fact-check verdicts: feedback for every option, a hint each, sealed keys."""

from __future__ import annotations

from course.kit.quiz import Question, Quiz

_QUESTIONS = (
    Question(
        "quiz-1",
        {
            "A": "It can: exp(12) is 162755 and float32 goes on to 3.4e38. It is not asked to.",
            "B": "A cast keeps the value, as well as it can, and not the bits. (Keeping the bits is `view`.)",
            "C": "The result in float16 is not 65504: overflow gives inf at once. And float32 knows 65504 "
            "perfectly well.",
            "D": "Each line of a program sees only the value that the line before it left.",
        },
        "Print `torch.exp(x)` and its dtype before the cast.",
        "03202ad5d4407ad8e176f6c7500fb3668579859fa22a663ead6501b1881de5ee",
    ),
    Question(
        "quiz-2",
        {
            "A": "From 256 to 512 bfloat16's numbers are two apart. 257 lies half way and goes to the one whose last "
            "bit is 0, which is 256: the counter stands still for good.",
            "B": "Whole numbers are exact up to 2 to the power of fraction bits plus one, and in bfloat16 that is 256.",
            "C": "The numbers are two apart, that is right. 257 is half way, and a tie goes to the number whose last "
            "fraction bit is 0.",
            "D": "Its largest number is 3.4e38: eight bits are for the exponent. It is the digits that run out.",
        },
        "What is `ulp` of 256 in bfloat16, and how many fraction bits does 257 need?",
        "ea161055312270890d84a8eb2258179ac4e971333c697e8ec3cd9625c74c4aed",
    ),
    Question(
        "quiz-3",
        {
            "A": "On paper. But the chain rule multiplies exp(x), 3.8e-44, by the derivative of the logarithm, one "
            "over that; and is there a float32 number for it?",
            "B": "exp(-100) is subnormal and not 0, so its logarithm is finite. You are right about the gradient.",
            "C": "y is -99.98, since few digits of exp(-100) are left. The gradient is 1/3.8e-44 · 3.8e-44, and its "
            "first factor is inf.",
            "D": "Both parts are the wrong way round: exp(-100) is above 0, and its reciprocal is beyond 3.4e38.",
        },
        "exp(-100) comes out as 3.8e-44. What is the logarithm of that, and what is 1 divided by that?",
        "285386d592b0d4999b5f6a4e16f185f2a86dcac96824546c07fca0f8d87f5841",
    ),
    Question(
        "quiz-4",
        {
            "A": "The two ends are no mirror images. exp(-88) is 6e-39; which number is it to be compared with?",
            "B": "The switch takes all subnormal numbers away, so the smallest normal one, 1.2e-38, is the last.",
            "C": "1.4e-45 is subnormal, and so is everything between it and 1.2e-38. The switch makes 0 of all that.",
            "D": "That is where exp ends when subnormal numbers and rounding to the nearest are at work. The switch "
            "takes the first away.",
        },
        "Which is the smallest number of float32 that the switch leaves alone?",
        "d5c6a5fffbb7a9bb8167a7af38fdf28c246a3e648c9d01fa424d0ca46dbf8ffe",
    ),
    Question(
        "quiz-5",
        {
            "A": "Three digits are used up by 1000 itself. How far apart are float16's numbers there?",
            "B": "The spacing at 1000 is 0.5, not 0.25: 1000 lies between 512 and 1024, and there are 10 "
            "fraction bits.",
            "C": "The spacing is 0.5, so the choice is between 1000 and 1000.5. Which of them is nearer to 1000.2?",
            "D": "1000.2 is rounded before anything is subtracted; the subtraction itself is exact. The next unit "
            "shifts logits, which it may, and cannot bring this 0.2 back.",
        },
        "What is `ulp` of 1000 in float16, and between which two of its numbers does 1000.2 lie?",
        "b225d2a1df0189e54511ee38c1e2ee5d1e2261f0d120789c34694afd0a148968",
    ),
)


def _claim(id_: str, feedback: dict[str, str], hint: str, digest: str) -> Question:
    """A claim of the fact-check; letters without words of their own are sent back to the measurement by the hint."""
    common = dict.fromkeys("ABC", f"The measurement says otherwise. {hint}")
    return Question(id_, {**common, "D": f"Code can decide it. {hint}", **feedback}, hint, digest)


_CLAIMS = (
    _claim(
        "X3",
        {
            "A": "3.40e38 and 1.18e-38. With the word normal it is right: the smallest positive number of all is "
            "1.4e-45.",
            "B": "Which condition? It speaks of normal numbers, so the subnormal numbers are no objection.",
            "C": "It would be false of the smallest positive number. It speaks of the smallest normal one.",
        },
        "The table of limits has both numbers in its row for float32.",
        "1cbf27183730d2de873055976f45fac85dc854261c25401afb8b0fdf3c67cd4d",
    ),
    _claim(
        "G3",
        {
            "A": "exp(88) is 1.7e38, about half of the largest number, and exp(89) is inf. exp(80) and exp(-80) are "
            "both normal numbers. (Whether a clamp is a good idea is another question: beyond it all inputs look "
            "alike and have no gradient.)",
            "B": "A good instinct, since a clamp has a price. But the claim is about finite and above 0, and for every "
            "number, -inf and inf included, the clamped exponential is both.",
            "C": "Which half of it? exp(88) is finite and exp(89) is not; exp(-80) is a normal number.",
        },
        "Look at exp(88), exp(89), exp(80) and exp(-80) in the first cell.",
        "8f01eefe81eb01e3678d6e7145aed933652fa167d26a98676f3e6c2e8679b56e",
    ),
    _claim(
        "G15",
        {
            "A": "Near zero it is. Compare 3.8e-44 with the smallest normal number, 1.2e-38, and the two times.",
            "B": "With flush to zero it would be exactly 0; but the claim says *by default*, and the dtype is named. "
            "What is left to add?",
            "C": "It is 3.8e-44, far below the smallest normal number, and so subnormal. The two times that were "
            "printed show what your processor makes of it.",
        },
        "What kind of number does the first cell call exp(-100)?",
        "bcde66f696fb3e5f09cfb690e788a22aac1ac7b1b6ab4eff64789bc27dffd74c",
    ),
    _claim(
        "L8",
        {
            "A": "For a row of one. What does the first cell say for three logits of 10?",
            "B": "The sum has to fit too. Three logits of 10 overflow, and a thousand of them from 4.2 on. The limit "
            "of 11 holds for a row in which one term is nearly all of the sum.",
            "C": "For a row of a single logit it is right: 11.09. So it is not false outright.",
        },
        "exp(10) is 22032 in float16, and three times that is more than 65504.",
        "2f6186277f11fcc81b3ba6e00c4b893ea11decfc69fe80ffcb092e4b9e0056f5",
    ),
    _claim(
        "G16",
        {
            "A": "On a GPU. What does the last cell say about the CPU?",
            "B": "PyTorch's register has a rule for exp and softmax on CUDA and none on the CPU, where the dtype that "
            "comes in goes out.",
            "C": "For the CPU. But the register has a rule for both on CUDA, so it holds under a condition.",
        },
        "Compare the lines for CPU and CUDA in the last cell.",
        "c5e4843a5d751b61668a3b63d6d3169c9f895f112bf244227222929d6bd27b92",
    ),
)

quiz = Quiz((*_QUESTIONS, *_CLAIMS))
