"""Says in a few lines how grading a class went, to the person who started it."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder.pages.shown_text import plain
from autograder.results import record_of

LISTED = 10
"""How many names a line lists; the others are counted."""

SCORES = 60
"""How many scores are listed, those of this run first."""

LONGEST = 200
"""Characters of a reason that are shown."""


@dataclass
class Summary:
    """Collects what became of each submission."""

    recorded: list[str] = field(default_factory=list)
    """Students whose result was recorded in this run."""

    unchanged: list[str] = field(default_factory=list)
    """Students whose result was there already."""

    failed: dict[str, str] = field(default_factory=dict)
    """Why a submission could not be graded, and so counts 0."""

    unrecorded: dict[str, str] = field(default_factory=dict)
    """Why a result could not be recorded."""

    remarks: Counter = field(default_factory=Counter)
    """How many remarks there are on each student's submission."""

    instructor_errors: dict[tuple[str, str], str] = field(default_factory=dict)
    """(notebook, grade id) to what is wrong with the cell itself."""

    in_students_process: dict[tuple[str, str], None] = field(default_factory=dict)
    """(notebook, grade id) of the cells that ran where a student's code could reach them, in their order."""

    def add(self, student: str, notebooks: Mapping[str, NotebookNode], failure: str, remarks: Sequence[str]) -> None:
        """Take in one submission whose result has been recorded."""
        self.recorded.append(student)
        reasons = [failure] if failure else []
        self.remarks[student] += len(remarks)
        for name, notebook in notebooks.items():
            record = record_of(notebook)
            if record is None:
                continue
            reasons += [record.failure] if record.failure and record.failure not in reasons else []
            for grade_id, cell in (record.cells or {}).items():
                if cell.instructor_error:
                    self.instructor_errors.setdefault((name, grade_id), cell.instructor_error)
                if cell.in_student_process:
                    self.in_students_process[name, grade_id] = None
        if reasons:
            self.failed[student] = "; ".join(reasons)

    def lines(self, totals: Mapping[str, tuple[float, float]], unit: str) -> list[str]:
        """The summary.

        Args:
            totals: points and points to be had by student, from the gradebook.
            unit: name of the assignment.
        """
        lines = [self._counts(), *self._mean(totals)]
        for title, reasons in (
            ("could not be graded, counts 0 and is marked for a look", self.failed),
            ("NOT RECORDED", self.unrecorded),
        ):
            lines += [f"  {plain(name)}: {title}: {plain(reason, LONGEST)}" for name, reason in _some(reasons)]
            lines += _more(reasons)
        for (notebook, cell), error in _some(self.instructor_errors):
            lines.append(f"  The grade cell {cell} of {notebook} is itself wrong: {plain(error, LONGEST)}")
        lines += _more(self.instructor_errors)
        lines += self._process()
        count, students = sum(self.remarks.values()), sum(1 for number in self.remarks.values() if number)
        if count:
            lines.append(
                f"  {count} remark{'s' * (count != 1)} on {students} submission{'s' * (students != 1)}: "
                f"python -m autograder report {unit} lists them."
            )
        return lines

    def _counts(self) -> str:
        parts = [f"{len(self.recorded)} graded and recorded"]
        if self.unchanged:
            parts.append(f"{len(self.unchanged)} recorded before and unchanged")
        if self.unrecorded:
            parts.append(f"{len(self.unrecorded)} not recorded")
        return ", ".join(parts) + "."

    def _mean(self, totals: Mapping[str, tuple[float, float]]) -> list[str]:
        there = [totals[student] for student in (*self.recorded, *self.unchanged) if student in totals]
        if not there:
            return []
        mean = sum(points for points, _ in there) / len(there)
        said = f"Mean {mean:.2f} of {there[0][1]:g} points, those still to be given by hand not counted."
        return [said, *self._scores(totals)]

    def _scores(self, totals: Mapping[str, tuple[float, float]]) -> list[str]:
        graded = [student for student in (*sorted(self.recorded), *self.unchanged) if student in totals]
        scores = [f"{plain(student)} {totals[student][0]:g}" for student in graded[:SCORES]]
        more = [f"and {len(graded) - SCORES} more"] if len(graded) > SCORES else []
        # A score stays beside its name.
        text = ", ".join([*scores, *more]).replace(" ", "\N{NO-BREAK SPACE}").replace(",\N{NO-BREAK SPACE}", ", ")
        lines = textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
        return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]

    def _process(self) -> list[str]:
        by_notebook: dict[str, list[str]] = defaultdict(list)
        for notebook, cell in self.in_students_process:
            by_notebook[notebook].append(cell)
        return [
            f"  Run in the students' own process, as their metadata asks: {', '.join(cells)} of {notebook}"
            for notebook, cells in by_notebook.items()
        ]


def _some(entries: Mapping) -> list[tuple]:
    return list(entries.items())[:LISTED]


def _more(entries: Mapping) -> list[str]:
    return [f"  … and {len(entries) - LISTED} more"] if len(entries) > LISTED else []
