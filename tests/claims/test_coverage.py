"""docs/coverage.md gives every item of the source documents a home, and every home is there."""

import re

import nbformat
import pytest

from tests.notebooks import ROOT

SOURCE = ROOT / "source"
ITEMS = {
    "exp guide": "asymmetry; `out=`; when to use and avoid exp; safe softmax; log-sum-exp; clamping; odds; decay; "
    "noise schedules; dtype and speed; four mistakes; then-and-now table; log-probability classifier; "
    "edge cases to test; gradients; dtype table; diagnostics; expm1/log1p; attention; energies; in-place; "
    "cross-device differences; debugging playbook; monitoring; decision guide; avoiding exp; decay weights; "
    "categorical likelihood; checklist",
    "interactive explainer": "four slider demos: log-sum-exp; four slider demos: log-softmax; "
    "four slider demos: binary cross-entropy; four slider demos: log(1 - exp(-x)); reference card of ten tricks; "
    "three rules",
    "softmax article": "naive batch; break; loss; gradients; fix",
    "log-sum-exp page": "identity and proof; NumPy version of logsumexp; NumPy version of log_softmax; "
    "NumPy version of softmax; NumPy version of cross_entropy; uses; alternatives; history",
    "stabilisation card": "label smoothing; fused backward; question: what subtracting the maximum does; "
    "question: sure of a wrong class; question: where label smoothing puts its mass; "
    "question: the log-sum-exp of k scalars",
}


def rows(document=None):
    """(source, item, unit, section) of every line of the tables."""
    text = document or (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    found, source = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            source = line.removeprefix("## The ")
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and re.fullmatch(r"\d\d-[\w-]+", cells[1]):
            found.append((source, *cells[:3]))
    return found


def sections(unit, folder=SOURCE):
    """The headings of a unit's notebook, without their marks."""
    notebooks = list((folder / unit).glob("*.ipynb"))
    assert notebooks, f"source/{unit} has no notebook"
    cells = nbformat.read(notebooks[0], as_version=4).cells
    lines = [line for cell in cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    return [line.lstrip("#").strip() for line in lines if re.match(r"#{1,4} ", line)]


def missing(unit, folder=SOURCE):
    """The sections that the table names and the unit's notebook has not."""
    there = sections(unit, folder)
    return [section for _, _, named, section in rows() if named == unit and section not in there]


UNITS = sorted({unit for _, _, unit, _ in rows()})


def test_every_item_has_a_home():
    for source, items in ITEMS.items():
        assert list(dict.fromkeys(item for s, item, *_ in rows() if s == source)) == items.split("; "), source


def test_every_unit_of_the_course_is_a_home():
    assert [unit[:2] for unit in UNITS] == ["01", "02", "03", "04", "05", "06", "07"]


@pytest.mark.parametrize("unit", UNITS)
def test_every_section_that_is_named_exists(unit):
    assert missing(unit) == []


def test_a_section_that_does_not_exist_would_be_found(tmp_path):
    (tmp_path / "03-max-shift").mkdir()
    cell = nbformat.v4.new_markdown_cell("# Subtract the maximum\n\n## One row of three")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "03-max-shift" / "max_shift.ipynb")
    assert "The same batch again" in missing("03-max-shift", tmp_path)
    assert "One row of three" not in missing("03-max-shift", tmp_path)
    with pytest.raises(AssertionError, match="no notebook"):
        missing("01-exp-asymmetry", tmp_path)
