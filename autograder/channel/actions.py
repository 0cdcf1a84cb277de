"""What the referee can have done to an object of the student's, and what it is told about one."""

from __future__ import annotations

import copy
import inspect
import itertools
import operator
import types
from collections.abc import Callable
from typing import Any

from autograder.channel.errors import builtin_bases

_END = object()

_UNARY = ("neg", "pos", "invert", "abs", "index")
_BINARY = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift")
_COMPARE = ("lt", "le", "gt", "ge", "eq", "ne")


def _signature(thing: Any) -> list | None:
    """Its parameters as (name, kind, whether there is a default, the default where it is a number or a short text)."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    return [_parameter(p) for p in itertools.islice(parameters, 100)]


def _parameter(parameter: inspect.Parameter) -> list:
    default = parameter.default
    plain = type(default) in (int, float, bool, type(None)) or (type(default) is str and len(default) < 100)
    return [parameter.name, int(parameter.kind), default is not parameter.empty, default if plain else None, plain]


ACTIONS: dict[str, Callable] = {
    "call": lambda thing, *args, **keywords: thing(*args, **keywords),
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "contains": operator.contains,
    "len": len,
    "iter": iter,
    "next": lambda iterator: (False, None) if (item := next(iterator, _END)) is _END else (True, item),
    "str": str,
    "repr": repr,
    "float": float,
    "int": int,
    "complex": complex,
    "round": round,
    "enter": lambda thing: type(thing).__enter__(thing),
    "exit": lambda thing, *error: type(thing).__exit__(thing, *error),
    "isinstance": isinstance,
    "issubclass": lambda thing, other: issubclass(other, thing),
    "reversed": lambda thing: list(reversed(thing)),
    "copy": copy.copy,
    "deepcopy": lambda thing: copy.deepcopy(thing),
    "signature": _signature,
    "doc": lambda thing: thing.__doc__,
    **{name: getattr(operator, name) for name in (*_UNARY, *_BINARY, *_COMPARE)},
}
"""By name; the object comes first."""


class Whole:
    """Wraps an object that is to stay on this side although its class descends from a list, a dict or a number."""

    def __init__(self, thing: Any):
        self.thing = thing


def made_by(thing: Any, result: Any) -> Any:
    """The result of calling `thing`: an object of a class of the student's is an object, whatever it descends from."""
    is_own = isinstance(thing, type) and type(result) is thing and thing.__module__ == "__main__"
    plain = (list, dict, set, frozenset, tuple, int, float, complex, str, bytes)
    is_plain = is_own and isinstance(result, plain) and not hasattr(thing, "_fields")
    return Whole(result) if is_plain else result


def description(value: Any) -> dict:
    """What a handle says of an object, besides its number."""
    kind = _kind(value)
    name = getattr(value, "__name__", None)
    tree = {"k": kind, "name": name[:100] if isinstance(name, str) else "", "type": type(value).__name__[:100]}
    kinds = kinds_of(type(value))
    if kind in ("callable", "object"):
        for method in ("len", "next"):
            if any(f"__{method}__" in vars(base) for base in kinds):
                tree[method] = True
        own = next((vars(base)["__hash__"] for base in kinds if "__hash__" in vars(base)), None)
        if own is not object.__hash__:
            tree["hash"] = _hash(value)
        if any(f"{base.__module__}.{base.__name__}" == "torch.nn.modules.module.Module" for base in kinds):
            tree["module"] = True
    if kind == "class":
        tree["bases"] = builtin_bases(value)
        tree["torch"] = [b.__name__ for b in kinds_of(value) if b.__module__ in TORCH_MODULES]
    return tree


TORCH_MODULES = ("torch.nn.modules.module", "torch.autograd.function")
"""Where the classes of torch's are that a student's class may be asked to descend from."""


def kinds_of(value: type) -> tuple[type, ...]:
    """A class and those that it descends from, nearest first."""
    return type.__getattribute__(value, "__mro__")


def _hash(value: Any) -> int | None:
    try:
        return hash(value)
    except Exception:  # it is not hashable, or says so in its own way
        return None


def _kind(value: Any) -> str:
    # By its type: `__class__` can be a lie.
    if issubclass(type(value), type):
        return "class"
    if issubclass(type(value), types.ModuleType):
        return "module"
    plain = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.BuiltinMethodType)
    is_library = type(value).__module__ in ("functools", "numpy", "builtins")
    if issubclass(type(value), plain) or (callable(value) and is_library):
        return "function"
    return "callable" if callable(value) else "object"
