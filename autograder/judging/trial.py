"""One grade cell on its way to a verdict: brings up what it needs, runs it in two parts, and judges."""

from __future__ import annotations

import ast
import gc
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from nbformat import NotebookNode

from autograder.channel.remote import Remote, is_proxy
from autograder.judging import outputs, random_state
from autograder.judging.answers import Answers
from autograder.judging.complaint import UNGRADED, Complaint, Witness, complaint_about
from autograder.judging.namespace import Namespace, install_main
from autograder.judging.outputs import WITHHELD, Recorder, captured
from autograder.judging.partial_credit import credit_of, is_meant_as_points, only_element, wrong_credit
from autograder.judging.time_limit import TimeUp, Watchdog
from autograder.judging.verdicts import CORRECT, ERROR, INCORRECT, NOT_ATTEMPTED, Verdict
from autograder.limits import Limits
from autograder.results import results_of
from autograder.slicing.slices import Plan


class Trial:
    """A grade cell, to be run once: `run_shown`, and if there is no verdict then, `run_hidden`.

    The second part begins with the cell's first hidden line. All cells' first parts run before any second part: what
    the student's process learns from hidden tests it cannot tell in an output that its author reads.
    """

    def __init__(
        self,
        plan: Plan,
        cell: NotebookNode,
        index: int,
        answers: Answers,
        remote: Remote,
        watchdog: Watchdog,
        *,
        limits: Limits,
        seed: int,
    ):
        """`index` is the cell's, and the name of its bookmark."""
        self.verdict: Verdict | None = None
        self.grade_id = cell.metadata.nbgrader.grade_id
        self._max = float(cell.metadata.nbgrader.points)
        self._index = index
        self._plan = plan
        self._code = plan.code(self.grade_id)
        self._file = plan.file(self.grade_id)
        self._slice = plan.slice(self.grade_id)
        self._answers = answers
        self._remote = remote
        self._watchdog = watchdog
        self._limits = limits
        self._seed = seed
        self._calls_before = 0
        self._seconds = 0.0
        self._namespace = Namespace(self._slice, remote)
        self._recorder = Recorder(limits.output_bytes)
        self._random: dict[str, Any] | None = None
        hides = [self._code.hides(s.lineno, s.end_lineno) for s in self._code.statements]
        # A statement of a hidden test among those that it depends on makes all of it hidden.
        self._first_hidden = 0 if self._slice.is_secret else [*hides, True].index(True)

    def run_shown(self) -> None:
        """Bring the student's process to the cell's place, and run everything before the first hidden line."""
        if self._code.error is not None:
            self._judge(_broken(f"it is no Python: {self._code.error}"), None)
            return
        if self._first_hidden or not self._code.statements:
            self._attempt(self._begin, self._code.statements[: self._first_hidden])

    def forget(self) -> None:
        """Give back the memory that the first part left; the second then begins with it anew."""
        self._namespace = Namespace(self._slice, self._remote)
        self._random = None
        gc.collect()

    def run_hidden(self) -> None:
        """Run the rest."""
        self._recorder.secret = True
        self._attempt(self._resume, self._code.statements[self._first_hidden :])

    def _begin(self) -> None:
        self._remote.restore(str(self._index))
        self._calls_before = self._remote.calls
        random_state.seed_all(self._seed, self.grade_id)
        install_main(self._namespace)
        self._recorder.muted = True
        self._namespace.prepare()
        self._recorder.muted = False

    def _resume(self) -> None:
        if self._random is None:
            self._begin()
            self._value_of(self._code.statements[: self._first_hidden], False)
            return
        self._remote.restore(f"{self._index}+")
        random_state.put_back(self._random)
        install_main(self._namespace)

    def _attempt(self, begin: Callable[[], None], statements: Sequence[ast.stmt]) -> None:
        """Run some of the cell's statements. There is a verdict afterwards if they were the last, or one failed."""
        began = time.monotonic()
        is_last = statements[-1:] == self._code.statements[-1:]
        value = complaint = None
        try:
            # One that comes while the student's process is brought to order must not be followed by another.
            again = 2 * self._limits.grace_seconds
            with (
                self._watchdog.limit(self._limits.cell_seconds, again),
                captured(self._recorder),
                warnings.catch_warnings(),
            ):
                begin()
                value = self._value_of(statements, is_last and self._code.shown)
                if not is_last:
                    self._remote.bookmark(f"{self._index}+")
                    self._random = random_state.snapshot()
        except (Exception, SystemExit, GeneratorExit, TimeUp) as error:
            complaint = self._complaint(error)
        self._seconds += time.monotonic() - began
        if is_last or complaint is not None:
            self._judge(complaint, value)

    def _value_of(self, statements: Sequence[ast.stmt], shown: bool) -> object:
        body, last = (statements[:-1], statements[-1]) if shown else (statements, None)
        exec(self._compiled(ast.Module(list(body), []), "exec"), self._namespace)
        return None if last is None else eval(self._compiled(ast.Expression(last.value), "eval"), self._namespace)

    def _compiled(self, tree: ast.Module | ast.Expression, mode: str) -> Any:
        return compile(tree, self._file, mode, self._slice.flags, dont_inherit=True)

    def _complaint(self, error: BaseException) -> Complaint:
        if isinstance(error, TimeUp) and not self._recorder.secret:
            said = f"This test was stopped after {self._limits.cell_seconds:g} seconds."
            return Complaint("CellTimeoutError", said, message=said)
        involved = isinstance(error, TimeUp) or self._involves_student(error)
        witness = Witness(self._plan.codes, self._file, involved, self._recorder.secret, self._answers.missing)
        return complaint_about(error, witness)

    def _involves_student(self, error: BaseException) -> bool:
        """Whether the student's side can have had a part in an exception of the grade cell's own."""
        if self._namespace.saw_data or self._remote.calls > self._calls_before:
            return True
        # A function that was handed on and not called: it can be the wrong kind of thing, and no more.
        return bool(self._namespace.asked) and isinstance(error, (AssertionError, TypeError, AttributeError))

    def _judge(self, complaint: Complaint | None, value: object) -> None:
        score, remarks = 0.0, []
        if complaint is None:
            complaint, score, remarks = self._credit(value)
        found = self._recorder.outputs
        results = results_of({"outputs": found})
        wrong = [result for result in results if result.outcome != CORRECT]
        messages = list(dict.fromkeys(result.message for result in wrong))
        if complaint is not None:
            if messages and complaint.text == WITHHELD:
                complaint = replace(complaint, text=messages[-1], message=messages[-1])
            found = [*found, complaint.output()]
            if not complaint.text.endswith(tuple(messages) or ("\0",)):
                messages.append(complaint.message)
        self.verdict = Verdict(
            self.grade_id,
            found,
            score,
            self._max,
            self._outcome(complaint, score),
            misconceptions=list(dict.fromkeys(result.misconception for result in wrong if result.misconception)),
            messages=messages,
            seconds=self._seconds,
            remarks=[*self._answers.doubts(self._slice, score < self._max), *remarks],
            instructor_error=complaint.instructor_error if complaint else "",
            died=bool(self._remote.dead),
        )

    def _credit(self, value: object) -> tuple[Complaint | None, float, list[str]]:
        """The score that the last expression's value gives, with a complaint if it cannot be, and remarks."""
        if value is None:
            return None, self._max, []
        meant = is_meant_as_points(self._code.statements)
        credit = None if is_proxy(value) else credit_of(only_element(value) if meant else value)
        if credit is not None:
            problem = wrong_credit(credit, self._max)
            if problem:
                return _broken(problem), 0.0, []
            self._show({"text/plain": repr(credit)})
            return None, credit, []
        kind = _kind_of(value)
        if meant and not isinstance(value, bool):
            said = f"This test counts points, and with this answer they come to {kind}."
            return Complaint("TypeError", said, message=said), 0.0, []
        if not self._recorder.secret:
            self._show(outputs.parts_of(value))
        if value is True or isinstance(self._code.statements[-1].value, ast.Constant):
            return None, self._max, []
        if value is False:
            kind = "False (should there be an assert?)"
        return None, self._max, [f"its last line gives {kind}, for which nbgrader gives full marks"]

    def _show(self, parts: dict[str, Any]) -> None:
        text = parts["text/plain"][: self._limits.output_bytes]
        self._recorder.outputs.append(
            {
                "output_type": "execute_result",
                "data": {**parts, "text/plain": text},
                "metadata": {},
                "execution_count": None,
            }
        )

    def _outcome(self, complaint: Complaint | None, score: float) -> str:
        if complaint is not None and complaint.instructor_error:
            return ERROR
        if score >= self._max and complaint is None:
            return CORRECT
        if score > 0:
            return INCORRECT
        if complaint is not None and complaint.outcome == NOT_ATTEMPTED:
            return NOT_ATTEMPTED
        asked = self._namespace.asked
        return NOT_ATTEMPTED if asked and self._answers.are_untouched(asked) else INCORRECT


def _broken(why: str) -> Complaint:
    return Complaint("GradingError", UNGRADED, message=UNGRADED, instructor_error=why)


def _kind_of(value: object) -> str:
    """What a value is; of a class that the student named, not the name."""
    kind = type(value)
    known = kind.__module__ in ("builtins", "numpy", "torch", "fractions", "decimal", "datetime")
    return f"a value of type {kind.__name__}" if known else "an object"
