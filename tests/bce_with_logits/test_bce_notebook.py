"""The unit as an instructor and as a student meet it: executed top to bottom, and held to its contract."""

import itertools
import re

import pytest

from course.bce_with_logits import check
from course.bce_with_logits.questions import quiz
from tests.notebooks import errors, release, run, source, text

UNIT = "05-bce-with-logits"
EXERCISES = ("softplus", "log_sigmoid", "bce_with_logits", "bce_grad", "multilabel_loss")
CLAIMS = ["X6-first", "X6-second", "X7", "X17-agree", "X17-disagree", "X17-library"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def instructor(tmp_path_factory):
    return run(source(UNIT), tmp_path_factory.mktemp("instructor"))


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return run(release(UNIT), tmp_path_factory.mktemp("student"))


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


def test_the_instructors_notebook_executes_without_an_error_or_a_warning(instructor):
    assert errors(instructor) == []
    assert [c.id for c in instructor.cells for o in c.get("outputs", []) if o.get("name") == "stderr"] == []


def test_every_check_in_the_instructors_notebook_says_correct(instructor):
    cells = by_id(instructor)
    for name in EXERCISES:
        assert f"{name}: correct" in text(cells[f"{name}-check"])
    for n in range(1, 6):
        assert "correct" in text(cells[f"quiz-{n}-test"])
    assert text(cells["verdicts-check"]).count(": correct") == 6
    assert text(cells["verdicts-test"]).endswith("4.0")


def test_the_students_notebook_fails_only_where_an_answer_is_missing(student):
    found = errors(student)
    assert {name for _, name, _ in found} == {"NotImplementedError"}
    cells = by_id(student)
    for name in EXERCISES:
        assert "not attempted" in text(cells[f"{name}-check"])
    assert text(cells["verdicts-check"]).strip().endswith("0 of 6 judged")


def test_the_claims_stand_in_the_notebook_with_their_ids():
    cells = by_id(source(UNIT))
    worked, open_ones = cells["facts"].source.split("Three are yours")
    assert re.findall(r"^\| (\w+) \|.*\| ([ABCD]): ", worked, re.MULTILINE) == [("G4", "B")]
    assert re.findall(r"^\| (X[\w-]+) \|", open_ones, re.MULTILINE) == CLAIMS
    assert re.findall(r'"(X[\w-]+)": "\?"', cells["verdicts"].source) == CLAIMS


def test_verdicts_that_are_all_the_same_letter_bring_less_than_half_of_the_points():
    body, last = by_id(source(UNIT))["verdicts-test"].source.rsplit("\n", 1)
    for letter in "ABCD":
        names = {"quiz": quiz, "verdicts": dict.fromkeys(CLAIMS, letter)}
        exec(body, names)
        assert eval(last, names) < 2


def test_every_prediction_shows_question_and_result_without_a_front_end(instructor):
    predictions = [c for c in instructor.cells if c.id.startswith("predict-")]
    assert len(predictions) >= 5
    for cell in predictions:
        assert "Predict: " in text(cell)
        assert "What happens: " in text(cell), cell.id


def test_pictures_are_drawn_and_carry_alt_text(instructor):
    cells = by_id(instructor)
    for identity in ("predict-frozen", "predict-gpu"):
        bundles = [o.data for o in cells[identity].outputs if o.output_type == "display_data"]
        pages = "".join(b.get("text/html", "") for b in bundles)
        assert any("image/png" in b for b in bundles) or "data:image/png" in pages, identity
        assert re.search(r'alt="[^"]{40,}"', pages), identity


def test_grade_cells_are_one_a_behaviour_and_named_after_it():
    cells = by_id(source(UNIT))
    points = {}
    for name in EXERCISES:
        for behaviour in getattr(check, name).behaviours:
            cell = cells[f"{name}-{behaviour.name}"]
            assert cell.source.startswith(f'check.{name}({name}, "{behaviour.name}").require()\n')
            assert "### BEGIN HIDDEN TESTS" in cell.source
            points[name] = points.get(name, 0) + cell.metadata.nbgrader.points
    assert points == {"softplus": 6, "log_sigmoid": 5, "bce_with_logits": 9, "bce_grad": 4, "multilabel_loss": 6}


def test_a_docstring_names_what_may_not_be_called():
    cells = by_id(release(UNIT))
    for name in EXERCISES:
        assert "Not allowed:" in cells[name].source


def test_the_quiz_has_four_options_each_and_its_right_letters_are_spread():
    cells = by_id(source(UNIT))
    letters = []
    for n in range(1, 6):
        options = dict(re.findall(r"^- \*\*([A-D])\*\* (.+)$", cells[f"quiz-{n}-question"].source, re.MULTILINE))
        assert list(options) == ["A", "B", "C", "D"]
        right = re.search(r'quiz_\d = "([A-D])"', cells[f"quiz-{n}"].source)[1]
        letters.append(right)
        assert len(options[right]) < max(map(len, options.values())), f"quiz-{n}: the right option is the longest"
        for letter in "ABCD":
            result = quiz(f"quiz-{n}", letter)
            assert result.outcome == ("correct" if letter == right else "incorrect")
            assert len(result.message) > 20
    assert set(letters) == set("ABCD")
    assert max(map(letters.count, "ABCD")) <= 2


def test_one_first_heading_and_headings_in_order():
    levels = [
        len(match[1])
        for c in release(UNIT).cells
        if c.cell_type == "markdown"
        for match in re.finditer(r"^(#+) ", c.source, re.MULTILINE)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_the_written_answer_is_graded_by_hand_and_its_rubric_stays_with_the_instructor():
    cells = by_id(source(UNIT))
    assert cells["explain"].metadata.nbgrader.points == 4
    assert cells["explain"].cell_type == "markdown"
    assert "Rubric" in cells["explain-rubric"].source
    assert "explain-rubric" not in by_id(release(UNIT))
