"""Carries exceptions between the grader and a student's process: their class, their words, and where they arose."""

from __future__ import annotations

import builtins
import linecache
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from autograder.channel.wire import WireError

LONGEST = 2000
"""Characters of an exception's message that are kept."""

_CELL = re.compile(r"<ipython-input|[/\\]ipykernel_\d+[/\\]")

_NEVER = (StopIteration, StopAsyncIteration, MemoryError)
"""What would mean something else on this side."""

_WELL_KNOWN = {
    "LinAlgError": ("numpy.linalg", "torch.linalg"),
    "_LinAlgError": ("torch._C",),
    "AxisError": ("numpy.exceptions",),
    "JSONDecodeError": ("json",),
    "InvalidOperation": ("decimal",),
    "DivisionByZero": ("decimal",),
}
"""Exceptions of libraries that tests expect by name. Not those that mean something to a test runner."""


class StudentExit(Exception):  # noqa: N818  (it is what the student's code did, not an error of ours)
    """Raised where the student's code raised something that would end a whole process, such as SystemExit."""


class Timeout(TimeoutError):  # noqa: N818
    """A call into the student's process took too long; it was interrupted."""


class Died(RuntimeError):  # noqa: N818
    """The student's process has ended."""


class BadReply(TypeError):  # noqa: N818
    """What came back is too large, too deep, or no data."""


class Missing(KeyError):  # noqa: N818
    """There is no such name in the student's notebook."""


class Unsendable(TypeError):  # noqa: N818
    """An argument of the grade cell's that cannot be sent to the student's process."""


def told(error: BaseException) -> dict[str, Any]:
    """An exception as data. It may lie about its own text; something comes out all the same."""
    try:
        text = str(error)
    except Exception:
        text = ""
    kind = type(error)
    data = {
        "type": "WireError" if isinstance(error, WireError) else kind.__name__[:100],
        "module": str(kind.__module__)[:100],
        "bases": builtin_bases(kind),
        "text": text[:LONGEST],
        "where": _where(error)[:300],
    }
    if 0 < len(error.args) <= 5 and all(type(a) in (str, int, float, bool) and len(str(a)) < 500 for a in error.args):
        data["args"] = list(error.args)
    return data


def builtin_bases(kind: type) -> list[str]:
    """The names of Python's own classes that a class descends from, nearest first."""
    return [base.__name__ for base in kind.__mro__ if getattr(builtins, base.__name__, None) is base]


def raised_from(data: Any, known: Sequence[type[Exception]] = ()) -> Exception:
    """The exception that `told` described: of the same class where that is Python's or the test knows it.

    Args:
        data: not trusted.
        known: classes that already stand in for classes of the other end, the nearest first.
    """
    if not isinstance(data, dict) or not all(isinstance(data.get(k), str) for k in ("type", "text", "where")):
        return BadReply("an error was reported that is none")
    name, text = writable(data["type"][:100]), writable(data["text"][:LONGEST])
    if name == "WireError":
        error: Exception = BadReply(text)
    elif name == "Missing":
        error = Missing(text.strip("'\""))
    else:
        error = _made(name, text, data, known)
    error.where = " ".join(writable(data["where"][:300]).split())
    error.where = f" {error.where}" if error.where else ""
    error.remote = True
    return error


def made_class(name: str, bases: Any) -> type[Exception] | None:
    """An exception class for one of the other end's: a subclass of Python's nearest; None if it may not be raised here.

    Args:
        name: of the class.
        bases: of Python's classes, nearest first; not trusted.
    """
    for base in bases if isinstance(bases, list) else ():
        kind = getattr(builtins, base, None) if isinstance(base, str) else None
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            continue
        if kind.__name__.endswith("ExceptionGroup"):
            continue
        if not issubclass(kind, Exception):
            return None
        if issubclass(kind, _NEVER):
            return _subclass(f"{name} ", RuntimeError)
        return kind if kind.__name__ == name else _subclass(name, kind)
    return _subclass(name, Exception)


def _made(name: str, text: str, data: dict, known: Sequence[type[Exception]]) -> Exception:
    kind = known[0] if known else _expected(name, data.get("module")) or made_class(name, data.get("bases"))
    if kind is None:
        return StudentExit(f"{name}: {text}" if text else name)
    if kind.__name__ == f"{name} ":
        return RuntimeError(f"{name}: {text}")
    args = data.get("args")
    plain = isinstance(args, list) and all(isinstance(a, (str, int, float)) for a in args)
    given = tuple(writable(a) if isinstance(a, str) else a for a in args) if plain else ((text,) if text else ())
    if kind.__module__ == "builtins":
        try:
            error = kind(*given)
            if str(error) == text:
                return error
        except TypeError:  # a class such as UnicodeDecodeError, which wants more
            pass
    # Not a class's own __init__: its parameters are not known.
    own = _subclass(kind.__name__, kind, lambda self: text)
    error = own.__new__(own)
    error.args = given
    return error


def _expected(name: str, module: Any) -> type[Exception] | None:
    """The class of this side that a test has in mind: one that the notebook's own cells define, or a library's."""
    if module == "__main__":
        main = sys.modules.get("__main__")
        kind = getattr(main, name, None) if name in dir(main) else None
        is_own = isinstance(kind, type) and kind.__module__ == "__main__" and issubclass(kind, Exception)
        return kind if is_own else None
    for place in _WELL_KNOWN.get(name, ()):
        if place == module or place in ("torch._C", "json"):
            kind = getattr(sys.modules.get(place), name, None)
            if isinstance(kind, type) and issubclass(kind, Exception):
                return kind
    return None


def _subclass(name: str, kind: type, text: Any = None) -> type[Exception]:
    fields = {"__module__": "student", "__init__": lambda self, *args, **keywords: None}
    return type(name, (kind,), fields if text is None else {**fields, "__str__": text})


def writable(text: str) -> str:
    """Text without halves of characters, which no file takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _where(error: BaseException) -> str:
    """` (line 3 of its cell, in softmax: …)` for the last frame in a cell of the notebook, or ""."""
    found = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if _CELL.search(frame.f_code.co_filename):
            found = frame.f_code, number
    if found is None:
        return ""
    code, number = found
    line = linecache.getline(code.co_filename, number).strip()
    return f" (line {number} of its cell, in {code.co_name}: `{line[:100]}`)"
