"""Folders as students leave them: what is read, what is left out and why, and whether it has changed."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from submission_helpers import NAME, look, make_submission, put, remark_on, write_notebook

from autograder.intake import handed_in, submission


@pytest.fixture
def folder(tmp_path):
    """A submission with one notebook."""
    return make_submission(tmp_path)


def test_a_plain_submission_is_read_without_remarks(folder):
    found = look(folder)
    assert found.notebooks[NAME].cells[0].source == "x = 1"
    assert (found.failures, found.files, found.remarks) == ({}, {}, ())


def test_other_files_are_handed_over_by_their_relative_paths(folder):
    put(folder, "data/points.csv")
    put(folder, "helper.py")
    assert look(folder).files == {
        "helper.py": folder / "helper.py",
        "data/points.csv": folder / "data" / "points.csv",
    }


def test_what_programs_leave_behind_is_passed_over_in_silence(folder):
    for path in (".ipynb_checkpoints/doubling-checkpoint.ipynb", "__pycache__/a.pyc", ".DS_Store", "timestamp.txt"):
        put(folder, path)
    found = look(folder)
    assert (found.files, found.remarks) == ({}, ())


def test_a_missing_folder_is_a_reason(tmp_path):
    assert look(tmp_path / "none").failures == {NAME: "nothing was handed in"}


def test_a_file_in_place_of_the_folder_is_a_reason(folder):
    assert "no folder" in look(folder / f"{NAME}.ipynb").failures[NAME]


def test_an_empty_folder_is_a_reason(tmp_path):
    assert look(tmp_path).failures == {NAME: "no notebook was handed in"}


def test_a_broken_notebook_is_a_reason_and_the_others_are_read(folder):
    put(folder, "other.ipynb", b"{ not json")
    found = look(folder, NAME, "other")
    assert list(found.notebooks) == [NAME]
    assert "not JSON" in found.failures["other"]


def test_one_unknown_notebook_is_taken_for_the_missing_one(folder):
    (folder / f"{NAME}.ipynb").rename(folder / "doubling (1).ipynb")
    found = look(folder)
    assert found.notebooks[NAME].cells[0].source == "x = 1"
    assert found.remarks == ("the notebook was called doubling (1).ipynb; taken as doubling.ipynb",)


@pytest.mark.parametrize(
    "name", ["doubling.ipynb.txt", "doubling.ipynb.json", "DOUBLING.IPYNB", "handed/in/doubling.ipynb"]
)
def test_an_unknown_notebook_is_found_under_many_names(folder, name):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").rename(folder / name)
    assert list(look(folder).notebooks) == [NAME]


def test_of_two_unknown_notebooks_none_is_taken(folder):
    (folder / f"{NAME}.ipynb").rename(folder / "a.ipynb")
    write_notebook(folder / "b.ipynb")
    reason = look(folder).failures[NAME]
    assert reason == "there is no notebook called doubling.ipynb; handed in instead: a.ipynb, b.ipynb"


def test_for_two_missing_notebooks_none_is_taken(folder):
    (folder / f"{NAME}.ipynb").rename(folder / "a.ipynb")
    assert set(look(folder, NAME, "other").failures) == {NAME, "other"}


def test_a_notebook_that_is_broken_is_not_missing(folder):
    put(folder, f"{NAME}.ipynb", b"[]")
    write_notebook(folder / "other.ipynb")
    assert "a list in place of a notebook" in look(folder).failures[NAME]


def test_a_further_notebook_is_left_out_with_a_remark(folder):
    write_notebook(folder / "draft.ipynb")
    found = look(folder)
    assert "draft.ipynb" in remark_on(found, "no such notebook")
    assert found.files == {}


def test_a_notebook_that_is_too_large_is_a_reason(folder):
    assert "too large" in look(folder, submission_bytes=10).failures[NAME]


def test_a_file_of_a_terabyte_is_not_read(folder):
    with (folder / f"{NAME}.ipynb").open("wb") as file:
        file.truncate(1 << 40)
    assert look(folder).failures[NAME] == "the notebook was not read: it is too large (1,048,576 MB)"


def test_a_file_that_grows_while_it_is_read_is_not_read_to_its_end(folder, monkeypatch):
    real = os.fstat
    monkeypatch.setattr(os, "fstat", lambda file: SimpleNamespace(st_mode=real(file).st_mode, st_size=0))
    assert "too large (more than 10 bytes)" in look(folder, submission_bytes=10).failures[NAME]


def test_repairs_are_mentioned_with_the_notebooks_name(folder):
    put(folder, f"{NAME}.ipynb", json.dumps({"cells": ["text"]}).encode())
    assert look(folder).remarks == ("doubling: 1 of its cells were no cells and were left out",)


def test_a_notebook_that_is_a_folder_is_a_reason(folder):
    (folder / f"{NAME}.ipynb").unlink()
    (folder / f"{NAME}.ipynb").mkdir()
    assert look(folder).failures[NAME] == "the notebook was not read: it is a folder"


def test_a_notebook_that_may_not_be_read_is_a_reason(folder, monkeypatch):
    real = os.open

    def denied(path, *args, **kwargs):
        if path == f"{NAME}.ipynb":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", denied)
    assert look(folder).failures[NAME] == "the notebook was not read: it cannot be read (Permission denied)"


def test_a_file_that_is_too_large_is_left_out(folder):
    put(folder, "large.csv", b"x" * 2_000)
    found = look(folder, submission_bytes=1_000)
    assert found.files == {}
    assert remark_on(found, "large.csv", "too large (2,000 bytes)")


def test_files_beyond_a_number_are_left_out(folder):
    for number in range(7):
        put(folder, f"{number}.csv")
    found = look(folder, submission_files=5)
    assert list(found.files) == ["0.csv", "1.csv", "2.csv", "3.csv", "4.csv"]
    assert remark_on(found, "2 files were left out")


def test_all_files_together_have_a_limit(folder):
    for number in range(4):
        put(folder, f"{number}.csv", b"x" * 400_000)
    found = look(folder, disk_bytes=1 << 20)
    assert list(found.files) == ["0.csv", "1.csv"]
    assert remark_on(found, "2.csv", "more than 1 MB")


def test_a_folder_that_is_too_deep_is_left_out(folder):
    put(folder, "/".join(["d"] * handed_in.MAX_DEPTH) + "/in.csv")
    put(folder, "/".join(["d"] * (handed_in.MAX_DEPTH + 1)) + "/out.csv")
    found = look(folder)
    assert [Path(path).name for path in found.files] == ["in.csv"]
    assert remark_on(found, "folders deep")


def test_a_path_that_is_too_long_is_left_out(folder):
    put(folder, f"{'a' * 200}/{'b' * 200}.csv")
    found = look(folder)
    assert found.files == {}
    assert len(remark_on(found, "longer than")) < 200


def test_a_folder_with_too_many_files_does_not_hide_the_notebook(folder, monkeypatch):
    monkeypatch.setattr(handed_in, "MAX_ENTRIES", 10)
    for number in range(30):
        put(folder, f"data/{number}.csv")
    found = look(folder)
    assert list(found.notebooks) == [NAME]
    assert remark_on(found, "more than 10 files")


def test_a_deep_folder_with_too_many_files_does_not_hide_what_is_less_deep(folder, monkeypatch):
    monkeypatch.setattr(handed_in, "MAX_ENTRIES", 10)
    put(folder, "before/points.csv")
    for number in range(30):
        put(folder, f"venv/lib/{number}.txt")
    put(folder, "later/points.csv")
    assert {"before/points.csv", "later/points.csv"} <= look(folder).files.keys()


def test_remarks_have_a_limit(folder):
    for number in range(100):
        put(folder, f"{number}.so")
    remarks = look(folder).remarks
    assert len(remarks) == submission.MAX_REMARKS + 1
    assert remarks[-1] == "and 60 more remarks of this kind"


def test_the_digest_of_the_same_submission_is_the_same(folder):
    put(folder, "data.csv")
    assert look(folder).digest == look(folder).digest


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: write_notebook(folder / f"{NAME}.ipynb", "x = 2"),
        lambda folder: put(folder, f"{NAME}.ipynb", b"{ not json"),
        lambda folder: (folder / f"{NAME}.ipynb").unlink(),
        lambda folder: put(folder, "data.csv", b"other"),
        lambda folder: (folder / "data.csv").rename(folder / "renamed.csv"),
        lambda folder: (folder / "data.csv").unlink(),
        lambda folder: put(folder, "more.csv"),
    ],
    ids=["cell", "broken", "gone", "data", "renamed", "deleted", "added"],
)
def test_the_digest_changes_with_what_counts(folder, change):
    put(folder, "data.csv")
    before = look(folder).digest
    change(folder)
    assert look(folder).digest != before


@pytest.mark.parametrize("path", ["timestamp.txt", ".DS_Store", "torch.py"])
def test_the_digest_stays_when_something_changes_that_does_not_count(folder, path):
    before = look(folder).digest
    put(folder, path)
    assert look(folder).digest == before
