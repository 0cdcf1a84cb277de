"""The set-up cell's own text: the same in every notebook, and working on machines that do not have the course."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from course.kit import setup
from tests.environments import build_wheel, overlay
from tests.notebooks import ROOT

UNIT = "03-max-shift"
NOTEBOOKS = sorted((ROOT / "source").glob("*/*.ipynb"))


def cell_of(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell.get("id") == "setup"))


def test_there_is_a_notebook_to_compare_with():
    assert NOTEBOOKS


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_source_notebook_has_the_cell(notebook):
    assert cell_of(notebook) == setup.setup_cell(notebook.parent.name)


def test_the_cell_holds_where_the_course_is_published():
    cell = setup.setup_cell(UNIT, "owner/repository@v1.0")
    assert re.findall('^PUBLISHED = "(.*?)"', cell, re.MULTILINE) == ["owner/repository@v1.0"]


def test_the_cell_is_short_and_formatted():
    cell = setup.setup_cell(UNIT)
    assert len(cell.splitlines()) <= 26
    command = [sys.executable, "-m", "ruff", "format", "--check", "--line-length", "120", "-"]
    assert subprocess.run(command, input=cell + "\n", text=True, capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The Python of an environment that has everything this one has, except the course."""
    return overlay(tmp_path_factory.mktemp("environment"), Path(sysconfig.get_path("purelib")))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def run_cell(python, folder, **environment):
    """Run the set-up cell as a notebook in `folder` would."""
    folder.mkdir(parents=True, exist_ok=True)
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "COURSE_WHEEL", "VIRTUAL_ENV")}
    cell = f"{setup.setup_cell(UNIT)}\nimport course; print(course.__file__)"
    return subprocess.run([python, "-c", cell], cwd=folder, env=clean | environment, capture_output=True, text=True)


def test_without_the_course_the_cell_says_in_a_line_what_to_do(elsewhere, tmp_path):
    done = run_cell(elsewhere, tmp_path / "empty")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        'Course not found. Open this notebook in its repository or set PUBLISHED = "owner/repository@tag".'
    ]


@pytest.mark.parametrize("missing", ["git+file:///nowhere@v1", "missing-0.1.0-py3-none-any.whl"])
def test_where_the_course_cannot_be_installed_the_cell_says_so_in_a_line(elsewhere, tmp_path, missing):
    done = run_cell(elsewhere, tmp_path / "empty", COURSE_WHEEL=missing)
    assert done.returncode == 1
    assert (done.stdout, done.stderr) == (
        "",
        f"Course not found, and {missing} could not be installed. Is there a network? The text needs none.\n",
    )


def test_a_clone_above_the_notebook_is_used(elsewhere, tmp_path):
    shutil.copytree(ROOT / "course", tmp_path / "clone/course", ignore=shutil.ignore_patterns("__pycache__"))
    done = run_cell(elsewhere, tmp_path / "clone/release" / UNIT)
    assert done.stdout.startswith("Ready: torch "), done.stderr
    assert done.stdout.splitlines()[-1] == str(tmp_path / "clone/course/__init__.py")


def test_a_folder_that_happens_to_be_called_course_does_not_get_in_the_way(elsewhere, tmp_path):
    shutil.copytree(ROOT / "course", tmp_path / "clone/course", ignore=shutil.ignore_patterns("__pycache__"))
    notebook = tmp_path / "clone/release"
    (notebook / "course").mkdir(parents=True)
    done = run_cell(elsewhere, notebook)
    assert done.stdout.startswith("Ready: torch "), done.stderr


def test_a_wheel_is_installed_without_dependencies_and_once(elsewhere, wheel, tmp_path):
    first = run_cell(elsewhere, tmp_path / "empty", COURSE_WHEEL=str(wheel))
    assert first.stdout.startswith("Ready: torch "), first.stderr
    assert "site-packages" in first.stdout.splitlines()[-1]
    # A second run must not need the wheel any more.
    second = run_cell(elsewhere, tmp_path / "empty")
    assert second.stdout == first.stdout
