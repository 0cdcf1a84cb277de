"""The exporter of feedback pages, for `GenerateFeedback.exporter_class`: nothing of a student's can run in them."""

from __future__ import annotations

import base64
import copy
import hashlib
import html
import re
from collections.abc import Mapping
from posixpath import dirname
from typing import Any

from bs4 import BeautifulSoup
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from traitlets import default

from autograder.pages.machine_paths import without_folders, without_places
from autograder.pages.safe_html import clean, clean_latex, is_still
from course.kit.feedback import RESULT_MIME

_PICTURES = ("image/png", "image/jpeg")

# nbgrader's template has links that only colour tells from text, and colours with a contrast below 4.5.
_READABLE = """<style>
a { color: #1f5486; text-decoration: underline; }
div.nbgrader_cell .panel-heading a { color: #fff; }
div.nbgrader_cell .panel-heading { background: #2a6496; }
li.late-penalty { color: #a3261f; }
div.input_area, .highlight, .highlight pre { background: #fff; }
a:focus-visible, summary:focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
</style>
"""


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback page, in which nothing of the student's can run.

    Outputs are cleaned before, and Markdown after it has been rendered. Besides, the page's own content security policy
    forbids all scripts but those of the template (MathJax), so that no browser would run what cleaning overlooked.
    """

    @default("skip_svg_encoding")
    def _encode_svg(self):
        return False

    def from_notebook_node(self, nb: NotebookNode, resources: dict | None = None, **kwargs: Any):
        """The page and the resources; nbconvert's contract."""
        page, resources = super().from_notebook_node(_presentable(nb), resources, **kwargs)
        page = page.replace("<head>", f"<head>\n{_policy(page)}", 1)
        page = page.replace("<html>", f'<html lang="{html.escape(self.language_code)}">', 1)
        return page.replace("</head>", f"{_READABLE}</head>", 1), resources

    @pass_context
    def markdown2html(self, context, source):
        """Markdown, of a cell, an output or a comment, as safe HTML."""
        return clean(super().markdown2html(context, source))


def _presentable(notebook: NotebookNode) -> NotebookNode:
    notebook = copy.deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        # They would become attributes of the page.
        for key in ("tags", "magics_language"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = [_safe(output) for output in cell.outputs]
        elif cell.cell_type == "raw":
            cell.source = clean(cell.source)
    return notebook


def _safe(output: NotebookNode) -> NotebookNode:
    if output.output_type == "stream":
        output.text = without_places(_text(output.text))
    elif output.output_type == "error":
        output.traceback = [without_folders(_text(line)) for line in output.traceback]
    else:
        output.data = NotebookNode(_safe_data(output.data))
        output.metadata = NotebookNode(_sizes(output.get("metadata", {})))
    return output


def _safe_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of the forms in which a cell displayed something, those that can be shown safely, made safe."""
    # No template shows the data of a result; HideTests, which runs after this, reads them.
    kept = {RESULT_MIME: data[RESULT_MIME]} if RESULT_MIME in data else {}
    for mime, content in data.items():
        text = _text(content)
        if mime == "text/html":
            kept[mime] = clean(without_places(text))
        elif mime == "text/latex":
            kept[mime] = clean_latex(without_places(text))
        elif mime in ("text/plain", "text/markdown"):
            kept[mime] = without_places(text)
        elif mime in _PICTURES:
            kept[mime] = re.sub(r"[^A-Za-z0-9+/=]", "", text)
        elif mime == "image/svg+xml" and is_still(text):
            kept[mime] = text
    return kept


def _sizes(metadata: Mapping[str, Any]) -> dict[str, dict]:
    """The size of a picture; the template writes it into an attribute without quotation marks."""
    sizes = {}
    for mime in _PICTURES:
        entry = metadata.get(mime)
        entry = entry if isinstance(entry, Mapping) else {}
        kept = {key: entry[key] for key in ("width", "height") if type(entry.get(key)) in (int, float)}
        if isinstance(entry.get("alt"), str):
            kept["alt"] = entry["alt"]
        sizes[mime] = kept
    return {mime: entry for mime, entry in sizes.items() if entry}


def _text(content: object) -> str:
    return "".join(content) if isinstance(content, list) else str(content)


def _policy(page: str) -> str:
    """A content security policy that lets the scripts in the page's head run, and the fonts beside them load."""
    head = BeautifulSoup(page[: page.find("</head>")], "html.parser")
    places, hashes = set(), set()
    for script in head.find_all("script"):
        if script.get("src"):
            places.add(f"{dirname(script['src'].split('?')[0])}/")
        elif script.get("type", "text/javascript") in ("text/javascript", "module"):
            hashes.add(f"'sha256-{base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()}'")
    # MathJax evaluates its own configuration.
    scripts = " ".join([*sorted(places), *sorted(hashes), "'unsafe-eval'"] if places or hashes else ["'none'"])
    rules = {
        "default-src": "'none'",
        "script-src": scripts,
        "style-src": " ".join(["'unsafe-inline'", *sorted(places)]),
        "font-src": " ".join(["data:", *sorted(places)]),
        "img-src": "data: https:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    content = "; ".join(f"{name} {value}" for name, value in rules.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{html.escape(content)}"/>\n'
