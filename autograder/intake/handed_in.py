"""Reads the plain files below one folder and nothing else: no links are followed, no devices opened."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable
from pathlib import Path, PurePosixPath

MAX_DEPTH = 8
"""Folders within folders."""

MAX_ENTRIES = 5_000
"""Files and folders that are looked at."""

MAX_PATH = 240
"""Characters in a path relative to the folder."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: opening a pipe would wait for somebody to write to it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class RefusedError(OSError):
    """A file that is not read; the message says why, in words for a teacher."""


class HandedIn:
    """A folder that somebody else filled. Every step into it is taken from the folder before, never along a link."""

    def __init__(self, folder: Path):
        """Open the folder; its own last name may not be a link either.

        Raises:
            RefusedError: if there is no such folder.
        """
        try:
            self._root = os.open(folder, _FOLDER)
        except FileNotFoundError:
            raise RefusedError("nothing was handed in") from None
        except OSError as error:
            raise RefusedError(f"the submission is no folder that can be read ({error.strerror})") from None

    def __enter__(self) -> HandedIn:
        return self

    def __exit__(self, *exc_info) -> None:
        os.close(self._root)

    def read(self, path: str, limit: int) -> bytes:
        """The contents of the plain file at a path relative to the folder.

        Raises:
            FileNotFoundError: if there is none.
            RefusedError: if it is no plain file, larger than `limit` bytes, or cannot be read.
        """
        try:
            with os.fdopen(self._open(PurePosixPath(path)), "rb", buffering=0) as file:
                return self._contents(file, limit)
        except (FileNotFoundError, RefusedError):
            raise
        except OSError as error:
            raise RefusedError(f"it cannot be read ({error.strerror})") from None

    def files(
        self, skip: frozenset[str], objection: Callable[[PurePosixPath], str]
    ) -> tuple[list[PurePosixPath], list[tuple[str, str]]]:
        """All plain files, the least deep ones first.

        Args:
            skip: names of files and folders that are passed over in silence.
            objection: says of a path why the file or folder there is left out, or "".

        Returns:
            Their paths relative to the folder; and (path, reason) of everything that was left out.
        """
        found: list[PurePosixPath] = []
        refused: list[tuple[str, str]] = []
        waiting, left = deque([PurePosixPath()]), MAX_ENTRIES
        while waiting:
            folder = waiting.popleft()
            try:
                entries, more = self._entries(folder, left)
            except OSError as error:
                refused.append((str(folder), f"it cannot be read ({error.strerror})"))
                continue
            left -= len(entries)
            for name, mode in sorted(entries):
                path = folder / name
                if name in skip:
                    continue
                reason = _refusal(path, mode) or objection(path)
                if reason:
                    refused.append((str(path), reason))
                elif stat.S_ISDIR(mode):
                    waiting.append(path)
                else:
                    found.append(path)
            if more:
                refused.append((str(folder), f"there are more than {MAX_ENTRIES} files and folders"))
                break
        return sorted(found, key=lambda path: (len(path.parts), path)), sorted(refused)

    def _entries(self, folder: PurePosixPath, most: int) -> tuple[list[tuple[str, int]], bool]:
        """(name, mode) of what stands in a folder, and whether that is not all of it."""
        entries: list[tuple[str, int]] = []
        descriptor = self._open_folder(folder.parts)
        try:
            with os.scandir(descriptor) as listing:
                for entry in listing:
                    if len(entries) == most:
                        return entries, True
                    entries.append((entry.name, entry.stat(follow_symlinks=False).st_mode))
        finally:
            os.close(descriptor)
        return entries, False

    def _open_folder(self, parts: tuple[str, ...]) -> int:
        descriptor = os.dup(self._root)
        for part in parts:
            above = descriptor
            try:
                descriptor = os.open(part, _FOLDER, dir_fd=above)
            finally:
                os.close(above)
        return descriptor

    def _open(self, path: PurePosixPath) -> int:
        folder = self._open_folder(path.parts[:-1])
        try:
            # Looked at before it is opened: opening a device can have effects.
            reason = _refusal(path, os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode, folder_too=True)
            if reason:
                raise RefusedError(reason)
            return os.open(path.name, _FILE, dir_fd=folder)
        finally:
            os.close(folder)

    @staticmethod
    def _contents(file, limit: int) -> bytes:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError("it is no ordinary file")
        if status.st_size > limit:
            size = f"{status.st_size / 2**20:,.0f} MB" if status.st_size >= 2**20 else f"{status.st_size:,} bytes"
            raise RefusedError(f"it is too large ({size})")
        # It may grow, or lie about its size, as files below /proc do.
        parts, room = [], limit
        while part := file.read(min(room + 1, 1 << 20)):
            room -= len(part)
            if room < 0:
                raise RefusedError(f"it is too large (more than {limit:,} bytes)")
            parts.append(part)
        return b"".join(parts)


def _refusal(path: PurePosixPath, mode: int, folder_too: bool = False) -> str:
    if stat.S_ISLNK(mode):
        return "it is a symbolic link"
    if stat.S_ISDIR(mode):
        if folder_too:
            return "it is a folder"
        return f"it is more than {MAX_DEPTH} folders deep" if len(path.parts) > MAX_DEPTH else ""
    if not stat.S_ISREG(mode):
        return "it is no ordinary file"
    if len(str(path)) > MAX_PATH:
        return f"its path is longer than {MAX_PATH} characters"
    if not str(path).isprintable():
        return "its name holds signs that cannot be shown"
    return ""
