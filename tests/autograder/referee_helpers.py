"""Notebooks in a few words, and a student's side that lives in this process."""

import functools

from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import determine_grade

from autograder.channel.remote import Missing
from autograder.judging import referee
from autograder.limits import Limits

HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


def _metadata(grade_id, grade, solution, points):
    fields = {"grade": grade, "grade_id": grade_id, "locked": grade, "schema_version": 3, "solution": solution}
    return {"nbgrader": {**fields, "task": False, **({"points": points} if grade else {})}}


def given(source):
    """A cell of the instructor's."""
    return new_code_cell(source)


def answer(grade_id, stub=STUB):
    """A cell for an answer, as students get it."""
    return new_code_cell(stub, metadata=_metadata(grade_id, False, True, None))


def grade(grade_id, source, points=1, **metadata):
    """A grade cell."""
    return new_code_cell(source, metadata={**_metadata(grade_id, True, False, points), **metadata})


def notebook(*cells):
    """A notebook of cells; a plain string is markdown."""
    return new_notebook(cells=[new_markdown_cell(c) if isinstance(c, str) else c for c in cells])


def answered(skeleton, answers):
    """The notebook with the answers in place."""
    copy = new_notebook(cells=[new_code_cell(**c) if c.cell_type == "code" else c for c in skeleton.cells])
    for cell in copy.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    return copy


class Function:
    """A function of the student's: it counts calls, and marks what it raises as the real one does."""

    def __init__(self, remote, function):
        functools.update_wrapper(self, function)
        del self.__wrapped__
        self._remote = remote
        self._function = function

    def __call__(self, *args, **keywords):
        self._remote.calls += 1
        try:
            return self._function(*args, **keywords)
        except Exception as error:
            error.remote = True
            error.where = getattr(error, "where", "")
            raise


class FakeRemote:
    """Answers as a student's process does that ran the notebook's cells without its grade cells."""

    def __init__(self, executed):
        self.dead = False
        self.calls = 0
        self.names = {"__name__": "__main__"}
        self._bookmarks = {}
        for index, cell in enumerate(executed.cells):
            if cell.cell_type != "code":
                continue
            if referee.is_automatic(cell):
                self._bookmarks[str(index)] = dict(self.names)
                continue
            try:
                exec(cell.source, self.names)
            except (Exception, SystemExit) as error:
                text = f"{type(error).__name__}: {error}"
                cell.outputs = [
                    {"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": [text]}
                ]

    def bookmark(self, key):
        self._bookmarks[key] = dict(self.names)

    def restore(self, key):
        self.names.clear()
        self.names.update(self._bookmarks[key])

    def lookup(self, name):
        if name not in self.names:
            raise Missing(name)
        value = self.names[name]
        return Function(self, value) if callable(value) and not isinstance(value, Function) else value

    def assign(self, name, value):
        self.names[name] = getattr(value, "_function", value)

    def delete(self, name):
        if name not in self.names:
            raise Missing(name)
        del self.names[name]


def judge(*cells, solutions=None, limits=None, seed=1, **answers):
    """Run all grade cells; verdicts by grade id. `answers` are sources by grade id, with `_` for a hyphen."""
    skeleton = notebook(*cells)
    grafted = answered(skeleton, {name.replace("_", "-"): source for name, source in answers.items()})
    remote = FakeRemote(grafted)
    found = referee.run(skeleton, grafted, remote, limits=limits or Limits(), seed=seed, solutions=solutions)
    return {verdict.grade_id: verdict for verdict in found}


RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x * x"


def verdict_on(source, *before, answer_source=RIGHT, points=1, **options):
    """The verdict of one grade cell about one answer, with other cells of the instructor's before it."""
    cells = (
        *before,
        answer("double", "def double(x):\n    raise NotImplementedError()"),
        grade("test", source, points),
    )
    return judge(*cells, double=answer_source, **options)["test"]


def nbgraders_score(verdict):
    """What nbgrader makes of the outputs."""
    cell = from_dict(
        {
            "cell_type": "code",
            "source": "",
            "outputs": verdict.outputs,
            "metadata": {"nbgrader": {"grade": True, "solution": False, "points": verdict.max_score}},
        }
    )
    return determine_grade(cell)[0]


def told(verdict):
    """Everything that the student may read."""
    return repr((verdict.outputs, verdict.messages))
