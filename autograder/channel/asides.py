"""What an answer says beside its result: what the student's call printed and warned of, and which operators it ran."""

from __future__ import annotations

import builtins
import sys
import warnings
from typing import Any

from autograder.channel.errors import writable
from autograder.channel.session import PRINTED, WARNINGS
from autograder.channel.wire import WireError

_FIELDS = {"name": str, "dtypes": list, "sizes": list, "new": int}


def repeat(answer: dict) -> None:
    """Let what a call printed and warned of appear here, where a test may be watching for it."""
    for name, stream in (("out", sys.stdout), ("err", sys.stderr)):
        text = answer.get(name)
        if isinstance(text, str) and text:
            stream.write(writable(text[:PRINTED]))
    for category, text in _warned(answer.get("warned")):
        warnings.warn(text, category, stacklevel=8)


def _warned(listed: Any) -> list[tuple[type[Warning], str]]:
    """The warnings among what an answer lists."""
    found = []
    for entry in listed[:WARNINGS] if isinstance(listed, list) else ():
        if isinstance(entry, list) and len(entry) == 2 and all(isinstance(part, str) for part in entry):
            kind = getattr(builtins, entry[0], None)
            known = isinstance(kind, type) and issubclass(kind, Warning)
            found.append((kind if known else UserWarning, writable(entry[1][:500])))
    return found


def operators(trace: Any) -> list[dict]:
    """The operators of a trace: every field of the kind it has to be.

    Raises:
        WireError: if it is none.
    """
    if not isinstance(trace, list) or not all(isinstance(entry, dict) and _is_operator(entry) for entry in trace):
        raise WireError("the record of its operators is none")
    return trace


def _is_operator(entry: dict) -> bool:
    if entry.keys() != _FIELDS.keys() or not all(type(entry[name]) is kind for name, kind in _FIELDS.items()):
        return False
    dtypes, sizes = entry["dtypes"], entry["sizes"]
    plain = all(isinstance(dtype, str) for dtype in dtypes) and all(type(size) is int for size in sizes)
    return plain and len(dtypes) == len(sizes)
