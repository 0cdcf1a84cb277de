"""The first cell of every notebook: finds the course, and says in a line what is here and what is not.

Importing this needs the standard library only. Nothing is ever installed but the course itself, and never from here:
Colab and Kaggle bring a torch, NumPy, IPython and ipywidgets that fit each other, and changing one breaks the rest.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.kit.frontend import BLANK_IN_VS_CODE, one_line

SETUP_CELL = """\
# Finds the course: installed, in the clone around this notebook, or installed now. Touches nothing else.
import os
import subprocess
import sys
from pathlib import Path

PUBLISHED = "{published}"  # where the course is published, as "owner/repository@tag"
try:
    from course.kit import setup
except ImportError:
    setup = None
if setup is None:
    sys.modules.pop("course", None)  # some other folder of that name
    clone = next((folder for folder in Path.cwd().parents if (folder / "course/kit/setup.py").exists()), None)
    source = os.environ.get("COURSE_WHEEL") or (PUBLISHED and f"git+https://github.com/{{PUBLISHED}}")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", source]
    if clone:
        sys.path.insert(0, str(clone))
    elif not source:
        sys.exit('Course not found. Open this notebook in its repository or set PUBLISHED = "owner/repository@tag".')
    elif subprocess.run(install, capture_output=True).returncode:
        sys.exit(f"Course not found, and {{source}} could not be installed. Is there a network? The text needs none.")
    from course.kit import setup

setup.ready("{unit}")
"""
"""The set-up cell, to be filled in by `setup_cell`. The environment variable COURSE_WHEEL may name a wheel of the
course, or its folder, for machines without internet."""

PYTHON = (3, 10)


@dataclass(frozen=True)
class Need:
    """A package that the notebooks use, and what it costs to be without it."""

    distribution: str
    """Name by which it is installed, as in pyproject.toml."""

    module: str
    minimum: str
    without: str
    """What does not work without it, and what still does: one sentence."""

    vital: bool = False
    """Whether the exercises need it."""

    install: str = ""
    """What pip is to install where any recent version will not do."""


_GOOD = "8.1.8"  # of ipywidgets: the last one before BLANK_IN_VS_CODE
_STILL = "Sliders become still pictures and predictions open by themselves; exercises and checks work."

NEEDS = (
    Need("torch", "torch", "2.4", "You can read on, but no code cell below will run.", vital=True),
    Need("numpy", "numpy", "1.26", "You can read on, but checks and pictures will not run.", vital=True),
    Need("mpmath", "mpmath", "1.3", "You can read on, but explorers and checks will not run.", vital=True),
    Need("ipython", "IPython", "7.34", "Results appear as plain text."),
    Need("matplotlib", "matplotlib", "3.8", "Pictures stay away; text, exercises and checks work."),
    Need("ipywidgets", "ipywidgets", "7.7.1", _STILL, install=f"ipywidgets=={_GOOD}"),
)


@dataclass(frozen=True)
class State:
    """What the machine has and lacks."""

    line: str
    """Starts with `Ready`, `Ready, with limits` or `Not ready`."""

    notes: tuple[str, ...]
    """One line for each thing that is missing, with what to do about it."""

    def __str__(self) -> str:
        return "\n".join((self.line, *self.notes))


def setup_cell(unit: str, published: str = "") -> str:
    """Source of the set-up cell of unit `"03-max-shift"`.

    `published` is `"owner/repository@tag"`, or empty where the course is not published.
    """
    return SETUP_CELL.format(unit=unit, published=published).rstrip("\n")


def ready(unit: str) -> None:
    """Print one line that says what is here, and one more for each thing that is missing. Changes nothing."""
    print(survey(unit))


def survey(unit: str) -> State:
    """Look at Python, the packages, the platform and the folder, as `unit` needs them."""
    place = platform()
    lacks = [(need, *lack) for need in NEEDS if (lack := _lack(need))]
    notes = [
        f"- {what}: {need.without} To mend it run  %pip install {package}  and restart the kernel."
        for need, what, package in lacks
    ]
    vital = any(need.vital for need, *_ in lacks)

    if sys.version_info < PYTHON:
        vital = True
        notes.insert(0, f"- Python {sys.version.split()[0]} is too old: choose a kernel with 3.10 or newer.")
    torch, trouble = _torch()
    if trouble:
        vital = True
        notes.append(trouble)
    notes += filter(None, (_unit_is_unknown(unit), _blank_widgets(place), _no_gpu(place, torch), _read_only()))

    parts = [torch] if torch else []
    if "ipywidgets" not in {need.module for need, *_ in lacks}:
        parts.append(f"ipywidgets {_version('ipywidgets')}")
    word = "Not ready" if vital else "Ready, with limits" if notes else "Ready"
    return State(f"{word}: {', '.join([*parts, place])}", tuple(notes))


def platform(environ: Mapping[str, str] = os.environ) -> str:
    """Where this notebook runs: Kaggle, Colab, Binder, VS Code, Jupyter, a bare kernel or plain Python.

    By what each documents or sets for this purpose: environment variables of Kaggle's and Colab's images, BinderHub's
    and Jupyter Server's, and the variable VS Code puts into the notebook's namespace. A kernel cannot tell JupyterLab
    from Notebook 7.
    """
    shell = _shell()
    if "KAGGLE_KERNEL_RUN_TYPE" in environ:
        return "Kaggle"
    if "google.colab" in sys.modules or "COLAB_RELEASE_TAG" in environ:
        return "Colab"
    if "BINDER_LAUNCH_HOST" in environ or "BINDER_REPO_URL" in environ:
        return "Binder"
    if shell is not None and "__vsc_ipynb_file__" in shell.user_ns:
        return "VS Code"
    if "JPY_SESSION_NAME" in environ:
        return "Jupyter"
    if "VSCODE_PID" in environ:
        return "VS Code"
    if getattr(shell, "kernel", None) is not None:
        return "Jupyter kernel"
    return "plain Python"


def _shell() -> Any:
    """The running IPython, or None."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


def _lack(need: Need) -> tuple[str, str] | None:
    """What is wrong with a package and what pip needs to hear, or None if it is here and new enough."""
    if not _is_there(need.module):
        return f"{need.distribution} is missing", need.install or need.distribution
    found = _version(need.distribution)
    if _numbers(found) and _numbers(found) < _numbers(need.minimum):
        package = need.install or f'"{need.distribution}>={need.minimum}"'
        return f"{need.distribution} {found} is older than {need.minimum}", package
    return None


def _is_there(module: str) -> bool:
    """Whether a module could be imported. An empty folder of that name, as a broken removal leaves, does not count."""
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None


def _version(distribution: str) -> str:
    """The installed version, or an empty string where the package came without metadata or with a part of it."""
    try:
        return importlib.metadata.version(distribution) or ""
    except importlib.metadata.PackageNotFoundError:
        return ""


def _numbers(version: str) -> tuple[int, ...]:
    """`(8, 1, 8)` for `"8.1.8"`; what follows the numbers, as in `"2.5.0a0+git"`, does not count. `()` without any."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(n) for n in numbers.group().split(".")) if numbers else ()


def _torch() -> tuple[str, str]:
    """torch's version and device, or why it does not load; two empty strings where it is not installed."""
    if not _is_there("torch"):
        return "", ""
    try:
        import torch
    except Exception as error:  # a shared library that does not fit the system, or half an upgrade: anything
        trouble = f"torch is installed but does not load ({one_line(error)})"
        return "", f"- {trouble}: you can read on, but no code cell below will run."
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return f"torch {torch.__version__.split('+')[0]} on {where}", ""


def _unit_is_unknown(unit: str) -> str:
    from course import __version__

    package = f"course.{unit.partition('-')[2].replace('-', '_')}"
    if importlib.util.find_spec(package) is not None:
        return ""
    return (
        f"- The course {__version__} that is installed here has no unit {unit}: uninstall it "
        "(%pip uninstall -y stable-exponentials), restart the kernel and run this cell again."
    )


def _blank_widgets(place: str) -> str:
    if place != "VS Code" or _version("ipywidgets") != BLANK_IN_VS_CODE:
        return ""
    return (
        f"- ipywidgets {BLANK_IN_VS_CODE} draws nothing in VS Code: {_STILL} To mend it run  "
        f"%pip install ipywidgets=={_GOOD}  and restart the kernel."
    )


def _no_gpu(place: str, torch: str) -> str:
    """Where a GPU is one menu away, say so; elsewhere "on CPU" is enough."""
    menu = {"Colab": "Runtime → Change runtime type", "Kaggle": "Settings → Accelerator"}.get(place)
    if menu is None or not torch.endswith("on CPU"):
        return ""
    return f"- No GPU in this session: everything works, the demo measures the CPU. {menu} gives you one."


def _read_only() -> str:
    try:
        with tempfile.TemporaryFile(dir=os.getcwd()):
            return ""
    except OSError:
        return "- This folder cannot be written to, so your answers will not be saved: work on a copy somewhere else."
