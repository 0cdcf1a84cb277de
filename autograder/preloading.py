"""Chooses what the nursery imports before the first kernel: what is imported there need not be imported in each."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from autograder.assignment import Assignment
from autograder.kernels.sandbox import TORCH

_READ_BYTES = 1 << 20
"""As much of a submission's notebook is looked at; this is about speed only."""


def preload(assignment: Assignment, folders: Iterable[Path]) -> tuple[str, ...]:
    """Modules that some notebook of the class is going to import, beside those that every notebook needs.

    Args:
        assignment: what students were given.
        folders: where their submissions lie; a student's code is read here, but never run.
    """
    given = "\n".join(cell.source for skeleton in assignment.notebooks.values() for cell in skeleton.notebook.cells)
    texts = [given.encode(errors="replace")]
    texts += [_beginning(folder / f"{name}.ipynb") for folder in folders for name in assignment.notebooks]
    # All of it, as optimizers, dispatch modes and more load the second half without a word of it in the notebook; and
    # the course's own modules use torch without the notebook's saying so.
    return TORCH if any(b"torch" in text or b"from course" in text for text in texts) else ()


def _beginning(path: Path) -> bytes:
    """What a regular file begins with; nothing of anything else, which might never end."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with open(opened, "rb") as file:
        return file.read(_READ_BYTES) if stat.S_ISREG(os.fstat(opened).st_mode) else b""
