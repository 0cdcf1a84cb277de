"""Calls a student's function so that whatever it does becomes one readable sentence."""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import signal
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

import course

SECONDS = 5.0
"""Wall-clock limit for one call, in seconds."""

CHARACTERS = 64 * 1024
"""How much one call may print."""


@dataclass(frozen=True)
class Failure:
    """Why a call gave no result."""

    kind: str
    """`"not implemented"`, `"raised"`, `"too slow"`, `"too much output"` or `"exited"`."""

    text: str
    """One sentence for the student."""

    exception: str = ""
    """Class name of the exception where one was raised."""


class _TimeUp(BaseException):
    """Not an Exception, so that a student's `except Exception` does not swallow it."""


class _TooMuchOutput(BaseException):
    pass


class _Capped(io.TextIOBase):
    """A text stream that keeps nothing and ends the call once too much has been written to it."""

    def __init__(self, limit: int):
        self.limit = limit
        self.written = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.written += len(text)
        if self.written > self.limit:
            raise _TooMuchOutput
        return len(text)


def call(
    function: Callable,
    *args: Any,
    seconds: float = SECONDS,
    characters: int = CHARACTERS,
    **keywords: Any,
) -> tuple[Any, Failure | None]:
    """Call `function` and return `(value, None)`, or `(None, failure)` if it gave no value.

    Warnings and output are swallowed, the global state of torch that a call could leave changed (default dtype, grad
    mode, random state) is restored. A KeyboardInterrupt is the student's own and passes through. The time limit needs
    the main thread and POSIX signals; elsewhere there is none.
    """
    sink = _Capped(characters)
    default_dtype = torch.get_default_dtype()
    try:
        with (
            contextlib.redirect_stdout(sink),
            contextlib.redirect_stderr(sink),
            warnings.catch_warnings(),
            torch.random.fork_rng(devices=[]),
            torch.enable_grad(),
            _alarm(seconds),
        ):
            warnings.simplefilter("ignore")
            return function(*args, **keywords), None
    except NotImplementedError as error:
        # torch raises the same class for an operator it lacks; only a bare one means that nothing was written yet.
        if not str(error) or "raise NotImplementedError" in _own_line(error):
            return None, Failure("not implemented", "It raises NotImplementedError: there is no answer yet.")
        return None, Failure("raised", f"It raises {_one_line(error)}", "NotImplementedError")
    except _TimeUp:
        return None, Failure(
            "too slow",
            f"It was still running after {seconds:g} seconds. Does a loop in it never end, or go round far too often?",
        )
    except _TooMuchOutput:
        return None, Failure(
            "too much output",
            f"It prints more than {characters // 1024} kB in a single call. Take the print statements out.",
        )
    except (SystemExit, GeneratorExit) as error:
        return None, Failure("exited", f"It raises {type(error).__name__}, which would end the whole notebook.")
    except Exception as error:
        return None, Failure("raised", f"It raises {_one_line(error)}", type(error).__name__)
    finally:
        torch.set_default_dtype(default_dtype)


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: Any) -> None:
        raise _TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    # Rings again and again: a bare `except:` inside a student's endless loop catches only the first one.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _one_line(error: Exception) -> str:
    """The exception's class and first line of text, with the line of the student's own code that led to it."""
    # An exception may lie about its own text; a message must come out all the same.
    try:
        said = str(error).strip().splitlines()
    except Exception:
        said = []
    text = said[0][:200] if said else ""
    where = _own_line(error)
    advice = next((f" {advice}" for sign, advice in _ADVICE.items() if sign in text), "")
    return f"{type(error).__name__}{f': {text}' if text else ''}{where}.{advice}"


_ADVICE = {
    "torch.return_types.": "Along a dimension, `max` and `min` give a pair, values and indices: take its `.values`, or "
    "use `amax` and `amin`.",
    "leaf Variable that requires grad": "A line such as `x -= y` or `x[i] = y` overwrites the tensor that you were "
    "given. Make a new one: `x = x - y`, or `where` or `masked_fill`.",
    "got an unexpected keyword argument": "Keep the names of the parameters that the exercise gives.",
}
"""What to do, by a part of what Python or torch says, where that is hard to read for whoever meets it first."""


_COURSE = os.path.dirname(os.path.abspath(course.__file__)) + os.sep
_LIBRARIES = tuple(os.path.dirname(os.path.abspath(m.__file__)) for m in (torch, contextlib) if m.__file__)


def _own_line(error: BaseException) -> str:
    """` (line 3 of softmax: …)` for the last frame that is neither the course's nor a library's; an error from another
    process, where those frames are not, says it in its attribute `where`."""
    if isinstance(getattr(error, "where", None), str) and hasattr(error, "remote"):
        return error.where
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = os.path.abspath(frame.filename)
        if path.startswith((_COURSE, *_LIBRARIES)) or "site-packages" in path:
            continue
        line = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
        return f" (line {frame.lineno} of its cell, in {frame.name}: `{line[:100]}`)" if line else f" (in {frame.name})"
    return ""


def not_callable(thing: Any) -> str | None:
    """A sentence on what was handed in where a function was wanted, or None if it is callable."""
    if callable(thing):
        return None
    return f"A function is wanted here, but this is {a_kind_of(thing)}."


def a_kind_of(thing: Any) -> str:
    """What `thing` is, with an article: `a list`, `None`, `a numpy.ndarray`."""
    if thing is None:
        return "None"
    kind = type(thing)
    name = kind.__name__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__name__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
