"""Makes an executed notebook fit to be shown: to its student without hidden tests, and in a teacher's browser without
anything that could run there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping

import nbformat
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import LimitOutput
from traitlets.config import Config

from autograder.pages.machine_paths import without_places
from autograder.pages.safe_html import clean, clean_latex

_KNOWN_OUTPUTS = {
    "stream": {"name", "text"},
    "error": {"ename", "evalue", "traceback"},
    "display_data": {"data", "metadata"},
    "execute_result": {"data", "metadata", "execution_count"},
}

_MARKUP = re.compile(r"<[a-zA-Z/!?]|&#|&[a-zA-Z]+;|javascript", re.IGNORECASE)

_MIME_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")


def without_hidden_tests(source: str, marks: tuple[str, str]) -> str:
    """The source without the regions of hidden tests, as nbgrader's ClearHiddenTests leaves it."""
    begin, end = marks
    kept, inside = [], False
    for line in source.split("\n"):
        inside = inside or begin in line
        if not inside:
            kept.append(line)
        inside = inside and end not in line
    return "\n".join(kept)


def present(
    notebook: NotebookNode,
    *,
    trusted: Iterable[int],
    students: Iterable[int],
    marks: tuple[str, str],
    config: Config | None = None,
) -> None:
    """Edit an executed notebook in place.

    Args:
        trusted: indices of the cells whose outputs the grader made itself.
        students: indices of the cells whose text is the student's.
        marks: what opens and closes a region of hidden tests.
        config: the course's; nbgrader's LimitOutput reads it.
    """
    trusted, students = frozenset(trusted), frozenset(students)
    shorten = LimitOutput(config=config)
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            if utils.is_grade(cell) and not utils.is_solution(cell):
                cell.source = without_hidden_tests(cell.source, marks)
            if index not in trusted:
                cell.outputs = [_plain(output) for output in cell.outputs if _well_formed(output)]
            shorten.preprocess_cell(cell, {}, index)
        elif index in students:
            cell.source = _safe_text(cell.source, cell.get("attachments", {}))


def _well_formed(output: Mapping) -> bool:
    """Whether the output is one that the notebook format knows, of plain strings where strings belong."""
    kind = output.get("output_type")
    if kind not in _KNOWN_OUTPUTS or not _KNOWN_OUTPUTS[kind] - {"execution_count"} <= set(output):
        return False
    if kind == "stream":
        return output["name"] in ("stdout", "stderr") and isinstance(output["text"], str)
    if kind == "error":
        lines = output["traceback"]
        return isinstance(lines, list) and all(
            isinstance(line, str) for line in (output["ename"], output["evalue"], *lines)
        )
    data = output["data"]
    return isinstance(data, Mapping) and isinstance(output["metadata"], Mapping)


def _plain(output: NotebookNode) -> NotebookNode:
    """The output without anything that the format does not know, and without paths of this machine."""
    kind = output["output_type"]
    plain = {"output_type": kind, **{key: output[key] for key in _KNOWN_OUTPUTS[kind] if key in output}}
    if kind == "stream":
        plain["text"] = without_places(plain["text"])
    elif kind == "error":
        for key in ("ename", "evalue"):
            plain[key] = without_places(plain[key])
        plain["traceback"] = [without_places(line) for line in plain["traceback"]]
    else:
        plain["metadata"] = {}
        shown = {mime: data for mime, data in plain["data"].items() if isinstance(mime, str) and isinstance(data, str)}
        plain["data"] = {mime: _safe(mime, data) for mime, data in shown.items() if mime in _MIME_TYPES}
    return nbformat.from_dict(plain)


def _safe(mime: str, data: str) -> str:
    """What cannot run in a browser: HTML without scripts, or a picture without anything that is no base64, as it goes
    into an attribute as it is."""
    if mime.startswith("image/"):
        return re.sub(r"[^A-Za-z0-9+/=]", "", data)
    # nbconvert shows LaTeX as it is, so that it is HTML too.
    return without_places(data) if mime == "text/plain" else clean(without_places(data))


def _safe_text(source: str, pictures: Mapping[str, object]) -> str:
    """A student's Markdown, cleaned where it holds HTML, and shown as it was typed where it cannot be rendered."""
    source = clean(source) if _MARKUP.search(source) else clean_latex(source)
    if "ttachment" in html.unescape(source).replace("\\", ""):
        try:
            MarkdownWithMath(renderer=IPythonRenderer(escape=False, attachments=pictures)).render(source)
        except InvalidNotebook:  # a picture that is not there: nbconvert would give up the whole page
            return f"    {source}".replace("\n", "\n    ").replace("ttachment", "ttached picture")
    return source
