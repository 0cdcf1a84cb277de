"""The tiny course as fixtures; its class is graded once for all tests."""

import re
import shutil
from functools import partial

import pytest
from autograder_helpers import UNIT, GradedClass, hand_in, hand_in_everything, make_course
from command_line_helpers import FakeGrader
from recording_helpers import assignment_of, recorder_of, submit


@pytest.fixture(scope="session")
def tiny_course(tmp_path_factory):
    """A course folder with one released assignment and no submissions; not to be changed."""
    return make_course(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def course(tiny_course, tmp_path):
    """A copy of the tiny course, to be changed."""
    return shutil.copytree(tiny_course, tmp_path / "course")


@pytest.fixture
def assignment(course):
    """The tiny course's assignment, as the grader loads it."""
    return assignment_of(course)


@pytest.fixture
def record(course):
    """Records one submission with a recorder of its own."""

    def record(submission, **options):
        submit(course, submission.student)
        with recorder_of(course, **options) as recorder:
            return recorder.record(submission)

    return record


@pytest.fixture
def grader(monkeypatch):
    """A fake of all that runs students' code."""
    from autograder import __main__ as command
    from autograder.kernels import sandbox

    fake = FakeGrader()
    monkeypatch.setattr(command, "_grade_all", fake)
    monkeypatch.setattr(sandbox, "missing", lambda: None)
    monkeypatch.setattr(sandbox.Sandbox, "begin", lambda self: None)  # what a head start does
    return fake


@pytest.fixture
def handed_in(course):
    """The tiny course with submissions of two students."""
    for student in ("ada", "bob"):
        hand_in(course, student, {})
    return course


@pytest.fixture
def run(grader, capsys):
    """Runs the command line; its status, what it printed, and what it said on stderr without the progress bar."""

    def run(*arguments):
        from autograder import __main__ as command

        try:
            status = command.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code
        said = capsys.readouterr()
        lines = [line for line in re.split(r"[\r\n]+", said.err) if line.strip() and not line.startswith("grading:")]
        return status, said.out, lines

    return run


@pytest.fixture
def grade(run, handed_in):
    """Runs `grade` on that course."""
    return partial(run, "grade", UNIT, "--course", handed_in)


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory):
    """The class, graded by the command line with two workers, and given feedback by nbgrader."""
    from autograder.__main__ import main
    from autograder.course_folder import open_course
    from autograder.reporting.gradebook import read_class

    course = make_course(tmp_path_factory.mktemp("class"))
    hand_in_everything(course)
    assert main(["grade", UNIT, "--course", str(course), "--jobs", "2", "--timeout", "5"]) == 0
    students = sorted(folder.name for folder in (course / "submitted").iterdir())
    feedback = open_course(course).generate_feedback(UNIT)
    assert feedback["success"], feedback
    return GradedClass(course, {row.student: row for row in read_class(course, UNIT, students)})
