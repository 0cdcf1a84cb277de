"""The learner's file of what was passed: beside the notebooks, merged, never in the way, never in a grading run."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.kernels import bubblewrap
from course.kit import passed, syllabus
from course.max_shift import quiz

ROOT = Path(__file__).resolve().parents[2]
UNIT = syllabus.Unit("max_shift", "03", "subtract the maximum")


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """The folder of the units, for a kernel that was just started in unit 03, with a learner in front of it."""
    (tmp_path / "release" / UNIT.folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "release" / UNIT.folder)
    monkeypatch.setenv("COURSE_INTERACTIVE", "1")
    new_kernel(monkeypatch)
    return tmp_path / "release"


def new_kernel(monkeypatch):
    for name, empty in (("_place", []), ("_unsaved", {}), ("_said", set())):
        monkeypatch.setattr(passed, name, empty)


def held(folder):
    return json.loads((folder / passed.NAME).read_text(encoding="utf-8"))


def answer(question="quiz-1"):
    """Give all four letters, of which one is right."""
    return [quiz(question, letter).outcome for letter in "ABCD"]


def test_what_is_right_is_kept_beside_the_units_and_what_is_wrong_is_not(notebooks, capsys):
    assert quiz("quiz-1", "?").outcome == "not attempted"
    assert not (notebooks / passed.NAME).exists()
    assert sorted(answer()) == ["correct", "incorrect", "incorrect", "incorrect"]
    assert held(notebooks) == {"about": passed.ABOUT, "version": 1, "passed": {"max_shift": {"quiz-1": ["right"]}}}
    assert [file.name for file in notebooks.iterdir() if file.is_file()] == [passed.NAME]
    assert list((notebooks / UNIT.folder).iterdir()) == []
    assert capsys.readouterr().out == ""


def test_in_a_folder_that_is_no_units_it_is_kept_in_that_folder(notebooks, monkeypatch):
    (notebooks / "content").mkdir()
    monkeypatch.chdir(notebooks / "content")
    answer()
    assert held(notebooks / "content")["passed"]


def test_a_notebook_that_changes_its_folder_later_keeps_its_file(notebooks, monkeypatch, tmp_path):
    answer()
    monkeypatch.chdir(tmp_path)
    answer("quiz-2")
    assert set(held(notebooks)["passed"]["max_shift"]) == {"quiz-1", "quiz-2"}


def test_what_was_right_once_stays_right_and_nothing_is_written_twice(notebooks):
    answer()
    before = (notebooks / passed.NAME).stat().st_mtime_ns
    answer()
    quiz("quiz-1", "")
    assert (notebooks / passed.NAME).stat().st_mtime_ns == before
    assert held(notebooks)["passed"]["max_shift"] == {"quiz-1": ["right"]}


def test_an_exercise_gathers_its_behaviours_in_any_order(notebooks):
    passed.note(UNIT, "softmax", ("each-row",))
    passed.note(UNIT, "softmax", ("ordinary", "each-row"))
    assert held(notebooks)["passed"]["max_shift"]["softmax"] == ["each-row", "ordinary"]


def test_what_other_notebooks_and_other_courses_wrote_stays(notebooks, monkeypatch):
    answer()
    (notebooks / passed.NAME).write_text(
        json.dumps({"version": 1, "passed": {"max_shift": {"quiz-3": ["right"]}, "a_later_unit": {"x": ["y"]}}})
    )
    new_kernel(monkeypatch)
    answer()
    everything = {"max_shift": {"quiz-1": ["right"], "quiz-3": ["right"]}, "a_later_unit": {"x": ["y"]}}
    assert held(notebooks)["passed"] == everything


def test_deleting_it_harms_nothing_and_takes_all_with_it(notebooks):
    answer()
    (notebooks / passed.NAME).unlink()
    assert passed.passed() == ({}, "")
    answer("quiz-2")
    assert set(held(notebooks)["passed"]["max_shift"]) == {"quiz-2"}


def test_several_notebooks_at_once_lose_nothing(notebooks):
    code = (
        "import sys; from course.kit import passed, syllabus\n"
        "unit = syllabus.Unit('max_shift', '03', '')\n"
        "for n in range(25): passed.note(unit, f'{sys.argv[1]}-{n}', ('right',))\n"
        "while passed.save(): pass\n"
    )
    kernels = [
        subprocess.Popen([sys.executable, "-c", code, name], env={**os.environ, "PYTHONPATH": str(ROOT)})
        for name in "abc"
    ]
    assert [kernel.wait(120) for kernel in kernels] == [0, 0, 0]
    assert set(held(notebooks)["passed"]["max_shift"]) == {f"{name}-{n}" for name in "abc" for n in range(25)}


def test_a_lock_that_is_not_given_back_costs_a_line_and_is_made_up_for_later(notebooks, monkeypatch, capsys):
    monkeypatch.setattr(passed, "_PATIENCE", 0.05)
    with passed._locked(notebooks):
        answer()
        assert not (notebooks / passed.NAME).exists()
    assert capsys.readouterr().out == f"{passed._BUSY}\n"
    answer("quiz-2")
    assert set(held(notebooks)["passed"]["max_shift"]) == {"quiz-1", "quiz-2"}


def fifo(file):
    os.mkfifo(file)


def folder(file):
    file.mkdir()


def content(data):
    return lambda file: file.write_bytes(data)


BROKEN = {
    "empty": content(b""),
    "cut off": content(b'{"version": 1, "passed": {"max_'),
    "no text": content(b"\xff\xfe\x00"),
    "another kind": content(b"[]"),
    "no version": content(b'{"passed": {}}'),
    "a version that is none": content(b'{"version": "new", "passed": {}}'),
    "wrong inside": content(b'{"version": 1, "passed": {"max_shift": {"softmax": [1]}}}'),
    "wrong further up": content(b'{"version": 1, "passed": {"max_shift": null}}'),
    "deep": content(b'{"version": 1, "passed": ' + b"[" * 100_000),
    "huge": content(b'{"version": 1, "passed": {"x": {"' + b"y" * 2_000_000 + b'": []}}}'),
    "huge number": content(b'{"version": ' + b"9" * 10_000 + b"}"),
    "a folder": folder,
    "a pipe": fifo,
}


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_none_of_ours_stays_as_it_is_and_costs_one_line(notebooks, capsys, make):
    file = notebooks / passed.NAME
    make(file)
    before = file.read_bytes() if file.is_file() else None
    assert sorted(answer()) == ["correct", "incorrect", "incorrect", "incorrect"]
    answer("quiz-2")
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "Rename" in said
    assert str(file) in said
    assert (file.read_bytes() if file.is_file() else None) == before
    # As soon as it is out of the way, nothing of what was passed meanwhile is missing.
    shutil.rmtree(file) if file.is_dir() else file.unlink()
    answer("quiz-3")
    assert set(held(notebooks)["passed"]["max_shift"]) == {"quiz-1", "quiz-2", "quiz-3"}
    assert capsys.readouterr().out == ""


def test_a_file_of_another_version_says_which_and_is_not_touched(notebooks, capsys):
    file = notebooks / passed.NAME
    file.write_text('{"version": 2, "passed": "in some new form"}')
    answer()
    said = capsys.readouterr().out
    assert "is of version 2, and this course knows version 1" in said
    assert file.read_text() == '{"version": 2, "passed": "in some new form"}'
    assert passed.passed()[1] == said.strip()
    assert passed.passed()[0] == {"max_shift": {"quiz-1": ["right"]}}


@pytest.mark.parametrize("step", ["open", "replace"])
def test_a_folder_that_cannot_be_written_to_costs_one_line_and_no_draft_stays(notebooks, monkeypatch, capsys, step):
    answer()
    before = (notebooks / passed.NAME).read_bytes()

    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as readonly:
        readonly.setattr(*((passed.os, "replace") if step == "replace" else (passed.os, "fsync")), refuse)
        answer("quiz-2")
        answer("quiz-3")
        assert capsys.readouterr().out == (
            f"Your progress cannot be kept in {notebooks} (Read-only file system). "
            "Checks and quizzes work all the same.\n"
        )
        assert (notebooks / passed.NAME).read_bytes() == before
        assert [file.name for file in notebooks.iterdir() if file.is_file()] == [passed.NAME]
    answer("quiz-4")
    assert set(held(notebooks)["passed"]["max_shift"]) == {"quiz-1", "quiz-2", "quiz-3", "quiz-4"}


def test_a_folder_that_is_gone_and_a_python_that_a_student_broke_cost_one_line(notebooks, monkeypatch, capsys):
    with monkeypatch.context() as broken:
        broken.setattr(passed.json, "dumps", None)
        answer()
        answer("quiz-2")
    assert capsys.readouterr().out.count("\n") == 1
    new_kernel(monkeypatch)
    (notebooks / UNIT.folder).rmdir()
    answer()
    assert capsys.readouterr().out.count("\n") == 1


def test_without_locks_it_is_kept_all_the_same(notebooks, monkeypatch):
    monkeypatch.setattr(passed, "fcntl", None)
    answer()
    assert held(notebooks)["passed"]


def test_a_quiz_of_nobodys_is_not_kept(notebooks):
    from course.kit.quiz import Question, Quiz, seal

    own = Quiz([Question("quiz-1", dict.fromkeys("ABCD", "."), "?", seal("quiz-1", "C"))])
    assert own("quiz-1", "C").outcome == "correct"
    assert not (notebooks / passed.NAME).exists()


def test_where_nobody_looks_on_nothing_is_kept(notebooks, monkeypatch):
    monkeypatch.setenv("COURSE_INTERACTIVE", "0")
    answer()
    monkeypatch.delenv("COURSE_INTERACTIVE")
    answer()
    assert not (notebooks / passed.NAME).exists()
    assert passed._unsaved == {}


def test_the_sandbox_that_grades_says_that_nobody_looks_on():
    assert '"COURSE_INTERACTIVE": "0"' in Path(bubblewrap.__file__).read_text(encoding="utf-8")


def test_a_notebook_that_is_executed_or_converted_leaves_no_file(notebooks, monkeypatch):
    monkeypatch.delenv("COURSE_INTERACTIVE")
    code = "from course.max_shift import quiz\nprint(sorted(quiz('quiz-1', letter).outcome for letter in 'ABCD'))"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    environment = {name: value for name, value in os.environ.items() if name != "JPY_SESSION_NAME"}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(cwd=str(notebooks / UNIT.folder), env={**environment, "PYTHONPATH": str(ROOT)})
    assert notebook.cells[0].outputs[0].text.startswith("['correct'")
    assert [file for file in notebooks.rglob("*") if file.is_file()] == []


def test_git_ignores_it_and_nothing_else_of_release():
    names = [f"release/{passed.NAME}", f"release/{UNIT.folder}/{passed.NAME}", f"release/{UNIT.folder}/max_shift.ipynb"]
    done = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    if "not a git repository" in done.stderr:
        pytest.skip("this copy of the course is no git repository")
    assert done.stdout.split() == names[:2]


def test_importing_the_course_and_keeping_a_question_needs_neither_torch_nor_matplotlib(notebooks):
    code = (
        "import sys, course; before = set(sys.modules); from course.max_shift import quiz\n"
        "[quiz('quiz-1', letter) for letter in 'ABCD']\n"
        "heavy = [m for m in ('torch', 'matplotlib', 'numpy', 'mpmath') if m in sys.modules]\n"
        "print(heavy, 'course.kit.overview' in before)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n"
    assert held(notebooks)["passed"]
