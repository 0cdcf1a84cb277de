"""Records graded submissions in the gradebook and in the folder autograded/, by one writer for a whole class.

A result counts as recorded when both agree. Its files are written beside the folder, its points entered, and only then
do the files, which say what they are the result of, take their place. So whatever kills the writer between two steps,
the submission in question is graded again by the next run, and nothing else is.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.utils.importstring import import_item

from autograder.assignment import Assignment
from autograder.intake.handed_in import HandedIn, RefusedError
from autograder.limits import Limits
from autograder.records.autograded_folder import AutogradedFolder
from autograder.records.gradebook_access import PATIENCE, RecordingError, patient_url, patiently
from autograder.records.gradebook_writer import GradebookWriter, Marks, Penalty
from autograder.scratch import sweep

TIMESTAMP = "timestamp.txt"
LONGEST_TIMESTAMP = 100

NO_RESPONSE = "No response."
NOT_GRADED = "This notebook could not be graded; please ask your instructor."


class Graded(Protocol):
    """What is known of a submission once it is graded (`grading.GradedSubmission`)."""

    student: str
    notebooks: Mapping[str, NotebookNode]
    failure: str
    files: Mapping[str, Path]
    """Other files that belong beside the notebooks, by relative path."""
    digest: str
    """What `digest_of` gives; empty if the grader itself failed."""


def digest_of(assignment: str, submission: str) -> str:
    """What stands in the record of a notebook: it changes when the assignment's or the submission's own digest does."""
    return hashlib.sha256(f"{assignment} {submission}".encode()).hexdigest()


class Recorder:
    """The one writer of results of one assignment. It is open from the first submission to the last."""

    def __init__(
        self,
        api: NbGraderAPI,
        assignment: Assignment,
        limits: Limits | None = None,
        *,
        patience: float = PATIENCE,
        say: Callable[[str], None] = print,
    ):
        """Open the gradebook of a course, which must know the assignment (`gradebook_access.check_gradebook`).

        Args:
            api: what `course_folder.open_course` returns.
            assignment: what is recorded.
            limits: of these, the size of a file; larger ones are not kept.
            patience: seconds to wait while another program has locked the gradebook.
            say: is told what is being waited for.

        Raises:
            GradebookError: if the gradebook cannot be used.
        """
        self._course = api.coursedir
        self._assignment = assignment
        self._limits = limits or Limits()
        self._wait = partial(patiently, patience=patience, say=say)
        sweep()  # here, because there may be nothing left to grade
        self._converter = Autograde(coursedir=self._course, config=api.config)
        url = patient_url(self._course.db_url, patience)
        self._gradebook = self._wait(lambda: Gradebook(url, api.course_id))
        try:
            penalty = _late_penalty(self._converter)
            create = self._converter.create_student
            self._writer = self._wait(lambda: GradebookWriter(self._gradebook, assignment.name, penalty, create))
            self._scores = self._wait(self._writer.auto_scores)
            self._times = self._wait(self._writer.times)
        except BaseException:
            self._gradebook.close()
            raise

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_: object) -> None:
        self._gradebook.close()

    def has(self, student: str) -> bool:
        """Whether the gradebook knows a submission of this student; it may be an older one."""
        return student in self._times

    def is_recorded(self, student: str, digest: str) -> bool:
        """Whether the result of just this submission is in autograded/ and in the gradebook, and both say the same.

        Args:
            student: the student's id.
            digest: what `digest_of` gives for the submission as it now is.
        """
        if not self.has(student):
            return False
        handed_in, wrong = self._time(student)
        if wrong or (handed_in is not None and handed_in != self._times[student]):
            return False
        folder = self._folder(student)
        if folder.abandoned:
            with self._alone():
                folder.tidy()
        found = folder.notebooks(self._assignment.notebooks)
        if set(found) != set(self._assignment.notebooks):
            return False
        recorded = self._scores.get(student, {})
        for name, notebook in found.items():
            record = notebook.metadata.get("autograder")
            if not isinstance(record, dict) or record.get("digest") != digest:
                return False
            scores = marks_of(notebook).scores
            if any(recorded.get((name, cell), "none") != score for cell, score in scores.items()):
                return False
        return True

    def record(self, graded: Graded) -> list[str]:
        """Record one submission; what was recorded before is replaced.

        Returns:
            What else to know about it, in words for a teacher.

        Raises:
            RecordingError: if this submission cannot be recorded, or the grader failed and there is a result to lose.
            GradebookError: if the gradebook cannot be used (any more).
            DiskFullError: if there is no room.
        """
        if not graded.digest and self.has(graded.student):
            raise RecordingError(f"{graded.failure}; the result that was recorded before stays")
        handed_in, wrong = self._time(graded.student)
        remarks = [wrong] if wrong else []
        marks = {}
        for name, notebook in graded.notebooks.items():
            marks[name] = marks_of(notebook)
            remarks += [f"{name}: {remark}" for remark in disagreements(notebook)]
        for notebook in list(graded.notebooks.values())[:1]:
            record = notebook.metadata.get("autograder", {})
            record["remarks"] = [*record.get("remarks", []), *remarks]
        try:
            with self._alone():
                with self._folder(graded.student).exchange(graded.notebooks, self._files(graded)) as left_out:
                    self._wait(lambda: self._writer.enter(graded.student, handed_in, marks))
                self._converter.set_permissions(self._assignment.name, graded.student)
        except OSError as error:
            raise RecordingError(f"autograded/{graded.student} cannot be written: {error.strerror}") from error
        if left_out:
            remarks.append(f"not kept in autograded/: {', '.join(left_out[:5])}")
        return remarks

    def totals(self) -> dict[str, tuple[float, float]]:
        """What the gradebook now says of everybody: points after penalties, and points to be had."""
        return self._wait(self._writer.totals)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two graders of one course take turns, so that of a result the files and the points are by the same one."""
        lock = os.open(self._course.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with contextlib.suppress(OSError):  # not every file system of a network has locks
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _folder(self, student: str) -> AutogradedFolder:
        course = self._course
        return AutogradedFolder(Path(course.format_path(course.autograded_directory, student, self._assignment.name)))

    def _submitted(self, student: str) -> Path:
        return Path(self._course.format_path(self._course.submitted_directory, student, self._assignment.name))

    def _files(self, graded: Graded) -> dict[str, Callable[[], bytes]]:
        """What belongs beside the notebooks: the student's files, the instructor's in their place, and the time."""
        folder = self._submitted(graded.student)
        given, theirs = self._assignment.files, self._assignment.own_files
        files: dict[str, Callable[[], bytes]] = {path: file.read_bytes for path, file in given.items()}
        for path, file in graded.files.items():
            if file != given.get(path) and (path not in given or path in theirs):
                files[path] = partial(_contents, folder, path, self._limits.submission_bytes)
        stamp = self._timestamp(graded.student)
        if stamp:
            files[TIMESTAMP] = partial(str.encode, stamp)
        return files

    def _timestamp(self, student: str) -> str:
        """What stands in the submission's timestamp.txt, "" if there is none that can be read."""
        try:
            return _contents(self._submitted(student), TIMESTAMP, LONGEST_TIMESTAMP).decode("utf-8", "replace")
        except (FileNotFoundError, RefusedError):
            return ""

    def _time(self, student: str) -> tuple[datetime | None, str]:
        """When the submission was handed in, in UTC, and what is wrong with what is said about it."""
        stamp = self._timestamp(student).strip()
        try:
            return (utils.parse_utc(stamp), "") if stamp else (None, "")
        except (ValueError, OverflowError, TypeError, AttributeError):
            return None, f"{TIMESTAMP} holds no time, so the submission does not count as late"


def marks_of(notebook: NotebookNode) -> Marks:
    """What a graded notebook got: by the grader's record, and where it says nothing by nbgrader's own rules."""
    record = notebook.metadata.get("autograder", {})
    failed = bool(record.get("failure"))
    scores: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    for cell in notebook.cells:
        if utils.is_grade(cell) or (failed and utils.is_task(cell)):
            scores[cell.metadata.nbgrader.grade_id] = 0.0 if failed else _score(cell, record)
        if utils.is_solution(cell) or utils.is_task(cell):
            blank = not utils.is_task(cell) and _is_untouched(cell)
            comments[cell.metadata.nbgrader.grade_id] = NOT_GRADED if failed else NO_RESPONSE if blank else None
    return Marks(scores, comments, to_look_at=failed)


def disagreements(notebook: NotebookNode) -> list[str]:
    """Cells whose outputs nbgrader would read as other points than the record says; there should be none."""
    record = notebook.metadata.get("autograder", {})
    if record.get("failure"):
        return []
    found = []
    for cell in notebook.cells:
        if utils.is_grade(cell):
            recorded, by_outputs = _score(cell, record), _by_outputs(cell)
            if recorded != by_outputs:
                found.append(f"{cell.metadata.nbgrader.grade_id} got {recorded}; nbgrader would give {by_outputs}")
    return found


def _score(cell: NotebookNode, record: Mapping) -> float | None:
    recorded = record.get("cells", {}).get(cell.metadata.nbgrader.grade_id, {}).get("score")
    by_rule = cell.cell_type == "code" and not utils.is_solution(cell)
    return float(recorded) if by_rule and recorded is not None else _by_outputs(cell)


def _by_outputs(cell: NotebookNode) -> float | None:
    try:
        score = utils.determine_grade(cell)[0]
    except (ValueError, KeyError):  # partial credit that is too high, or a result without text
        return 0.0
    return None if score is None else float(score)


def _is_untouched(cell: NotebookNode) -> bool:
    return cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)


def _contents(folder: Path, path: str, limit: int) -> bytes:
    with HandedIn(folder) as handed_in:
        return handed_in.read(path, limit)


def _late_penalty(converter: Autograde) -> Penalty | None:
    """The rule of the course's AssignLatePenalties, None if it has no such step."""
    for step in converter.autograde_preprocessors:
        kind = import_item(step) if isinstance(step, str) else step
        if inspect.isclass(kind) and issubclass(kind, AssignLatePenalties):
            late = kind(parent=converter)
            if late.enabled:
                late.init_plugin()
                return late.plugin_inst.late_submission_penalty
    return None
