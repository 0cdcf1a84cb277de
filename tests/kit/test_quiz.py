"""Quiz answers: letters in any dress are judged, anything else is not attempted, the key stays sealed."""

import html
import re
from pathlib import Path

import pytest

from course.kit import quiz as module
from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED
from course.kit.quiz import LETTERS, Question, Quiz, seal

FEEDBACK = {letter: f"About option {letter}." for letter in LETTERS}
QUIZ = Quiz(
    [
        Question("quiz-1", FEEDBACK, "Think of the row.", seal("quiz-1", "C")),
        Question("quiz-2", FEEDBACK, "Think of the sum.", seal("quiz-2", "A")),
    ]
)


@pytest.mark.parametrize("value", ["C", "c", " C ", "c\n"])
def test_the_right_letter_is_correct_in_any_dress(value):
    result = QUIZ("quiz-1", value)
    assert (result.outcome, result.message, result.exercise) == (CORRECT, "About option C.", "quiz-1")


@pytest.mark.parametrize("letter", ["A", "B", "D"])
def test_a_wrong_letter_is_incorrect_with_feedback_of_its_own(letter):
    result = QUIZ("quiz-1", letter)
    assert (result.outcome, result.message) == (INCORRECT, f"About option {letter}.")
    with pytest.raises(AssertionError, match=f"About option {letter}"):
        result.require()


@pytest.mark.parametrize("value", ["?", "", "  ", None])
def test_no_answer_is_not_attempted_and_the_letters_are_named(value):
    result = QUIZ("quiz-1", value)
    assert result.outcome == NOT_ATTEMPTED
    assert "No answer yet. Set it to one letter: “A”, “B”, “C” or “D”." in result.message
    with pytest.raises(NotImplementedError, match="No answer yet"):
        result.require()


class Odd:
    def __eq__(self, other):
        raise RuntimeError("never compare me")

    __hash__ = None


STRANGE = ["E", "AB", "C)", "ß", 3, True, ["A"], {"A"}, b"A", "C" * 10_000]
HUGE = pytest.param(10**5000, id="an integer too long to print")


@pytest.mark.parametrize("value", [*STRANGE, HUGE, pytest.param(Odd(), id="an object that cannot be compared")])
def test_whatever_is_no_letter_is_not_attempted_in_one_short_sentence(value):
    result = QUIZ("quiz-1", value)
    assert result.outcome == NOT_ATTEMPTED
    assert "none of the options" in result.message
    assert "“A”, “B”, “C” or “D”" in result.message
    assert len(result.message) < 150


def test_each_question_has_its_own_key_and_its_hint():
    assert QUIZ("quiz-2", "A").outcome == CORRECT
    assert QUIZ("quiz-2", "C").outcome == INCORRECT
    assert QUIZ("quiz-2", "C").hint(1) == "Hint 1 of 1: Think of the sum."


@pytest.mark.parametrize("value", ["C", "?"])
def test_the_offer_of_a_hint_is_a_call_that_gives_it_since_the_cell_with_the_check_is_locked(value):
    result = QUIZ("quiz-2", value)
    (call,) = re.findall(r"Stuck\? Run (.+) in a new cell\.", str(result))
    assert eval(call, {"quiz": QUIZ}) == "Hint 1 of 1: Think of the sum."
    assert f"{html.escape(call)}</code> in a new cell." in result._repr_html_()
    assert "ask" not in result.as_dict()


def test_an_unknown_question_is_an_error_that_names_those_there_are():
    with pytest.raises(ValueError, match="no question 'quiz-9'; there are quiz-1, quiz-2"):
        QUIZ("quiz-9", "A")


def test_the_same_letter_is_sealed_differently_in_every_question():
    assert len({seal(f"quiz-{n}", "A") for n in range(50)}) == 50
    assert seal("quiz-1", "A") == seal("quiz-1", "A")
    assert len(seal("quiz-1", "A")) == 64


def test_a_question_without_all_four_letters_or_with_a_strange_digest_is_refused():
    with pytest.raises(ValueError, match="must have the letters A, B, C, D"):
        Question("quiz-1", {"A": "", "B": ""}, "", seal("quiz-1", "A"))
    with pytest.raises(ValueError, match="no letter opens the digest"):
        Question("quiz-1", FEEDBACK, "", seal("quiz-2", "A"))
    with pytest.raises(ValueError, match="must be one of"):
        seal("quiz-1", "E")


def test_only_letters_that_are_options_count_as_judged(capsys):
    QUIZ.judge({"quiz-1": " c ", "quiz-2": "X"})
    said = capsys.readouterr().out
    assert "quiz-1: correct" in said
    assert "“X” is none of the options" in said
    assert said.endswith("1 of 2 judged\n")
    QUIZ.judge({"quiz-1": "?", "quiz-2": 7})
    said = capsys.readouterr().out
    assert "A value of type int" in said
    assert "quiz-1" not in said
    assert said.endswith("0 of 2 judged\n")


def test_a_collection_of_answers_that_is_none_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="a dictionary of letters is wanted here, not list"):
        QUIZ.judge(["A", "B"])
    with pytest.raises(ValueError, match="no question 'quiz-9'"):
        QUIZ.judge({"quiz-9": "A"})


def test_quizzes_need_nothing_but_the_standard_library():
    text = Path(module.__file__).read_text()
    assert "torch" not in text
    assert "numpy" not in text
