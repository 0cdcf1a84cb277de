"""Makes an environment like Colab's beside this one: `python -m tests.colab.build ENVIRONMENT`.

torch and what it requires are most of it, and the same in both. Hard links to their files take neither time nor disk,
and are files like any other: removing one installation leaves the other alone. Where there are no links, it copies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.environments import ROOT, python_of, site_packages

SHARED = ("torch", "pip")
INSTALLED = ("ipykernel", "ipython", "ipywidgets", "matplotlib", "mpmath", "numpy", "torch", "widgetsnbextension")
"""What the course and a kernel need. Never the course itself: the set-up cell installs that."""


def pins() -> dict[str, str]:
    """The lines of constraints.txt and, before them where both name a package, those of constraints-colab.txt."""
    lines: dict[str, str] = {}
    for file in ("constraints.txt", "constraints-colab.txt"):
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                lines[canonicalize_name(Requirement(line).name)] = line
    return lines


def build(environment: Path) -> None:
    """Make the environment anew; what lies in its folder goes.

    Raises:
        subprocess.CalledProcessError: where pip cannot install; it has said why.
    """
    venv.create(environment, clear=True)
    target = site_packages(environment)
    for distribution in _closure(SHARED):
        _share(distribution, target)
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, "constraints.txt")
        constraints.write_text("\n".join(pins().values()), encoding="utf-8")
        # Compiling would take longer than the tests take to compile what they import.
        pip = [str(python_of(environment)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-compile", "-c", str(constraints), *INSTALLED], check=True)


def _closure(names: tuple[str, ...]) -> list[metadata.Distribution]:
    """The distributions called `names` here and all that they require."""
    found: dict[str, metadata.Distribution] = {}
    waiting = list(names)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        found[name] = metadata.distribution(name)
        requirements = map(Requirement, found[name].requires or ())
        waiting += [r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return list(found.values())


def _share(distribution: metadata.Distribution, target: Path) -> None:
    """Put the files of an installed distribution below `target`, the other environment's site-packages.

    What lies elsewhere stays away: commands, which would start the wrong interpreter.
    """
    for file in distribution.files or ():
        source, there = Path(distribution.locate_file(file)), target / file
        if ".." in file.parts or not source.exists():
            continue
        there.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, there)
        except OSError:  # another file system, or one without links
            shutil.copy2(source, there)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
