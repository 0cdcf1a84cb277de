"""Notebooks made to be graded by other tests, or for other points, than the instructor's: none gets its way."""

import copy
import json

import nbformat
import pytest
from graft_helpers import (
    RIGHT,
    WRONG,
    cell,
    fixed_cells,
    graded,
    grafted,
    ids,
    place,
    points,
    settings,
    skeleton,
    submitted,
)
from nbformat.v4 import new_code_cell
from nbgrader import utils

from autograder.intake.graft import graft
from autograder.intake.notebook_file import parse
from tests import notebooks

ATTACKS = {}


def attack(change):
    """Register a change to a submission whose answer is wrong."""
    ATTACKS[change.__name__] = change
    return change


@attack
def skips_a_grade_cell_by_its_tag(notebook):
    cell(notebook, "double-two").metadata["tags"] = ["skip-execution"]


@attack
def skips_every_cell_by_its_tag(notebook):
    for c in notebook.cells:
        c.metadata["tags"] = ["skip-execution", "raises-exception"]


@attack
def raises_the_points(notebook):
    cell(notebook, "double-two").metadata["nbgrader"]["points"] = 1000


@attack
def makes_points_not_a_number(notebook):
    cell(notebook, "double-two").metadata["nbgrader"]["points"] = float("nan")


@attack
def makes_a_test_no_grade_cell(notebook):
    cell(notebook, "double-two").metadata["nbgrader"]["grade"] = False


@attack
def unlocks_a_test_and_empties_it(notebook):
    cell(notebook, "double-two").metadata["nbgrader"].update(locked=False, grade=False)
    cell(notebook, "double-two").source = "pass"


@attack
def makes_a_test_a_solution(notebook):
    cell(notebook, "double-two").metadata["nbgrader"].update(solution=True, locked=False)
    cell(notebook, "double-two").source = "2"


@attack
def makes_a_test_a_task(notebook):
    cell(notebook, "double-two").metadata["nbgrader"].update(task=True, grade=False)


@attack
def makes_an_answer_a_grade_cell(notebook):
    cell(notebook, "double").metadata["nbgrader"].update(grade=True, points=50)


@attack
def doubles_a_grade_id(notebook):
    copied = new_code_cell("pass", id="copied", metadata=copy.deepcopy(cell(notebook, "double-two").metadata))
    notebook.cells.insert(0, copied)


@attack
def brings_a_hundred_copies_of_a_grade_cell(notebook):
    for number in range(100):
        notebook.cells.append(new_code_cell("1", id=f"c{number}", metadata=settings("double-two", points=2)))


@attack
def brings_a_grade_cell_of_its_own(notebook):
    notebook.cells.append(new_code_cell("pass", id="bonus", metadata=settings("bonus", points=100)))


@attack
def renames_a_grade_id(notebook):
    cell(notebook, "double-two").metadata["nbgrader"]["grade_id"] = "double-three"


@attack
def gives_an_answer_the_grade_id_of_its_test(notebook):
    cell(notebook, "double").metadata["nbgrader"]["grade_id"] = "double-two"
    del notebook.cells[place(notebook, "double-two")]


@attack
def swaps_the_grade_ids_of_two_tests(notebook):
    first, second = cell(notebook, "double-two"), cell(notebook, "quiz-1-test")
    first.metadata, second.metadata = second.metadata, first.metadata


@attack
def swaps_the_grade_ids_of_two_answers(notebook):
    first, second = cell(notebook, "double"), cell(notebook, "quiz-1")
    first.metadata, second.metadata = second.metadata, first.metadata


@attack
def swaps_the_cell_ids_of_an_answer_and_its_test(notebook):
    first, second = cell(notebook, "double"), cell(notebook, "double-two")
    first.id, second.id = second.id, first.id


@attack
def turns_tests_into_text(notebook):
    for name in ("double-two", "quiz-1-test"):
        cell(notebook, name).cell_type = "markdown"


@attack
def turns_tests_into_raw_cells(notebook):
    for name in ("double-two", "quiz-1-test"):
        cell(notebook, name).cell_type = "raw"


@attack
def deletes_all_grade_cells(notebook):
    notebook.cells = [c for c in notebook.cells if not utils.is_grade(c)]


@attack
def hands_in_no_cells(notebook):
    notebook.cells = []


@attack
def moves_the_tests_before_the_answers(notebook):
    notebook.cells.sort(key=lambda c: not utils.is_grade(c))


@attack
def talks_nonsense_about_the_version(notebook):
    for number, c in enumerate(notebook.cells):
        if "nbgrader" in c.metadata:
            c.metadata["nbgrader"]["schema_version"] = [-1, 99, "three", None, 3.5][number % 5]


@attack
def forges_checksums(notebook):
    for c in notebook.cells:
        if utils.is_grade(c):
            c.source = "pass"
            c.metadata["nbgrader"]["checksum"] = utils.compute_checksum(c)


@attack
def wants_another_kernel(notebook):
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook.metadata["language_info"] = {"name": "bash"}


@attack
def brings_a_record_of_its_grading(notebook):
    notebook.metadata["autograder"] = {"cells": {"double-two": {"score": 2}}}
    cell(notebook, "double-two").outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2.0"})]


@attack
def makes_metadata_a_list(notebook):
    for c in notebook.cells:
        dict.__setitem__(c, "metadata", [])
    dict.__setitem__(notebook, "metadata", [])


@attack
def makes_the_settings_a_text(notebook):
    for c in notebook.cells:
        c.metadata["nbgrader"] = "grade"


@attack
def makes_grade_ids_lists(notebook):
    for c in notebook.cells:
        c.metadata["nbgrader"] = {"grade_id": [["double-two"]], "points": {"a": 1}}


@attack
def gives_every_cell_the_same_id(notebook):
    for c in notebook.cells:
        c.id = "double-two"


@attack
def gives_every_cell_the_same_grade_id(notebook):
    for c in notebook.cells:
        c.metadata["nbgrader"] = settings("double-two", points=2)["nbgrader"]


@attack
def attaches_a_page_to_a_locked_cell(notebook):
    cell(notebook, "rule")["attachments"] = {"a": {"text/html": "<script>alert(1)</script>"}}


def attacked(name):
    """The submission with a wrong answer after an attack."""
    notebook = submitted(double=WRONG)
    ATTACKS[name](notebook)
    return notebook


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_changes_what_it_hands_in(name):
    assert attacked(name) != submitted(double=WRONG)


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_fixed_comes_from_the_instructor(name):
    result = grafted(attacked(name)).notebook
    assert fixed_cells(result) == fixed_cells(skeleton())


@pytest.mark.parametrize("name", ATTACKS)
def test_settings_points_and_order_come_from_the_instructor(name):
    result = grafted(attacked(name)).notebook
    assert (graded(result), points(result)) == (graded(skeleton()), points(skeleton()))


@pytest.mark.parametrize("name", ATTACKS)
def test_only_the_instructors_cells_have_tags(name):
    result = grafted(attacked(name)).notebook
    assert [c.metadata["tags"] for c in result.cells if "tags" in c.metadata] == [["kept"]]


@pytest.mark.parametrize("name", ATTACKS)
def test_the_result_is_a_valid_notebook_with_the_instructors_metadata(name):
    result = grafted(attacked(name)).notebook
    nbformat.validate(result)
    assert result.metadata == skeleton().metadata


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_survives_a_file(name):
    data = json.dumps(attacked(name)).encode()
    result = grafted(parse(data)[0]).notebook
    assert fixed_cells(result) == fixed_cells(skeleton())


@pytest.mark.parametrize("name", ["makes_metadata_a_list", "makes_the_settings_a_text", "makes_grade_ids_lists"])
def test_an_honest_answer_survives_broken_metadata(name):
    notebook = submitted(double=RIGHT)
    ATTACKS[name](notebook)
    assert cell(grafted(notebook).notebook, "double").source == RIGHT


def test_an_answer_under_its_tests_grade_id_is_found_again_by_its_cell_id():
    assert cell(grafted(attacked("gives_an_answer_the_grade_id_of_its_test")).notebook, "double").source == WRONG


@pytest.mark.parametrize("name", ["raises_the_points", "skips_a_grade_cell_by_its_tag", "makes_a_test_a_solution"])
def test_changed_settings_are_mentioned(name):
    remarks = grafted(attacked(name)).remarks
    assert "Cells whose settings (points, tags and the like) were changed, and restored: double-two." in remarks


def test_a_remark_does_not_grow_with_the_attack():
    result = grafted(attacked("brings_a_hundred_copies_of_a_grade_cell"))
    assert sum(map(len, result.remarks)) < 1000


def test_every_attack_on_this_courses_own_unit_leaves_its_cells_alone():
    handed_out = notebooks.release("03-max-shift")
    handed_in = copy.deepcopy(handed_out)
    for c in handed_in.cells:
        c.metadata["tags"] = ["skip-execution"]
        if utils.is_grade(c):
            c.metadata["nbgrader"].update(points=99, locked=False)
            c.source = "pass"
    result = graft(handed_out, handed_out, handed_in).notebook
    assert (ids(result), fixed_cells(result)) == (ids(handed_out), fixed_cells(handed_out))
