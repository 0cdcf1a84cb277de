"""`python -m autograder`: what it does, and what it says."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from autograder_helpers import NOTEBOOK, UNIT
from command_line_helpers import FakeGrader
from recording_helpers import Locked, autograded, grades

from autograder import __main__ as command
from autograder.limits import GIB, Limits
from autograder.records import recording
from autograder.summary import Summary


def test_a_class_is_graded_and_recorded(grade, handed_in):
    status, printed, said = grade()
    assert (status, said) == (0, [])
    assert "2 graded and recorded." in printed
    assert "Mean 4.00 of 7 points" in printed
    assert "  ada 4, bob 4\n" in printed
    assert grades(handed_in)["bob", "double-small"] == (2.0, None, 0)
    assert (autograded(handed_in, "ada") / f"{NOTEBOOK}.ipynb").is_file()


def test_what_is_recorded_and_unchanged_is_left_alone(grade, grader):
    grade()
    status, printed, _ = grade()
    assert status == 0
    assert grader.asked == ["ada", "bob"]
    assert "0 graded and recorded, 2 recorded before and unchanged." in printed


def test_a_changed_submission_is_graded_again(grade, grader, handed_in):
    grade()
    file = handed_in / "submitted" / "bob" / UNIT / f"{NOTEBOOK}.ipynb"
    file.write_text(file.read_text(encoding="utf-8").replace('\\"?\\"', '\\"b\\"'), encoding="utf-8")
    _, printed, _ = grade()
    assert grader.asked == ["ada", "bob", "bob"]
    assert "Grading 1 of 2 submissions" in printed


def test_a_changed_assignment_grades_everybody_again(grade, grader, handed_in):
    grade()
    (handed_in / "source" / UNIT / "data.csv").write_text("1,2", encoding="utf-8")
    grade()
    assert grader.asked == ["ada", "bob", "ada", "bob"]


def test_force_grades_again(grade, grader):
    grade()
    grade("--force")
    assert grader.asked == ["ada", "bob", "ada", "bob"]


def test_a_single_student_can_be_graded(grade, grader):
    grade("--student", "bob")
    assert grader.asked == ["bob"]


def test_limits_on_the_command_line_come_before_the_courses(grade, grader, handed_in):
    with (handed_in / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("c.Limits.call_seconds = 3\n")
    grade("--timeout", "7", "--memory", "0.5")
    assert (grader.limits.cell_seconds, grader.limits.memory_bytes) == (7, GIB // 2)
    assert grader.limits.call_seconds == 3


def test_any_limit_can_be_changed_from_the_command_line(grade, grader):
    grade("--limit", "call_seconds=2.5", "--limit", "processes=16")
    assert (grader.limits.call_seconds, grader.limits.processes) == (2.5, 16)
    assert isinstance(grader.limits.processes, int)


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("patience=3", "'patience' is no limit; there are cell_seconds, "),
        ("processes=-1", "'-1' is not a positive number"),
        ("processes=1.5", "processes takes a whole number, not 1.5"),
        ("processes", "'' is not a positive number"),
    ],
)
def test_a_limit_that_is_none_is_said_in_one_line(grade, limit, said):
    status, _, lines = grade("--limit", limit)
    assert status == 2
    assert said in lines[-1]


def test_a_long_time_for_a_cell_gives_the_notebook_as_long(grade, grader):
    grade("--timeout", "1000")
    assert grader.limits.notebook_seconds == 1000
    assert Limits().notebook_seconds < 1000


def test_the_seed_is_printed_so_that_a_run_can_be_repeated(grade, grader):
    _, printed, _ = grade()
    assert f"the seed is {grader.seed}." in printed
    grade("--force", "--seed", "12")
    assert grader.seed == 12


def test_progress_is_shown_with_rate_and_time_left(handed_in, grader, capsys):
    command.main(["grade", UNIT, "--course", str(handed_in)])
    assert re.search(r"grading: 100%.* 2/2 \[\d\d:\d\d<\d\d:\d\d, +[\d.?]+.*student", capsys.readouterr().err)


def test_the_summary_says_who_failed_and_what_is_wrong_with_the_tests(grade, grader):
    grader.work["ada"] = {"failure": "it is not JSON\x1b[2J"}
    _, printed, _ = grade()
    assert "ada: could not be graded, counts 0 and is marked for a look: it is not JSON\ufffd[2J" in printed


def test_the_summary_tells_of_tests_that_are_wrong_or_exposed(grade, grader, monkeypatch, handed_in):
    def broken(planned, *rest):
        for entry in FakeGrader()(planned, *rest):
            cells = entry.notebooks[NOTEBOOK].metadata.autograder.cells
            cells["double-small"]["instructor_error"] = "nobody defines report"
            cells["double-big"]["process"] = "student"
            entry.remarks = ("answer taken from the cell's id", "edited")
            yield entry

    monkeypatch.setattr(command, "_grade_all", broken)
    _, printed, _ = grade()
    assert f"The grade cell double-small of {NOTEBOOK} is itself wrong: nobody defines report" in printed
    assert f"Run in the students' own process, as their metadata asks: double-big of {NOTEBOOK}" in printed
    assert "4 remarks on 2 submissions" in printed


def test_what_cannot_be_recorded_is_said_and_the_others_are(grade, handed_in, monkeypatch):
    record = recording.Recorder.record

    def sometimes(self, entry):
        if entry.student == "ada":
            raise recording.RecordingError("autograded/ada cannot be written: Permission denied")
        return record(self, entry)

    monkeypatch.setattr(recording.Recorder, "record", sometimes)
    status, printed, _ = grade()
    assert status == 1
    assert "1 graded and recorded, 1 not recorded." in printed
    assert "ada: NOT RECORDED: autograded/ada cannot be written" in printed
    assert {student for student, _ in grades(handed_in)} == {"bob"}


def test_ctrl_c_says_what_is_recorded(grade, grader, handed_in):
    grader.interrupt_after = 1
    status, printed, said = grade()
    assert status == 130
    assert "1 graded and recorded." in printed
    assert said == [
        "autograder: interrupted; what is counted above is recorded, and the same command goes on from there"
    ]
    assert {student for student, _ in grades(handed_in)} == {"ada"}


def test_a_full_disk_is_one_line(grade, handed_in, monkeypatch):
    def full(path, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    status, _, said = grade()
    assert status == 1
    assert len(said) == 1
    assert said[0].startswith("autograder: the disk is full: make room first; what is counted above is recorded")
    assert grades(handed_in) == {}


def test_a_gradebook_that_stops_answering_keeps_what_was_recorded(grade, handed_in, monkeypatch):
    monkeypatch.setattr(recording.Recorder.__init__, "__kwdefaults__", {"patience": 0.2, "say": print})

    def locking(planned, *rest):
        for number, entry in enumerate(FakeGrader()(planned, *rest)):
            if number:
                Locked(handed_in).__enter__()
            yield entry

    monkeypatch.setattr(command, "_grade_all", locking)
    status, printed, said = grade()
    assert status == 2
    assert "1 graded and recorded." in printed
    assert "the gradebook does not answer" in said[-1]


@pytest.fixture
def reported(monkeypatch):
    from autograder import report

    written = {}
    monkeypatch.setattr(report, "build", lambda course, unit: (course, unit))
    monkeypatch.setattr(report, "write_html", lambda built, file: written.update(page=file, built=built))
    monkeypatch.setattr(report, "write_csv", lambda built, folder: written.update(folder=folder))
    return written


def test_the_report_lies_in_the_course_folder(run, reported, course):
    status, printed, _ = run("report", UNIT, "--course", course)
    assert status == 0
    assert reported == {
        "built": (course, UNIT),
        "page": course / f"report-{UNIT}.html",
        "folder": course / f"report-{UNIT}",
    }
    assert f"report-{UNIT}.html is the report" in printed


def test_the_report_can_lie_elsewhere(run, reported, course, tmp_path):
    run("report", UNIT, "--course", course, "--out", tmp_path / "class.html")
    assert (reported["page"], reported["folder"]) == (tmp_path / "class.html", tmp_path / "class")


def test_help_needs_neither_torch_nor_nbgrader():
    code = "import sys, autograder.__main__ as m\ntry: m.main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted({'torch', 'nbgrader'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip().endswith("[]")
    assert "grade a class" in shown


def test_the_scores_of_a_large_class_are_listed_up_to_a_point():
    summary = Summary(recorded=[f"student-{number:03}" for number in range(75)])
    lines = summary.lines(dict.fromkeys(summary.recorded, (2.5, 4.0)), UNIT)
    listed = " ".join(lines)
    assert "student-000 2.5, student-001 2.5" in listed
    assert "student-059 2.5, and 15 more" in listed
    assert max(map(len, lines)) <= 100
