"""`nbgrader autograde`, and with it Formgrader's button, grades through the graft, the sandbox and the referee."""

import asyncio
import copy
import os

import nbformat
import pytest
from autograder_helpers import NOTEBOOK, RIGHT, UNIT, hand_in
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output
from nbgrader import utils
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import (
    AssignLatePenalties,
    DeduplicateIds,
    Execute,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from recording_helpers import autograded, grades, recorder_of

from autograder import nbgrader_plugins
from autograder.assignment import load
from autograder.course_folder import open_course
from autograder.intake import submission
from autograder.limits import Limits
from autograder.nbgrader_plugins import Graft, RefereedExecute, autograde_steps, sanitize_steps
from autograder.records.recording import digest_of

PLUGGED_IN = """
from nbgrader.converters import Autograde

from autograder.nbgrader_plugins import autograde_steps, sanitize_steps

c.Autograde.sanitize_preprocessors = sanitize_steps(Autograde().sanitize_preprocessors)
c.Autograde.autograde_preprocessors = autograde_steps(Autograde().autograde_preprocessors)
"""


class FakeExecution:
    """Stands for the worker: every grade cell fails whose notebook lacks the right answer."""

    def __init__(self):
        self.calls = []

    def __call__(self, function, skeleton, grafted, files, orders):
        self.calls.append({"grafted": grafted, "files": files, **vars(orders)})
        notebook = copy.deepcopy(grafted.notebook)
        right = any(cell.source == RIGHT for cell in notebook.cells)
        for cell in notebook.cells:
            if cell.cell_type == "code" and utils.is_grade(cell) and not right:
                cell.outputs = [new_output("error", ename="E", evalue="no", traceback=["E: no"])]
        notebook.metadata["autograder"] = NotebookNode(version=1, failure="", remarks=[], cells={})
        return notebook


@pytest.fixture
def execution(monkeypatch):
    fake = FakeExecution()
    monkeypatch.setattr(nbgrader_plugins, "_in_worker", fake)
    return fake


@pytest.fixture
def plugged_in(course):
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(PLUGGED_IN)
    return course


def nbgrader_autograde(course, student):
    # nbgrader moves into the course folder and back.
    return open_course(course).autograde(UNIT, student)


def scores(course, student):
    return {cell: row[0] for (name, cell), row in grades(course).items() if name == student}


def test_the_graft_takes_the_place_of_what_it_puts_right():
    steps = sanitize_steps(Autograde().sanitize_preprocessors)
    assert Graft in steps
    assert not {DeduplicateIds, OverwriteKernelspec, OverwriteCells} & set(steps)


def test_execution_is_refereed_and_all_other_steps_stay():
    stock = Autograde().autograde_preprocessors
    steps = autograde_steps(stock)
    assert [step for step in steps if step is not RefereedExecute] == [step for step in stock if step is not Execute]
    assert steps.index(RefereedExecute) == stock.index(Execute)
    assert {SaveAutoGrades, AssignLatePenalties} <= set(steps)


def test_nbgraders_gradebook_gets_the_scores(plugged_in, execution):
    hand_in(plugged_in, "ada", {"double": RIGHT})
    hand_in(plugged_in, "bob", {})
    for student in ("ada", "bob"):
        assert nbgrader_autograde(plugged_in, student)["success"]
    assert scores(plugged_in, "ada")["double-small"] == 2
    assert scores(plugged_in, "bob")["double-small"] == 0


def test_tampered_cells_are_the_instructors_again(plugged_in, execution):
    file = hand_in(plugged_in, "eve", {"double-small": "pass"})
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if cell.id.startswith("double-"):
            cell.metadata.tags = ["skip-execution"]
            cell.metadata.nbgrader.points = 100
    notebook.cells.append(new_code_cell("", id="copy", metadata=notebook.cells[3].metadata))
    nbformat.write(notebook, file)
    assert nbgrader_autograde(plugged_in, "eve")["success"]
    (call,) = execution.calls
    cells = {cell.id: cell for cell in call["grafted"].notebook.cells}
    assert "HIDDEN TESTS" in cells["double-small"].source
    assert "tags" not in cells["double-small"].metadata
    assert cells["double-small"].metadata.nbgrader.points == 2
    assert scores(plugged_in, "eve")["double-small"] == 0


def test_the_kernel_gets_safe_files_and_the_instructors_before_the_students(plugged_in, execution, tmp_path):
    (plugged_in / "source" / UNIT / "data.csv").write_text("true", encoding="utf-8")
    folder = hand_in(plugged_in, "ada", {}).parent
    for name in ("data.csv", "notes.txt", "torch.py"):
        (folder / name).write_text("mine", encoding="utf-8")
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    (folder / "link.txt").symlink_to(secret)
    nbgrader_autograde(plugged_in, "ada")
    files = execution.calls[0]["files"]
    assert {name: path.read_text(encoding="utf-8") for name, path in files.items()} == {
        "data.csv": "true",
        "notes.txt": "mine",
    }


def test_limits_seed_and_accepted_risk_come_from_the_configuration(plugged_in, execution):
    with (plugged_in / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("c.Limits.call_seconds = 3\nc.RefereedExecute.seed = 12\n")
        file.write("c.RefereedExecute.accept_risk_of_no_sandbox = True\n")
    hand_in(plugged_in, "ada", {})
    nbgrader_autograde(plugged_in, "ada")
    (call,) = execution.calls
    assert call["limits"].call_seconds == 3
    assert (call["seed"], call["confined"]) == (12, False)


def test_every_notebook_has_a_seed_of_its_own_and_a_sandbox(plugged_in, execution):
    for student in ("ada", "bob"):
        hand_in(plugged_in, student, {})
        nbgrader_autograde(plugged_in, student)
    first, second = execution.calls
    assert first["seed"] != second["seed"]
    assert first["confined"] is True


def test_what_was_graded_so_counts_as_recorded(plugged_in, execution):
    folder = hand_in(plugged_in, "ada", {"double": RIGHT}).parent
    nbgrader_autograde(plugged_in, "ada")
    api = open_course(plugged_in)
    assignment = load(api.coursedir, api.config, UNIT)
    handed_in = submission.read(folder, [NOTEBOOK], Limits())
    with recorder_of(plugged_in) as recorder:
        assert recorder.is_recorded("ada", digest_of(assignment.digest, handed_in.digest))


def test_what_was_unusual_is_in_the_record(plugged_in, execution):
    hand_in(plugged_in, "eve", {"double-small": "pass"})
    nbgrader_autograde(plugged_in, "eve")
    graded = nbformat.read(autograded(plugged_in, "eve") / f"{NOTEBOOK}.ipynb", as_version=4)
    assert any("double-small" in remark for remark in graded.metadata.autograder.remarks)


def test_a_notebook_that_cannot_be_read_gives_its_reason(plugged_in, execution):
    file = hand_in(plugged_in, "ada", {})
    file.unlink()
    file.symlink_to(plugged_in / "source" / UNIT / f"{NOTEBOOK}.ipynb")
    result = nbgrader_autograde(plugged_in, "ada")
    assert not result["success"]
    assert "it is a symbolic link" in result["log"]
    assert execution.calls == []


def test_the_worker_is_another_process_and_stays():
    pids = {nbgrader_plugins._in_worker(os.getpid) for _ in range(2)}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_the_worker_can_be_used_in_the_middle_of_an_event_loop():
    async def button():
        return nbgrader_plugins._in_worker(os.getpid)

    assert asyncio.run(button()) != os.getpid()


def test_a_worker_that_dies_is_said_to_have_died_and_replaced():
    before = nbgrader_plugins._in_worker(os.getpid)
    with pytest.raises(NbGraderException, match="the process that graded it ended"):
        nbgrader_plugins._in_worker(os._exit, 1)
    assert nbgrader_plugins._in_worker(os.getpid) != before


@pytest.mark.slow
def test_the_repositorys_own_configuration_grades_in_the_sandbox(course):
    hand_in(course, "ada", {"double": RIGHT})
    hand_in(course, "eve", {"double": "report = lambda *_: None\n\n\ndef double(x):\n    return 0"})
    for student in ("ada", "eve"):
        assert nbgrader_autograde(course, student)["success"]
    assert scores(course, "ada")["double-small"] == 2
    assert scores(course, "eve")["double-small"] == 0
    file = autograded(course, "ada") / f"{NOTEBOOK}.ipynb"
    assert "secret fourteen" not in file.read_text(encoding="utf-8")
