"""An environment like Colab's, which a student's notebook starts from, and a built wheel of the course."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.colab.student import Student, student
from tests.environments import OURS, build_wheel, overlay, python_of, site_packages
from tests.notebooks import ROOT

COLAB = Path(os.environ.get("COLAB_ENVIRONMENT") or ROOT / ".venv-colab")
"""Made by `make test-colab`. The variable may name another one."""

_GOOGLE_COLAB = '"""Stands in for what Colab\'s kernels have imported before the first cell runs."""\n'


def sessions_environment(home: Path) -> dict[str, str]:
    """Variables of a Colab session: a home folder of its own, the release's name, and no package index."""
    return {"HOME": str(home), "COLAB_RELEASE_TAG": "release-colab", "PIP_NO_INDEX": "1"}


def freeze(python: Path) -> set[str]:
    """What `pip freeze` lists for an interpreter."""
    command = [python, "-m", "pip", "freeze", "--disable-pip-version-check"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder that holds the packages of the Colab-like environment."""
    if not python_of(COLAB).exists():
        pytest.fail(f"There is no environment like Colab's in {COLAB.name}: `make test-colab` makes it.")
    return site_packages(COLAB)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The course as a wheel, as `pip` builds it from the repository."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """One home folder for all sessions, so that matplotlib looks for fonts once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def environment(packages, tmp_path_factory) -> Callable[..., Path]:
    """Makes an environment of one session's own, without some packages; gives its interpreter."""

    def make(*without: str) -> Path:
        patterns = [pattern for name in without for pattern in (name, f"{name}-*")]
        python = overlay(tmp_path_factory.mktemp("session") / "venv", packages, (*OURS, *patterns))
        module = site_packages(python.parents[1]) / "google/colab"
        module.mkdir(parents=True)
        (module / "__init__.py").write_text(_GOOGLE_COLAB)
        return python

    return make


@pytest.fixture(scope="session")
def session(home, wheel, tmp_path_factory) -> Callable[..., AbstractContextManager[Student]]:
    """Starts Colab sessions: `with session(python, folder, **variables) as student`."""

    @contextmanager
    def start(python: Path, folder: Path, **options) -> Iterator[Student]:
        options = {**sessions_environment(home), "COURSE_WHEEL": str(wheel), **options}
        first = options.pop("first", "import google.colab")
        with student(python, folder, tmp_path_factory.mktemp("spec"), first=first, **options) as one:
            yield one

    return start
