"""What student code can see: the command line of bubblewrap, and the environment."""

from __future__ import annotations

import importlib.util
import os
import shutil
import site
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.kernels import confinement, syscalls

ACCEPT_RISK = "--accept-risk-of-no-sandbox"
"""The command line's flag for grading without a sandbox."""

_IMPORTS = Path("/run/import")
_PACKAGES = ("course", "autograder")
_CAPABILITIES = (  # The nursery's, which it needs to make, watch and end kernels; none of them reaches a kernel.
    *("SYS_ADMIN", "NET_ADMIN"),  # namespaces, mounts, the loopback interface
    *("SETUID", "SETGID", "SETPCAP", "CHOWN"),  # becoming the student
    "SETFCAP",  # becoming the student in a user namespace where one has been root
    *("KILL", "SYS_PTRACE", "DAC_READ_SEARCH"),  # signals to the student's processes, and what they use in /proc
)
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types")
_PROCESSORS = "/sys/devices/system/cpu"


def missing() -> str | None:
    """Why there can be no sandbox here, in one line that says what to do; None where there can. Takes some 20 ms."""
    otherwise = f"or let student code do whatever you may do: {ACCEPT_RISK}"
    if not syscalls.filter_known():
        return f"The sandbox is made for x86-64 and 64-bit ARM processors only; grade on one of these, {otherwise}"
    if shutil.which("bwrap") is None:
        return f"bubblewrap is not installed. Install it (on Debian and Ubuntu: apt install bubblewrap), {otherwise}"
    trial = [*command(), "unshare", "--mount", "true"]  # some systems let bubblewrap do what they deny to those inside
    done = subprocess.run(trial, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return (
        f"bubblewrap cannot make a sandbox here ({reason}). Allow user namespaces on this machine, or give this"
        f" container the right to make them (--privileged), {otherwise}"
    )


def can_switch_user() -> bool:
    """Can this process become any user? Not an ordinary one, nor a root who is alone in a user namespace."""
    return os.geteuid() == 0 and ids()[1] >= 1 << 16


def ids() -> tuple[int, int]:
    """The user ids that exist for this process: the first and how many."""
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    first, _, count = max(ranges, key=lambda row: int(row[2]))
    return int(first), int(count)


def command(readable: Iterable[Path] = (), hidden: Iterable[Path] = ()) -> list[str]:
    """bubblewrap's command line, up to the command that it shall run."""
    options = [shutil.which("bwrap") or "bwrap", "--die-with-parent", "--as-pid-1", "--hostname", "notebook"]
    options += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if not can_switch_user():
        # As any other user, bubblewrap would end in a second user namespace, which does not own the first one's others.
        options += ["--unshare-user", "--uid", "0", "--gid", "0"]
    options += ["--cap-drop", "ALL"]
    for capability in _CAPABILITIES:
        options += ["--cap-add", f"CAP_{capability}"]
    options += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", confinement.HOME]
    options += ["--dir", str(Path(_PROCESSORS).parent), "--ro-bind-try", _PROCESSORS, _PROCESSORS]
    options += ["--dir", confinement.STAGE, "--dir", confinement.ETC, "--dir", "/etc"]
    options += ["--symlink", "/proc/self/mounts", "/etc/mtab"]
    for name in confinement.made_up_files(0):
        options += ["--symlink", f"{confinement.ETC}/{name}", f"/etc/{name}"]
    for name in _ETC:
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    options += _mounts(readable, hidden)
    # Where the student is who made these, only this keeps notes for the next one out of them.
    return [*options, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"]


def _mounts(readable: Iterable[Path], hidden: Iterable[Path]) -> list[str]:
    """What is read-only and what is hidden; of two places of which one lies in the other, the inner one decides."""
    shown = _shown(readable)
    covered = _covered(hidden, shown)
    options: list[str] = []
    for path in sorted({*shown, *covered}, key=lambda path: len(path.parts)):
        for folder in reversed(path.parents[:-1]):
            options += ["--dir", str(folder)]  # bubblewrap's own way would make it one that the student cannot enter
        if path not in shown:
            options += ["--tmpfs", str(path)]
        elif path.is_symlink() and str(path) in _SYSTEM:
            options += ["--symlink", os.readlink(path), str(path)]
        else:
            options += ["--ro-bind", os.path.realpath(shown[path]), str(path)]
    for path in covered - shown.keys():
        options += ["--remount-ro", str(path)]
    return options


def _covered(hidden: Iterable[Path], shown: Mapping[Path, Path]) -> set[Path]:
    """Where student code would see what is hidden, by whatever links that is."""
    places = ((path.resolve(), place, source.resolve()) for path in hidden for place, source in shown.items())
    return {place / path.relative_to(source) for path, place, source in places if path.is_relative_to(source)}


def _shown(readable: Iterable[Path]) -> dict[Path, Path]:
    """Everything that student code can read: where it sees it, and where that is."""
    shown = {path: path for path in map(Path, _SYSTEM) if path.is_dir()}
    shown |= {Path(prefix): Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    shown |= {path.absolute(): path for path in [*readable, *_user_packages()]}
    return shown | {_IMPORTS / name: folder for name, folder in _packages().items()}


def kept(readable: Iterable[Path]) -> list[str]:
    """The outermost of these that lie where each notebook gets an empty folder, such as an interpreter in /tmp."""
    inside = [path for path in _shown(readable) if confinement.writable(path)]
    return [str(path) for path in inside if not set(path.parents) & set(inside)]


def _packages() -> dict[str, Path]:
    """Where the packages are that a kernel imports from this project; they may lie beside an instructor's secrets."""
    found = {}
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations:
            found[name] = Path(next(iter(spec.submodule_search_locations)))
    return found


def _user_packages() -> list[Path]:
    """The folder of `pip install --user`, where it is in use."""
    folder = Path(site.getusersitepackages())
    return [folder] if site.ENABLE_USER_SITE and folder.is_dir() else []


def environment(home: str = "") -> dict[str, str]:
    """The environment of student code, which has nothing of the instructor's.

    `home`: the nursery's home folder where there is no sandbox; "": there is one.
    """
    imports = [_IMPORTS, *_user_packages()] if not home else [folder.parent for folder in _packages().values()]
    return {
        "PATH": f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": home or confinement.HOME,
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, imports)),
        "PYTHONDONTWRITEBYTECODE": "1",
        # The order of a set of strings may decide what an answer is; it shall not depend on the worker.
        "PYTHONHASHSEED": "0",
        # Set before pyplot is imported, or no picture appears.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        # One thread each, because workers fill the processors.
        "OMP_NUM_THREADS": "1",
        # Always one: numpy starts further ones with its import, and the nursery must have none when it forks.
        "OPENBLAS_NUM_THREADS": "1",
        "COURSE_INTERACTIVE": "0",
        "NBGRADER_EXECUTION": "autograde",
    }
