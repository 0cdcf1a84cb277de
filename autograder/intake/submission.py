"""Reads a submission's folder: notebooks, other files that the kernel may have, and what is wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from nbformat import NotebookNode

from autograder.intake.handed_in import HandedIn, RefusedError
from autograder.intake.notebook_file import UnreadableError, parse
from autograder.intake.shadowing import LEFTOVERS, is_path_file, objection
from autograder.limits import Limits
from autograder.pages.shown_text import plain

MAX_REMARKS = 40
"""Further ones are only counted."""

# Some browsers save a notebook as text.
_NOTEBOOK_SUFFIXES = (".ipynb", ".ipynb.txt", ".ipynb.json")
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment."""

    notebooks: dict[str, NotebookNode]
    """Those that could be read, by name without suffix, as `notebook_file.tidy` gives them."""

    failures: dict[str, str]
    """Why the others could not be, in words for a teacher, by name without suffix."""

    files: dict[str, Path]
    """Other files that may be handed to the kernel, by their path relative to the notebook."""

    remarks: tuple[str, ...]
    """What was left out or repaired and why."""

    digest: str
    """SHA-256 of the names and contents of everything that counts; it changes when the submission does."""


def read(folder: Path, notebooks: Sequence[str], limits: Limits) -> Submission:
    """Read the submission in `folder`.

    Nothing outside the folder is opened, no link is followed, and nothing in it makes this raise.

    Args:
        folder: where the assignment's notebooks of one student should be.
        notebooks: their names, without suffix.
        limits: of these, the size of one file, of all files together, and the number of files.
    """
    try:
        with HandedIn(folder) as handed_in:
            return _Reading(folder, handed_in, limits).all_of(notebooks)
    except RefusedError as error:
        failures = dict.fromkeys(notebooks, str(error))
        return Submission({}, failures, {}, (), hashlib.sha256(str(error).encode()).hexdigest())


@dataclass
class _Reading:
    folder: Path
    handed_in: HandedIn
    limits: Limits
    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)

    def all_of(self, names: Sequence[str]) -> Submission:
        found, refused = self.handed_in.files(LEFTOVERS, objection)
        own = {f"{name}.ipynb" for name in names}
        spare = [path for path in found if path.name.lower().endswith(_NOTEBOOK_SUFFIXES) and str(path) not in own]
        missing = [name for name in names if not self._take(name, f"{name}.ipynb")]
        self._take_spare(missing, spare)
        self._left_out((path, reason) for path, reason in refused if path not in own)
        self._hand_over([path for path in found if str(path) not in own and path not in spare])
        for name, reason in self.failures.items():
            self.contents[f"{name}.ipynb"] = reason
        return Submission(self.notebooks, self.failures, self.files, self._few_remarks(), self._digest())

    def _take(self, name: str, path: str) -> bool:
        """Read the notebook `name` from `path`; whether there is such a file, readable or not."""
        try:
            data = self.handed_in.read(path, self.limits.submission_bytes)
            self.notebooks[name], repairs = parse(data)
        except FileNotFoundError:
            return False
        except RefusedError as error:
            self.failures[name] = f"the notebook was not read: {error}"
            return True
        except UnreadableError as error:
            self.failures[name] = str(error)
            return True
        self.contents[f"{name}.ipynb"] = hashlib.sha256(data).hexdigest()
        self.remarks += [f"{name}: {repair}" for repair in repairs]
        return True

    def _take_spare(self, missing: list[str], spare: list[PurePosixPath]) -> None:
        """Of one missing notebook and one unknown one, the second is taken for the first."""
        beside = [path for path in spare if len(path.parts) == 1] or spare
        if len(missing) == 1 and len(beside) == 1 and self._take(missing[0], str(beside[0])):
            self.remarks.append(f"the notebook was called {_shown(beside[0])}; taken as {missing[0]}.ipynb")
            spare = [path for path in spare if path != beside[0]]
            missing = []
        unknown = ", ".join(_shown(path) for path in spare[:5])
        for name in missing:
            self.failures[name] = "no notebook was handed in"
            if spare:
                self.failures[name] = f"there is no notebook called {name}.ipynb; handed in instead: {unknown}"
        if spare and not missing:
            self.remarks.append(f"left out, because the assignment has no such notebook: {unknown}")

    def _hand_over(self, paths: list[PurePosixPath]) -> None:
        room = self.limits.disk_bytes
        if len(paths) > self.limits.submission_files:
            late = len(paths) - self.limits.submission_files
            self.remarks.append(f"{late} files were left out: there are more than {self.limits.submission_files}")
        for path in paths[: self.limits.submission_files]:
            try:
                data = self.handed_in.read(str(path), self.limits.submission_bytes)
            except OSError as error:  # gone in the meantime, too large or not to be read
                self._left_out([(str(path), str(error))])
                continue
            if is_path_file(path, data):
                self._left_out([(str(path), "it would change where Python looks for modules")])
                continue
            room -= len(data)
            if room < 0:
                size = f"{self.limits.disk_bytes / 2**20:g} MB"
                self._left_out([(str(path), f"with it and what follows, the files would take more than {size}")])
                break
            self.files[str(path)] = self.folder / path
            self.contents[str(path)] = hashlib.sha256(data).hexdigest()

    def _left_out(self, refused) -> None:
        self.remarks += [f"{_shown(path)} was left out: {reason}" for path, reason in refused]

    def _few_remarks(self) -> tuple[str, ...]:
        more = len(self.remarks) - MAX_REMARKS
        return (*self.remarks[:MAX_REMARKS], *([f"and {more} more remarks of this kind"] if more > 0 else []))

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, content in sorted(self.contents.items()):
            digest.update(f"{len(name)} {name} {content}\n".encode())
        return digest.hexdigest()


def _shown(path: PurePosixPath | str) -> str:
    return plain(str(path), _LONGEST_NAME)
