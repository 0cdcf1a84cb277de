"""Grade cells in the ways in which people write them run unchanged, and give the points that nbgrader gives."""

import pytest
from referee_helpers import (
    RIGHT,
    STUB,
    WRONG,
    FakeRemote,
    answer,
    answered,
    given,
    grade,
    judge,
    nbgraders_score,
    notebook,
    verdict_on,
)

from autograder.judging import referee
from autograder.limits import Limits

STYLES = {
    "plain asserts": "assert double(2) == 4\nassert double(3) == 6, 'three'",
    "numpy.testing": "import numpy as np\nnp.testing.assert_allclose(double(np.arange(3.0)), [0, 2, 4])",
    "numpy.testing from": "from numpy.testing import assert_equal as same\nsame(double(3), 6)",
    "torch.testing": "import torch\ntorch.testing.assert_close(double(torch.ones(2)), torch.full((2,), 2.0))",
    "unittest": """import unittest


class Doubling(unittest.TestCase):
    def test_three(self):
        self.assertEqual(double(3), 6)

    def test_none(self):
        with self.assertRaises(TypeError):
            double(None)


found = unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Doubling))
assert found.wasSuccessful()""",
    "unittest.main": """import unittest


class Doubling(unittest.TestCase):
    def test_three(self):
        self.assertEqual(double(3), 6)


assert unittest.main(argv=["x"], exit=False).result.testsRun == 1""",
    "a bare TestCase": "from unittest import TestCase\nTestCase().assertAlmostEqual(double(0.1), 0.2)",
    "helpers that call each other": """def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


assert all(even(double(n)) for n in range(5))""",
    "a helper class": """class Case:
    limit = double(5)

    def __init__(self, x):
        self.x = x

    def holds(self):
        return double(self.x) <= self.limit


assert [Case(x).holds() for x in (1, 5)] == [True, True]""",
    "closures": "def near(y):\n    return lambda x: abs(double(x) - y) < 1e-9\n\n\nassert near(2)(1)",
    "comprehensions": "assert {x: double(x) for x in range(3)} == {0: 0, 1: 2, 2: 4}",
    "a generator": "assert sum(double(x) for x in range(4)) == 12",
    "global": "seen = 0\n\n\ndef see(y):\n    global seen\n    seen += y\n\n\nsee(double(2))\nassert seen == 4",
    "main": "if __name__ == '__main__':\n    assert double(1) == 2\nelse:\n    raise AssertionError",
    "annotations": "y: int = double(2)\n\n\ndef same(a: int, b: int):\n    return a == b\n\n\nassert same(y, 4)",
    "in globals": "assert 'double' in globals() and 'triple' not in globals()",
    "through globals": "assert globals()['double'](2) == 4 and globals().get('triple') is None",
    "try and else": "try:\n    double(None)\nexcept TypeError:\n    pass\nelse:\n    raise AssertionError('no error')",
    "f-string": "assert f'{double(2)}' == '4'",
    "match": "match double(2):\n    case 4:\n        pass\n    case _:\n        raise AssertionError",
    "walrus": "assert (y := double(2)) == 4 and y == 4",
    "a loop": "for x, y in ((1, 2), (2, 4)):\n    assert double(x) == y",
    "a patched module": """import math

before, math.sqrt = math.sqrt, lambda x: 7
try:
    assert math.sqrt(double(2)) == 7
finally:
    math.sqrt = before
assert math.sqrt(double(2)) == 2""",
    "recorded warnings": """import warnings

with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    double(2)
assert not found""",
    "captured output": """import contextlib, io

with contextlib.redirect_stdout(io.StringIO()) as out:
    print(double(2))
assert out.getvalue() == "4\\n" """,
    "a dataclass": """from dataclasses import dataclass


@dataclass
class Pair:
    x: int
    y: int


assert Pair(1, double(1)) == Pair(1, 2)""",
    "a magic for the front end": "%matplotlib inline\nassert double(1) == 2",
    "pickle": "import pickle\n\n\nclass A:\n    y = double(2)\n\n\nassert pickle.loads(pickle.dumps(A())).y == 4",
    "a timed line": "%time y = double(2)\nassert y == 4",
    "signature": "import inspect\nassert list(inspect.signature(double._function).parameters) == ['x']",
    "an instance made of a test's class": "import types\nassert types.SimpleNamespace(y=double(1)).y == 2",
}


@pytest.mark.parametrize("source", STYLES.values(), ids=STYLES)
def test_a_style_gives_a_right_answer_full_marks(source):
    verdict = verdict_on(source, points=3)

    assert (verdict.score, verdict.outcome, verdict.instructor_error) == (3, "correct", ""), verdict
    assert nbgraders_score(verdict) == 3


@pytest.mark.parametrize("style", ["plain asserts", "numpy.testing", "torch.testing", "unittest", "a loop", "pickle"])
def test_a_style_gives_a_wrong_answer_nothing(style):
    source = STYLES[style] + "\nassert double(5) == 10"

    verdict = verdict_on(source, answer_source=WRONG, points=3)

    assert (verdict.score, verdict.outcome, nbgraders_score(verdict)) == (0, "incorrect", 0)


def test_the_test_of_nbgraders_own_quickstart_may_delete_an_answer_and_put_it_back():
    stub = "def squares(n):\n    raise NotImplementedError()"
    test = """orig_squares = squares
del squares
try:
    sum_of_squares(1)
except NameError:
    pass
else:
    raise AssertionError("sum_of_squares does not use squares")
finally:
    squares = orig_squares"""
    cells = (
        answer("squares", stub),
        answer("sum", stub.replace("squares", "sum_of_squares")),
        grade("uses", test),
        grade("after", "assert squares(2) == [1, 4]\nassert sum_of_squares(2) == 5"),
    )
    squares = "def squares(n):\n    return [i**2 for i in range(1, n + 1)]"

    uses = judge(*cells, squares=squares, sum="def sum_of_squares(n):\n    return sum(squares(n))")
    does_not = judge(*cells, squares=squares, sum="def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6")

    assert [uses[name].score for name in ("uses", "after")] == [1, 1]
    assert [does_not[name].score for name in ("uses", "after")] == [0, 1]


@pytest.mark.filterwarnings("ignore:hm")
def test_standard_error_and_warnings_cost_nothing():
    source = "import sys, warnings\nwarnings.warn('hm')\nprint('oh', file=sys.stderr)\nassert double(1) == 2"

    verdict = verdict_on(source)

    assert (verdict.score, verdict.outputs) == (1, [])


def test_what_a_visible_test_prints_and_displays_is_kept_in_order():
    verdict = verdict_on("print('a')\ndisplay(double(1))\nprint('b')")

    kinds = [(o["output_type"], o.get("text") or o["data"]["text/plain"]) for o in verdict.outputs]
    assert kinds == [("stream", "a\n"), ("display_data", "2"), ("stream", "b\n")]


def test_output_beyond_the_limit_is_cut_off():
    verdict = verdict_on("for i in range(10**5):\n    print('x' * 100)", limits=Limits(output_bytes=4096))

    (output,) = verdict.outputs
    assert len(output["text"]) < 4300
    assert "4 kB" in output["text"]


def test_an_answer_that_was_not_touched_counts_as_not_attempted():
    stub = "def double(x):\n    raise NotImplementedError()"

    verdict = verdict_on("assert double(2) == 4", answer_source=stub)

    assert (verdict.score, verdict.outcome) == (0, "not attempted")


def test_a_quiz_answer_that_was_not_touched_counts_as_not_attempted():
    verdicts = judge(answer("quiz", 'quiz_1 = "?"'), grade("test", 'assert quiz_1 == "b"'))

    assert verdicts["test"].outcome == "not attempted"


def test_a_name_that_the_student_took_away_is_incorrect_and_says_so():
    verdict = verdict_on("assert double(2) == 4", answer_source="def twice(x):\n    return 2 * x")

    assert (verdict.score, verdict.outcome) == (0, "incorrect")
    assert verdict.messages == ["There is no `double` in the notebook (any more)."]


def test_a_name_whose_cell_stopped_says_with_what():
    verdict = verdict_on("assert double(2) == 4", answer_source="def double(x:\n    return")

    assert "SyntaxError" in verdict.messages[0]


def test_an_exception_of_the_students_is_told_in_words():
    verdict = verdict_on("assert double(2) == 4", answer_source="def double(x):\n    raise ValueError('bad shape')")

    assert verdict.messages == ["The answer's own code raised ValueError: bad shape."]
    assert verdict.outputs[-1]["traceback"] == ["----> 1 assert double(2) == 4", "ValueError: bad shape"]


BROKEN = {
    "a return outside of a function": ("assert double(2) == 4\nreturn", "no Python"),
    "a top-level await": ("import asyncio\nawait asyncio.sleep(0)\nassert double(2) == 4", "no Python"),
    "a syntax error": ("assert double(2) = 4", "no Python"),
    "a missing module": ("import no_such_module_at_all\nassert double(2) == 4", "no_such_module_at_all"),
    "an error of its own": ("1 / 0\nassert double(2) == 4", "ZeroDivisionError"),
    "a shell escape": ("files = !ls\nassert double(2) == 4", '"process": "student"'),
    "a magic": ("%run helpers.py\nassert double(2) == 4", "%run"),
}


@pytest.mark.parametrize(("source", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_grade_cell_is_the_instructors_error(source, said):
    verdict = verdict_on(source)

    assert (verdict.score, verdict.outcome, nbgraders_score(verdict)) == (0, "error", 0)
    assert said in verdict.instructor_error
    assert "author has been told" in verdict.messages[-1]


def test_a_name_that_no_cell_could_bind_is_the_instructors_error():
    verdict = verdict_on("assert dobule(2) == 4")

    assert (verdict.outcome, "dobule" in verdict.instructor_error) == ("error", True)


def test_a_missing_module_of_a_given_cell_is_the_instructors_error():
    verdict = verdict_on("assert helper.same(double(2), 4)", given("import no_such_module_at_all as helper"))

    assert "no_such_module_at_all" in verdict.instructor_error


def test_a_grade_cell_can_ask_for_the_students_process():
    cell = grade("plots", "assert double(2) == 4", autograder={"process": "student"})

    assert judge(answer("double"), cell, double=RIGHT) == {}


def test_cells_that_are_done_are_left_out_and_progress_is_reported():
    skeleton = notebook(
        answer("double", STUB), grade("a", "assert double(1) == 2"), grade("b", "assert double(2) == 4")
    )
    grafted = answered(skeleton, {"double": RIGHT})
    heard = []

    referee.run(
        skeleton,
        grafted,
        FakeRemote(grafted),
        limits=Limits(),
        seed=1,
        done=frozenset({"a"}),
        report=heard.append,
    )

    assert heard[0] == "b"
    assert heard[1] == referee.Verdict.from_json(heard[1].to_json())
    assert len(heard) == 2


def test_a_grade_cell_that_never_ends_is_stopped():
    verdict = verdict_on("double(1)\nwhile True:\n    pass", limits=Limits(cell_seconds=0.3))

    assert verdict.score == 0
    assert verdict.outputs[-1]["ename"] == "CellTimeoutError"


def test_a_grade_cell_that_catches_everything_is_stopped_all_the_same():
    source = "double(1)\nfor _ in range(2):\n    try:\n        while True:\n            pass\n    except:\n        pass"
    limits = Limits(cell_seconds=0.2, grace_seconds=0.1)

    assert verdict_on(f"{source}\nwhile True:\n    pass", limits=limits).outputs[-1]["ename"] == "CellTimeoutError"


def test_a_loop_over_pythons_own_names_costs_what_it_costs_elsewhere():
    source = "import time\nbegan = time.perf_counter()\nfor i in range(10**5):\n    abs(len('x') - i)\n"

    slow = verdict_on(f"{source}print(time.perf_counter() - began)")

    assert float(slow.outputs[0]["text"]) < 0.5


def test_random_inputs_depend_on_the_seed_alone():
    source = "import random, numpy as np\nprint(random.random(), np.random.rand())"

    def printed(seed):
        return verdict_on(source, seed=seed).outputs[0]["text"]

    assert printed(1) == printed(1) != printed(2)


@pytest.mark.parametrize("builtin", ["sum", "print", "all", "AssertionError"])
def test_a_student_cannot_replace_a_builtin(builtin):
    forged = f"{WRONG}\n\n\n{builtin} = lambda *_: True"

    assert verdict_on("assert all(double(x) == sum([x, x]) for x in (3,))", answer_source=forged).score == 0


def test_a_student_cannot_replace_what_a_given_cell_imports():
    forged = f"{WRONG}\n\n\nclass np:\n    allclose = staticmethod(lambda *_: True)"

    verdict = verdict_on("assert np.allclose(double(3.0), 6.0)", given("import numpy as np"), answer_source=forged)

    assert (verdict.score, verdict.outcome) == (0, "incorrect")


def test_an_answer_may_be_called_like_a_builtin():
    verdicts = judge(
        answer("total", "def sum(xs):\n    raise NotImplementedError()"),
        grade("test", "assert sum([1, 2]) == 'mine'"),
        total="def sum(xs):\n    return 'mine'",
    )

    assert verdicts["test"].score == 1


def test_data_that_a_call_changed_is_seen_anew():
    count = "count = 0\n\n\ndef tick():\n    global count\n    count += 1"
    verdicts = judge(answer("tick"), grade("test", "assert count == 0\ntick()\nassert count == 1"), tick=count)

    assert verdicts["test"].score == 1


def test_data_that_the_test_changed_stays_changed():
    test = "words.append('c')\nsize()\nassert words == ['a', 'b', 'c']"
    verdicts = judge(
        answer("words"), grade("test", test), words="words = ['a', 'b']\n\n\ndef size():\n    return len(words)"
    )

    # In the notebook `words` is one list; here the test's change must not be undone by a look at the student's.
    assert verdicts["test"].score == 1
