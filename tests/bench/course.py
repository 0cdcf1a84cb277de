"""The class that the benchmark grades: one torch notebook with a plot each, like a week of an ordinary course."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

UNIT = "week-1"
NOTEBOOK = "gradient"

_IMPORTS = """import matplotlib.pyplot as plt
import numpy as np
import torch

torch.manual_seed(0)"""

_PLOT = """x = torch.linspace(-6, 6, 200)
fig, ax = plt.subplots(figsize=(5, 3))
ax.plot(x, sigmoid(x), label="sigmoid")
ax.plot(x, x.clamp(0, 1), "--", label="clamped")
ax.set_xlabel("x")
ax.legend()
plt.show()"""

_GRADE = {
    "sigmoid-values": """assert torch.allclose(sigmoid(torch.tensor([0.0])), torch.tensor([0.5]))
### BEGIN HIDDEN TESTS
z = torch.randn(50, dtype=torch.float64)
torch.testing.assert_close(sigmoid(z), 1 / (1 + torch.exp(-z)))
### END HIDDEN TESTS""",
    "sigmoid-gradient": """z = torch.zeros(3, requires_grad=True)
sigmoid(z).sum().backward()
torch.testing.assert_close(z.grad, torch.full((3,), 0.25))""",
    "fit-finds-the-line": """x = torch.linspace(-1, 1, 50)
weight, bias = fit(x, 3 * x - 1, 0.3, 100)
np.testing.assert_allclose([float(weight), float(bias)], [3.0, -1.0], atol=1e-2)
### BEGIN HIDDEN TESTS
x = torch.randn(80)
weight, bias = fit(x, -2 * x + 5, 0.1, 200)
np.testing.assert_allclose([float(weight), float(bias)], [-2.0, 5.0], atol=1e-2)
### END HIDDEN TESTS""",
    "quiz-test": """assert quiz in {"A", "B", "C"}
### BEGIN HIDDEN TESTS
assert quiz == "B"
### END HIDDEN TESTS""",
}

_STUBS = {
    "sigmoid": "def sigmoid(x):\n    ### BEGIN SOLUTION\n    return torch.where(x > 0, 1 / (1 + torch.exp(-x)), "
    "torch.exp(x) / (1 + torch.exp(x)))\n    ### END SOLUTION",
    "fit": "def fit(x, y, rate, steps):\n    ### BEGIN SOLUTION\n    return 0.0, 0.0\n    ### END SOLUTION",
    "quiz": 'quiz = "?"\n### BEGIN SOLUTION\nquiz = "B"\n### END SOLUTION',
}

_SIGMOIDS = (
    "def sigmoid(x):\n    return 1 / (1 + torch.exp(-x))",
    "def sigmoid(x):\n    return torch.sigmoid(x)",
    "def sigmoid(x):\n    e = torch.exp(x)\n    return e / (1 + e)",
    "def sigmoid(x):\n    return torch.exp(-x)",
)

_FITS = (
    "def fit(x, y, rate, steps):\n    w, b = torch.zeros(2, requires_grad=True), None\n    for _ in range(steps):\n"
    "        loss = ((w[0] * x + w[1] - y) ** 2).mean()\n        (g,) = torch.autograd.grad(loss, w)\n"
    "        w = (w - rate * g).detach().requires_grad_()\n    return w[0].item(), w[1].item()",
    "def fit(x, y, rate, steps):\n    model = torch.nn.Linear(1, 1)\n"
    "    optimizer = torch.optim.SGD(model.parameters(), lr=rate)\n    for _ in range(steps):\n"
    "        optimizer.zero_grad()\n        torch.nn.functional.mse_loss(model(x[:, None])[:, 0], y).backward()\n"
    "        optimizer.step()\n    return model.weight.detach()[0, 0], model.bias.detach()[0]",
    "def fit(x, y, rate, steps):\n    return 0.0, 0.0",
)


HOSTILE = (
    "while True:\n    pass",
    "import time\ntime.sleep(10**6)",
    "import os\nwhile True:\n    os.fork()",
    "kept = []\nwhile True:\n    kept.append(bytearray(1 << 24))",
    'while True:\n    print("x" * 100_000)',
    "import os\nos.kill(os.getpid(), 9)",
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass",
    "def sigmoid(x):\n    while True:\n        pass",
    "import threading\nwhile True:\n    threading.Thread(target=threading.Event().wait).start()",
    'with open("big", "wb") as file:\n    while True:\n        file.write(bytes(1 << 20))',
)
"""What ten hostile students write instead of an answer: each wants to keep the grader busy in a way of its own."""


def make_hostile(course: Path, students: int) -> list[str]:
    """Let as many of the class write that; who they are."""
    hostile = [f"student-{number * (students // len(HOSTILE)):03}" for number in range(len(HOSTILE))]
    for student, source in zip(hostile, HOSTILE, strict=True):
        file = course / "submitted" / student / UNIT / f"{NOTEBOOK}.ipynb"
        notebook = nbformat.read(file, as_version=4)
        next(cell for cell in notebook.cells if cell.id == "sigmoid").source = source
        nbformat.write(notebook, file)
    return hostile


def build(course: Path, students: int) -> None:
    """Make the course folder, its release and `students` submissions, about a third of them with a mistake."""
    source = course / "source" / UNIT
    source.mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "bench"\n', encoding="utf-8"
    )
    nbformat.write(_instructors(), source / f"{NOTEBOOK}.ipynb")
    nbgrader(course, "generate_assignment", UNIT)
    released = nbformat.read(course / "release" / UNIT / f"{NOTEBOOK}.ipynb", as_version=4)
    for number in range(students):
        folder = course / "submitted" / f"student-{number:03}" / UNIT
        folder.mkdir(parents=True)
        nbformat.write(_answered(released, number), folder / f"{NOTEBOOK}.ipynb")


def nbgrader(course: Path, *arguments: str) -> None:
    """Run one of nbgrader's own commands in the course folder."""
    commands = str(Path(sys.executable).parent)
    path = os.pathsep.join([commands, os.environ.get("PATH", "")])
    subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env={**os.environ, "PATH": path},
        check=True,
        capture_output=True,
    )


def answers(number: int) -> dict[str, str]:
    """What student `number` wrote."""
    return {
        "sigmoid": _SIGMOIDS[number % len(_SIGMOIDS)],
        "fit": _FITS[number % len(_FITS)],
        "quiz": f'quiz = "{"BABC"[number % 4]}"',
    }


def _answered(released: NotebookNode, number: int) -> NotebookNode:
    notebook = nbformat.from_dict(released)
    notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
    for cell in notebook.cells:
        cell.source = answers(number).get(cell.id, cell.source)
    return notebook


def _instructors() -> NotebookNode:
    cells = [new_markdown_cell("# Gradients by hand", id="title"), new_code_cell(_IMPORTS, id="imports")]
    for name, stub in _STUBS.items():
        cells.append(new_code_cell(stub, id=name, metadata=_metadata(name, solution=True)))
        if name == "sigmoid":
            cells.append(new_code_cell(_PLOT, id="plot"))
        tests = {test: text for test, text in _GRADE.items() if test.startswith(f"{name}-")}
        cells += [new_code_cell(text, id=test, metadata=_metadata(test, points=2)) for test, text in tests.items()]
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _metadata(name: str, *, solution: bool = False, points: int | None = None) -> dict:
    fields = {"grade_id": name, "schema_version": 3, "solution": solution, "grade": not solution, "task": False}
    fields |= {"locked": not solution} | ({} if points is None else {"points": points})
    return {"nbgrader": fields}
