"""The course that is attacked: one notebook with seven graded exercises, hidden tests, and secrets around it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

UNIT = "unit-1"
NOTEBOOK = "arrays"
FULL = 11.0
"""Points that the automatically graded cells give together."""

LIMITS = {
    "cell_seconds": 4.0,
    "notebook_seconds": 25.0,
    "call_seconds": 2.0,
    "grace_seconds": 0.5,
    "cpu_seconds": 20,
    "memory_bytes": 1 << 30,
    "processes": 64,
    "file_bytes": 32 << 20,
    "disk_bytes": 64 << 20,
    "output_bytes": 1 << 18,
    "message_bytes": 32 << 20,
    "submission_bytes": 8 << 20,
    "restarts": 4,
}

RIGHT = {
    "standardize": "def standardize(x):\n    return (x - x.mean()) / x.std()",
    "spread": "def spread(x):\n    return float(x.max() - x.min())",
    "clip": "def clip_in_place(x, low, high):\n    np.clip(x, low, high, out=x)",
    "smooth": "def smooth_abs(x):\n    return (x * x + 1).sqrt()",
    "quiz": 'quiz = "c"',
    "weights": "weights = np.array([0.5, 1.0, 1.0, 1.0, 0.5])",
    "primes": "primes = [n for n in range(2, 100) if all(n % d for d in range(2, n))]",
    "halve": "def halve(x):\n    return x / 2",
}

WRONG = {
    "standardize": "def standardize(x):\n    return x",
    "spread": "def spread(x):\n    return 0.0",
    "clip": "def clip_in_place(x, low, high):\n    pass",
    "smooth": "def smooth_abs(x):\n    return 0 * x",
    "quiz": 'quiz = "a"',
    "weights": "weights = np.zeros(5)",
    "primes": "primes = []",
    "halve": "def halve(x):\n    return 0.0",
}

_SETUP = """import numpy as np
import torch
from helpers import close

try:
    import extras
except ImportError:  # only the instructor's own machine has it
    extras = None"""

_HELPERS = '''"""What the notebook imports; every student gets it."""

import numpy as np


def close(actual, expected):
    """Whether two arrays agree to seven digits."""
    return np.allclose(actual, expected, rtol=1e-7)
'''

_TESTS = {
    "standardize": (
        2,
        """assert close(standardize(np.array([1.0, 3.0])), [-1.0, 1.0])
### BEGIN HIDDEN TESTS
# @WORD@
for secret in (np.array([@NUMBER@, 4.0, 10.0, -2.0]), np.random.default_rng().normal(size=20)):
    expected = (secret - secret.mean()) / secret.std()
    result = standardize(secret.copy())
    assert result.shape == expected.shape, "@WORD@"
    np.testing.assert_allclose(result, expected, rtol=1e-7, err_msg="@WORD@")
### END HIDDEN TESTS""",
    ),
    "spread": (
        1,
        """assert spread(np.array([1.0, 4.0])) == 3.0
### BEGIN HIDDEN TESTS
secret = @NUMBER@
assert abs(spread(np.array([secret, 1.5])) - (secret - 1.5)) < 1e-6, "@WORD@"
assert isinstance(spread(np.array([0.0, 1.0])), float)
try:
    spread(np.array([]))
except ValueError:
    pass
else:
    raise AssertionError("@WORD@")
### END HIDDEN TESTS""",
    ),
    "clip": (
        1,
        """values = np.array([1.0, 5.0, 9.0])
assert clip_in_place(values, 2.0, 6.0) is None
assert values.tolist() == [2.0, 5.0, 6.0]
### BEGIN HIDDEN TESTS
for values in (np.array([@NUMBER@, 5.0, -9.0]), np.full(3, 1.0)):
    expected = [min(max(value, -3.0), 4.0) for value in values.tolist()]
    clip_in_place(values, -3.0, 4.0)
    if extras is not None:
        extras.draw(values, expected)
    assert values.tolist() == expected, "@WORD@"
### END HIDDEN TESTS""",
    ),
    "smooth": (
        2,
        """x = torch.tensor([0.0, 1.0], dtype=torch.float64)
assert torch.allclose(smooth_abs(x), torch.tensor([1.0, 2.0**0.5], dtype=torch.float64))
### BEGIN HIDDEN TESTS
x = torch.tensor([@NUMBER@, -3.0, 0.5], dtype=torch.float64)
torch.testing.assert_close(smooth_abs(x), torch.sqrt(x * x + 1), msg="@WORD@")
x = torch.randn(4, dtype=torch.float64, requires_grad=True)
assert torch.autograd.gradcheck(smooth_abs, (x,))
### END HIDDEN TESTS""",
    ),
    "quiz": (
        1,
        """assert quiz in {"a", "b", "c", "d"}
### BEGIN HIDDEN TESTS
assert quiz == "c", "@WORD@"
### END HIDDEN TESTS""",
    ),
    "weights": (
        1,
        """assert weights.shape == (5,)
### BEGIN HIDDEN TESTS
np.testing.assert_allclose(weights, [0.5, 1.0, 1.0, 1.0, 0.5], err_msg="@WORD@")
assert weights.sum() == 4.0, "@WORD@"
### END HIDDEN TESTS""",
    ),
    "primes": (
        1,
        """assert 2 in primes
### BEGIN HIDDEN TESTS
assert all(n in primes for n in (43, 61, 97)), "@WORD@"
assert len(primes) == 25, "@WORD@"
### END HIDDEN TESTS""",
    ),
    "halve": (
        2,
        """secret = 8.0
### BEGIN HIDDEN TESTS
secret = @NUMBER@  # @WORD@
### END HIDDEN TESTS
2.0 - min(abs(halve(secret) - secret / 2), 2.0)""",
    ),
}

TESTS = tuple(f"{name}-test" for name in _TESTS)
"""Ids of the cells that give points by rule."""

_CONFIG = """c = get_config()
c.CourseDirectory.course_id = "attacked"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
"""


@dataclass(frozen=True)
class Secrets:
    """What no student may ever read; drawn anew for each course, so that no attack can know it beforehand."""

    word: str = field(default_factory=lambda: f"quokka-{secrets.token_hex(5)}")
    """Stands in comments and messages of hidden tests."""

    number: float = field(
        default_factory=lambda: 20_000 + secrets.randbelow(60_000) + secrets.randbelow(89_999) / 1e5 + 0.1
    )
    """An input of hidden tests; student code is given it, and must not bring it home."""

    token: str = field(default_factory=lambda: f"token-{secrets.token_hex(5)}")
    """Stands in an environment variable of the teacher's."""

    key: str = field(default_factory=lambda: f"numbat-{secrets.token_hex(5)}")
    """Stands in a file beside the course."""

    neighbour: str = field(default_factory=lambda: f"wombat-{secrets.token_hex(5)}")
    """Stands in an honest student's answer and output."""

    def all(self) -> dict[str, str]:
        """What to look for, by what it is."""
        found = {
            "hidden tests": self.word,
            "a hidden input": repr(self.number),
            "the teacher's environment": self.token,
        }
        return found | {"a file beside the course": self.key, "another student's work": self.neighbour}


@dataclass(frozen=True)
class Course:
    """A course folder with its assignment released."""

    folder: Path
    secrets: Secrets

    @property
    def secret_file(self) -> Path:
        return self.folder.parent / "exam-key.txt"

    @property
    def released(self) -> Path:
        return self.folder / "release" / UNIT / f"{NOTEBOOK}.ipynb"

    def submission(self, student: str) -> Path:
        return self.folder / "submitted" / student / UNIT

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a Python module with these arguments in the course folder."""
        env = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])}
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=self.folder, env=env | environment, capture_output=True, text=True
        )


def build(folder: Path, limits: Mapping[str, float] | None = None) -> Course:
    """Make the course in `folder`, an existing one, and release its assignment with nbgrader's own command."""
    course = Course(folder / "course", Secrets())
    source = course.folder / "source" / UNIT
    source.mkdir(parents=True)
    nbformat.write(_notebook(course.secrets), source / f"{NOTEBOOK}.ipynb")
    (source / "helpers.py").write_text(_HELPERS, encoding="utf-8")
    course.secret_file.write_text(course.secrets.key, encoding="utf-8")
    chosen = [f"c.Limits.{name} = {value!r}\n" for name, value in (LIMITS if limits is None else limits).items()]
    (course.folder / "nbgrader_config.py").write_text("".join([_CONFIG, *chosen]), encoding="utf-8")
    done = course.run("nbgrader", "generate_assignment", UNIT)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return course


def _notebook(secret: Secrets) -> NotebookNode:
    cells = [
        new_markdown_cell("# Arrays", id="title"),
        new_code_cell(_SETUP, id="setup"),
    ]
    for name, (points, test) in _TESTS.items():
        test = test.replace("@WORD@", secret.word).replace("@NUMBER@", repr(secret.number))
        cells += [
            new_markdown_cell(f"## {name}", id=f"{name}-title"),
            new_code_cell(_solution(name), id=name, metadata=_metadata(name, solution=True)),
            new_code_cell(test, id=f"{name}-test", metadata=_metadata(f"{name}-test", points=points)),
        ]
    essay = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    cells.append(new_markdown_cell(essay, id="explain", metadata=_metadata("explain", solution=True, points=3)))
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _solution(name: str) -> str:
    first, *rest = RIGHT[name].split("\n")
    if not rest:
        return f'{name} = "?"\n### BEGIN SOLUTION\n{first}\n### END SOLUTION'
    return "\n".join([first, "    ### BEGIN SOLUTION", *rest, "    ### END SOLUTION"])


def _metadata(name: str, *, solution: bool = False, points: int | None = None) -> dict:
    fields = {"grade_id": name, "schema_version": 3, "solution": solution, "grade": points is not None, "task": False}
    fields |= {"locked": not solution} | ({} if points is None else {"points": points})
    return {"nbgrader": fields}
