"""What a student sees where something is missing: a line that says what happened, and a notebook that goes on.

Each case runs the cells of unit 03 that meet the trouble, in a session like Colab's, with somebody at the front end.
"""

from __future__ import annotations

import os

import pytest

from tests.colab.student import Seen, Student
from tests.colab.test_notebooks import lock_in, shown_form
from tests.environments import site_packages
from tests.notebooks import cell, release

UNIT = "03-max-shift"
WALK = ("imports", "naive", "shifted", "predict-window", "softmax", "softmax-check", "quiz-1", "quiz-1-test", "summary")
"""Cells that use what the course has: a prediction with an explorer, a check, a question, and what they build on."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def code(identity: str) -> str:
    return cell(release(UNIT), identity).source


def walk(student: Student) -> dict[str, Seen]:
    """Run the cells of `WALK`, of which only what is not written yet may fail; what each made appear, by cell id."""
    seen = {name: student.run(code(name)) for name in WALK}
    errors = [(name, *error) for name, one in seen.items() for error in one.errors]
    assert {error[1] for error in errors} <= {"NotImplementedError"}, errors
    assert "not attempted" in seen["softmax-check"].text
    assert "No answer yet" in seen["quiz-1-test"].text
    assert "No prediction is locked in yet" in seen["summary"].text
    return seen


def only_line(text: str, start: str) -> str:
    """The line of `text` that begins so. A prediction and the explorer in its result may both say it."""
    (line,) = {line for line in text.splitlines() if line.startswith(start)}
    return line


@pytest.fixture
def folder(tmp_path):
    """Where the notebook lies."""
    (tmp_path / "notebook").mkdir()
    return tmp_path / "notebook"


@pytest.fixture(scope="module")
def complete(environment, session, tmp_path_factory):
    """A student who lacks nothing, past the cells of `WALK`, and what these made appear."""
    with session(environment(), tmp_path_factory.mktemp("complete")) as student:
        student.run(code("setup"))
        yield student, walk(student)


def test_without_a_network_the_cell_says_so_and_can_be_run_again(environment, session, wheel, folder):
    published = "owner/repository@v1"
    setup = code("setup").replace('PUBLISHED = ""', f'PUBLISHED = "{published}"')
    nowhere = {"https_proxy": "http://127.0.0.1:9", "COURSE_WHEEL": ""}  # nothing listens on the discard port
    with session(environment(), folder, **nowhere) as student:
        offline = student.run(setup)
        line = f"Course not found, and git+https://github.com/{published} could not be installed."
        assert offline.errors == [("SystemExit", f"{line} Is there a network? The text needs none.")]
        assert offline.text.splitlines() == [f"SystemExit: {line} Is there a network? The text needs none."]
        assert student.run("1 + 1").text == "2\n"
        student.run(f"os.environ['COURSE_WHEEL'] = {str(wheel)!r}")
        assert student.run(setup).text.startswith("Ready")


@pytest.mark.parametrize("broken", [False, True])
def test_without_ipywidgets_predictions_open_as_still_pictures(broken, environment, packages, session, folder):
    python = environment("ipywidgets")
    if broken:
        target = site_packages(python.parents[1])
        (target / "ipywidgets.py").write_text("raise ImportError('cannot import name register')")
        (metadata,) = packages.glob("ipywidgets-*")
        os.symlink(metadata, target / metadata.name)
    with session(python, folder) as student:
        said = student.run(code("setup")).text
        trouble = "ipywidgets is broken (cannot import name register)." if broken else "ipywidgets is missing."
        assert broken or "exercises and checks work" in only_line(said, "- ipywidgets is missing: ")
        window = walk(student)["predict-window"]
    assert "exercises and checks work" in only_line(window.text, trouble)
    assert "What happens: " in window.text
    assert '<img alt="' in window.html
    assert student.models == {}


def test_without_matplotlib_pictures_stay_away(environment, session, folder):
    with session(environment("matplotlib"), folder) as student:
        said = student.run(code("setup")).text
        assert "text, exercises and checks work" in only_line(said, "- matplotlib is missing: ")
        opened = lock_in(student, shown_form(walk(student)["predict-window"]))
        assert opened.errors == []
        only_line(opened.text, "✘ The result could not be computed. ModuleNotFoundError: No module named 'matplotlib'")
        demo = lock_in(student, shown_form(student.run(code("predict-gpu"))))
    assert demo.errors == []
    only_line(demo.text, "No picture, because matplotlib is not installed; the table has its numbers.")
    assert "GB/s" in demo.text


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (None, "- torch is missing: You can read on, but no code cell below will run."),
        (
            "raise AttributeError('half an upgrade')",
            "- torch is installed but does not load (AttributeError: half an upgrade): you can read on,",
        ),
    ],
)
def test_without_torch_the_cell_says_that_there_is_only_text_to_read(content, note, environment, session, folder):
    python = environment("torch")
    if content:
        (site_packages(python.parents[1]) / "torch.py").write_text(content)
    with session(python, folder) as student:
        said = student.run(code("setup"))
        assert said.errors == []
        assert said.text.startswith("Not ready: ")
        only_line(said.text, note)
        assert student.run("1 + 1").text == "2\n"


def test_a_folder_that_cannot_be_written_to_costs_nothing_but_the_answers(environment, session, folder):
    bubblewrap = ("bwrap", "--die-with-parent", "--dev-bind", "/", "/", "--ro-bind", str(folder), str(folder))
    with session(environment(), folder, wrapper=(*bubblewrap, "--chdir", str(folder))) as student:
        said = student.run(code("setup"))
        only_line(said.text, "- This folder cannot be written to, so your answers will not be saved: ")
        assert student.run("open('answer', 'w')").errors[0][0] == "OSError"
        opened = lock_in(student, shown_form(walk(student)["predict-window"]))
    assert opened.errors == []
    assert student.widgets("ImageModel")


def test_where_no_widgets_show_a_line_says_how_to_go_on_without(complete):
    student, seen = complete
    (text,) = [bundle["text/plain"] for bundle in seen["predict-window"].bundles]
    said, question = text.split("\n", 1)
    assert said.startswith("Widgets do not show here. ")
    assert "  %env COURSE_INTERACTIVE=0  " in said
    assert question.startswith("Predict: ")
    student.run("%env COURSE_INTERACTIVE=0")
    again = student.run(code("predict-window"))
    student.run("%env COURSE_INTERACTIVE=1")
    assert again.errors == []
    assert "What happens: " in again.text
    assert '<img alt="' in again.html


def test_out_of_memory_the_demo_says_so_and_the_notebook_goes_on(complete):
    student, _ = complete
    form = shown_form(student.run(code("predict-gpu")))
    student.run(
        "import resource\n"
        "had = resource.getrlimit(resource.RLIMIT_AS)\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + (60 << 20), had[1]))"
    )
    opened = lock_in(student, form)
    student.run("resource.setrlimit(resource.RLIMIT_AS, had)")
    assert opened.errors == []
    assert opened.text.count("Out of memory at size ") >= 1
    reason = "MemoryError: Not even the smallest size fits into memory. Close other notebooks that use this device."
    only_line(opened.text, f"✘ The result could not be computed. {reason}")
    assert "not attempted" in student.run(code("softmax-check")).text
