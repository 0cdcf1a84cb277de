"""Ending or breaking the process that runs the notebook, and those that watch it."""

from tests.attacks.families.exhausting import FAMILY, in_a_cell

HOLDS = "A kernel that ends is seen at once, replaced, and the cell that ended it left out."

ATTACKS = [
    in_a_cell(
        "stops-itself",
        "Sends itself a signal that stops it, so that it neither answers nor ends.",
        """
        import os
        import signal

        os.kill(os.getpid(), signal.SIGSTOP)
        """,
        stopped_by=(),
    ),
    in_a_cell(
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
    in_a_cell("exits", "Ends its process without a word.", "import os\n\nos._exit(0)", stopped_by=()),
    in_a_cell("crashes", "Reads from address zero.", "import ctypes\n\nctypes.string_at(0)", stopped_by=()),
    in_a_cell(
        "closes-everything",
        "Closes every descriptor, the kernel's sockets included.",
        "import os\n\nos.closerange(0, 4096)",
        stopped_by=(),
    ),
    in_a_cell(
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
    in_a_cell(
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
    in_a_cell(
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
    in_a_cell(
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
]

__all__ = ["ATTACKS", "FAMILY", "HOLDS"]
