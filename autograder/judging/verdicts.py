"""What the referee found out about one grade cell."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED

ERROR = "error"
"""The outcome of a grade cell that is itself wrong."""


@dataclass
class Verdict:
    """The result of one grade cell; plain data, so that it can be sent to another process."""

    grade_id: str

    outputs: list[dict[str, Any]] = field(default_factory=list)
    """nbformat's outputs; nbgrader's own rule makes the same score of them."""

    score: float = 0.0
    """Points, from 0 to `max_score`."""

    max_score: float = 0.0

    outcome: str = INCORRECT
    """`"correct"`, `"incorrect"`, `"not attempted"`, or `"error"` where the grade cell itself is wrong."""

    misconceptions: list[str] = field(default_factory=list)
    """Names of the known mistakes that checks recognised."""

    messages: list[str] = field(default_factory=list)
    """What the student is told, a sentence or two each."""

    seconds: float = 0.0
    """Wall time."""

    remarks: list[str] = field(default_factory=list)
    """For the teacher: what may make the score doubtful."""

    instructor_error: str = ""
    """What is wrong with the grade cell itself, for the teacher."""

    died: bool = False
    """Whether the student's process died, or had to be killed, while the cell ran."""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """The verdict that `to_json` made the data of."""
        return cls(**data)


__all__ = ["CORRECT", "ERROR", "INCORRECT", "NOT_ATTEMPTED", "Verdict"]
