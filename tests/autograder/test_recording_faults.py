"""Full disks, locked or broken gradebooks and a writer that is killed lose nothing that was recorded."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from autograder_helpers import NOTEBOOK, UNIT, make_course
from recording_helpers import (
    EARLY,
    Locked,
    autograded,
    change,
    everything,
    graded,
    is_recorded,
    recorder_of,
    submit,
)

from autograder.course_folder import open_course
from autograder.records.gradebook_access import (
    DiskFullError,
    GradebookError,
    check_gradebook,
    patiently,
)


def test_a_full_disk_leaves_the_file_that_was_there(course, assignment, record, monkeypatch):
    record(graded(assignment, "ada"))
    before, recorded = everything(course), autograded(course, "ada") / f"{NOTEBOOK}.ipynb"
    text = recorded.read_text(encoding="utf-8")

    def half(path, data):
        with open(path, "wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(DiskFullError, match="make room"):
        record(graded(assignment, "ada", wrong=["double-small"]))
    assert recorded.read_text(encoding="utf-8") == text
    assert [path.name for path in recorded.parent.iterdir()] == [recorded.name]
    assert everything(course) == before


def test_a_gradebook_that_cannot_grow_is_a_full_disk(course):
    api = open_course(course)
    with api.gradebook as gradebook:
        connection = gradebook.db.connection()
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        fill = "INSERT INTO student (id, first_name) VALUES ('x', hex(zeroblob(1000000)))"
        with pytest.raises(DiskFullError):
            patiently(lambda: connection.exec_driver_sql(fill), 0.1, print)


def test_a_lock_is_waited_for_and_that_is_said(course, assignment):
    said = []
    submit(course, "ada")
    with recorder_of(course, patience=10, say=said.append) as recorder:
        locked = Locked(course)
        locked.__enter__()
        # The connection waits five seconds before it reports a lock.
        threading.Timer(6, locked.connection.close).start()
        recorder.record(graded(assignment, "ada"))
    assert said == ["The gradebook is locked by another program; waiting up to 10 s."]
    assert is_recorded(course)


def test_a_lock_that_stays_loses_nothing_that_was_recorded(course, assignment):
    for student in ("ada", "bob"):
        submit(course, student)
    with recorder_of(course, patience=0.2, say=lambda line: None) as recorder:
        recorder.record(graded(assignment, "ada"))
        with Locked(course), pytest.raises(GradebookError, match=r"kept it locked for 0\.2 s"):
            recorder.record(graded(assignment, "bob"))
    assert is_recorded(course, "ada")
    assert not is_recorded(course, "bob")


RUN = """
import sys
from pathlib import Path
from recording_helpers import assignment_of, graded, recorder_of
course = Path(sys.argv[1])
assignment = assignment_of(course)
with recorder_of(course) as recorder:
    for number in range(12):
        if not recorder.is_recorded(f"s{number}", "of this submission"):
            print(number, flush=True)
            recorder.record(graded(assignment, f"s{number}", wrong=["double-big"] if number % 2 else []))
"""


def run(course, **options):
    here = Path(__file__).parent
    paths = {"PYTHONPATH": os.pathsep.join([str(here), str(here.parents[1])])}
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(course)], env={**os.environ, **paths}, stdout=subprocess.PIPE, **options
    )


@pytest.mark.slow
def test_killing_the_writer_at_any_moment_and_running_again_gives_the_same_end(tmp_path):
    moments = random.Random(3)
    whole, killed = make_course(tmp_path / "whole"), make_course(tmp_path / "killed")
    for course in (whole, killed):
        for number in range(12):
            submit(course, f"s{number}", EARLY)
    assert run(whole).communicate()[0]
    for _ in range(6):
        with run(killed) as process:
            process.stdout.readline()
            time.sleep(moments.uniform(0, 0.06))
            process.send_signal(signal.SIGKILL)
        for file in killed.glob("autograded/*/*/*.ipynb"):
            json.loads(file.read_text(encoding="utf-8"))
    with run(killed) as process:
        process.stdout.read()
    assert everything(killed) == everything(whole)
    listed = [{file.relative_to(c): file.read_bytes() for file in c.glob("autograded/*/*/*")} for c in (whole, killed)]
    assert listed[0] == listed[1]
    with run(killed) as process:
        assert process.stdout.read() == b""


def url(course):
    return open_course(course).coursedir.db_url


def test_a_good_gradebook_names_its_cells_and_is_left_as_it_was(course):
    before = (course / "gradebook.db").read_bytes()
    assert (NOTEBOOK, "double-small") in check_gradebook(url(course), UNIT)
    assert (course / "gradebook.db").read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE alembic_version SET version_num = 'fffffffffff0'", "made by a newer nbgrader"),
        ("UPDATE alembic_version SET version_num = '167914646830'", "run nbgrader db upgrade"),
        ("DELETE FROM assignment", f"run nbgrader generate_assignment {UNIT} first"),
    ],
)
def test_what_is_wrong_with_a_gradebook_is_said(course, statement, words):
    change(course, statement)
    before = (course / "gradebook.db").read_bytes()
    with pytest.raises(GradebookError, match=words):
        check_gradebook(url(course), UNIT)
    assert (course / "gradebook.db").read_bytes() == before


def test_a_gradebook_that_is_not_there_is_not_made(course):
    (course / "gradebook.db").unlink()
    with pytest.raises(GradebookError, match=f"no gradebook yet: run nbgrader generate_assignment {UNIT}"):
        check_gradebook(url(course), UNIT)
    assert not (course / "gradebook.db").exists()


def test_a_file_that_is_no_database_is_said_to_be_none(course):
    (course / "gradebook.db").write_text("no database, but long enough to look at" * 9, encoding="utf-8")
    with pytest.raises(GradebookError, match="does not answer: file is not a database"):
        check_gradebook(url(course), UNIT)


def test_an_empty_file_knows_no_assignment(course):
    (course / "gradebook.db").write_bytes(b"")
    with pytest.raises(GradebookError, match="knows no assignment"):
        check_gradebook(url(course), UNIT)
    assert (course / "gradebook.db").read_bytes() == b""


def test_a_locked_gradebook_is_said_to_be_locked(course):
    with Locked(course), pytest.raises(GradebookError, match="another program has kept it locked"):
        check_gradebook(url(course), UNIT, patience=0.1, say=lambda line: None)


def test_a_server_that_is_not_there_does_not_answer(course):
    with pytest.raises(GradebookError, match="does not answer"):
        check_gradebook("postgresql://nobody@127.0.0.1:9/grades", UNIT, patience=0.1)
