"""The unit as an instructor and as a student meet it: executed top to bottom, and held to its contract."""

import itertools
import re

import pytest

from course.log_softmax import check
from course.log_softmax.explanations import afterwards
from tests.notebooks import errors, release, run, source, text

UNIT = "04-log-softmax"
EXERCISES = ("log_softmax", "nll", "cross_entropy", "perplexity", "chunked_cross_entropy")
POINTS = {"log_softmax": 8, "nll": 5, "cross_entropy": 9, "perplexity": 4, "chunked_cross_entropy": 8}
CLAIMS = ["G14", "L2", "L4", "C3", "C6"]
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
    for name in EXERCISES:
        assert f"{name}: correct" in text(cells[f"{name}-check"])
    for number in range(1, 6):
        assert "correct" in text(cells[f"quiz-{number}-test"])
    assert text(cells["verdicts-check"]).count(": correct") == 5
    assert text(cells["verdicts-test"]).endswith("4.0")


def test_the_students_notebook_fails_only_where_an_answer_is_missing(student):
    found = errors(student)
    assert found
    assert {name for _, name, _ in found} == {"NotImplementedError"}


def test_every_untouched_check_says_not_attempted(student):
    cells = by_id(student)
    for name in EXERCISES:
        assert "not attempted" in text(cells[f"{name}-check"])
    assert text(cells["verdicts-check"]).strip().endswith("0 of 5 judged")
    assert "NotImplementedError" in text(cells["verdicts-test"])


def test_the_gpu_demo_goes_on_without_the_students_function(student):
    said = text(by_id(student)["predict-gpu"])
    assert "Without the chunked loss, which is yours, from exercise 5." in said
    assert "What happens: 3 (tensors of logits)" in said


def test_six_claims_stand_in_the_notebook_five_of_them_to_be_judged():
    cells = by_id(source(UNIT))
    worked, open_ones = cells["facts"].source.split("Five are yours:")
    assert re.findall(r"^\| (\w+) \|.*\| ([ABCD]): ", worked, re.MULTILINE) == [("X5", "A")]
    assert re.findall(r"^\| ([GLC]\d+) \|", open_ones, re.MULTILINE) == CLAIMS
    assert re.findall(r'"([GLC]\d+)": "\?"', cells["verdicts"].source) == CLAIMS


def test_verdicts_that_are_all_the_same_letter_bring_less_than_half_of_the_points():
    from course.log_softmax.questions import quiz

    test = by_id(source(UNIT))["verdicts-test"].source.rsplit("\n", 1)
    for letter in "ABCD":
        names = {"quiz": quiz, "verdicts": dict.fromkeys(CLAIMS, letter)}
        exec(test[0], names)
        assert eval(test[1], names) < 2


def test_every_prediction_shows_question_result_and_explanation_without_a_front_end(instructor):
    predictions = [c for c in instructor.cells if c.id.startswith("predict-")]
    assert len(predictions) == len(afterwards) == 7
    for cell in predictions:
        said = text(cell)
        question = re.search(r'predict\(\s*"[\w-]+",\s*"([^"]{15,})', cell.source)[1]
        assert question[:15].replace("`", "") in said.replace("`", ""), cell.id
        assert "What happens: " in said, cell.id


def test_pictures_are_drawn_and_carry_alt_text(instructor):
    cells = by_id(instructor)
    for identity in ("predict-before-the-cliff", "predict-gpu"):
        bundles = [o.data for o in cells[identity].outputs if o.output_type == "display_data"]
        pages = "".join(b.get("text/html", "") for b in bundles)
        assert any("image/png" in b for b in bundles) or "data:image/png" in pages, identity
        assert re.search(r'alt="[^"]{40,}"', pages), identity


def test_no_cell_of_the_instructors_notebook_writes_to_standard_error(instructor):
    noisy = [c.id for c in instructor.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert noisy == []


def test_grade_cells_are_one_a_behaviour_named_after_it_and_bring_the_exercises_points():
    cells = by_id(source(UNIT))
    graded = [c.metadata.nbgrader for c in cells.values() if c.metadata.get("nbgrader", {}).get("grade")]
    for name in EXERCISES:
        behaviours = getattr(check, name).behaviours
        for behaviour in behaviours:
            cell = cells[f"{name}-{behaviour.name}"]
            assert cell.source.startswith(f'check.{name}({name}, "{behaviour.name}").require()\n')
            assert "### BEGIN HIDDEN TESTS" in cell.source
            assert cell.metadata.nbgrader.grade is True
            assert "raises-exception" in cell.metadata.tags
        mine = [cell for cell in graded if cell.grade_id.startswith(f"{name}-")]
        assert len(mine) == len(behaviours)
        assert sum(cell.points for cell in mine) == POINTS[name]


def test_every_docstring_names_what_is_not_allowed():
    for name in EXERCISES:
        assert "Not allowed" in by_id(release(UNIT))[name].source


def test_every_exercise_has_three_hints_wherever_it_has_any():
    for name in EXERCISES:
        for hints in getattr(check, name).hints.values():
            assert len(hints) == 3
            assert len(set(hints)) == 3


def test_the_quiz_has_four_options_each_and_its_right_letters_are_spread():
    cells = by_id(source(UNIT))
    letters = []
    for number in range(1, 6):
        options = re.findall(r"^- \*\*([A-D])\*\* (.+)$", cells[f"quiz-{number}-question"].source, re.MULTILINE)
        assert [letter for letter, _ in options] == ["A", "B", "C", "D"]
        right = re.search(r'quiz_\d = "([A-D])"', cells[f"quiz-{number}"].source)[1]
        letters.append(right)
        lengths = {letter: len(words) for letter, words in options}
        assert lengths[right] < max(lengths.values()), f"quiz-{number}: the right option is the longest"
    assert set(letters) == set("ABCD")
    assert max(letters.count(letter) for letter in "ABCD") <= 2


def test_the_quiz_letter_in_the_source_is_the_one_the_package_accepts():
    from course.log_softmax.questions import quiz

    cells = by_id(source(UNIT))
    for number in range(1, 6):
        right = re.search(r'quiz_\d = "([A-D])"', cells[f"quiz-{number}"].source)[1]
        for letter in "ABCD":
            result = quiz(f"quiz-{number}", letter)
            assert result.outcome == ("correct" if letter == right else "incorrect")
            assert len(result.message) > 20


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
