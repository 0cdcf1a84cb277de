"""A student's hour with unit 03, in JupyterLab, in a real browser, with the keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from course.max_shift.misconceptions import MISCONCEPTIONS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

NOTEBOOK = "03-max-shift/max_shift.ipynb"

NO_SHIFT = """def softmax(logits, dim=-1):
powers = logits.exp()
return powers / powers.sum(dim, keepdim=True)"""

RIGHT = """def softmax(logits, dim=-1):
highest, _ = torch.max(logits, dim, keepdim=True)
powers = (logits - highest).exp()
return powers / powers.sum(dim, keepdim=True)"""


@pytest.fixture(scope="module")
def notebook(lab, browser):
    """The student notebook after Run All Cells, in a page that all steps of this module share."""
    address, token = lab
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{address}/lab/tree/{NOTEBOOK}?token={token}")
    page.get_by_role("button", name="Validate").wait_for()
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=120_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    last = cell(page, "summary()")
    expect(last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=120_000)
    yield page
    context.close()


def cell(page: Page, code: str) -> Locator:
    """The code cell in whose input `code` stands."""
    return page.locator(".jp-CodeCell").filter(has=page.locator(".jp-InputArea-editor", has_text=code)).first


def press_until_focused(page: Page, target: Locator, key: str = "Tab", most: int = 40) -> None:
    """Walk to `target` with a key alone."""
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement || element.contains(document.activeElement)"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{most} times {key} did not reach {target}")


def write(page: Page, place: Locator, source: str) -> None:
    """Replace a cell's source by typing, the editor indenting by itself, and run it."""
    place.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(source)
    page.keyboard.press("Shift+Enter")


def run(page: Page, place: Locator) -> None:
    """Run one cell as it stands."""
    place.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def test_the_set_up_cell_says_what_is_here(notebook):
    expect(cell(notebook, "setup.ready(").locator(".jp-Cell-outputArea")).to_contain_text("Ready: torch")


def test_run_all_goes_past_unanswered_cells_and_shows_no_error_but_theirs(notebook):
    tracebacks = notebook.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").all()
    assert tracebacks
    for traceback in tracebacks:
        assert "NotImplementedError" in traceback.text_content()  # some are scrolled away, and have no inner text
    expect(cell(notebook, "check.softmax(softmax)  #")).to_contain_text("not attempted")


def test_a_prediction_opens_its_result_only_once_it_is_locked_in_and_by_keyboard(notebook):
    place = cell(notebook, '"row-two"')
    output = place.locator(".jp-Cell-outputArea")
    lock = output.get_by_role("button", name="Lock in")
    expect(lock).to_be_disabled()
    expect(output).not_to_contain_text("tensor(")
    option = output.get_by_role("button", name="nan, 0, nan")
    option.focus()
    notebook.keyboard.press("Enter")
    expect(option).to_have_accessible_name("◉ nan, 0, nan")
    sure = output.get_by_role("button", name="fairly sure")
    press_until_focused(notebook, sure)
    notebook.keyboard.press("Enter")
    expect(lock).to_be_enabled()
    press_until_focused(notebook, lock)
    notebook.keyboard.press("Enter")
    expect(output.get_by_role("button", name="Locked in")).to_be_visible()
    expect(output).to_contain_text("tensor(")
    expect(output).to_contain_text("a published article prints exactly that")


def test_the_explorer_opens_behind_its_prediction_and_its_picture_follows_the_slider_by_keyboard(notebook):
    output = cell(notebook, '"window"').locator(".jp-Cell-outputArea")
    expect(output.locator("img")).to_have_count(0)
    output.get_by_role("textbox").fill("150")
    output.get_by_role("button", name="guessing").click()
    output.get_by_role("button", name="Lock in").click()
    picture = output.locator("img.widget-image")
    expect(picture).to_have_count(1)
    expect(output).to_contain_text("c = 1000")
    before = picture.get_attribute("src")
    slider = output.get_by_role("slider").nth(1)
    slider.focus()
    for _ in range(5):
        notebook.keyboard.press("ArrowLeft")
    expect(picture).not_to_have_attribute("src", before)
    expect(output).to_contain_text("c = 995")
    expect(picture).to_have_attribute("title", re.compile(r"c = 995\b"))
    output.get_by_role("button", name="Reset").click()
    expect(output).to_contain_text("c = 1000")
    output.get_by_role("button", name="c = 0", exact=True).click()
    expect(output).to_contain_text("nan")


PICTURES = """image => {
    window.pictures = 0;
    new MutationObserver(changes => { window.pictures += changes.length; }).observe(image, {attributeFilter: ["src"]});
}"""


def test_a_fast_drag_drops_what_lies_between_and_shows_where_it_ended(notebook):
    output = cell(notebook, '"window"').locator(".jp-Cell-outputArea")
    picture = output.locator("img.widget-image")
    output.get_by_role("button", name="Reset").click()
    expect(picture).to_have_attribute("title", re.compile(r"c = 1000\b"))
    slider = output.locator(".noUi-base").nth(1)
    slider.scroll_into_view_if_needed()
    place = slider.bounding_box()
    slider.hover(position={"x": place["width"] * 0.95, "y": place["height"] / 2}, force=True)
    place, moves = slider.bounding_box(), 60
    picture.evaluate(PICTURES)
    notebook.mouse.down()
    notebook.mouse.move(place["x"] + place["width"] * 0.3, place["y"] + place["height"] / 2, steps=moves)
    notebook.mouse.up()
    readout = output.locator(".widget-readout").nth(1)
    expect(readout).not_to_have_text("1000")
    notebook.wait_for_timeout(300)  # for the last of the mouse's events to reach the slider
    where = readout.inner_text().replace("-", "−")
    expect(picture).to_have_attribute("title", re.compile(rf"c = {re.escape(where)}\b"))
    expect(output).to_contain_text(f"c = {where}.")
    shown = notebook.evaluate("window.pictures")
    assert 1 <= shown <= moves / 2
    notebook.wait_for_timeout(500)
    assert notebook.evaluate("window.pictures") == shown  # nothing was left in a queue


def test_a_wrong_softmax_is_called_by_its_mistake_and_a_right_one_accepted(notebook):
    exercise, check = cell(notebook, "def softmax(logits, dim=-1):"), cell(notebook, "check.softmax(softmax)  #")
    write(notebook, exercise, NO_SHIFT)
    run(notebook, check)
    (known,) = [m for m in MISCONCEPTIONS["softmax"] if m.name == "no-shift"]
    expect(check).to_contain_text(f"softmax: incorrect — {known.title} [no-shift]")
    expect(check).to_contain_text(known.explanation.replace("`", ""))
    expect(check).to_contain_text("still wrong: large-logits")
    write(notebook, exercise, RIGHT)
    run(notebook, check)
    expect(check).to_contain_text("softmax: correct")
    grade = cell(notebook, 'check.softmax(softmax, "large-logits").require()')
    run(notebook, grade)
    expect(grade).to_contain_text("softmax · large-logits: correct")


def test_validate_lists_what_is_still_missing_and_nothing_that_is_done(notebook):
    notebook.get_by_role("button", name="Validate").click()
    dialog = notebook.get_by_role("dialog")
    expect(dialog).to_contain_text("check.logsumexp(logsumexp", timeout=180_000)
    expect(dialog).not_to_contain_text("check.softmax(softmax, ")
