"""What an attack is, and how it is handed in."""

from __future__ import annotations

import copy
import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tests.attacks.course import FULL, NOTEBOOK, RIGHT, WRONG, Course

GOTCHA = 'print("GOT" "CHA")'
"""What the code of an attack runs when it has reached its end; the word never stands in its source."""

MARK = "gotcha"
"""Stands in the name of every file and process that an attack leaves behind."""

DEFENCES = ("graft", "referee", "two-phases", "withholding", "presentable", "reading", "sweeping", "sandbox", "limits")
"""What can be switched off; `weakened` says how."""

Damage = Callable[[dict], None]
Mess = Callable[[Path, Mapping[str, str]], None]


@dataclass(frozen=True)
class Attack:
    """One hostile submission. Exercises that it says nothing of are answered wrongly, so that honest work of the same
    content gets no points for them."""

    name: str
    tries: str
    """What it wants, in a sentence."""

    stopped_by: tuple[str, ...]
    """Defences, of `DEFENCES`: with all of these switched off it succeeds. None where the grader's construction as a
    whole is in its way; then its family says what holds (`held_by`)."""

    cells: Mapping[str, str] = field(default_factory=dict)
    """Sources of cells, by cell id."""

    extra: tuple[tuple[str, str], ...] = ()
    """(cell id, source): code cells of the student's own, each after the cell of that id."""

    damage: Damage | None = None
    """What else is done to the notebook's JSON, given as a dict with "cells"."""

    mess: Mess | None = None
    """What is done to the submission's folder, with the notebook in it; also gets the values of placeholders."""

    honest: float = 0.0
    """Points of honest work with the same content: it may get no more."""

    least: float = 0.0
    """Points that are not at stake: it must not get less."""

    student: str = ""
    """The name of its folder; by default its own name."""

    reason: str = ""
    """What a teacher must be told: a regular expression, searched in the failure and the remarks."""

    family: str = ""
    held_by: str = ""

    @property
    def folder(self) -> str:
        return self.student or f"x-{self.name}"


CONTROLS = (
    Attack(name="control-wrong", tries="Nothing: all answers are wrong.", stopped_by=()),
    Attack(name="control-right", tries="Nothing: all answers are right.", stopped_by=(), cells=RIGHT, honest=FULL),
)
"""Handed in beside the attacks. What these two achieve where a defence is switched off is no attack's merit."""


def code(text: str) -> str:
    """The source of a cell, written as an indented string."""
    return textwrap.dedent(text).strip("\n")


def hand_in(course: Course, attack: Attack, places: Mapping[str, str]) -> None:
    """Put the submission into the course. `places` has the values of `@NAME@` in sources."""
    sources = {name: _filled(source, places) for name, source in {**WRONG, **attack.cells}.items()}
    notebook = write(course, attack.folder, sources, [(at, _filled(text, places)) for at, text in attack.extra])
    if attack.damage is not None:
        data = copy.deepcopy(notebook)
        attack.damage(data)
        file = course.submission(attack.folder) / f"{NOTEBOOK}.ipynb"
        file.write_text(json.dumps(data), encoding="utf-8")
    if attack.mess is not None:
        attack.mess(course.submission(attack.folder), places)


def write(course: Course, student: str, sources: Mapping[str, str], extra: list[tuple[str, str]]) -> NotebookNode:
    """Write the released notebook with the sources of some cells replaced and with further code cells."""
    notebook = nbformat.read(course.released, as_version=4)
    known = {cell.id for cell in notebook.cells} | {"end"}
    strange = (set(sources) | {at for at, _ in extra}) - known
    if strange:
        raise ValueError(f"the notebook has no cells {strange}")
    cells = []
    for cell in notebook.cells:
        cell.source = sources.get(cell.id, cell.source)
        cells += [cell, *(new_code_cell(text) for at, text in extra if at == cell.id)]
    cells += [new_code_cell(text) for at, text in extra if at == "end"]
    notebook.cells = cells
    folder = course.submission(student)
    folder.mkdir(parents=True)
    (folder / "helpers.py").write_bytes((course.released.parent / "helpers.py").read_bytes())
    nbformat.write(notebook, folder / f"{NOTEBOOK}.ipynb")
    return notebook


def cell_of(notebook: dict, grade_id: str) -> NotebookNode:
    """The cell with that grade id."""
    return next(cell for cell in notebook["cells"] if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def _filled(text: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        text = text.replace(f"@{name}@", value)
    return text
