"""What the grades of a class ask its teacher to do: look at something, talk to somebody, teach something again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.reporting.attention import Urgency
from autograder.reporting.gradebook import BY_HAND
from autograder.reporting.graded_class import MISSING, WAITING, GradeCell, GradedClass, Mistake, Student
from autograder.reporting.item_analysis import Item
from course.kit.feedback import INCORRECT, NOT_ATTEMPTED

LOW = 0.5
"""Share of the points below which a student is somebody to talk to."""

LATE_SECONDS = 24 * 3600.0
"""How late a submission is that is somebody to talk to, where it cost nothing."""

_ENOUGH = 5
"""Students who have to fail before the cell is suspected and not they."""

_ENOUGH_FOR_CORRELATION = 20
_AGAINST = -0.2
"""From so many students on, a correlation below this is worth a look at the cell."""


@dataclass(frozen=True)
class Sight:
    """Something to look at, and in whose submissions."""

    urgency: Urgency
    text: str
    students: tuple[str, ...] = ()


@dataclass(frozen=True)
class HandWork:
    """A cell with points that a person has to give or to confirm."""

    cell: GradeCell
    open: int
    """Students without these points."""
    to_confirm: int
    """Students whose points are from before the last run of the autograder."""


@dataclass(frozen=True)
class Talk:
    """A student with few of the points, and what there is to talk about."""

    student: Student
    share: float
    """Of the points given so far."""
    mistakes: tuple[str, ...]
    """Names, each with the exercises."""
    not_attempted: tuple[str, ...]
    """Names of exercises."""


@dataclass(frozen=True)
class CommonMistake:
    """A mistake that checks know by name, and who made it."""

    name: str
    mistake: Mistake
    """What was said about it in the first exercise in which it was made."""
    by_exercise: Mapping[str, tuple[str, ...]]
    """Ids of the students who made it, by exercise, the one with most first."""

    @property
    def students(self) -> tuple[str, ...]:
        """Everybody who made it, wherever that was."""
        return tuple(sorted({student for students in self.by_exercise.values() for student in students}))


@dataclass(frozen=True)
class Complaint:
    """What a failing grade cell said where it knows no name for the mistake, and to whom."""

    exercise: str
    text: str
    students: tuple[str, ...]


def sights(graded: GradedClass, items: Iterable[Item]) -> tuple[Sight, ...]:
    """What to look at, the most urgent first, what concerns most students first among those."""
    found: dict[tuple[Urgency, str], list[str]] = defaultdict(list)
    for student in graded.students:
        if student.state == WAITING:
            found[Urgency.NO_RESULT, "handed in, and not graded yet: grade the class again"].append(student.id)
        for concern in dict.fromkeys(student.concerns):
            found[concern.urgency, concern.text].append(student.id)
    seen = [Sight(urgency, text, tuple(students)) for (urgency, text), students in found.items()]
    doubts = [doubt_about(item, graded.label(item.cell)) for item in items]
    seen += [Sight(Urgency.DOUBTFUL, doubt) for doubt in doubts if doubt]
    return tuple(sorted(seen, key=lambda sight: (sight.urgency, -len(sight.students))))


def doubt_about(item: Item, name: str) -> str:
    """What the class's points say against the grade cell called `name`, if anything."""
    if item.n - item.not_attempted >= _ENOUGH and item.nothing == item.n - item.not_attempted:
        return f"nobody got a point in {name}, though {item.nothing} tried: is the test right?"
    if item.n >= _ENOUGH_FOR_CORRELATION and item.discrimination is not None and item.discrimination <= _AGAINST:
        return f"those who do well elsewhere do badly in {name} (r = {item.discrimination:.2f}): is the test right?"
    return ""


def hand_work(graded: GradedClass) -> tuple[HandWork, ...]:
    """The cells that wait for a person, in the assignment's order."""
    found = []
    for cell in graded.cells:
        grades = [student.grades.get((cell.notebook, cell.name)) for student in graded.graded]
        missing = sum(grade is not None and grade.outcome == BY_HAND for grade in grades)
        old = sum(grade is not None and grade.to_confirm for grade in grades)
        if missing or old:
            found.append(HandWork(cell, missing, old))
    return tuple(found)


def missing(graded: GradedClass) -> tuple[Student, ...]:
    """Who handed nothing in."""
    return tuple(student for student in graded.students if student.state == MISSING)


def idle(graded: GradedClass) -> tuple[Student, ...]:
    """Who handed in and attempted nothing."""
    return tuple(student for student in graded.graded if _attempted_nothing(student))


def low(graded: GradedClass) -> tuple[Talk, ...]:
    """Who tried and has less than `LOW` of the points, the lowest first."""
    found = [
        Talk(student, share, in_words(misconceptions(graded, student)), _left(graded, student))
        for student in graded.graded
        if not _attempted_nothing(student) and (share := graded.share(student)) is not None and share < LOW
    ]
    return tuple(sorted(found, key=lambda talk: (talk.share, talk.student.id)))


def late(graded: GradedClass) -> tuple[Student, ...]:
    """Whose lateness cost points or was more than `LATE_SECONDS`, the latest first."""
    found = [student for student in graded.students if student.penalty > 0 or student.seconds_late > LATE_SECONDS]
    return tuple(sorted(found, key=lambda student: -student.seconds_late))


def misconceptions(graded: GradedClass, student: Student) -> tuple[tuple[str, str], ...]:
    """Pairs of exercise and name, one for each mistake that was recognised in one student's answers."""
    pairs = [
        (cell.exercise, name)
        for cell in graded.cells
        if (grade := student.grades.get((cell.notebook, cell.name))) is not None and grade.outcome == INCORRECT
        for name in grade.misconceptions
    ]
    return tuple(dict.fromkeys(pairs))


def common_mistakes(graded: GradedClass) -> tuple[CommonMistake, ...]:
    """Every mistake that was recognised, the most frequent first; a student counts once, in however many exercises."""
    who: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for student in graded.graded:
        for exercise, name in misconceptions(graded, student):
            who[name][exercise].append(student.id)
    found = []
    for name, places in who.items():
        said = [graded.mistakes[place, name] for place in places if (place, name) in graded.mistakes]
        mistake = said[0] if said else Mistake()
        often = sorted(places.items(), key=lambda item: -len(item[1]))
        found.append(CommonMistake(name, mistake, {place: tuple(students) for place, students in often}))
    return tuple(sorted(found, key=lambda one: (-len(one.students), one.name)))


def in_words(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Pairs of exercise and name as names, each with its exercises."""
    places: dict[str, list[str]] = defaultdict(list)
    for exercise, name in pairs:
        places[name].append(exercise)
    return tuple(f"{name} ({', '.join(exercises)})" for name, exercises in places.items())


def complaints(graded: GradedClass) -> tuple[Complaint, ...]:
    """The first complaint about each student's answer to each exercise in which no mistake was recognised."""
    who: dict[tuple[str, str], list[str]] = defaultdict(list)
    for student in graded.graded:
        named = {exercise for exercise, _ in misconceptions(graded, student)}
        first: dict[str, str] = {}
        for cell in graded.cells:
            grade = student.grades.get((cell.notebook, cell.name))
            if grade is not None and grade.complaint and cell.exercise not in named:
                first.setdefault(cell.exercise, grade.complaint)
        for key in first.items():
            who[key].append(student.id)
    found = [Complaint(*key, tuple(names)) for key, names in who.items()]
    return tuple(sorted(found, key=lambda one: (-len(one.students), one.exercise, one.text)))


def _attempted_nothing(student: Student) -> bool:
    outcomes = {grade.outcome for grade in student.grades.values()}
    return NOT_ATTEMPTED in outcomes and outcomes <= {NOT_ATTEMPTED}


def _left(graded: GradedClass, student: Student) -> tuple[str, ...]:
    outcomes: dict[str, set[str]] = defaultdict(set)
    for cell in graded.cells:
        grade = student.grades.get((cell.notebook, cell.name))
        if grade is not None:
            outcomes[cell.exercise].add(grade.outcome)
    return tuple(exercise for exercise, found in outcomes.items() if found == {NOT_ATTEMPTED})
