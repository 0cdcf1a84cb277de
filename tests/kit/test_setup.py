"""What the first cell says on machines that have everything, and on machines that lack something."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from course.kit import setup

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

UNIT = "03-max-shift"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bare(monkeypatch):
    """No trace of a platform in the environment: plain Python on a machine without a GPU."""
    for name in ("KAGGLE_KERNEL_RUN_TYPE", "COLAB_RELEASE_TAG", "BINDER_LAUNCH_HOST", "BINDER_REPO_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("JPY_SESSION_NAME", "VSCODE_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(setup, "_shell", lambda: None)
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch, "__version__", "2.13.0+cpu")


@pytest.fixture
def versions(monkeypatch):
    """Installed versions that a test may change."""
    found = {"torch": "2.13.0", "numpy": "2.4.6", "mpmath": "1.3.0", "ipython": "9.0", "matplotlib": "3.10.0"}
    found["ipywidgets"] = "8.1.8"
    monkeypatch.setattr(setup, "_version", lambda name: found[name])
    return found


def without(monkeypatch, *modules):
    """As if these were not installed."""
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)


def vscode():
    return SimpleNamespace(user_ns={"__vsc_ipynb_file__": "max_shift.ipynb"}, kernel=object())


def test_a_complete_machine_is_one_line(bare, versions, capsys):
    setup.ready(UNIT)
    assert capsys.readouterr().out == "Ready: torch 2.13.0 on CPU, ipywidgets 8.1.8, plain Python\n"


def test_a_second_run_says_and_changes_the_same(bare, versions, capsys):
    path, environment, folder = list(sys.path), dict(os.environ), sorted(os.listdir())
    setup.ready(UNIT)
    first = capsys.readouterr().out
    setup.ready(UNIT)
    assert capsys.readouterr().out == first
    assert (sys.path, dict(os.environ), sorted(os.listdir())) == (path, environment, folder)


def test_a_gpu_is_named(bare, versions, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Tesla T4")
    assert setup.survey(UNIT).line.startswith("Ready: torch 2.13.0 on Tesla T4,")


@pytest.mark.parametrize(
    ("module", "still"),
    [
        ("matplotlib", "text, exercises and checks work"),
        ("ipywidgets", "exercises and checks work"),
        ("IPython", "plain text"),
    ],
)
def test_something_is_missing_that_one_can_do_without(bare, versions, monkeypatch, module, still):
    without(monkeypatch, module)
    state = setup.survey(UNIT)
    assert state.line.startswith("Ready, with limits: ")
    [note] = state.notes
    assert note.startswith(f"- {module.lower()} is missing: ")
    assert still in note
    assert f"%pip install {module.lower()}" in note


@pytest.mark.parametrize("module", ["torch", "numpy", "mpmath"])
def test_something_vital_is_missing(bare, versions, monkeypatch, module):
    without(monkeypatch, module)
    state = setup.survey(UNIT)
    assert state.line.startswith("Not ready: ")
    assert any(note.startswith(f"- {module} is missing: ") for note in state.notes)


def test_each_missing_thing_has_a_line_of_its_own(bare, versions, monkeypatch):
    without(monkeypatch, "matplotlib", "mpmath", "ipywidgets")
    state = setup.survey(UNIT)
    assert len(state.notes) == 3
    assert all("\n" not in note for note in state.notes)
    assert str(state).count("\n") == 3
    assert "ipywidgets" not in state.line


def test_a_half_installed_environment_in_a_new_process():
    code = (
        "import sys\n"
        "for name in ('torch', 'matplotlib', 'ipywidgets', 'numpy', 'mpmath', 'IPython'): sys.modules[name] = None\n"
        f"from course.kit import setup\nsetup.ready({UNIT!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Not ready: ")
    assert len(lines) == 1 + 6


def test_ipywidgets_too_old(bare, versions):
    versions["ipywidgets"] = "7.6.5"
    state = setup.survey(UNIT)
    assert state.line.startswith("Ready, with limits: ")
    assert "ipywidgets 7.6.5 is older than 7.7.1" in state.notes[0]
    assert "%pip install ipywidgets==8.1.8 " in state.notes[0]


def test_a_torch_that_is_too_old(bare, versions):
    versions["torch"] = "2.3.1"
    state = setup.survey(UNIT)
    assert state.line.startswith("Not ready: ")
    assert "torch 2.3.1 is older than 2.4" in state.notes[0]
    assert '%pip install "torch>=2.4" ' in state.notes[0]


@pytest.mark.parametrize("version", ["7.7.1", "8.1.8", "8.1.9", "10.0.0rc1"])
def test_ipywidgets_new_enough(bare, versions, version):
    versions["ipywidgets"] = version
    assert setup.survey(UNIT).notes == ()


def test_ipywidgets_that_draw_nothing_in_vs_code(bare, versions, monkeypatch):
    monkeypatch.setattr(setup, "_shell", vscode)
    assert setup.survey(UNIT).notes == ()
    versions["ipywidgets"] = "8.1.9"
    state = setup.survey(UNIT)
    assert state.line == "Ready, with limits: torch 2.13.0 on CPU, ipywidgets 8.1.9, VS Code"
    assert "ipywidgets==8.1.8" in state.notes[0]


def test_a_torch_that_does_not_load(bare, versions, tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch/__init__.py").write_text("raise OSError('libcudart.so.12: cannot open\\nshared object')")
    code = f"from course.kit import setup\nsetup.ready({UNIT!r})"
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.startswith("Not ready: ")
    assert "torch is installed but does not load (OSError: libcudart.so.12: cannot open): " in done.stdout


def test_what_a_broken_removal_leaves_of_a_package_counts_as_missing(bare, versions, monkeypatch, tmp_path):
    (tmp_path / "mpmath/libmp").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "mpmath", raising=False)
    assert any(note.startswith("- mpmath is missing: ") for note in setup.survey(UNIT).notes)


def test_metadata_that_is_gone_or_unreadable_is_no_lack(bare, versions, monkeypatch):
    versions.update(mpmath="", ipywidgets="unknown")
    assert setup.survey(UNIT).notes == ()
    monkeypatch.undo()
    monkeypatch.setattr(setup.importlib.metadata, "version", lambda name: None)
    assert setup._version("numpy") == ""


def test_python_too_old(bare, versions, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(sys, "version", "3.9.1 (main)")
    state = setup.survey(UNIT)
    assert state.line.startswith("Not ready: ")
    assert "Python 3.9.1 is too old" in state.notes[0]


def test_a_folder_that_cannot_be_written_to(bare, versions, monkeypatch):
    def refuse(**where):
        raise PermissionError(13, "Permission denied", where["dir"])

    monkeypatch.setattr(setup.tempfile, "TemporaryFile", refuse)
    state = setup.survey(UNIT)
    assert state.line.startswith("Ready, with limits: ")
    assert "will not be saved" in state.notes[0]


def test_a_folder_that_is_gone(bare, versions, monkeypatch):
    def gone():
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(setup.os, "getcwd", gone)
    assert "will not be saved" in setup.survey(UNIT).notes[0]


def test_a_unit_that_the_installed_course_does_not_have(bare, versions):
    state = setup.survey("99-not-written")
    assert state.line.startswith("Ready, with limits: ")
    assert "no unit 99-not-written" in state.notes[0]


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({}, "plain Python"),
        ({"KAGGLE_KERNEL_RUN_TYPE": "Interactive", "COLAB_RELEASE_TAG": "x"}, "Kaggle"),
        ({"COLAB_RELEASE_TAG": "release-colab"}, "Colab"),
        ({"BINDER_LAUNCH_HOST": "x", "JPY_SESSION_NAME": "y"}, "Binder"),
        ({"BINDER_REPO_URL": "x"}, "Binder"),
        ({"JPY_SESSION_NAME": "max_shift.ipynb", "VSCODE_PID": "7"}, "Jupyter"),
        ({"VSCODE_PID": "7"}, "VS Code"),
    ],
)
def test_platforms_are_told_by_their_environment(bare, environment, place):
    assert setup.platform(environment) == place


def test_platforms_are_told_by_the_running_kernel(bare, monkeypatch):
    monkeypatch.setattr(setup, "_shell", vscode)
    assert setup.platform({"JPY_SESSION_NAME": "remote"}) == "VS Code"
    monkeypatch.setattr(setup, "_shell", lambda: SimpleNamespace(user_ns={}, kernel=object()))
    assert setup.platform({}) == "Jupyter kernel"
    monkeypatch.setitem(sys.modules, "google.colab", SimpleNamespace())
    assert setup.platform({}) == "Colab"


@pytest.mark.parametrize(
    ("variable", "menu"), [("COLAB_RELEASE_TAG", "Runtime"), ("KAGGLE_KERNEL_RUN_TYPE", "Accelerator")]
)
def test_where_a_gpu_is_a_menu_away_a_note_says_so(bare, versions, monkeypatch, variable, menu):
    monkeypatch.setenv(variable, "x")
    [note] = setup.survey(UNIT).notes
    assert menu in note
    assert "everything works" in note


def test_the_needs_are_those_of_pyproject():
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["project"]["dependencies"]
    assert {f"{need.distribution}>={need.minimum}" for need in setup.NEEDS} == {d.partition(",")[0] for d in declared}


def test_importing_the_course_and_its_units_is_quick_because_it_loads_nothing_heavy():
    units = sorted(path.parent.name for path in (ROOT / "course").glob("*/questions.py"))
    assert len(units) == 7
    names = ", ".join(["course", "course.kit", "course.kit.setup", *(f"course.{unit}" for unit in units)])
    heavy = "{'torch', 'numpy', 'matplotlib', 'mpmath', 'IPython', 'ipywidgets', 'traitlets'}"
    code = f"import sys, time; start = time.process_time(); import {names}; took = time.process_time() - start"
    code += f"; print({heavy} & set(sys.modules), took)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded, seconds = done.stdout.rsplit(maxsplit=1)
    print(f"import of the course: {float(seconds):.3f} s of CPU")  # no limit here: that is for a quiet machine
    assert loaded == "set()"
