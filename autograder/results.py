"""Reads what grading left in an autograded notebook: the grader's record, and the results that checks displayed.

Both hold text that came out of a student's process, and stock nbgrader keeps whatever metadata a student hands in, so
everything is taken for data of unknown shape.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED, RESULT_MIME

STAGES = ("start", "replay", "referee")
"""What the time of one notebook is spent on, in order: the kernel's start, the student's cells, the grade cells."""

_VERSION = 1


@dataclass(frozen=True)
class CheckResult:
    """The part of a check's result that a report needs."""

    outcome: str
    """`"correct"`, `"incorrect"` or `"not attempted"`."""

    message: str
    """What the student was told; never empty."""

    misconception: str = ""
    """Name of the mistake where it is a known one."""

    title: str = ""
    """The mistake as a noun phrase, where the check has one."""


@dataclass(frozen=True)
class CellRecord:
    """What the grader wrote down about one grade cell."""

    outcome: str
    """`"correct"`, `"incorrect"`, `"not attempted"`, `"to be graded by hand"` or `"error"`."""

    score: float | None
    """Points; None where they are given by hand."""

    seconds: float | None = None
    """How long the cell ran; None where that was not recorded."""

    misconceptions: tuple[str, ...] = ()
    """Names of the known mistakes that its checks recognised."""

    messages: tuple[str, ...] = ()
    """What the student was told."""

    in_student_process: bool = False
    """Whether it ran where the student's code could reach it, as its metadata asks for."""

    instructor_error: str = ""
    """What is wrong with the grade cell itself."""


@dataclass(frozen=True)
class Record:
    """What the grader wrote down about one notebook."""

    failure: str = ""
    """Why nothing could be graded."""

    remarks: tuple[str, ...] = ()
    """What was unusual, although there are grades."""

    seconds: Mapping[str, float] = field(default_factory=dict)
    """Seconds by stage, with `"total"`."""

    cells: Mapping[str, CellRecord] = field(default_factory=dict)
    """By grade id."""


def results_of(cell: NotebookNode) -> list[CheckResult]:
    """The well-formed results among a cell's outputs; a student's code can display anything under the same type."""
    bundles = [output.get("data", {}).get(RESULT_MIME) for output in cell.get("outputs", [])]
    return [_parsed(data) for data in bundles if _well_formed(data)]


def record_of(notebook: Mapping[str, Any]) -> Record | None:
    """The grader's record in the notebook's metadata; None where another grader made the notebook."""
    data = notebook.get("metadata", {}).get("autograder")
    if not isinstance(data, Mapping) or data.get("version") != _VERSION:
        return None
    seconds, cells = (_mapping(data.get(key)) for key in ("seconds", "cells"))
    return Record(
        failure=_text(data.get("failure")),
        remarks=_texts(data.get("remarks")),
        seconds={stage: _seconds(seconds.get(stage)) for stage in (*STAGES, "total")},
        cells={name: _cell(cell) for name, cell in cells.items() if isinstance(cell, Mapping)},
    )


def _cell(data: Mapping[str, Any]) -> CellRecord:
    score = data.get("score")
    return CellRecord(
        outcome=_text(data.get("outcome")),
        score=float(score) if _is_number(score) else None,
        seconds=_seconds(data.get("seconds")),
        misconceptions=_texts(data.get("misconceptions")),
        messages=_texts(data.get("messages")),
        in_student_process=data.get("process") == "student",
        instructor_error=_text(data.get("instructor_error")),
    )


def _mapping(value: object) -> Mapping:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str) and text) if isinstance(value, list) else ()


def _seconds(value: object) -> float:
    return max(float(value), 0.0) if _is_number(value) else 0.0


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _well_formed(data: object) -> bool:
    return (
        isinstance(data, dict)
        and data.get("outcome") in (CORRECT, INCORRECT, NOT_ATTEMPTED)
        and isinstance(data.get("message"), str)
        and bool(data["message"])
        and isinstance(data.get("misconception"), (str, type(None)))
    )


def _parsed(data: dict) -> CheckResult:
    return CheckResult(data["outcome"], data["message"], data.get("misconception") or "", _text(data.get("title")))
