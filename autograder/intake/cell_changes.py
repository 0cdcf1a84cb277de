"""Says in sentences for a teacher what a student changed in a notebook that was not theirs to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbformat import NotebookNode
from nbgrader import utils

from autograder.intake.cell_match import BY_CELL_ID, BY_NAME, BY_PLACE, BY_TEXT, Versions, is_fixed, normal

_FOUND = {
    BY_CELL_ID: "by cell id, because the grade id was gone",
    BY_TEXT: "by the text that was handed out, because the ids were gone",
    BY_NAME: "by the names that it defines, because the ids were gone",
    BY_PLACE: "by its place, because the ids were gone",
}
_SETTINGS = {"grade": False, "solution": False, "locked": False, "task": False, "points": None}
_NAMED = 12


def remarks_on(
    released: Sequence[NotebookNode], submitted: Sequence[NotebookNode], versions: Mapping[int, Versions]
) -> list[str]:
    """What was deleted, edited or found elsewhere, one sentence for each kind of change.

    Args:
        released: the cells that were handed out, with nbgrader's metadata.
        submitted: the cells that were handed in.
        versions: which of these are which of those, as `cell_match.match` finds them.
    """
    if not versions:
        return ["No cell that was handed out is in this notebook: is it the right one?"]
    sorts: dict[str, list[str]] = {}
    for place, cell in enumerate(released):
        for what in _changes(cell, submitted, versions.get(place)):
            sorts.setdefault(what, []).append(name_of(cell, place))
    return [f"{what}: {_listed(names)}." for what, names in sorts.items()]


def name_of(cell: NotebookNode, place: int) -> str:
    """What to call a cell: its grade id, else its own, else its place."""
    return cell.metadata.get("nbgrader", {}).get("grade_id") or cell.get("id") or f"cell {place + 1}"


def _changes(cell: NotebookNode, submitted: Sequence[NotebookNode], versions: Versions | None) -> list[str]:
    if versions is None:
        return ["Answers whose cells are missing" if utils.is_solution(cell) else "Deleted cells that were put back"]
    changes = []
    found = [submitted[index] for index in versions.indices]
    if utils.is_solution(cell) and versions.how in _FOUND:
        changes.append(f"Answer found {_FOUND[versions.how]}")
    if is_fixed(cell) and normal(found[0].source) != normal(cell.source):
        changes.append("Graded or locked cells that were edited, and restored")
    if any(theirs.cell_type != cell.cell_type for theirs in found):
        changes.append("Cells that were given another type, and their own type back")
    if "nbgrader" in cell.metadata and any(_other_settings(theirs, cell) for theirs in found):
        changes.append("Cells whose settings (points, tags and the like) were changed, and restored")
    return changes


def _other_settings(theirs: NotebookNode, ours: NotebookNode) -> bool:
    """Whether nbgrader's settings or the tags differ; it is no change of theirs when a front end drops them all."""
    settings = theirs.metadata.get("nbgrader")
    if settings is None:
        return False
    expected = ours.metadata["nbgrader"]
    return theirs.metadata.get("tags", []) != ours.metadata.get("tags", []) or any(
        settings.get(key, default) != expected.get(key, default) for key, default in _SETTINGS.items()
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
