"""What holds of every unit's notebook; `tests/<unit>` says the rest by deriving a class from `UnitNotebook`.

The student's notebook is run in `tests/colab`, and in JupyterLab by `tests/browser`.
"""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Mapping, Sequence

import pytest

from tests.notebooks import errors, release, run, source, text


def by_id(notebook):
    return {cell.id: cell for cell in notebook.cells}


@pytest.mark.slow
class UnitNotebook:
    """A unit as an instructor and as a student meet it: executed top to bottom, and held to its contract."""

    unit: str
    """Name of its folder in source/."""

    points: Mapping[str, int]
    """What each exercise brings."""

    settled: Mapping[str, str]
    """Claims that the notebook judges itself, and its verdict's letter."""

    claims: Sequence[str]
    """Claims that students judge."""

    pictures: Sequence[str]
    """Cells that draw a picture."""

    one_letter_below: float = 2
    """What the same letter for all claims stays below, of 4 points."""

    most_behaviours: int = 5
    """The most grade cells of an exercise."""

    @property
    def package(self):
        return f"course.{self.unit[3:].replace('-', '_')}"

    @property
    def check(self):
        return importlib.import_module(self.package).check

    @property
    def quiz(self):
        return importlib.import_module(f"{self.package}.questions").quiz

    @pytest.fixture(scope="class")
    def instructor(self, tmp_path_factory):
        return run(source(self.unit), tmp_path_factory.mktemp("instructor"))

    @pytest.fixture
    def cells(self):
        return by_id(source(self.unit))

    def questions(self, cells):
        found = [name for name in cells if re.fullmatch(r"quiz-\d+", name)]
        assert len(found) >= 5
        return found

    def test_the_instructors_notebook_executes_without_an_error_or_a_word_on_standard_error(self, instructor):
        assert errors(instructor) == []
        assert [c.id for c in instructor.cells for o in c.get("outputs", []) if o.get("name") == "stderr"] == []

    def test_every_check_in_the_instructors_notebook_says_correct(self, instructor):
        cells = by_id(instructor)
        for name in self.points:
            assert f"{name}: correct" in text(cells[f"{name}-check"])
        for name in self.questions(cells):
            assert "correct" in text(cells[f"{name}-test"])
        assert text(cells["verdicts-check"]).count(": correct") == len(self.claims)
        assert float(text(cells["verdicts-test"]).split()[-1]) == 4

    def test_every_prediction_shows_question_and_result_without_a_front_end(self, instructor):
        predictions = [cell for cell in instructor.cells if cell.id.startswith("predict-")]
        assert len(predictions) >= 5
        for cell in predictions:
            said = text(cell)
            question = re.search(r'predict\(\s*"[\w-]+",\s*"([^"]{15,})', cell.source)[1]
            assert question[:15].replace("`", "") in said.replace("`", ""), cell.id
            assert "What happens: " in said, cell.id

    def test_every_prediction_has_its_explanation_and_every_explanation_its_prediction(self):
        afterwards = importlib.import_module(f"{self.package}.explanations").afterwards
        sources = [cell.source for cell in source(self.unit).cells if cell.id.startswith("predict-")]
        used = [re.search(r"afterwards\[['\"]([\w-]+)", text)[1] for text in sources]
        assert sorted(used) == sorted(afterwards)
        assert [re.search(r'predict\(\s*"([\w-]+)"', text)[1] for text in sources] == used

    def test_pictures_are_drawn_and_carry_alt_text(self, instructor):
        cells = by_id(instructor)
        for identity in self.pictures:
            bundles = [o.data for o in cells[identity].outputs if o.output_type == "display_data"]
            pages = "".join(b.get("text/html", "") for b in bundles)
            assert any("image/png" in b for b in bundles) or "data:image/png" in pages, identity
            assert re.search(r'alt="[^"]{40,}"', pages), identity

    def test_the_claims_stand_in_the_notebook_with_their_ids(self, cells):
        rows = re.findall(r"^\| ([A-Z]\d+[\w-]*) \|(.*)$", cells["facts"].source, re.MULTILINE)
        judged = {name: found[1] for name, row in rows if (found := re.search(r"\| ([ABCD]): ", row))}
        assert judged == self.settled
        assert sorted(name for name, _ in rows if name not in judged) == sorted(self.claims)
        asked = re.findall(r'"([A-Z]\d+[\w-]*)": "\?"', cells["verdicts"].source)
        assert asked == list(self.claims)

    def test_verdicts_that_are_all_the_same_letter_bring_few_points(self, cells):
        body, last = cells["verdicts-test"].source.rsplit("\n", 1)
        for letter in "ABCD":
            names = {"quiz": self.quiz, "verdicts": dict.fromkeys(self.claims, letter)}
            exec(body, names)
            assert eval(last, names) < self.one_letter_below

    def test_grade_cells_are_one_a_behaviour_named_after_it_and_bring_the_exercises_points(self, cells):
        graded = {name: cell for name, cell in cells.items() if cell.metadata.get("nbgrader", {}).get("grade")}
        for name, points in self.points.items():
            behaviours = getattr(self.check, name).behaviours
            assert len(behaviours) <= self.most_behaviours
            for behaviour in behaviours:
                cell = graded[f"{name}-{behaviour.name}"]
                assert cell.source.startswith(f'check.{name}({name}, "{behaviour.name}").require()\n')
                assert "### BEGIN HIDDEN TESTS" in cell.source
                assert "raises-exception" in cell.metadata.tags
            mine = [cell for identity, cell in graded.items() if identity.startswith(f"{name}-")]
            assert len(mine) == len(behaviours)
            assert sum(cell.metadata.nbgrader.points for cell in mine) == points

    def test_every_docstring_names_what_is_not_allowed(self):
        cells = by_id(release(self.unit))
        for name in self.points:
            assert "Not allowed" in cells[name].source
            assert "raise NotImplementedError" in cells[name].source

    def test_hints_come_in_threes(self):
        for name in self.points:
            for hints in getattr(self.check, name).hints.values():
                assert len(hints) == len(set(hints)) == 3

    def test_the_quiz_has_four_options_each_and_its_right_letters_are_spread(self, cells):
        letters = []
        for name in self.questions(cells):
            options = dict(re.findall(r"^- \*\*([A-D])\*\* (.+)$", cells[f"{name}-question"].source, re.MULTILINE))
            assert list(options) == ["A", "B", "C", "D"]
            right = re.search(r'quiz_\d = "([A-D])"', cells[name].source)[1]
            letters.append(right)
            assert len(options[right]) < max(map(len, options.values())), f"{name}: the right option is the longest"
        assert set(letters) == set("ABCD")
        assert max(map(letters.count, "ABCD")) <= 2

    def test_the_quiz_letter_in_the_source_is_the_one_the_package_accepts(self, cells):
        for name in self.questions(cells):
            right = re.search(r'quiz_\d = "([A-D])"', cells[name].source)[1]
            for letter in "ABCD":
                result = self.quiz(name, letter)
                assert result.outcome == ("correct" if letter == right else "incorrect")
                assert len(result.message) > 20
                assert len(str(result.hint(1))) > 20

    def test_one_first_heading_and_headings_in_order(self):
        levels = [
            len(match[1])
            for cell in release(self.unit).cells
            if cell.cell_type == "markdown"
            for match in re.finditer(r"^(#+) ", cell.source, re.MULTILINE)
        ]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(b <= a + 1 for a, b in itertools.pairwise(levels))

    def test_the_written_answer_is_graded_by_hand_and_its_rubric_stays_with_the_instructor(self, cells):
        assert cells["explain"].metadata.nbgrader.points == 4
        assert cells["explain"].cell_type == "markdown"
        assert "Rubric" in cells["explain-rubric"].source
        assert "explain-rubric" not in by_id(release(self.unit))

    def test_the_unit_starts_like_the_others(self, cells):
        model = by_id(source("03-max-shift"))
        assert cells["setup"].source == model["setup"].source.replace("03-max-shift", self.unit)
        assert re.search(r"\*\*Time\*\* (45|60) to 75 minutes", cells["title"].source)
        assert "**You need**" in cells["title"].source

    def test_words_that_explain_nothing_are_not_used(self, cells):
        prose = "\n".join(cell.source for cell in cells.values() if cell.cell_type == "markdown").lower()
        assert re.findall(r"\b(simply|obviously|crucially|of course)\b", prose) == []
