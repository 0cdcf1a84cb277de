"""Killing, stalling or exhausting the grader from within a function that a test calls."""

from tests.attacks.attack import GOTCHA, Attack, code
from tests.attacks.course import FULL, RIGHT

FAMILY = "killing, stalling or exhausting"
HOLDS = "A call that ends the process costs its own exercise; the session cuts off what a call prints."


def _call(name: str, tries: str, body: str, stopped_by=("limits",), **more) -> Attack:
    """One function, of which the others must not suffer."""
    cells = {**RIGHT, "spread": code(body)}
    options = {"honest": FULL - 1, "least": FULL - 1, **more}
    return Attack(name=name, tries=tries, stopped_by=stopped_by, cells=cells, **options)


ATTACKS = [
    _call(
        "sleeps-when-tested",
        "Takes for ever, but only when a test calls it.",
        f"""
        import time


        def spread(x):
            for _ in range(7):
                try:
                    time.sleep(1)
                except BaseException:
                    pass
            {GOTCHA}
            return 0.0
        """,
    ),
    _call(
        "memory-when-tested",
        "Allocates memory without end, but only when a test calls it.",
        f"""
        def spread(x):
            hoard = [bytearray(b"x" * (1 << 26)) for _ in range(48)]
            {GOTCHA}
            return 0.0
        """,
    ),
    _call(
        "exits-when-tested",
        "Ends its process when a test calls it.",
        "import os\n\n\ndef spread(x):\n    os._exit(0)",
        (),
    ),
    _call(
        "output-when-tested",
        "Prints without end when a test calls it.",
        f"""
        def spread(x):
            import sys

            for _ in range(3_000):
                print("x" * 10_000)
                print("x" * 1_000, file=sys.stderr)
            {GOTCHA}
            return 0.0
        """,
        stopped_by=(),
    ),
    _call(
        "recursion-when-tested",
        "Recurses without end when a test calls it.",
        "def spread(x):\n    return spread(x)",
        stopped_by=(),
    ),
]
