"""The quiz of unit 04 and its five fact-check verdicts: feedback for every option, a hint each, sealed keys."""

from __future__ import annotations

from course.kit.quiz import Question, Quiz

_QUESTIONS = (
    Question(
        "quiz-1",
        {
            "A": "That is the other convention, with 0.2/4 on each of the four others. PyTorch's share goes to all "
            "five.",
            "B": "0.8 stays with it, and 0.2/5 = 0.04 comes back as its own share.",
            "C": "Then the weights would sum to 1.2. What the others get has to come from somewhere.",
            "D": "That would be so for a smoothing of 1: the uniform distribution. Here 0.8 stays with the true class.",
        },
        "Write down all five weights. They sum to 1, and four of them are equal.",
        "c2bd32f35e175466d7419919b405f9445f8ca295731b6a4167491d8bc355e793",
    ),
    Question(
        "quiz-2",
        {
            "A": "The sum is 1 + 0, its logarithm 0, and the shifted logit, -500, never went through an exponential.",
            "B": "It stays in float32, and float64 would only move the end of the range to -745.",
            "C": "With a constant the result would stop at its logarithm: about -18 for 1e-8.",
            "D": "The shifted logit is still -500, and its exponential is still 0. The shift cures overflow.",
        },
        "Write out (z - m) - log Σ exp(z - m) for this row, and look for the place of the 0.",
        "ea161055312270890d84a8eb2258179ac4e971333c697e8ec3cd9625c74c4aed",
    ),
    Question(
        "quiz-3",
        {
            "A": "Neither part. What is -log(1e-8), and how does it change when the logit changes?",
            "B": "The loss is finite, but far from 50. And no nan arises: nothing here is divided by 0.",
            "C": "You are right about (i). For (ii): the derivative of log(p + 1e-8) along the logit is p/(p + 1e-8).",
            "D": "p is 2e-22, which the constant drowns: the loss is 18.4, and its derivative 2e-22/1e-8 times -1.",
        },
        "p is 2e-22. Which of the two terms of p + 1e-8 does the logarithm see?",
        "be2d4bb74a3a423ed6fa001864a515e6f750df89138af9595ba92333c544fffd",
    ),
    Question(
        "quiz-4",
        {
            "A": "That is the mean of two perplexities. The exponential is taken last, of the mean over all 40 tokens.",
            "B": "You averaged the two means as if the texts were equally long.",
            "C": "(10 · 2 + 30 · 4) / 40 = 3.5: every token counts once.",
            "D": "Perplexity is per token: the total loss has to be divided by the 40 tokens.",
        },
        "How large is the total loss of all 40 tokens?",
        "ba1ef78ca61cf25dfec520c80a3ed71288ca978dbe17d4ba19fd3184423695f6",
    ),
    Question(
        "quiz-5",
        {
            "A": "`logsumexp` shifts inside, so nothing overflows. Look at what happens to its result.",
            "B": "Near 500 the log-sum-exp is rounded to an even number, and so is the difference.",
            "C": "No logarithm of a single exponential is taken, and the sum is at least 1 after the shift.",
            "D": "The formula is right on paper. Which numbers does bfloat16 have near 500?",
        },
        "How far apart are the numbers of bfloat16 between 256 and 512?",
        "daa21ce41f8fc674285cf462d3bd9941f709b71c908f53bf3376cb45a4c33fef",
    ),
)


def _claim(id_: str, feedback: dict[str, str], hint: str, digest: str) -> Question:
    """A claim of the fact-check; letters without words of their own are sent back to the measurement by the hint."""
    common = dict.fromkeys("ABC", f"The measurement says otherwise. {hint}")
    return Question(id_, {**common, "D": f"Code can decide it. {hint}", **feedback}, hint, digest)


_CLAIMS = (
    _claim(
        "G14",
        {
            "C": "z - m is at most 0, and the logarithm of a sum that is at least 1 is not negative, so no "
            "log-probability is above 0, whatever is rounded. What may pass 1 by a few ulps is the *sum* of a row.",
            "B": "In which dtype was the largest probability above 1? The sums are another matter.",
        },
        "Look at the largest log-probability of a million, in each dtype.",
        "0981898f3289cf919bdd5074f7ebcb7587431478d00ef5a1c0bf6bb51687db98",
    ),
    _claim(
        "L2",
        {
            "A": "It holds for a softmax without a shift. Which direct way has neither overflow nor the larger error?",
            "B": "Without the shift the direct way overflows. With it, it is right, and the detour is less exact.",
            "C": "Something of it is true: what happens to exp(1000) / sum? Which words are missing?",
        },
        "There are two direct ways, and you have written both: which of them overflows?",
        "ff6e40858c1912af503d3b327316f69a38228d958b00bd48b5b791be3100ea07",
    ),
    _claim(
        "L4",
        {
            "A": "At 5, 20 and 80 the two columns have the same error. From where on is it true?",
            "B": "It holds where the probability is subnormal or 0: beyond a loss of about 88 in float32, and of about "
            "10 in float16. Below that both are equally right.",
            "C": "Look at 100 and 103.",
        },
        "Compare the two columns line by line: where do they part?",
        "3e97c8a4c581c4e72f0574447def4ba6cbcdab4347dda67f756f3d3319220404",
    ),
    _claim(
        "C3",
        {
            "B": "A condition under which PyTorch does this? It has no such option; the convention is fixed.",
            "C": "The weights it uses are 0.925 for the true class and 0.025 for each of the others: every class got "
            "0.1/4.",
        },
        "The gradient is p - q, so q can be read off: p minus the gradient.",
        "0ea5fe91362026ba5115c68bffb6f22e94e2a2539132835ceebe850fd94d26b4",
    ),
    _claim(
        "C6",
        {
            "A": "It has exponentials, and they may underflow, but they are only summed, beside a 1. No logarithm "
            "meets a 0.",
            "B": "Which condition? It gave -2000 in every dtype, float16 included.",
            "C": "It does take exponentials, and some may come out as 0. Is one of these ever alone under a logarithm?",
        },
        "In (z - m) - log Σ exp(z - m), which logarithm could be of 0?",
        "2b53542f079cd06cefd58283ec021d0bf67f63ee642fa1e30ebd18860b0663cd",
    ),
)

quiz = Quiz((*_QUESTIONS, *_CLAIMS))
