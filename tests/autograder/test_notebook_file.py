"""Files that are notebooks, nearly notebooks, or none at all."""

import json
import logging

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.intake import notebook_file
from autograder.intake.notebook_file import MAX_CELLS, UnreadableError, parse, tidy


def read(content, encoding="utf-8"):
    return parse(json.dumps(content, ensure_ascii=False).encode(encoding))


def one_cell(**fields):
    """The only cell of a notebook, after reading."""
    notebook, _ = read({"cells": [fields], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    (cell,) = notebook.cells
    return cell


def test_a_valid_notebook_keeps_its_cells():
    notebook = new_notebook(cells=[new_code_cell("x = 1", id="one")])
    read_back, remarks = parse(nbformat.writes(notebook).encode())
    assert (read_back.cells, remarks) == (notebook.cells, [])


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\0\0\0\0", "empty"),
        (b"{ not json", r"not JSON \(line 1, column 3\)"),
        (b'{"cells": [}', "not JSON"),
        (b"<html>please log in</html>", "not JSON"),
        (b"[]", "a list in place of a notebook"),
        (b'"text"', "a text in place of a notebook"),
        (b"12", "a number in place of a notebook"),
        (b"null", "null in place of a notebook"),
        (b"{}", "no list of cells"),
        (b'{"cells": {"a": 1}}', "no list of cells"),
        (b'{"worksheets": 3}', "no list of cells"),
        (b"[" * 200_000, "nested too deeply"),
        (b"\x81\x8d\x8f", "not text"),
        (b"\x89PNG\r\n\x1a\n\x81", "not text"),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_reason(data, reason):
    with pytest.raises(UnreadableError, match=reason):
        parse(data)


def test_more_values_than_fit_into_memory_are_refused(monkeypatch):
    monkeypatch.setattr(notebook_file, "MAX_VALUES", 1_000)
    with pytest.raises(UnreadableError, match="more than 1,000 values"):
        parse(b'{"cells": [' + b"{}," * 1_000 + b"{}]}")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_of_unicode_is_read(encoding):
    notebook, remarks = read({"cells": [{"cell_type": "code", "source": "é = '\U0001f600'"}]}, encoding)
    assert (notebook.cells[0].source, remarks) == ("é = '\U0001f600'", [])


def test_windows_letters_are_read_with_a_remark():
    notebook, remarks = read({"cells": [{"cell_type": "markdown", "source": "café"}]}, "cp1252")
    assert notebook.cells[0].source == "café"
    assert "Windows-1252" in remarks[0]


def test_nan_and_infinity_are_read():
    data = b'{"cells": [{"cell_type": "code", "source": "x", "metadata": {"a": NaN, "b": -Infinity}}]}'
    assert parse(data)[0].cells[0].source == "x"


def test_a_number_of_a_million_digits_is_read():
    data = b'{"nbformat": ' + b"9" * 1_000_000 + b', "cells": []}'
    assert parse(data)[0].cells == []


def test_of_a_key_that_is_there_twice_the_last_counts_as_in_jupyter():
    data = b'{"cells": [{"cell_type": "code", "source": "first", "source": "second"}], "cells2": 1}'
    assert parse(data)[0].cells[0].source == "second"


@pytest.mark.parametrize("source", [["a\n", "b"], "a\nb"])
def test_lines_are_joined(source):
    assert one_cell(cell_type="code", source=source).source == "a\nb"


@pytest.mark.parametrize("source", [None, 3, {"a": "b"}, [1, 2], ["a", ["b"]]])
def test_a_source_that_is_no_text_is_empty(source):
    assert one_cell(cell_type="code", source=source).source == ""


def test_half_a_surrogate_pair_is_replaced():
    data = json.dumps({"cells": [{"cell_type": "code", "source": ["\ud83d", "\ude00", " \ud800"]}]}).encode()
    assert parse(data)[0].cells[0].source == "\U0001f600 \ufffd"


def test_a_cell_that_lacks_everything_is_one_without_text():
    cell = one_cell()
    assert (cell.cell_type, cell.source, cell.metadata) == ("markdown", "", {})


def test_a_cell_without_a_type_but_with_outputs_is_code():
    assert one_cell(source="x", outputs=[]).cell_type == "code"


@pytest.mark.parametrize("kind", ["heading", "CODE", 3, ["code"], None])
def test_a_type_that_nobody_knows_becomes_text(kind):
    assert one_cell(cell_type=kind, source="x").cell_type == "markdown"


@pytest.mark.parametrize("metadata", [None, [], "x", {"nbgrader": []}, {"tags": "skip-execution"}, {"nbgrader": 1}])
def test_metadata_of_another_form_are_dropped(metadata):
    assert one_cell(cell_type="code", source="x", metadata=metadata).metadata == {}


@pytest.mark.parametrize("identity", [None, 5, "", "with space", "x" * 65, ["a"], "ü"])
def test_an_id_that_is_none_is_dropped(identity):
    assert "id" not in one_cell(cell_type="code", source="x", id=identity)


def test_outputs_are_dropped():
    assert one_cell(cell_type="code", source="x", outputs=[{"a": 1}], execution_count="many").outputs == []


def test_cells_that_are_none_are_left_out_and_counted():
    notebook, remarks = read({"cells": ["text", 3, None, ["x"], {"cell_type": "code", "source": "x"}]})
    assert [cell.source for cell in notebook.cells] == ["x"]
    assert remarks == ["4 of its cells were no cells and were left out"]


def test_cells_beyond_a_number_are_not_looked_at():
    notebook, remarks = read({"cells": [{"cell_type": "code", "source": "x"}] * (MAX_CELLS + 1)})
    assert len(notebook.cells) == MAX_CELLS
    assert "10,001" in remarks[0]


def test_tidying_twice_is_tidying_once():
    once, _ = tidy({"cells": [{"cell_type": "code", "source": ["x"], "metadata": {"tags": ["a", 3]}}, "text"]})
    assert tidy(once) == (once, [])


def old_notebook(version):
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Doubling"]},
        {"cell_type": "markdown", "source": ["One\n", "two"], "metadata": {"nbgrader": {"grade_id": "why"}}},
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "language": "python", "outputs": [{"output_type": "odd"}]},
        {"cell_type": "html", "source": "<b>bold</b>"},
    ]
    return {"nbformat": version, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}


@pytest.mark.parametrize("version", [2, 3])
def test_notebooks_of_older_formats_are_brought_up_to_date(version):
    notebook, _ = read(old_notebook(version))
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        ("markdown", "## Doubling"),
        ("markdown", "One\ntwo"),
        ("code", "x = 1\ny = 2"),
        ("markdown", "<b>bold</b>"),
    ]


@pytest.mark.parametrize("version", [2, 3])
def test_older_formats_keep_nbgraders_metadata(version):
    assert read(old_notebook(version))[0].cells[1].metadata.nbgrader.grade_id == "why"


def test_older_formats_are_read_the_same_way_every_time():
    assert read(old_notebook(3)) == read(old_notebook(3))


def test_older_formats_are_read_without_complaints_on_the_terminal(caplog, capfd):
    with caplog.at_level(logging.WARNING):
        read(old_notebook(3))
    assert (caplog.records, capfd.readouterr().err) == ([], "")


@pytest.mark.parametrize("level", [10**9, -1, "x", None, [1]])
def test_a_heading_of_a_billion_levels_is_a_heading(level):
    content = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "heading", "level": level, "source": "a"}]}]}
    assert read(content)[0].cells[0].source == "# a"


@pytest.mark.parametrize("sheets", [[None], [{}], [{"cells": None}], [{"cells": [3, {}]}], []])
def test_an_old_notebook_with_broken_sheets_is_read(sheets):
    assert read({"nbformat": 3, "worksheets": sheets})[0].nbformat == 4


@pytest.mark.parametrize("version", [None, "four", 99, [4]])
def test_cells_are_read_whatever_the_version_says(version):
    assert len(read({"nbformat": version, "cells": [{"cell_type": "code", "source": "x"}]})[0].cells) == 1
