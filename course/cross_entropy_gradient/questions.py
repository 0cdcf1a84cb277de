"""The quiz of unit 07 and its four fact-check verdicts: feedback for every option, a hint each, sealed keys."""

from __future__ import annotations

from course.kit.quiz import Question, Quiz

_QUESTIONS = (
    Question(
        "quiz-1",
        {
            "A": "It would be so for −log of a softmax. Log-softmax subtracts logits: 0 − 2000, no probability in it.",
            "B": "The loss grows with the gap, its slope does not: p − y lies between −1 and 1.",
            "C": "That is the squared error's fate. Here the logarithm cancels softmax's vanishing Jacobian.",
            "D": "LSE − z is 2000, an ordinary number, and p − y is −1 at the true class and 1 at the other. (What "
            "lies behind the logits may have larger slopes: a weight's is p − y times its input.)",
        },
        "Write down LSE(z) − z_t for the logits 0 and 2000, and then p − y.",
        "03202ad5d4407ad8e176f6c7500fb3668579859fa22a663ead6501b1881de5ee",
    ),
    Question(
        "quiz-2",
        {
            "A": "p − y is −1 and 1 there, as large as it can be.",
            "B": "Every slope that goes back through softmax is multiplied by a p or by 1 − p. −log p brings a 1/p "
            "that cancels it; (p − y)² brings nothing of the kind.",
            "C": "The loss is 2 there, the largest it can be, and nothing underflows in it.",
            "D": "With a shift the probabilities are right, and the slope is as small as before.",
        },
        "Which factors does the slope meet between the loss and the logits?",
        "2577520cf4ad133e2d4e938bcb04aedae32c30d931b6ee7f649a413e2237b89b",
    ),
    Question(
        "quiz-3",
        {
            "A": "The shifted softmax of the first class is exp(−200) = 0 in float32, and −log(0) is inf. The backward "
            "pass never looks at the loss: p − y = (−1, 1).",
            "B": "You are right about (ii). For (i): which float32 is exp(−200)?",
            "C": "You are right about (i). For (ii): does a backward pass written by hand use the value of the loss?",
            "D": "Both parts are the wrong way round.",
        },
        "Which of the two passes takes a logarithm?",
        "e7bd9c36f29a8bcf97fa442356413ae93ed9751d11fcf1215c69e1f4529974b4",
    ),
    Question(
        "quiz-4",
        {
            "A": "That would give a relative difference of 2.",
            "B": "The step is far too small for float32, not too large.",
            "C": "z + 1e-8 is z for every float32 of 0.25 or more, so n is 0 and |a − 0|/|a| is 1. It says nothing "
            "about the gradient: check in float64.",
            "D": "That would give 0.5, since a would be half of n.",
        },
        "How far apart are float32 numbers near 1, and what is n if both values are equal?",
        "ba1ef78ca61cf25dfec520c80a3ed71288ca978dbe17d4ba19fd3184423695f6",
    ),
    Question(
        "quiz-5",
        {
            "A": "grad_output is the slope of whatever comes *after* this loss, with respect to this loss.",
            "B": "Then grad_output is the weight or the scale, and it has to be multiplied on.",
            "C": "It is 1 only where `backward()` is called on this very number.",
            "D": "1/N is harmless in any dtype: a batch of a thousand gives 0.001.",
        },
        "Call it on (0.5 * loss) and write down the chain rule.",
        "daa21ce41f8fc674285cf462d3bd9941f709b71c908f53bf3376cb45a4c33fef",
    ),
)


def _claim(id_: str, feedback: dict[str, str], hint: str, digest: str) -> Question:
    """A claim of the fact-check; letters without words of their own are sent back to the measurement by the hint."""
    common = dict.fromkeys("ABC", f"The measurement says otherwise. {hint}")
    return Question(id_, {**common, "D": f"Code can decide it. {hint}", **feedback}, hint, digest)


_CLAIMS = (
    _claim(
        "C2",
        {
            "A": "The first half holds. Look at the second: which number is the slope at the true class?",
            "B": "Another loss would save it, such as the squared error. But the card is about cross-entropy.",
            "C": "Nearly one-hot, yes. But the slope at the true class is −1, the largest there is. It is the squared "
            "error's that is tiny: −1.7e-17.",
        },
        "What did the first prediction of this unit show?",
        "c57d703bf737573a21b66faa0ef2e8e6b0c75cb01a1c78bd463424b11bae1fdc",
    ),
    _claim(
        "C4",
        {
            "A": "To the last bit or two, in every row. (The mean divides it by N, smoothing replaces 1[i = y], and "
            "what comes after the loss is multiplied on; the claim speaks of one row's loss.)",
            "B": "Which condition is missing? The claim speaks of the loss of one row, so a 1/N has no place in it.",
        },
        "How large is the largest difference that the cell prints, beside float32's machine epsilon, 1.2e-7?",
        "a20f2d8c9523175ffab03fb97372991c8c26863688dd36e00c1bcfa9bc2f1907",
    ),
    _claim(
        "C5",
        {
            "A": "With respect to the logits it cannot happen: there the slopes are 1 at most.",
            "B": "With respect to p it is −1/p, −2.4e17 here; with respect to a weight it is p − y times an input, "
            "which may be large. With respect to the logits it is at most 1. The claim does not say which.",
            "C": "You have an example of a huge one before you. With respect to what?",
        },
        "The cell prints three gradients of one loss. Which are bounded?",
        "917410898cb2fcbbd983c92d7f93eb87f28738c3ccbc424ee3039642e0d4de4c",
    ),
    _claim(
        "G22",
        {
            "A": "It does for entries of size 1. Look at the line for entries of size 10.",
            "B": "Where the entries of q and k are independent and of size 1, scaled scores have a standard deviation "
            "of 1 for every d. With entries of size 10 it is 100, and nearly all weight is on one place.",
            "C": "For entries of size 1 it does exactly what it promises: compare d = 64 and d = 4096.",
        },
        "Which of the two, d or the size of the entries, does the division by √d make up for?",
        "078b5cb9b628b6716a086e77871013ca21dbf7b543226ac8e8c9cc402b8e4b97",
    ),
)

quiz = Quiz((*_QUESTIONS, *_CLAIMS))
