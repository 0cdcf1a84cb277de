"""Trees of values without parts: numbers, dates, ranges, types; and the values of such trees.

Numbers, strings and None stand for themselves in a tree; everything else is an object with a tag.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import re
import sys
from typing import Any

import numpy as np

from autograder.channel.wire import TREE_BYTES, WireError

DIGITS = 20_000

ARRAY_KINDS = "biufcSUmM"
TYPES = {kind.__name__: kind for kind in (int, float, complex, bool, str, bytes, list, tuple, dict, set, frozenset)}

_FLOATING = {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}
_OTHER = {"bool": 1, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "complex64": 8, "complex128": 16}
TENSOR_BYTES = {**_FLOATING, **_OTHER}
"""Dtypes of tensors that can be sent, with the bytes of one element."""

_BOUND = 1 << 62
_ARRAY_TYPE = re.compile(rf"[<>|=]?[{ARRAY_KINDS}][0-9]{{1,9}}(\[[0-9]{{0,9}}[A-Za-zμ]{{1,8}}\])?")
_DATES = {"datetime": datetime.datetime, "date": datetime.date, "time": datetime.time}


def big_int(value: int) -> dict:
    """The tree of an integer that is too long for JSON's readers."""
    text = hex(value)
    if len(text) > DIGITS:
        raise WireError("an integer has too many digits")
    return {"t": "int", "v": text}


def checked_text(value: str) -> str:
    """A string, unless it is too long or no text that could be written to a file."""
    if len(value) > TREE_BYTES // 8:
        raise WireError(f"a text of {len(value)} characters is too long")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise WireError("a text holds half a character") from error
    return value


def simple_tree(value: Any, kind: type) -> Any:
    """The tree of a value without parts, or None if it is none."""
    # Subclasses of numbers and strings go as the number or string that they are, whatever they say of themselves.
    if issubclass(kind, int):
        return {"t": "bool", "v": bool(value)} if kind is bool else _number(int.__index__(value))
    if issubclass(kind, float):
        return float.__pos__(value)
    if issubclass(kind, str):
        return checked_text(str.__getitem__(value, slice(None)))
    if issubclass(kind, complex):
        return {"t": "complex", "v": [complex.__pos__(value).real, complex.__pos__(value).imag]}
    if issubclass(kind, (bytes, bytearray)) and len(value) < TREE_BYTES // 8:
        return {"t": "bytes" if issubclass(kind, bytes) else "bytearray", "v": bytes(value).hex()}
    if kind in (range, slice):
        return {"t": kind.__name__, "v": [value.start, value.stop, value.step]} if _bounds(value) else None
    if value is Ellipsis:
        return {"t": "ellipsis"}
    if issubclass(kind, type) and (TYPES.get(value.__name__) is value or getattr(np, value.__name__, None) is value):
        return {"t": "type", "v": value.__name__ if value in TYPES.values() else f"numpy.{value.__name__}"}
    if issubclass(kind, np.dtype) and value.kind in ARRAY_KINDS:
        return {"t": "npdtype", "v": value.str}
    if kind is fractions.Fraction:
        return {"t": "fraction", "v": [big_int(value.numerator)["v"], big_int(value.denominator)["v"]]}
    if kind is decimal.Decimal:
        return {"t": "decimal", "v": str(value)}
    if kind in _DATES.values():
        return {"t": kind.__name__, "v": value.isoformat()}
    if kind is datetime.timedelta:
        return {"t": "timedelta", "v": [value.days, value.seconds, value.microseconds]}
    return _torch_tree(value, kind)


def _torch_tree(value: Any, kind: type) -> dict | None:
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if kind is torch.Size:
        return {"t": "size", "v": list(value)}
    if kind is torch.dtype:
        return {"t": "dtype", "v": str(value).removeprefix("torch.")}
    return {"t": "device", "v": str(value)} if kind is torch.device else None


def _number(value: int) -> Any:
    return value if -_BOUND < value < _BOUND else big_int(value)


def _bounds(value: range | slice) -> bool:
    parts = (value.start, value.stop, value.step)
    return all(part is None or (type(part) is int and abs(part) < _BOUND) for part in parts)


PLAIN = {"int", "bool", "complex", "bytes", "bytearray", "range", "slice", "ellipsis", "type", "npdtype", "scalar"}
PLAIN |= {"fraction", "decimal", "timedelta", "size", "dtype", "device", *_DATES}
"""Tags of values without parts."""


def simple_value(tree: dict, tag: str) -> Any:
    """The value of a tree with one of the tags in PLAIN; for one that is none, WireError or any other Exception."""
    value = tree.get("v")
    if tag == "ellipsis":
        return ...
    if tag == "bool":
        return value is True
    if isinstance(value, list):
        return _of_several(tag, value)
    if not isinstance(value, str):
        raise WireError(f"a {tag} is no text")
    if tag in ("bytes", "bytearray"):
        return (bytes if tag == "bytes" else bytearray).fromhex(value)
    if len(value) > DIGITS:
        raise WireError(f"a {tag} has too many digits")
    if tag == "int":
        return int(value, 16)
    if tag == "scalar":
        return np.ndarray((), array_type(tree["d"]), bytes.fromhex(value))[()]
    if tag == "npdtype":
        return array_type(value)
    if tag == "type":
        return _type(value)
    if tag == "decimal":
        return _decimal(value)
    if tag in _DATES:
        return _DATES[tag].fromisoformat(value)
    return _torch_value(tag, value)


def _of_several(tag: str, parts: list) -> Any:
    if tag == "complex":
        return complex(float(parts[0]), float(parts[1]))
    if tag == "fraction":
        if not all(isinstance(part, str) and len(part) <= DIGITS for part in parts):
            raise WireError("a fraction has too many digits")
        return fractions.Fraction(int(parts[0], 16), int(parts[1], 16))
    if not all(part is None or type(part) is int for part in parts) or len(parts) > 32:
        raise WireError(f"a {tag} is none")
    if tag == "size":
        import torch

        return torch.Size(shape_of(parts))
    kinds: dict[str, Any] = {"range": range, "slice": slice, "timedelta": datetime.timedelta}
    if tag not in kinds or len(parts) != 3:
        raise WireError(f"a {tag} is none")
    return kinds[tag](*parts)


def _decimal(text: str) -> decimal.Decimal:
    value = decimal.Decimal(text)
    # As an integer it would have that many digits.
    if value.is_finite() and abs(value.adjusted()) > DIGITS:
        raise WireError("a decimal number has too many digits")
    return value


def _torch_value(tag: str, value: str) -> Any:
    import torch

    if tag == "device":
        return torch.device(value)
    if tag != "dtype" or value not in TENSOR_BYTES:
        raise WireError("there is no such dtype")
    return getattr(torch, value)


def _type(name: str) -> type:
    if name in TYPES:
        return TYPES[name]
    kind = getattr(np, name.removeprefix("numpy."), None)
    if not (name.startswith("numpy.") and isinstance(kind, type) and issubclass(kind, np.generic)):
        raise WireError("there is no such type")
    return kind


def array_type(name: Any) -> np.dtype:
    """An array's dtype from NumPy's short form; nothing that holds objects or fields, or has no size."""
    if not isinstance(name, str) or not _ARRAY_TYPE.fullmatch(name):
        raise WireError("an array has a dtype that cannot be sent")
    dtype = np.dtype(name)
    if dtype.itemsize == 0 and dtype.kind not in "SU":
        raise WireError("an array has a dtype without size")
    return dtype


def shape_of(sizes: Any) -> tuple[int, ...]:
    """A shape, if it is one."""
    if not isinstance(sizes, list) or len(sizes) > 32 or not all(type(n) is int and 0 <= n < 1 << 48 for n in sizes):
        raise WireError("an array has a shape that is none")
    return tuple(sizes)
