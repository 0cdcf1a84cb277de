"""The student notebooks in JupyterLab, in its light and its dark theme, and the grader's pages, audited by axe-core."""

from __future__ import annotations

import re

import pytest
from nbformat.v4 import new_output
from playwright.sync_api import Page, expect

from autograder.report import write_html
from course.kit.feedback import Result
from course.max_shift import explore
from tests.autograder.report_helpers import ordinary_class, report_on
from tests.browser.axe import audit
from tests.feedback_pages import page_of
from tests.notebooks import ROOT, release

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

UNITS = [folder.name for folder in sorted((ROOT / "release").iterdir())]

OURS = (".jp-RenderedMarkdown", ".jp-OutputArea-output")
"""Where what this course writes stands in JupyterLab: rendered text and outputs. The rest (prompts, editors, toolbars,
the list of cells) is JupyterLab's, the same for every notebook."""

_TRACEBACK = "[data-mime-type='application/vnd.jupyter.error'] *, [data-mime-type='application/vnd.jupyter.stderr'] *"

EXCUSED = {
    # The colours of a traceback: IPython picks them from the terminal's sixteen, JupyterLab says what these are, and
    # makes links of what looks like a path.
    # The colours of code in a text are those of JupyterLab's theme.
    "color-contrast": [_TRACEBACK, ".jp-RenderedMarkdown pre code span"],
    "link-in-text-block": [_TRACEBACK],
    # ipywidgets gives a slider's handle no name and offers none to set (its label belongs to nothing); the label stands
    # before it, the value is read out, and the description below the picture repeats both.
    "aria-input-field-name": [".noUi-handle"],
}

TALL = {"width": 1366, "height": 24_000}
"""A window that shows a whole notebook: axe-core passes over what a window hides."""

_COUNT_VISIBLE = """places => [...document.querySelectorAll(places)].filter(
  element => element.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})).length"""


@pytest.fixture(scope="module")
def window(browser):
    context = browser.new_context(viewport={"width": 1366, "height": 900}, bypass_csp=True)
    context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    page = context.new_page()
    yield page
    expect.set_options(timeout=5_000)
    context.close()


@pytest.fixture(scope="module", params=UNITS)
def notebook(request, lab, window):
    """A student notebook after Run All Cells, with its explorer opened, in the theme that the one before left."""
    address, token = lab
    (path,) = (ROOT / "release" / request.param).glob("*.ipynb")
    window.set_viewport_size({"width": 1366, "height": 900})
    window.goto(f"{address}/lab/tree/{request.param}/{path.name}?token={token}&reset")
    window.get_by_role("button", name="Validate").wait_for()
    expect(window.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    window.get_by_role("menuitem", name="Run", exact=True).click()
    window.get_by_text("Run All Cells", exact=True).click()
    last = window.locator(".jp-CodeCell").filter(has=window.locator(".jp-InputArea-editor", has_text="summary()")).first
    expect(last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=180_000)
    open_explorer(window, request.param)
    yield window
    window.keyboard.press("Control+s")


def open_explorer(page: Page, unit: str) -> None:
    """Answer the prediction that stands before the explorer."""
    sources = [cell.source for cell in release(unit).cells if "reveal=lambda: explore(" in cell.source]
    name = re.search(r'predict\(\s*("[\w-]+")', sources[0])[1]
    form = page.locator(".jp-CodeCell").filter(has=page.locator(".jp-InputArea-editor", has_text=f"{name},")).first
    output = form.locator(".jp-Cell-outputArea")
    if output.get_by_role("textbox").count():
        output.get_by_role("textbox").first.fill("1")
    else:
        output.get_by_role("button").first.click()
    output.get_by_role("button", name="guessing").click()
    output.get_by_role("button", name="Lock in").click()
    expect(output.locator("img.widget-image")).to_have_count(1)


def switch_theme(page: Page) -> str:
    """From light to dark, or back; returns the name of the one that is on now."""
    is_light = page.locator("body").get_attribute("data-jp-theme-light") == "true"
    theme, light = ("JupyterLab Dark", "false") if is_light else ("JupyterLab Light", "true")
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).hover()
    page.get_by_text(theme, exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", theme)
    return theme


def whole_notebook(page: Page) -> None:
    """Make all of the notebook visible, for axe-core too, which takes a body of height 0 for hidden."""
    page.set_viewport_size(TALL)
    page.evaluate("document.body.style.height = '100vh'")
    end = page.locator(".jp-Cell").last.evaluate("cell => cell.getBoundingClientRect().bottom")
    assert end < TALL["height"], "the notebook is longer than the window: make TALL taller"
    settled(page)


def settled(page: Page) -> None:
    """Wait until JupyterLab has laid out all cells, which it does one after another: until then axe-core skips them."""
    seen, still = 0, 0
    for _ in range(120):
        page.wait_for_timeout(500)
        now = page.evaluate(_COUNT_VISIBLE, ", ".join(f"{place} *" for place in OURS))
        still = still + 1 if now == seen else 0
        seen = now
        if still == 2 and seen > 300:
            return
    raise AssertionError(f"{seen} elements are visible, and it does not come to rest")


def test_a_notebook_has_no_serious_violation_in_either_theme(notebook):
    whole_notebook(notebook)
    first = audit(notebook, OURS, EXCUSED)
    theme = switch_theme(notebook)
    settled(notebook)
    second = audit(notebook, OURS, EXCUSED, rules=["color-contrast"])  # a theme changes nothing but colours
    assert {"before": first.serious, theme: second.serious} == {"before": [], theme: []}
    for found in (first, second):
        assert found.passed["color-contrast"] > 150
        assert len(found.unmeasured) <= 5, found.unmeasured  # JupyterLab lays the active cell's toolbar over a few
    assert first.passed["image-alt"] >= 1
    assert first.passed["button-name"] >= 10


def test_the_picture_of_a_live_explorer_is_described_with_its_current_numbers(notebook):
    notebook.set_viewport_size({"width": 1366, "height": 900})
    output = notebook.locator(".jp-Cell-outputArea").filter(has=notebook.locator("img.widget-image"))
    picture, status = output.locator("img.widget-image"), output.locator("[role=status]").last
    before = picture.get_attribute("title")
    assert len(before) > 100
    expect(status).to_have_text(before)
    slider = output.get_by_role("slider").first
    at_the_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
    slider.focus()
    assert slider.evaluate("handle => getComputedStyle(handle).outlineStyle") == "solid"  # the focus can be seen
    notebook.keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
    expect(picture).not_to_have_attribute("title", before)
    expect(status).to_have_text(picture.get_attribute("title"))


def graded_notebook():
    """Unit 03 as it comes back to a student, with every kind of output that a page can hold."""
    cells = release("03-max-shift").cells
    for cell in cells:
        about = cell.metadata.get("nbgrader", {})
        about.update({"score": 0.5} if about.get("grade") else {})
        about.update({"comment": "Well reasoned. See `logsumexp`."} if about.get("solution") else {})
    known = {"misconception": "no-shift", "title": "Nothing is shifted", "hints": ("Look at the largest.",)}
    details = {"details": (("input", "[1000, 1]"),), "passed": ("small",), "failed": ("large",)}
    results = [
        Result("softmax", "large-logits", "correct", "Fine."),
        Result("softmax", None, "incorrect", "The `sum` overflowed.", **known, **details),
        Result("softmax", None, "not attempted", "No answer yet."),
    ]
    explorer = explore()
    shown = [*results, results[1].hint(1), explorer.picture()]
    pages = [one.html() if hasattr(one, "html") else one._repr_html_() for one in shown]
    raised = ["\x1b[0;31mValueError\x1b[0m", "\x1b[0;32mCell In[3]\x1b[0m \x1b[36mraise\x1b[0m \x1b[33m1\x1b[0m"]
    code = [cell for cell in cells if cell.cell_type == "code"]
    code[0].outputs = [new_output("display_data", {"text/html": p}) for p in (*pages, explorer.reading().cards_html())]
    code[1].outputs = [
        new_output("stream", name="stdout", text="hello"),
        new_output("stream", name="stderr", text="UserWarning: careful"),
        new_output("error", ename="ValueError", evalue="no", traceback=raised),
    ]
    return page_of(*cells, score=3.5, max_score=30, late_penalty=1)


@pytest.fixture
def offline(window):
    """The window, from which no page reaches the network."""
    window.route(re.compile("^https?:"), lambda route: route.abort())
    yield window
    window.unroute_all()


def test_a_feedback_page_has_no_serious_violation(offline, tmp_path):
    (tmp_path / "feedback.html").write_text(graded_notebook(), encoding="utf-8")
    offline.goto((tmp_path / "feedback.html").as_uri())
    found = audit(offline)
    assert found.serious == found.unmeasured == []
    assert found.passed["color-contrast"] > 1000
    assert found.passed["image-alt"] >= 1


def test_a_class_report_has_no_violation_at_all(offline, tmp_path):
    write_html(report_on(ordinary_class()), tmp_path / "report.html")
    offline.goto((tmp_path / "report.html").as_uri())
    found = audit(offline)
    assert list(found.violations) == found.unmeasured == []
    assert found.passed["color-contrast"] > 100
    assert found.passed["image-alt"] >= 5


def test_the_audit_finds_what_is_wrong_and_excuses_only_what_it_is_told_to(offline):
    page = (
        '<html lang="en"><title>t</title><main><h1>T</h1><img src="data:,"><p style="color:#aaa">pale</p></main></html>'
    )
    offline.goto("about:blank")
    offline.set_content(page)
    found = audit(offline)
    assert tuple(map(int, found.version.split("."))) >= (4, 8)
    assert sorted(line.partition(":")[0] for line in found.serious) == ["color-contrast", "image-alt"]
    excused = audit(offline, excused={"image-alt": ["main > img"], "color-contrast": ["h1"]})
    assert [line.partition(":")[0] for line in excused.serious] == ["color-contrast"]
