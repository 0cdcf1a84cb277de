"""A result's outcome, hints and renderings."""

import re

import pytest

from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED, RESULT_MIME, CheckError, Result

WRONG = Result(
    "softmax",
    "dim",
    INCORRECT,
    "The row `a < b` & co is <script>alert(1)</script>.",
    misconception="no-shift",
    title="No shift",
    details=(("input", "logits = [1, <b>]"),),
    passed=("ordinary",),
    failed=("dim",),
    hints=("first", "second", "third `code`"),
)


def test_an_incorrect_result_raises_its_message_with_the_misconceptions_name():
    with pytest.raises(CheckError, match=r"^\[no-shift\] The row"):
        WRONG.require()


def test_the_exception_of_an_incorrect_answer_is_an_assertion_error():
    assert issubclass(CheckError, AssertionError)


def test_a_missing_answer_raises_not_implemented_and_a_right_one_nothing():
    with pytest.raises(NotImplementedError, match="no answer"):
        Result("softmax", None, NOT_ATTEMPTED, "There is no answer here yet.").require()
    assert Result("softmax", None, CORRECT, "Yes.").require() is None


@pytest.mark.parametrize("outcome", [INCORRECT, NOT_ATTEMPTED])
def test_ipython_shows_the_message_of_the_error_and_no_way_into_the_kit(outcome):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shown = []
    shell._showtraceback = lambda kind, value, lines: shown.append("\n".join(lines))
    shell.user_ns["result"] = Result("softmax", None, outcome, "Look at the row's maximum.")
    shell.run_cell("result.require()")
    assert len(shown) == 1
    assert shown[0].endswith("Error: Look at the row's maximum.")
    assert shown[0].count("\n") == 0  # one line, where a traceback would need several


def test_hints_come_one_at_a_time_and_a_number_out_of_range_says_which_there_are():
    assert WRONG.hint(1) == "Hint 1 of 3: first"
    assert WRONG.hint(3).startswith("Hint 3 of 3")
    for n in (0, 4, "x", None):
        assert ".hint(1) to .hint(3)" in WRONG.hint(n)
    assert "no hints" in Result("a", None, CORRECT, "").hint()


def test_a_right_answer_that_asks_for_a_hint_still_is_told_that_it_is_right():
    for n in (1, 3):
        assert "This is right" in Result("a", None, CORRECT, "", hints=("one", "two", "three")).hint(n)


def test_a_single_hint_is_spoken_of_as_one():
    alone = Result("quiz-1", None, INCORRECT, "No.", hints=("think",), ask='quiz("quiz-1", "?").hint()')
    assert alone.hint(2) == "There is one hint: ask for .hint(1)."
    assert alone.hint() == "Hint 1 of 1: think"


def test_code_and_emphasis_are_set_in_titles_and_messages_and_left_alone_in_what_a_report_reads():
    result = Result("ulp", None, INCORRECT, "Take `x` *first*.", misconception="late", title="`abs` comes *late*")
    page = result._repr_html_()
    for marks in ("`", "*"):
        assert marks not in page
    assert page.count("<em>") == page.count("</code>") == 2
    assert result.as_dict()["message"] == "Take `x` *first*."
    named = Result("ulp", None, INCORRECT, "It raises E: `<img src=x>` *<b>* …", title="*<i>*")
    assert not re.search("<(img|b|i)[ >]", named._repr_html_())


def test_no_rendering_gives_the_hints_away():
    assert all("second" not in str(part) for part in WRONG._repr_mimebundle_().values())


def test_html_escapes_whatever_stands_in_messages():
    page = WRONG._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "[1, &lt;b&gt;]" in page
    assert 'role="status"' in page


def test_text_and_html_say_the_outcome_in_a_word_and_the_misconception_in_words():
    for rendering in (str(WRONG), WRONG._repr_html_()):
        assert "incorrect" in rendering
        assert "No shift [no-shift]" in rendering
        assert "still wrong: dim" in rendering


def test_the_machine_readable_form_holds_what_a_report_needs_and_no_hints():
    data = WRONG._repr_mimebundle_()[RESULT_MIME]
    assert data["exercise"] == "softmax"
    assert data["behaviour"] == "dim"
    assert data["outcome"] == "incorrect"
    assert data["misconception"] == "no-shift"
    assert "hints" not in data


def test_an_unknown_outcome_is_refused():
    with pytest.raises(ValueError, match="must be one of correct, incorrect, not attempted"):
        Result("a", None, "perfect", "")
