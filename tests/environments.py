"""Wheels of this repository, and environments like another one except for what is left out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = ("stable_exponentials*", "__editable__*", "course", "autograder")
"""Patterns of the names that an installation of this repository has in site-packages."""


def site_packages(environment: Path) -> Path:
    """Where the virtual environment in this folder keeps its packages; it is of the running Python's version."""
    return Path(sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)}))


def python_of(environment: Path) -> Path:
    """The interpreter of the virtual environment in this folder."""
    scripts = sysconfig.get_path("scripts", vars={"base": str(environment), "platbase": str(environment)})
    return Path(scripts) / "python"


def overlay(folder: Path, packages: Path, without: Iterable[str] = OURS) -> Path:
    """Make a virtual environment in `folder` that has what the folder `packages` has; returns its interpreter.

    Entries whose names match one of the patterns `without` are left out. What is installed into the new environment
    stays there: `packages` is only linked to.
    """
    venv.create(folder)
    target = site_packages(folder)
    for entry in packages.iterdir():
        if not any(fnmatch(entry.name, pattern) for pattern in ("__pycache__", *without)):
            os.symlink(entry, target / entry.name)
    return python_of(folder)


def build_wheel(folder: Path) -> Path:
    """Build this repository's wheel from a copy in `folder`, an empty one; returns the wheel.

    Raises:
        RuntimeError: with what the build printed, where it fails.
    """
    for package in ("course", "autograder"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, folder)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(folder)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode != 0:
        raise RuntimeError(built.stdout + built.stderr)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel
