"""What the course asks of Python and of ipywidgets is there in Python 3.10 and in the ipywidgets that Colab has."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import ipywidgets
import pytest

from tests.colab.build import pins
from tests.colab.conftest import COLAB
from tests.environments import python_of
from tests.notebooks import ROOT

COURSE = sorted((ROOT / "course").rglob("*.py"))
RUFF = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "E9"]

# Prints what an ipywidgets offers: for each name its constructor's arguments and all attributes, both by class.
_OFFER = """
import json, ipywidgets
classes = {name: thing for name, thing in vars(ipywidgets).items() if isinstance(thing, type)}
print(json.dumps({
    "names": sorted(vars(ipywidgets)),
    "arguments": {n: sorted(c.class_trait_names()) for n, c in classes.items() if hasattr(c, "class_trait_names")},
    "attributes": sorted({attribute for c in classes.values() for attribute in dir(c)}),
}))
"""
_TOO_NEW = ("try:\n    pass\nexcept* ValueError:\n    pass\n", "def f[T](x: T) -> T:\n    return x\n", "type A = int\n")


def offer(python: Path | str) -> dict:
    """What the ipywidgets of an interpreter offers, as sets."""
    done = subprocess.run([python, "-c", _OFFER], capture_output=True, text=True, check=True, cwd="/")
    found = json.loads(done.stdout)
    arguments = {name: set(traits) for name, traits in found["arguments"].items()}
    return {"names": set(found["names"]), "arguments": arguments, "attributes": set(found["attributes"])}


@pytest.fixture(scope="module")
def old(packages):
    return offer(python_of(COLAB))


@pytest.fixture(scope="module")
def only_new(old):
    """Attributes that some widget of today's ipywidgets has and no widget of Colab's."""
    return offer(sys.executable)["attributes"] - old["attributes"]


def complaints(source: str, old: dict, only_new: set[str]) -> list[str]:
    """What a module asks of ipywidgets that the old one lacks. The module is called `widgets` throughout the course."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, (ast.Attribute, ast.Call)):
            continue
        called = node.func if isinstance(node, ast.Call) else node
        if not isinstance(called, ast.Attribute):
            continue
        if _is_ipywidgets(called.value):
            if called.attr not in old["names"]:
                found.append(f"line {node.lineno}: there is no {called.attr}")
            elif isinstance(node, ast.Call):
                given = {word.arg for word in node.keywords if word.arg}
                found += [
                    f"line {node.lineno}: {called.attr} has no {n}" for n in given - old["arguments"][called.attr]
                ]
        elif called.attr in only_new:
            found.append(f"line {node.lineno}: no widget has {called.attr}")
    return found


def _is_ipywidgets(node: ast.AST) -> bool:
    """`widgets`, `ipywidgets` or anything's `_widgets`."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name in ("widgets", "ipywidgets", "_widgets")


def test_colabs_ipywidgets_is_the_one_that_is_asked_about(packages):
    code = "import ipywidgets; print(ipywidgets.__version__)"
    found = subprocess.run([python_of(COLAB), "-c", code], capture_output=True, text=True, check=True)
    assert f"ipywidgets=={found.stdout.strip()}" == pins()["ipywidgets"] == "ipywidgets==7.7.1"
    assert int(ipywidgets.__version__.partition(".")[0]) >= 8


def test_the_course_asks_nothing_of_ipywidgets_that_colabs_lacks(old, only_new):
    asking = [path for path in COURSE if "widgets." in path.read_text(encoding="utf-8")]
    assert len(asking) >= 3
    found = {path.name: complaints(path.read_text(encoding="utf-8"), old, only_new) for path in asking}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("widgets.TagsInput()", "there is no TagsInput"),
        ("self._widgets.Stack", "there is no Stack"),
        ("widgets.Image(tooltip='x')", "Image has no tooltip"),
        ("widgets.Layout(border_top='1px')", "Layout has no border_top"),
        ("slider.tabbable = True", "no widget has tabbable"),
    ],
)
def test_what_only_a_newer_ipywidgets_has_is_refused(old, only_new, source, complaint):
    assert [line.partition(": ")[2] for line in complaints(source, old, only_new)][:1] == [complaint]


def test_what_both_have_is_not_refused(old, only_new):
    assert complaints("widgets.Button(description='a', tooltip='b').on_click(f)", old, only_new) == []


def test_the_course_is_written_in_the_syntax_of_python_3_10():
    done = subprocess.run([*RUFF, "course"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("source", _TOO_NEW)
def test_newer_syntax_is_refused(source):
    done = subprocess.run([*RUFF, "-"], input=source, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 1
    assert "Python 3.10" in done.stdout
