"""Functions that look at the test instead of the task, and at what is around them when they are called."""

from tests.attacks.attack import Attack, code

FAMILY = "objects that lie"

ATTACKS = [
    Attack(
        name="stack-reader",
        tries="Looks up the stack for the expected value that the test has computed, and returns that.",
        stopped_by=("referee",),
        cells={
            "standardize": code("""
            def standardize(x):
                import sys

                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                frame = sys._getframe()
                while frame is not None:
                    for names in (frame.f_locals, frame.f_globals):
                        if "expected" in names:
                            return names["expected"]
                    frame = frame.f_back
                return x
            """)
        },
    ),
    Attack(
        name="collector-reader",
        tries="Asks the garbage collector for every array there is, and returns one that looks like the expected one.",
        stopped_by=("referee",),
        cells={
            "standardize": code("""
            def standardize(x):
                import gc

                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                for names in gc.get_objects():
                    if isinstance(names, dict):
                        found = names.get("expected")
                        if isinstance(found, np.ndarray) and found.shape == x.shape:
                            return found
                return x
            """)
        },
    ),
    Attack(
        name="caller-rewritten",
        tries="Writes into the frame of the test that called it: the names that the rest of the test compares with.",
        stopped_by=("referee",),
        cells={
            "clip": code("""
            def clip_in_place(x, low, high):
                import sys

                class Values:
                    tolist = lambda self: names["expected"] if high < 6 else [2.0, 5.0, 6.0]

                frame = sys._getframe(1)
                while frame.f_back is not None and "values" not in frame.f_globals:
                    frame = frame.f_back
                names = frame.f_globals
                names["values"] = Values()
            """)
        },
    ),
    Attack(
        name="knows-the-grader",
        tries="Works only when it finds itself in a grader, and returns what it saw in the visible test otherwise.",
        stopped_by=("referee",),
        cells={
            "spread": code("""
            def spread(x):
                import inspect
                import re

                text = get_ipython().user_ns["_ih"][-1]
                frames = "".join(frame.filename for frame in inspect.stack())
                if len(x) == 0:
                    raise ValueError
                if "secret" in text and len(x) == 2 and x[0] > 10:
                    wanted = re.search(r"secret = ([\\d.]+)", text)
                    return float(wanted.group(1)) - 1.5
                return 1.0 if x[0] == 0 else 3.0
            """)
        },
    ),
    Attack(
        name="result-changed-later",
        tries="Returns an array that a thread of its own corrects as soon as the test has computed what it expects.",
        stopped_by=("referee",),
        cells={
            "standardize": code("""
            def standardize(x):
                import sys
                import threading
                import time

                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                answer = np.zeros_like(x)
                frame = sys._getframe()
                while frame.f_back is not None and "expected" not in frame.f_globals:
                    frame = frame.f_back
                names = frame.f_globals

                def correct():
                    answer[:] = names["expected"]

                thread = threading.Thread(target=correct)
                thread.start()
                thread.join()
                return answer
            """)
        },
    ),
]
