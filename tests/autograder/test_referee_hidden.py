"""What hidden tests ask and expect reaches nobody, neither at once nor by way of another cell."""

import pytest
from referee_helpers import HIDDEN, RIGHT, WRONG, answer, given, grade, judge, nbgraders_score, told, verdict_on

from autograder.judging import referee

HIDES = {
    "an assertion with a message": "assert double(7) == 14, f'expected 14 for {double(7)}'",
    "numpy's comparison": "import numpy as np\nnp.testing.assert_allclose(double(7.0), 14.0)",
    "a helper of its own": "def secret_helper(x):\n    assert double(x) == 14\n\n\nsecret_helper(7)",
    "an error of its own": "raise ValueError(f'{double(7)} is not 14')",
    "what it prints": "print(double(7), 14)\nassert double(7) == 14",
    "what it displays": "display(double(7) + 14)\nassert double(7) == 14",
}


@pytest.mark.parametrize("hidden", HIDES.values(), ids=HIDES)
def test_a_hidden_test_gives_nothing_away(hidden):
    verdict = verdict_on(f"assert double(2) == 4\n{HIDDEN.format(hidden)}", answer_source=WRONG)

    assert verdict.score == 0
    assert not any(word in told(verdict) for word in ("14", "49", "secret", "allclose", "63"))
    assert verdict.messages == ["A test that the notebook does not show failed on this answer."]


def test_a_visible_line_with_a_hidden_value_gives_nothing_away():
    source = f"{HIDDEN.format('expected = 14')}\nimport numpy\nnumpy.testing.assert_equal(double(7), expected)"

    assert "14" not in told(verdict_on(source, answer_source=WRONG))


def test_a_hidden_helper_called_from_a_visible_line_gives_nothing_away():
    helper = HIDDEN.format("def compare():\n    assert double(7) == 14, 'not 14'")

    assert "14" not in told(verdict_on(f"{helper}\ncompare()", answer_source=WRONG))


def test_a_students_exception_in_a_hidden_test_carries_nothing_out():
    source = HIDDEN.format("double(7123)")
    answer_source = "def double(x):\n    raise type(f'Seen{x}', (ValueError,), {})(f'it was {x}')"

    verdict = verdict_on(source, answer_source=answer_source)

    assert "7123" not in told(verdict)
    assert verdict.messages[0].endswith("Its own code raised an error.")


REMEMBERS = """seen = []


def double(x):
    seen.append(x)
    if x == 1 and len(seen) > 1:
        {}
    return 2 * x"""

TELLS = {
    "in an exception": "raise ValueError(seen)",
    "in print": "print(seen)",
    "in what it returns": "return seen",
    "in the name of a class": "raise type(f'Seen{seen[0]}', (ValueError,), {})",
}


@pytest.mark.parametrize("tells", TELLS.values(), ids=TELLS)
def test_what_a_function_remembers_of_a_hidden_test_it_cannot_tell_in_another_cell(tells):
    cells = (
        answer("double"),
        grade("first", HIDDEN.format("assert double(7123) == 14246")),
        grade("second", f"import numpy as np\nnp.testing.assert_equal(double(1), 2)\n{HIDDEN.format('double(1)')}"),
    )

    verdicts = judge(*cells, double=REMEMBERS.format(tells))

    assert verdicts["first"].score == 1
    assert not any("7123" in repr((v.outputs, v.messages, v.remarks)) for v in verdicts.values())


def test_a_visible_line_after_hidden_ones_is_named_when_it_fails():
    source = f"{HIDDEN.format('double(7)')}\nassert double(2) == 5"

    verdict = verdict_on(source)

    assert verdict.outputs[-1]["traceback"][0] == "----> 1 assert double(2) == 5"


def test_a_hidden_part_goes_on_where_the_visible_part_stopped():
    source = f"""import random
random.seed(3)
first = random.random()
double(1)
{HIDDEN.format("second = random.random()")}
random.seed(3)
assert [first, second] == [random.random(), random.random()]"""
    cells = (answer("double"), grade("a", source), grade("b", "import random\nrandom.seed(9)\ndouble(1)"))

    assert judge(*cells, double=RIGHT)["a"].score == 1


def test_what_the_visible_part_did_to_the_students_names_is_there_in_the_hidden_part():
    count = "count = 0\n\n\ndef tick():\n    global count\n    count += 1"
    cells = (
        answer("tick"),
        grade("a", f"tick()\n{HIDDEN.format('assert count == 1')}"),
        grade("b", f"tick()\ntick()\n{HIDDEN.format('assert count == 2')}"),
    )

    assert [v.score for v in judge(*cells, tick=count).values()] == [1, 1]


def test_a_result_of_a_hidden_check_keeps_only_what_the_course_wrote():
    check = """from course.kit.feedback import Result


def check(x):
    return Result("double", None, "incorrect", f"It gave {double(x)}.", "squaring", "Squaring", hidden=True)"""

    verdict = verdict_on(HIDDEN.format("check(7).require()"), given(check), answer_source=WRONG)

    assert "49" not in told(verdict)
    assert verdict.misconceptions == ["squaring"]
    assert verdict.messages == ["A test that the notebook does not show failed on this answer. Squaring."]


def test_memory_is_given_back_when_there_is_little(monkeypatch):
    readings = iter(range(0, 10**15, 10**12))
    monkeypatch.setattr(referee, "_peak_memory", lambda: next(readings))

    verdict = verdict_on(f"y = double(2)\nprint(y)\n{HIDDEN.format('assert y == 4')}")

    assert (verdict.score, len(verdict.outputs)) == (1, 1)


def test_a_hidden_partial_credit_is_still_given():
    verdict = verdict_on(HIDDEN.format("double(1) / 4"))

    assert (verdict.score, nbgraders_score(verdict)) == (0.5, 0.5)


def test_a_value_that_a_hidden_test_ends_with_is_not_shown():
    assert verdict_on(HIDDEN.format("[double(7), 'secret']")).outputs == []
