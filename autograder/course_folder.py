"""nbgrader's own API on a course folder: opens one, releases an assignment from it, lists what was handed in."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader


class GradingError(RuntimeError):
    """An assignment that cannot be released or graded; the message holds nbgrader's own words."""


def open_course(course: Path, timeout: int | None = None) -> NbGraderAPI:
    """nbgrader's API on the course folder `course`, with the folder's own nbgrader_config.py.

    Args:
        course: the folder that holds source/, submitted/ and gradebook.db.
        timeout: seconds that one cell may take; None leaves the course's own limit.
    """
    course = Path(course).resolve()
    config = Config()
    if (course / "nbgrader_config.py").is_file():
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    if "db_url" not in config.CourseDirectory:
        # Several processes write to one SQLite file: a writer waits for its turn instead of giving up after 5 seconds.
        config.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}?timeout=60"
    config.CourseDirectory.db_url = _from_folder(config.CourseDirectory.db_url, course)
    if timeout is not None:
        config.Execute.timeout = timeout
    # Kernels share this process's stderr; what they say about their sockets would tear up the progress bar.
    config.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=SAWarning, message="Object of type .* not in session")
    _put_alembic_on_path()
    return NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)


def release(course: Path, assignment: str) -> None:
    """Generate the student version of `assignment` and enter its cells in the gradebook.

    Raises:
        GradingError: if nbgrader could not.
    """
    result = open_course(course).generate_assignment(assignment)
    if not result["success"]:
        raise GradingError(f"{assignment} could not be released:\n{result.get('log') or result['error']}")


def submitted(course: Path, assignment: str) -> list[str]:
    """Ids of everyone who is in the gradebook or has handed something in, sorted."""
    api = open_course(course)
    with api.gradebook as gradebook:
        students = {student.id for student in gradebook.students}
    return sorted(students | api.get_submitted_students(assignment))


def _from_folder(db_url: str, course: Path) -> str:
    """The URL with the path of an SQLite file taken from the course folder, where nbgrader's commands are run."""
    url = make_url(db_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return db_url
    return url.set(database=str(course / url.database)).render_as_string(hide_password=False)


def _put_alembic_on_path() -> None:
    """nbgrader makes a new gradebook with the command `alembic`, which it looks for on the path only."""
    commands = str(Path(sys.executable).parent)
    if commands not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([commands, os.environ.get("PATH", "")])
