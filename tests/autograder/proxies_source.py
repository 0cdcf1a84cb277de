"""Classes that a student may have written, and one that lies about everything."""

SOURCE = '''
import dataclasses, enum, functools

import numpy as np
import torch

class Vector:
    def __init__(self, *parts):
        self.parts = list(parts)
    def __eq__(self, other):
        return isinstance(other, Vector) and self.parts == other.parts
    def __hash__(self):
        return hash(tuple(self.parts))
    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self.parts, other.parts)))
    def __sub__(self, other):
        return self
    def __lt__(self, other):
        return self.parts < other.parts
    def __len__(self):
        return len(self.parts)
    def __getitem__(self, i):
        return self.parts[i]
    def __setitem__(self, i, value):
        self.parts[i] = value
    def __iter__(self):
        return iter(self.parts)
    def __contains__(self, item):
        return item in self.parts
    def __abs__(self):
        return sum(p * p for p in self.parts) ** 0.5
    def __neg__(self):
        return Vector(*(-p for p in self.parts))
    def __enter__(self):
        self.parts.append("in")
        return self
    def __exit__(self, *error):
        self.parts.append("out")
    @property
    def size(self):
        return len(self.parts)
    @classmethod
    def zero(cls):
        return cls(0, 0)
    @staticmethod
    def dim():
        return 2
    def scaled(self, by, *, offset=0):
        "Scaled."
        return Vector(*(by * p + offset for p in self.parts))
    def __str__(self):
        return f"Vector{tuple(self.parts)}"

class Animal:
    def speak(self):
        return "..."

class Dog(Animal):
    def speak(self):
        return "Woof"

class Slotted:
    __slots__ = ("x",)
    def __init__(self, x):
        self.x = x

@dataclasses.dataclass
class Point:
    x: int
    y: int = 2

@dataclasses.dataclass(frozen=True, order=True)
class Key:
    n: int

class Stack(list):
    def push(self, item):
        self.append(item)
    def peek(self):
        return self[-1]

class Color(enum.Enum):
    RED = 1
    BLUE = 2

class Countdown:
    def __init__(self, n):
        self.n = n
    def __iter__(self):
        return self
    def __next__(self):
        if not self.n:
            raise StopIteration
        self.n -= 1
        return self.n

class Adder:
    def __init__(self, n):
        self.n = n
    def __call__(self, x):
        return x + self.n

class Liar:
    """Says yes to everything, and is zero, and one, and of every shape."""
    shape = (3,)
    dtype = torch.float32
    ndim = 1
    def yes(self, *args, **kwargs):
        return True
    def me(self, *args, **kwargs):
        return self
    def zero(self, *args, **kwargs):
        return 0.0
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = yes
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = me
    __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __neg__ = __pos__ = __invert__ = __and__ = __rand__ = me
    __abs__ = zero
    __ne__ = lambda self, other: False
    __hash__ = lambda self: 3
    any = lambda self: False
    all = yes
    def __array__(self, *args, **kwargs):
        return np.ones(3)
    def __array_ufunc__(self, *args, **kwargs):
        return True
    def __array_function__(self, *args, **kwargs):
        return True
    @property
    def __array_interface__(self):
        return np.ones(3).__array_interface__
    @classmethod
    def __torch_function__(cls, *args, **kwargs):
        return True
    @property
    def __class__(self):
        return torch.Tensor

def liar():
    return Liar()

class disguised:
    """A function that is a class, whose objects hold everything."""
    def __contains__(self, item):
        return True

def make(name, *args):
    return globals()[name](*args)

def exports():
    import gc
    from autograder.channel.session import Session
    (session,) = [thing for thing in gc.get_objects() if isinstance(thing, Session)]
    return len(session.exports)

class NotBool:
    def __eq__(self, other):
        return 1
    __hash__ = None

class Endless:
    def __iter__(self):
        while True:
            yield 1

def with_default(x, dim=-1, *args, mode="sum", other=[], **kwargs):
    pass
'''
