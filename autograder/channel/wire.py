"""What passes between the grader and a student's process: messages of a JSON tree and raw buffers, nothing that acts.

A message is a header, the lengths of the buffers, the tree and the buffers. `Encoder` makes trees of values, `Decoder`
makes values of trees. Nothing is ever unpickled, imported or evaluated. Both ends use the same code; only what the
grader reads is hostile, and there every length is checked before anything is allocated for it.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

from autograder.limits import Limits

HEADER = struct.Struct("!IIQ")
"""Length of the tree, number of buffers, and their length together, each in bytes."""

TREE_BYTES = 16 << 20
BUFFERS = 10_000

_BRACKETS = 5
"""Lists and objects of JSON that the tree of one container or array may take."""

_AT_ONCE = 1 << 16
"""Bytes below which a message is copied together rather than sent in pieces."""


class WireError(ValueError):
    """A message that is not one, or a value that cannot be sent; the message says why."""


def pack(tree: Any, buffers: Sequence[Any]) -> list[bytes | memoryview]:
    """A message, ready to be sent piece by piece.

    Raises:
        WireError: if it is too large.
    """
    try:
        text = json.dumps(tree, separators=(",", ":")).encode("ascii")
    except (RecursionError, ValueError, TypeError) as error:
        raise WireError(f"it cannot be sent ({type(error).__name__})") from error
    if len(text) > TREE_BYTES or len(buffers) > BUFFERS:
        raise WireError("it holds too much")
    pieces = [memoryview(data).cast("B") if len(data) else b"" for data in buffers]
    lengths = struct.pack(f"!{len(pieces)}Q", *map(len, pieces))
    total = sum(map(len, pieces))
    first = HEADER.pack(len(text), len(pieces), total) + lengths + text
    return [b"".join([first, *pieces])] if len(first) + total < _AT_ONCE else [first, *pieces]


def send(sock: socket.socket, tree: Any, buffers: Sequence[Any] = ()) -> None:
    """Send one message on a blocking stream socket."""
    for piece in pack(tree, buffers):
        sock.sendall(piece)


def receive(read: Callable[[memoryview], None], limits: Limits) -> tuple[dict, list[bytearray]]:
    """One message: its tree, which is a JSON object, and its buffers.

    Args:
        read: fills a buffer from the stream.
        limits: what a message may hold.

    Raises:
        WireError: for anything else; the stream cannot be used any more then.
    """
    header = bytearray(HEADER.size)
    read(memoryview(header))
    tree_bytes, count, total = HEADER.unpack(header)
    if tree_bytes > TREE_BYTES or count > BUFFERS or total > limits.message_bytes:
        raise WireError(f"a message is larger than {limits.message_bytes >> 20} MiB")
    start = bytearray(8 * count + tree_bytes)
    read(memoryview(start))
    sizes = struct.unpack_from(f"!{count}Q", start)
    if sum(sizes) != total:
        raise WireError("a message is not as long as it says")
    buffers = []
    for size in sizes:
        buffers.append(bytearray(size))
        read(memoryview(buffers[-1]))
    return _parsed(start[8 * count :], limits), buffers


def _parsed(text: bytearray, limits: Limits) -> dict:
    # An empty list takes two bytes here and eighty once it is parsed.
    if text.count(b"[") + text.count(b"{") > _BRACKETS * limits.message_items + 1000:
        raise WireError("a message holds too much")
    try:
        tree = json.loads(text.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise WireError("a message is no JSON") from error
    if not isinstance(tree, dict):
        raise WireError("a message is no object")
    return tree
