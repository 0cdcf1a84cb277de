"""What a student may have written: functions that do to their arguments whatever functions do."""

SOURCE = """
import collections, dataclasses, functools, random, sys, warnings

import numpy as np
import torch

quiz = "B"
counter = []

def same(x):
    return x

def add(a, /, b, *, c=1):
    "Adds."
    return a + b + c

def add_in_place(x):
    x += 1
    return x

def silently(x):
    x += 1

def sort(items):
    items.sort()
    return items

def deep(tree):
    tree["x"][0] += 1
    tree["new"] = tree["x"]
    tree["list"].append([1])
    return tree["list"][-1]

def first(items):
    return items[0]

def swap(pair):
    pair[0], pair[1] = pair[1], pair[0]

def rest(x):
    return x[1:]

def turned(x):
    return x.T

def backwards(x):
    return x[::-1]

def as_float(x):
    return x.astype(float)

def to_both(a, b):
    a[0] = 7
    return b

def halves(values):
    for i in range(len(values)):
        values[i] = values[i] * 0.5

def breaks(items):
    items.append(1)
    raise ValueError("half way")

def tick():
    counter.append(1)
    return len(counter)

def count(n):
    for i in range(n):
        yield i

def squares():
    return (i * i for i in range(3))

twice = functools.partial(pow, exp=2)
half = lambda x: x / 2

def numpy_draw(n):
    return np.random.rand(n)

def python_draw():
    return random.gauss(0, 1)

def torch_draw(n):
    return torch.randn(n)

def seeds():
    np.random.seed(7)
    random.seed(7)
    torch.manual_seed(7)

def reseed(generator):
    generator.seed(7)


def draw_from(generator):
    if isinstance(generator, torch.Generator):
        return torch.rand(3, generator=generator).tolist()
    return generator.random() if isinstance(generator, random.Random) else generator.random(3).tolist()

def loud(x):
    print("hello", x)
    print("oops", file=sys.stderr)
    warnings.warn("old", DeprecationWarning)
    return x

def flood():
    for _ in range(100_000):
        print("x" * 100)

def loud_and_wrong():
    print("before")
    raise RuntimeError("after")

def fails(kind, *args):
    raise kind(*args)

class Odd(KeyError):
    def __str__(self):
        return "odd!"

def odd():
    raise Odd("k", 3)

def exits():
    sys.exit(3)

def interrupts():
    raise KeyboardInterrupt

def stops():
    raise StopIteration

def singular():
    np.linalg.inv(np.zeros((2, 2)))

def undecodable():
    b"\\xff".decode()

def too_deep(n=0):
    return too_deep(n + 1)

def liar():
    raise type("AssertionError", (Exception,), {"__str__": lambda self: 1 / 0})

def skips():
    import unittest
    raise unittest.SkipTest("not today")

class SkipTest(Exception):
    pass


class Given(Exception):
    pass


def raises_named(name):
    raise globals()[name]("so")


def custom():
    raise NotInvertible("zero")

class NotInvertible(ValueError):
    pass

class TooFar(NotInvertible):
    pass

def too_far():
    raise TooFar("far")

def call(f, *args):
    return f(*args)

def compose(f, g):
    return lambda x: f(g(x))

def catches(f):
    try:
        f()
    except ZeroDivisionError:
        return "caught"

def defaults():
    return torch.zeros(1).dtype, torch.is_grad_enabled(), torch.is_inference_mode_enabled()

def divide():
    return np.float64(1) / np.float64(0)

def nested():
    value = []
    for _ in range(10**5):
        value = [value]
    return value

def cyclic():
    value = []
    value.append(value)
    return value

def huge():
    return torch.zeros(1).expand(10**10)

def many():
    return [[] for _ in range(10**6)]

def long():
    return "x" * 10**9

def module():
    return np

class SubTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True

def sub_tensor():
    return torch.ones(2).as_subclass(SubTensor)

def operators(x):
    return torch.exp(x) + 1

def do(value, name, *args):
    getattr(value, name)(*args)
"""
