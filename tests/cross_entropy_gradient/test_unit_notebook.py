"""The unit as an instructor and as a student meet it: executed top to bottom, and held to its contract."""

import itertools
import re

import pytest

from course.cross_entropy_gradient import check, quiz
from tests.notebooks import errors, release, run, source, text

UNIT = "07-cross-entropy-gradient"
POINTS = {
    "softmax_vjp": 4,
    "softmax_jvp": 4,
    "cross_entropy_grad": 7,
    "mse_softmax_grad": 5,
    "gradient_check": 6,
    "stable_cross_entropy": 8,
}
CLAIMS = ("C2", "C4", "C5", "G22")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def instructor(tmp_path_factory):
    return run(source(UNIT), tmp_path_factory.mktemp("instructor"))


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return run(release(UNIT), tmp_path_factory.mktemp("student"))


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


def test_the_instructors_notebook_executes_without_an_error(instructor):
    assert errors(instructor) == []


def test_every_check_in_the_instructors_notebook_says_correct(instructor):
    cells = by_id(instructor)
    for name in POINTS:
        assert f"{name}: correct" in text(cells[f"{name}-check"])
    for number in range(1, 6):
        assert "correct" in text(cells[f"quiz-{number}-test"])
    assert text(cells["verdicts-check"]).count(": correct") == len(CLAIMS)
    assert text(cells["verdicts-test"]).endswith("4.0")


def test_the_students_notebook_fails_only_where_an_answer_is_missing(student):
    found = errors(student)
    assert found
    assert {name for _, name, _ in found} == {"NotImplementedError"}


def test_every_untouched_check_says_not_attempted(student):
    cells = by_id(student)
    for name in POINTS:
        assert "not attempted" in text(cells[f"{name}-check"])
    assert text(cells["verdicts-check"]).strip().endswith("0 of 4 judged")
    assert "NotImplementedError" in text(cells["verdicts-test"])


def test_no_cell_writes_to_standard_error(instructor):
    noisy = [c.id for c in instructor.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert noisy == []


def test_every_prediction_shows_question_and_result_without_a_front_end(instructor):
    predictions = [c for c in instructor.cells if c.id.startswith("predict-")]
    assert len(predictions) >= 5
    for cell in predictions:
        said = text(cell)
        question = re.search(r'predict\(\s*"[\w-]+",\s*"([^"]{15,})', cell.source)[1]
        assert question[:15].replace("`", "") in said.replace("`", ""), cell.id
        assert "What happens: " in said, cell.id


def test_pictures_are_drawn_and_carry_alt_text(instructor):
    cells = by_id(instructor)
    for identity in ("predict-squared-slope", "predict-gpu"):
        bundles = [o.data for o in cells[identity].outputs if o.output_type == "display_data"]
        pages = "".join(b.get("text/html", "") for b in bundles)
        assert any("image/png" in b for b in bundles) or "data:image/png" in pages, identity
        assert re.search(r'alt="[^"]{40,}"', pages), identity


def test_all_claims_stand_in_the_notebook():
    cells = by_id(source(UNIT))
    worked, open_ones = cells["facts"].source.split("Four are yours:")
    assert re.findall(r"^\| (\w+) \|.*\| ([ABCD]): ", worked, re.MULTILINE) == [("A7", "C")]
    assert tuple(re.findall(r"^\| ([CG]\d+) \|", open_ones, re.MULTILINE)) == CLAIMS
    assert tuple(re.findall(r'"([CG]\d+)": "\?"', cells["verdicts"].source)) == CLAIMS


def test_verdicts_that_are_all_the_same_letter_bring_less_than_half_of_the_points():
    test = by_id(source(UNIT))["verdicts-test"].source.rsplit("\n", 1)
    for letter in "ABCD":
        names = {"quiz": quiz, "verdicts": dict.fromkeys(CLAIMS, letter)}
        exec(test[0], names)
        assert eval(test[1], names) < 2


def test_grade_cells_are_one_a_behaviour_and_named_after_it():
    cells = by_id(source(UNIT))
    for name, points in POINTS.items():
        behaviours = getattr(check, name).behaviours
        assert len(behaviours) <= 5
        for behaviour in behaviours:
            cell = cells[f"{name}-{behaviour.name}"]
            assert cell.source.startswith(f'check.{name}({name}, "{behaviour.name}").require()\n')
            assert "### BEGIN HIDDEN TESTS" in cell.source
            assert cell.metadata.nbgrader.grade is True
        assert sum(cells[f"{name}-{b.name}"].metadata.nbgrader.points for b in behaviours) == points


def test_every_behaviour_or_exercise_has_three_hints_that_are_not_the_same():
    for name in POINTS:
        for hints in getattr(check, name).hints.values():
            assert len(set(hints)) == 3


def test_every_exercise_says_what_it_may_not_lean_on():
    for name in POINTS:
        assert "Not allowed" in by_id(source(UNIT))[name].source


def options(cell):
    return re.findall(r"^- \*\*([A-D])\*\* (.+)$", cell.source, re.MULTILINE)


def test_the_quiz_has_four_options_each_and_its_right_letters_are_spread():
    cells = by_id(source(UNIT))
    letters = []
    for number in range(1, 6):
        found = options(cells[f"quiz-{number}-question"])
        assert [letter for letter, _ in found] == ["A", "B", "C", "D"]
        right = re.search(r'quiz_\d = "([A-D])"', cells[f"quiz-{number}"].source)[1]
        letters.append(right)
        lengths = {letter: len(words) for letter, words in found}
        assert lengths[right] < max(lengths.values()), f"quiz-{number}: the right option is the longest"
    assert set(letters) == set("ABCD")
    assert max(letters.count(letter) for letter in "ABCD") <= 2


def test_the_quiz_letter_in_the_source_is_the_one_the_package_accepts():
    cells = by_id(source(UNIT))
    for number in range(1, 6):
        right = re.search(r'quiz_\d = "([A-D])"', cells[f"quiz-{number}"].source)[1]
        for letter in "ABCD":
            result = quiz(f"quiz-{number}", letter)
            assert result.outcome == ("correct" if letter == right else "incorrect")
            assert len(result.message) > 20
            assert len(str(result.hint(1))) > 20


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


def test_words_that_explain_nothing_are_not_used():
    prose = "\n".join(c.source for c in source(UNIT).cells if c.cell_type == "markdown").lower()
    assert re.findall(r"\b(simply|obviously|crucially|of course|just)\b", prose) == []


def test_the_written_answer_is_graded_by_hand_and_its_rubric_stays_with_the_instructor():
    cells = by_id(source(UNIT))
    assert cells["explain"].metadata.nbgrader.points == 4
    assert cells["explain"].cell_type == "markdown"
    assert "Rubric" in cells["explain-rubric"].source
    assert "explain-rubric" not in by_id(release(UNIT))
