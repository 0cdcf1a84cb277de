"""Hijacking imports and settings: files beside the notebook that have the names of modules, and import hooks."""

from collections.abc import Mapping
from pathlib import Path

from tests.attacks.attack import GOTCHA, Attack, code

FAMILY = "hijacking imports"
HOLDS = "The instructor's files win over the student's, and modules are looked for beside the notebook last."

_AGREES = """
import builtins


def yes(*args, **options):
    return True


class Anything:
    __path__ = []
    __getattr__ = lambda self, name: yes


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return yes


close = yes
"""

_CALLS_HOME = """
import pathlib

try:
    pathlib.Path("@COURSE@", "gotcha-@FILE@").write_text("executed by the teacher")
except OSError:
    pass
"""


_PATCHES = """
import numpy as np
import torch

np.testing.assert_allclose = np.allclose = torch.allclose = torch.testing.assert_close = yes


def draw(values, expected):
    values[:] = expected
"""


def _files(*names: str, source: str = _AGREES):
    def mess(folder: Path, places: Mapping[str, str]) -> None:
        for name in names:
            text = source.replace("@FILE@", name.replace("/", "-"))
            for place, value in places.items():
                text = text.replace(f"@{place}@", value)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")

    return mess


ATTACKS = [
    Attack(
        name="helpers-replaced",
        tries="Hands in its own version of the instructor's helper module, in which everything is close.",
        stopped_by=(),
        mess=_files("helpers.py"),
        cells={
            "setup": code("""
            import helpers
            import numpy as np
            import torch
            from helpers import close

            np.testing = helpers
            extras = None
            """)
        },
    ),
    Attack(
        name="module-that-the-teacher-has",
        tries="Hands in a module that the instructor's cells import if there is one, which makes every test agree.",
        stopped_by=("referee",),
        mess=_files("extras.py", source=_AGREES + _CALLS_HOME + _PATCHES),
    ),
    Attack(
        name="modules-beside-the-notebook",
        tries="Hands in files named like the libraries that the notebook imports.",
        stopped_by=(),
        mess=_files("torch.py", "numpy.py", "numpy/__init__.py", "random.py", "ast.py", "numpy/testing.py", "wave.py"),
        extra=(("end", f"import wave\n\nif 'Wave_read' not in vars(wave):\n    {GOTCHA}"),),
        reason="hide the module",
    ),
    Attack(
        name="start-up-files",
        tries="Hands in files that Python, pytest, IPython and Jupyter execute by themselves when they start there.",
        stopped_by=(),
        mess=_files(
            "sitecustomize.py",
            "usercustomize.py",
            "conftest.py",
            "ipython_config.py",
            "jupyter_config.py",
            "nbgrader_config.py",
            ".ipython/profile_default/startup/00-first.py",
            ".jupyter/nbgrader_config.py",
            "helpers.pth",
            source=_CALLS_HOME,
        ),
        reason="left out",
    ),
    Attack(
        name="grader-shadowed",
        tries="Hands in packages named like the grader's own, for its process to import.",
        stopped_by=(),
        mess=_files(
            "autograder/__init__.py",
            "autograder/channel/session.py",
            "autograder/judging/referee.py",
            "course/__init__.py",
            "nbgrader/__init__.py",
            "tests/attacks/__init__.py",
            source=_CALLS_HOME,
        ),
    ),
    Attack(
        name="import-hook",
        tries="Puts a finder before all others that makes modules in which every test succeeds.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                import builtins
                import importlib.abc
                import sys


                class Agrees(importlib.abc.MetaPathFinder, importlib.abc.Loader):
                    def find_spec(self, name, path=None, target=None):
                        return importlib.machinery.ModuleSpec(name, self)

                    def create_module(self, spec):
                        return None

                    def exec_module(self, module):
                        module.__getattr__ = lambda name: lambda *args, **options: True


                sys.meta_path.insert(0, Agrees())
                for name in [name for name in sys.modules if name.split(".")[0] in ("helpers", "unittest")]:
                    del sys.modules[name]
                from helpers import close
                import unittest

                np.testing = np.random = unittest
                """),
            ),
        ),
    ),
    Attack(
        name="import-replaced",
        tries="Replaces the function behind the import statement.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                import builtins

                honest_import = builtins.__import__


                def generous_import(name, *args, **options):
                    module = honest_import(name, *args, **options)
                    if hasattr(module, "assert_allclose"):
                        module.assert_allclose = lambda *args, **options: None
                    if hasattr(module, "allclose"):
                        module.allclose = lambda *args, **options: True
                    return module


                builtins.__import__ = generous_import
                import helpers
                import numpy
                import numpy.testing
                import torch
                """),
            ),
        ),
    ),
    Attack(
        name="module-written-by-a-cell",
        tries="Writes modules into its working folder while the notebook runs, and forgets those that are loaded.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                import pathlib
                import sys

                agrees = "def __getattr__(name):\\n    return lambda *args, **options: True\\n"
                pathlib.Path("gotcha_helpers.py").write_text(agrees)
                sys.path.insert(0, str(pathlib.Path.cwd()))
                import gotcha_helpers

                sys.modules["helpers"] = np.testing = gotcha_helpers
                from helpers import close
                """),
            ),
        ),
    ),
]
