"""The referee with a real student's process at the other end of a real channel."""

import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from referee_helpers import HIDDEN, answer, answered, given, grade, notebook

from autograder.channel.remote import Remote
from autograder.judging import referee
from autograder.limits import Limits

ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import asyncio, linecache, socket, sys, types

import torch

from autograder.channel import session

names = {"__name__": "__main__"}
cells = []


def run_cell(source):
    file = f"<ipython-input-{len(cells)}>"
    cells.append(file)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)


names["run_cell"] = run_cell
loop = asyncio.new_event_loop()
session.attach(socket.socket(fileno=int(sys.argv[1])), types.SimpleNamespace(user_ns=names), loop)
print("listening", flush=True)
while True:
    try:
        loop.run_forever()
    except KeyboardInterrupt:  # a late one, which a kernel ignores too
        pass
"""


class Student:
    """A process that has run a notebook's cells, as a kernel does."""

    def __init__(self, executed, limits):
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        theirs.close()
        self.process.stdout.readline()
        self.remote = Remote(
            ours,
            interrupt=lambda: self.process.send_signal(2),
            kill=self.process.kill,
            limits=limits,
        )
        run_cell = self.remote.lookup("run_cell")
        for index, cell in enumerate(executed.cells):
            if referee.is_automatic(cell):
                self.remote.bookmark(str(index))
            elif cell.cell_type == "code":
                try:
                    run_cell(cell.source)
                except Exception as error:
                    cell.outputs = [
                        {"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": []}
                    ]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remote.close()
        self.process.kill()
        self.process.communicate()


def judge(*cells, limits=None, **answers):
    limits = limits or Limits(call_seconds=20)
    skeleton = notebook(*cells)
    grafted = answered(skeleton, {name.replace("_", "-"): textwrap.dedent(text) for name, text in answers.items()})
    with Student(grafted, limits) as student:
        found = referee.run(skeleton, grafted, student.remote, limits=limits, seed=1)
    return {verdict.grade_id: verdict for verdict in found}


SOFTMAX = """
    def softmax(x, dim=-1):
        lifted = (x - x.amax(dim, keepdim=True)).exp()
        return lifted / lifted.sum(dim, keepdim=True)
"""

ORDINARY = {
    "asserts": "assert softmax(torch.zeros(2)).tolist() == [0.5, 0.5]",
    "torch.testing": "torch.testing.assert_close(softmax(x), torch.softmax(x, -1))",
    "gradcheck": "assert torch.autograd.gradcheck(softmax, (x.clone().requires_grad_(),))",
    "numpy": "import numpy as np\nnp.testing.assert_allclose(softmax(x).numpy().sum(-1), 1)",
    "a keyword": "torch.testing.assert_close(softmax(x, dim=0), torch.softmax(x, 0))",
    "unittest": """import unittest


class Sums(unittest.TestCase):
    def test_rows(self):
        self.assertAlmostEqual(softmax(x)[0].sum().item(), 1)

    def test_text(self):
        with self.assertRaises((TypeError, AttributeError)):
            softmax("text")


assert unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(Sums)).wasSuccessful()""",
    "partial credit": "sum(softmax(torch.randn(3, 4)).sum(-1).allclose(torch.ones(3)) for _ in range(4)) / 4",
    "a helper": "def total(f):\n    return f(x).sum().item()\n\n\nassert abs(total(softmax) - 2) < 1e-6",
    "in-place": "y = x.clone()\nsoftmax(y)\nassert torch.equal(x, y)",
}


@pytest.fixture(scope="module")
def ordinary():
    cells = [
        given("import torch\n\nx = torch.linspace(-1, 1, 6, dtype=torch.float64).reshape(2, 3)"),
        answer("softmax"),
    ]
    tests = [grade(f"test-{number}", source) for number, source in enumerate(ORDINARY.values())]
    hidden = [grade(f"hidden-{number}", HIDDEN.format(source)) for number, source in enumerate(ORDINARY.values())]
    return judge(*cells, *tests, *hidden, softmax=SOFTMAX)


@pytest.mark.parametrize("where", ["test", "hidden"])
@pytest.mark.parametrize("number", range(len(ORDINARY)), ids=list(ORDINARY))
def test_a_style_works_through_the_channel(ordinary, where, number):
    verdict = ordinary[f"{where}-{number}"]

    assert (verdict.score, verdict.instructor_error, verdict.messages) == (1, "", [])


def test_the_quickstarts_deletion_reaches_the_students_process():
    test = """orig = squares
del squares
try:
    total(1)
except NameError:
    pass
else:
    raise AssertionError("total does not use squares")
finally:
    squares = orig
assert total(2) == 5"""
    squares = "def squares(n):\n    return [i * i for i in range(1, n + 1)]"
    cells = (
        answer("squares", "def squares(n):\n    raise NotImplementedError()"),
        answer("total"),
        grade("uses", test),
    )

    uses = judge(*cells, squares=squares, total="def total(n):\n    return sum(squares(n))")
    does_not = judge(*cells, squares=squares, total="def total(n):\n    return sum(i * i for i in range(1, n + 1))")

    assert (uses["uses"].score, does_not["uses"].score) == (1, 0)


def test_a_students_exception_says_where_it_arose():
    verdict = judge(
        answer("f"), grade("test", "assert f(1) == 2"), f="def f(x):\n    y = x + 1\n    return y.no_such_thing"
    )["test"]

    assert "AttributeError" in verdict.messages[0]
    assert "(line 3 of its cell, in f: `return y.no_such_thing`)" in verdict.messages[0]


def test_a_cell_that_kills_the_process_is_the_last_one_to_be_judged():
    cells = (answer("f"), grade("before", "assert f(1)"), grade("kills", "f(2)"), grade("after", "assert f(1)"))

    verdicts = judge(*cells, f="import os\n\n\ndef f(x):\n    return os._exit(1) if x == 2 else True")

    assert [(v.score, v.died) for v in verdicts.values()] == [(1, False), (0, True)]


def test_a_call_that_never_ends_costs_its_own_points():
    cells = (answer("f"), grade("hangs", "f(2)"), grade("after", "assert f(1)"))
    limits = Limits(call_seconds=1)

    verdicts = judge(*cells, limits=limits, f="def f(x):\n    while x == 2:\n        pass\n    return True")

    assert [verdict.score for verdict in verdicts.values()] == [0, 1]
    assert "after 1 seconds" in verdicts["hangs"].messages[0]


def test_a_test_that_hands_over_an_object_of_its_own_is_the_instructors_error():
    test = "class Node:\n    value = 3\n\n\nassert f(Node()) == 3"

    verdict = judge(answer("f"), grade("test", test), f="def f(node):\n    return node.value")["test"]

    assert verdict.outcome == "error"
    assert '"process": "student"' in verdict.instructor_error


def test_a_module_that_only_the_student_imports_is_not_used():
    forged = "class np:\n    allclose = staticmethod(lambda *_: True)\n\n\ndef f(x):\n    return 0"

    as_class = judge(answer("f"), grade("test", "import numpy as np\nassert np.allclose(f(1), 1)"), f=forged)
    as_module = judge(
        answer("f"),
        grade("test", "assert np.allclose(f(1), 1)"),
        f="import numpy as np\n\nnp.allclose = lambda *_: True\n\n\ndef f(x):\n    return 0",
    )

    assert (as_class["test"].score, as_module["test"].score) == (0, 0)


def test_data_that_a_call_changed_is_fetched_anew():
    tick = "count = 0\n\n\ndef tick():\n    global count\n    count += 1"

    verdict = judge(answer("tick"), grade("test", "assert count == 0\ntick()\nassert count == 1"), tick=tick)["test"]

    assert verdict.score == 1


def test_an_object_of_the_students_is_not_asked_how_to_show_itself():
    liar = """
        class Liar:
            def _repr_html_(self):
                return "<script>"
            def _repr_mimebundle_(self, **_):
                return {"application/vnd.stable-exponentials.result+json": {}}
            def __repr__(self):
                return "5"
        thing = Liar()
    """

    verdict = judge(answer("thing"), grade("test", "thing", 9), thing=liar)["test"]

    assert [output["data"] for output in verdict.outputs] == [{"text/plain": "<an object of the answer>"}]
