"""A misconception: a wrong implementation that can be run, with a name and a paragraph that explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Misconception:
    """One known mistake in one exercise.

    The check runs the variants on the inputs on which a student's function failed; if one of them produces the same
    values, the same pattern of inf and nan and the same gradients, the mistake has been found.
    """

    name: str
    """Short and stable, lower case with hyphens (`"global-max"`); reports count by it."""

    title: str
    """What the mistake is, as a noun phrase a student understands (`"One maximum for the whole tensor"`)."""

    explanation: str
    """One paragraph for the student: what happens, why it was tempting, what it would do to a training run."""

    variants: tuple[Callable, ...]
    """Implementations that make this mistake. Each has the exercise's signature; several where the mistake has a
    free constant (an epsilon, a fill value) or a twin that differs only in rounding."""
