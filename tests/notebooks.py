"""Reads and runs the course's notebooks for the tests."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]


def source(unit: str) -> nbformat.NotebookNode:
    """The instructor's notebook of a unit (`"03-max-shift"`)."""
    return _only(ROOT / "source" / unit)


def release(unit: str) -> nbformat.NotebookNode:
    """The student's notebook of a unit."""
    return _only(ROOT / "release" / unit)


def _only(folder: Path) -> nbformat.NotebookNode:
    (path,) = folder.glob("*.ipynb")
    return nbformat.read(path, as_version=4)


def cell(notebook: nbformat.NotebookNode, identity: str) -> nbformat.NotebookNode:
    """The cell with an id."""
    (found,) = [c for c in notebook.cells if c.id == identity]
    return found


def run(notebook: nbformat.NotebookNode, folder: Path, **environment: str) -> nbformat.NotebookNode:
    """Execute a copy top to bottom, past errors, in `folder` and with no front end; returns the copy."""
    copy = nbformat.from_dict(notebook)
    client = NotebookClient(copy, timeout=120, kernel_name="python3", allow_errors=True)
    paths = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
    client.execute(cwd=str(folder), env={**os.environ, "PYTHONPATH": paths, **environment})
    return copy


def errors(notebook: nbformat.NotebookNode) -> list[tuple[str, str, str]]:
    """(cell id, exception's name, its text) of every error among the outputs."""
    return [
        (c.id, output.ename, output.evalue)
        for c in notebook.cells
        for output in c.get("outputs", [])
        if output.output_type == "error"
    ]


def text(cell: nbformat.NotebookNode) -> str:
    """Everything a cell printed or showed, as plain text."""
    parts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type in ("display_data", "execute_result"):
            parts.append(output.data.get("text/plain", ""))
        elif output.output_type == "error":
            parts.append(f"{output.ename}: {output.evalue}")
    return "\n".join(parts)
