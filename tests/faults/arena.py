"""A course folder in which graders are started and disturbed, and what one can see of it from outside."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.faults import processes
from tests.faults.course import NOTEBOOK, STUDENTS, UNIT

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 100.0
"""How long a command may take before a test gives up, on a very busy machine."""


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    status: int
    out: str
    said: list[str]
    """Lines on stderr, without the progress bar."""


class Grader:
    """A command that runs."""

    def __init__(self, arena: Arena, settings: dict, arguments: tuple[str, ...]):
        self._arena = arena
        command = [sys.executable, "-m", "tests.faults.launcher", json.dumps(settings)]
        command += ["grade", UNIT, "--course", str(arena.course), "--jobs", "2", *arguments]
        # Files and not pipes, which a command that nobody reads from would fill; `finish` closes them.
        self._out = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._err = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        commands = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PATH": commands, "TMPDIR": str(arena.temporary)},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, condition: Callable[[], object]) -> object:
        """Wait for what `condition` gives, until that is true or the command has ended."""
        deadline = time.monotonic() + SECONDS
        while not (found := condition()) and self.running and time.monotonic() < deadline:
            time.sleep(0.005)
        return found

    def wait_for_results(self, count: int) -> None:
        """Wait until that many students have an autograded notebook."""
        self.wait_until(lambda: len(self._arena.notebooks()) >= count)

    def kill(self, role: str, after: float = 0, pick: int = 0) -> None:
        """kill -9 the process of this role, a certain one of many, some seconds after there is one."""
        self.wait_until(lambda: processes.find(role, self._process.pid))
        time.sleep(after)
        found = processes.find(role, self._process.pid)
        if found and self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found[pick % len(found)], signal.SIGKILL)

    def count(self, role: str) -> int:
        """How many processes have this role now."""
        return len(processes.find(role, self._process.pid))

    def signal_group(self, number: int) -> None:
        """What the terminal does with Ctrl-C."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def signal(self, number: int) -> None:
        """Send it to the command alone."""
        self._process.send_signal(number)

    def finish(self) -> Finished:
        """Wait for its end."""
        try:
            status = self._process.wait(SECONDS)
        finally:
            self._process.kill()
            self._process.wait()
        texts = []
        for file in (self._out, self._err):
            with file:
                file.seek(0)
                texts.append(file.read())
        lines = [line for line in re.split(r"[\r\n]+", texts[1]) if line.strip() and not line.startswith("grading:")]
        return Finished(status, texts[0], lines)


class Arena:
    """One course, and a temporary folder of its own."""

    def __init__(self, folder: Path, built: Path, before: set[int]):
        self.course, self.temporary = folder / "course", folder / "tmp"
        self._before = before
        for place in (self.course, self.temporary):
            place.mkdir(exist_ok=True)
        shutil.copytree(built, self.course, dirs_exist_ok=True)

    def start(self, *arguments: str, **settings: object) -> Grader:
        """Start `grade`; settings are the launcher's."""
        return Grader(self, settings, arguments)

    def grade(self, *arguments: str, **settings: object) -> Finished:
        """Run `grade` to its end."""
        return self.start(*arguments, **settings).finish()

    def notebooks(self) -> dict[str, Path]:
        """The autograded notebooks that are there, by student."""
        files = {student: self.course / "autograded" / student / UNIT / f"{NOTEBOOK}.ipynb" for student in STUDENTS}
        return {student: file for student, file in files.items() if file.exists()}

    def scores(self) -> dict[tuple[str, str], float | None]:
        """What the gradebook says, by student and cell."""
        query = """SELECT s.student_id, c.name, g.auto_score FROM grade g JOIN base_cell c ON c.id = g.cell_id
            JOIN submitted_notebook n ON n.id = g.notebook_id JOIN submitted_assignment s ON s.id = n.assignment_id"""
        return {(student, cell): score for student, cell, score in self.sql(query)}

    def sql(self, statement: str) -> list[tuple]:
        """Ask or change the gradebook."""
        with closing(sqlite3.connect(self.course / "gradebook.db", timeout=20)) as database, database:
            return database.execute(statement).fetchall()

    def recorded(self) -> dict[str, tuple[bytes, int]]:
        """Results whose file and points say the same: each notebook's content and time, by student.

        Raises an error where a notebook cannot be read: a file that is there must always be a whole one.
        """
        scores, found = self.scores(), {}
        for student, file in self.notebooks().items():
            content = file.read_bytes()
            cells = json.loads(content)["metadata"]["autograder"]["cells"]
            if all(scores.get((student, cell), "none") == record["score"] for cell, record in cells.items()):
                found[student] = (content, file.stat().st_mtime_ns)
        return found

    def files(self) -> set[str]:
        """Everything in the course folder."""
        return {str(path.relative_to(self.course)) for path in self.course.rglob("*")}

    def litter(self) -> list[str]:
        """What lies in the temporary folder."""
        return sorted(path.name for path in self.temporary.iterdir())

    def orphans(self) -> list[str]:
        """Processes that live although their command has ended."""
        return processes.orphans(self._before)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Meanwhile another program holds the gradebook."""
        with closing(sqlite3.connect(self.course / "gradebook.db", timeout=20, isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            yield


@contextlib.contextmanager
def arena(built: Path) -> Iterator[Arena]:
    """A copy of the course, to be graded."""
    # Not pytest's own folder: sockets are made in it, whose paths must be short.
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, processes.adopting() as before:
        yield Arena(Path(folder), built, before)
