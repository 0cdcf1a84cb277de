"""The class report as a page and as CSV files."""

import base64
import csv
import io
import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from report_helpers import (
    BLANK,
    BY_HAND,
    LIST,
    RIGHT,
    SHIFT,
    THREE,
    WRONG,
    cells,
    graded_class,
    ordinary_class,
    report_on,
    student,
)

from autograder.report import write_csv, write_html
from autograder.reporting.attention import Concern, Urgency
from autograder.reporting.graded_class import MISSING, WAITING, Grade, Mistake

EXTRA = Grade(3.0, "correct")
HOSTILE = "<script>alert('1')</script>\"&\u202e\x00\udcff=$\\frac$"


def hostile_class():
    named = Grade(0.0, "incorrect", (HOSTILE,), seconds=1.0)
    said = Grade(0.0, "incorrect", complaint=HOSTILE, in_student_process=True)
    odd = cells(HOSTILE, "$x_1$-a", "b")
    concerns = tuple(Concern(urgency, HOSTILE) for urgency in Urgency)
    students = [student(f"{HOSTILE}{i}", odd, named, said, BY_HAND, concerns=concerns) for i in range(20)]
    return graded_class(odd, *students, mistakes={(HOSTILE.split("-")[0], HOSTILE): Mistake(HOSTILE, HOSTILE)})


def big_class():
    many = [cell for part in ("one", "two") for cell in cells(*(f"e{i}-x" for i in range(30)), notebook=part)]
    grades = [RIGHT, WRONG, SHIFT, LIST, BLANK]
    return graded_class(
        many, *(student(f"s{n:03}", many, *(grades[(n * i + i) % 5] for i in range(60))) for n in range(300))
    )


CLASSES = {
    "ordinary": ordinary_class,
    "hostile": hostile_class,
    "300 students, 60 cells, two notebooks": big_class,
    "nobody": lambda: graded_class(THREE),
    "no cells": lambda: graded_class(()),
    "one student": lambda: graded_class(THREE, student("x", THREE, RIGHT, WRONG, BY_HAND)),
    "nobody graded": lambda: graded_class(THREE, *(student(s, THREE, state=s) for s in (MISSING, WAITING))),
    "all the same": lambda: graded_class(THREE, *(student(name, THREE, RIGHT, RIGHT, RIGHT) for name in "abcdef")),
    "nothing by hand yet": lambda: graded_class(THREE, *(student(n, THREE, BY_HAND, BY_HAND, BY_HAND) for n in "abc")),
    "no points to be had": lambda: graded_class(cells("a", points=0.0), student("x", cells("a"), RIGHT)),
    "extra credit": lambda: graded_class(THREE, *(student(n, THREE, EXTRA, RIGHT, RIGHT) for n in "ab")),
}


def page_of(graded, folder):
    write_html(report_on(graded), folder / "report.html")
    return BeautifulSoup((folder / "report.html").read_bytes(), "html.parser", from_encoding="utf-8")


@pytest.fixture(scope="module", params=CLASSES)
def any_page(request, tmp_path_factory):
    return page_of(CLASSES[request.param](), tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return page_of(ordinary_class(), tmp_path_factory.mktemp("page"))


def section(page, name):
    heading = page.find(id=name)
    return " ".join(heading.find_parent("section").get_text(" ").split())


def everybody(page):
    return page.find(id="everybody").find_parent("section").tbody.find_all("tr")


def card(page, name):
    return " ".join(page.select_one(f'.short a[href="#{name}"]').find_parent("li").get_text(" ").split())


class TestAnyClass:
    """What holds for every page, whatever the class is like."""

    def test_it_loads_nothing_and_runs_nothing(self, any_page):
        assert not any_page.find_all(["script", "link", "iframe", "object", "embed", "base", "form"])
        assert all(image["src"].startswith("data:image/png;base64,") for image in any_page.find_all("img"))
        assert not [tag for tag in any_page.find_all(True) for name in tag.attrs if name.startswith("on")]
        assert not re.search(r"url\(|@import", any_page.style.get_text())

    def test_a_policy_forbids_the_browser_to_do_either(self, any_page):
        policy = any_page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")

    def test_headings_are_in_order_under_a_single_first(self, any_page):
        levels = [int(tag.name[1]) for tag in any_page.find_all(re.compile(r"^h\d$"))]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_tables_have_captions_and_headers_that_say_what_they_head(self, any_page):
        for table in any_page.find_all("table"):
            assert table.caption.get_text(strip=True)
            assert all(header.get("scope") in ("col", "row") for header in table.find_all("th"))

    def test_every_row_has_a_cell_for_every_heading(self, any_page):
        for table in any_page.find_all("table"):
            width = len(table.thead.find_all("th"))
            assert {len(row.find_all(["td", "th"])) for row in table.tbody.find_all("tr")} == {width}

    def test_every_picture_has_a_text_with_its_numbers(self, any_page):
        for image in any_page.find_all("img"):
            assert re.search(r"\d", image["alt"])

    def test_links_within_the_page_lead_somewhere(self, any_page):
        ids = [tag["id"] for tag in any_page.find_all(id=True)]
        assert len(ids) == len(set(ids))
        targets = {link["href"][1:] for link in any_page.find_all("a") if link["href"].startswith("#")}
        assert targets <= set(ids)

    def test_the_four_questions_are_answered_at_the_top(self, any_page):
        answers = [one.get_text(strip=True) for one in any_page.select(".short strong.big")]
        assert len(answers) == 4
        assert all(answers)

    def test_a_wide_table_can_be_scrolled_by_keyboard(self, any_page):
        assert all(box["tabindex"] == "0" and box["role"] == "region" for box in any_page.select(".wide"))

    def test_it_is_no_larger_than_a_mail_may_be(self, any_page):
        assert len(str(any_page)) < 5_000_000


class TestOrdinaryClass:
    """What the page says about a small class with something of everything."""

    def test_it_says_what_became_of_everybody(self, page):
        assert "8 students: 5 graded, 1 could not be graded, 1 handed in, not graded yet, 1 not handed in." in (
            " ".join(page.header.get_text().split())
        )

    def test_how_it_went_is_the_median_of_the_points_given_so_far(self, page):
        # Shares: 0 of 2, 1 of 2, 1 of 3, 2 of 2, 0 of 3.
        assert "Median 33 %" in card(page, "spread")
        assert "Without the 1 point given by hand." in card(page, "spread")

    def test_what_to_teach_again_is_the_mistake_that_most_made(self, page):
        assert "Nothing is shifted 2 students of 5 (softmax)." in card(page, "again")

    def test_whom_to_talk_to_counts_who_has_nothing_and_who_has_little(self, page):
        text = card(page, "talk")
        assert "4 students" in text
        assert "2 below 50 % of the points" in text
        assert "1 attempted nothing." in text
        assert "1 handed nothing in." in text

    def test_what_to_look_at_counts_submissions_without_a_result(self, page):
        assert "2 submissions without a result" in card(page, "look")
        assert "3 answers to be graded by hand." in card(page, "look")

    def test_reasons_stand_beside_names(self, page):
        text = section(page, "look")
        assert "the notebook file is broken flo" in text
        assert "edited: softmax-large cy" in text
        assert "explain (1 point): 3 answers without points" in text

    def test_those_in_most_need_come_first(self, page):
        names = [row.th.bdi.get_text() for row in everybody(page)]
        assert names == ["flo", "hal", "gus", "Ada L.", "ed", "cy", "bo", "di"]

    def test_a_penalty_is_taken_from_the_result_alone(self, page):
        (row,) = [row for row in everybody(page) if row.th.bdi.get_text() == "bo"]
        result, share = (cell.get_text() for cell in row.select("td.n"))
        assert (result, share) == ("0.5/3", "50 %")
        assert "2 hours late, −0.5 points" in " ".join(row.get_text().split())

    def test_a_mistake_without_a_name_is_said_in_its_words(self, page):
        assert "softmax It returns a list. 1 cy" in section(page, "again")

    def test_times_are_said_where_they_were_recorded(self, page):
        text = section(page, "time")
        assert "1.0 s for a submission in the middle" in text
        assert "softmax-large 500 ms 12.5 s cy" in text

    def test_it_warns_of_publishing_it(self, page):
        assert "do not publish it" in " ".join(page.footer.get_text().split())


def test_cells_in_which_the_student_can_interfere_are_named(tmp_path):
    outside = Grade(1.0, "correct", in_student_process=True)
    page = page_of(graded_class(THREE, student("x", THREE, outside, RIGHT, RIGHT)), tmp_path)
    assert "can reach them: softmax-small." in section(page, "look")


def test_students_who_have_a_feedback_page_are_linked_to_it(tmp_path):
    feedback = tmp_path / "feedback" / "a b#c?" / "unit" / "n.html"
    graded = graded_class(THREE, student("a b#c?", THREE, RIGHT, RIGHT, RIGHT, feedback=(feedback,)))
    page = page_of(graded, tmp_path)
    (link,) = [link for link in page.find_all("a") if not link["href"].startswith("#")]
    assert link["href"] == "./feedback/a%20b%23c%3F/unit/n.html"


def test_without_times_the_page_says_so(tmp_path):
    page = page_of(graded_class(THREE, student("x", THREE, RIGHT, RIGHT, RIGHT)), tmp_path)
    assert "No times were recorded" in section(page, "time")


def test_what_students_wrote_is_text(tmp_path):
    page = page_of(hostile_class(), tmp_path)
    assert "<script>alert('1')</script>\"&\ufffd\ufffd\ufffd=$\\frac$" in section(page, "look")


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_stands_out_from_every_ground(page):
    style = page.style.get_text()
    inks = set(re.findall(r"(?<![-\w])color: (#\w{6})", style))
    grounds = {"#ffffff", *re.findall(r"background: (#\w{6})", style)}
    assert len(inks) >= 3
    assert len(grounds) >= 4
    for ink in inks:
        for ground in grounds:
            light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_pictures_are_drawn_twice_as_large_as_they_are_shown(page):
    for image in page.find_all("img"):
        drawn = Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1])))
        assert drawn.size == (2 * int(image["width"]), 2 * int(image["height"]))


def test_pictures_say_what_they_show(page):
    texts = [image["alt"] for image in page.find_all("img")]
    assert (
        texts[0]
        == texts[2]
        == (
            "Bar chart: students by share of the points given so far. "
            "0 to 10 %: 2, 30 to 40 %: 1, 50 to 60 %: 1, 90 to 100 %: 1."
        )
    )
    assert texts[1] == "Bar chart: students who made each mistake. Nothing is shifted 2."
    assert "softmax: 1 all points, 2 some points, 1 no points, 1 not attempted" in texts[3]
    # r = (1 - 3 · 1 / 5) / sqrt((3 - 9/5) (1 - 1/5)), as the answers that wait for a person are in no total.
    assert "softmax-small 60%, r 0.41; softmax-large 20%, r 0.41; explain unknown, r unknown" in texts[4]


def rows_of(file):
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def tables(tmp_path):
    write_csv(report_on(ordinary_class()), tmp_path / "new" / "folder")
    return {file.stem: rows_of(file) for file in (tmp_path / "new" / "folder").iterdir()}


def test_a_line_a_student(tables):
    students = {row["student"]: row for row in tables["students"]}
    assert len(students) == 8
    ada = students["ada"]
    assert (ada["name"], ada["state"], ada["points"], ada["max_points"]) == ("Ada L.", "graded", "0", "3")
    assert (ada["softmax-small"], ada["explain"], ada["misconceptions"]) == ("0", "", "no-shift (softmax)")
    assert (students["bo"]["late_penalty"], students["bo"]["result"]) == ("0.5", "0.5")
    assert (students["gus"]["state"], students["gus"]["points"]) == ("not handed in", "")
    assert students["flo"]["to_look_at"] == "the notebook file is broken"


def test_a_line_a_grade_cell(tables):
    small, _, explain = tables["grade_cells"]
    assert (small["grade_cell"], small["n"], small["difficulty"]) == ("softmax-small", "5", "0.6")
    assert (explain["n"], explain["difficulty"], explain["discrimination"]) == ("2", "", "")


def test_a_line_a_mistake(tables):
    (row,) = tables["misconceptions"]
    assert (row["exercise"], row["misconception"]) == ("softmax", "no-shift")
    assert (row["students"], row["who"]) == ("2", "ada; bo")


def test_no_cell_of_a_spreadsheet_is_a_formula(tmp_path):
    graded = graded_class(THREE, student("=1+1", THREE, RIGHT, RIGHT, RIGHT, name="@cmd"))
    write_csv(report_on(graded), tmp_path)
    (row,) = rows_of(tmp_path / "students.csv")
    assert (row["student"], row["name"]) == ("'=1+1", "'@cmd")


@pytest.mark.parametrize("name", CLASSES)
def test_any_class_can_be_written_as_csv(name, tmp_path):
    graded = CLASSES[name]()
    write_csv(report_on(graded), tmp_path)
    assert len(rows_of(tmp_path / "students.csv")) == len(graded.students)
    assert len(rows_of(tmp_path / "grade_cells.csv")) == len(graded.cells)
