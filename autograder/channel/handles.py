"""What stands in for the student's objects, by the numbers under which their process knows them."""

from __future__ import annotations

import builtins
import sys
import weakref
from typing import TYPE_CHECKING, Any

from autograder.channel.errors import made_class
from autograder.channel.proxies import ClassProxy, Proxy, proxy_for
from autograder.channel.wire import WireError

if TYPE_CHECKING:
    from autograder.channel.remote import Remote

HANDLES = 20_000
"""Objects of the student's that a test may hold at one time."""

_ERRORS = 1000
"""Exception classes of the student's: they are never let go."""

_LONGEST_NAME = 100


class Handles:
    """The proxies that are alive, and the exception classes that stand in for the student's own."""

    def __init__(self, remote: Remote):
        self._remote = weakref.ref(remote)
        self._proxies: dict[int, weakref.ref[Proxy]] = {}
        self._errors: dict[int, type[Exception]] = {}
        self._numbers: dict[type[Exception], int] = {}
        self._asked_for: set[int] = set()

    def stand_in(self, tree: dict) -> Any:
        """The proxy, or the exception class, for a handle.

        Raises:
            WireError: if it is none, or there are too many.
        """
        number = tree.get("n")
        if type(number) is not int:
            raise WireError("a message holds an object without a number")
        if number in self._errors:
            return self._errors[number]
        if tree.get("error") is True and tree.get("k") == "class":
            return self._error(number, tree)
        proxy = self._proxies[number]() if number in self._proxies else None
        if proxy is None:
            if len(self._proxies) >= HANDLES:
                raise WireError("too many objects were handed out")
            remote = self._remote()
            proxy = proxy_for(remote, _checked(number, tree))
            self._proxies[number] = weakref.ref(proxy, lambda gone: self._let_go(number, gone))
            if number in remote.done_with:
                remote.done_with.remove(number)
        return proxy

    def ask_for(self, name: str, value: Any) -> None:
        """Remember a class that a test named. By a name that functions do not have: its author expects a class."""
        if isinstance(value, ClassProxy) and name[:1].isupper():
            self._asked_for.add(value._tree["n"])

    def was_asked_for(self, number: Any) -> bool:
        """Whether a test named the class with this number."""
        return number in self._asked_for

    def number_of(self, kind: Any) -> int | None:
        """The number of an exception class of the student's; None if it is not one."""
        return self._numbers.get(kind) if isinstance(kind, type) else None

    def errors(self, numbers: Any) -> list[type[Exception]]:
        """The classes that stand in for those with these numbers, as far as there are any."""
        listed = numbers if isinstance(numbers, list) else []
        return [self._errors[number] for number in listed if type(number) is int and number in self._errors]

    def _error(self, number: int, tree: dict) -> Any:
        if len(self._errors) >= _ERRORS:
            raise WireError("too many classes of exceptions were handed out")
        name = _text(tree.get("name"))
        parent = self.stand_in(tree["parent"]) if isinstance(tree.get("parent"), dict) else None
        if isinstance(parent, type):
            kind: type[Exception] | None = type(name, (parent,), {"__module__": "student"})
        else:
            kind = made_class(name, tree.get("bases"))
        if kind is None or kind.__module__ == "builtins":
            kind = type(name, (kind or Exception,), {"__module__": "student"})
        self._errors[number] = kind
        self._numbers[kind] = number
        return kind

    def _let_go(self, number: int, gone: Any) -> None:
        remote = self._remote()
        if self._proxies.get(number) is gone:
            del self._proxies[number]
            if remote is not None:
                remote.let_go(number)


def bases_of(tree: dict) -> tuple[type, ...]:
    """Python's and torch's own classes that a student's class descends from, as its handle says."""
    found = [getattr(builtins, name, None) for name in tree["bases"]]
    torch = sys.modules.get("torch")
    if torch is not None:
        known = {"Module": torch.nn.Module, "Function": torch.autograd.Function}
        found += [known[name] for name in tree["torch"] if name in known]
    return tuple(base for base in found if isinstance(base, type))


def _checked(number: int, tree: dict) -> dict:
    """What a handle says, each field of the kind that it has to be, and none long."""
    checked = {"n": number, "k": _text(tree.get("k")), "name": _text(tree.get("name")), "type": _text(tree.get("type"))}
    checked |= {flag: tree.get(flag) is True for flag in ("len", "next", "module")}
    checked["of"] = tree["of"] if type(tree.get("of")) is int else None
    if "hash" in tree:
        checked["hash"] = tree["hash"] if type(tree["hash"]) is int else None
    for names in ("bases", "torch"):
        listed = tree.get(names)
        checked[names] = [_text(name) for name in listed[:20]] if isinstance(listed, list) else []
    return checked


def _text(value: Any) -> str:
    text = value[:_LONGEST_NAME] if isinstance(value, str) else ""
    return "".join(c if c.isprintable() else "?" for c in text)
