"""Answers Ctrl-C and SIGTERM, but not in the middle of something that has to be whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

_held = False
_came = False


def interrupt(number: int = 0, frame: object = None) -> None:
    """A signal's handler: raises KeyboardInterrupt, at once or at the end of what `held_back` surrounds."""
    global _came
    if not _held:
        raise KeyboardInterrupt
    _came = True


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """While this is open, signals wait whose handler is `interrupt`. It is for the main thread, and does not nest."""
    global _held
    _held = True
    try:
        yield
    finally:
        _held = False
    let_through()


def let_through() -> None:
    """For places where one waits for somebody else: raise KeyboardInterrupt if one has been held back."""
    global _came
    if _came:
        _came = False
        raise KeyboardInterrupt
