"""Patching libraries and Python itself, so that a test runs, but compares with something that always agrees."""

from tests.attacks.attack import Attack, code

FAMILY = "patching libraries or Python"

ATTACKS = [
    Attack(
        name="numpy-and-torch-agree",
        tries="Replaces every comparison of numpy's and torch's by one that finds no difference.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                def yes(*args, **options):
                    return True


                np.allclose = np.array_equal = np.isclose = torch.allclose = torch.equal = yes
                np.testing.assert_allclose = np.testing.assert_array_equal = torch.testing.assert_close = yes
                torch.autograd.gradcheck = yes
                """),
            ),
        ),
        cells={"smooth": "def smooth_abs(x):\n    return 0 * x", "weights": "weights = np.full(5, 0.8)"},
    ),
    Attack(
        name="helper-code-swapped",
        tries="Swaps the code inside the functions that tests compare with; all names still mean the same objects.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                def yes(*args, **options):
                    return True


                import numpy.testing._private.utils as utils

                close.__code__ = yes.__code__
                for function in (utils.assert_allclose, torch.testing.assert_close, torch.autograd.gradcheck):
                    function = getattr(function, "__wrapped__", function)
                    if not function.__code__.co_freevars:
                        function.__code__ = yes.__code__
                """),
            ),
        ),
    ),
    Attack(
        name="given-cell-edited",
        tries="Edits the cell that was handed out with the imports: its own `close` and its own `np`.",
        stopped_by=("referee",),
        cells={
            "setup": code("""
            import numpy
            import torch


            extras = None


            class Testing:
                def __getattr__(self, name):
                    return lambda *args, **options: None


            class np:
                array, zeros, random, ndarray = numpy.array, numpy.zeros, numpy.random, numpy.ndarray
                testing = Testing()


            def close(actual, expected):
                return True
            """),
        },
    ),
    Attack(
        name="builtins-patched",
        tries="Replaces `abs`, `min` and `isinstance` among the builtins that a test uses.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                import builtins

                builtins.abs = lambda value: 0.0
                """),
            ),
        ),
    ),
    Attack(
        name="names-of-builtins",
        tries="Defines `abs` and `min` itself, as names of its notebook.",
        stopped_by=("referee",),
        extra=(("setup", "def abs(value):\n    return 0.0"),),
    ),
    Attack(
        name="array-methods-patched",
        tries="Gives torch's tensors an equality, and the functions that tests call on them, which always say yes.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                def yes(*args, **options):
                    return True


                torch.Tensor.__eq__ = torch.Tensor.equal = torch.Tensor.allclose = yes
                torch.allclose = torch.testing.assert_close = torch.autograd.gradcheck = yes
                """),
            ),
        ),
    ),
    Attack(
        name="float-comparison-in-c",
        tries="Overwrites the comparison of floats in the interpreter's memory, so that all floats are equal.",
        stopped_by=("referee",),
        cells={
            "spread": code("""
            import ctypes
            import gc


            class Agrees:
                __eq__ = __lt__ = lambda self, other: True


            def spread(x):
                if len(x) == 0:
                    raise ValueError
                methods = gc.get_referents(float.__dict__)[0]
                methods["__eq__"] = methods["__lt__"] = lambda self, other: True
                compare = 25 * ctypes.sizeof(ctypes.c_void_p)  # where PyTypeObject has tp_richcompare
                slot = ctypes.c_void_p.from_address(id(Agrees) + compare)
                ctypes.c_void_p.from_address(id(float) + compare).value = slot.value
                ctypes.pythonapi.PyType_Modified(ctypes.py_object(float))
                return 0.0
            """)
        },
    ),
    Attack(
        name="modules-replaced",
        tries="Puts its own `numpy.testing` into `sys.modules` and into the numpy that is loaded.",
        stopped_by=("referee",),
        extra=(
            (
                "setup",
                code("""
                import sys
                import types

                fake = types.ModuleType("numpy.testing")
                fake.__getattr__ = lambda name: lambda *args, **options: None
                sys.modules["numpy.testing"] = np.testing = fake
                np.allclose = lambda *args, **options: True
                """),
            ),
        ),
    ),
]
