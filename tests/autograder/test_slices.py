"""What a grade cell needs of the instructor's earlier cells is found, in the notebook's order; nothing else runs."""

import pytest
from referee_helpers import HIDDEN, STUB, answer, given, grade, judge, notebook

from autograder.slicing.slices import Handover, plan

DOUBLE = "def double(x):\n    return 2 * x"


def places(*cells, name="test"):
    """The statements that the grade cell depends on, as text."""
    steps = plan(notebook(*cells)).slice(name).steps
    return [step.place.split("`")[1] for step in steps if not isinstance(step, Handover)]


def random_names(*cells):
    return sorted(plan(notebook(*cells)).slice("test").random)


NEEDED = {
    "an import": (["import numpy as np"], "np.ones(3)", ["import numpy as np"]),
    "one name of an import": (["from math import pi, tau, e"], "tau", ["from math import tau"]),
    "what an assignment depends on": (["a = 1", "b = a + 1", "c = 3"], "b", ["a = 1", "b = a + 1"]),
    "the last binding only": (["a = slow()", "a = 2"], "a", ["a = 2"]),
    "what a function calls when it runs": (
        ["def f():\n    return g()", "def g():\n    return 1"],
        "f()",
        ["def f():", "def g():"],
    ),
    "a constant bound after the function": (["def f():\n    return N", "N = 3"], "f()", ["def f():", "N = 3"]),
    "both branches of an if": (["x = 1\nif x:\n    y = 2\nelse:\n    y = 3"], "y", ["x = 1", "if x:"]),
    "a binding before one that may not happen": (["y = 1\nif y > 2:\n    y = 2"], "y", ["y = 1", "if y > 2:"]),
    "a loop": (["rows = []\nfor i in range(3):\n    rows.append(i)"], "rows", ["rows = []", "for i in range(3):"]),
    "a loop's own name": (["for i in range(3):\n    pass"], "i", ["for i in range(3):"]),
    "a try": (["try:\n    import a\nexcept ImportError:\n    a = None"], "a", ["try:"]),
    "a with": (["with open('f') as f:\n    text = f.read()"], "text", ["with open('f') as f:"]),
    "a match": (["match 3:\n    case n:\n        pass"], "n", ["match 3:"]),
    "a method that changes": (["a = []\na.append(1)\na.count(1)"], "a", ["a = []", "a.append(1)"]),
    "an item store": (["a = {}\na['x'] = 1"], "a", ["a = {}", "a['x'] = 1"]),
    "an attribute store": (["class A: pass\nA.x = 1"], "A", ["class A: pass", "A.x = 1"]),
    "an augmented assignment": (["a = 1\na += 2"], "a", ["a = 1", "a += 2"]),
    "a change through another name": (["a = []\nb = a\nb.append(1)"], "a", ["a = []", "b = a", "b.append(1)"]),
    "a change through a row": (
        ["t = [[0]]\nfor row in t:\n    row[0] = 1"],
        "t",
        ["t = [[0]]", "for row in t:"],
    ),
    "a change by a function of the notebook": (
        ["def fill(d):\n    d['x'] = 1", "a = {}\nfill(a)"],
        "a",
        ["def fill(d):", "a = {}", "fill(a)"],
    ),
    "no call of a function that changes nothing": (
        ["def total(d):\n    return sum(d)", "a = [1]\ntotal(a)\nb = 1"],
        "a",
        ["a = [1]"],
    ),
    "a change by a library function": (
        ["import random\na = [1, 2]\nrandom.seed(0)\nrandom.shuffle(a)\nprint(a)"],
        "a",
        ["import random", "a = [1, 2]", "random.seed(0)", "random.shuffle(a)"],
    ),
    "a change of a global inside a function": (
        ["n = 0\ndef tick():\n    global n\n    n += 1", "tick()"],
        "n",
        ["n = 0", "def tick():", "tick()"],
    ),
    "a deletion": (["a = 1\nb = 2\ndel a"], "a", ["a = 1", "del a"]),
    "a walrus": (["print(a := 1)"], "a", ["print(a := 1)"]),
    "a star import": (["from math import *", "x = 1"], "sqrt(4)", ["from math import *"]),
    "a decorator": (
        ["def twice(f):\n    return f", "@twice\ndef g():\n    pass"],
        "g",
        ["def twice(f):", "def g():"],
    ),
    "a default": (["k = 1", "def f(x=k):\n    return x"], "f()", ["k = 1", "def f(x=k):"]),
    "a base class": (["class A: pass", "class B(A): pass"], "B", ["class A: pass", "class B(A): pass"]),
    "an f-string": (["a = 1", "b = f'{a}'"], "b", ["a = 1", "b = f'{a}'"]),
    "a comprehension": (["a = [1]", "b = [x for x in a]", "x = 9"], "b", ["a = [1]", "b = [x for x in a]"]),
    "the settings of a package": (
        ["import numpy as np\nnp.seterr(all='raise')\nnp.zeros(3)"],
        "np.ones(3)",
        ["import numpy as np", "np.seterr(all='raise')"],
    ),
    "where modules are found": (
        ["import sys\nsys.path.insert(0, 'lib')", "import helpers"],
        "helpers.f()",
        ["import sys", "sys.path.insert(0, 'lib')", "import helpers"],
    ),
    "a file written before": (
        ["with open('n.txt', 'w') as f:\n    f.write('1')", "n = open('n.txt').read()"],
        "n",
        ["with open('n.txt', 'w') as f:", "n = open('n.txt').read()"],
    ),
    "nothing that only shows": (
        ["import numpy as np\nimport matplotlib.pyplot as plt", "a = 1\nplt.plot(a)\nprint(a)\nplt.show()\na"],
        "a",
        ["a = 1"],
    ),
    "nothing that it binds itself": (["a = 1"], "a = 2\nassert a == 2", []),
    "no magic": (["%matplotlib inline\na = 1"], "a", ["a = 1"]),
    "a timed line": (["%time a = 1"], "a", ["a = 1"]),
    "a timed cell": (["%%time\na = 1"], "a", ["a = 1"]),
}


@pytest.mark.parametrize(("before", "source", "steps"), NEEDED.values(), ids=NEEDED)
def test_a_grade_cell_needs(before, source, steps):
    found = places(*map(given, before), grade("test", source))

    # Imports are shown as they are run: one name each.
    assert found == steps


def test_earlier_grade_cells_count_with_their_hidden_lines():
    first = grade("first", f"import math\n{HIDDEN.format('limit = math.pi')}")

    assert places(first, grade("test", "assert limit > 3")) == ["import math", "limit = math.pi"]


def test_answers_are_never_run():
    stub = "import os\n\n\ndef double(x):\n    raise NotImplementedError()"

    assert places(answer("double", stub), grade("test", "double(1)")) == []


def test_an_import_in_an_answers_stub_is_the_instructors():
    stub = "import numpy as np\n\n\ndef double(x):\n    raise NotImplementedError()"

    assert places(answer("double", stub), grade("test", "np.allclose(double(1), 2)")) == ["import numpy as np"]


def test_an_import_in_the_instructors_solution_is_the_instructors():
    found = plan(
        notebook(answer("double"), grade("test", "np.allclose(double(1), 2)")),
        solutions={"double": f"import numpy as np\n{DOUBLE}"},
    ).slice("test")

    assert found.ownership.students == {"double"}
    assert "np" in found.ownership.instructors


@pytest.mark.parametrize(
    ("cells", "owner"),
    [
        ((given("x = None"), answer("x", "x = None  # your answer")), "students"),
        ((answer("x", "x = None"), given("x = 3")), "instructors"),
        ((given("x = 1"),), "instructors"),
        ((answer("x", "x = None"), grade("a", "old = x\nx = 5\nassert f(x)\nx = old")), "students"),
    ],
    ids=["the answer binds it last", "a given cell binds it last", "no answer", "a grade cell puts it back"],
)
def test_whose_a_name_is(cells, owner):
    ownership = plan(notebook(*cells, grade("test", "x"))).slice("test").ownership

    assert "x" in getattr(ownership, owner)


@pytest.mark.parametrize(
    "solution",
    ["scores['a'] = 1", "scores.update(a=1)", "scores = {'a': 1}", "for k in 'a':\n    scores[k] = 1"],
)
def test_what_the_instructors_solution_changes_is_the_students_when_it_is_known(solution):
    cells = (given("scores = {}"), answer("fill"), grade("test", "assert scores == {'a': 1}"))

    known = judge(*cells, solutions={"fill": solution}, fill=solution)

    assert known["test"].score == 1


def test_a_model_trained_in_an_answer_is_the_students():
    cells = (
        given("class Optimizer:\n    def __init__(self, model):\n        self.model = model\n\n\nmodel = {'w': 0}"),
        answer("train"),
        grade("test", "assert model['w'] == 1"),
    )
    training = "optimizer = Optimizer(model)\noptimizer.model['w'] = 1\noptimizer.step()"
    solutions = {"train": training}

    assert judge(*cells, solutions=solutions, train="model['w'] = 1")["test"].score == 1
    assert judge(*cells, solutions=solutions, train="pass")["test"].score == 0


def test_an_answer_that_binds_an_instructors_name_is_remarked_upon():
    verdict = judge(given("x = None"), answer("x"), grade("test", "assert x == 3"), x="x = 3")["test"]

    assert verdict.score == 0
    assert "`x`" in verdict.remarks[0]


# What a slice does when it runs.


def test_a_given_cell_may_use_the_answer():
    cells = (answer("double"), given("y = double(4)"), grade("test", "assert y == 8"))

    assert judge(*cells, double=DOUBLE)["test"].score == 1


def test_a_given_cell_may_bind_an_answers_name_anew():
    cells = (answer("y", "y = None"), given("y = list(y)"), grade("test", "assert y == [1, 2]"))

    assert judge(*cells, y="y = (1, 2)")["test"].score == 1


def test_a_given_class_may_use_the_answer_in_its_body():
    cells = (answer("double"), given("class Pair:\n    y = double(4)"), grade("test", "assert Pair.y == 8"))

    assert judge(*cells, double=DOUBLE)["test"].score == 1


def test_an_answers_function_takes_over_from_an_example_of_the_same_name():
    example = "def double(x):\n    return 'example'\n\n\nshown = double(1)"
    cells = (given(example), answer("double"), grade("test", "assert (shown, double(1)) == ('example', 2)"))

    assert judge(*cells, double=DOUBLE, solutions={"double": DOUBLE})["test"].score == 1


def test_a_given_statement_that_fails_for_the_answer_fails_the_grade_cell_with_the_students_error():
    cells = (answer("double"), given("y = double(4)"), grade("test", "assert y == 8"))

    verdict = judge(*cells, double="def double(x):\n    raise ValueError('no idea')")["test"]

    assert (verdict.score, verdict.outcome, verdict.instructor_error) == (0, "incorrect", "")
    assert "no idea" in verdict.messages[0]


def test_a_given_statement_that_fails_ends_its_cell_and_not_the_next():
    cells = (
        answer("double"),
        given("y = double(4)\nz = 1"),
        given("a = 5"),
        grade("test", "assert a == 5"),
        grade("other", "assert z == 1"),
    )

    verdicts = judge(*cells, double="def double(x):\n    raise ValueError('no idea')")

    assert (verdicts["test"].score, verdicts["other"].score) == (1, 1)


def test_a_given_statement_that_fails_on_its_own_is_the_instructors_error():
    verdict = judge(given("y = 1 / 0"), answer("double"), grade("test", "assert y"), double=DOUBLE)["test"]

    assert verdict.outcome == "error"
    assert "cell 1 (`y = 1 / 0`) failed with ZeroDivisionError" in verdict.instructor_error


def test_what_a_slice_prints_is_not_an_output():
    cells = (given("y = print('noise') or 3"), answer("double"), grade("test", "assert y == 3"))

    assert judge(*cells, double=DOUBLE)["test"].outputs == []


def test_a_future_import_holds_for_later_cells():
    cells = (given("from __future__ import annotations"), answer("double"))
    test = grade("test", "def f(x: no_such_name):\n    return x\n\n\nassert double(f(1)) == 2")

    assert judge(*cells, test, double=DOUBLE)["test"].score == 1


@pytest.mark.parametrize("forged", ["torch = None", "import os as helper", "def helper(x):\n    return 8"])
def test_an_instructors_name_is_never_the_students_even_where_it_was_not_bound(forged):
    maybe = given("if False:\n    def helper(x):\n        return x")
    cells = (maybe, answer("double"), grade("test", "assert double(4) == helper(8)"))

    assert judge(*cells, double=f"{DOUBLE}\n\n\n{forged}")["test"].score == 0


# Random data


SEEDED = {
    "numpy": "import numpy as np\nnp.random.seed(3)\na = np.random.rand(2)\nx = np.random.rand(3)",
    "random": "import random\nrandom.seed(3)\na = random.random()\nx = [random.random() for _ in range(3)]",
    "torch": "import torch\ntorch.manual_seed(3)\na = torch.rand(2)\nx = torch.rand(3)",
    "a layer": "import torch\ntorch.manual_seed(3)\na = torch.nn.Linear(2, 2)\nx = torch.rand(3)",
    "a generator": "import numpy as np\nrng = np.random.default_rng(3)\na = rng.random(2)\nx = rng.random(3)",
    "a torch generator": (
        "import torch\ng = torch.Generator()\ng.manual_seed(3)\na = torch.rand(2, generator=g)\n"
        "x = torch.rand(3, generator=g)"
    ),
    "a seeding function": (
        "import random, numpy as np\n\n\ndef set_seed(s):\n    random.seed(s)\n    np.random.seed(s)\n\n\n"
        "set_seed(3)\na = np.random.rand(2)\nx = np.random.rand(3)"
    ),
    "a drawing function": (
        "import numpy as np\n\n\ndef draw(n):\n    return np.random.rand(n)\n\n\nnp.random.seed(3)\n"
        "a = draw(2)\nx = draw(3)"
    ),
    "a permutation shown": (
        "import numpy as np\nnp.random.seed(3)\nprint(np.random.permutation(4))\nx = np.random.rand(3)"
    ),
}


@pytest.mark.parametrize("source", SEEDED.values(), ids=SEEDED)
def test_seeded_data_come_out_as_the_student_had_them(source):
    cells = (given(source), answer("y"), grade("test", "assert list(y) == list(x)"))

    verdict = judge(*cells, y="y = [v for v in x]")["test"]

    assert (verdict.score, verdict.remarks) == (1, [])


def test_a_chain_of_draws_reaches_over_cells():
    cells = (
        given("import numpy as np\nnp.random.seed(3)"),
        given("a = np.random.rand(4)"),
        answer("y"),
        given("b = np.random.rand(2)"),
        grade("test", "np.testing.assert_array_equal(np.random.rand(3), y)"),
    )
    # The student computes what the chain leads to.
    own = "y = np.random.RandomState(3).rand(9)[6:]"

    assert judge(*cells, y=own)["test"].score == 1


UNSEEDED = {
    "numpy": "import numpy as np\nx = np.random.rand(3)",
    "random": "import random\nx = [random.random()]",
    "torch": "import torch\nx = torch.randn(3)",
    "from torch": "from torch import randn\nx = randn(3)",
    "a layer": "import torch\nx = torch.nn.Linear(2, 2)",
    "a generator without a seed": "import numpy as np\nrng = np.random.default_rng()\nx = rng.random(3)",
    "what is computed from a draw": "import numpy as np\nnoise = np.random.rand(3)\nx = noise + 1",
    "seeded too late": "import numpy as np\nx = np.random.rand(3)\nnp.random.seed(0)",
    "another library's seed": "import numpy as np, random\nrandom.seed(0)\nx = np.random.rand(3)",
}


@pytest.mark.parametrize("source", UNSEEDED.values(), ids=UNSEEDED)
def test_unseeded_data_that_an_answer_uses_are_remarked_upon(source):
    cells = (given(source), answer("y"), grade("test", "assert len(str(x)) and y is not None"))

    (remark,) = judge(*cells, y="y = x")["test"].remarks

    assert remark.startswith("`x` is drawn at random without a seed in cell 1 (`")


@pytest.mark.parametrize("source", UNSEEDED.values(), ids=UNSEEDED)
def test_unseeded_data_that_no_answer_uses_are_fine(source):
    cells = (given(source), answer("double"), grade("test", "assert len(str(x)) and double(1) == 2"))

    assert judge(*cells, double=DOUBLE)["test"].remarks == []


def test_a_draw_in_the_grade_cell_is_fine():
    source = "import numpy as np\nx = np.random.rand(3)\nnp.testing.assert_allclose(double(x), 2 * x)"

    assert judge(answer("double"), grade("test", source), double=DOUBLE)["test"].remarks == []


def test_text_that_is_no_python_is_passed_over():
    cells = (given("this is ( no python"), given("%%bash\nls"), given("a = 1"), answer("double", STUB))

    assert places(*cells, grade("test", "assert a")) == ["a = 1"]
