"""Every student notebook in an environment like Colab's, from its first cell on and with its widgets moved."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.colab.conftest import freeze
from tests.colab.student import Seen, Student
from tests.notebooks import ROOT, release

UNITS = sorted(folder.name for folder in (ROOT / "release").iterdir())
VIEW = "application/vnd.jupyter.widget-view+json"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Session:
    """A notebook that was run to its end, and is still open."""

    student: Student
    python: Path
    cells: dict[str, Seen]
    """What each code cell made appear, by cell id."""

    setup_again: Seen
    """What the set-up cell said when it was run once more."""

    predictions: dict[str, Seen]
    """What each prediction made appear when it was locked in, by cell id."""


@pytest.fixture(scope="module")
def before(environment):
    """What is installed in a fresh session."""
    return freeze(environment())


@pytest.fixture(scope="module", params=UNITS)
def opened(request, environment, session, tmp_path_factory):
    """A student notebook alone in a folder, every cell run once and in order, the set-up cell twice."""
    python, folder = environment(), tmp_path_factory.mktemp(request.param)
    (notebook,) = (ROOT / "release" / request.param).glob("*.ipynb")
    shutil.copy(notebook, folder)
    code = [cell for cell in release(request.param).cells if cell.cell_type == "code"]
    assert code[0].id == "setup"
    with session(python, folder) as student:
        first, again = student.run(code[0].source), student.run(code[0].source)
        cells, predictions = {"setup": first}, {}
        for cell in code[1:]:
            cells[cell.id] = student.run(cell.source)
            if cell.id.startswith("predict-"):  # at once, as one reads: cells further down reuse names
                predictions[cell.id] = lock_in(student, shown_form(cells[cell.id]))
        yield Session(student, python, cells, again, predictions)


def test_the_set_up_cell_installs_the_course_and_a_second_run_says_the_same(opened, before):
    said = opened.cells["setup"]
    assert said.errors == []
    line, *notes = said.text.splitlines()
    assert line.startswith(("Ready: torch ", "Ready, with limits: torch "))
    assert line.endswith(", ipywidgets 7.7.1, Colab")
    assert all(note.startswith("- No GPU in this session: everything works") for note in notes)
    assert (opened.setup_again.text, opened.setup_again.errors) == (said.text, [])
    after = freeze(opened.python)
    assert before <= after
    (added,) = after - before
    assert added.startswith("stable-exponentials @ file://")


def test_cells_fail_only_where_an_answer_is_missing(opened):
    errors = {(name, *error) for name, seen in opened.cells.items() for error in seen.errors}
    assert errors
    assert {error[1] for error in errors} == {"NotImplementedError"}, errors


def test_every_untouched_check_says_not_attempted(opened):
    checks = {name: seen.text for name, seen in opened.cells.items() if name.endswith("-check")}
    assert re.search(r"\b0 of \d+ judged", checks.pop("verdicts-check"))
    assert len(checks) >= 4
    assert [name for name, said in checks.items() if "not attempted" not in said] == []


def test_every_prediction_is_a_form_that_opens_its_result(opened):
    assert len(opened.predictions) >= 3
    for name, seen in opened.predictions.items():
        assert seen.errors == [], name
        assert not re.search("⚠|✘ The result", seen.text), f"{name}: {seen.text}"
    labels = [opened.student.models[button]["description"] for button in opened.student.widgets("ButtonModel")]
    assert labels.count("Locked in") == len(opened.predictions)
    assert "Lock in" not in labels


def test_every_slider_changes_picture_and_description_and_every_choice_the_cards(opened):
    student = opened.student
    image, text = _explorer(student)
    assert image.startswith(b"\x89PNG")
    sliders = [*student.widgets("IntSliderModel"), *student.widgets("FloatSliderModel")]
    assert sliders
    for slider in sliders:
        state = dict(student.models[slider])
        for value in (state["max"], state["min"], state["value"]):
            if value == student.models[slider]["value"]:
                continue
            image, text = _explorer(student)
            assert student.set(slider, value=value).errors == []
            label = f"{state['description']} = {value}"
            assert student.until(lambda image=image: _explorer(student)[0] != image), (
                f"{label}: the picture stays the same"
            )
            assert student.until(lambda text=text: _explorer(student)[1] != text), (
                f"{label}: the description stays the same"
            )
    for button in student.widgets("ButtonModel"):
        label, disabled = student.models[button]["description"], student.models[button]["disabled"]
        if label.startswith("○") and not disabled:  # an option that is not chosen; those of locked predictions are shut
            _, text = _explorer(student)
            assert student.click(button).errors == []
            # The picture may stay: it may show all dtypes at once.
            assert student.until(lambda text=text: _explorer(student)[1] != text), f"{label}: the cards stay the same"


def _explorer(student: Student) -> tuple[bytes, list[str]]:
    """The explorer's picture, and all text that stands around it."""
    (image,) = student.widgets("ImageModel")
    return student.models[image]["value"], [student.models[text]["value"] for text in student.widgets("HTMLModel")]


def shown_form(seen: Seen) -> str:
    """Model id of the widget that a cell displayed."""
    (view,) = [bundle[VIEW] for bundle in seen.bundles if VIEW in bundle]
    return view["model_id"]


def lock_in(student: Student, form: str) -> Seen:
    """Answer a prediction's form, with the first choice or the number 1, and lock it in."""
    buttons = {student.models[button]["description"]: button for button in student.widgets("ButtonModel", form)}
    student.click(buttons["○ guessing"])
    for field in student.widgets("TextModel", form):
        student.set(field, value="1")
    if not student.widgets("TextModel", form):
        student.click(next(iter(buttons.values())))
    return student.click(buttons["Lock in"])
