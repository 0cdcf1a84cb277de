"""What the front end can show: whether widgets would live there, and HTML with text for where HTML stays away."""

from __future__ import annotations

import html
import importlib
import os
import re
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

OLDEST = (7, 7)
"""The oldest ipywidgets, as (major, minor), whose interface the course relies on."""

BLANK_IN_VS_CODE = "8.1.9"
"""The ipywidgets that draws nothing in VS Code."""

_STILL = "Sliders become still pictures and predictions open by themselves; exercises and checks work."

_NO_VIEW = (
    "Widgets do not show here. For still pictures and open results run  %env COURSE_INTERACTIVE=0  and this cell "
    "again; exercises and checks work."
)


def interactive(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether someone sits in front of this kernel with a front end that runs widgets.

    The environment variable COURSE_INTERACTIVE, 0 or 1, decides where it is set. Otherwise the kernel must have been
    started by a Jupyter server for a notebook, by Colab, by an interactive Kaggle session or by VS Code. A kernel that
    nbclient, nbconvert or nbgrader starts has nobody in front of it.
    """
    wish = environ.get("COURSE_INTERACTIVE", "")
    if wish in ("0", "1"):
        return wish == "1"
    shell = _shell()
    if getattr(shell, "kernel", None) is None:
        return False
    return (
        "JPY_SESSION_NAME" in environ
        or "google.colab" in sys.modules
        or environ.get("KAGGLE_KERNEL_RUN_TYPE") == "Interactive"
        or "__vsc_ipynb_file__" in shell.user_ns
    )


def widgets() -> ModuleType | None:
    """The ipywidgets module, or None where it would not work, after one printed line that says what still does."""
    try:
        module = importlib.import_module("ipywidgets")
        trouble = _trouble(module.__version__)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "ipywidgets"
        trouble = "ipywidgets is missing." if missing else f"ipywidgets is broken ({_first_line(error)})."
    except Exception as error:  # a half-upgraded installation can raise anything while it is imported
        trouble = f"ipywidgets is broken ({_first_line(error)})."
    if not trouble:
        return module
    print(f"{trouble} {_STILL} To mend it run  %pip install ipywidgets==8.1.8  and restart the kernel.")
    return None


def live_widgets() -> ModuleType | None:
    """The ipywidgets module where there is someone to use it, else None; prints a line only where one is missed."""
    return widgets() if interactive() else None


def _trouble(version: str) -> str:
    numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:2])
    if numbers < OLDEST:
        return f"ipywidgets {version} is older than {'.'.join(map(str, OLDEST))}."
    if version == BLANK_IN_VS_CODE and "__vsc_ipynb_file__" in getattr(_shell(), "user_ns", {}):
        return f"ipywidgets {version} draws nothing in VS Code."
    return ""


def _shell() -> Any:
    """The running IPython, or None; IPython is not imported for it."""
    if "IPython" not in sys.modules:
        return None
    return sys.modules["IPython"].get_ipython()


class Rich:
    """A piece of HTML with the text that says the same, as one mime bundle."""

    def __init__(self, page: str, text: str) -> None:
        self.page = page
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.page}


def show(thing: object) -> None:
    """Display `thing` in a notebook; print its text in a plain interpreter. None shows nothing."""
    if thing is None:
        return
    if _shell() is None:
        print(thing)
        return
    from IPython.display import display

    display(thing)


def show_widget(widget: Any, text: str) -> None:
    """Display a widget with `text` for wherever its view cannot be drawn: in a saved notebook, or in a front end
    without a widget manager, of which no kernel can know. A first line says what to do there.

    The bundle is built here because ipywidgets 7 offers no way to give a widget a text of one's own.
    """
    from IPython.display import display

    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({"text/plain": f"{_NO_VIEW}\n{text}", "application/vnd.jupyter.widget-view+json": view}, raw=True)


def escape(text: object) -> str:
    """`text` as it may stand in HTML and in an attribute's double quotes."""
    return html.escape(str(text), quote=True)


_CODE = re.compile(r"`([^`]+)`")
# A word or more between single asterisks, which touch it inside and neither a word nor a bracket outside.
_EMPHASIS = re.compile(r"(?<![\w*.)\]])\*(?=[^\W\d_])([^*]*[^\W\d_])\*(?![\w*(\[])")


def marked(text: str) -> str:
    """HTML of `text`: escaped, what stands between two backticks set as code, and *what stands so* as emphasis.

    `text` may be anybody's. No tag comes from it but these two, and each that is opened is closed.
    """
    pieces = _CODE.split(text)  # text, code, text, …, text
    code = '<code style="background:transparent;color:inherit;font-weight:600;">{}</code>'
    return "".join(
        code.format(escape(piece)) if i % 2 else _EMPHASIS.sub(r"<em>\1</em>", escape(piece))
        for i, piece in enumerate(pieces)
    )


def plain(text: str) -> str:
    """`text` without the backticks that mark code."""
    return text.replace("`", "")


def one_line(error: BaseException) -> str:
    """An exception in one readable line of at most 200 characters: its type and the first line of its message."""
    message = _first_line(error)
    name = type(error).__name__
    return name if message == name else f"{name}: {message}"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    line = lines[0] if lines else type(error).__name__
    return line if len(line) <= 200 else f"{line[:199]}…"
