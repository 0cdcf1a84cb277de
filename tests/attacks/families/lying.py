"""Objects that lie about equality, type, shape or content, and functions that look at the test instead of the task."""

from tests.attacks.attack import Attack, code

FAMILY = "objects that lie"

_YES = """
class Yes:
    def yes(self, *args, **options):
        return True

    def same(self, *args, **options):
        return self

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = yes
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __abs__ = __getattr__ = __call__ = same
    __float__ = lambda self: 0.0
    __ne__ = lambda self, other: False
    __hash__ = lambda self: hash("c")
    __class__ = property(lambda self: float)
    __iter__ = lambda self: iter(())
    __len__ = lambda self: 5
"""

ATTACKS = [
    Attack(
        name="contains-everything",
        tries="Answers with a container that says of everything that it is in it, and of any length that it is right.",
        stopped_by=("referee",),
        cells={
            "primes": code("""
            class Everything:
                __contains__ = lambda self, item: True
                __len__ = lambda self: 25
                __iter__ = lambda self: iter(range(25))


            primes = Everything()
            """)
        },
    ),
    Attack(
        name="equal-to-everything",
        tries="Answers with an object that is equal to everything, less than everything and of every type.",
        stopped_by=("referee",),
        cells={
            "setup": "import numpy as np\nimport torch\nfrom helpers import close\n\nextras = None\n" + _YES,
            "spread": "def spread(x):\n    if len(x) == 0:\n        raise ValueError\n    return Yes()",
            "quiz": "quiz = Yes()",
            "weights": "weights = Yes()",
            "halve": "def halve(x):\n    return Yes()",
        },
    ),
    Attack(
        name="float-that-lies",
        tries="Returns a subclass of float whose differences are zero and which is equal to every number.",
        stopped_by=("referee",),
        cells={
            "spread": code("""
            class Agreeable(float):
                __eq__ = __lt__ = lambda self, other: True
                __sub__ = __rsub__ = __abs__ = lambda self, *other: self
                __hash__ = float.__hash__


            def spread(x):
                if len(x) == 0:
                    raise ValueError
                return Agreeable(0)
            """),
            "halve": "def halve(x):\n    return Agreeable(0)",
        },
    ),
    Attack(
        name="text-that-lies",
        tries="Answers the question with a string that is equal to every other string.",
        stopped_by=("referee",),
        cells={
            "quiz": code("""
            class Agreeable(str):
                __eq__ = lambda self, other: True
                __hash__ = str.__hash__


            quiz = Agreeable("a")
            """)
        },
    ),
    Attack(
        name="metaclass-that-lies",
        tries="Answers with a class, not an instance, whose metaclass says yes to every comparison.",
        stopped_by=("referee",),
        cells={
            "quiz": code("""
            class Agreeable(type):
                __eq__ = lambda self, other: True
                __hash__ = lambda self: hash("a")


            class quiz(metaclass=Agreeable):
                pass
            """)
        },
    ),
    Attack(
        name="array-subclass",
        tries="Returns arrays of a class that answers numpy's functions itself, always with yes.",
        stopped_by=("referee",),
        cells={
            "standardize": code("""
            class Agreeable(np.ndarray):
                def __array_ufunc__(self, ufunc, method, *inputs, **options):
                    return np.full(len(inputs[0]), ufunc not in (np.isnan, np.isinf))

                def __array_function__(self, function, types, args, options):
                    return True

                __eq__ = lambda self, other: np.ones(self.shape, bool)


            def standardize(x):
                return np.zeros_like(x).view(Agreeable)
            """),
            "weights": "weights = np.zeros(5).view(Agreeable)\nweights.__class__.sum = lambda self: 4.0",
        },
    ),
    Attack(
        name="array-that-changes",
        tries="Answers with an array of zeros whose class gives the right sum and elements when it is asked.",
        stopped_by=("referee",),
        cells={
            "weights": code("""
            class Shifty(np.ndarray):
                shape = property(lambda self: (5,))
                sum = lambda self: 4.0
                __array_function__ = lambda self, function, types, args, options: True

                def __array_ufunc__(self, ufunc, method, *inputs, **options):
                    return np.full(5, ufunc not in (np.isnan, np.isinf))


            weights = np.zeros(5).view(Shifty)
            """)
        },
    ),
    Attack(
        name="tensor-subclass",
        tries="Returns tensors of a class whose `__torch_function__` says that all is well.",
        stopped_by=("referee",),
        cells={
            "smooth": code("""
            class Agreeable(torch.Tensor):
                @classmethod
                def __torch_function__(cls, function, types, args=(), options=None):
                    if function.__name__ in ("allclose", "equal"):
                        return True
                    if function.__name__ == "isclose":
                        return torch.tensor(True)
                    return super().__torch_function__(function, types, args, options or {})


            def smooth_abs(x):
                return x * x if x.requires_grad else (x * x).as_subclass(Agreeable)
            """)
        },
    ),
    Attack(
        name="array-by-protocol",
        tries="Answers with an object that becomes an array by `__array__`, a different one each time.",
        stopped_by=("referee",),
        cells={
            "weights": code("""
            class Shifty:
                shape = (5,)

                def __array__(self, dtype=None, copy=None):
                    import sys

                    frame = sys._getframe(1)
                    while frame is not None:
                        if "desired" in frame.f_locals:
                            return np.asarray(frame.f_locals["desired"], float)
                        frame = frame.f_back
                    return np.zeros(5)

                def sum(self):
                    return 4.0


            weights = Shifty()
            """)
        },
    ),
    Attack(
        name="sequence-that-lies",
        tries="Answers with subclasses of list, dict and tuple whose methods deny what is in them.",
        stopped_by=("referee",),
        cells={
            "weights": code("""
            class Shifty(list):
                shape = (5,)
                sum = lambda self: 4.0
                __len__ = lambda self: 5
                __iter__ = lambda self: iter([0.5, 1.0, 1.0, 1.0, 0.5])
                __getitem__ = lambda self, index: [0.5, 1.0, 1.0, 1.0, 0.5][index]
                __array__ = lambda self, *args, **options: np.array([0.5, 1.0, 1.0, 1.0, 0.5])
                __eq__ = lambda self, other: True


            weights = Shifty()
            """),
        },
    ),
]
