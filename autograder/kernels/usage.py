"""How much memory a process and everything below it use."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

BUFFER_BYTES = 416 << 10
"""What is charged for a socket: so much may wait in a local one, in memory that no account shows."""

SHARED_AT_MOST = 16
"""How many times its limit a submission's processes may seem to hold because they share it.

Beyond that, finding out what they hold would take so long that it would hold up others.
"""


def parents() -> dict[int, int]:
    """Every process that can be seen, with its parent."""
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stat = Path(entry.path, "stat").read_bytes()
            except OSError:  # it has ended
                continue
            found[int(entry.name)] = int(stat.rpartition(b")")[2].split()[1])
    return found


def family(ancestor: int, parents: Mapping[int, int]) -> Iterator[int]:
    """`ancestor` and every process below it."""
    yield ancestor
    for process, parent in parents.items():
        if parent == ancestor:
            yield from family(process, parents)


def own_memory() -> Iterator[tuple[int, int]]:
    """Where this process has memory that is no file's: start and end of each piece."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, rights, _, _, inode, *name = line.split()
        if inode == "0" and rights.startswith("rw") and (not name or name[0] == "[heap]"):
            start, end = addresses.split("-")
            yield int(start, 16), int(end, 16)


def _fields(path: str) -> dict[str, int]:
    """The lines "name: number kB" of a file in /proc, in bytes; {} where the process has ended."""
    try:
        text = Path(path).read_text()
    except OSError:
        return {}
    rows = (line.split() for line in text.splitlines())
    return {row[0][:-1]: int(row[1]) * 1024 for row in rows if len(row) == 3 and row[2] == "kB"}


def _open_files(process: int) -> list[str]:
    """The paths below /proc of everything that it has open."""
    folder = f"/proc/{process}/fd"
    try:
        return [f"{folder}/{name}" for name in os.listdir(folder)]
    except OSError:  # it has ended
        return []


def _sockets(process: int) -> set[str]:
    """Names of its sockets; a socket has the same name in every process that has it open."""
    found = set()
    for path in _open_files(process):
        with contextlib.suppress(OSError):  # closed in between
            found.add(os.readlink(path))
    return {name for name in found if name.startswith("socket:")}


def exceeds(processes: list[int], limit: int) -> bool:
    """Do these processes together hold more than `limit` bytes of memory that is theirs (not a file's)?

    What is cheap to read counts a page, or a socket, once for each process that shares it, and all share the warm
    start. So who has which share, which costs a walk through the page tables, is read only above the limit.
    """
    most = 0
    for process in processes:
        status = _fields(f"/proc/{process}/status")
        most += status.get("RssAnon", 0) + status.get("RssShmem", 0) + BUFFER_BYTES * len(_open_files(process))
    if most <= limit:
        return False
    if most > SHARED_AT_MOST * limit:
        return True
    held = BUFFER_BYTES * len(set().union(*map(_sockets, processes)))
    for process in processes:
        rollup = _fields(f"/proc/{process}/smaps_rollup")
        held += rollup.get("Pss_Anon", rollup.get("Pss", 0)) + rollup.get("Pss_Shmem", 0)
    return held > limit
