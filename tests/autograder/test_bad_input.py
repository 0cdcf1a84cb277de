"""`python -m autograder` with input that it cannot use: one line that says what to do, and nothing changed."""

from functools import partial

import pytest
from autograder_helpers import NOTEBOOK, UNIT
from command_line_helpers import contents
from recording_helpers import Locked, change

from autograder import planning
from autograder.kernels import sandbox
from autograder.records.gradebook_access import check_gradebook

NO_SANDBOX = "bubblewrap is missing: install it with apt-get install bubblewrap, or accept the risk"


@pytest.fixture
def refuses(run, handed_in):
    """Runs a command that must fail with one line and change nothing; returns the line."""

    def refuses(*arguments):
        before = contents(handed_in)
        status, printed, said = run(*arguments)
        assert (status, printed, len(said)) == (2, "", 1), said
        assert contents(handed_in) == before
        return said[0]

    return refuses


@pytest.fixture
def refuses_to_grade(refuses, handed_in):
    return partial(refuses, "grade", UNIT, "--course", handed_in)


def test_without_bubblewrap_it_refuses(refuses_to_grade, monkeypatch):
    monkeypatch.setattr(sandbox, "missing", lambda: NO_SANDBOX)
    assert refuses_to_grade() == f"autograder: {NO_SANDBOX}"


def test_without_bubblewrap_the_risk_can_be_accepted(grade, monkeypatch):
    monkeypatch.setattr(sandbox, "missing", lambda: NO_SANDBOX)
    status, _, _ = grade("--accept-risk-of-no-sandbox")
    assert status == 0


def test_no_such_unit(refuses, handed_in):
    assert refuses("grade", "nothing", "--course", handed_in).endswith(f"no folder source/nothing; there are: {UNIT}")


@pytest.mark.parametrize("unit", ["", ".", "..", "../outside", "/tmp"])
def test_no_name_of_a_unit(refuses, handed_in, unit):
    assert "is no name of an assignment" in refuses("grade", unit, "--course", handed_in)


def test_no_source_notebook(refuses, handed_in):
    (handed_in / "source" / "empty").mkdir()
    assert "there is no notebook in source/empty" in refuses("grade", "empty", "--course", handed_in)


def test_no_submissions(run, course):
    status, _, (said,) = run("grade", UNIT, "--course", course)
    assert status == 2
    assert f"no submissions of {UNIT}: put them in submitted/STUDENT/{UNIT}" in said


def test_no_course_folder(refuses, tmp_path):
    assert "give the course folder with --course" in refuses("grade", UNIT, "--course", tmp_path / "nowhere")


def test_a_configuration_that_fails(refuses_to_grade, handed_in):
    (handed_in / "nbgrader_config.py").write_text("1 / 0\n", encoding="utf-8")
    assert "nbgrader_config.py cannot be used, ZeroDivisionError" in refuses_to_grade()


def test_a_limit_that_is_none(refuses_to_grade, handed_in):
    with (handed_in / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("c.Limits.memory_bytes = -1\n")
    assert "must be a positive number" in refuses_to_grade()


def test_no_gradebook(refuses_to_grade, handed_in):
    (handed_in / "gradebook.db").unlink()
    assert f"run nbgrader generate_assignment {UNIT} first" in refuses_to_grade()


def test_a_newer_gradebook(refuses_to_grade, handed_in):
    change(handed_in, "UPDATE alembic_version SET version_num = 'fffffffffff0'")
    assert "made by a newer nbgrader" in refuses_to_grade()


def test_an_assignment_that_was_never_generated(refuses_to_grade, handed_in):
    change(handed_in, "UPDATE assignment SET name = 'other'")
    assert f"knows no assignment {UNIT}: run nbgrader generate_assignment {UNIT} first" in refuses_to_grade()


def test_a_cell_that_came_after_the_assignment_was_generated(refuses_to_grade, handed_in):
    change(handed_in, "DELETE FROM base_cell WHERE name = 'double-big'")
    assert f"no cell double-big in {NOTEBOOK}: run nbgrader generate_assignment" in refuses_to_grade()


def test_a_database_that_does_not_answer(refuses_to_grade, handed_in, monkeypatch):
    soon = partial(check_gradebook, patience=0.2)
    monkeypatch.setattr(planning, "check_gradebook", lambda *place, say: soon(*place, say=lambda line: None))
    with Locked(handed_in):
        assert "the gradebook does not answer: another program has kept it locked" in refuses_to_grade()


def test_an_unknown_student(refuses_to_grade):
    assert "eve, zoe handed in nothing" in refuses_to_grade("--student", "zoe", "--student", "ada", "--student", "eve")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--jobs", "0"),
        ("--jobs", "two"),
        ("--timeout", "0"),
        ("--timeout", "nan"),
        ("--timeout", "-1"),
        ("--memory", "inf"),
        ("--memory", "much"),
        ("--seed", "-1"),
        ("--seed", "1.5"),
        ("--no-such-option",),
    ],
)
def test_bad_numbers_and_options(refuses_to_grade, arguments):
    assert arguments[-1] in refuses_to_grade(*arguments)


def test_no_command(refuses):
    assert "COMMAND" in refuses()


def test_there_is_no_report_without_a_gradebook(refuses, handed_in):
    (handed_in / "gradebook.db").unlink()
    assert "there is no gradebook yet" in refuses("report", UNIT, "--course", handed_in)


def test_a_report_on_an_unknown_assignment(refuses, handed_in):
    assert "knows no assignment nothing" in refuses("report", "nothing", "--course", handed_in)
