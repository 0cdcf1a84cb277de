"""The score table as text, CSV and HTML."""

import csv
from html.parser import HTMLParser

import pytest

from autograder.reporting.gradebook import Outcome, Row
from autograder.reporting.score_table import text_table, write_csv, write_html

ROWS = [
    Row(
        "ada",
        9,
        13,
        (
            Outcome("softmax", "correct", 6, 6),
            Outcome("quiz-1", "correct", 1, 1),
            Outcome("quiz-2", "not attempted", 0, 1),
            Outcome("explain", "to be graded by hand", 2, 5),
        ),
    ),
    Row(
        "bo <b>",
        1.5,
        13,
        (
            Outcome("softmax", "incorrect", 1.5, 6, ("global-max", "no-shift")),
            Outcome("quiz-1", "incorrect", 0, 1),
            Outcome("quiz-2", "incorrect", 0, 1),
            Outcome("explain", "not graded", 0, 5),
        ),
        ("a reason & more", "another"),
    ),
]


class Cells(HTMLParser):
    """Collects the table's cells and the page's links."""

    def __init__(self):
        super().__init__()
        self.cells, self.links, self.resources = [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag in ("td", "th"):
            self.cells.append("")
        if tag == "a":
            self.links.append(attributes["href"])
        if tag in ("script", "link", "img"):
            self.resources.append(tag)

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


@pytest.fixture
def page(tmp_path):
    feedback = tmp_path / "feedback" / "ada" / "unit" / "notebook.html"
    feedback.parent.mkdir(parents=True)
    feedback.write_text("")
    write_html(ROWS, tmp_path / "scores.html", "Unit <3>")
    parser = Cells()
    parser.text = (tmp_path / "scores.html").read_text(encoding="utf-8")
    parser.feed(parser.text)
    return parser


def test_a_student_is_one_line_with_a_sign_and_points_for_each_exercise():
    lines = text_table(ROWS).split("\n")
    assert lines[0].split() == ["student", "score", "softmax", "quiz", "explain"]
    assert lines[2].split("  ")[0] == "ada"
    assert "9/13" in lines[2]
    assert "✔ 6/6" in lines[2]


def test_questions_with_numbers_are_added_up():
    lines = text_table(ROWS).split("\n")
    assert "✘ 1/2" in lines[2]
    assert "✘ 0/2" in lines[3]


def test_points_that_are_still_to_be_given_are_a_question_mark():
    assert "✎ ?/5" in text_table(ROWS)


def test_misconceptions_and_reasons_stand_below_the_student():
    lines = text_table(ROWS).split("\n")
    assert lines[4].strip() == "named: global-max (softmax), no-shift (softmax)"
    assert lines[5].strip() == "! a reason & more"
    assert lines[6].strip() == "! another"


def test_long_notes_are_wrapped():
    row = Row("ada", 0, 1, (Outcome("x", "incorrect", 0, 1),), ("word " * 60,))
    assert max(len(line) for line in text_table([row], width=80).split("\n")) <= 80


def test_the_last_line_sums_the_class_up():
    last = text_table(ROWS, width=300).split("\n")[-1]
    assert last.startswith("2 students, 1 with something to look at. Of 2 different misconceptions the most common: ")
    assert last.endswith(": global-max (softmax) 1×, no-shift (softmax) 1×.")


def test_a_class_without_misconceptions_has_a_shorter_sum():
    assert text_table(ROWS[:1]).split("\n")[-1] == "1 students, 0 with something to look at."


def test_a_class_of_nobody_is_still_a_table():
    assert "0 students" in text_table([])


def test_the_csv_file_holds_every_exercise_on_its_own(tmp_path):
    write_csv(ROWS, tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(newline="", encoding="utf-8") as stream:
        ada, bo = csv.DictReader(stream)
    assert ada["score"] == "9"
    assert ada["quiz-1 outcome"] == "correct"
    assert ada["quiz-2 outcome"] == "not attempted"
    assert bo["softmax points"] == "1.5"
    assert bo["misconceptions"] == "global-max (softmax), no-shift (softmax)"
    assert bo["needs attention"] == "a reason & more; another"


def test_the_page_needs_nothing_but_itself(page):
    assert page.resources == []
    assert page.links == ["feedback/ada/unit/notebook.html"]


def test_the_page_escapes_what_students_and_errors_say(page):
    assert "bo <b>" in page.cells
    assert "bo &lt;b&gt;" in page.text
    assert "Unit &lt;3&gt;" in page.text


def test_the_page_says_outcomes_in_signs_and_words_and_not_in_colour_alone(page):
    assert 'title="incorrect">✘ 1.5/6' in page.text
    assert 'title="not graded">– 0/5' in page.text


def test_every_row_has_a_cell_for_every_heading(page):
    body = page.text.split("<tbody>")[1]
    assert body.count("<td") + body.count("<th") == 2 * page.text.count('scope="col"')


def test_a_mistake_without_a_name_is_shown_in_the_checks_own_words(tmp_path):
    unnamed = Outcome("softmax", "incorrect", 0, 6, (), "It returns a list.")
    letter = Outcome("quiz-1", "incorrect", 0, 1, (), "Try the row [1000, 0, 0].")
    rows = [Row("cy", 0, 7, (unnamed, letter))]
    write_html(rows, tmp_path / "scores.html", "Scores")
    write_csv(rows, tmp_path / "scores.csv")
    files = [(tmp_path / name).read_text(encoding="utf-8") for name in ("scores.html", "scores.csv")]
    for shown in (text_table(rows), *files):
        assert "softmax: It returns a list." in shown
        assert "1000" not in shown


def test_what_a_students_code_said_cannot_act_on_a_terminal():
    row = Row("ada", 0, 1, (Outcome("x", "incorrect", 0, 1, (), "\x1b[2JIt raises"),), ("\x1b]0;title\x07",))
    assert not set(text_table([row])) & {"\x1b", "\x07"}


def test_what_a_students_code_said_is_no_formula_in_a_spreadsheet(tmp_path):
    write_csv([Row("ada", 0, 1, (), ("=1+1",))], tmp_path / "scores.csv")
    assert ",'=1+1" in (tmp_path / "scores.csv").read_text(encoding="utf-8")
