"""The command line: `python -m autograder grade UNIT` and `python -m autograder report UNIT`."""

from __future__ import annotations

import argparse
import gc
import math
import os
import secrets
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

# An optional part of jsonschema's, which takes longer to import than anything else and checks a format that no
# notebook has; None is how Python notes down that a module is not there.
sys.modules.setdefault("rfc3987_syntax", None)

from autograder.limits import GIB, Limits  # noqa: E402

DONE, INCOMPLETE, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: all is recorded; something is not; it cannot be done, for the reason given on stderr; Ctrl-C."""

_GRADE = """Grades what students handed in for UNIT and records it in the course's gradebook and in autograded/.
Submissions that are recorded already and have not changed are left alone."""
_REPORT = "Writes a page about a graded class, and the same as CSV files in a folder beside it."


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    try:
        options = _parser().parse_args(arguments)
        return options.run(options)
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)


def grade(options: argparse.Namespace) -> int:
    """Grade a class; returns the exit status."""
    # Imported here, so that a mistyped option or --help does not wait for it.
    from autograder.head_start import HeadStart
    from autograder.kernels.sandbox import SandboxError, missing

    confined = not options.accept_risk_of_no_sandbox
    lacking = missing() if confined else None
    if lacking:
        return _say(lacking, BAD_INPUT)
    # Imports make objects that stay: looking through them again and again takes an eighth of the time.
    gc.disable()
    try:
        with closing(HeadStart(confined=confined, hidden=[options.course.resolve()])) as head_start:
            return _plan_and_grade(head_start, options)
    except SandboxError as error:
        return _say(str(error), BAD_INPUT)
    finally:
        gc.enable()


def report(options: argparse.Namespace) -> int:
    """Write the report on a graded class; returns the exit status."""
    from autograder import report as reporting
    from autograder.course_folder import open_course
    from autograder.records.gradebook_access import GradebookError, check_gradebook
    from autograder.reporting.class_reader import ReportError

    course = options.course.resolve()
    page = options.out or course / f"report-{options.unit}.html"
    try:
        check_gradebook(open_course(course).coursedir.db_url, options.unit, say=tqdm.write)
        built = reporting.build(course, options.unit)
        reporting.write_html(built, page)
        reporting.write_csv(built, page.with_suffix(""))
    except (GradebookError, ReportError) as error:
        return _say(str(error), BAD_INPUT)
    except OSError as error:
        return _say(f"the report cannot be written: {error}", INCOMPLETE)
    print(f"{_shown(page)} is the report; {_shown(page.with_suffix(''))} holds the same as CSV files.")
    return DONE


def _plan_and_grade(head_start, options: argparse.Namespace) -> int:
    from autograder.planning import PlanError, plan

    try:
        planned = plan(options.course, options.unit, options.student, say=tqdm.write)
    except PlanError as error:
        return _say(str(error), BAD_INPUT)
    limits = _limits(planned.limits, options)
    seed = secrets.randbits(32) if options.seed is None else options.seed
    return _grade_and_record(planned, limits, seed, head_start, options)


def _grade_and_record(planned, limits: Limits, seed: int, head_start, options: argparse.Namespace) -> int:
    from autograder.records.gradebook_access import DiskFullError, GradebookError
    from autograder.records.recording import Recorder
    from autograder.summary import Summary

    summary, totals = Summary(), {}
    status, stopped = DONE, ""
    try:
        with Recorder(planned.api, planned.assignment, limits, say=tqdm.write) as recorder:
            _fill(summary, planned, recorder, limits, seed, head_start, options)
            totals = recorder.totals()
    except KeyboardInterrupt:
        status, stopped = INTERRUPTED, "interrupted"
    except DiskFullError as error:
        status, stopped = INCOMPLETE, str(error)
    except GradebookError as error:
        status, stopped = BAD_INPUT, str(error)
    print("\n".join(summary.lines(totals, planned.assignment.name)), flush=True)
    if stopped:
        return _say(f"{stopped}; what is counted above is recorded, and the same command goes on from there", status)
    return INCOMPLETE if summary.unrecorded else DONE


def _fill(summary, planned, recorder, limits: Limits, seed: int, head_start, options: argparse.Namespace) -> None:
    """Grade and record all that is not recorded yet, one entry in the summary after the other."""
    from autograder.interrupts import held_back
    from autograder.records.gradebook_access import DiskFullError, GradebookError, RecordingError

    waiting = []
    for student in planned.students:
        done = not options.force and _is_recorded(planned, recorder, student, limits)
        (summary.unchanged if done else waiting).append(student)
    if waiting:
        print(f"Grading {len(waiting)} of {len(planned.students)} submissions; the seed is {seed}.", flush=True)
    with closing(_grade_all(planned, waiting, limits, seed, head_start, options)) as grading:
        for graded in tqdm(grading, total=len(waiting), desc="grading", unit="student", disable=not waiting):
            with held_back():  # what is recorded is counted
                try:
                    remarks = recorder.record(graded)
                except (DiskFullError, GradebookError):
                    raise
                except RecordingError as error:
                    summary.unrecorded[graded.student] = str(error)
                else:
                    summary.add(graded.student, graded.notebooks, graded.failure, [*graded.remarks, *remarks])


def _is_recorded(planned, recorder, student: str, limits: Limits) -> bool:
    from autograder.intake import submission
    from autograder.records.recording import digest_of

    if not recorder.has(student):
        return False
    handed_in = submission.read(planned.folder(student), list(planned.assignment.notebooks), limits)
    return recorder.is_recorded(student, digest_of(planned.assignment.digest, handed_in.digest))


def _grade_all(
    planned, students: list[str], limits: Limits, seed: int, head_start, options: argparse.Namespace
) -> Generator:
    """What became of each submission, as soon as it is graded."""
    if not students:
        return
    from traitlets.config import Config

    from autograder.grading import Task
    from autograder.pool import Pool
    from autograder.preloading import preload

    # Not all of it: a class that a course's configuration defines cannot be sent to another process.
    config = Config(LimitOutput=planned.api.config.LimitOutput)
    tasks = [Task(student, planned.folder(student), planned.assignment, limits, seed, config) for student in students]
    with Pool(
        options.jobs,
        limits,
        confined=not options.accept_risk_of_no_sandbox,
        hidden=[options.course.resolve()],
        preload=preload(planned.assignment, [task.folder for task in tasks]),
        begun=head_start,
    ) as pool:
        yield from pool.map(tasks)


def _limits(limits: Limits, options: argparse.Namespace) -> Limits:
    limits = replace(limits, **dict(options.limit))
    if options.timeout is not None:
        whole = max(limits.notebook_seconds, options.timeout)
        limits = replace(limits, cell_seconds=options.timeout, notebook_seconds=whole)
    if options.memory is not None:
        limits = replace(limits, memory_bytes=int(options.memory * GIB))
    return limits


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m autograder", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    grading = commands.add_parser("grade", help="grade a class", description=_GRADE)
    grading.set_defaults(run=grade)
    reporting = commands.add_parser("report", help="write the report on a graded class", description=_REPORT)
    reporting.set_defaults(run=report)
    for command in (grading, reporting):
        command.add_argument("unit", metavar="UNIT", help="the assignment: name of its folder in source/")
        command.add_argument(
            "--course", type=Path, default=Path(), metavar="DIR", help="the course folder; default: here"
        )
    jobs = len(os.sched_getaffinity(0))
    grading.add_argument("--jobs", type=_count, default=jobs, metavar="N", help=f"graded at a time; here {jobs}")
    grading.add_argument("--student", action="append", default=[], metavar="ID", help="only this one; may be repeated")
    grading.add_argument("--force", action="store_true", help="grade again what is recorded already")
    grading.add_argument("--timeout", type=_positive, metavar="S", help="seconds that one cell may take")
    grading.add_argument("--memory", type=_positive, metavar="GIB", help="memory that one submission may take")
    grading.add_argument(
        "--limit",
        type=_limit,
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="any other limit, as in c.Limits of nbgrader_config.py; may be repeated",
    )
    grading.add_argument(
        "--seed", type=_seed, metavar="N", help="of the tests' random inputs; default: another each time"
    )
    risk = "run students' code with your own rights, where there is no bubblewrap"
    grading.add_argument("--accept-risk-of-no-sandbox", action="store_true", help=risk)
    reporting.add_argument("--out", type=Path, metavar="FILE", help="the page; default: report-UNIT.html in DIR")
    return parser


def _number(text: str, convert: Callable, fits: Callable[[float], bool], wanted: str):
    try:
        number = convert(text)
    except ValueError:
        number = None
    if number is None or not fits(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return number


_count = partial(_number, convert=int, fits=lambda n: 1 <= n <= 1024, wanted="a whole number from 1 to 1024")
_seed = partial(_number, convert=int, fits=lambda n: 0 <= n < 1 << 32, wanted="a whole number from 0 to 4294967295")
_positive = partial(_number, convert=float, fits=lambda x: x > 0 and math.isfinite(x), wanted="a positive number")


def _limit(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    known = Limits.__dataclass_fields__
    if name not in known:
        raise argparse.ArgumentTypeError(f"{name!r} is no limit; there are {', '.join(known)}")
    value = _positive(number)
    if isinstance(known[name].default, float):
        return name, value
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{name} takes a whole number, not {number}")
    return name, int(value)


def _say(line: str, status: int) -> int:
    print(f"autograder: {line}", file=sys.stderr)
    return status


def _shown(path: Path) -> str:
    path = path.resolve()
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    STATUS = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed and recorded: to take torch apart first, as Python would, takes a second.
    os._exit(STATUS)
