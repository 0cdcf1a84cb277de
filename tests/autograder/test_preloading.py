"""What the nursery imports is chosen by what the class is going to use, and looking for it cannot be abused."""

import os
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.assignment import Assignment, Skeleton
from autograder.kernels.sandbox import TORCH
from autograder.preloading import preload


def assignment(source):
    notebook = new_notebook(cells=[new_code_cell(source)])
    return Assignment("week-1", {"notebook": Skeleton(notebook, notebook)}, {}, ("BEGIN", "END"))


@pytest.fixture
def submission(tmp_path):
    """Writes one student's notebook; its folder."""

    def write(text):
        (tmp_path / "notebook.ipynb").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_class_that_does_not_use_torch_does_not_wait_for_it(submission):
    assert preload(assignment("import pandas"), [submission("{}")]) == ()


@pytest.mark.parametrize("source", ["import torch", "from course.max_shift import check"])
def test_what_the_assignment_uses_is_imported(submission, source):
    assert preload(assignment(source), [submission("{}")]) == TORCH


def test_what_a_single_student_uses_is_imported(submission):
    assert preload(assignment("x = 1"), [Path("nowhere"), submission('"source": "import torch"')]) == TORCH


def test_a_pipe_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "notebook.ipynb")
    assert preload(assignment("x = 1"), [tmp_path]) == ()


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_text("import torch", encoding="utf-8")
    (tmp_path / "notebook.ipynb").symlink_to("elsewhere")
    assert preload(assignment("x = 1"), [tmp_path]) == ()
