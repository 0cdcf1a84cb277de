"""One submission, graded for real: in a sandboxed kernel, by a referee in a process of its own."""

import re
import sys

import pytest
from grading_helpers import ANSWERS, LIMITS, assignment, graded, hand_in, record, scores, text

from autograder.grading import Task, grade, not_graded
from autograder.kernels.sandbox import Sandbox

FULL = {"double-two": 1, "double-secret": 2, "half-four": 1, "letter-test": 1.5}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(LIMITS) as started:
        yield started


def test_right_answers_get_what_nbgrader_gives(sandbox, tmp_path):
    result = graded(sandbox, tmp_path)
    assert scores(result) == FULL
    assert (result.failure, result.remarks) == ("", ())


def test_the_notebook_as_it_was_released_has_not_been_attempted(sandbox, tmp_path):
    result = graded(sandbox, tmp_path, {})
    assert scores(result) == {"double-two": 0, "double-secret": 0, "half-four": 0, "letter-test": 0.5}
    assert {record(result)["cells"][name]["outcome"] for name in ("double-two", "half-four")} == {"not attempted"}


def test_hidden_tests_and_what_they_say_stay_out_of_the_notebook(sandbox, tmp_path):
    result = graded(sandbox, tmp_path, {**ANSWERS, "double": "def double(x):\n    return x + x if x < 9 else 0"})
    assert scores(result)["double-secret"] == 0
    assert "2469134" not in text(result)
    assert "1234567" not in text(result)


def test_what_a_function_has_seen_of_hidden_tests_cannot_be_shown_by_a_later_cell(sandbox, tmp_path):
    spy = "seen = []\n\n\ndef double(x):\n    seen.append(x)\n    return 2 * x"
    half = "def half(x):\n    raise ValueError(seen)"
    result = graded(sandbox, tmp_path, {**ANSWERS, "double": spy, "half": half}, {"double-secret": "print(seen)"})
    assert scores(result)["double-secret"] == 2
    assert "1234567" not in text(result)


@pytest.mark.parametrize("end", ["import os; os._exit(0)", "import ctypes; ctypes.string_at(0)", "exit()", "quit()"])
def test_a_cell_that_ends_its_kernel_costs_itself_alone(sandbox, tmp_path, end):
    result = graded(sandbox, tmp_path, extra={"double-two": end})
    assert scores(result) == FULL


def test_a_function_that_ends_its_kernel_costs_its_own_points_alone(sandbox, tmp_path):
    result = graded(sandbox, tmp_path, {**ANSWERS, "double": "def double(x):\n    import os\n    os._exit(1)"})
    assert scores(result) == {**FULL, "double-two": 0, "double-secret": 0}


def test_a_function_that_never_returns_costs_its_own_points_alone(sandbox, tmp_path):
    result = graded(sandbox, tmp_path, {**ANSWERS, "half": "def half(x):\n    while True:\n        pass"})
    assert scores(result) == {**FULL, "half-four": 0}


def test_a_cell_that_never_ends_is_stopped_and_said_to_be(sandbox, tmp_path):
    result = graded(sandbox, tmp_path, extra={"imports": "while True:\n    pass"})
    assert scores(result) == FULL
    assert "This cell was stopped after 4 seconds." in text(result)


def test_a_cell_that_ignores_interrupts_costs_itself_alone(sandbox, tmp_path):
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
    assert scores(graded(sandbox, tmp_path, extra={"imports": stubborn})) == FULL


def test_a_megabyte_on_one_line_is_cut_and_costs_nothing(sandbox, tmp_path):
    result = graded(
        sandbox, tmp_path, extra={"imports": 'for _ in range(8):\n    print("x" * 100_000)\nprint("y" * 10**6)'}
    )
    assert scores(result) == FULL
    assert len(text(result)) < 2 * LIMITS.output_bytes
    assert "the rest was cut off" in text(result)


def test_warnings_and_stderr_cost_nothing(sandbox, tmp_path):
    body = "    warnings.warn('hm')\n    print('hm', file=sys.stderr)\n    return 2 * x"
    loud = f"import sys, warnings\n\n\ndef double(x):\n{body}"
    assert scores(graded(sandbox, tmp_path, {**ANSWERS, "double": loud})) == FULL


def test_a_test_may_ask_for_the_students_process(sandbox, tmp_path):
    exercise = assignment(half_four='assert open("made.txt").read() == "x" and half(4) == 2')
    makes = {"imports": "with open('made.txt', 'w') as file:\n    file.write('x')"}
    assert scores(graded(sandbox, tmp_path, extra=makes, exercise=exercise))["half-four"] == 0
    for cell in exercise.notebooks["sheet"].notebook.cells:
        if cell.id == "half-four":
            cell.metadata["autograder"] = {"process": "student"}
    result = graded(sandbox, tmp_path / "again", extra=makes, exercise=exercise)
    assert scores(result) == FULL
    assert record(result)["cells"]["half-four"]["process"] == "student"


def test_a_mistake_of_the_instructors_is_said_to_be_one(sandbox, tmp_path):
    result = graded(sandbox, tmp_path, exercise=assignment(double_two="assert dobule(2) == 4"))
    cell = record(result)["cells"]["double-two"]
    assert (cell["outcome"], cell["score"]) == ("error", 0)
    assert "dobule" in cell["instructor_error"]


def test_tests_find_the_instructors_files_and_not_the_students(sandbox, tmp_path):
    ours = tmp_path / "source" / "expected.py"
    ours.parent.mkdir()
    ours.write_text("FOUR = 4", encoding="utf-8")
    exercise = assignment({"expected.py": ours}, double_two="import expected\nassert double(2) == expected.FOUR")
    folder = hand_in(tmp_path / "submitted", exercise, {**ANSWERS, "double": "def double(x):\n    return 5"})
    (folder / "expected.py").write_text("FOUR = 5", encoding="utf-8")
    result = grade(Task("ada", folder, exercise, LIMITS), sandbox)
    assert scores(result)["double-two"] == 0


def test_a_file_that_is_no_notebook_counts_nothing_and_says_why(sandbox, tmp_path):
    (tmp_path / "sheet.ipynb").write_text("{", encoding="utf-8")
    result = grade(Task("ada", tmp_path, assignment(), LIMITS), sandbox)
    assert "not JSON" in result.failure
    assert sum(scores(result).values()) == 0
    assert record(result)["failure"] == result.failure


def test_two_students_do_not_draw_the_same_numbers_and_one_draws_them_again(sandbox, tmp_path):
    def drawn(name, seed):
        folder = hand_in(tmp_path / name, assignment(), ANSWERS, {"imports": "print('drew', random.random())"})
        shown = text(grade(Task(name, folder, assignment(), LIMITS, seed), sandbox))
        return shown.partition("drew ")[2][:12]

    assert drawn("ada", 1) == drawn("ada", 1)
    assert len({drawn("ada", 1), drawn("bob", 1), drawn("ada", 2)}) == 3


def test_scripts_and_paths_of_this_machine_are_taken_out_of_outputs(sandbox, tmp_path):
    shown = (
        "import sys\nfrom IPython.display import HTML, display\n"
        "display(HTML('<b>bold</b><script>alert(1)</script><img src=x onerror=alert(1)>'))\n"
        "display({'image/png': 'AA\"><script>alert(1)</script>'}, raw=True)\nprint(sys.prefix)\n1 / 0"
    )
    graded_one = graded(sandbox, tmp_path, extra={"imports": shown})
    result, notebook = text(graded_one), graded_one.notebooks["sheet"]
    assert sys.prefix not in result
    rich, picture = (output for output in notebook.cells[1].outputs if "data" in output)
    assert rich.data["text/html"].startswith("<b>bold</b>")
    assert not re.search("script|onerror", rich.data["text/html"])
    assert re.fullmatch("[A-Za-z0-9+/=]*", picture.data["image/png"])


def test_a_task_on_which_the_grader_gave_up_counts_nothing_and_says_why(tmp_path):
    result = not_graded(Task("ada", tmp_path, assignment(), LIMITS), "the process ended")
    assert result.failure == "the process ended"
    assert sum(scores(result).values()) == 0
    assert "2469134" not in text(result)


def test_a_test_may_use_torch_in_parallel_although_the_grader_has_done_so(sandbox, tmp_path):
    import torch

    torch.rand(1000, 1000).exp()  # starts the threads that no fork has
    parallel = "import torch\nassert torch.rand(1000, 1000).exp().min() >= 1\nassert double(2) == 4"
    result = graded(sandbox, tmp_path, exercise=assignment(double_two=parallel))
    assert scores(result) == FULL
