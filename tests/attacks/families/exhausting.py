"""Killing, stalling or exhausting the grader. Every attack gives up by itself once it has won, for whoever runs it."""

from tests.attacks.attack import GOTCHA, Attack, code
from tests.attacks.course import FULL, RIGHT

FAMILY = "killing, stalling or exhausting"
HOLDS = "What a cell displays is counted as it comes, and joined without looking back."


def in_a_cell(name: str, tries: str, source: str, stopped_by=("limits",), **more) -> Attack:
    """A cell at the end of right answers; it must cost nothing but itself."""
    extra = (("end", code(source)),)
    options = {"honest": FULL, "least": FULL, **more}
    return Attack(name=name, tries=tries, stopped_by=stopped_by, cells=RIGHT, extra=extra, **options)


ATTACKS = [
    in_a_cell(
        "memory",
        "Allocates memory until there is none.",
        f"""
        hoard = []
        for _ in range(48):
            hoard.append(bytearray(b"x" * (1 << 26)))
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "memory-in-many-processes",
        "Allocates memory in many processes, each of them within its limit.",
        f"""
        import os
        import time

        children = []
        for _ in range(8):
            child = os.fork()
            if child == 0:
                hoard = bytearray(b"x" * (300 << 20))
                time.sleep(2)
                os._exit(0)
            children.append(child)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "processes",
        "Starts processes that start processes.",
        f"""
        import os
        import time

        for count in range(250):
            if os.fork() == 0:
                time.sleep(3)
                os._exit(0)
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "threads",
        "Starts threads without end.",
        f"""
        import threading
        import time

        for count in range(400):
            threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "disk",
        "Fills the temporary folder, its home and the shared memory.",
        f"""
        import os
        import pathlib
        import tempfile

        written = 0
        with tempfile.TemporaryDirectory(prefix="gotcha-") as folder:
            for number in range(24):
                pathlib.Path(folder, str(number)).write_bytes(os.urandom(1 << 24))
            {GOTCHA}
        """,
        stopped_by=("limits",),
    ),
    in_a_cell(
        "large-file",
        "Writes one very large file, most of it a hole.",
        f"""
        import tempfile

        with tempfile.TemporaryFile() as file:
            file.truncate(1 << 40)
            file.seek(1 << 33)
            file.write(b"x")
            {GOTCHA}
        """,
    ),
    in_a_cell(
        "open-files",
        "Opens files until there are no descriptors left.",
        f"""
        import os

        for _ in range(2000):
            os.open("/dev/null", os.O_RDONLY)
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "endless-output",
        "Prints without end.",
        f"""
        import time

        start = time.monotonic()
        while time.monotonic() < start + 9:
            print("x" * 10_000)
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "endless-errors",
        "Writes without end to stderr, through Python and past it.",
        f"""
        import os
        import sys
        import time

        start = time.monotonic()
        while time.monotonic() < start + 9:
            sys.stderr.write("x" * 10_000)
            os.write(2, b"x" * 1_000)
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "endless-pictures",
        "Displays a hundred thousand small things.",
        f"""
        import time

        from IPython.display import display

        start = time.monotonic()
        while time.monotonic() < start + 9:
            display({{"text/plain": "x" * 50}}, raw=True)
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "one-giant-output",
        "Displays a picture of a hundred megabytes.",
        f"""
        from IPython.display import display

        display({{"image/png": "A" * 100_000_000, "text/plain": "picture"}}, raw=True)
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "sleeps",
        "Sleeps for an hour, whatever anyone says.",
        f"""
        import time

        start = time.monotonic()
        while time.monotonic() < start + 9:
            try:
                time.sleep(9)
            except BaseException:
                pass
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "ignores-interrupts",
        "Ignores, blocks and masks every signal that can be, and computes.",
        f"""
        import signal
        import time

        for number in set(signal.Signals) - {{signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}}:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        start = time.monotonic()
        while time.monotonic() < start + 9:
            pass
        {GOTCHA}
        """,
    ),
    in_a_cell(
        "carriage-returns",
        "Prints long lines with carriage returns, on which whoever joins outputs is said to spend quadratic time.",
        """
        print("x" * 200_000)
        print("x\\r" * 10_000)
        """,
        stopped_by=(),
    ),
    Attack(
        name="slow-everywhere",
        tries="Uses nearly all of the time that one cell has, in a hundred cells.",
        stopped_by=("limits",),
        cells=RIGHT,
        extra=tuple(
            ("end", f"import time\n\ntime.sleep(1.0)\nif {number} == 18:\n    {GOTCHA}") for number in range(30)
        ),
        honest=FULL,
    ),
]
