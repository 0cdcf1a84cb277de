"""The Python in a code cell: its statements, what IPython's own syntax stands for, and the lines that are hidden."""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO

from IPython.core.inputtransformer2 import TransformerManager

_TIMED_LINE = re.compile(r"^(\s*)%(?:time|timeit -n ?1 -r ?1) +(?=[^-\s])", re.MULTILINE)
_TIMED_CELL = re.compile(r"\A\s*%%(?:time|capture|prun|memit)\b.*")
_OTHER_CELL = re.compile(r"\A\s*%%\w")


@dataclass(frozen=True)
class CellCode:
    """A code cell, parsed."""

    source: str
    """The cell's text as Python; lines have the numbers that they have in the cell."""

    statements: tuple[ast.stmt, ...]
    """Its top-level statements; one for each name of an import."""

    shown: bool
    """Whether the value of the last statement is displayed."""

    hidden: frozenset[int]
    """Numbers, from 1, of the lines that students do not see."""

    error: SyntaxError | None = None
    """Why it cannot be parsed; then there are no statements."""

    def hides(self, first: int, last: int) -> bool:
        """Whether one of these lines is hidden."""
        return not self.hidden.isdisjoint(range(first, last + 1))

    def visible_number(self, line: int) -> int:
        """The number of a line for someone who does not see the hidden ones."""
        return line - sum(number < line for number in self.hidden)


@lru_cache(maxsize=4096)
def read(source: str, marks: tuple[str, str] | None = None, filename: str = "<cell>") -> CellCode:
    """Parse a cell. Nothing is raised for text that is no Python.

    Args:
        source: the cell's text.
        marks: what opens and closes a region of hidden tests, in a cell of the instructor's.
        filename: the name under which its code will be known.
    """
    hidden = _hidden_lines(source, marks) if marks else frozenset()
    python = _TIMED_CELL.sub("", source) if _TIMED_CELL.match(source) else source
    python = TransformerManager().transform_cell(_TIMED_LINE.sub(r"\1", python))
    if _OTHER_CELL.match(source):
        # Everything that such a magic is given is text; as Python it is one line, and the cell's line numbers are lost.
        hidden = frozenset({1}) if hidden else frozenset()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(python, filename)
            if marks is not None:
                # What parses may still be no program: a return outside of a function.
                compile(tree, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
        return CellCode(python, (), False, hidden, problem)
    statements = tuple(single for statement in tree.body for single in _singly(statement))
    shown = bool(statements) and isinstance(statements[-1], ast.Expr) and not _is_quiet(python)
    return CellCode(python, statements, shown, hidden)


def _hidden_lines(source: str, marks: tuple[str, str]) -> frozenset[int]:
    begin, end = marks
    found, inside = set(), False
    for number, line in enumerate(source.split("\n"), 1):
        inside = inside or begin in line
        if inside:
            found.add(number)
        inside = inside and end not in line
    return frozenset(found)


def _singly(statement: ast.stmt) -> list[ast.stmt]:
    """An import of many names as many imports, so that one can be had without the others."""
    if not isinstance(statement, (ast.Import, ast.ImportFrom)) or getattr(statement, "module", "") == "__future__":
        return [statement]
    fields = {"module": statement.module, "level": statement.level} if isinstance(statement, ast.ImportFrom) else {}
    return [ast.copy_location(type(statement)(names=[alias], **fields), statement) for alias in statement.names]


def _is_quiet(python: str) -> bool:
    """Whether the text ends in a semicolon, with which IPython shows no value."""
    last = ""
    try:
        for token in tokenize.generate_tokens(StringIO(python).readline):
            if token.type == tokenize.OP:
                last = token.string
            elif token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER):
                last = ""
    except tokenize.TokenError:
        return False
    return last == ";"
