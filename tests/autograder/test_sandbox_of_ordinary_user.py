"""Root and ordinary users get namespaces in different ways: where root runs the tests, an ordinary user does too."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sandbox_helpers import REPOSITORY

from autograder.kernels import bubblewrap

SOMEBODY = "61001"
FILES = ("test_sandbox.py", "test_limits_inside.py", "test_ends_of_sandboxes.py")
KINDS = (
    "cannot_be_seen or cannot_be_reached or written_to or no_thread or user_id or gain_rights or work_folder or "
    "together_are_killed or too_many_files or fork_bomb or leaves_no_process or started_again"
)
"""Tests of what has to do with users: what may be seen, counted, killed. The others take a minute more."""

NEEDED = [Path(sys.base_prefix), Path(sys.prefix), REPOSITORY]


def _closed_folder(path: Path) -> Path | None:
    """The outermost folder on the way to `path` that others cannot enter."""
    return next((folder for folder in reversed(path.parents) if not folder.stat().st_mode & 1), None)


def _as_somebody(home: Path) -> list[str]:
    """A command line that runs the rest of it as another user, for whom closed folders lead to what is needed only."""
    closed = {folder for folder in map(_closed_folder, NEEDED) if folder is not None}
    command = [shutil.which("bwrap"), "--dev-bind", "/", "/"]
    for folder in closed:
        command += ["--tmpfs", str(folder)]
    for path in NEEDED:
        if _closed_folder(path):
            for parent in reversed(path.parents[:-1]):
                command += ["--dir", str(parent)]
            command += ["--bind", str(path), str(path)]
    command += ["--bind", str(home), str(home), "--chdir", str(REPOSITORY), "--"]
    return [*command, "setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups"]


@pytest.fixture
def home():
    """A folder of somebody's; pytest's own are closed to others, however often one opens them."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chown(folder, int(SOMEBODY), int(SOMEBODY))
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.skipif(not bubblewrap.can_switch_user(), reason="an ordinary user runs the tests themselves")
def test_an_ordinary_users_sandbox_passes_the_same_tests(home):
    environment = {**os.environ, "HOME": str(home), "TMPDIR": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
    tests = [f"tests/autograder/{file}" for file in FILES]
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={home}/pytest", "--noconftest", "--tb=short"]
    options += [] if os.environ.get("ORDINARY_USER") == "all" else ["-k", KINDS]
    command = [*_as_somebody(home), sys.executable, "-m", "pytest", *options, *tests]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
