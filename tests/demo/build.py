"""Writes a course folder for nbgrader: sources, releases, configuration, and what the synthetic students hand in."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import nbformat

from autograder.course_folder import release
from tests.demo.students import Student
from tests.demo.unit import Unit


def build_course(repository: Path, course: Path, units: Iterable[Unit]) -> None:
    """Make `course` anew, with this repository's sources and configuration, and release `units` in it."""
    if course.exists():
        shutil.rmtree(course)
    course.mkdir(parents=True)
    shutil.copytree(repository / "source", course / "source", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(repository / "nbgrader_config.py", course)
    for unit in units:
        release(course, unit.assignment)


def hand_in(course: Path, unit: Unit, students: Iterable[Student]) -> None:
    """Write each student's notebook to where nbgrader collects it."""
    for student in students:
        notebook = nbformat.read(course / "release" / unit.assignment / f"{unit.notebook}.ipynb", as_version=4)
        for cell in notebook.cells:
            cell.source = student.answers.get(cell.id, cell.source)
        file = course / "submitted" / student.id / unit.assignment / f"{unit.notebook}.ipynb"
        file.parent.mkdir(parents=True)
        nbformat.write(notebook, file)
        if student.damage:
            student.damage(file)
