"""Turns what was handed in as a notebook into a well-formed one, or says in words for a teacher why it is none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode

MAX_VALUES = 2_000_000
"""Commas and opening brackets in a notebook file; a bound on the memory that reading it takes."""

MAX_CELLS = 10_000
"""Cells of a notebook file that are looked at."""

MAX_ATTACHMENT_BYTES = 8 << 20
"""Base64 text of all the pictures in one cell."""

VALID_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""nbformat's rule for the id of a cell."""

_TYPES = ("code", "markdown", "raw")
_OLD_TYPES = (*_TYPES, "heading", "html")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
_LONGEST_NUMBER = 300


class UnreadableError(ValueError):
    """Something that is no notebook; the message says why."""


def parse(data: bytes) -> tuple[NotebookNode, list[str]]:
    """The notebook in the bytes of a file, as `tidy` gives it, and what had to be repaired.

    Raises:
        UnreadableError: if there is none.
    """
    text, remarks = _decode(data)
    if sum(text.count(mark) for mark in ",[{") > MAX_VALUES:
        raise UnreadableError(f"the notebook holds more than {MAX_VALUES:,} values")
    try:
        content = json.loads(text, parse_constant=lambda _: None, parse_int=_integer)
    except RecursionError:
        raise UnreadableError("the notebook file is broken: it is nested too deeply") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableError(f"the notebook file is broken: it is not JSON ({where})") from None
    notebook, repairs = tidy(content)
    return notebook, remarks + repairs


def tidy(content: object) -> tuple[NotebookNode, list[str]]:
    """A notebook of format 4.5 made from decoded JSON or from a NotebookNode, neither of which needs to be valid.

    Cells keep their type, source, raster pictures that are attached to markdown, the id that they were handed in with
    (so it may be missing, or there twice) and of their metadata `nbgrader`, `tags` and `id` (Colab's place for cell
    ids), as far as those are plain. There are no outputs and no metadata of the notebook.

    Returns:
        The notebook, and what had to be repaired.

    Raises:
        UnreadableError: if there is no list of cells.
    """
    if not isinstance(content, Mapping):
        raise UnreadableError(f"the notebook file is broken: it holds {_in_words(content)} in place of a notebook")
    if isinstance(content.get("cells"), list):
        cells = content["cells"]
    elif isinstance(content.get("worksheets"), list):
        cells = _upgraded(content)
    else:
        raise UnreadableError("the notebook file is broken: it has no list of cells")
    repairs = _Repairs()
    looked_at = cells[:MAX_CELLS]
    kept = [repairs.cell(cell) for cell in looked_at if isinstance(cell, Mapping)]
    remarks = repairs.remarks()
    if len(kept) < len(looked_at):
        remarks.append(f"{len(looked_at) - len(kept)} of its cells were no cells and were left out")
    if len(looked_at) < len(cells):
        remarks.append(f"only its first {MAX_CELLS:,} cells were looked at; there are {len(cells):,}")
    return NotebookNode(cells=kept, metadata=NotebookNode(), nbformat=4, nbformat_minor=5), remarks


class _Repairs:
    """Makes cells well-formed and counts what that took."""

    def __init__(self):
        self.untyped = 0
        self.without_source = 0
        self.pictures = 0

    def cell(self, cell: Mapping) -> NotebookNode:
        kind = cell.get("cell_type")
        if not isinstance(kind, str) or kind not in _TYPES:
            self.untyped += 1
            kind = "code" if "outputs" in cell or "execution_count" in cell else "markdown"
        # Not nbformat's new_code_cell, which checks each one against the schema and takes a millisecond for it.
        fresh = NotebookNode(
            cell_type=kind, source=self._source(cell.get("source")), metadata=_metadata(cell.get("metadata"))
        )
        if kind == "code":
            fresh["outputs"], fresh["execution_count"] = [], None
        if isinstance(cell.get("id"), str) and VALID_ID.fullmatch(cell["id"]):
            fresh["id"] = cell["id"]
        pictures = self._pictures(cell.get("attachments")) if kind == "markdown" else {}
        if pictures:
            fresh["attachments"] = NotebookNode(pictures)
        return fresh

    def remarks(self) -> list[str]:
        counted = {
            "cells did not say what type they have": self.untyped,
            "cells had something else in place of their text": self.without_source,
            "attached pictures were left out: too large, or no raster pictures": self.pictures,
        }
        return [f"{count} of its {what}" for what, count in counted.items() if count]

    def _source(self, source: object) -> str:
        if isinstance(source, str):
            return _encodable(source)
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            return _encodable("".join(source))
        self.without_source += 1
        return ""

    def _pictures(self, attachments: object) -> dict[str, NotebookNode]:
        if not isinstance(attachments, Mapping):
            return {}
        kept, room = {}, MAX_ATTACHMENT_BYTES
        for name, bundle in attachments.items():
            pictures = {}
            for kind in _PICTURES:
                data = bundle.get(kind) if isinstance(bundle, Mapping) else None
                data = "".join(data) if isinstance(data, list) and all(isinstance(d, str) for d in data) else data
                # A page shows it as a data: address in quotes, which anything but base64 could leave.
                if isinstance(data, str) and len(data) <= room and _BASE64.fullmatch(data):
                    pictures[kind] = data
                    room -= len(data)
            if pictures and isinstance(name, str):
                kept[_encodable(name)] = NotebookNode(pictures)
            else:
                self.pictures += 1
        return kept


def _decode(data: bytes) -> tuple[str, list[str]]:
    if not data.strip(b" \t\r\n\0"):
        raise UnreadableError("the notebook file is empty")
    try:
        return data.decode(json.detect_encoding(data)), []
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), ["it is not in UTF-8; read as Windows-1252, so letters with accents may be wrong"]
    except UnicodeDecodeError:
        raise UnreadableError("the notebook file is broken: it is not text") from None


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


def _in_words(content: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(content), "a number")


def _encodable(text: str) -> str:
    """The text with halves of surrogate pairs joined, or replaced where the other half is missing."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _metadata(metadata: object) -> NotebookNode:
    kept = NotebookNode()
    if not isinstance(metadata, Mapping):
        return kept
    nbgrader, tags, identity = (metadata.get(key) for key in ("nbgrader", "tags", "id"))
    if isinstance(nbgrader, Mapping):
        plain = {key: value for key, value in nbgrader.items() if isinstance(value, (int, float, type(None)))}
        texts = {key: _encodable(value) for key, value in nbgrader.items() if isinstance(value, str)}
        kept["nbgrader"] = NotebookNode({_encodable(str(key)): value for key, value in (plain | texts).items()})
    if isinstance(tags, list):
        kept["tags"] = [_encodable(tag) for tag in tags if isinstance(tag, str)]
    if isinstance(identity, str):
        kept["id"] = _encodable(identity)
    return kept


def _upgraded(content: Mapping) -> list[NotebookNode]:
    """The cells of a notebook of format 2 or 3, without outputs, brought to format 4 by nbformat."""
    cells = [
        _old_cell(cell)
        for sheet in content["worksheets"]
        if isinstance(sheet, Mapping) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
        if isinstance(cell, Mapping)
    ][: MAX_CELLS + 1]
    version = 2 if content.get("nbformat") == 2 else 3
    old = {"nbformat": version, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    upgraded = nbformat.convert(nbformat.from_dict(old), 4).cells
    for cell in upgraded:
        del cell["id"]  # made up anew at each reading
    return upgraded


def _old_cell(cell: Mapping) -> dict:
    kind = cell.get("cell_type")
    if not isinstance(kind, str) or kind not in _OLD_TYPES:
        kind = "code" if "input" in cell else "markdown"
    source = cell.get("input" if kind == "code" else "source")
    lines = [line for line in (source if isinstance(source, list) else [source]) if isinstance(line, str)]
    # Lines came with and without their ends, as in nbformat's own reader.
    text = ("" if lines and lines[0].endswith("\n") else "\n").join(lines)
    fresh = {"cell_type": kind, "metadata": _metadata(cell.get("metadata"))}
    if kind == "code":
        return {**fresh, "input": text, "language": "python", "outputs": [], "collapsed": False}
    if kind == "heading":
        level = cell.get("level")
        fresh["level"] = level if isinstance(level, int) and 1 <= level <= 6 else 1
    return {**fresh, "source": text}
