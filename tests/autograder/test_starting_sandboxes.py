"""Where a sandbox cannot be made or started, one line says why and what to do."""

import os

import pytest

from autograder.kernels import bubblewrap, sandbox
from autograder.kernels.sandbox import Sandbox, SandboxError
from autograder.limits import Limits


def test_a_missing_bubblewrap_is_told_in_one_line(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert sandbox.missing() == (
        "bubblewrap is not installed. Install it (on Debian and Ubuntu: apt install bubblewrap), or let student code do"
        " whatever you may do: --accept-risk-of-no-sandbox"
    )
    with pytest.raises(SandboxError, match="bubblewrap is not installed"):
        Sandbox(Limits()).start()


def test_a_bubblewrap_that_cannot_work_is_told_with_its_reason(monkeypatch, tmp_path):
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SandboxError, match=r"cannot make a sandbox here \(bwrap: No permissions .*--privileged"):
        Sandbox(Limits()).start()


def test_where_bubblewrap_works_nothing_is_missing():
    assert sandbox.missing() is None


def test_a_sandbox_that_was_not_started_says_so():
    with pytest.raises(SandboxError, match="has not been started"):
        Sandbox(Limits()).launch({}, seed=1)


def test_a_module_that_breaks_when_imported_is_named(tmp_path):
    (tmp_path / "broken.py").write_text("raise OSError('libbroken.so cannot be loaded')")
    tmp_path.chmod(0o755)
    paths = bubblewrap.environment()["PYTHONPATH"] + f":{tmp_path}"
    broken = Sandbox(Limits(), preload=["broken"], readable=[tmp_path], environment={"PYTHONPATH": paths})
    with pytest.raises(SandboxError, match=r"did not start: OSError: libbroken.so cannot be loaded"):
        broken.start()


def test_a_module_that_misses_another_is_not_taken_for_missing_itself(tmp_path):
    (tmp_path / "dependent.py").write_text("import no_such_module_anywhere")
    tmp_path.chmod(0o755)
    paths = bubblewrap.environment()["PYTHONPATH"] + f":{tmp_path}"
    broken = Sandbox(Limits(), preload=["dependent"], readable=[tmp_path], environment={"PYTHONPATH": paths})
    with pytest.raises(SandboxError, match="did not start: ModuleNotFoundError: No module named 'no_such_module_anyw"):
        broken.start()
