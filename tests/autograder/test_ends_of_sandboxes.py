"""What is left when parts of a sandbox are killed, closed, or used from a fork: nothing, and everybody notices."""

import os
import signal
import time
from pathlib import Path

import pytest
from sandbox_helpers import (
    KEEP_BUSY,
    WORKER,
    children,
    eventually,
    execute,
    processes_with,
    run,
    start_worker,
    text,
    warm,
)

from autograder.kernels.sandbox import Sandbox, SandboxError
from autograder.limits import Limits
from autograder.provisioner import warm_kernel


@pytest.fixture
def busy():
    """A sandbox of its own with a kernel that has started a program, and the program's marker."""
    marker = f"busy{os.getpid()}x{time.monotonic_ns()}"
    with Sandbox(Limits(), preload=[]) as own:
        kernel = warm_kernel(own, files={}, seed=1)
        execute(kernel, KEEP_BUSY.format(marker=marker))
        assert eventually(lambda: processes_with(marker))
        yield own, kernel, marker
        kernel.close()


@pytest.mark.parametrize("victim", ["bubblewrap", "nursery"])
def test_killing_part_of_the_sandbox_leaves_no_process_and_is_noticed(busy, victim):
    own, kernel, marker = busy
    below = children(own.pid)
    nursery = below[0]
    os.kill(own.pid if victim == "bubblewrap" else nursery, signal.SIGKILL)
    assert eventually(lambda: not processes_with(marker))
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below))
    assert kernel.why_dead == "ended together with its sandbox"
    assert eventually(lambda: not own.alive)
    with pytest.raises(SandboxError):
        own.launch({}, seed=1)


def test_a_sandbox_that_was_killed_can_be_started_again(busy):
    own, _, _ = busy
    os.kill(own.pid, signal.SIGKILL)
    assert eventually(lambda: not own.alive)
    own.start()
    assert run(own, "print('again')") == "again"


def test_closing_a_sandbox_leaves_no_process(busy):
    own, kernel, marker = busy
    own.close()
    assert processes_with(marker) == []
    assert kernel.why_dead == "was stopped with its sandbox"


def test_closing_twice_does_nothing_more(busy):
    own, kernel, _ = busy
    own.close()
    own.close()
    kernel.close()
    kernel.close()
    assert not own.alive


def test_closing_ends_the_sandbox_although_a_fork_of_this_process_holds_its_socket(busy):
    own, _, marker = busy
    fork = os.fork()
    if fork == 0:
        time.sleep(100)
        os._exit(0)
    try:
        start = time.monotonic()
        own.close()
        assert time.monotonic() - start < 5
        assert processes_with(marker) == []
    finally:
        os.kill(fork, signal.SIGKILL)
        os.waitpid(fork, 0)


def in_a_fork(action):
    """Is `action()` true in a fork of this process?"""
    fork = os.fork()
    if fork == 0:
        status = 1
        try:
            status = 0 if action() else 1
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]) == 0


def test_a_fork_can_launch_kernels_from_the_same_sandbox():
    assert in_a_fork(lambda: warm().alive and run(warm(), "print(6 * 7)") == "42")
    assert run(warm(), "print(6 * 8)") == "48"


def test_what_a_fork_launched_ends_with_it_although_the_sandbox_lives(busy):
    own, _, _ = busy
    marker = f"forked{os.getpid()}"

    def leave_running():
        execute(warm_kernel(own, files={}, seed=1), KEEP_BUSY.format(marker=marker))
        return eventually(lambda: processes_with(marker))

    assert in_a_fork(leave_running)
    assert eventually(lambda: not processes_with(marker))
    assert own.alive


def test_closing_in_a_fork_leaves_the_sandbox_to_its_owner(busy):
    own, kernel, _ = busy
    assert in_a_fork(lambda: own.close() or not own.alive)
    assert own.alive
    assert text(execute(kernel, "print('fine')")[0]) == "fine"


def test_a_sandbox_can_be_begun_first_and_waited_for_later():
    own = Sandbox(Limits(), preload=[])
    own.begin()
    assert own.alive
    with own:
        assert run(own, "print(1)") == "1"


def test_killing_the_worker_leaves_no_process():
    marker = f"orphan{os.getpid()}"
    with start_worker(WORKER.format(cell=KEEP_BUSY.format(marker=marker))) as worker:
        bubblewrap = int(worker.stdout.readline().split()[0])
        everything = [bubblewrap, *children(bubblewrap)]
        assert eventually(lambda: processes_with(f"sleep 1000; : {marker}"))
        worker.kill()
        worker.wait()
        assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everything))
        assert processes_with(f"sleep 1000; : {marker}") == []


def test_the_folder_of_a_killed_worker_is_removed_by_the_next_one():
    with start_worker(WORKER.format(cell="1")) as worker:
        folder = Path(worker.stdout.readline().split()[1])
        worker.kill()
        worker.wait()
    assert folder.exists()
    os.utime(folder, (0, 0))
    with Sandbox(Limits(), preload=[]):
        assert not folder.exists()


def test_the_folder_of_a_worker_that_lives_is_left_alone(busy):
    own, kernel, _ = busy
    os.utime(own._folder, (0, 0))
    with Sandbox(Limits(), preload=[]):
        assert text(execute(kernel, "print('fine')")[0]) == "fine"
