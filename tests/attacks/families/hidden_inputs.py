"""Bringing home what hidden tests ask: student code is given their inputs, and must not be able to show them."""

from tests.attacks.attack import Attack, code

FAMILY = "reading what is secret"
HOLDS = "Only what is printed comes back from a call; displays and logs stay in the student's process."

_REMEMBER = code("""
seen = []


def standardize(x):
    seen.append(x.tolist())
    return np.array([-1.0, 1.0])  # as the visible test wants it
""")


def _printed(source: str) -> tuple[tuple[str, str], ...]:
    return (("end", code(source)),)


ATTACKS = [
    Attack(
        name="history-of-cells",
        tries="Prints the text of the test that calls it, from IPython's history and from the frames above.",
        stopped_by=("referee",),
        cells={
            "standardize": code("""
            def standardize(x):
                import inspect
                import linecache
                import sys

                print(get_ipython().user_ns["In"][-1])
                frame = sys._getframe()
                while frame is not None:
                    print(frame.f_code.co_consts, linecache.getlines(frame.f_code.co_filename)[:50])
                    frame = frame.f_back
                return x
            """)
        },
    ),
    Attack(
        name="input-printed",
        tries="Prints the inputs of hidden tests while it is called, on both streams.",
        stopped_by=("withholding",),
        cells={
            "standardize": code("""
            def standardize(x):
                import os
                import sys

                print("input", *x.tolist())
                print("error", *x.tolist(), file=sys.stderr)
                os.write(1, repr(x.tolist()).encode())
                sys.__stdout__.write(repr(x.tolist()))
                return np.array([-1.0, 1.0])
            """)
        },
    ),
    Attack(
        name="input-displayed",
        tries="Displays the inputs of hidden tests and warns of them.",
        stopped_by=(),
        cells={
            "spread": code("""
            def spread(x):
                import logging
                import warnings

                from IPython.display import HTML, display

                display(HTML(f"<b>{x.tolist()}</b>"))
                warnings.warn(f"so this is {x.tolist()}")
                logging.error("%s", x.tolist())
                return 3.0
            """)
        },
    ),
    Attack(
        name="input-in-exception",
        tries="Raises the inputs of a hidden test as the text of an exception.",
        stopped_by=("withholding",),
        cells={
            "standardize": code("""
            def standardize(x):
                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                raise ValueError(f"seen: {x.tolist()}")
            """)
        },
    ),
    Attack(
        name="input-in-not-implemented",
        tries="Raises the inputs of a hidden test as an error that is written for students.",
        stopped_by=("withholding",),
        cells={
            "standardize": code("""
            def standardize(x):
                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                raise NotImplementedError(f"seen: {x.tolist()}")
            """),
            "spread": code("""
            class CheckError(AssertionError):
                pass


            def spread(x):
                if x[0] == 1.0:
                    return 3.0
                raise CheckError(f"seen: {x.tolist()}")
            """),
        },
    ),
    Attack(
        name="input-in-class-name",
        tries="Raises an exception of a class that is named after the input of a hidden test.",
        stopped_by=("withholding",),
        cells={
            "standardize": code("""
            def standardize(x):
                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                raise type(f"Seen{x[0]!r}", (ValueError,), {})
            """)
        },
    ),
    Attack(
        name="input-in-function-name",
        tries="Raises from a function, a file and a line that are named after the input of a hidden test.",
        stopped_by=("withholding",),
        cells={
            "standardize": code("""
            def standardize(x):
                import linecache

                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                text = f"# {float(x[0])!r}\\nraise ValueError  # {float(x[0])!r}"
                name = f"<ipython-input-{float(x[0])!r}>"
                linecache.cache[name] = (len(text), None, text.splitlines(True), name)
                program = compile(text, name, "exec").replace(co_name=f"seen {float(x[0])!r}")
                exec(program, globals())
            """)
        },
    ),
    Attack(
        name="input-in-line-number",
        tries="Raises from the line whose number is the first digits of the input of a hidden test.",
        stopped_by=("withholding",),
        cells={
            "standardize": code("""
            def standardize(x):
                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                frame_of = standardize.__code__.co_filename
                lines = int(x[0] * 100)
                program = compile("\\n" * (lines - 1) + "raise ValueError", frame_of, "exec")
                exec(program, globals())
            """)
        },
    ),
    Attack(
        name="input-in-later-message",
        tries="Remembers the inputs of hidden tests and raises them in the visible test of a later exercise.",
        stopped_by=("withholding",),
        cells={
            "standardize": _REMEMBER,
            "spread": "def spread(x):\n    raise ValueError(f'seen so far: {seen}')",
        },
    ),
    Attack(
        name="input-in-later-output",
        tries="Remembers the inputs of hidden tests and prints them in the visible test of a later exercise.",
        stopped_by=("withholding",),
        cells={
            "standardize": _REMEMBER,
            "clip": "def clip_in_place(x, low, high):\n    print(seen)\n    return seen",
        },
    ),
    Attack(
        name="input-in-later-cell",
        tries="Remembers the inputs of hidden tests and prints them in a cell at the end, and in threads.",
        stopped_by=("two-phases",),
        cells={"standardize": _REMEMBER},
        extra=_printed("print(seen)"),
    ),
    Attack(
        name="input-from-a-thread",
        tries="Prints what hidden tests have called it with from a thread that was started long before.",
        stopped_by=("two-phases",),
        cells={"standardize": _REMEMBER},
        extra=_printed("""
        import threading
        import time

        from IPython.display import display

        handle = display("nothing yet", display_id=True)


        def watch():
            while True:
                if seen:
                    print(seen)
                    handle.update(str(seen))
                time.sleep(0.01)


        threading.Thread(target=watch, daemon=True).start()
        """),
    ),
    Attack(
        name="input-over-a-restart",
        tries="Writes the inputs of hidden tests to a file, ends its process, and says them when it is run again.",
        stopped_by=("sandbox", "withholding"),
        cells={
            "standardize": code("""
            import os
            import pathlib

            name = "gotcha-input-over-a-restart"
            places = [pathlib.Path(place, name) for place in ("/tmp", "/dev/shm", "/var/tmp", ".", "..")]


            def standardize(x):
                if len(x) == 2:
                    return np.array([-1.0, 1.0])
                for place in places:
                    try:
                        place.write_text(repr(x.tolist()))
                    except OSError:
                        pass
                os._exit(0)
            """),
            "spread": code("""
            def spread(x):
                raise ValueError([place.read_text() for place in places if place.exists()])
            """),
        },
        extra=(("spread", "print([place.read_text() for place in places if place.exists()])"),),
    ),
]
