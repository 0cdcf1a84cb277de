"""A submission in a folder of its own, and ways to put things into it and to read it."""

from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.intake.submission import Submission, read
from autograder.limits import Limits

NAME = "doubling"


def make_submission(parent: Path) -> Path:
    """A submission with one notebook; beside its folder a file that is none of its business."""
    (parent / "secret.txt").write_text("secret")
    folder = parent / "submitted"
    write_notebook(folder / f"{NAME}.ipynb")
    return folder


def write_notebook(file: Path, source: str = "x = 1") -> None:
    """Write a notebook with one cell."""
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[new_code_cell(source, id="one")]), file)


def put(folder: Path, path: str, data: bytes = b"data") -> Path:
    """Write a file below the folder."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def remark_on(found: Submission, *words: str) -> str:
    """The only remark that holds all the words."""
    (remark,) = [remark for remark in found.remarks if all(word in remark for word in words)]
    return remark


def look(folder: Path, *names: str, **limits: float) -> Submission:
    """Read the submission, with some limits changed; without names, its one notebook."""
    return read(folder, names or [NAME], replace(Limits(), **limits))
