"""Has a class of attackers graded by the real command, and keeps all that could show that one of them succeeded."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tests.attacks import course as courses
from tests.attacks.attack import CONTROLS, MARK, Attack
from tests.attacks.class_of_attackers import HONEST, Telephone, files_below, hand_in_everything, marked_files
from tests.attacks.course import NOTEBOOK, UNIT, Course

LOOSE_LIMITS = {
    "cell_seconds": 60.0,
    "notebook_seconds": 120.0,
    "call_seconds": 60.0,
    "memory_bytes": 16 << 30,
    "processes": 4096,
    "file_bytes": 1 << 44,
    "disk_bytes": 2 << 30,
    "open_files": 4096,
    "output_bytes": 1 << 30,
    "message_bytes": 2 << 30,
    "submission_bytes": 1 << 30,
}
"""What `limits` switched off means: so much that no attack comes to an end by them."""

_REPOSITORY = Path(__file__).resolve().parents[2]
_MOST_SECONDS = 400.0
_SECONDS_WITHOUT_READING = 60.0
"""A named pipe that is read holds the command up for ever."""

_SCORES = """
select submitted_assignment.student_id, sum(grade.auto_score)
from grade join submitted_notebook on submitted_notebook.id = grade.notebook_id
join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id
join base_cell on base_cell.id = grade.cell_id
group by submitted_assignment.student_id
"""


@dataclass(frozen=True)
class Graded:
    """What one submission came to."""

    score: float | None
    """Points by rule; None if nothing is in the gradebook."""

    notebook: NotebookNode | None
    """The autograded notebook."""

    page: str
    """The feedback page; "" if there is none."""

    @property
    def record(self) -> Mapping:
        return {} if self.notebook is None else self.notebook.metadata.get("autograder", {})

    @property
    def outputs(self) -> list[Mapping]:
        cells = [] if self.notebook is None else self.notebook.cells
        return [output for cell in cells for output in cell.get("outputs", [])]

    @property
    def told(self) -> str:
        """What a teacher is told of it beside the points."""
        return " ".join([str(self.record.get("failure", "")), *map(str, self.record.get("remarks", []))])


@dataclass
class Battle:
    """Everything that is known when the class has been graded."""

    course: Course
    graded: dict[str, Graded]
    status: int
    """Exit status of the command."""

    log: str
    """What the command printed."""

    seconds: float
    calls: int
    """How often student code reached the machine's own sockets."""

    processes: list[str]
    """Command lines of processes that were left."""

    files: list[Path]
    """Marked files that were left."""

    temporary: set[str]
    """Everything that was left in the temporary folder."""

    strewn: set[str]
    """New files in the course folder outside of where results belong."""

    report: dict[str, str] = field(default_factory=dict)
    """The teacher's report: file name to text."""

    @property
    def unfair(self) -> dict[str, float | None]:
        """Honest students who have not got full marks, and what they got. Where a grader does not work at all, every
        attack seems to succeed."""
        return {name: self.graded[name].score for name in HONEST if self.graded[name].score != courses.FULL}


def fight(folder: Path, attackers: Sequence[Attack], without: Collection[str] = (), *, stock: bool = False) -> Battle:
    """Build a course in `folder`, have the attackers and some honest students graded, and look around.

    Args:
        folder: an empty folder with a short path.
        attackers: who hands something in, beside the honest students.
        without: names of defences, of `attack.DEFENCES`, to switch off.
        stock: have nbgrader's own command grade instead.
    """
    temporary, home = folder / "temp", folder / "home"
    temporary.mkdir()
    home.mkdir()
    loose = {**courses.LIMITS, **LOOSE_LIMITS} if "limits" in without else None
    course = courses.build(folder, loose)
    telephone = Telephone(folder)
    places = {
        "COURSE": str(course.folder),
        "COURSE_NAME": str(course.folder),
        "SECRET_FILE": str(course.secret_file),
        "TEMP": str(temporary),
        **telephone.places,
    }
    hand_in_everything(course, [*CONTROLS, *attackers], places)
    before = files_below(course.folder)
    environment = {
        "TMPDIR": str(temporary),
        "HOME": str(home),
        "TEACHER_TOKEN": course.secrets.token,
        "PYTHONPATH": str(_REPOSITORY),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }
    began = time.monotonic()
    try:
        ran = _grade(course, without, stock, folder / "left.json", environment)
        seconds = time.monotonic() - began
        left = files_below(temporary)
        course.run("nbgrader", "generate_feedback", UNIT, "--force", **environment)
        course.run("autograder", "report", UNIT, "--out", str(folder / "report.html"), **environment)
        strewn = {
            path for path in files_below(course.folder) - before if not path.startswith(("autograded", "feedback"))
        }
        battle = Battle(
            course=course,
            graded=_results(course),
            status=ran.returncode,
            log=ran.stdout + ran.stderr,
            seconds=seconds,
            calls=telephone.calls,
            processes=json.loads((folder / "left.json").read_text(encoding="utf-8")),
            files=marked_files(folder, *_packages()),
            temporary=left,
            strewn=strewn - {"gradebook.db", ".nbgrader.log", "gradebook.db-journal"},
            report=_report(folder),
        )
    finally:
        telephone.close()
        _clean_up(folder)
    return battle


def _grade(
    course: Course, without: Collection[str], stock: bool, left: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    module = ["tests.attacks.weakened", ",".join(without)] if without else ["autograder"]
    # Many of them only wait for a time limit.
    command = [*module, "grade", UNIT, "--course", str(course.folder), "--jobs", "3", "--seed", "1"]
    if stock:
        command = ["nbgrader", "autograde", UNIT, "--ExecutePreprocessor.timeout=10"]
    seconds = _SECONDS_WITHOUT_READING if "reading" in without else _MOST_SECONDS * (10 if stock else 1)
    reaper = [sys.executable, str(Path(__file__).with_name("reaper.py")), str(seconds), str(left)]
    return subprocess.run(
        [*reaper, sys.executable, "-m", *command],
        cwd=course.folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="replace",
    )


def _results(course: Course) -> dict[str, Graded]:
    with sqlite3.connect(course.folder / "gradebook.db") as gradebook:
        scores = dict(gradebook.execute(_SCORES).fetchall())
    graded = {}
    for folder in (course.folder / "submitted").iterdir():
        file = course.folder / "autograded" / folder.name / UNIT / f"{NOTEBOOK}.ipynb"
        page = course.folder / "feedback" / folder.name / UNIT / f"{NOTEBOOK}.html"
        graded[folder.name] = Graded(
            scores.get(folder.name),
            nbformat.read(file, as_version=4) if file.is_file() else None,
            page.read_text(encoding="utf-8") if page.is_file() else "",
        )
    return graded


def _report(folder: Path) -> dict[str, str]:
    files = [folder / "report.html", *folder.glob("report/**/*.csv")]
    return {file.name: file.read_text(encoding="utf-8") for file in files if file.is_file()}


def _packages() -> list[Path]:
    """Folders of libraries in which an attack that runs unconfined leaves a note."""
    import numpy

    return [Path(numpy.__file__).parent]


def _clean_up(folder: Path) -> None:
    """Remove what attacks leave behind where a defence is switched off."""
    for path in marked_files(folder, *_packages()):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    libc = ctypes.CDLL(None)
    for ring in (-4, -3, -5):
        key = libc.syscall(250, 10, ring, b"user", f"{MARK}-keyring".encode(), 0)
        if key >= 0:
            libc.syscall(250, 9, key, ring)
    segment = libc.shmget(0x60746368, 4096, 0)
    if segment >= 0:
        libc.shmctl(segment, 0, None)
