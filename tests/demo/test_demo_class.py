"""The demonstration class: who is in it, and that grading finds out about each of them what it should."""

import ast
import builtins
import csv
import dis
import html
import math
import os
import re
from collections import Counter
from pathlib import Path

import pytest
import torch

from tests.demo.__main__ import MODEL, REPOSITORY, class_of, main
from tests.demo.students import make_class
from tests.demo.unit import all_units, as_answer, load
from tests.test_release import secrets, source_cells, squeezed

UNIT = load(REPOSITORY, MODEL)
OTHERS = [name for name in all_units(REPOSITORY) if name != MODEL]
CLASS = {student.id: student for student in make_class(UNIT)}


LUCKY = 5
"""How many students with right or mistaken answers are graded here; `make demo` grades all of them."""

GRADED = OTHERS if os.environ.get("DEMO_UNITS") == "all" else OTHERS[::5]
"""Other units of which a student is graded; all of them take a minute more."""

PRESENT = {student.id: student for student in class_of(UNIT, LUCKY)}


def by_story(beginning: str) -> list[str]:
    """Ids of the students whose story begins like this."""
    found = [student.id for student in PRESENT.values() if student.story.startswith(beginning)]
    assert found, beginning
    return found


def test_the_class_has_at_least_thirty_students_with_names_of_their_own():
    assert len(make_class(UNIT)) >= 30
    assert len(CLASS) == len(make_class(UNIT))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", name) for name in CLASS)


def test_the_class_is_always_the_same():
    again = {student.id: (student.story, student.answers) for student in make_class(UNIT)}
    assert again == {student.id: (student.story, student.answers) for student in CLASS.values()}


def test_every_known_mistake_is_made_by_somebody_once():
    made = Counter(pair for student in CLASS.values() for pair in student.misconceptions.items())
    known = {(exercise, mistake.name) for exercise, mistakes in UNIT.misconceptions.items() for mistake in mistakes}
    assert made == Counter(known)


def test_every_code_answer_parses_but_the_one_with_a_syntax_error():
    (careless,) = by_story("a syntax error")
    for name, student in CLASS.items():
        if name != careless:
            for exercise in UNIT.right:
                ast.parse(student.answers.get(exercise, ""))
    with pytest.raises(SyntaxError):
        ast.parse(CLASS[careless].answers[next(iter(UNIT.right))])


def test_an_answer_defines_the_function_that_the_exercise_asks_for():
    for exercise, styles in UNIT.right.items():
        for function in styles.values():
            *_, definition = ast.parse(as_answer(function, exercise)).body
            assert definition.name == exercise


@pytest.mark.parametrize("name", OTHERS)
def test_the_class_of_another_unit_makes_all_its_mistakes(name):
    unit = load(REPOSITORY, name)
    students = make_class(unit, unlucky=False)
    made = Counter(pair for student in students for pair in student.misconceptions.items())
    known = {(exercise, mistake.name) for exercise, mistakes in unit.misconceptions.items() for mistake in mistakes}
    assert made == Counter(known)
    for student in students:
        for exercise in unit.right:
            *_, definition = ast.parse(student.answers[exercise]).body
            assert exercise in (definition.name if hasattr(definition, "name") else ast.unparse(definition))


@pytest.mark.parametrize("name", OTHERS)
def test_a_mistake_runs_where_only_the_notebooks_own_imports_are(name):
    unit = load(REPOSITORY, name)
    for exercise, mistakes in unit.misconceptions.items():
        for mistake in mistakes:
            namespace = {"torch": torch, "math": math}
            exec(as_answer(mistake.variants[0], exercise), namespace)
            missing = {n for n in _looked_up(namespace[exercise]) if n not in namespace and not hasattr(builtins, n)}
            assert missing <= set(unit.right), (exercise, mistake.name)


def _looked_up(function) -> set[str]:
    names, waiting = set(), [function.__code__] if hasattr(function, "__code__") else []
    while waiting:
        code = waiting.pop()
        names |= {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
        waiting += [constant for constant in code.co_consts if hasattr(constant, "co_code")]
    return names


def test_wrong_letters_are_wrong_and_allowed():
    answers = CLASS[by_story("wrong letters")[0]].answers
    for question, right in UNIT.quiz_letters.items():
        given = re.search(r'"(\w)"', answers[question])[1]
        assert given in "ABCD"
        assert given != right


class Graded:
    """The course folder after `make demo`, and the score table it wrote and printed."""

    def __init__(self, course: Path, printed: str):
        self.course, self.printed = course, printed
        with (course / f"scores-{MODEL}.csv").open(newline="", encoding="utf-8") as stream:
            self.table = {row["student"]: row for row in csv.DictReader(stream)}

    def outcomes(self, student: str) -> dict[str, str]:
        row = self.table[student]
        return {column.removesuffix(" outcome"): row[column] for column in row if column.endswith(" outcome")}


def demonstrate(course: Path, *arguments: str) -> str:
    """Run `make demo`; returns what it printed."""
    with pytest.MonkeyPatch.context() as patch:
        printed = []
        patch.setattr("builtins.print", lambda text="", **_: printed.append(str(text)))
        assert main([*arguments, "--course", str(course)]) == 0
    return "\n".join(printed)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = tmp_path_factory.mktemp("demo") / "course"
    course.mkdir()
    (course / "left-over").write_text("from the last time", encoding="utf-8")
    return Graded(course, demonstrate(course, MODEL, "--at-most", str(LUCKY)))


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """The course folder with one student in each of some other units."""
    course = tmp_path_factory.mktemp("demo") / "others"
    demonstrate(course, *GRADED, "--at-most", "1")
    return course


grades_everybody = [pytest.mark.slow, pytest.mark.timeout(1200)]


class TestGraded:
    """What the table says once everybody is graded."""

    pytestmark = grades_everybody

    def test_everybody_is_in_the_table(self, graded):
        assert set(graded.table) == set(PRESENT)
        assert all(f"\n{name} " in graded.printed for name in PRESENT)

    def test_the_course_was_built_anew(self, graded):
        assert not (graded.course / "left-over").exists()

    def test_every_mistake_is_named(self, graded):
        missed = [
            (name, exercise, mistake)
            for name, student in PRESENT.items()
            for exercise, mistake in student.misconceptions.items()
            if f"{mistake} ({exercise})" not in graded.table[name]["misconceptions"]
        ]
        assert missed == []

    def test_no_mistake_is_called_correct(self, graded):
        for name, student in PRESENT.items():
            for exercise in student.misconceptions:
                assert graded.outcomes(name)[exercise] == "incorrect", (name, exercise)

    @pytest.mark.parametrize("story", ["right", "a warning at the top level"])
    def test_right_answers_get_every_point_but_those_given_by_hand(self, graded, story):
        for name in by_story(story):
            outcomes = graded.outcomes(name)
            assert outcomes.pop("explain") == "to be graded by hand"
            assert set(outcomes.values()) == {"correct"}, (PRESENT[name].story, outcomes)
            assert graded.table[name]["needs attention"] == ""

    def test_wrong_letters_cost_the_quiz_alone(self, graded):
        outcomes = graded.outcomes(by_story("wrong letters")[0])
        wrong = {name for name, outcome in outcomes.items() if outcome == "incorrect"}
        assert wrong == set(UNIT.quiz_letters)

    def test_who_did_half_has_half(self, graded):
        counts = Counter(graded.outcomes(by_story("did half")[0]).values())
        assert counts["correct"] == 2
        assert counts["not attempted"] == sum(counts.values()) - 2

    @pytest.mark.parametrize(
        ("story", "sentence"),
        [
            ("handed in the notebook as it was", "nothing was attempted"),
            ("a syntax error", "raises SyntaxError"),
            ("an infinite loop at the top level", "did not come to an end: softmax"),
            ("a file that is no notebook", "is not JSON"),
            ("forgot the notebook", "no notebook was handed in"),
            ("gave the file another name", "taken as max_shift.ipynb"),
        ],
    )
    def test_what_needs_a_look_is_said(self, graded, story, sentence):
        assert sentence in graded.table[by_story(story)[0]]["needs attention"]

    @pytest.mark.parametrize(
        ("story", "sentence"),
        [
            ("prints a megabyte", "It prints more than 64 kB in a single call."),
            ("an infinite loop inside the function", "It was still running after 5 seconds."),
            ("raises", "It raises ValueError: to be continued"),
            ("returns a list", "It returns a list; a torch.Tensor is wanted."),
        ],
    )
    def test_a_mistake_without_a_name_is_said_in_a_sentence(self, graded, story, sentence):
        assert f"softmax: {sentence}" in graded.table[by_story(story)[0]]["other mistakes"]

    @pytest.mark.parametrize(
        "story",
        ["a syntax error", "an infinite loop", "raises", "returns None", "returns a list"],
    )
    def test_a_broken_function_costs_its_own_points_alone(self, graded, story):
        first, *others = UNIT.right
        for name in by_story(story):
            outcomes = graded.outcomes(name)
            assert outcomes[first] == "incorrect"
            assert {outcomes[exercise] for exercise in others} == {"correct"}

    def test_everybody_gets_a_page(self, graded):
        assert {page.parents[1].name for page in graded.course.glob(f"feedback/*/{MODEL}/*.html")} == set(PRESENT)

    def test_a_notebook_by_another_name_is_graded_all_the_same(self, graded):
        outcomes = graded.outcomes(by_story("gave the file another name")[0])
        assert {outcomes[exercise] for exercise in UNIT.right} == {"correct"}

    def test_no_page_holds_a_hidden_test(self, graded):
        hidden = secrets(source_cells(UNIT.assignment), ("HIDDEN TESTS",))
        assert hidden
        for page in graded.course.glob(f"feedback/*/{MODEL}/*.html"):
            text = squeezed(html.unescape(re.sub(r"<[^>]*>", "", page.read_text(encoding="utf-8"))))
            assert [line for line in hidden if line in text] == [], page

    def test_the_page_with_the_table_links_to_the_feedback(self, graded):
        page = (graded.course / f"scores-{MODEL}.html").read_text(encoding="utf-8")
        links = re.findall(r'href="([^"]*)"', page)
        assert links
        assert all((graded.course / link).is_file() for link in links)

    @pytest.mark.parametrize("name", GRADED)
    def test_right_answers_get_every_point_in_the_other_units_too(self, others, name):
        with (others / f"scores-{name}.csv").open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert len(rows) == 1
        for row in rows:
            outcomes = {column: row[column] for column in row if column.endswith(" outcome")}
            assert outcomes.pop("explain outcome") == "to be graded by hand"
            assert set(outcomes.values()) == {"correct"}, (name, row)
            assert row["needs attention"] == ""
