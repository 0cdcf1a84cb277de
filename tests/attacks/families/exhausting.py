"""Killing, stalling or exhausting the grader. Every attack gives up by itself once it has won, for whoever runs it."""

from tests.attacks.attack import GOTCHA, Attack, code
from tests.attacks.course import FULL, RIGHT

FAMILY = "killing, stalling or exhausting"


def _cell(name: str, tries: str, source: str, stopped_by=("limits",), **more) -> Attack:
    """A cell at the end of right answers; it must cost nothing but itself."""
    extra = (("end", code(source)),)
    options = {"honest": FULL, "least": FULL, **more}
    return Attack(name=name, tries=tries, stopped_by=stopped_by, cells=RIGHT, extra=extra, **options)


ATTACKS = [
    _cell(
        "memory",
        "Allocates memory until there is none.",
        f"""
        hoard = []
        for _ in range(48):
            hoard.append(bytearray(b"x" * (1 << 26)))
        {GOTCHA}
        """,
    ),
    _cell(
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
    _cell(
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
    _cell(
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
    _cell(
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
    _cell(
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
    _cell(
        "open-files",
        "Opens files until there are no descriptors left.",
        f"""
        import os

        for _ in range(2000):
            os.open("/dev/null", os.O_RDONLY)
        {GOTCHA}
        """,
    ),
    _cell(
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
    _cell(
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
    _cell(
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
    _cell(
        "one-giant-output",
        "Displays a picture of a hundred megabytes.",
        f"""
        from IPython.display import display

        display({{"image/png": "A" * 100_000_000, "text/plain": "picture"}}, raw=True)
        {GOTCHA}
        """,
    ),
    _cell(
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
    _cell(
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
    _cell(
        "stops-itself",
        "Sends itself a signal that stops it, so that it neither answers nor ends.",
        """
        import os
        import signal

        os.kill(os.getpid(), signal.SIGSTOP)
        """,
        stopped_by=(),
    ),
    _cell(
        "kills-what-is-above",
        "Kills the processes that started it.",
        """
        import os
        import pathlib
        import re
        import signal

        process = os.getppid()
        for _ in range(2):
            if process > 1 and b"autograder" in pathlib.Path(f"/proc/{process}/cmdline").read_bytes():
                above = re.search(r"PPid:\\t(\\d+)", pathlib.Path(f"/proc/{process}/status").read_text())
                os.kill(process, signal.SIGKILL)
                process = int(above.group(1))
        """,
        stopped_by=("sandbox",),
    ),
    _cell("exits", "Ends its process without a word.", "import os\n\nos._exit(0)", stopped_by=()),
    _cell("crashes", "Reads from address zero.", "import ctypes\n\nctypes.string_at(0)", stopped_by=()),
    _cell(
        "closes-everything",
        "Closes every descriptor, the kernel's sockets included.",
        "import os\n\nos.closerange(0, 4096)",
        stopped_by=(),
    ),
    _cell(
        "stops-the-event-loop",
        "Stops the kernel's event loop and replaces its handlers.",
        """
        import asyncio

        loop = asyncio.get_event_loop()
        kernel = get_ipython().kernel
        for handler in list(kernel.shell_handlers):
            kernel.shell_handlers[handler] = None
        loop.call_soon(loop.stop)
        """,
        stopped_by=(),
        least=0.0,
    ),
    _cell(
        "deep-recursion",
        "Recurses until the stack of the process overflows.",
        """
        import sys

        sys.setrecursionlimit(1 << 30)


        def down(depth):
            return repr([down(depth + 1)])


        down(0)
        """,
        stopped_by=(),
    ),
    _cell(
        "exit-handlers",
        "Leaves exit handlers, finalisers and threads that never end.",
        """
        import atexit
        import threading
        import time
        import weakref


        def forever():
            while True:
                time.sleep(1)


        class Sticky:
            __del__ = lambda self: forever()


        keep = Sticky()
        atexit.register(forever)
        weakref.finalize(keep, forever)
        threading.Thread(target=forever).start()
        """,
        stopped_by=(),
    ),
    _cell(
        "asks-for-input",
        "Asks the teacher for input, and starts a debugger.",
        """
        for question in (input, breakpoint):
            try:
                question()
            except BaseException as error:
                print(type(error).__name__)
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
