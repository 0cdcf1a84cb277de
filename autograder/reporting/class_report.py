"""A graded class together with everything that follows from its grades."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from autograder.reporting import findings, item_analysis
from autograder.reporting.findings import CommonMistake, Complaint, HandWork, Sight, Talk
from autograder.reporting.graded_class import GradedClass, Student
from autograder.reporting.item_analysis import Item


@dataclass(frozen=True)
class ClassReport:
    """What a page or a spreadsheet about a class is made from."""

    graded: GradedClass
    """The grades."""

    made: datetime
    """When they were read."""

    items: tuple[Item, ...]
    """Every grade cell, in the assignment's order."""

    sights: tuple[Sight, ...]
    """What to look at, the most urgent first."""

    hand_work: tuple[HandWork, ...]
    """Cells that wait for a person."""

    missing: tuple[Student, ...]
    """Who handed nothing in."""

    idle: tuple[Student, ...]
    """Who attempted nothing."""

    low: tuple[Talk, ...]
    """Who tried and has few points, the lowest first."""

    late: tuple[Student, ...]
    """Who was late enough to matter, the latest first."""

    mistakes: tuple[CommonMistake, ...]
    """Mistakes that checks recognised, the most frequent first."""

    complaints: tuple[Complaint, ...]
    """What checks said of other mistakes, the most frequent first."""

    @property
    def shares(self) -> list[float]:
        """Points before penalties as shares of those given so far, of all who have any."""
        shares = (self.graded.share(student) for student in self.graded.graded)
        return [share for share in shares if share is not None]


def analyse(graded: GradedClass, made: datetime) -> ClassReport:
    """Everything that follows from the grades; a pure function."""
    items = item_analysis.analyse(graded)
    return ClassReport(
        graded=graded,
        made=made,
        items=items,
        sights=findings.sights(graded, items),
        hand_work=findings.hand_work(graded),
        missing=findings.missing(graded),
        idle=findings.idle(graded),
        low=findings.low(graded),
        late=findings.late(graded),
        mistakes=findings.common_mistakes(graded),
        complaints=findings.complaints(graded),
    )
