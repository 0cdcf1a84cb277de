"""The course's own unit through the referee: the instructor's answers get all points, wrong ones their diagnosis."""

import pytest
from nbgrader.utils import is_grade, is_solution
from referee_helpers import FakeRemote, answered

from autograder.judging import referee
from autograder.limits import Limits
from tests.notebooks import release, source

UNIT = "03-max-shift"


class Solutions(FakeRemote):
    """A student's side that ran nothing but the answers."""

    def __init__(self, executed):
        self.dead, self.calls = False, 0
        self.names = {}
        exec("import torch", self.names)
        for cell in executed.cells:
            if cell.cell_type == "code" and is_solution(cell):
                exec(cell.source, self.names)

    def bookmark(self, key):
        pass

    def restore(self, key):
        pass


def judge(answers):
    """The verdicts on answers by grade id; the others are as students get them."""
    given, instructor = release(UNIT), source(UNIT)
    tests = {cell.id: cell.source for cell in instructor.cells if is_grade(cell)}
    for cell in given.cells:
        if is_grade(cell) and cell.cell_type == "code":
            cell.source = tests[cell.id]
    grafted = answered(given, answers)
    return referee.run(given, grafted, Solutions(grafted), limits=Limits(), seed=1)


@pytest.mark.slow
def test_the_instructors_answers_get_full_marks():
    solutions = {cell.id: cell.source for cell in source(UNIT).cells if is_solution(cell)}

    verdicts = judge(solutions)

    assert [v for v in verdicts if (v.score, v.outcome) != (v.max_score, "correct") or v.remarks] == []
    tests = [cell for cell in source(UNIT).cells if referee.is_automatic(cell)]
    assert len(verdicts) == len(tests)


def test_a_notebook_that_was_not_touched_is_not_attempted():
    assert {(v.score, v.outcome) for v in judge({})} == {(0, "not attempted")}


def test_a_known_mistake_is_named():
    naive = "def softmax(logits, dim=-1):\n    weights = torch.exp(logits)\n    return weights / weights.sum(dim, True)"

    verdicts = {v.grade_id: v for v in judge({"softmax": naive}) if v.grade_id.startswith("softmax")}

    named = [name for verdict in verdicts.values() for name in verdict.misconceptions]
    assert any(verdict.outcome == "incorrect" for verdict in verdicts.values())
    assert named
