"""The unit as an instructor and as a student meet it: executed top to bottom, and held to its contract."""

import itertools
import re

import pytest

from course.exp_asymmetry import check
from course.exp_asymmetry.explanations import afterwards
from tests.notebooks import errors, release, run, source, text

UNIT = "01-exp-asymmetry"
POINTS = {"log10_ratio": 4, "decay_weights": 5, "geometric_schedule": 7, "sigmoid_odds": 7, "exp_into": 4}
CLAIMS = ["G1", "G8", "G11", "G13"]
QUESTIONS = range(1, 7)


@pytest.fixture(scope="module")
def instructor(tmp_path_factory):
    return run(source(UNIT), tmp_path_factory.mktemp("instructor"))


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return run(release(UNIT), tmp_path_factory.mktemp("student"))


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


@pytest.mark.slow
def test_the_instructors_notebook_executes_without_an_error_and_every_check_says_correct(instructor):
    assert errors(instructor) == []
    cells = by_id(instructor)
    for name in POINTS:
        assert f"{name}: correct" in text(cells[f"{name}-check"])
    for number in QUESTIONS:
        assert "correct" in text(cells[f"quiz-{number}-test"])
    assert text(cells["verdicts-check"]).count(": correct") == len(CLAIMS)
    assert text(cells["verdicts-test"]).endswith("4")


@pytest.mark.slow
def test_the_students_notebook_fails_only_where_an_answer_is_missing(student):
    found = errors(student)
    assert found
    assert {name for _, name, _ in found} == {"NotImplementedError"}
    cells = by_id(student)
    for name in POINTS:
        assert "not attempted" in text(cells[f"{name}-check"])
    assert text(cells["verdicts-check"]).strip().endswith("0 of 4 judged")
    assert "NotImplementedError" in text(cells["verdicts-test"])


@pytest.mark.slow
def test_every_prediction_shows_question_and_result_without_a_front_end(instructor):
    predictions = [c for c in instructor.cells if c.id.startswith("predict-")]
    assert len(predictions) >= 5
    for cell in predictions:
        assert "Predict: " in text(cell), cell.id
        assert "What happens: " in text(cell), cell.id


@pytest.mark.slow
def test_pictures_are_drawn_and_carry_alt_text(instructor):
    cells = by_id(instructor)
    for identity in ("predict-share", "predict-copy"):
        bundles = [o.data for o in cells[identity].outputs if o.output_type == "display_data"]
        pages = "".join(b.get("text/html", "") for b in bundles)
        assert any("image/png" in b for b in bundles) or "data:image/png" in pages, identity
        assert re.search(r'alt="[^"]{40,}"', pages), identity


@pytest.mark.slow
def test_no_cell_of_the_instructors_notebook_writes_to_standard_error(instructor):
    noisy = [c.id for c in instructor.cells for o in c.get("outputs", []) if o.get("name") == "stderr"]
    assert noisy == []


def test_every_prediction_has_an_explanation_and_every_explanation_a_prediction():
    cells = [c.source for c in source(UNIT).cells if c.id.startswith("predict-")]
    used = [re.search(r'afterwards\["([\w-]+)"\]', cell)[1] for cell in cells]
    assert sorted(used) == sorted(afterwards)
    named = [re.search(r'predict\(\s*"([\w-]+)"', cell)[1] for cell in cells]
    assert named == used


def test_the_claims_stand_in_the_notebook_and_are_judged_by_letter():
    cells = by_id(source(UNIT))
    assert sorted(re.findall(r"^\| (G\d+) \|", cells["facts"].source, re.MULTILINE)) == sorted(CLAIMS)
    assert re.findall(r'"(G\d+)": "\?"', cells["verdicts"].source) == CLAIMS
    assert "G20" in cells["gpu-after"].source


def test_verdicts_that_are_all_the_same_letter_bring_at_most_half_of_the_points():
    from course.exp_asymmetry.questions import quiz

    test = by_id(source(UNIT))["verdicts-test"].source.rsplit("\n", 1)
    for letter in "ABCD":
        names = {"quiz": quiz, "verdicts": dict.fromkeys(CLAIMS, letter)}
        exec(test[0], names)
        assert eval(test[1], names) <= 2


def test_grade_cells_are_one_a_behaviour_and_named_after_it():
    cells = by_id(source(UNIT))
    for name, points in POINTS.items():
        behaviours = [behaviour.name for behaviour in getattr(check, name).behaviours]
        graded = [cells[f"{name}-{behaviour}"] for behaviour in behaviours]
        for behaviour, cell in zip(behaviours, graded, strict=True):
            assert cell.source.startswith(f'check.{name}({name}, "{behaviour}").require()\n')
            assert "### BEGIN HIDDEN TESTS" in cell.source
        assert sum(cell.metadata.nbgrader.points for cell in graded) == points
        mine = [c for c in cells if c.startswith(f"{name}-") and cells[c].metadata.get("nbgrader", {}).get("grade")]
        assert len(mine) == len(graded)


def test_the_docstring_of_every_exercise_says_what_it_may_not_lean_on():
    cells = by_id(release(UNIT))
    for name in POINTS:
        assert "Not allowed: " in cells[name].source
        assert "raise NotImplementedError" in cells[name].source


def test_the_quiz_has_four_options_each_and_its_right_letters_are_spread():
    cells = by_id(source(UNIT))
    letters = []
    for number in QUESTIONS:
        options = re.findall(r"^- \*\*([A-D])\*\* (.+)$", cells[f"quiz-{number}-question"].source, re.MULTILINE)
        assert [letter for letter, _ in options] == ["A", "B", "C", "D"]
        right = re.search(r'quiz_\d = "([A-D])"', cells[f"quiz-{number}"].source)[1]
        letters.append(right)
        lengths = {letter: len(words) for letter, words in options}
        assert lengths[right] < max(lengths.values()), f"quiz-{number}: the right option is the longest"
    assert set(letters) == set("ABCD")
    assert max(letters.count(letter) for letter in "ABCD") <= 2


def test_the_quiz_letter_in_the_source_is_the_one_the_package_accepts():
    from course.exp_asymmetry.questions import quiz

    cells = by_id(source(UNIT))
    for number in QUESTIONS:
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


def test_the_opening_the_closing_and_the_question_for_the_next_unit_are_there():
    cells = by_id(release(UNIT))
    assert "45 to 75 minutes" in cells["title"].source
    assert "**You need**" in cells["title"].source
    assert "| quantity | naive | stable | why |" in cells["closing"].source
    assert "For the decision guide" in cells["closing"].source
    assert "Where *exactly* does exp overflow, in which dtype" in cells["next"].source
