"""The quiz of unit 01 and its four fact-check verdicts: feedback for every option, a hint each, sealed keys."""

from __future__ import annotations

from course.kit.quiz import Question, Quiz

_QUESTIONS = (
    Question(
        "quiz-1",
        {
            "A": "A rounding of exp costs a few digits of seven; it never makes a nan. Which two numbers are divided?",
            "B": "A quotient overflows only where it is itself too large, and 7.389 is not. What are the two numbers "
            "before they are divided?",
            "C": "inf does not remember by how much it is too large, so inf/inf cannot be told from any other ratio.",
            "D": "exp(a) / exp(b) = exp(a - b) holds exactly on paper. Of the two ways it is the first that fails.",
        },
        "Write down the numerator and the denominator as float32 holds them.",
        "f2979e911b6196c9f35ace0c7069deb19ec062b6b02b67179f88f7b7694f052f",
    ),
    Question(
        "quiz-2",
        {
            "A": "exp(20) is inf and 1/inf is 0, as near to 2e-9 as float16 comes. Backwards, 0 · inf is nan.",
            "B": "You are right about (ii). For (i): what is one over inf, and which float16 is nearest to 2e-9?",
            "C": "You are right about (i). For (ii): what is the slope of exp where it is inf, and what is that times "
            "0?",
            "D": "At 20 the small exponential underflows, which is harmless beside the 1, forward and back. What does "
            "exp get at -20?",
        },
        "Which of the two inputs makes exp(-x) overflow? Follow it forwards, then backwards.",
        "ea161055312270890d84a8eb2258179ac4e971333c697e8ec3cd9625c74c4aed",
    ),
    Question(
        "quiz-3",
        {
            "A": "The addition needs nothing, and log keeps what it gets. But which number is the derivative of exp "
            "made of?",
            "B": "That is what would happen without a safeguard. Autograd keeps a version number with every tensor it "
            "has kept.",
            "C": "Nothing is lost from the graph, and no number has become nan. What does exp need on the way back?",
            "D": "exp is its own derivative, so its result is what it keeps; the addition has changed it, and "
            "autograd notices.",
        },
        "Which number does exp need for its derivative, and is it still there?",
        "be2d4bb74a3a423ed6fa001864a515e6f750df89138af9595ba92333c544fffd",
    ),
    Question(
        "quiz-4",
        {
            "A": "Then the last argument is 198, and exp(198) is inf in float32. Which sign of an argument is the "
            "harmless one?",
            "B": "All arguments are then at most 0, and the largest term is 1. What underflows at the other end is "
            "nothing beside it.",
            "C": "The ends are then at -99 and 99, and exp(99) is inf in float32. Is there any need to protect the "
            "small ones?",
            "D": "On paper. In float32 inf/inf does not cancel, so it has to be avoided before the division.",
        },
        "exp of a float32 is inf from 89 on. Which arguments does each choice produce?",
        "d5c6a5fffbb7a9bb8167a7af38fdf28c246a3e648c9d01fa424d0ca46dbf8ffe",
    ),
    Question(
        "quiz-5",
        {
            "A": "A loss exp(x) has no symmetry about 0. The step is the learning rate times the *slope*, and what is "
            "the slope of exp at each place?",
            "B": "A difference of 24 between inputs is not a factor of 24 between outputs. What is it?",
            "C": "The slopes are exp(12) and exp(-12), and their ratio is exp(24), 2.6e10.",
            "D": "The step knows nothing of what is needed: it follows the slope, and at -12 that is 0.000006.",
        },
        "The step is proportional to the slope, and exp is its own slope. What is exp(12) / exp(-12)?",
        "83032206b9fc4968cca19ee91eb5ae79799c2274beb7a7c07f7379948a6ea9d1",
    ),
    Question(
        "quiz-6",
        {
            "A": "That is where a linear schedule would be, with equal differences. Which mean belongs to equal "
            "ratios?",
            "B": "100 times the start is two decades up, and there are six decades in all. Where is half of six?",
            "C": "1 is the middle of what feels small and large, but the ends are four decades below it and two above.",
            "D": "Six gaps, six decades: 0.0001, 0.001, 0.01, 0.1. The exponents -4 and 2 have the mean -1.",
        },
        "Write both ends as powers of ten, and go up in six equal steps.",
        "c2263fe57ea5c0a71447fac38e9a22d14087caa4ae47139b147b5a99fc32ae35",
    ),
)


def _claim(id_: str, feedback: dict[str, str], hint: str, digest: str) -> Question:
    """A claim of the fact-check; letters without words of their own are sent back to the measurement by the hint."""
    common = dict.fromkeys("ABC", f"The measurement says otherwise. {hint}")
    return Question(id_, {**common, "D": f"Code can decide it. {hint}", **feedback}, hint, digest)


_CLAIMS = (
    _claim(
        "G1",
        {
            "A": "exp(10) is 22026, so the second half holds. For the first: the best word got a share of 0.30. Where "
            "was the rest?",
            "B": "exp(10) is 22026. exp(-10), 0.000045, is practically zero beside one larger number; fifty thousand "
            "of it outweighed a 1, by 2.28 to 1.",
            "C": "Both halves can be saved: the second as it stands, the first under a condition on how many there "
            "are.",
            "D": "Once it is said what *practically* means, code can. The text above the cell says it.",
        },
        "What did all the other words hold together?",
        "4168a4a860b32a19b1c95b4000086e73f9532d519f201f040ec025712096df0d",
    ),
    _claim(
        "G8",
        {
            "A": "The cell tried it. What did it print?",
            "B": "The claim itself names its condition, Python floats, and under just that one it fails.",
            "C": "`torch.log` wants a tensor; with two Python floats it raises a TypeError. `math.log(end / start)` "
            "works.",
        },
        "Look at what the cell printed for G8.",
        "270c7b4ec04129be7435f4d3c04f6b654777154714ab54581342d1d408c89b96",
    ),
    _claim(
        "G11",
        {
            "A": "Compare the times of 1 and of 1000 elements in the table. A thousand times the work is not a "
            "thousand times the time.",
            "B": "It holds far above the floor: from 100 000 elements on, ten times the numbers take ten times as "
            "long. Below, the time is that of starting. And new memory may cost extra.",
            "C": "For small tensors it is false. Look at the lower half of the table too.",
        },
        "Go down a column of the table: by which factor does the time grow for ten times the elements, at the top and "
        "at the bottom?",
        "363e963c509ba571cefc28fb89ae078a2b7dc04f537e081497855b631cdaa31c",
    ),
    _claim(
        "G13",
        {
            "A": "It may, in three ways: by the last digits, by all of them near 0 (1e-8 comes back as 0), and by inf "
            "or -inf where exp leaves the range.",
            "B": "The claim says *may*. One number that comes back changed is enough for it, and no condition is left "
            "out.",
            "C": "On paper they are equal. What did the cell print for 100, -200 and 1e-8?",
        },
        "Look at what the cell printed for G13.",
        "e3872d5bec6616d8c8e55de9ca8c7f0f67f7acab3f8d2f3d853ad93542175a11",
    ),
)

quiz = Quiz((*_QUESTIONS, *_CLAIMS))
