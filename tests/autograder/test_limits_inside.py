"""What happens when student code takes more than it may, or breaks its process. Each test fails without the limit."""

import dataclasses
import time

import pytest
from nbclient.exceptions import DeadKernelError
from sandbox_helpers import TIGHT, execute, run, text, warm

from autograder.limits import MIB
from autograder.provisioner import warm_kernel


def end_of(limits, *sources):
    """Why the kernel that runs these cells ends."""
    with warm_kernel(warm(limits), files={}, seed=1) as kernel:
        with pytest.raises(DeadKernelError):
            execute(kernel, *sources, timeout=60)
        return kernel.why_dead


def survives(limits, source):
    """What a cell prints whose kernel goes on afterwards."""
    with warm_kernel(warm(limits), files={}, seed=1) as kernel:
        outputs = execute(kernel, source, "print('still here')")
        assert text(outputs[1]) == "still here"
        return text(outputs[0])


def test_one_process_that_takes_too_much_memory_gets_a_memory_error():
    assert survives(TIGHT, "x = bytearray(500 << 20)").startswith("MemoryError")


def test_memory_within_the_limit_can_be_used():
    assert survives(TIGHT, "x = bytearray(250 << 20)\nprint(len(x))") == str(250 * MIB)


HOARD = """import mmap
mine = mmap.mmap(-1, 150 << 20, {flags})
for _ in range(150):
    mine.write(bytes(1 << 20))
"""


@pytest.mark.parametrize("flags", ["mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS", "mmap.MAP_SHARED | mmap.MAP_ANONYMOUS"])
def test_processes_that_take_too_much_memory_together_are_killed(flags):
    source = f"""import os, time
for _ in range(8):
    if os.fork() == 0:
        exec({HOARD.format(flags=flags)!r})
        time.sleep(100)
time.sleep(100)"""
    assert end_of(TIGHT, source) == "used too much memory"


def test_memory_that_forks_share_counts_once():
    source = """import os, time
x = bytearray(200 << 20)
for _ in range(4):
    if os.fork() == 0:
        time.sleep(100)
time.sleep(1)
print("fine")"""
    assert survives(TIGHT, source) == "fine"


def test_sharing_so_much_that_measuring_it_would_hold_up_others_is_stopped():
    source = """import os, time
x = bytearray(300 << 20)
for _ in range(30):
    if os.fork() == 0:
        time.sleep(100)
time.sleep(100)"""
    assert end_of(TIGHT, source) == "used too much memory"


def test_memory_in_the_buffers_of_sockets_counts():
    source = """import os, socket, time
for _ in range(20):
    if os.fork() == 0:
        keep = []
        try:
            while True:
                keep.append(socket.socketpair())
                keep[-1][0].setblocking(False)
                keep[-1][0].send(bytes(150_000))
        except OSError:
            time.sleep(100)
time.sleep(100)"""
    assert end_of(TIGHT, source) == "used too much memory"


def test_a_fork_bomb_runs_into_the_limit_on_processes():
    source = """import os, time
started = []
try:
    for _ in range(1000):
        child = os.fork()
        if child == 0:
            time.sleep(100)
        started.append(child)
except OSError as error:
    print(type(error).__name__, len(started))"""
    name, number = survives(TIGHT, source).split()
    assert name == "BlockingIOError"
    assert 10 < int(number) < TIGHT.processes


def test_threads_count_as_processes():
    source = """import threading, time
started = []
try:
    for _ in range(1000):
        started.append(threading.Thread(target=time.sleep, args=(1,)))
        started[-1].start()
except RuntimeError as error:
    print(error, len(started) < 41)"""
    assert survives(TIGHT, source) == "can't start new thread True"


def test_one_notebooks_fork_bomb_costs_another_nothing():
    bomb = """import os, time
try:
    while True:
        if os.fork() == 0:
            time.sleep(100)
except OSError:
    print("full")"""
    with warm_kernel(warm(TIGHT), files={}, seed=1) as one, warm_kernel(warm(TIGHT), files={}, seed=2) as other:
        assert text(execute(one, bomb)[0]) == "full"
        assert text(execute(other, "import subprocess\nprint(subprocess.run(['true']).returncode)")[0]) == "0"


def test_a_file_that_grows_too_large_is_stopped():
    assert "File too large" in survives(TIGHT, "with open('big', 'wb') as f: f.write(bytes(9 << 20)), f.flush()")


def test_files_that_grow_too_large_together_are_stopped():
    source = """for place in ("/tmp/", "/dev/shm/", "/home/student/", "") * 2:
    for n in range(3):
        with open(f"{place}{n}", "ab") as f:
            f.write(bytes(3 << 20))"""
    assert "No space left on device" in survives(TIGHT, source)


def test_too_many_files_are_stopped():
    assert "No space left on device" in survives(TIGHT, "for n in range(100_000): open(str(n), 'w').close()")


def test_too_many_open_files_are_stopped():
    assert "Too many open files" in survives(TIGHT, "keep = [open('/dev/null') for _ in range(200)]")


def test_a_process_that_uses_too_much_cpu_time_is_killed():
    limits = dataclasses.replace(TIGHT, cpu_seconds=2)
    assert end_of(limits, "while True: pass") == "used too much CPU time"


def test_a_cpu_limit_cannot_be_raised_or_waited_out_by_ignoring_its_signal():
    limits = dataclasses.replace(TIGHT, cpu_seconds=2)
    source = """import resource, signal
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
try:
    resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
except ValueError:
    pass
while True: pass"""
    assert end_of(limits, source) == "used too much CPU time"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; os._exit(3)", "ended itself (exit status 3)"),
        ("import ctypes; ctypes.string_at(0)", "crashed (SIGSEGV)"),
        ("import sys; sys.setrecursionlimit(10**9)\ndef f(): [*map(lambda _: f(), [0])]\nf()", "crashed (SIGSEGV)"),
    ],
    ids=["exit", "segmentation fault", "endless recursion"],
)
def test_the_end_of_a_kernel_is_noticed_at_once_and_told_in_words(source, reason):
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        execute(kernel, "1")
        start = time.monotonic()
        with pytest.raises(DeadKernelError, match=reason.replace("(", r"\(").replace(")", r"\)")):
            execute(kernel, source)
        assert kernel.why_dead == reason
        assert not kernel.alive
        assert time.monotonic() - start < (0.7 if "recursion" not in source else 20)


def test_a_kernel_cannot_be_killed_by_a_signal_from_inside():
    assert survives(TIGHT, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nprint('no')") == "no"


def test_aborting_is_noticed():
    assert end_of(TIGHT, "import os; os.abort()").startswith("crashed (SIG")


def test_limits_are_those_of_the_sandbox():
    source = "from resource import *\nprint(getrlimit(RLIMIT_NOFILE), getrlimit(RLIMIT_NPROC), getrlimit(RLIMIT_CORE))"
    assert run(warm(TIGHT), source) == "(120, 120) (40, 40) (0, 0)"
