"""The learner's own file of what they have passed, beside the notebooks. It never leaves the machine.

A part that was right once stays right: an empty cell that is run again, or a function broken on purpose, takes nothing
away. (So the parts of one exercise may have been right in different versions of it; what holds of the version at hand
is what its check says.) What the file holds only ever grows, so several notebooks can add to it in any order.

Nothing is kept where nobody looks on, as in a grading run. Whatever is wrong with the file or its folder is said in one
line, once, and never stops a check. A file that cannot be read as one of ours is left as it is; what was passed
meanwhile is remembered until the kernel ends, and written as soon as that works.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from course.kit import syllabus
from course.kit.frontend import interactive

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

NAME = "stable-exponentials-progress.json"
VERSION = 1
ABOUT = "Checks and quizzes of Stable Exponentials that you have passed. It is yours alone; deleting it harms nothing."

Passed = dict[str, dict[str, list[str]]]
"""Parts that were right, by unit (`"max_shift"`) and by exercise or question."""

_LARGEST = 1_000_000
"""Bytes; a full file has about ten thousand."""

_PATIENCE = 3.0
"""Seconds to wait for another notebook that is writing."""

_BUSY = "Another notebook is writing your progress file. What you passed just now is added to it the next time."

_unsaved: Passed = {}
_said: set[str] = set()
_place: list[Path] = []


class ProgressFileError(Exception):
    """Why the file cannot be used; the message is the learner's."""


def place() -> Path:
    """Where the file is: in the folder of the notebook, or beside it where that folder is one unit's.

    A unit's folder may be handed in as a whole, and this file should not be. The folder is that of the first call: a
    notebook may change its working folder later.
    """
    if not _place:
        here = Path.cwd()
        _place.append(here.parent if here.name in {unit.folder for unit in syllabus.units()} else here)
    return _place[0] / NAME


def note(unit: syllabus.Unit | None, item: str, parts: tuple[str, ...]) -> None:
    """Keep that `parts` of an exercise or question of `unit` are right. Never raises an Exception.

    A `unit` of None stands for something that belongs to no unit, which is not kept.
    """
    if unit is None or not parts or not interactive():
        return
    _add(_unsaved, {unit.package: {item: list(parts)}})
    _say(save())


def save() -> str:
    """Add what this kernel has not written yet to the file; without any such thing, change nothing.

    Returns:
        Why that failed, in a line, or an empty string. It never raises an Exception.
    """
    try:
        if _unsaved:
            _save()
    except ProgressFileError as trouble:
        return str(trouble)
    except Exception as error:  # a student's cell may have changed anything, json and os included
        return f"Your progress is not kept ({type(error).__name__}). Checks and quizzes work all the same."
    return ""


def _save() -> None:
    try:
        file = place()
        with _locked(file.parent):
            known = load(file)
            if _add(known, _unsaved):
                _write(file, known)
    except OSError as error:
        where = f" in {_place[0]}" if _place else ""
        raise ProgressFileError(
            f"Your progress cannot be kept{where} ({error.strerror or error}). Checks and quizzes work all the same."
        ) from None
    _unsaved.clear()


def passed() -> tuple[Passed, str]:
    """What was passed, in this kernel and in the file, and a line on why the file is not read or an empty string."""
    known: Passed = {}
    trouble = ""
    try:
        known = load(place())
    except ProgressFileError as why:
        trouble = str(why)
    except Exception as error:
        trouble = f"Your progress file cannot be read ({getattr(error, 'strerror', None) or type(error).__name__})."
    _add(known, _unsaved)
    return known, trouble


def load(file: Path) -> Passed:
    """What `file` says; nothing where there is none.

    Raises:
        ProgressFileError: where it is no file of ours, or of another version.
        OSError: where it cannot be read.
    """
    try:
        about = file.stat()
    except FileNotFoundError:
        return {}
    if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST:
        raise _unreadable(file)
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise _unreadable(file) from None
    if isinstance(held, dict) and isinstance(held.get("version"), int) and held["version"] != VERSION:
        raise ProgressFileError(
            f"{file} is of version {str(held['version'])[:20]}, and this course knows version {VERSION}: it stays as "
            "it is. Update the course, or rename the file to begin a new one."
        )
    if not isinstance(held, dict) or held.get("version") != VERSION or not _is_passed(held.get("passed")):
        raise _unreadable(file)
    return held["passed"]


def _unreadable(file: Path) -> ProgressFileError:
    return ProgressFileError(f"{file} is no progress file, and stays as it is. Rename or delete it to begin a new one.")


def _is_passed(held: object) -> bool:
    return isinstance(held, dict) and all(
        isinstance(of_unit, dict)
        and all(isinstance(parts, list) and all(isinstance(p, str) for p in parts) for parts in of_unit.values())
        for of_unit in held.values()
    )


def _add(known: Passed, new: Passed) -> bool:
    """Add `new` to `known`, in place. Whether that made a difference."""
    changed = False
    for unit, of_unit in new.items():
        for item, parts in of_unit.items():
            there = known.setdefault(unit, {}).setdefault(item, [])
            missing = [part for part in parts if part not in there]
            there += missing
            changed = changed or bool(missing)
    return changed


def _write(file: Path, known: Passed) -> None:
    """Replace `file` as a whole, so that whoever reads it finds the old one or the new one."""
    text = json.dumps({"about": ABOUT, "version": VERSION, "passed": known}, indent=1, sort_keys=True)
    draft = file.with_name(f".{NAME}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as out:
            out.write(f"{text}\n")
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other notebooks from writing meanwhile, on systems and file systems that have locks.

    Raises:
        ProgressFileError: where another notebook has kept the lock for `_PATIENCE` seconds.
    """
    try:
        held = os.open(folder, os.O_RDONLY) if fcntl else None
    except OSError:  # reading or writing there will fail too, and says why
        held = None
    try:
        if held is not None:
            _lock(held)
        yield
    finally:
        if held is not None:
            os.close(held)


def _lock(held: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise ProgressFileError(_BUSY) from None
            time.sleep(0.01)
        except OSError:  # a file system without locks
            return


def _say(line: str) -> None:
    if line and line not in _said:
        _said.add(line)
        with contextlib.suppress(Exception):  # a standard output that was closed or replaced
            print(line)
