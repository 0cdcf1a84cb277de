"""Results reach the gradebook as nbgrader's own steps would bring them there."""

import copy

import pytest
from autograder_helpers import NOTEBOOK, UNIT
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from recording_helpers import (
    DUE,
    EARLY,
    LATE,
    WRITTEN,
    Graded,
    change,
    comments,
    everything,
    graded,
    grades,
    is_recorded,
    recorder_of,
    submissions,
    submit,
)

from autograder.course_folder import open_course
from autograder.records.gradebook_access import RecordingError
from autograder.records.recording import NO_RESPONSE, NOT_GRADED


@pytest.mark.parametrize(
    "work",
    [
        {},
        {"answers": {"explain": WRITTEN}},
        {"wrong": ["double-small", "quiz-1-test"]},
        {"partial": {"double-small": 0.5}},
        {"partial": {"double-small": 0.0, "double-big": 1}},
        {"partial": {"double-small": "'words'"}},
    ],
)
@pytest.mark.parametrize("timestamp", ["", EARLY, LATE])
def test_the_gradebook_ends_as_with_nbgraders_own_steps(course, assignment, record, work, timestamp):
    config = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(config)
    change(course, "UPDATE assignment SET duedate = ?", DUE)
    for student in ("ada", "stock"):
        submit(course, student, timestamp)
    submission = graded(assignment, "ada", **work)
    record(submission)

    api = open_course(course)
    with api.gradebook as gradebook:
        gradebook.update_or_create_student("stock")
        gradebook.update_or_create_submission(UNIT, "stock", **({"timestamp": timestamp} if timestamp else {}))
    about = {"notebook": NOTEBOOK, "assignment": UNIT, "student": "stock", "db_url": api.coursedir.db_url}
    for step in (SaveAutoGrades, AssignLatePenalties):
        step(config=api.config).preprocess(copy.deepcopy(submission.notebooks[NOTEBOOK]), {"nbgrader": about})

    for table in everything(course):
        ours = {name: row for (student, name), row in table.items() if student == "ada"}
        assert ours == {name: row for (student, name), row in table.items() if student == "stock"}
        assert ours


def test_recording_twice_leaves_what_recording_once_does(course, assignment, record):
    record(graded(assignment, "ada"))
    once = everything(course)
    record(graded(assignment, "ada"))
    assert everything(course) == once


def test_a_second_result_replaces_the_first(course, assignment, record):
    record(graded(assignment, "ada", wrong=["double-small"]))
    record(graded(assignment, "ada", answers={"explain": WRITTEN}))
    assert grades(course)["ada", "double-small"] == (2.0, None, 0)
    assert comments(course)["ada", "explain"] == (None, None)


def test_a_score_given_by_hand_stays_and_is_marked_for_a_look(course, assignment, record):
    record(graded(assignment, "ada"))
    change(course, "UPDATE grade SET manual_score = 1.5, needs_manual_grade = 0")
    change(course, "UPDATE comment SET manual_comment = 'well put'")
    record(graded(assignment, "ada", wrong=["double-small"]))
    assert grades(course)["ada", "double-small"] == (0.0, 1.5, 1)
    assert comments(course)["ada", "explain"] == (NO_RESPONSE, "well put")


def test_a_written_answer_waits_for_a_person(course, assignment, record):
    record(graded(assignment, "ada", answers={"explain": WRITTEN}))
    assert grades(course)["ada", "explain"] == (None, None, 1)


def test_an_answer_that_was_never_given_is_zero_and_says_so(course, assignment, record):
    record(graded(assignment, "ada"))
    assert grades(course)["ada", "explain"] == (0.0, None, 0)
    assert comments(course)["ada", "explain"] == (NO_RESPONSE, None)


def test_a_submission_that_could_not_be_graded_is_zero_and_marked_for_a_look(course, assignment, record):
    record(graded(assignment, "ada", failure="it is not JSON"))
    assert {row[1:] for row in grades(course).items()} == {((0.0, None, 1),)}
    assert set(comments(course).values()) == {(NOT_GRADED, None)}


def test_a_failure_of_the_grader_does_not_cost_what_was_recorded(course, assignment, record):
    record(graded(assignment, "ada"))
    before = everything(course)
    failed = graded(assignment, "ada", failure="the grader failed: OSError", digest="")
    failed.digest = ""
    with pytest.raises(RecordingError, match="the grader failed: OSError; the result that was recorded before stays"):
        record(failed)
    assert everything(course) == before
    assert is_recorded(course)


def test_a_failure_of_the_grader_is_zero_where_nothing_was_recorded(course, assignment, record):
    failed = graded(assignment, "ada", failure="the grader failed: OSError", digest="")
    failed.digest = ""
    record(failed)
    assert set(grades(course).values()) == {(0.0, None, 1)}


def test_a_notebook_that_is_not_there_is_zero_with_nothing_to_look_at(course, record):
    record(Graded("ada", {}))
    assert set(grades(course).values()) == {(0.0, None, 0)}


def test_the_record_decides_where_outputs_say_otherwise(course, assignment, record):
    submission = graded(assignment, "ada")
    submission.notebooks[NOTEBOOK].metadata.autograder.cells["double-small"]["score"] = 0.5
    remarks = record(submission)
    assert grades(course)["ada", "double-small"][0] == 0.5
    assert remarks == [f"{NOTEBOOK}: double-small got 0.5; nbgrader would give 2.0"]


def test_a_cell_that_the_gradebook_does_not_know_leaves_it_unchanged(course, assignment, record):
    submission = graded(assignment, "ada")
    submission.notebooks[NOTEBOOK].cells[-1].metadata.nbgrader.grade_id = "renamed"
    with pytest.raises(RecordingError, match="no cell renamed in doubling: run nbgrader generate_assignment"):
        record(submission)
    assert everything(course) == ({}, {}, {})


def test_a_course_may_forbid_new_students(course, assignment, record):
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write("c.Autograde.create_student = False\n")
    with pytest.raises(RecordingError, match="no student ada"):
        record(graded(assignment, "ada"))
    assert everything(course) == ({}, {}, {})


def test_totals_count_scores_by_hand_and_take_penalties_off(course, assignment, record):
    record(graded(assignment, "ada", wrong=["double-big"]))
    change(
        course,
        "UPDATE grade SET manual_score = 3 WHERE cell_id = (SELECT id FROM base_cell WHERE name = 'explain' "
        "AND type = 'GradeCell')",
    )
    change(course, "UPDATE submitted_notebook SET late_submission_penalty = 1.5")
    with recorder_of(course) as recorder:
        assert recorder.totals() == {"ada": (4.5, 7.0)}


def late_course(course, rule):
    (course / "late.py").write_text(
        f"from nbgrader.plugins import LateSubmissionPlugin\n\n\nclass Late(LateSubmissionPlugin):\n"
        f"    def late_submission_penalty(self, student_id, score, total_seconds_late):\n        return {rule}\n",
        encoding="utf-8",
    )
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"import sys\nsys.path.insert(0, {str(course)!r})\nsys.modules.pop('late', None)\nimport late\n")
        file.write("c.AssignLatePenalties.plugin_class = late.Late\n")
    change(course, "UPDATE assignment SET duedate = ?", DUE)


@pytest.mark.parametrize(
    ("rule", "penalty"),
    [("total_seconds_late / 86400", 1.0), ("score / 2", 2.0), ("99", 4.0), ("-1", 0.0), ("None", None)],
)
def test_the_courses_own_rule_for_late_work_is_asked(course, assignment, record, rule, penalty):
    late_course(course, rule)
    submit(course, "ada", LATE)
    record(graded(assignment, "ada"))
    assert submissions(course)["ada", NOTEBOOK][1] == penalty


def test_an_extension_counts(course, assignment, record):
    late_course(course, "1")
    submit(course, "ada", LATE)
    record(graded(assignment, "ada"))
    change(course, "UPDATE submitted_assignment SET extension = '1970-01-03 00:00:00.000000'")
    record(graded(assignment, "ada"))
    assert submissions(course)["ada", NOTEBOOK][1] is None


def test_a_rule_that_fails_costs_its_submission_alone(course, assignment, record):
    late_course(course, "1 / 0")
    submit(course, "late", LATE)
    with pytest.raises(RecordingError, match="rule for late work failed: ZeroDivisionError"):
        record(graded(assignment, "late"))
    record(graded(assignment, "ada"))
    assert {student for student, _ in submissions(course)} == {"ada"}


@pytest.mark.parametrize(
    "stamp", ["yesterday-ish", "99999999999999999999", "1 2 3", "2026-13-45", "\0", "0 0 +99999999999999"]
)
def test_a_time_that_is_none_is_remarked(course, assignment, record, stamp):
    submit(course, "ada", stamp)
    assert record(graded(assignment, "ada")) == [
        "timestamp.txt holds no time, so the submission does not count as late"
    ]
    assert submissions(course)["ada", NOTEBOOK] == (None, None)


def test_without_a_time_the_recorded_one_stays(course, assignment, record):
    folder = submit(course, "ada", LATE)
    record(graded(assignment, "ada"))
    (folder / "timestamp.txt").unlink()
    record(graded(assignment, "ada"))
    assert submissions(course)["ada", NOTEBOOK][0].startswith("2026-01-03 10:00")
