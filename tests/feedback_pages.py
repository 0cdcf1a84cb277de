"""The feedback page that nbgrader would make of some cells, without a gradebook."""

from __future__ import annotations

from pathlib import Path

import nbgrader
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from traitlets.config import Config

from autograder.feedback_page import FeedbackExporter

TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"


def page_of(*cells: NotebookNode, score: float = 1, max_score: float = 2, late_penalty: float = 0) -> str:
    """The page as HTML. Cells carry scores, points and comments in their metadata, where nbgrader puts them."""
    config = Config()
    config.HTMLExporter.template_name = "feedback"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES / "templates")]
    config.HTMLExporter.extra_template_paths = [str(TEMPLATES / "static/node_modules/bootstrap/dist/css")]
    about = {"score": score, "max_score": max_score, "late_penalty": late_penalty, "notebook": "doubling"}
    return FeedbackExporter(config=config).from_notebook_node(new_notebook(cells=list(cells)), {"nbgrader": about})[0]
