"""What a forked kernel process gives up between the fork and the first line of student code.

It is process 1 of its own pid namespace already. Here it gets its own mounts (a fresh /proc, /dev/pts, and one tmpfs of
limited size behind every place that can be written to), System V IPC and network; then it loses its user id, every
capability, and the system calls in `syscalls`. Whatever it starts dies with it, and whatever it wrote goes with its
mounts, so nothing has to be searched for and wiped. All of this happens before any thread exists, because each thread
keeps capabilities of its own.
"""

from __future__ import annotations

import json
import os
import resource
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.kernels import syscalls

HOME = "/home/student"
WORK = "/home/student/work"
ETC = "/run/etc"
"""Where the files of /etc are that are made for each kernel; an empty folder that the sandbox must have."""

STAGE = "/run/stage"
"""Another one; the kernel's tmpfs is put together there."""

STUDENT = 1000
"""The student's user and group in a user namespace."""

INODES = 20_000
"""Files and folders of one submission: each takes about 1 kB of kernel memory that no other limit counts."""

_PLACES = (("home", HOME, 0o755), ("tmp", "/tmp", 0o1777), ("shm", "/dev/shm", 0o1777), ("etc", ETC, 0o755))


def made_up_files(identity: int) -> dict[str, str]:
    """Files of /etc, which name nobody but the student and no machine but this notebook's."""
    return {
        "passwd": f"student:x:{identity}:{identity}::{HOME}:/bin/sh\n",
        "group": f"student:x:{identity}:\n",
        "hosts": "127.0.0.1 localhost notebook\n",
    }


def enter(identity: int | None, files: int, disk_bytes: int, kept: Sequence[str] = ()) -> None:
    """Confine this process, for good; the limits that all systems have come later, with `limit`.

    Args:
        identity: the user and group to become; None: there is only one, so become it in a user namespace of our own.
        files: a file descriptor with packed files (see `unpack`) for the work folder; it is closed.
        disk_bytes: how much it may write, in all places together.
        kept: read-only mounts that lie inside the writable places and shall stay there.

    Raises OSError.
    """
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWNET)
    syscalls.loopback_up()
    _mount(disk_bytes + os.fstat(files).st_size, identity, kept)
    Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, this goes first, not the grader
    _drop_privileges(identity)
    unpack(files, Path(WORK))  # after the ids, so that the student owns them
    os.chdir(WORK)
    syscalls.install_filter()


def writable(path: Path) -> bool:
    """Does this lie inside a place that each notebook gets anew?"""
    return any(path.is_relative_to(target) for _, target, _ in _PLACES)


def _mount(size: int, identity: int | None, kept: Sequence[str]) -> None:
    safe = syscalls.MS_NOSUID | syscalls.MS_NODEV
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    syscalls.mount("proc", "/proc", "proc", safe | syscalls.MS_NOEXEC)
    if Path("/proc/keys").exists():  # the instructor's, where the student is the same user seen from outside
        syscalls.mount("/dev/null", "/proc/keys", flags=syscalls.MS_BIND)
    syscalls.mount("devpts", "/dev/pts", "devpts", syscalls.MS_NOSUID | syscalls.MS_NOEXEC, "ptmxmode=0666,mode=0620")
    still = {path: os.open(path, os.O_PATH) for path in kept}
    # One file system behind all places, so that one limit holds for their sum.
    syscalls.mount("tmpfs", STAGE, "tmpfs", safe, f"size={size},nr_inodes={INODES},mode=755")
    stage = Path(STAGE)
    for name, target, mode in _PLACES:
        place = stage / name
        place.mkdir()
        place.chmod(mode)
        syscalls.mount(str(place), target, flags=syscalls.MS_BIND)
    work = stage / "home" / "work"
    work.mkdir()
    if identity is not None:
        for folder in (stage / "home", work):
            os.chown(folder, identity, identity)
    for name, text in made_up_files(STUDENT if identity is None else identity).items():
        (stage / "etc" / name).write_text(text)
    syscalls.detach(STAGE)
    for path, fd in still.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            Path(path).mkdir()
        else:
            Path(path).touch()
        syscalls.mount(f"/proc/self/fd/{fd}", path, flags=syscalls.MS_BIND | syscalls.MS_REC)
        os.close(fd)


def _drop_privileges(identity: int | None) -> None:
    syscalls.no_new_privileges()
    if identity is None:
        # Processes are counted for each user in each user namespace, so this also makes that limit the notebook's own.
        user, group = os.getuid(), os.getgid()
        syscalls.unshare(syscalls.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{STUDENT} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{STUDENT} {group} 1")
    syscalls.drop_bounding_set()
    if identity is not None:
        os.setgroups([])
        os.setresgid(identity, identity, identity)
        os.setresuid(identity, identity, identity)
    syscalls.drop_capabilities()
    syscalls.own_proc_files()


def limit(limits: Mapping[str, int]) -> None:
    """Set the limits of this process and all that it starts; raises OSError, ValueError.

    Keys: "memory_bytes" (of addresses, beyond what the process has now: so call it when the kernel's own threads, each
    of which reserves a hundred megabytes, are there), "cpu_seconds", "file_bytes", "open_files", "processes" (threads
    count).
    """
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    now = pages * resource.getpagesize()
    for what, value in (
        (resource.RLIMIT_AS, now + limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        _, hard = resource.getrlimit(what)
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (lowest, lowest))


def pack(files: Mapping[str, bytes | Path], limit: int) -> int:
    """Put files into a file in memory and give back its descriptor: one line of JSON (names and sizes), then contents.

    Paths are followed wherever they lead: who calls this says which files may be handed over. Raises OSError, and
    ValueError where a name is no relative path, something is not a plain file, or all is more than `limit` bytes.
    """
    for name in files:
        if not name or name.startswith("/") or "\0" in name or {"", ".", ".."} & set(name.split("/")):
            raise ValueError(f"{name!r} is not the name of a file in the work folder")
    size = 0
    for name, content in files.items():
        if isinstance(content, bytes):
            size += len(content)
        elif content.is_file():
            size += content.stat().st_size
        else:
            raise ValueError(f"{name!r} is not a file")
    if size > limit:
        raise ValueError(f"the files take {size >> 20} MiB together, and {limit >> 20} MiB are allowed")
    contents = {name: given if isinstance(given, bytes) else given.read_bytes() for name, given in files.items()}
    fd = os.memfd_create("files")
    with os.fdopen(os.dup(fd), "wb") as packed:
        packed.write(json.dumps([[name, len(content)] for name, content in contents.items()]).encode() + b"\n")
        packed.writelines(contents.values())
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def unpack(fd: int, folder: Path) -> None:
    """Write what `pack` packed into `folder`, and close `fd`. Raises OSError."""
    with os.fdopen(fd, "rb") as packed:
        for name, size in json.loads(packed.readline()):
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(packed.read(size))
