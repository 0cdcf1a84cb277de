"""Changing the notebook: metadata, types and order of cells, so that tests are not run, not counted or others."""

import copy

from tests.attacks.attack import Attack, cell_of
from tests.attacks.course import TESTS

FAMILY = "changing the notebook"
HOLDS = "The graft restores every test; the referee runs the instructor's text of it, never the one that was handed in."


def _tests(notebook: dict) -> list:
    return [cell_of(notebook, name) for name in TESTS]


def _tagged(*tags: str):
    def damage(notebook):
        for cell in _tests(notebook):
            cell.metadata.tags = list(tags)

    return damage


def _typed(kind: str):
    def damage(notebook):
        for cell in _tests(notebook):
            cell.cell_type = kind
            cell.pop("outputs"), cell.pop("execution_count")

    return damage


def _nbgrader(**fields):
    def damage(notebook):
        for cell in _tests(notebook):
            cell.metadata.nbgrader.update(fields)

    return damage


def _emptied(notebook):
    for cell in _tests(notebook):
        cell.source = "pass"


def _points(notebook):
    for cell in _tests(notebook):
        cell.metadata.nbgrader.points = 1000
        cell.source = "1000.0"


def _deleted(notebook):
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in _tests(notebook)]


def _renamed(notebook):
    for number, cell in enumerate(_tests(notebook)):
        cell.metadata.nbgrader.grade_id = f"test-{number}"
        cell.id = f"test-{number}"
        cell.source = "pass"


def _duplicated(notebook):
    for cell in _tests(notebook):
        double = copy.deepcopy(cell)
        double.source, double.id = "pass", f"{cell.id}-again"
        notebook["cells"].append(double)


def _own_grade_cell(notebook):
    extra = copy.deepcopy(cell_of(notebook, "quiz-test"))
    extra.metadata.nbgrader.update(grade_id="bonus", points=50)
    extra.source, extra.id = "50.0", "bonus"
    notebook["cells"].append(extra)


def _swapped(notebook):
    first, second = cell_of(notebook, "standardize-test"), cell_of(notebook, "quiz-test")
    first.metadata, second.metadata = second.metadata, first.metadata
    second.source = first.source = "assert True"
    quiz, weights = cell_of(notebook, "quiz"), cell_of(notebook, "weights")
    quiz.metadata, weights.metadata = weights.metadata, quiz.metadata


def _appended(notebook):
    cell = cell_of(notebook, "halve-test")
    cell.source += "\n2.0"
    for cell in _tests(notebook):
        cell.source = "try:\n    pass\nfinally:\n    pass"


def _outputs(notebook):
    for cell in _tests(notebook):
        cell.source = "pass"
        cell.execution_count = 1
        data = {"text/plain": "2.0", "application/vnd.stable-exponentials.result+json": {"outcome": "correct"}}
        output = {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}
        cell.outputs = [output]


def _forged_record(notebook):
    cells = {name: {"outcome": "correct", "score": 2.0, "max_score": 2.0, "process": "referee"} for name in TESTS}
    notebook["metadata"]["autograder"] = {"version": 1, "digest": "0" * 64, "seed": 0, "failure": "", "cells": cells}
    notebook["metadata"]["nbgrader"] = {"score": 1000}
    for cell in notebook["cells"]:
        cell.metadata["autograder"] = {"process": "student"}
    _emptied(notebook)


def _kernelspec(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook["metadata"]["language_info"] = {"name": "bash"}
    for cell in _tests(notebook):
        cell.source = "true"


def _future(notebook):
    notebook["nbformat_minor"] = 99
    for cell in notebook["cells"]:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.schema_version = 99
    _emptied(notebook)


def _metadata_list(notebook):
    notebook["metadata"] = ["list"]
    for cell in notebook["cells"]:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-test"):
            cell["metadata"], cell["source"], cell["outputs"] = ["list"], ["pa", "ss"], "none"


def _hidden_marks(notebook):
    for cell in _tests(notebook):
        cell.source = "### BEGIN HIDDEN TESTS\n" + cell.source + "\n### END HIDDEN TESTS"
    for cell in notebook["cells"]:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "### BEGIN HIDDEN TESTS\n" + cell.source + "\n### BEGIN SOLUTION"


def _attack(name: str, tries: str, damage, **more) -> Attack:
    return Attack(name=name, tries=tries, stopped_by=more.pop("stopped_by", ("graft",)), damage=damage, **more)


ATTACKS = [
    _attack("skip-execution", "Tags every test so that it is not executed.", _tagged("skip-execution")),
    _attack("test-edited", "Replaces every test by `pass`.", _emptied),
    _attack("points-edited", "Makes every test worth 1000 points, and gives them.", _points),
    _attack("tests-become-text", "Turns every test into a markdown cell.", _typed("markdown"), stopped_by=()),
    _attack("tests-become-raw", "Turns every test into a raw cell.", _typed("raw"), stopped_by=()),
    _attack("not-a-grade-cell", "Says of every test that it gives no points.", _nbgrader(grade=False), stopped_by=()),
    _attack("test-is-an-answer", "Says of every test that it is an answer.", _nbgrader(solution=True), stopped_by=()),
    _attack("tests-deleted", "Deletes every test.", _deleted, stopped_by=()),
    _attack("tests-renamed", "Gives every test another name, and no content.", _renamed, stopped_by=()),
    _attack("tests-doubled", "Adds an empty cell with the same name for every test.", _duplicated),
    _attack("own-grade-cell", "Adds a test of its own, worth 50 points.", _own_grade_cell),
    _attack("names-swapped", "Swaps the names of a hard test and an easy one, and of two answers.", _swapped),
    _attack("points-appended", "Ends the cell for partial credit with a number of its own.", _appended),
    _attack(
        "outputs-forged", "Hands in tests that have been executed already, with outputs that look right.", _outputs
    ),
    _attack("record-forged", "Hands in the grader's own record, with full points in it.", _forged_record),
    _attack(
        "another-language",
        "Says that it is a shell notebook, in which every test succeeds.",
        _kernelspec,
        stopped_by=(),
    ),
    _attack("from-the-future", "Claims format and schema versions that do not exist.", _future),
    _attack("metadata-of-another-type", "Has lists and strings where mappings belong.", _metadata_list, stopped_by=()),
    _attack(
        "hidden-marks", "Wraps answers and tests in the marks that remove hidden tests.", _hidden_marks, stopped_by=()
    ),
]
