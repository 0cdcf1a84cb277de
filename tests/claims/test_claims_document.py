"""docs/claims.md is what the ledger measures today, and agrees with the fact-checks of the units."""

import re

import pytest

from course import claims
from course.claims.markdown import judged
from tests.notebooks import ROOT

DOCUMENT = ROOT / "docs" / "claims.md"
LETTERS = {"A": claims.HOLDS, "B": claims.ONLY_IF, "C": claims.FALSE, "D": claims.UNCHECKABLE}
UNITS = sorted(folder.name for folder in (ROOT / "source").iterdir() if any(folder.glob("*.ipynb")))


def module(unit):
    """`"max_shift"` for `"03-max-shift"`."""
    return unit.partition("-")[2].replace("-", "_")


def measured(identity):
    return judged(claims.get(identity)).verdict


def settled(unit):
    """(id, letter) of the claims that a unit's fact-check table judges itself."""
    (path,) = (ROOT / "source" / unit).glob("*.ipynb")
    return re.findall(r"\| ([GXALC]\d+) \|[^|]*\| ([ABCD])[:,]", path.read_text(encoding="utf-8"))


def asked(unit):
    """(id, question) of the claims that a unit asks its students to judge, whole."""
    questions = pytest.importorskip(f"course.{module(unit)}.questions")
    found = questions.quiz._questions
    return [(identity, question) for identity, question in found.items() if re.fullmatch(r"[GXALC]\d+", identity)]


def test_the_document_is_what_the_ledger_measures():
    assert DOCUMENT.read_text(encoding="utf-8") == claims.table(), "run `python -m course.claims > docs/claims.md`"


def test_the_document_has_a_line_for_every_claim():
    lines = re.findall(r"^\| ([GXALC]\d+)(?: †)? \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert lines == list(claims.all_claims())


def test_every_line_of_a_table_has_as_many_cells_as_its_head():
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if re.match(r"\| [GXALC]\d+", line):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6, line[:60]


def test_every_claim_names_a_unit_of_the_course():
    units = {one.unit for one in claims.all_claims().values()}
    assert set(UNITS) <= units
    assert len(units) == 7


@pytest.mark.parametrize("unit", UNITS)
def test_the_ledger_agrees_with_what_a_unit_has_settled(unit):
    for identity, letter in settled(unit):
        if claims.get(identity).take is None:  # what depends on the machine may differ
            assert measured(identity) == LETTERS[letter], identity


@pytest.mark.parametrize("unit", UNITS)
def test_the_ledger_agrees_with_what_a_unit_asks(unit):
    for identity, question in asked(unit):
        if claims.get(identity).take is None:
            (letter,) = (letter for letter in LETTERS if question.is_right(letter))
            assert measured(identity) == LETTERS[letter], identity


def test_unit_03_judges_twelve_claims():
    judged_there = {identity for identity, _ in [*settled("03-max-shift"), *asked("03-max-shift")]}
    assert judged_there == {*(f"A{n}" for n in range(1, 11)), "L5", "L6"}


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_judges_claims_that_the_ledger_gives_it(unit):
    for identity, _ in [*settled(unit), *asked(unit)]:
        # A7 comes back in unit 07 as a reminder.
        assert claims.get(identity).unit == unit or identity == "A7", identity


def test_the_evidence_of_unit_03_stands_in_the_ledger():
    evidence = {
        i: " ".join(text for _, text in claims.get(i).evidence.measured) for i in ("A1", "A4", "A6", "A7", "L5")
    }
    assert "nan, 0, 0" in evidence["A1"]
    assert "-0.1137 0.0808 0.0329" in evidence["A4"]
    assert "0.2217 -0.2518 0.0300" in evidence["A4"]
    assert "667.27" in evidence["A6"]
    assert "0.3333 0.0000 -0.3333" in evidence["A7"]
    assert "192 of 2001" in evidence["L5"]
