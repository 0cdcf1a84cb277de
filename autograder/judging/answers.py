"""What the student's cells tell about a grade cell's failure: untouched answers, missing names, names used twice."""

from __future__ import annotations

from collections.abc import Iterable

from nbformat import NotebookNode
from nbgrader import utils

from autograder.judging.complaint import MARK, UNGRADED, Complaint
from autograder.judging.verdicts import INCORRECT, NOT_ATTEMPTED
from autograder.slicing.effect_reader import names_in_text
from autograder.slicing.slices import Plan, Slice

_LONGEST = 200


class Answers:
    """The student's cells before one grade cell."""

    def __init__(self, plan: Plan, skeleton: NotebookNode, grafted: NotebookNode, grade_id: str):
        self._plan = plan
        self._grade_id = grade_id
        self._stubs = {_id(cell): cell.source for cell in skeleton.cells if _is_answer(cell)}
        given = {cell.source for cell in skeleton.cells if not _is_answer(cell)}
        self._cells: list[NotebookNode] = []
        for cell in grafted.cells:
            if _id(cell) == grade_id:
                break
            if cell.cell_type == "code" and cell.source not in given:
                self._cells.append(cell)
        self._answers = {_id(cell): cell for cell in self._cells if _is_answer(cell)}

    def are_untouched(self, names: Iterable[str]) -> bool:
        """Whether all answers that these names come from are as students got them."""
        concerned = [
            self._answers[name] for name in self._plan.answers_to(names, self._grade_id) if name in self._answers
        ]
        return bool(concerned) and all(cell.source == self._stubs.get(_id(cell)) for cell in concerned)

    def missing(self, name: str) -> Complaint:
        """What to say where the notebook does not bind a name that a grade cell needs."""
        if not self._plan.is_answer(name, self._grade_id):
            slip = f"it needs `{name}`, which no cell before it binds, an answer included"
            return Complaint("GradingError", UNGRADED, message=UNGRADED, instructor_error=slip)
        untouched = self.are_untouched([name])
        said = (
            f"There is no `{name}` yet." if untouched else f"There is no `{name}` in the notebook{self._stopped(name)}."
        )
        outcome = NOT_ATTEMPTED if untouched else INCORRECT
        return Complaint("NameError", said, message=said, outcome=outcome)

    def doubts(self, slice_: Slice, lost_points: bool) -> list[str]:
        """Remarks for the teacher on what may make the score doubtful."""
        if not (slice_.random or lost_points):
            return []
        loaded = frozenset().union(*(names_in_text(cell.source)[0] for cell in self._cells))
        remarks = [
            f"`{name}` is drawn at random without a seed in {place}, so the grader's values differ from those that the "
            f"student's answer was computed from; seed it, or {MARK}"
            for name, place in sorted(slice_.random.items())
            if name in loaded
        ]
        if not lost_points:
            return remarks
        bound = frozenset().union(*(names_in_text(cell.source)[1] for cell in self._answers.values()))
        remarks += [
            f"the answer binds `{name}`, which a cell of the instructor's binds too; the test saw the instructor's"
            for name in sorted(bound & slice_.needs & slice_.ownership.instructors)
        ]
        remarks += [
            f"the test binds `{name}`, which the answer uses; that does not reach the student's process. If it has to, "
            f"{MARK}"
            for name in sorted(slice_.binds & loaded - bound - slice_.ownership.students)
        ]
        remarks += [
            f"the test changes `{name}`, in the grader's process only; if the answer has to see that, {MARK}"
            for name in sorted(slice_.patches)
        ]
        return remarks

    def _stopped(self, name: str) -> str:
        """How the cell that should have bound a name ended, where it ended with an error."""
        for answer in self._plan.answers_to([name], self._grade_id):
            for output in self._answers.get(answer, {}).get("outputs", []):
                if output.get("output_type") == "error":
                    said = f"{output.get('ename')}: {output.get('evalue')}".split("\n")[0][:_LONGEST]
                    return f": its cell stopped with {said}"
        return " (any more)"


def _is_answer(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(utils.is_solution(cell))


def _id(cell: NotebookNode) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")
