"""The environment is what its pins say: Colab's versions, and otherwise those that everything else is tested with."""

from __future__ import annotations

import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.colab.build import pins
from tests.colab.conftest import COLAB, freeze
from tests.environments import ROOT, python_of

COLABS = {
    "ipykernel": "6.17.1",
    "ipython": "7.34.0",
    "ipywidgets": "7.7.1",
    "matplotlib": "3.10.0",
    "numpy": "2.1.",
    "traitlets": "5.7.1",
    "widgetsnbextension": "3.6.",
}
"""What Colab's image has, the last two up to the patch release."""


@pytest.fixture(scope="module")
def installed(packages) -> dict[str, str]:
    """Versions by canonical name."""
    lines = [line.split("==") for line in freeze(python_of(COLAB))]
    return {canonicalize_name(name): version for name, version in lines}


def test_what_colab_has_is_installed_and_the_course_is_not(installed):
    assert {name: installed[name].startswith(version) for name, version in COLABS.items()} == dict.fromkeys(
        COLABS, True
    )
    assert "stable-exponentials" not in installed


def test_every_package_has_the_version_of_its_pin(installed):
    requirements = {name: Requirement(line) for name, line in pins().items()}
    apply = {name: r for name, r in requirements.items() if r.marker is None or r.marker.evaluate()}
    assert {n: v for n, v in installed.items() if n in apply and v not in apply[n].specifier} == {}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="what only Python 3.10 needs is not pinned")
def test_every_package_is_pinned(installed):
    gpus = ("nvidia-", "cuda-", "triton")  # come with torch, in its CUDA build
    assert {name for name in installed if name not in pins() and not name.startswith(gpus)} == set()


def test_torch_is_pinned_in_one_place():
    assert pins()["torch"] in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_everything_that_differs_on_colab_is_installed(installed):
    lines = (ROOT / "constraints-colab.txt").read_text(encoding="utf-8").splitlines()
    named = {canonicalize_name(Requirement(line).name) for line in lines if line and not line.startswith("#")}
    assert named <= set(installed)
