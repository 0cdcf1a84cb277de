"""Makes feedback pages fit for students: a preprocessor for `GenerateFeedback.preprocessors`."""

from __future__ import annotations

import re

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Set, Unicode

from autograder.results import results_of
from course.kit.feedback import CheckError

_OWN_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")


class HideTests(NbGraderPreprocessor):
    """Removes hidden tests from grade cells, and tracebacks that would quote them or repeat what a result says.

    nbgrader's own feedback page shows a grade cell as it was graded, hidden tests included, and a traceback prints the
    lines around the one that failed. Here a cell with hidden tests loses them, and its error becomes one line: the
    message where the student was meant to read it, a general sentence where a hidden test raised it. In every grade
    cell, an error that only repeats the result shown above it goes.
    """

    begin = Unicode("BEGIN HIDDEN TESTS", help="The mark that opens a region of hidden tests.").tag(config=True)

    end = Unicode("END HIDDEN TESTS", help="The mark that closes a region of hidden tests.").tag(config=True)

    withheld = Unicode(
        "A test that the notebook does not show failed on this answer.",
        help="What stands in a feedback page instead of the message of a hidden test.",
    ).tag(config=True)

    spoken = Set(
        {CheckError.__name__, "NotImplementedError", "CellTimeoutError"},
        help="Names of the errors whose messages are written for students, and so shown from hidden tests too.",
    ).tag(config=True)

    def preprocess_cell(self, cell, resources, cell_index):
        """Edit one cell in place; nbconvert's contract."""
        if cell.cell_type == "code" and utils.is_grade(cell):
            cell.source, hidden = self._split(cell.source)
            said = tuple(result.message for result in results_of(cell))
            outputs = [output for output in cell.outputs if not _repeats(output, said)]
            cell.outputs = [self._shortened(output, hidden) for output in outputs] if hidden else outputs
        return cell, resources

    def _split(self, source: str) -> tuple[str, set[int]]:
        """The source without its hidden regions, and the numbers (from 1) of the lines that went."""
        kept, hidden, inside = [], set(), False
        for number, line in enumerate(source.split("\n"), 1):
            inside = inside or self.begin in line
            if inside:
                hidden.add(number)
            else:
                kept.append(line)
            inside = inside and self.end not in line
        return "\n".join(kept), hidden

    def _shortened(self, output: NotebookNode, hidden: set[int]) -> NotebookNode:
        if output.output_type != "error":
            return output
        lines = _OWN_LINE.findall(strip_ansi("\n".join(output.traceback)))
        shown = output.ename in self.spoken or (lines and int(lines[0]) not in hidden)
        message = f"{output.ename}: {output.evalue}" if shown else self.withheld
        return NotebookNode(output_type="error", ename=output.ename, evalue="", traceback=[message])


def _repeats(output: NotebookNode, said: tuple[str, ...]) -> bool:
    return output.output_type == "error" and output.evalue.endswith(said)
