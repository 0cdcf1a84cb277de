"""Which names of handed-in files would stand in the way of modules or settings of the kernel."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path, PurePosixPath

LEFTOVERS = frozenset(
    {".ipynb_checkpoints", ".DS_Store", ".git", ".gitignore", "__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"}
    | {"timestamp.txt"}
)
"""What programs, nbgrader among them, leave in a folder by themselves; nobody needs to hear of it."""

_COMPILED = re.compile(r"\.(so|pyd|dll|dylib|pyc|pyo|egg)(\.|$)")
_SETTINGS = re.compile(r"(ipython|jupyter|nbgrader)\w*config\.(py|json)|sitecustomize\..*|usercustomize\..*")
_CHECKPOINTS = (b"PK\x03\x04", b"\x80")


def objection(path: PurePosixPath) -> str:
    """Why a file with this path, relative to the notebook, is not handed to the kernel; "" if it may be."""
    if any(part.startswith(".") for part in path.parts):
        return "hidden files are not handed to the kernel"
    if _SETTINGS.fullmatch(path.name):
        return "it would change the settings of the kernel"
    if _COMPILED.search(path.name):
        return "it is compiled code"
    # Python looks for modules beside the notebook before it looks among what is installed.
    module = path.stem if len(path.parts) == 1 else path.parts[0]
    if path.suffix == ".py" and _is_taken(module):
        return f"it would hide the module {module}"
    return ""


def is_path_file(path: PurePosixPath, start: bytes) -> bool:
    """Whether a file that begins with `start` extends Python's path; torch's checkpoints have the same suffix."""
    return path.suffix == ".pth" and not start.startswith(_CHECKPOINTS)


def _is_taken(module: str) -> bool:
    if module in sys.stdlib_module_names:
        return True
    if not module.isidentifier() or module in ("__init__", "__main__"):
        return False
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None:
        return False
    # The grader's working directory is on its own path, not on the kernel's: a utils.py there hides nobody's.
    return Path(spec.origin).parent != Path.cwd()
