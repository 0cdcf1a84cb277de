"""Writes and reads the folder autograded/STUDENT/UNIT; a file there is always a whole one, the old or the new."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

import nbformat
from nbformat import NotebookNode

from autograder.records.gradebook_access import FULL, DiskFullError, is_full


class AutogradedFolder:
    """One student's graded work, as nbgrader's own autograder leaves it."""

    def __init__(self, folder: Path):
        """`folder` need not exist yet."""
        self.folder = folder

    @contextlib.contextmanager
    def exchange(
        self, notebooks: Mapping[str, NotebookNode], files: Mapping[str, Callable[[], bytes]]
    ) -> Iterator[list[str]]:
        """Write the notebooks, by name without suffix, and the other files beside the folder. When the block ends they
        come into it, and whatever else was there goes; when it fails, or is killed, what was there before is there
        still.

        The notebooks come last, since they tell that the folder is complete. Files are functions that read them, by
        relative path, so that only one of them is in memory at a time. One process may do this at a time.

        Yields:
            Paths of files that could not be read, or not be written there, such as one below another file.

        Raises:
            DiskFullError: if there is no room.
            OSError: if the notebooks cannot be written.
        """
        self.tidy()
        try:
            with _room():
                left_out = self._stage(notebooks, files)
            yield left_out
            with _room():
                self._put([path for path in files if path not in left_out], [f"{name}.ipynb" for name in notebooks])
        finally:
            self.tidy()

    @property
    def abandoned(self) -> bool:
        """Whether there is something that a writer that was killed left behind, or that is written just now."""
        return self._staged.exists()

    def tidy(self) -> None:
        """Remove that."""
        shutil.rmtree(self._staged, ignore_errors=True)

    def notebooks(self, names: Iterable[str]) -> dict[str, NotebookNode]:
        """Those of the notebooks that are there and can be read."""
        found = {}
        for name in names:
            try:
                text = (self.folder / f"{name}.ipynb").read_text(encoding="utf-8")
                found[name] = nbformat.v4.reads(text)
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
                continue
        return found

    @property
    def _staged(self) -> Path:
        return self.folder.parent / f".{self.folder.name}.part"

    def _stage(self, notebooks: Mapping[str, NotebookNode], files: Mapping[str, Callable[[], bytes]]) -> list[str]:
        self._staged.mkdir(parents=True)
        left_out = sorted(path for path in files if path.endswith(".ipynb"))
        for path, read in files.items():
            if path not in left_out and not self._write_file(path, read):
                left_out.append(path)
        for name, notebook in notebooks.items():
            text = nbformat.v4.writes(notebook)
            (self._staged / f"{name}.ipynb").write_bytes((text + "\n").encode("utf-8", "replace"))
        return left_out

    def _write_file(self, path: str, read: Callable[[], bytes]) -> bool:
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or PurePosixPath(path).is_absolute():
            return False
        file = self._staged / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(read())
        except OSError as error:  # it is gone, its name is too long, or is that of a folder
            if is_full(error):
                raise
            return False
        return True

    def _put(self, files: Iterable[str], notebooks: Iterable[str]) -> None:
        wanted = [*files, *notebooks]
        self._clear({PurePosixPath(path).as_posix() for path in wanted})
        for path in wanted:
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(self._staged / path, self.folder / path)

    def _clear(self, wanted: set[str]) -> None:
        """Remove files that are not wanted, what an interrupted run left behind among them, and then empty folders."""
        for folder, folders, files in os.walk(self.folder, topdown=False):
            for name in files:
                file = Path(folder, name)
                if file.relative_to(self.folder).as_posix() not in wanted:
                    file.unlink(missing_ok=True)
            for name in folders:
                below = Path(folder, name)
                if below.is_symlink():
                    below.unlink()
                elif not any(below.iterdir()):
                    below.rmdir()


@contextlib.contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise DiskFullError(FULL) from error
        raise
