"""Return values and replies that are too large, too deep or nonsense, and replies that nobody asked for."""

from tests.attacks.attack import Attack, code
from tests.attacks.course import FULL, RIGHT

FAMILY = "huge, deep or forged replies"
HOLDS = "The wire format is typed, counts what it holds before it makes anything of it, and numbers requests."


def _result(name: str, tries: str, *bodies: str, setup: str = "", stopped_by=(), **more) -> Attack:
    """`spread`, `halve`, … return these; the other functions are right and must not suffer."""
    functions = {"spread": "spread(x)", "halve": "halve(x)", "standardize": "standardize(x)"}
    points = {"spread": 1.0, "halve": 2.0, "standardize": 2.0}
    cells = dict(RIGHT)
    honest = FULL
    for (cell, signature), body in zip(functions.items(), bodies, strict=False):
        cells[cell] = f"def {signature}:\n    return {body}"
        honest -= points[cell]
    extra = (("setup", code(setup)),) if setup else ()
    options = {"honest": honest, "least": honest, **more}
    return Attack(name=name, tries=tries, stopped_by=stopped_by, cells=cells, extra=extra, **options)


ATTACKS = [
    _result(
        "deep-list",
        "Returns a list of lists of lists, a million deep.",
        "DEEP",
        setup="""
        DEEP = []
        for _ in range(1_000_000):
            DEEP = [DEEP]
        """,
    ),
    _result(
        "list-in-itself",
        "Returns a list, a dict and an array that contain themselves.",
        "LOOP",
        "RING",
        setup="""
        LOOP = [1.0]
        LOOP.append(LOOP)
        RING = {}
        RING["ring"] = [RING]
        """,
    ),
    _result(
        "shared-bomb",
        "Returns a list of few objects that is exponentially long when it is written out.",
        "BOMB",
        "BOMB",
        "BOMB",
        setup="""
        BOMB = ["x" * 1000]
        for _ in range(60):
            BOMB = [BOMB, BOMB]
        """,
    ),
    _result(
        "colliding-keys",
        "Returns a dict and a set of keys that all have the same hash, so that building them takes for ever.",
        "dict.fromkeys(n * (2**61 - 1) for n in range(1, 150_000))",
        "{n * (2**61 - 1) for n in range(1, 150_000)}",
    ),
    _result("many-keys", "Returns a dict with three million keys.", "dict.fromkeys(range(3_000_000))"),
    _result(
        "expanded-tensor",
        "Returns tensors of ten billion elements that take four bytes.",
        "torch.zeros(1).expand(10**10)",
        "np.broadcast_to(1.0, (10**10,))",
        "torch.zeros(1).expand(10**5, 10**5)",
    ),
    _result(
        "empty-but-huge",
        "Returns arrays whose shapes multiply to more than a machine can count.",
        "np.empty((0, 2**62))",
        "torch.empty(0, 2**31, 2**31)",
        "torch.empty(10**12, device='meta')",
    ),
    _result(
        "strange-layouts",
        "Returns sparse, quantised and complex tensors and arrays with odd strides.",
        "torch.sparse_coo_tensor([[0]], [1.0], (10**12,))",
        "torch.quantize_per_tensor(torch.zeros(3), 0.1, 0, torch.qint8)",
        "np.lib.stride_tricks.as_strided(np.zeros(1), (10**9,), (0,))",
    ),
    _result(
        "strange-arrays",
        "Returns arrays of objects, of records and of very long strings.",
        "np.array([object()] * 3)",
        "np.zeros(3, dtype='U50000000')",
        "np.zeros(2, dtype=[('a', 'f8'), ('b', 'O')])",
    ),
    _result(
        "very-long-text",
        "Returns a string of 400 MB and a number of a million digits.",
        "'x' * 400_000_000",
        "10 ** 1_000_000",
    ),
    _result(
        "broken-text",
        "Returns strings that no file can hold, and prints them, and raises them.",
        "print('\\ud800', '\\x00\\x1b[2J', '\\u202e') or '\\ud800' * 10",
        "(_ for _ in ()).throw(ValueError('\\ud800\\x00'))",
        setup="print('\\ud800 \\x00 \\u202e \\x1b]0;gotcha\\x07')\nraise ValueError('\\ud800')",
    ),
    _result(
        "negative-strides",
        "Returns views with negative strides and of borrowed memory, which are right.",
        "float((x[::-1].max() - x[::-1].min()))",
        honest=FULL,
        least=FULL,
    ),
    _result(
        "reduce-and-repr",
        "Returns objects that attack whoever pickles, prints, copies, hashes or measures them.",
        "Trap()",
        "Trap",
        "Trap().self",
        setup="""
        import os


        class Trap:
            def spring(self, *args, **options):
                return spring_everywhere(self)

            self = property(lambda self: Trap())
            __reduce__ = __reduce_ex__ = __getstate__ = __repr__ = __str__ = __hash__ = __len__ = __iter__ = spring
            __float__ = __index__ = __array__ = __bool__ = __copy__ = __deepcopy__ = __format__ = __sizeof__ = spring


        def spring_everywhere(trap):
            return spring_everywhere(repr(trap))
        """,
    ),
    _result(
        "endless-generator",
        "Returns generators and iterators that never end, and objects with endless attributes.",
        "iter(int, 1)",
        "(n for n in iter(int, 1))",
        "type('E', (), {'__getattr__': lambda s, n: s, '__len__': lambda s: 2**60})()",
    ),
    Attack(
        name="garbage-on-every-socket",
        tries="Writes garbage, half messages and giant lengths to all sockets of its process, and reads them empty.",
        stopped_by=(),
        cells={
            **RIGHT,
            "spread": code("""
            def spread(x):
                import os
                import socket

                for descriptor in range(3, 256):
                    try:
                        with socket.socket(fileno=os.dup(descriptor)) as line:
                            line.setblocking(False)
                            for message in (b"\\xff" * 8, b"\\0" * 4096, b"\\x7f" + b"\\xff" * 63, b"{}" * 1000):
                                line.send(message)
                            line.recv(1 << 20)
                    except OSError:
                        pass
                return 3.0
            """),
        },
        honest=FULL - 1,
    ),
    Attack(
        name="answers-in-advance",
        tries="Sends every reply of its process twice, the second time for requests that are yet to come.",
        stopped_by=(),
        cells={
            **RIGHT,
            "clip": code("""
            def clip_in_place(x, low, high):
                import socket
                import gc

                if not hasattr(socket.socket, "repeats"):
                    socket.socket.repeats = True
                    for name in ("send", "sendall", "sendmsg"):
                        honest = getattr(socket.socket, name)

                        def repeat(line, data, *args, honest=honest):
                            sent = honest(line, data, *args)
                            if line.family == socket.AF_UNIX and line.type == socket.SOCK_STREAM:
                                honest(line, data, *args)
                            return sent

                        setattr(socket.socket, name, repeat)
                np.clip(x, low, high, out=x)
            """),
            "halve": "def halve(x):\n    return 0.0",
        },
        honest=FULL - 2,
    ),
    Attack(
        name="grader-modules-patched",
        tries="Patches the grader's own modules in its process so that every reply is made by it.",
        stopped_by=(),
        extra=(
            (
                "setup",
                code("""
                import sys


                class Anything(dict):
                    __getattr__ = lambda self, name: Anything(verdict="correct", score=2.0, done=True, value=True)
                    __eq__ = lambda self, other: True


                for name in [name for name in sys.modules if name.startswith("autograder.")]:
                    for key, value in list(vars(sys.modules[name]).items()):
                        if callable(value) and getattr(value, "__module__", "") == name:
                            setattr(sys.modules[name], key, lambda *args, **options: Anything())
                """),
            ),
        ),
    ),
    Attack(
        name="session-found",
        tries="Finds the grader's session through the garbage collector and answers its requests with full points.",
        stopped_by=(),
        cells={
            "halve": code("""
            def halve(x):
                import gc

                forged = {"verdict": {"grade_id": "halve-test", "score": 2.0, "outcome": "correct"}, "done": True}
                for thing in gc.get_objects():
                    if type(thing).__module__.startswith("autograder"):
                        for name in dir(type(thing)):
                            if name.startswith(("_reply", "reply", "_send", "send", "_answer", "answer")):
                                for arguments in ((forged,), (0, forged), (2.0,), ()):
                                    try:
                                        getattr(thing, name)(*arguments)
                                    except Exception:
                                        pass
                return 0.0
            """)
        },
    ),
]
