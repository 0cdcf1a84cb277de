"""`course.progress()`: what there is to pass comes from the units, what was passed from the learner's file."""

import re
import sys

import pytest
import torch

import course
from course.exp_asymmetry import check
from course.kit import overview, passed, syllabus
from tests.notebooks import ROOT, cell, release

KNOWN = {
    "max_shift": {"softmax": ["ordinary", "each-row"], "quiz-1": ["right"], "L5": ["right"], "gone": ["x"]},
    "dtype_limits": {"ulp": ["ordinary", "powers-of-two", "ends", "conduct"]},
}


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """A learner's folder, with `KNOWN` in their file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_INTERACTIVE", "1")
    for name, empty in (("_place", []), ("_unsaved", {}), ("_said", set())):
        monkeypatch.setattr(passed, name, empty)
    passed._write(tmp_path / passed.NAME, KNOWN)
    return tmp_path


def test_the_units_are_those_that_are_released():
    assert [unit.folder for unit in syllabus.units()] == sorted(
        path.parent.name for path in ROOT.glob("release/*/*.ipynb")
    )


@pytest.mark.parametrize("unit", syllabus.units(), ids=lambda unit: unit.folder)
def test_what_a_unit_has_is_what_its_notebook_asks_for(unit):
    notebook = release(unit.folder)
    grade_ids = [c.id for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    checked = [re.search(r"^check\.(\w+)\(", c.source) for c in notebook.cells if c.id.endswith("-check")]
    by_kind = {kind: [i for i in syllabus.items(unit) if i.kind == kind] for kind in syllabus.KINDS}
    assert sorted(i.name for i in by_kind["exercise"]) == sorted(match[1] for match in checked if match)
    parts = {f"{item.name}-{part}" for item in by_kind["exercise"] for part in item.parts}
    assert parts == {name for name in grade_ids if name.rsplit("-", 1)[-1] != "test" and name != "explain"}
    assert [f"{i.name}-test" for i in by_kind["quiz question"]] == [n for n in grade_ids if n.startswith("quiz-")]
    claims = re.findall(r'^    "([\w-]+)": "\?"', cell(notebook, "verdicts").source, re.MULTILINE)
    assert [i.name for i in by_kind["claim"]] == claims
    assert unit.title


def test_the_text_says_what_was_passed_what_was_begun_and_what_is_open(learner):
    text = repr(course.progress())
    total = sum(len(syllabus.items(unit)) for unit in syllabus.units())
    assert text.startswith(f"Passed: 3 of {total} (exercises 1 of ")
    assert "◐ softmax (2 of 5)  ○ logsumexp" in text
    assert "✔ ulp" in text
    assert "✔ quiz-1  ○ quiz-2" in text
    assert "✔ L5" in text
    assert "gone" not in text
    assert f"It is kept in {learner / passed.NAME}, which never leaves this machine; deleting it harms nothing." in text


def test_the_picture_says_the_same_to_those_who_do_not_see_it_and_not_by_colour_alone(learner):
    shown = course.progress()
    page = shown._repr_mimebundle_()["text/html"]
    assert f'alt="{shown.alt}"' in page
    assert "unit 02: 1 of " in shown.alt
    assert "unit 03: 2 of " in shown.alt
    from course.kit.overview_picture import draw

    figure = draw(shown.rows, [("exercise", "exercises"), ("claim", "claims"), ("quiz question", "quiz")])
    signs = [text.get_text() for text in figure.axes[0].texts]
    assert (signs.count("✔"), signs.count("2/5")) == (3, 1)
    assert page.count('scope="row"') == len(syllabus.units())
    assert page.count('scope="col"') == 5


def test_nothing_of_the_picture_lies_outside_it(learner):
    picture = course.progress()._picture()
    from io import BytesIO

    from PIL import Image

    pixels = Image.open(BytesIO(picture.png)).convert("L")
    width, height = pixels.size
    edges = [*((0, 0, width, 1), (0, height - 1, width, height)), *((0, 0, 1, height), (width - 1, 0, width, height))]
    assert [pixels.crop(edge).getextrema() for edge in edges] == [(255, 255)] * 4


def test_a_check_keeps_what_it_finds_right_and_returns_what_it_always_returned(learner, monkeypatch):
    monkeypatch.setenv("COURSE_INTERACTIVE", "0")
    plain = check.exp_into(torch.nn.Identity(), "fills")
    right = check.exp_into(lambda x, out: torch.exp(x, out=out), "fills")
    monkeypatch.setenv("COURSE_INTERACTIVE", "1")
    assert check.exp_into(torch.nn.Identity(), "fills") == plain
    assert check.exp_into(lambda x, out: torch.exp(x, out=out), "fills") == right
    assert passed.passed()[0]["exp_asymmetry"] == {"exp_into": ["fills"]}


def test_inputs_of_ones_own_are_not_kept(learner):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    result = check.exp_into(lambda x, out: torch.exp(x, out=out), "fills", x=x, out=torch.zeros_like(x))
    assert result.outcome == "correct"
    assert "exp_asymmetry" not in passed.passed()[0]


def test_every_exercise_knows_its_unit_the_wrapped_ones_too():
    for unit in syllabus.units():
        for item in syllabus.items(unit):
            if item.kind == syllabus.EXERCISE:
                exercise = getattr(sys.modules[f"course.{unit.package}.checks"], item.name)
                assert syllabus.unit_of_exercise(exercise) == unit


def test_a_broken_file_is_said_and_the_rest_is_shown(learner):
    (learner / passed.NAME).write_text("{")
    text = repr(course.progress())
    assert text.startswith("Passed: 0 of ")
    assert text.count("is no progress file") == 1


def test_without_torch_and_without_matplotlib_it_says_what_it_can(learner, monkeypatch):
    monkeypatch.setitem(sys.modules, "course.kit.overview_picture", None)
    page = course.progress()._repr_mimebundle_()["text/html"]
    assert "<img" not in page
    assert "◐ softmax (2 of 5)" in page

    def fails(unit):
        raise ModuleNotFoundError("No module named 'torch'")

    monkeypatch.setattr(overview.syllabus, "items", fails)
    shown = course.progress()
    assert "Unit 01 cannot be shown: No module named 'torch'." in repr(shown)
    assert shown._repr_mimebundle_()["text/html"]
