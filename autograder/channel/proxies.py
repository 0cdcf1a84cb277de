"""What stands in, on the referee's side, for the student's functions, classes and objects.

A proxy forwards what is done to it, and hands out data. It never lets the student's side decide a comparison with
something of the grade cell's own: `==` with data is False, `<` and arithmetic with data are a TypeError. An object that
says yes to every question therefore gains nothing, while objects of a student's class can still be compared and added
among themselves.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograder.channel.errors import BadReply

if TYPE_CHECKING:
    from autograder.channel.remote import Remote

_OWN = ("_repr_", "_ipython_", "__")
"""Names that libraries ask every object for, to let it decide how it is shown or compared."""


class Proxy:
    """An object of the student's, of which nothing is known but what its handle says."""

    __slots__ = ("__weakref__", "_remote", "_tree")

    # NumPy shall not take it apart or call it back.
    __array_ufunc__ = None

    def __init__(self, remote: Remote, tree: dict):
        object.__setattr__(self, "_remote", remote)
        object.__setattr__(self, "_tree", tree)

    def __repr__(self) -> str:
        return f"<the student's {self._tree['name'] or self._tree['type']}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith(_OWN):
            raise AttributeError(name)
        return _act(self, "getattr", name)

    def __setattr__(self, name: str, value: Any) -> None:
        _act(self, "setattr", name, value)

    def __delattr__(self, name: str) -> None:
        _act(self, "delattr", name)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        if other is self:
            return True
        # While an answer is read, its sets and dicts compare what they hold; nobody is to be asked then.
        if not isinstance(other, Proxy) or self._remote.is_reading:
            return NotImplemented
        return _verdict(self, "eq", other)

    def __reduce__(self) -> Any:
        raise TypeError("an object of the student's cannot be copied out of its process")


class FunctionProxy(Proxy):
    """A function of the student's."""

    __slots__ = ()

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return _act(self, "call", *args, **keywords)

    def trace(self, *args: Any, **keywords: Any) -> tuple[list[dict], Any]:
        """The ATen operators that a call ran, in order, as dictionaries, and what it returned."""
        return self._remote.trace(self, args, keywords)

    @property
    def __name__(self) -> str:
        return self._tree["name"]

    @property
    def __doc__(self) -> str | None:
        doc = _act(self, "doc")
        return doc if isinstance(doc, str) else None

    @property
    def __signature__(self) -> inspect.Signature:
        listed = _act(self, "signature")
        try:
            return inspect.Signature([_parameter(*fields) for fields in listed])
        except (TypeError, ValueError, IndexError) as error:
            raise ValueError("no signature is known") from error

    @property
    def __wrapped__(self) -> Any:
        source = self._remote.source_of(self._tree["name"])
        if source is None:
            raise AttributeError("__wrapped__")
        return source


class ClassProxy(FunctionProxy):
    """A class of the student's: calling it makes one of its objects."""

    __slots__ = ()

    @property
    def __bases__(self) -> tuple[type, ...]:
        return self._remote.bases_of(self._tree)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Proxy) and _verdict(instance, "isinstance", self)

    def __subclasscheck__(self, other: Any) -> bool:
        return isinstance(other, Proxy) and _verdict(self, "issubclass", other)


def _act(proxy: Proxy, how: str, *args: Any, **keywords: Any) -> Any:
    return proxy._remote.act(proxy, how, args, keywords)


def _verdict(proxy: Proxy, how: str, *args: Any) -> bool:
    answer = _act(proxy, how, *args)
    if not isinstance(answer, bool):
        raise BadReply(f"a comparison of {proxy!r} gave something that is neither True nor False")
    return answer


def _data(proxy: Proxy, how: str, kind: type) -> Any:
    answer = _act(proxy, how)
    if type(answer) is not kind:
        raise BadReply(f"{how} of {proxy!r} gave something else")
    return answer


def _parameter(name: str, kind: int, has_default: bool, default: Any, is_plain: bool) -> inspect.Parameter:
    shown = (default if is_plain else ...) if has_default else inspect.Parameter.empty
    return inspect.Parameter(name, list(inspect._ParameterKind)[kind], default=shown)


class ObjectProxy(Proxy):
    """An object of a class of the student's."""

    __slots__ = ()

    @property
    def __class__(self) -> type:
        # Whether something is a model, a teacher may ask; what is data has to be data.
        if self._tree["module"]:
            import torch

            return torch.nn.Module
        return type(self)

    def __hash__(self) -> int:
        if "hash" not in self._tree:
            return id(self)
        if self._tree["hash"] is None:
            raise TypeError(f"unhashable: {self!r}")
        return hash(self._tree["hash"])

    def __eq__(self, other: object) -> bool:
        return Proxy.__eq__(self, other)

    def __len__(self) -> int:
        return _data(self, "len", int)

    def __bool__(self) -> bool:
        return not self._tree["len"] or len(self) != 0

    def __getitem__(self, key: Any) -> Any:
        return _act(self, "getitem", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _act(self, "setitem", key, value)

    def __delitem__(self, key: Any) -> None:
        _act(self, "delitem", key)

    def __contains__(self, item: Any) -> bool:
        # Where a list was expected, an object that holds everything is none. Where a test names the class, it is what
        # the test is about.
        if not isinstance(item, Proxy) and not self._remote.was_asked_for(self._tree["of"]):
            raise TypeError(f"argument of type {self._tree['type']!r} is not a container of plain data")
        return _verdict(self, "contains", item)

    def __iter__(self) -> Iterator[Any]:
        iterator = _act(self, "iter")
        if not isinstance(iterator, Proxy):
            return iter(iterator)
        return iterator if iterator is self and isinstance(self, IteratorProxy) else _steps(iterator)

    def __reversed__(self) -> Iterator[Any]:
        return iter(_act(self, "reversed"))

    def __enter__(self) -> Any:
        return _act(self, "enter")

    def __exit__(self, *error: object) -> Any:
        return _act(self, "exit", None, None, None)

    def __str__(self) -> str:
        return _data(self, "str", str)

    def __float__(self) -> float:
        return _data(self, "float", float)

    def __int__(self) -> int:
        return _data(self, "int", int)

    def __complex__(self) -> complex:
        return _data(self, "complex", complex)

    def __round__(self, digits: int | None = None) -> Any:
        return _act(self, "round", digits)

    def __copy__(self) -> Any:
        return _act(self, "copy")

    def __deepcopy__(self, memo: dict) -> Any:
        return _act(self, "deepcopy")


class CallableProxy(ObjectProxy, FunctionProxy):
    """An object that can be called, such as a model."""

    __slots__ = ()


class IteratorProxy(ObjectProxy):
    """A generator, or another iterator."""

    __slots__ = ()

    def __next__(self) -> Any:
        for item in _steps(self):
            return item
        raise StopIteration


def _next(proxy: Proxy) -> tuple[bool, Any]:
    answer = _act(proxy, "next")
    if type(answer) is not tuple or len(answer) != 2:
        raise BadReply("an iteration gave something else")
    return answer


def _steps(iterator: Proxy) -> Iterator[Any]:
    for taken in itertools.count():
        more, item = _next(iterator)
        if not more:
            return
        if taken >= iterator._remote.limits.message_items:
            raise BadReply("an iteration gave too much")
        yield item


def _among_themselves(how: str) -> Any:
    """A binary operator that is for two objects of the student's."""

    def method(self: Proxy, other: Any) -> Any:
        return _act(self, how, other) if isinstance(other, Proxy) else NotImplemented

    return method


def _unary(how: str) -> Any:
    return lambda self: _act(self, how)


for _name in ("neg", "pos", "invert", "abs"):
    setattr(ObjectProxy, f"__{_name}__", _unary(_name))
for _name in ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift"):
    setattr(ObjectProxy, f"__{_name}__", _among_themselves(_name))
for _name in ("and_", "or_", "xor"):
    setattr(ObjectProxy, f"__{_name.rstrip('_')}__", _among_themselves(_name))
for _name in ("lt", "le", "gt", "ge"):
    setattr(ObjectProxy, f"__{_name}__", _among_themselves(_name))


class ModuleProxy(Proxy):
    """A module that only the student imported. It is of no use: a test that needs it has to import it itself."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith(_OWN):
            raise AttributeError(name)
        raise BadReply(
            f"the module {self._tree['name']} was imported by the student alone; "
            "a test that needs it has to import it itself"
        )


def proxy_for(remote: Remote, tree: dict) -> Proxy:
    """The proxy for a handle, as `handle` read it."""
    kinds = {"function": FunctionProxy, "class": ClassProxy, "module": ModuleProxy, "callable": CallableProxy}
    return kinds.get(tree["k"], IteratorProxy if tree["next"] else ObjectProxy)(remote, tree)
