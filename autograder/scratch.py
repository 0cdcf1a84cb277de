"""A folder for everything temporary of one run; what runs that were killed left behind is removed by the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "grading-"


class Scratch:
    """While it is open, `tempfile` makes files and folders in here, in this process and in those forked from it.

    It is locked as long as one of them lives, which is how the next run tells it from one that was abandoned.
    """

    def __init__(self) -> None:
        """Raises OSError where there is no room."""
        self._before = tempfile.tempdir
        sweep()
        while True:
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if _is_open(self._lock, self.folder):
                break
            os.close(self._lock)  # another run took it for an abandoned one before it was locked
        tempfile.tempdir = str(self.folder)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        tempfile.tempdir = self._before
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def sweep() -> None:
    """Remove what runs that were killed left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # another user's, no folder, or another run has removed it
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(lock)


def _is_open(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except FileNotFoundError:
        return False
