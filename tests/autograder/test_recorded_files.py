"""What lies in autograded/ after a submission was recorded, and how one tells that it was."""

from pathlib import Path

import nbformat
import pytest
from autograder_helpers import NOTEBOOK, UNIT
from recording_helpers import (
    EARLY,
    LATE,
    WRITTEN,
    assignment_of,
    autograded,
    change,
    graded,
    is_recorded,
    submit,
)

from autograder.records.recording import digest_of


def test_the_notebook_is_the_graded_one_and_nobody_may_write_to_it(course, assignment, record):
    submission = graded(assignment, "ada", wrong=["double-small"])
    record(submission)
    file = autograded(course, "ada") / f"{NOTEBOOK}.ipynb"
    assert nbformat.read(file, as_version=4) == submission.notebooks[NOTEBOOK]
    assert file.stat().st_mode & 0o777 == 0o444


def test_other_files_are_kept_and_the_instructors_come_before_the_students(course, record):
    source = course / "source" / UNIT
    (source / "data.csv").write_text("true", encoding="utf-8")
    folder = submit(course, "ada", EARLY, **{"data.csv": "false", "notes.txt": "mine", "extra.ipynb": "{}"})
    submission = graded(assignment_of(course), "ada")
    submission.files = {name: folder / name for name in ("data.csv", "notes.txt", "extra.ipynb")}
    assert record(submission) == ["not kept in autograded/: extra.ipynb"]
    there = {path.name: path.read_text(encoding="utf-8") for path in autograded(course, "ada").iterdir()}
    assert there.pop(f"{NOTEBOOK}.ipynb")
    assert there == {"data.csv": "true", "notes.txt": "mine", "timestamp.txt": EARLY}


def test_a_file_that_students_are_to_change_is_theirs(course, record):
    (course / "source" / UNIT / "data.csv").write_text("empty", encoding="utf-8")
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"c.Autograde.exclude_overwriting = {{{UNIT!r}: ['data.csv']}}\n")
    folder = submit(course, "ada", **{"data.csv": "filled in"})
    submission = graded(assignment_of(course), "ada")
    submission.files = {"data.csv": folder / "data.csv"}
    record(submission)
    assert (autograded(course, "ada") / "data.csv").read_text(encoding="utf-8") == "filled in"


def test_what_is_no_longer_handed_in_goes(course, assignment, record):
    old = autograded(course, "ada")
    (old / "sub").mkdir(parents=True)
    for name in ("old.txt", "sub/older.txt", ".123.part", "renamed.ipynb"):
        (old / name).write_text("old", encoding="utf-8")
    record(graded(assignment, "ada"))
    assert [path.name for path in old.iterdir()] == [f"{NOTEBOOK}.ipynb"]


def test_a_link_is_not_followed(course, assignment, record, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret", encoding="utf-8")
    folder = submit(course, "ada")
    (folder / "notes.txt").symlink_to(secret)
    (folder / "timestamp.txt").symlink_to(secret)
    submission = graded(assignment, "ada")
    submission.files = {"notes.txt": folder / "notes.txt"}
    assert record(submission) == ["not kept in autograded/: notes.txt"]
    assert [path.name for path in autograded(course, "ada").iterdir()] == [f"{NOTEBOOK}.ipynb"]


@pytest.mark.parametrize("path", ["../../../outside.txt", "/tmp/outside.txt", f"{NOTEBOOK}.ipynb", "n" * 250 + ".txt"])
def test_a_file_that_cannot_be_kept_costs_nothing_else(course, assignment, record, path):
    submission = graded(assignment, "ada")
    submission.files = {path: Path(path)}
    record(submission)
    assert is_recorded(course)
    assert not list(course.rglob("outside.txt"))


def test_what_was_recorded_is_known_to_be(course, assignment, record):
    submit(course, "ada", EARLY)
    assert not is_recorded(course)
    record(graded(assignment, "ada", answers={"explain": WRITTEN}, wrong=["double-big"]))
    assert is_recorded(course)


def test_a_failure_that_was_recorded_is_known_to_be(course, assignment, record):
    record(graded(assignment, "ada", failure="it is not JSON"))
    assert is_recorded(course)


def test_another_submission_is_not_recorded(course, assignment, record):
    record(graded(assignment, "ada"))
    assert not is_recorded(course, digest="another")


def test_the_digest_depends_on_both_the_assignment_and_the_submission():
    assert len({digest_of("a", "b"), digest_of("a", "c"), digest_of("b", "b")}) == 3
    assert digest_of("a", "b") == digest_of("a", "b")


def test_scores_that_somebody_changed_are_not_what_was_recorded(course, assignment, record):
    record(graded(assignment, "ada"))
    change(course, "UPDATE grade SET auto_score = 0")
    assert not is_recorded(course)


def test_a_later_time_is_not_recorded_yet(course, assignment, record):
    submit(course, "ada", EARLY)
    record(graded(assignment, "ada"))
    submit(course, "ada", LATE)
    assert not is_recorded(course)


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "{}", '{"metadata": {"autograder": []}, "cells": 3}', "[" * 100_000]
)
def test_without_its_notebook_a_result_is_not_recorded(course, assignment, record, text):
    record(graded(assignment, "ada"))
    file = autograded(course, "ada") / f"{NOTEBOOK}.ipynb"
    file.unlink()
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert not is_recorded(course)
