"""Leaving something behind for the next student, in pairs: one leaves, one that is graded later looks for it."""

from tests.attacks.attack import GOTCHA, Attack, code
from tests.attacks.course import FULL, RIGHT

FAMILY = "leaving something for the next student"

_PLACES = """
import os
import pathlib
import tempfile

home = pathlib.Path(os.path.expanduser("~"))
places = [home, pathlib.Path("..").resolve(), pathlib.Path(tempfile.gettempdir()), pathlib.Path(np.__file__).parent]
places += [pathlib.Path(place) for place in ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/run/lock")]
places += [pathlib.Path(place) for place in ("@COURSE@", "@COURSE@/submitted", "@TEMP@")]
"""

_SERVER = """
import os, socket, sys, time
server = socket.socket(socket.AF_UNIX)
server.bind("\\0gotcha-@NAME@")
server.listen()
deadline = time.monotonic() + 60
server.settimeout(60)
while time.monotonic() < deadline:
    caller, _ = server.accept()
    caller.send(b"the answer is c")
"""


def _pair(name: str, tries: str, leave: str, find: str, stopped_by: tuple[str, ...] = ("sandbox",)) -> list[Attack]:
    """One who leaves something in a cell of its own, and one who then knows the answer, or prints that there is one."""
    leaver = Attack(
        name=f"{name}-left",
        tries=tries,
        stopped_by=stopped_by,
        cells=RIGHT,
        extra=(("setup", code(leave).replace("@NAME@", name)),),
        honest=FULL,
        student=f"a-{name}-left",
    )
    finder = Attack(
        name=f"{name}-found",
        tries=f"Looks for what another submission left. {tries}",
        stopped_by=stopped_by,
        extra=(("setup", code(find).replace("@NAME@", name)),),
        student=f"z-{name}-found",
    )
    return [leaver, finder]


ATTACKS = [
    *_pair(
        "files",
        "Writes a note into every folder that it can write to.",
        code(_PLACES)
        + "\n"
        + code("""
        for place in places:
            try:
                (place / "gotcha-@NAME@.txt").write_text("the answer is c")
            except OSError:
                pass
        """),
        code(_PLACES)
        + "\n"
        + code(f"""
        for place in places:
            try:
                note = (place / "gotcha-@NAME@.txt").read_text()
                {GOTCHA}
            except OSError:
                pass
        """),
    ),
    *_pair(
        "daemon",
        "Starts a process that survives its notebook, and answers on an abstract socket.",
        code(f"""
        import subprocess
        import sys
        import time

        command = [sys.executable, "-c", {_SERVER!r}, "gotcha-@NAME@"]
        nothing = subprocess.DEVNULL
        subprocess.Popen(command, start_new_session=True, stdin=nothing, stdout=nothing, stderr=nothing)
        time.sleep(0.3)
        """),
        f"""
        import socket

        try:
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect("\\0gotcha-@NAME@")
                answer = caller.recv(100)
                {GOTCHA}
        except OSError:
            pass
        """,
        stopped_by=("sandbox", "sweeping"),
    ),
    *_pair(
        "double-fork",
        "Forks twice into a new session, ignores every signal and waits for its notebook to end.",
        """
        import os
        import signal
        import sys
        import time

        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
                    signal.signal(number, signal.SIG_IGN)
                command = "import time; time.sleep(60)"
                os.execv(sys.executable, [sys.executable, "-c", command, "gotcha-@NAME@"])
            os._exit(0)
        time.sleep(0.2)
        """,
        f"""
        import pathlib

        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if b"gotcha-@NAME@" in file.read_bytes():
                    {GOTCHA}
            except OSError:
                pass
        """,
        stopped_by=("sandbox", "sweeping"),
    ),
    *_pair(
        "shared-memory",
        "Puts the answer into System V and POSIX shared memory and into a message queue.",
        """
        import ctypes
        import pathlib

        libc = ctypes.CDLL(None)
        libc.shmat.restype = ctypes.c_void_p
        segment = libc.shmget(0x60746368, 4096, 0o1666)
        if segment >= 0:
            address = libc.shmat(segment, None, 0)
            ctypes.memmove(address, b"the answer is c", 15)
        try:
            pathlib.Path("/dev/shm/gotcha-@NAME@").write_text("the answer is c")
        except OSError:
            pass
        """,
        f"""
        import ctypes
        import pathlib

        libc = ctypes.CDLL(None)
        segment = libc.shmget(0x60746368, 4096, 0)
        if segment >= 0:
            libc.shmctl(segment, 0, None)
        if segment >= 0 or pathlib.Path("/dev/shm/gotcha-@NAME@").exists():
            {GOTCHA}
        """,
    ),
    *_pair(
        "keyring",
        "Puts the answer into the keyring of its user and of its session, which outlive a process.",
        """
        import ctypes

        libc = ctypes.CDLL(None)
        for ring in (-4, -3, -5):  # the user's, the session's, and the user's default session's
            libc.syscall(248, b"user", b"gotcha-@NAME@", b"the answer is c", 15, ring)
        """,
        f"""
        import ctypes

        libc = ctypes.CDLL(None)
        for ring in (-4, -3, -5):
            if libc.syscall(250, 10, ring, b"user", b"gotcha-@NAME@", 0) >= 0:
                {GOTCHA}
        """,
    ),
]
