"""Loads an assignment of any nbgrader course: what students were given, and the tests that they were not shown."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, Execute, InstantiateTests, SaveCells
from traitlets.config import Config

from autograder.limits import Limits


class AssignmentError(ValueError):
    """An assignment that cannot be graded; the message says in one line what to do."""


@dataclass(frozen=True)
class Skeleton:
    """One notebook of an assignment, twice."""

    notebook: NotebookNode
    """As students got it, but with the hidden tests in: what grading starts from."""

    released: NotebookNode
    """As students got it."""

    solutions: Mapping[str, str] = field(default_factory=dict)
    """The instructor's own answers, by grade id: never shown, only read for the names that they bind."""


@dataclass(frozen=True)
class Assignment:
    """What has to be known of an assignment in order to grade a submission; it can be sent to another process."""

    name: str
    """nbgrader's name for it."""

    notebooks: Mapping[str, Skeleton]
    """By name without suffix."""

    files: Mapping[str, Path]
    """The instructor's other files, by path relative to the notebook."""

    hidden_marks: tuple[str, str]
    """What opens and closes a region of hidden tests."""

    own_files: frozenset[str] = frozenset()
    """Paths among `files` where the student's version counts (`Autograde.exclude_overwriting`)."""

    digest: str = ""
    """Changes when the notebooks or files do."""


def load(course: CourseDirectory, config: Config, name: str) -> Assignment:
    """Read the assignment `name` from its source folder, and its cells from the gradebook where they are there.

    The steps of the course's own `GenerateAssignment.preprocessors` are run up to the one that saves cells in the
    gradebook, which gives the skeleton, and to the end, which gives what students got. Nothing is written. As with
    nbgrader's own autograder, a cell that the gradebook knows has the text, type and points that it had when the
    assignment was generated.

    Raises:
        AssignmentError: if there is no such assignment, no notebook in it, or a step fails.
    """
    folder = Path(course.format_path(course.source_directory, ".", name))
    if not folder.is_dir():
        raise AssignmentError(f"there is no assignment {name} here: make the folder {_short(folder, course)} first")
    files = sorted(path for path in folder.glob("*.ipynb") if path.is_file())
    if not files:
        raise AssignmentError(f"there is no notebook in {_short(folder, course)}")
    notebooks = {}
    for file in files:
        try:
            with _working_in(Path(course.root)):
                notebooks[file.stem] = _skeleton(file.resolve(), course, config, name)
        except Exception as error:  # whatever one of the course's own steps raises
            reason = str(error).strip().split("\n")[0]
            raise AssignmentError(
                f"{_short(file, course)} cannot be released, so it cannot be graded: {reason}"
            ) from error
    others = _other_files(folder, course)
    marks = ClearHiddenTests(config=config)
    excluded = Autograde(coursedir=course, config=config).exclude_overwriting.get(name, [])
    assignment = Assignment(
        name,
        notebooks,
        others,
        (marks.begin_test_delimeter, marks.end_test_delimeter),
        frozenset(Path(path).as_posix() for path in excluded),
    )
    return replace(assignment, digest=_digest(assignment))


@contextlib.contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """Be in a folder for a while: a course's configuration may name files as seen from its own."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def limits_of(config: Config) -> Limits:
    """The limits of a course: `c.Limits.…` in its nbgrader_config.py, else the defaults, with nbgrader's own time limit
    for a cell where the course sets one.

    Raises:
        AssignmentError: for a limit that does not exist or is no positive number.
    """
    chosen = (
        {"cell_seconds": float(Execute(config=config).timeout or Limits.notebook_seconds)}
        if _sets_timeout(config)
        else {}
    )
    chosen.update(dict(config.Limits) if "Limits" in config else {})
    known = Limits.__dataclass_fields__
    for key, value in chosen.items():
        if key not in known:
            raise AssignmentError(f"c.Limits.{key} in nbgrader_config.py is no limit; there are {', '.join(known)}")
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
            raise AssignmentError(f"c.Limits.{key} in nbgrader_config.py is {value!r}; it must be a positive number")
    return Limits(**chosen)


def _sets_timeout(config: Config) -> bool:
    return any(section in config and "timeout" in config[section] for section in ("Execute", "ExecutePreprocessor"))


def _skeleton(file: Path, course: CourseDirectory, config: Config, assignment: str) -> Skeleton:
    notebook = nbformat.read(file, as_version=4)
    resources = {
        "unique_key": file.stem,
        "metadata": {"path": str(file.parent), "name": file.stem},
        "nbgrader": {"student": ".", "assignment": assignment, "notebook": file.stem, "db_url": course.db_url},
    }
    solutions = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and utils.is_solution(cell)
    }
    skeleton = None
    for step in GenerateAssignment(coursedir=course, config=config).preprocessors:
        if step is SaveCells:
            skeleton = copy.deepcopy(notebook)
        # Tests that nbgrader makes by running the solution are in the gradebook; making them anew would run it here.
        elif step is not InstantiateTests:
            notebook, resources = step(config=config)(notebook, resources)
    skeleton = _as_generated(copy.deepcopy(notebook) if skeleton is None else skeleton, course, assignment, file.stem)
    return Skeleton(skeleton, notebook, solutions)


def _as_generated(notebook: NotebookNode, course: CourseDirectory, assignment: str, name: str) -> NotebookNode:
    """The notebook with its nbgrader cells as the gradebook has them."""
    if not _has_gradebook(course):
        return notebook
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            saved = gradebook.find_notebook(name, assignment)
        except MissingEntry:
            return notebook
        sources = {cell.name: cell for cell in saved.source_cells}
        points = {cell.name: cell.max_score for cell in [*saved.grade_cells, *saved.task_cells]}
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in sources:
                cell.source = sources[grade_id].source
                cell.metadata.nbgrader.checksum = sources[grade_id].checksum
            if grade_id in points and (utils.is_grade(cell) or utils.is_task(cell)):
                cell.metadata.nbgrader.points = points[grade_id]
    return notebook


def _has_gradebook(course: CourseDirectory) -> bool:
    """Whether opening the gradebook would not create one."""
    scheme, _, path = course.db_url.partition(":///")
    return scheme != "sqlite" or Path(path.partition("?")[0]).is_file()


def _other_files(folder: Path, course: CourseDirectory) -> dict[str, Path]:
    found = utils.find_all_files(str(folder), [*course.ignore, "*.ipynb"])
    return {Path(path).relative_to(folder).as_posix(): Path(path) for path in sorted(found)}


def _digest(assignment: Assignment) -> str:
    digest = hashlib.sha256()
    for name, skeleton in sorted(assignment.notebooks.items()):
        digest.update(name.encode())
        digest.update(nbformat.writes(skeleton.notebook).encode())
    for name, path in assignment.files.items():
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _short(path: Path, course: CourseDirectory) -> Path:
    """The path as seen from the course folder."""
    return path.relative_to(course.root) if path.is_relative_to(course.root) else path
