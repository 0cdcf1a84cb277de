"""Forging the verdict from inside the kernel: the tests run, and what they found is made to look good."""

from tests.attacks.attack import Attack, code

FAMILY = "forging the verdict"
HOLDS = "The referee makes outcomes and scores of its own results alone; an exception of the student's is a failure."

ATTACKS = [
    Attack(
        name="ast-transformer",
        tries="An AST transformer empties every cell that asserts or computes points.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                import ast


                class Toothless(ast.NodeTransformer):
                    def visit_Module(self, node):
                        if "secret" in ast.dump(node) or any(isinstance(part, ast.Assert) for part in ast.walk(node)):
                            node.body = []
                        return node


                get_ipython().ast_transformers.append(Toothless())
                """),
            ),
        ),
    ),
    Attack(
        name="input-transformer",
        tries="An input transformer replaces the text of every test by `pass`.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                def soften(lines):
                    return ["pass\\n"] if any("assert" in line or "secret" in line for line in lines) else lines


                get_ipython().input_transformers_cleanup.append(soften)
                """),
            ),
        ),
    ),
    Attack(
        name="run-cell-replaced",
        tries="Replaces the method of the shell that runs cells by one that succeeds without running tests.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                shell = get_ipython()
                run = shell.run_cell_async


                async def pretend(raw_cell, *args, **options):
                    return await run("" if "assert" in raw_cell or "secret" in raw_cell else raw_cell, *args, **options)


                shell.run_cell_async = pretend
                """),
            ),
        ),
    ),
    Attack(
        name="custom-exception-handler",
        tries="Registers a handler with IPython that swallows every exception, and has the cell count as successful.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                def swallow(shell, kind, value, traceback, tb_offset=None):
                    return None


                get_ipython().set_custom_exc((BaseException,), swallow)
                get_ipython().events.register("post_run_cell", lambda result: setattr(result, "error_in_exec", None))
                """),
            ),
        ),
    ),
    Attack(
        name="showtraceback-silenced",
        tries="Replaces what shows a traceback: a failed test leaves no error, neither as output nor as status.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                shell = get_ipython()
                shell.showtraceback = shell._showtraceback = lambda *args, **options: None
                shell.events.register("post_run_cell", lambda result: setattr(result, "error_in_exec", None))
                """),
            ),
        ),
    ),
    Attack(
        name="compile-optimised",
        tries="Has every later cell compiled as with `python -O`, which drops assertions.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                import builtins

                honest_compile = compile


                def careless_compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **options):
                    return honest_compile(source, filename, mode, flags, dont_inherit, 2, **options)


                builtins.compile = careless_compile
                """),
            ),
        ),
    ),
    Attack(
        name="trace-function",
        tries="A trace function swaps the names that a test compares with, just before the test uses them.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                import sys


                def yes(*args, **options):
                    return True


                class Agreeable:
                    def __init__(self, module):
                        self.module = module

                    def __getattr__(self, name):
                        if name in ("testing", "autograd"):
                            return Agreeable(getattr(self.module, name))
                        agrees = name.startswith("assert") or name in ("allclose", "gradcheck")
                        return yes if agrees else getattr(self.module, name)


                swapped = {"close": yes, "np": Agreeable(np), "torch": Agreeable(torch)}


                def tracer(frame, event, argument):
                    if frame.f_code.co_name == "<module>" and set(swapped) & set(frame.f_code.co_names):
                        frame.f_globals.update(swapped)


                sys.settrace(tracer)
                """),
            ),
        ),
    ),
    Attack(
        name="clear-output-after-failure",
        tries="After every cell it asks the front end to clear the cell's output, the error included.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                from IPython.display import clear_output


                def wipe(result):
                    result.error_in_exec = None
                    clear_output()


                get_ipython().events.register("post_run_cell", wipe)
                """),
            ),
        ),
    ),
    Attack(
        name="idle-too-early",
        tries="Replies that the cell was successful, and is done, before its test fails; what comes later is not read.",
        stopped_by=("referee",),
        cells={
            name: code(f"""
            def {function}(*args):
                import time

                kernel = get_ipython().kernel
                parent, sender = kernel.get_parent("shell"), kernel._parent_ident["shell"]
                reply = {{"status": "ok", "execution_count": 1, "user_expressions": {{}}, "payload": []}}
                kernel.session.send(kernel.shell_stream, "execute_reply", reply, parent=parent, ident=sender)
                kernel.session.send(kernel.iopub_socket, "status", {{"execution_state": "idle"}}, parent=parent)
                time.sleep(0.5)
                return 0.0
            """)
            for name, function in [("standardize", "standardize"), ("spread", "spread"), ("clip", "clip_in_place")]
        },
    ),
    Attack(
        name="forged-check-results",
        tries="Displays results of checks that no check has made, as the output of a test.",
        stopped_by=(),
        cells={
            name: code(f"""
            def {function}(*args):
                from IPython.display import display

                result = {{"outcome": "correct", "message": "GOT" "CHA", "misconception": None}}
                display({{"application/vnd.stable-exponentials.result+json": result}}, raw=True)
                return 0.0
            """)
            for name, function in [("standardize", "standardize"), ("halve", "halve")]
        },
    ),
    Attack(
        name="ends-the-test-quietly",
        tries="Raises what ends a test without being an error, each function another such exception.",
        stopped_by=(),
        cells={
            "standardize": "def standardize(x):\n    raise SystemExit(0)",
            "spread": "import unittest\n\n\ndef spread(x):\n    raise unittest.SkipTest('not today')",
            "clip": "def clip_in_place(x, low, high):\n    raise KeyboardInterrupt",
            "smooth": "def smooth_abs(x):\n    raise GeneratorExit",
            "halve": "def halve(x):\n    raise StopIteration(2.0)",
        },
    ),
    Attack(
        name="exceptions-that-lie",
        tries="Raises exceptions of a class that claims to be any class, whose text attacks whoever shows it.",
        stopped_by=(),
        cells={
            "spread": code("""
            class Kind(type):
                def __instancecheck__(cls, other):
                    return True

                def __subclasscheck__(cls, other):
                    return True


            class Chameleon(ValueError, metaclass=Kind):
                __class__ = AssertionError
                args = property(lambda self: 1 / 0)

                def __str__(self):
                    raise SystemExit

                __repr__ = __reduce__ = __str__


            Chameleon.__name__ = "\\ud800" * 3 + "\\x00" + "A" * 100_000


            def spread(x):
                raise Chameleon
            """)
        },
    ),
]
