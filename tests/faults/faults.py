"""What can go wrong, one function a fault: each brings it about in an arena and asserts what must hold afterwards.

`without` names a defence that is switched off (see `launcher.DEFENCES`); then an assertion is expected to fail.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.arena import Arena, Finished
from tests.faults.course import ANSWERS, STUDENTS, hand_in

GOES_ON = "; what is counted above is recorded, and the same command goes on from there"


@dataclass(frozen=True)
class Undisturbed:
    """What grading gives when nothing goes wrong."""

    scores: dict
    files: set[str]


def off(without: str) -> dict[str, str]:
    """The launcher's settings for it."""
    return {"without": without} if without else {}


def check_end(arena: Arena, end: Finished, expected: Undisturbed, before: dict[str, tuple[bytes, int]]) -> None:
    """Everything is as if nothing had happened, and results of `before` are the very same."""
    assert end.status == 0, end
    assert arena.scores() == expected.scores
    now = arena.recorded()
    assert set(now) == set(STUDENTS)
    assert [student for student in before if now[student] != before[student]] == []
    assert arena.files() == expected.files
    check_nothing_left(arena)


def check_nothing_left(arena: Arena) -> None:
    """No process lives, and no temporary file is there."""
    assert arena.orphans() == []
    assert arena.litter() == []


def check_stopped(
    arena: Arena, end: Finished, status: int, line: str, before: Collection[str] = ()
) -> dict[str, tuple[bytes, int]]:
    """The command has said in one line why it stopped, and left nothing behind; gives what is recorded."""
    assert end.status == status, end
    assert end.said == [line], end
    check_nothing_left(arena)
    recorded = arena.recorded()
    # What is there is whole: a notebook has its points, and points have their notebook.
    assert set(recorded) == set(arena.notebooks())
    assert f"{len(recorded) - len(before)} graded and recorded" in end.out
    return recorded


def killed_grader(arena: Arena, expected: Undisturbed, moments: random.Random, times: int) -> None:
    """kill -9 of the main process, again and again, each time that the same command is started."""
    recorded = {}
    for count in sorted(moments.sample(range(len(STUDENTS) - 1), times)):
        grader = arena.start()
        if count:
            grader.wait_for_results(count)
        grader.kill("grader", moments.uniform(0, 0.3 if count else 3))
        grader.finish()
        assert arena.orphans() == []
        before, recorded = recorded, arena.recorded()
        assert len(recorded) >= count
        assert before.items() <= recorded.items()
    check_end(arena, arena.grade(), expected, recorded)


def killed_helper(
    arena: Arena, expected: Undisturbed, role: str, moments: random.Random, times: int, without: str = ""
) -> None:
    """kill -9 of a worker, the nursery or bubblewrap, at once and a few times more during one run, which goes on."""
    grader = arena.start(**off(without))
    recorded = {}
    for count in [0, *sorted(moments.sample(range(1, len(STUDENTS) - 2), times - 1))]:
        grader.wait_for_results(count)
        recorded = arena.recorded() | recorded
        grader.kill(role, moments.uniform(0, 0.3), moments.randrange(2))
    check_end(arena, grader.finish(), expected, recorded)


def deadly_submission(arena: Arena, expected: Undisturbed, victim: str) -> None:
    """A submission with which a worker, or the nursery, dies each time: it alone has no points, and the reason is said.

    Once it does not any more, a plain re-run gives its points.
    """
    deadly = STUDENTS[2]
    end = arena.grade(deadly=[deadly, victim])
    assert end.status == 0, end
    assert f"{deadly}: could not be graded, counts 0 and is marked for a look: the process that graded it" in end.out
    scores = arena.scores()
    assert {key: scores[key] for key in scores if key[0] != deadly} == {
        key: score for key, score in expected.scores.items() if key[0] != deadly
    }
    others = {student: result for student, result in arena.recorded().items() if student != deadly}
    check_nothing_left(arena)
    check_end(arena, arena.grade(), expected, others)


def killed_at(arena: Arena, expected: Undisturbed, points: Iterable[str], *options: str, without: str = "") -> None:
    """kill -9 of the main process when its second result has come to a certain point, each time that it is started."""
    recorded = arena.recorded()
    for point in points:
        end = arena.grade(*options, die=[point, 2], **off(without))
        assert end.status == -signal.SIGKILL, (point, end)
        now = arena.recorded()
        if options:  # what is graded again replaces a result at once or not at all
            assert set(now) == set(STUDENTS), point
            assert sum(now[student] != recorded[student] for student in recorded) in (1, 2), point
        else:
            assert len(now) - len(recorded) in (1, 2), point
            assert recorded.items() <= now.items(), point
        recorded = now
    check_end(arena, arena.grade(**off(without)), expected, recorded)


def killed_again_at(arena: Arena, expected: Undisturbed, points: Iterable[str], without: str = "") -> None:
    """The same while everything is graded again that was recorded before."""
    assert arena.grade().status == 0
    killed_at(arena, expected, points, "--force", without=without)


def killed_between_two_versions(arena: Arena, expected: Undisturbed, without: str = "") -> None:
    """kill -9 while a submission is recorded whose essay is another one, with the same points by rule as before."""
    student = STUDENTS[0]
    assert arena.grade().status == 0
    by_hand = "grade WHERE auto_score IS NULL AND notebook_id IN (SELECT n.id FROM submitted_notebook n JOIN "
    by_hand += f"submitted_assignment s ON s.id = n.assignment_id WHERE s.student_id = '{student}')"
    arena.sql("UPDATE grade SET manual_score = 2, needs_manual_grade = 0 WHERE id IN (SELECT id FROM " + by_hand + ")")
    answers = {cell: texts[0] for cell, texts in ANSWERS.items()}
    hand_in(arena.course, student, answers | {"essay": "I have thought again."})
    point = "between the files and the points"
    assert arena.grade(die=[point, 1], **off(without)).status == -signal.SIGKILL
    assert arena.sql("SELECT needs_manual_grade, manual_score FROM " + by_hand) == [(0, 2)]
    check_end(arena, arena.grade(**off(without)), expected, {})
    assert arena.sql("SELECT needs_manual_grade, manual_score FROM " + by_hand) == [(1, 2)]


def interrupted(
    arena: Arena, expected: Undisturbed, ways: Sequence[str], moments: random.Random, without: str = ""
) -> None:
    """Ctrl-C in the terminal, or SIGTERM to the command, one run after the other: each says what is recorded."""
    recorded = {}
    for number, how in enumerate(ways):
        grader = arena.start(**off(without))
        grader.wait_for_results(1 + 3 * number)
        time.sleep(moments.uniform(0, 0.2))
        if how == "Ctrl-C":
            grader.signal_group(signal.SIGINT)
        else:
            grader.signal(signal.SIGTERM)
        before = recorded
        recorded = check_stopped(arena, grader.finish(), 130, f"autograder: interrupted{GOES_ON}", before)
    check_end(arena, arena.grade(), expected, recorded)


def interrupted_while_recording(arena: Arena, expected: Undisturbed, without: str = "") -> None:
    """Ctrl-C when a result is in the gradebook and its files are not in their place yet."""
    end = arena.grade(interrupt=["between the commit and the files' names", 2], **off(without))
    recorded = check_stopped(arena, end, 130, f"autograder: interrupted{GOES_ON}")
    assert len(recorded) == 2
    check_end(arena, arena.grade(), expected, recorded)


def locked(arena: Arena, expected: Undisturbed) -> None:
    """Another program holds the gradebook: from the start, then from the middle of a run on, then for a short time."""
    said = "the gradebook does not answer: another program has kept it locked for 1 s; close that program first"
    before = arena.files()
    with arena.locked():
        end = arena.grade(patience=1.0)
    assert (end.status, end.said) == (2, [f"autograder: {said}"])
    assert arena.files() == before
    assert arena.scores() == {}
    grader = arena.start(patience=1.0)
    grader.wait_for_results(2)
    with arena.locked():
        end = grader.finish()
    recorded = check_stopped(arena, end, 2, f"autograder: {said}{GOES_ON}")
    grader = arena.start(patience=30.0)
    grader.wait_for_results(len(recorded) + 1)
    with arena.locked():
        time.sleep(2)
    check_end(arena, grader.finish(), expected, recorded)


def full_course(arena: Arena, expected: Undisturbed, without: str = "") -> None:
    """The course folder's disk fills up while the class is graded."""
    with small_disk(arena.course, 4 << 20):
        grader = arena.start(**off(without))
        grader.wait_for_results(2)
        filler = fill(arena.course)
        recorded = check_full(arena, grader.finish(), "the disk is full: make room first", filler)
        check_end(arena, arena.grade(), expected, recorded)


def full_temporary(arena: Arena, expected: Undisturbed, without: str = "") -> None:
    """The disk of temporary files fills up while the class is graded."""
    with small_disk(arena.temporary, 1 << 20):
        grader = arena.start(**off(without))
        grader.wait_for_results(1)
        filler = fill(arena.temporary)
        said = f"there is no room for temporary files: make room in {arena.temporary} first"
        recorded = check_full(arena, grader.finish(), said, filler)
        check_end(arena, arena.grade(), expected, recorded)


def check_full(arena: Arena, end: Finished, said: str, filler: Path) -> dict[str, tuple[bytes, int]]:
    """Make room, and see that the command stopped in good order."""
    shutil.rmtree(filler)
    return check_stopped(arena, end, 1, f"autograder: {said}{GOES_ON}")


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Put a small file system in the place of a folder, with what was there; raises OSError where that is forbidden."""
    aside = folder.with_name(f"{folder.name}-aside")
    shutil.copytree(folder, aside)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes=1000", "none", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        raise OSError(done.stderr.strip())
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no room for another byte or file; gives the folder with what takes it."""
    filler = folder / "filler"
    filler.mkdir()
    with contextlib.suppress(OSError), open(filler / "bytes", "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with contextlib.suppress(OSError):
        for number in range(10_000):
            (filler / str(number)).touch()
    return filler


def two_at_once(arena: Arena, expected: Undisturbed, without: str = "") -> None:
    """Two graders of the same class: both finish, and of each result the files and the points are by the same one."""
    graders = [arena.start("--jobs", "1", dawdle=2.0, **off(without)) for _ in range(2)]
    ends = [grader.finish() for grader in graders]
    assert [end.status for end in ends] == [0, 0], ends
    check_end(arena, ends[1], expected, {})


def killed_while_busy(arena: Arena, without: str = "") -> None:
    """kill -9 of the main process while one worker has nothing to do, and the other one's referee waits for an answer
    that takes long: everything ends at once."""
    slow, quick = STUDENTS[:2]
    hand_in(arena.course, slow, {"total": "import time\n\n\ndef total(x):\n    time.sleep(9)"})
    grader = arena.start("--student", slow, "--student", quick, **off(without))
    grader.wait_for_results(1)
    assert grader.wait_until(lambda: grader.count("referee"))
    grader.kill("grader", 0.3)
    grader.finish()
    assert arena.orphans() == []
