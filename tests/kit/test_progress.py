"""The progress line in a terminal, in a file, and in a notebook that is saved."""

import io

import nbformat
from nbclient import NotebookClient

from course.kit.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def job():
    progress = Progress(steps=2)
    progress.step("first")
    progress.step("second")
    progress.close("done on the CPU")


def test_in_a_file_only_the_closing_line_appears(capsys):
    job()
    assert capsys.readouterr().out == "done on the CPU\n"


def test_in_a_terminal_each_line_covers_the_one_before(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    job()
    start, *shown = terminal.getvalue().split("\r")
    assert start == ""
    assert ["first" in shown[0], "second" in shown[1], shown[2].rstrip()] == [True, True, "done on the CPU"]
    assert len(shown[2].rstrip("\n")) >= len(shown[1].rstrip())
    assert terminal.getvalue().endswith("\n")


def test_a_saved_notebook_holds_the_closing_line_only():
    source = (
        "from course.kit.progress import Progress\nprogress = Progress(steps=2)\n"
        "progress.step('first')\nprogress.step('second')\nprogress.close('done on the CPU')"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    assert [output["text"] for output in notebook.cells[0].outputs] == ["done on the CPU\n"]


def test_where_someone_looks_on_each_line_covers_the_one_before(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_INTERACTIVE", "1")
    job()
    assert capsys.readouterr().out.startswith("\r▱▱ first …\r▰▱ second …\rdone on the CPU")


def test_after_closing_a_second_job_starts_on_its_own_line(capsys):
    progress = Progress(steps=1)
    progress.close("first line")
    progress.step("again")
    progress.close("second line")
    assert capsys.readouterr().out == "first line\nsecond line\n"
