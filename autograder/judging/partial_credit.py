"""Reads points off the value of a grade cell's last expression: as nbgrader does, but not from its text."""

from __future__ import annotations

import ast
import math
import numbers
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

_GIVE_NUMBERS = frozenset(["sum", "min", "max", "round", "float", "int", "len", "abs", "item"])


def credit_of(value: Any) -> float | None:
    """The number that a value is, of whatever type; None if it is none. A truth value is none, as in nbgrader."""
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, Decimal)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:  # a signalling nan of Decimal's
        return math.nan


def only_element(value: Any) -> Any:
    """The number in an array or tensor that has just one; anything else as it is."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and type(value) is torch.Tensor and value.numel() == 1:
        return value.item()
    if numpy is not None and type(value) is numpy.ndarray and value.size == 1:
        return value.item()
    return value


def wrong_credit(credit: float, max_score: float) -> str:
    """What is wrong with a number of points, or ""."""
    if math.isfinite(credit) and 0 <= credit <= max_score:
        return ""
    return f"its last line gives {credit:g} points, which is not between 0 and the cell's {max_score:g}"


def is_meant_as_points(statements: Sequence[ast.stmt]) -> bool:
    """Whether the last expression of a grade cell is arithmetic, and so no array or text that is there to be seen.

    nbgrader gives full marks for a value that is no number. Where the test computes with what an answer returns, that
    would be a way to them.
    """
    return isinstance(statements[-1], ast.Expr) and _is_number(statements[-1].value, statements, set())


def _is_number(node: ast.expr, statements: Sequence[ast.stmt], seen: set[str]) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    if isinstance(node, ast.BinOp):
        return _is_number(node.left, statements, seen) or _is_number(node.right, statements, seen)
    if isinstance(node, ast.UnaryOp):
        return not isinstance(node.op, ast.Not) and _is_number(node.operand, statements, seen)
    if isinstance(node, ast.IfExp):
        return _is_number(node.body, statements, seen) or _is_number(node.orelse, statements, seen)
    if isinstance(node, ast.Call):
        return getattr(node.func, "attr", getattr(node.func, "id", "")) in _GIVE_NUMBERS
    if isinstance(node, ast.Name) and node.id not in seen:
        values = [value for statement in statements for value in _bound_to(node.id, statement)]
        return any(_is_number(value, statements, seen | {node.id}) for value in values)
    return False


def _bound_to(name: str, statement: ast.stmt) -> list[ast.expr]:
    """The values that are assigned to a name somewhere in a statement."""
    found = []
    for node in ast.walk(statement):
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        is_assignment = isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None
        if is_assignment and any(isinstance(target, ast.Name) and target.id == name for target in targets):
            found.append(node.value)
    return found
