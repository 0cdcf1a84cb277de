"""Standard output and standard error that take no more of one cell than anybody will read.

An endless loop with a print in it is an honest mistake, and so is printing a list of ten million numbers: cut off here,
neither becomes a message that is too large to be sent. A hostile notebook can go round this; the grader's own limits on
messages and outputs are for that.
"""

from __future__ import annotations

from typing import Any

from ipykernel.iostream import OutStream

SPARE = 10
"""How many times more is let through than a cell may display: what shows outputs shall see that there is too much."""


class CappedStream(OutStream):
    """ipykernel's stream, up to `most` characters for each request that the kernel handles."""

    most: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = ""
        self._left = self.most

    def write(self, string: str) -> int | None:
        """As in the base class; what goes beyond the limit is dropped, and counted as written."""
        if not isinstance(string, str):
            return super().write(string)  # it knows what to say
        request = self.parent_header.get("msg_id", "")
        if request != self._request:
            self._request, self._left = request, self.most
        kept = string[: self._left]
        self._left -= len(kept)
        if kept:
            super().write(kept)
        return len(string)
