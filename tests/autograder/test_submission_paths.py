"""Links, pipes and names made to reach other files or other modules: nothing outside a submission is opened."""

import os
import socket
import sys

import pytest
from submission_helpers import NAME, look, make_submission, put, remark_on

from autograder.intake import handed_in


@pytest.fixture
def folder(tmp_path):
    """A submission with one notebook."""
    return make_submission(tmp_path)


@pytest.fixture
def opened(monkeypatch):
    """Every real path that is opened while the test runs."""
    paths, real = [], os.open

    def spy(*args, **kwargs):
        descriptor = real(*args, **kwargs)
        paths.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        return descriptor

    monkeypatch.setattr(os, "open", spy)
    return paths


def test_a_notebook_that_is_a_link_is_a_reason(folder):
    (folder / f"{NAME}.ipynb").rename(folder.parent / "elsewhere.ipynb")
    (folder / f"{NAME}.ipynb").symlink_to("../elsewhere.ipynb")
    assert look(folder).failures[NAME] == "the notebook was not read: it is a symbolic link"


def test_a_submission_that_is_a_link_is_a_reason(folder):
    link = folder.parent / "link"
    link.symlink_to(folder)
    assert "no folder" in look(link).failures[NAME]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc what was opened")
@pytest.mark.parametrize(
    "target", ["../secret.txt", "/etc/passwd", "..", "/", "/dev/zero", "doubling.ipynb", "nowhere"]
)
def test_links_are_not_followed(folder, opened, target):
    (folder / "link").symlink_to(target)
    (folder / "link.ipynb").symlink_to(target)
    found = look(folder, NAME, "link")
    assert found.files == {}
    assert found.failures["link"] == "the notebook was not read: it is a symbolic link"
    assert remark_on(found, "link was left out", "symbolic link")
    assert all(path.startswith(str(folder)) for path in opened)


def test_a_link_to_a_folder_is_not_walked_into(folder):
    put(folder.parent, "outside/data.csv")
    (folder / "data").symlink_to(folder.parent / "outside")
    assert look(folder).files == {}


def test_a_folder_that_becomes_a_link_while_it_is_read_is_not_followed(folder, monkeypatch):
    put(folder, "data/points.csv")
    put(folder.parent, "outside/points.csv", b"secret")
    real = handed_in.HandedIn.files

    def swap(self, *args):
        found = real(self, *args)
        (folder / "data").rename(folder.parent / "away")
        (folder / "data").symlink_to(folder.parent / "outside")
        return found

    monkeypatch.setattr(handed_in.HandedIn, "files", swap)
    assert look(folder).files == {}


def test_a_file_that_becomes_a_link_while_it_is_read_is_not_followed(folder, monkeypatch):
    real = os.stat

    def swap(path, *args, **kwargs):
        status = real(path, *args, **kwargs)
        if path == f"{NAME}.ipynb":
            (folder / path).unlink()
            (folder / path).symlink_to("../secret.txt")
        return status

    monkeypatch.setattr(os, "stat", swap)
    assert "cannot be read" in look(folder).failures[NAME]


def test_a_pipe_neither_blocks_nor_counts(folder):
    os.mkfifo(folder / "pipe")
    (folder / f"{NAME}.ipynb").unlink()
    os.mkfifo(folder / f"{NAME}.ipynb")
    found = look(folder)
    assert found.failures[NAME] == "the notebook was not read: it is no ordinary file"
    assert remark_on(found, "pipe", "no ordinary file")


def test_a_socket_is_left_out(folder, monkeypatch):
    monkeypatch.chdir(folder)  # a socket's path may have no more than a hundred characters
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("listener")
        assert remark_on(look(folder), "listener", "no ordinary file")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_left_out(folder):
    try:
        os.mknod(folder / "zero", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("devices cannot be made here")
    assert remark_on(look(folder), "zero", "no ordinary file")


@pytest.mark.parametrize(
    "path",
    [
        "torch.py",
        "numpy.py",
        "random.py",
        "winreg.py",
        "IPython.py",
        "autograder/__init__.py",
        "numpy/__init__.py",
        "numpy/linalg/helper.py",
        "encodings/utf_8.py",
        "sitecustomize.py",
        "usercustomize.py",
        "fast.so",
        "fast.cpython-311-x86_64-linux-gnu.so",
        "torch.pyc",
        "lib.so.1",
        "anywhere.pth",
        "lib/site-packages/anywhere.pth",
        "ipython_config.py",
        "ipython_kernel_config.json",
        "jupyter_config.py",
        "nbgrader_config.py",
        ".ipython/profile_default/startup/first.py",
        ".jupyter/jupyter_config.py",
        ".bashrc",
    ],
)
def test_files_that_change_what_python_does_are_left_out_with_a_remark(folder, path):
    put(folder, path, b"import os\n")
    found = look(folder)
    assert found.files == {}
    assert remark_on(found, "was left out").startswith(path.split("/")[0])


@pytest.mark.parametrize(
    "path", ["helper.py", "lib/torch.py", "random.csv", "test/cases.csv", "torch.txt", "my.data.py", "pictures/a.png"]
)
def test_files_that_only_look_like_it_are_handed_over(folder, path):
    put(folder, path)
    assert list(look(folder).files) == [path]


def test_the_graders_own_working_directory_hides_no_helper_of_a_student(folder, tmp_path, monkeypatch):
    put(tmp_path / "course", "utilities_of_mine.py")
    monkeypatch.chdir(tmp_path / "course")
    monkeypatch.syspath_prepend(str(tmp_path / "course"))
    put(folder, "utilities_of_mine.py")
    assert list(look(folder).files) == ["utilities_of_mine.py"]


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x80\x02"])
def test_the_weights_of_a_network_are_handed_over(folder, start):
    put(folder, "weights.pth", start + b"weights")
    assert list(look(folder).files) == ["weights.pth"]


@pytest.mark.parametrize("name", [b"new\nline.csv", b"\xff\xfe.csv", b"bell\x07.csv", "a\u202evsc.exe".encode()])
def test_a_name_that_cannot_be_shown_is_left_out(folder, name):
    with open(os.path.join(os.fsencode(folder), name), "wb"):
        pass
    found = look(folder)
    assert found.files == {}
    assert remark_on(found, "cannot be shown").isprintable()
