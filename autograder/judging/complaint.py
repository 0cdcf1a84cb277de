"""Turns the exception that ended a grade cell into what its student may read, and says whose fault it was."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.channel.remote import BadReply, Died, StudentExit, Timeout, Unsendable
from autograder.judging.namespace import InstructorCellError, MissingAnswerError
from autograder.judging.outputs import WITHHELD, NeedsStudentProcessError
from autograder.judging.time_limit import TimeUp
from autograder.judging.verdicts import INCORRECT, NOT_ATTEMPTED
from autograder.pages.machine_paths import without_places
from autograder.slicing.cell_code import CellCode
from course.kit.feedback import CheckError

MARK = 'give the cell the metadata {"autograder": {"process": "student"}}'
"""How an instructor says that a grade cell needs the student's process."""

UNGRADED = "This test could not be run. That is not the answer's fault; its author has been told."

NO_ANSWER = "It raises NotImplementedError: there is no answer yet."

_LONGEST = 2000

_KINDS = {
    TimeUp: "It took too long.",
    Timeout: "It took too long.",
    Died: "It ended its own process.",
    BadReply: "What it gave could not be read.",
}


@dataclass(frozen=True)
class Complaint:
    """What is said about a grade cell that did not come through."""

    name: str
    """The exception's class, for the notebook."""

    text: str
    """Its message, for the notebook."""

    lines: tuple[str, ...] = ()
    """The test's own lines that lead to it, where students see them."""

    message: str = ""
    """One or two sentences for the student and the report."""

    outcome: str = INCORRECT
    instructor_error: str = ""
    """What is wrong with the grade cell, for the teacher; empty where the answer is wrong."""

    def output(self) -> dict[str, Any]:
        """As one of the notebook's outputs."""
        last = f"{self.name}: {self.text}" if self.text else self.name
        return {
            "output_type": "error",
            "ename": self.name,
            "evalue": self.text,
            "traceback": [*self.lines, *last.split("\n")],
        }


@dataclass(frozen=True)
class Witness:
    """What is known about a grade cell when it fails."""

    codes: Mapping[str, CellCode]
    """The instructor's cells, by the name under which they are compiled."""

    file: str
    """The grade cell's."""

    touched: bool
    """Whether the cell asked for anything of the student's."""

    secret: bool
    """Whether the student's side may have seen a hidden test by now."""

    describe_missing: Callable[[str], Complaint]
    """What to say about a name that the notebook lacks."""


def complaint_about(error: BaseException, witness: Witness) -> Complaint:
    """Say what went wrong. Of a hidden test's failure, nothing is said that the test or the student's side chose."""
    if isinstance(error, MissingAnswerError):
        return witness.describe_missing(error.name)
    slip = _slip(error, witness)
    if slip:
        return Complaint("GradingError", UNGRADED, message=UNGRADED, instructor_error=slip)
    lines = _lines(error, witness)
    if witness.secret:
        return _withheld(error, lines)
    if isinstance(error, CheckError) or _is_checks_own(error):
        outcome = NOT_ATTEMPTED if isinstance(error, NotImplementedError) else INCORRECT
        return Complaint(type(error).__name__, _text(error), message=_text(error), outcome=outcome)
    if getattr(error, "remote", False):
        return _students(error, lines)
    name, text = type(error).__name__, _text(error)
    if isinstance(error, (Timeout, Died, BadReply)):
        return Complaint(name, text, lines, text)
    said = f"{name}: {text}" if text else name
    return Complaint(name, text, lines, f"{said} in `{lines[-1].split(' ', 2)[-1]}`" if lines else said)


def _slip(error: BaseException, witness: Witness) -> str:
    """What the instructor's side of the grade cell did wrong, or "" if it may be the student's side."""
    if isinstance(error, InstructorCellError):
        return f"it depends on a statement that failed: {error}"
    if isinstance(error, NeedsStudentProcessError):
        return f"it uses `{error}`, which only the student's kernel can run; if it has to, {MARK}"
    if isinstance(error, Unsendable):
        return f"{_text(error)}; if the test needs that, {MARK}"
    if getattr(error, "remote", False):
        return ""
    if isinstance(error, SyntaxError) and error.filename == witness.file:
        return f"it is no Python: {error}"
    if isinstance(error, ImportError):
        return f"{type(error).__name__}: {_text(error)}; install it where the grader runs, or {MARK}"
    if not witness.touched:
        return (
            f"it failed ({type(error).__name__}: {_text(error)}) without having looked at anything of the student's; "
            f"if it needs more than names, such as files or plots that an answer leaves behind, {MARK}"
        )
    return ""


def _is_checks_own(error: BaseException) -> bool:
    """Whether a check of the course says that there is no answer yet."""
    if not isinstance(error, NotImplementedError) or getattr(error, "remote", False):
        return False
    frames = list(traceback.walk_tb(error.__traceback__))
    return bool(frames) and frames[-1][0].f_globals.get("__name__", "").startswith("course.")


def _students(error: BaseException, lines: tuple[str, ...]) -> Complaint:
    """What to say of an exception that the student's code raised."""
    text, where = _text(error), getattr(error, "where", "")
    name = type(error).__name__
    if _has_no_answer(error):
        return Complaint(name, NO_ANSWER, lines, NO_ANSWER, NOT_ATTEMPTED)
    if isinstance(error, StudentExit):
        said = f"The answer's own code raised {text}{where}, which would end the whole notebook."
    else:
        said = f"The answer's own code raised {name}{f': {text}' if text else ''}{where}."
    return Complaint(name, f"{text}{where}".strip(), lines, said)


def _withheld(error: BaseException, lines: tuple[str, ...]) -> Complaint:
    for kind, added in _KINDS.items():
        if isinstance(error, kind):
            said = f"{WITHHELD} {added}"
            return Complaint("AssertionError", said, lines, said)
    if _has_no_answer(error):
        return Complaint("NotImplementedError", NO_ANSWER, lines, NO_ANSWER, NOT_ATTEMPTED)
    said = f"{WITHHELD} Its own code raised an error." if getattr(error, "remote", False) else WITHHELD
    return Complaint("AssertionError", said, lines, said)


def _has_no_answer(error: BaseException) -> bool:
    if not isinstance(error, NotImplementedError):
        return False
    return _is_checks_own(error) or not str(error) or "raise NotImplementedError" in getattr(error, "where", "")


def _lines(error: BaseException, witness: Witness) -> tuple[str, ...]:
    """The grade cell's lines that lead to the exception, each with its number; none if students do not see them all."""
    lines = []
    for frame, number in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        code = witness.codes.get(file)
        if code is not None and code.hides(number, number):
            return ()
        if file == witness.file:
            lines.append(f"----> {code.visible_number(number)} {code.source.split(chr(10))[number - 1].strip()}")
    return tuple(dict.fromkeys(lines))


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # an exception of the instructor's own may be broken too
        return ""
    text = without_places(text.strip())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
