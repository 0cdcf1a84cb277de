"""Enters what a submission got in nbgrader's gradebook, all of it in one transaction.

nbgrader's own steps open the database for every notebook and commit every cell. Here one connection stays open, what
the gradebook knows of the assignment is read once, and rows are written in bulk, through nbgrader's own tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
    new_uuid,
)
from sqlalchemy import insert, select, text, update

from autograder.records.gradebook_access import GradebookError, RecordingError

Penalty = Callable[[str, float, float], float | None]
"""From a student's id, the points of a notebook and the seconds late to the points that are taken off, or None."""

_GRADED = (GradeCell.__mapper_args__["polymorphic_identity"], TaskCell.__mapper_args__["polymorphic_identity"])
_COMMENTED = (SolutionCell.__mapper_args__["polymorphic_identity"], TaskCell.__mapper_args__["polymorphic_identity"])


@dataclass(frozen=True)
class Marks:
    """What one notebook got, by rule and not by hand."""

    scores: Mapping[str, float | None]
    """Points by grade id; None where somebody has to give them."""

    comments: Mapping[str, str | None]
    """What stands below an answer, by grade id."""

    to_look_at: bool = False
    """Whether somebody should look at every grade, although it has points."""


class GradebookWriter:
    """The one writer to a gradebook; it is kept open for a whole class."""

    def __init__(self, gradebook: Gradebook, assignment: str, penalty: Penalty | None, create_students: bool = True):
        """`penalty` is the course's rule for late work, None if it has none.

        Raises:
            GradebookError: if the gradebook knows no such assignment.
        """
        self._session = gradebook.db
        self._penalty = penalty
        self._create_students = create_students
        found = self._session.execute(select(Assignment.id, Assignment.duedate).where(Assignment.name == assignment))
        row = found.one_or_none()
        if row is None:
            raise GradebookError(
                f"the gradebook knows no assignment {assignment}: run nbgrader generate_assignment {assignment} first"
            )
        self._assignment, self._due = row
        named = select(Notebook.name, Notebook.id).where(Notebook.assignment_id == self._assignment)
        self._notebooks = dict(self._session.execute(named).all())
        self._cells = self._known_cells()
        self._session.rollback()

    def known(self, notebook: str) -> set[str]:
        """Names of the cells of a notebook that points are given for."""
        return set(self._cells[notebook, _GRADED].values()) if notebook in self._notebooks else set()

    def enter(self, student: str, handed_in: datetime | None, marks: Mapping[str, Marks]) -> None:
        """Enter the marks of one submission, by notebook; the assignment's other notebooks get no points.

        Points and comments that were given by hand stay, as does the time that was recorded when none is given.

        Raises:
            RecordingError: if the gradebook does not know a cell, or may not be given new students.
            sqlalchemy.exc.SQLAlchemyError: if the database fails; nothing of the submission is recorded then.
        """
        for name, notebook in marks.items():
            strange = sorted(set(notebook.scores) - self.known(name))
            if strange:
                raise RecordingError(
                    f"the gradebook has no cell {strange[0]} in {name}: run nbgrader generate_assignment"
                )
        session = self._session
        try:
            if session.get_bind().dialect.name == "sqlite":
                # A lock from the first statement on: two writers wait for each other instead of failing halfway.
                session.execute(text("BEGIN IMMEDIATE"))
            self._add_student(student)
            submission, late = self._submission(student, handed_in)
            notebooks = self._submitted_notebooks(submission)
            points = self._enter_grades(notebooks, marks)
            self._enter_comments(notebooks, marks)
            self._enter_penalties(student, late, {name: notebooks[name] for name in marks}, points)
            session.commit()
        finally:
            session.rollback()

    def auto_scores(self) -> dict[str, dict[tuple[str, str], float | None]]:
        """What rules have given so far: student to (notebook, cell) to points."""
        query = (
            select(SubmittedAssignment.student_id, Notebook.name, BaseCell.name, Grade.auto_score)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .where(SubmittedAssignment.assignment_id == self._assignment)
        )
        found: dict[str, dict[tuple[str, str], float | None]] = defaultdict(dict)
        for student, notebook, cell, score in self._session.execute(query):
            found[student][notebook, cell] = score
        self._session.rollback()
        return dict(found)

    def times(self) -> dict[str, datetime | None]:
        """When everybody's recorded submission was handed in, in UTC."""
        query = select(SubmittedAssignment.student_id, SubmittedAssignment.timestamp)
        rows = self._session.execute(query.where(SubmittedAssignment.assignment_id == self._assignment)).all()
        self._session.rollback()
        return dict(rows)

    def totals(self) -> dict[str, tuple[float, float]]:
        """Points so far, those given by hand included and penalties taken off, and points to be had, by student."""
        query = select(
            SubmittedAssignment.student_id,
            SubmittedAssignment.score,
            SubmittedAssignment.late_submission_penalty,
            SubmittedAssignment.max_score,
        ).where(SubmittedAssignment.assignment_id == self._assignment)
        rows = self._session.execute(query).all()
        self._session.rollback()
        return {student: (max(0.0, score - penalty), most) for student, score, penalty, most in rows}

    def _known_cells(self) -> dict[tuple[str, tuple[str, ...]], dict[str, str]]:
        """(notebook, kinds) to the ids of its cells of these kinds to their names."""
        found: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {
            (name, kinds): {} for name in self._notebooks for kinds in (_GRADED, _COMMENTED)
        }
        query = (
            select(Notebook.name, BaseCell.id, BaseCell.name, BaseCell.type)
            .join(BaseCell, BaseCell.notebook_id == Notebook.id)
            .where(Notebook.assignment_id == self._assignment)
        )
        for notebook, identifier, name, kind in self._session.execute(query):
            for kinds in (_GRADED, _COMMENTED):
                if kind in kinds:
                    found[notebook, kinds][identifier] = name
        return found

    def _add_student(self, student: str) -> None:
        if self._session.scalar(select(Student.id).where(Student.id == student)) is None:
            if not self._create_students:
                raise RecordingError(f"the gradebook has no student {student}: run nbgrader db student add {student}")
            self._session.execute(insert(Student), [{"id": student}])

    def _submission(self, student: str, handed_in: datetime | None) -> tuple[str, float]:
        """The id of the submission's row, made if need be, and how many seconds late it is."""
        key = SubmittedAssignment
        query = select(key.id, key.timestamp, key.extension)
        row = self._session.execute(
            query.where(key.assignment_id == self._assignment, key.student_id == student)
        ).one_or_none()
        if row is None:
            identifier, extension = new_uuid(), None
            new = {"id": identifier, "assignment_id": self._assignment, "student_id": student, "timestamp": handed_in}
            self._session.execute(insert(key), [new])
        else:
            identifier, before, extension = row
            if handed_in is None:
                handed_in = before
            elif handed_in != before:
                self._session.execute(update(key), [{"id": identifier, "timestamp": handed_in}])
        return identifier, _seconds_late(handed_in, self._due, extension)

    def _submitted_notebooks(self, submission: str) -> dict[str, str]:
        """Name to the id of the row of each notebook, made where there is none."""
        query = select(SubmittedNotebook.notebook_id, SubmittedNotebook.id)
        there = dict(self._session.execute(query.where(SubmittedNotebook.assignment_id == submission)).all())
        new = [
            {"id": new_uuid(), "assignment_id": submission, "notebook_id": identifier}
            for identifier in self._notebooks.values()
            if identifier not in there
        ]
        if new:
            self._session.execute(insert(SubmittedNotebook), new)
        there.update((row["notebook_id"], row["id"]) for row in new)
        return {name: there[identifier] for name, identifier in self._notebooks.items()}

    def _enter_grades(self, notebooks: Mapping[str, str], marks: Mapping[str, Marks]) -> dict[str, float]:
        """Enter points; the sum that each notebook now has, those given by hand included."""
        columns = (
            Grade.cell_id,
            Grade.id,
            Grade.manual_score,
            Grade.extra_credit,
            Grade.auto_score,
            Grade.needs_manual_grade,
        )
        points: dict[str, float] = {}
        new, changed = [], []
        there = self._there(columns, Grade.notebook_id, notebooks.values())
        for name, notebook in notebooks.items():
            points[name] = 0.0
            for cell, grade_id in self._cells[name, _GRADED].items():
                row = there.get((notebook, cell))
                identifier, manual, extra, auto, look = row if row else (None, None, None, None, True)
                if name not in marks:
                    # Nothing was handed in, so there is nothing to look at; so does nbgrader.
                    auto, look = 0.0, False
                elif grade_id in marks[name].scores:
                    auto = marks[name].scores[grade_id]
                    look = marks[name].to_look_at or manual is not None or auto is None
                values = {"auto_score": auto, "needs_manual_grade": look}
                if identifier is None:
                    new.append({"cell_id": cell, "notebook_id": notebook, **values})
                else:
                    changed.append({"id": identifier, **values})
                given = auto if manual is None else manual
                points[name] += 0.0 if given is None else given + (extra or 0.0)
        self._write(Grade, new, changed)
        return points

    def _enter_comments(self, notebooks: Mapping[str, str], marks: Mapping[str, Marks]) -> None:
        new, changed = [], []
        there = self._there((Comment.cell_id, Comment.id), Comment.notebook_id, notebooks.values())
        for name, notebook in notebooks.items():
            comments = marks[name].comments if name in marks else {}
            for cell, grade_id in self._cells[name, _COMMENTED].items():
                row = there.get((notebook, cell))
                if row is None:
                    new.append({"cell_id": cell, "notebook_id": notebook, "auto_comment": comments.get(grade_id)})
                elif grade_id in comments:
                    changed.append({"id": row[0], "auto_comment": comments[grade_id]})
        self._write(Comment, new, changed)

    def _enter_penalties(
        self, student: str, late: float, notebooks: Mapping[str, str], points: Mapping[str, float]
    ) -> None:
        rows = []
        for name, identifier in notebooks.items():
            penalty = self._penalty_for(student, late, points[name])
            rows.append({"id": identifier, "late_submission_penalty": penalty})
        if rows:
            self._session.execute(update(SubmittedNotebook), rows)

    def _penalty_for(self, student: str, late: float, points: float) -> float | None:
        if self._penalty is None or late <= 0:
            return None
        try:
            penalty = self._penalty(student, points, late)
        except Exception as error:  # the rule is the course's own code
            raise RecordingError(f"the course's rule for late work failed: {type(error).__name__}: {error}") from error
        return None if penalty is None else max(0.0, min(penalty, points))

    def _there(self, columns: Sequence, owner, owners) -> dict[tuple[str, str], tuple]:
        """(notebook row, cell) to the other columns of the rows that are there."""
        query = select(owner, *columns).where(owner.in_(list(owners)))
        return {(row[0], row[1]): tuple(row[2:]) for row in self._session.execute(query)}

    def _write(self, table: type, new: list[dict], changed: list[dict]) -> None:
        if new:
            self._session.execute(insert(table), new)
        if changed:
            self._session.execute(update(table), changed)


def _seconds_late(handed_in: datetime | None, due: datetime | None, extension: timedelta | None) -> float:
    if handed_in is None or due is None:
        return 0.0
    return max(0.0, (handed_in - due - (extension or timedelta())).total_seconds())
