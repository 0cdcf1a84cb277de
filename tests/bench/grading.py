"""Grading speed: our grader against stock nbgrader, on the same class in the same run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from tests.bench.course import NOTEBOOK, UNIT, answers, build, make_hostile
from tests.bench.memory import MIB, PeakMemory

_FLOOR = """
import json, os, resource, sys, warnings
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot, numpy, torch, torch._dynamo, torch.distributed.tensor
warnings.simplefilter("ignore")
notebooks = json.load(sys.stdin)
sys.stdout = open(os.devnull, "w")
for cells in notebooks:
    if os.fork() == 0:
        names = {"__name__": "__main__"}
        for cell in cells:
            try:
                exec(cell, names)
            except Exception:
                pass
        matplotlib.pyplot.gcf().savefig(os.devnull, format="png")
        os._exit(0)
    os.wait()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print((used.ru_utime + used.ru_stime) / len(notebooks), file=sys.stderr)
"""
"""Runs every notebook's cells, tests included, in a fork of a process that has imported everything: no kernel, no
protocol. The second half of torch is what its optimizers and its testing functions load when they are first called."""

_CELL_SECONDS = 5
"""What one cell may take in the class with hostile submissions: they shall run into their limits, not wait for them."""


@dataclass(frozen=True)
class Run:
    """One way of grading one class."""

    name: str
    students: int
    seconds: float
    """Wall time of the whole command, start-up included."""

    cpu_seconds: float

    @property
    def each(self) -> float:
        return self.seconds / self.students


def main(
    sizes: tuple[int, ...] = (24, 120), jobs: tuple[int, ...] = (1, 2), say: Callable[[str], None] = print
) -> None:
    """Measure and print. Stock nbgrader grades the smallest class; its time per submission does not fall with more."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        root = Path(folder)
        courses = {}
        for size in sizes:
            courses[size] = root / f"class-of-{size}"
            courses[size].mkdir()
            say(f"building a class of {size} …")
            build(courses[size], size)
        say(f"stock nbgrader grades {sizes[0]} …")
        stock_course = root / "stock"
        shutil.copytree(courses[sizes[0]], stock_course)
        stock = _timed("stock nbgrader", sizes[0], lambda: _stock(stock_course))
        floor = _floor(courses[sizes[0]], sizes[0])
        runs = []
        for size in sizes:
            for number in jobs:
                say(f"our grader grades {size} with --jobs {number} …")
                runs.append(_timed(f"ours, --jobs {number}", size, partial(_ours, courses[size], number)))
        say("the same once more, for the memory that they take …")
        peaks = {number: _peak_bytes(partial(_ours, courses[sizes[0]], number)) for number in jobs}
        _print(stock, floor, runs, say)
        _print_memory(peaks, say)
        _compare(stock_course, courses[sizes[0]], say)
        _stages(courses[sizes[-1]], say)
        _hostile(courses[sizes[-1]], sizes[-1], jobs[-1], say)


def _hostile(course: Path, size: int, jobs: int, say: Callable[[str], None]) -> None:
    """What ten hostile submissions in a class cost, beside what the limits let each of them have."""
    limit = ("--timeout", str(_CELL_SECONDS))
    before = _timed("honest", size, partial(_ours, course, jobs, *limit))
    hostile = make_hostile(course, size)
    after = _timed("with hostile ones", size, partial(_ours, course, jobs, *limit))
    own = sum(_record(course, student).seconds.get("total", 0.0) for student in hostile)
    say(
        f"{size} students with --jobs {jobs} and {_CELL_SECONDS} s for a cell: {before.seconds:.1f} s; with "
        f"{len(hostile)} hostile ones among them {after.seconds:.1f} s. Those took {own:.1f} s of workers' time by "
        f"themselves, {own / jobs:.1f} s of the clock"
    )


def _record(course: Path, student: str):
    path = course / "autograded" / student / UNIT / f"{NOTEBOOK}.ipynb"
    return nbformat.read(path, as_version=4).metadata.autograder


def _stock(course: Path) -> subprocess.Popen:
    commands = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join([commands, os.environ.get("PATH", "")])}
    command = [sys.executable, "-m", "nbgrader", "autograde", UNIT]
    return subprocess.Popen(command, cwd=course, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _ours(course: Path, jobs: int, *more: str) -> subprocess.Popen:
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        UNIT,
        "--course",
        str(course),
        "--jobs",
        str(jobs),
        "--force",
        *more,
    ]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _timed(name: str, size: int, start: Callable[[], subprocess.Popen]) -> Run:
    before = os.times()
    began = time.monotonic()
    code = start().wait()
    seconds = time.monotonic() - began
    after = os.times()
    if code:
        raise SystemExit(f"{name} ended with exit code {code}")
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return Run(name, size, seconds, cpu)


def _peak_bytes(start: Callable[[], subprocess.Popen]) -> int:
    """In a run of its own: to ask for the memory of so many processes, again and again, slows them down."""
    process = start()
    with PeakMemory(process.pid) as memory:
        process.wait()
    return memory.peak_bytes


def _floor(course: Path, size: int) -> float:
    """CPU seconds that the cells of one submission cost by themselves."""
    notebooks = []
    for number in range(size):
        notebook = nbformat.read(course / "source" / UNIT / f"{NOTEBOOK}.ipynb", as_version=4)
        code = [answers(number).get(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]
        notebooks.append(code)
    ran = subprocess.run(
        [sys.executable, "-c", _FLOOR], input=json.dumps(notebooks), capture_output=True, text=True, check=True
    )
    return float(ran.stderr.strip().splitlines()[-1])


def _print(stock: Run, floor: float, runs: list[Run], say: Callable[[str], None]) -> None:
    say("")
    say(f"{'':22}{'students':>9}{'wall s':>9}{'s each':>9}{'CPU s each':>12}{'throughput':>12}")
    for run in [stock, *runs]:
        ratio = f"{stock.each / run.each:.1f} ×"
        cpu = run.cpu_seconds / run.students
        say(f"{run.name:22}{run.students:9}{run.seconds:9.2f}{run.each:9.3f}{cpu:12.3f}{ratio:>12}")
    say(f"{'the cells alone':22}{'':27}{floor:12.3f}")
    by_size: dict[int, list[Run]] = {}
    for run in runs:
        by_size.setdefault(run.students, []).append(run)
    for size, (first, *more) in by_size.items():
        for other in more:
            say(f"{size} students: {other.name} is {first.seconds / other.seconds:.2f} × as fast as {first.name}")


def _print_memory(peaks: Mapping[int, int], say: Callable[[str], None]) -> None:
    (fewest, base), *more = peaks.items()
    say(f"all processes together take {base / MIB:.0f} MiB with --jobs {fewest}")
    for jobs, peak in more:
        each = (peak - base) / MIB / (jobs - fewest)
        say(f"a further worker takes {each:.0f} MiB more (measured at --jobs {jobs})")


def _compare(stock: Path, ours: Path, say: Callable[[str], None]) -> None:
    expected, found = _scores(stock), _scores(ours)
    different = {name for name in expected if expected[name] != found.get(name)}
    say(f"scores: {len(expected) - len(different)} of {len(expected)} identical to stock nbgrader's")
    for name in sorted(different):
        say(f"  {name}: stock {expected[name]}, ours {found.get(name)}")


def _scores(course: Path) -> dict[str, dict[str, float]]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "bench") as gradebook:
        return {
            submission.student.id: {g.name: g.auto_score for n in submission.notebooks for g in n.grades}
            for submission in gradebook.assignment_submissions(UNIT)
        }


def _stages(course: Path, say: Callable[[str], None]) -> None:
    """Where a worker's time goes, from the records that it left."""
    notebooks = [nbformat.read(path, as_version=4) for path in course.glob(f"autograded/*/{UNIT}/*.ipynb")]
    seconds = [notebook.metadata.autograder.seconds for notebook in notebooks]
    say("wall time of a worker per notebook, in milliseconds:")
    for stage in ("start", "replay", "referee", "total"):
        say(f"  {stage:10}{1000 * sum(s.get(stage, 0.0) for s in seconds) / len(seconds):8.1f}")
