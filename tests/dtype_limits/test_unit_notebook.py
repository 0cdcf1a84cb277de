"""The unit as an instructor and as a student meet it: executed top to bottom, and held to its contract."""

import itertools
import re

import pytest
import torch

from course.dtype_limits import check
from course.dtype_limits.questions import quiz
from tests.notebooks import errors, release, run, source, text

UNIT = "02-dtype-limits"
EXERCISES = {
    "exp_in_float32": 4,
    "ulp": 7,
    "largest_finite_exp": 6,
    "smallest_nonzero_exp": 6,
    "exp_is_safe": 7,
}
OPEN = ["X3", "G3", "G15", "L8", "G16"]


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


@pytest.fixture(scope="module")
def instructor(tmp_path_factory):
    return run(source(UNIT), tmp_path_factory.mktemp("instructor"))


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return run(release(UNIT), tmp_path_factory.mktemp("student"))


@pytest.mark.slow
def test_the_instructors_notebook_executes_without_an_error(instructor):
    assert errors(instructor) == []


@pytest.mark.slow
def test_every_check_in_the_instructors_notebook_says_correct(instructor):
    cells = by_id(instructor)
    for name in EXERCISES:
        assert f"{name}: correct" in text(cells[f"{name}-check"])
    for number in range(1, 6):
        assert "correct" in text(cells[f"quiz-{number}-test"])
    assert text(cells["verdicts-check"]).count(": correct") == 5
    assert text(cells["verdicts-test"]).endswith("4.0")


@pytest.mark.slow
def test_the_students_notebook_fails_only_where_an_answer_is_missing(student):
    found = errors(student)
    assert found
    assert {name for _, name, _ in found} == {"NotImplementedError"}


@pytest.mark.slow
def test_every_untouched_check_says_not_attempted(student):
    cells = by_id(student)
    for name in EXERCISES:
        assert "not attempted" in text(cells[f"{name}-check"])
    assert text(cells["verdicts-check"]).strip().endswith("0 of 5 judged")
    assert "NotImplementedError" in text(cells["verdicts-test"])


@pytest.mark.slow
def test_every_prediction_shows_question_and_result_without_a_front_end(instructor):
    predictions = [c for c in instructor.cells if c.id.startswith("predict-")]
    assert len(predictions) >= 5
    for cell in predictions:
        said = text(cell)
        question = re.search(r'predict\(\s*"[\w-]+",\s*"([^"]{15,})', cell.source)[1]
        assert question[:15].replace("`", "") in said.replace("`", ""), cell.id
        assert "What happens: " in said, cell.id


@pytest.mark.slow
def test_what_the_predictions_come_to(instructor):
    cells = by_id(instructor)
    results = {
        "exp-12": "inf",
        "spacing": "1024",
        "rescue": "2 (repairs)",
        "minus-100": "3.7835e-44",
        "minus-17": "5.96e-08",
    }
    for name, result in results.items():
        assert f"What happens: {result}\n" in text(cells[f"predict-{name}"]), name
    assert re.search(r"What happens: (float16|float32)\n", text(cells["predict-autocast"]))


@pytest.mark.slow
def test_the_naive_row_breaks_and_the_same_row_is_right_in_float32(instructor):
    naive, fixed = text(by_id(instructor)["fixed-run"]).strip().splitlines()
    assert re.search(r"loss inf +gradient \[nan, nan, nan\]", naive)
    assert "loss 9.0001" in fixed


@pytest.mark.slow
def test_flushing_changes_the_last_two_of_three(instructor):
    kept, flushed = text(by_id(instructor)["flush-run"]).strip().splitlines()
    assert "0.0" not in kept
    possible = torch.set_flush_denormal(True)
    torch.set_flush_denormal(False)
    assert flushed.endswith(", 0.0, 0.0]") == possible


@pytest.mark.slow
def test_the_guard_lets_one_number_through_as_a_tensor_only(instructor):
    *_, last = text(by_id(instructor)["guard-run"]).strip().splitlines()
    assert last.endswith("exp(x) = inf       x <= limit: False in Python, True as a tensor")


@pytest.mark.slow
def test_pictures_are_drawn_and_carry_alt_text(instructor):
    cells = by_id(instructor)
    for identity in ("predict-minus-17", "predict-autocast"):
        bundles = [o.data for o in cells[identity].outputs if o.output_type == "display_data"]
        pages = "".join(b.get("text/html", "") for b in bundles)
        assert any("image/png" in b for b in bundles) or "data:image/png" in pages, identity
        assert re.search(r'alt="[^"]{40,}"', pages), identity


@pytest.mark.slow
def test_no_cell_of_the_instructors_notebook_writes_to_standard_error(instructor):
    noisy = [c.id for c in instructor.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert noisy == []


def test_every_claim_of_the_unit_stands_in_the_notebook_five_of_them_to_be_judged():
    cells = by_id(source(UNIT))
    worked, open_ones = cells["facts"].source.split("Five are yours:")
    listed = re.findall(r"^\| (\w+) \|.*\| ([ABCD]): ", worked, re.MULTILINE)
    assert dict(listed) == {"G5": "A", "G6": "A", "G7": "A", "X1": "A", "X2": "A", "G21": "B"}
    assert re.findall(r"^\| ([A-Z]\d+) \|", open_ones, re.MULTILINE) == OPEN
    assert re.findall(r'"([A-Z]\d+)": "\?"', cells["verdicts"].source) == OPEN


def test_verdicts_that_are_all_the_same_letter_bring_less_than_half_of_the_points():
    test = by_id(source(UNIT))["verdicts-test"].source.rsplit("\n", 1)
    for letter in "ABCD":
        names = {"quiz": quiz, "verdicts": dict.fromkeys(OPEN, letter)}
        exec(test[0], names)
        assert eval(test[1], names) < 2


def test_grade_cells_are_one_a_behaviour_and_named_after_it():
    cells = by_id(source(UNIT))
    for name in EXERCISES:
        for behaviour in getattr(check, name).behaviours:
            cell = cells[f"{name}-{behaviour.name}"]
            assert cell.source.startswith(f'check.{name}({name}, "{behaviour.name}").require()\n')
            assert "### BEGIN HIDDEN TESTS" in cell.source
            assert cell.metadata.nbgrader.grade is True
            assert cell.metadata.nbgrader.points >= 1


def test_each_exercise_has_at_most_five_grade_cells_and_its_points():
    graded = [c.metadata.nbgrader for c in source(UNIT).cells if c.metadata.get("nbgrader", {}).get("grade")]
    for name, points in EXERCISES.items():
        mine = [cell for cell in graded if cell.grade_id.startswith(f"{name}-")]
        assert len(mine) == len(getattr(check, name).behaviours) <= 5
        assert sum(cell.points for cell in mine) == points


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
    cells = by_id(source(UNIT))
    for number in range(1, 6):
        right = re.search(r'quiz_\d = "([A-D])"', cells[f"quiz-{number}"].source)[1]
        for letter in "ABCD":
            result = quiz(f"quiz-{number}", letter)
            assert result.outcome == ("correct" if letter == right else "incorrect")
            assert len(result.message) > 20
            assert result.hint(1)


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


def test_the_unit_starts_like_the_model_and_names_what_comes_next():
    ours, model = by_id(source(UNIT)), by_id(source("03-max-shift"))
    assert ours["setup"].source == model["setup"].source.replace("03-max-shift", UNIT)
    assert ours["how-to"].source == model["how-to"].source
    assert "How, then, can a softmax of logits like 1000 be computed at all?" in ours["next"].source
