"""What a screen reader finds its way by in a student's notebook: headings in order, described pictures, full tables."""

import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from nbconvert.filters import markdown2html

from tests.notebooks import ROOT, release

UNITS = [folder.name for folder in sorted((ROOT / "source").iterdir())]
MORE_THAN_A_LABEL = 30


@pytest.fixture(scope="module", params=UNITS)
def text(request):
    """A student notebook's text cells as nbconvert renders them, one page."""
    cells = [cell for cell in release(request.param).cells if cell.cell_type == "markdown"]
    page = "".join(f'<div id="{cell.id}">{markdown2html(cell.source)}</div>' for cell in cells)
    return BeautifulSoup(page, "html.parser")


def where(element):
    return element.find_parent("div", id=True)["id"]


def test_there_is_one_first_heading_and_no_level_is_skipped(text):
    headings = text.find_all(re.compile(r"^h[1-6]$"))
    levels = [int(heading.name[1]) for heading in headings]
    assert levels[0] == 1 and levels.count(1) == 1
    for (before, after), heading in zip(pairwise(levels), headings[1:], strict=True):
        assert after <= before + 1, f"{where(heading)}: {heading.get_text()}"


def test_headings_have_words_and_no_two_in_a_row_are_the_same(text):
    words = [" ".join(heading.get_text().split()) for heading in text.find_all(re.compile(r"^h[1-6]$"))]
    assert all(words)
    assert all(before != after for before, after in pairwise(words))


def test_every_picture_is_described(text):
    for image in text.find_all("img"):
        alt = image.get("alt", "")
        badge = image.parent.name == "a"  # its link's name: what following it does
        assert len(alt) > (5 if badge else MORE_THAN_A_LABEL), f"{where(image)}: {alt!r}"


def test_every_table_has_a_header_for_every_column(text):
    tables = text.find_all("table")
    assert tables
    for table in tables:
        headers = [header.get_text(strip=True) for header in table.thead.find_all("th")]
        assert all(headers), f"{where(table)}: {headers}"
        assert {len(row.find_all("td")) for row in table.tbody.find_all("tr")} == {len(headers)}, where(table)


def test_what_can_be_unfolded_says_what_is_in_it(text):
    for details in text.find_all("details"):
        assert details.summary is not None and details.summary.get_text(strip=True), where(details)


def test_links_say_where_they_lead(text):
    for link in text.find_all("a", href=True):
        if "anchor-link" in link.get("class", ()):
            continue  # nbconvert puts these at headings
        words = link.get_text(strip=True) or "".join(image.get("alt", "") for image in link.find_all("img"))
        assert words.lower() not in ("", "here", "link", "this"), f"{where(link)}: {link}"
