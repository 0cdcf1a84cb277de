"""Grading without a sandbox, the risk accepted: what still holds."""

import os
from pathlib import Path

import pytest
from sandbox_helpers import KEEP_BUSY, WORKER, children, eventually, execute, processes_with, run, start_worker

from autograder.kernels.sandbox import Sandbox
from autograder.limits import Limits
from autograder.provisioner import warm_kernel


@pytest.fixture(scope="module")
def unconfined():
    """A sandbox without bubblewrap."""
    with Sandbox(Limits(), confined=False, preload=["numpy.random"]) as own:
        yield own


def test_without_bubblewrap_cells_run_in_a_folder_of_their_own(unconfined):
    source = "import os\nprint(os.getcwd() == os.environ['HOME'] + '/work', os.listdir())"
    seen = run(unconfined, source, files={"a.txt": b"1"})
    assert seen == "True ['a.txt']"


def test_without_bubblewrap_the_folder_goes_with_the_kernel(unconfined):
    assert not Path(run(unconfined, "import os\nopen('x', 'w').close()\nprint(os.getcwd())")).exists()


def test_without_bubblewrap_no_process_outlives_its_notebook(unconfined):
    marker = f"free{os.getpid()}"
    with warm_kernel(unconfined, files={}, seed=1) as kernel:
        execute(kernel, KEEP_BUSY.format(marker=marker))
        assert eventually(lambda: processes_with(marker))
        kernel.kill()
        assert eventually(lambda: not processes_with(marker))


def test_without_bubblewrap_no_process_outlives_a_notebook_that_ended_itself(unconfined):
    marker = f"freely{os.getpid()}"
    with warm_kernel(unconfined, files={}, seed=1) as kernel:
        end = "import threading\nthreading.Timer(1, os._exit, [0]).start()"
        execute(kernel, KEEP_BUSY.format(marker=marker), end)
        assert eventually(lambda: processes_with(marker))
        assert kernel.wait(10)
        assert eventually(lambda: not processes_with(marker))


def test_without_bubblewrap_the_environment_is_still_not_the_instructors(unconfined):
    os.environ["AUTOGRADER_TEST_SECRET"] = "seen"
    with Sandbox(Limits(), confined=False, preload=[]) as own:
        assert run(own, "import os\nprint('AUTOGRADER_TEST_SECRET' in os.environ)") == "False"


def test_without_bubblewrap_killing_the_worker_ends_the_nursery():
    worker_source = WORKER.format(cell="1").replace("preload=", "confined=False, preload=")
    with start_worker(worker_source) as worker:
        nursery = int(worker.stdout.readline().split()[0])
        everything = [nursery, *children(nursery)]
        worker.kill()
        worker.wait()
        assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everything))


RELAY = """
import os, sys, time
os.setsid()
for _ in range(2000):
    if os.fork():
        os._exit(0)
    time.sleep(0.002)
"""


def test_without_bubblewrap_a_process_that_runs_away_by_forking_is_ended(unconfined):
    marker = f"relay{os.getpid()}"
    source = f"import subprocess, sys\nkept = subprocess.Popen([sys.executable, '-c', {RELAY!r}, '{marker}'])"
    with warm_kernel(unconfined, files={}, seed=1) as kernel:
        execute(kernel, source)
        assert eventually(lambda: processes_with(marker))
        kernel.kill()
        assert eventually(lambda: not processes_with(marker), seconds=1)
