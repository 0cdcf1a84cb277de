"""Whatever is done to the file of a notebook: it is read or refused with a reason, and the instructor's cells stay."""

import copy
import json

import nbformat
import pytest
from graft_helpers import RIGHT, WRONG, fixed_cells, graded, grafted, skeleton, submitted, without_ids
from graft_helpers import settings as nbgrader
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.intake.graft import graft
from autograder.intake.notebook_file import UnreadableError, parse
from autograder.intake.submission import read
from autograder.limits import Limits

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["double", "double-two", "code", "markdown", RIGHT, WRONG, "\ud800", "</script>"])
)
KEYS = st.sampled_from(
    ["cells", "cell_type", "metadata", "nbgrader", "grade_id", "tags", "id", "source", "outputs", "worksheets", "input"]
) | st.text(max_size=5)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


def example_notebook():
    """A submission with a bit of everything that a file can hold."""
    notebook = submitted(double=RIGHT, why="![a](attachment:a.png)")
    notebook.cells[7]["attachments"] = {"a.png": {"image/png": "iVBORw0KGgo="}}
    notebook.cells.insert(4, new_code_cell("print(1)", id="mine", metadata={"tags": ["skip-execution"]}))
    notebook.cells[4].outputs = [nbformat.v4.new_output("stream", text="1\n")]
    notebook.cells.append(new_markdown_cell("note", id="note"))
    return json.loads(nbformat.writes(notebook))


def parts_of(content):
    """Every (container, key) in decoded JSON."""
    waiting, found = [content], []
    while waiting:
        container = waiting.pop()
        keys = container if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], (dict, list)):
                waiting.append(container[key])
    return found


@st.composite
def mutated_notebooks(draw):
    """A valid notebook's JSON after some replacements, deletions, copies and swaps."""
    content = copy.deepcopy(example_notebook())
    for _ in range(draw(st.integers(1, 8))):
        parts = parts_of(content)
        assume(parts)
        container, key = draw(st.sampled_from(parts))
        other, other_key = draw(st.sampled_from(parts))
        kind = draw(st.sampled_from(["replace", "delete", "copy", "swap", "repeat", "add"]))
        if kind == "replace":
            container[key] = draw(VALUES)
        elif kind == "delete":
            del container[key]
        elif kind == "copy":
            container[key] = copy.deepcopy(other[other_key])
        elif kind == "swap":
            one, two = copy.deepcopy(container[key]), copy.deepcopy(other[other_key])
            container[key] = two
            other[other_key] = one
        elif kind == "repeat" and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        elif isinstance(container, dict):
            container[draw(KEYS)] = draw(VALUES)
    return content


def holds(data):
    """Reads, grafts and checks; a reason is as good."""
    try:
        notebook, _ = parse(data)
    except UnreadableError as error:
        assert str(error)
        return
    result = grafted(notebook).notebook
    assert fixed_cells(result) == fixed_cells(skeleton())
    assert graded(result) == graded(skeleton())
    nbformat.validate(result)
    nbformat.writes(result).encode()


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated_notebooks())
def test_a_mutated_notebook_is_read_or_refused(content):
    holds(json.dumps(content).encode())


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_any_json_is_read_or_refused(content):
    holds(json.dumps(content).encode())


@settings(max_examples=200, deadline=None)
@given(st.lists(VALUES, max_size=5), st.sampled_from([1, 2, 3, 4, 5, None]))
def test_any_cells_of_any_format_are_read_or_refused(cells, version):
    holds(json.dumps({"nbformat": version, "cells": cells}).encode())
    holds(json.dumps({"nbformat": version, "worksheets": [{"cells": cells}]}).encode())


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_file_with_damaged_bytes_is_read_or_refused(data):
    whole = bytearray(json.dumps(example_notebook()).encode())
    for _ in range(data.draw(st.integers(1, 10))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=10)) or b" "
    holds(bytes(whole))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_a_submission_of_any_bytes_is_read_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "doubling.ipynb").write_bytes(data)
    submission = read(folder, ["doubling"], Limits())
    assert ("doubling" in submission.notebooks) != ("doubling" in submission.failures)


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"cells":', "}"), ('{"metadata":{"nbgrader":', "}}")])
def test_a_nesting_bomb_is_read_or_refused(depth, opening, closing):
    bomb = opening * depth + "1" + closing * depth
    holds(bomb.encode())
    holds(f'{{"cells": [{{"cell_type": "code", "source": "1", "metadata": {bomb}}}]}}'.encode())
    holds(f'{{"cells": [{{"cell_type": "code", "source": "1", "outputs": [{bomb}]}}]}}'.encode())


def test_many_unknown_cells_in_place_of_many_known_ones_take_no_time_to_speak_of():
    words = " ".join(f"word{n}" for n in range(2_000))
    handed_out = nbformat.v4.new_notebook(
        cells=[new_code_cell(f"given_{n} = 1", id=f"given-{n}") for n in range(300)]
        + [new_code_cell("# YOUR CODE HERE", id="a", metadata=nbgrader("a", solution=True))]
    )
    handed_in = nbformat.v4.new_notebook(cells=[new_code_cell(words) for _ in range(1_000)])
    assert len(graft(handed_out, handed_out, handed_in).notebook.cells) == 1_301


@pytest.mark.timeout(20)
@pytest.mark.parametrize("source", ["(" * 900_000, "a" * 900_000, "def " * 200_000, "x\n" * 400_000, "a:" * 400_000])
def test_a_text_made_to_be_slow_to_read_is_read(source):
    notebook = without_ids(submitted(double=source))
    notebook.cells[2].metadata = {}
    assert fixed_cells(grafted(notebook).notebook) == fixed_cells(skeleton())
