"""Reads the results that checks displayed out of a cell's outputs, which come from a student's process."""

from __future__ import annotations

from dataclasses import dataclass

from nbformat import NotebookNode

from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED, RESULT_MIME


@dataclass(frozen=True)
class CheckResult:
    """The part of a check's result that a report needs."""

    outcome: str
    """`"correct"`, `"incorrect"` or `"not attempted"`."""

    message: str
    """What the student was told; never empty."""

    misconception: str = ""
    """Name of the mistake where it is a known one."""


def results_of(cell: NotebookNode) -> list[CheckResult]:
    """The well-formed results among a cell's outputs; a student's code can display anything under the same type."""
    bundles = [output.get("data", {}).get(RESULT_MIME) for output in cell.get("outputs", [])]
    return [_parsed(data) for data in bundles if _well_formed(data)]


def _well_formed(data: object) -> bool:
    return (
        isinstance(data, dict)
        and data.get("outcome") in (CORRECT, INCORRECT, NOT_ATTEMPTED)
        and isinstance(data.get("message"), str)
        and bool(data["message"])
        and isinstance(data.get("misconception"), (str, type(None)))
    )


def _parsed(data: dict) -> CheckResult:
    return CheckResult(data["outcome"], data["message"], data.get("misconception") or "")
