"""Kernels of one sandbox for all tests, and what is seen of processes from outside."""

import atexit
import dataclasses
import functools
import os
import subprocess
import sys
import time
from pathlib import Path

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.kernels import usage
from autograder.kernels.sandbox import Sandbox
from autograder.limits import MIB, Limits
from autograder.provisioner import WarmKernel, warm_kernel

REPOSITORY = Path(__file__).resolve().parents[2]
SECRET = "the-instructor's-password"
TIGHT = dataclasses.replace(
    Limits(),
    memory_bytes=400 * MIB,
    processes=40,
    file_bytes=8 * MIB,
    disk_bytes=24 * MIB,
    open_files=120,
)
"""Limits that are reached quickly."""


@functools.cache
def warm(limits: Limits | None = None) -> Sandbox:
    """A started sandbox, shared by all tests that want the same."""
    os.environ["AUTOGRADER_TEST_SECRET"] = SECRET
    sandbox = Sandbox(limits or Limits(), preload=["numpy.random"])
    sandbox.start()
    atexit.register(sandbox.close)
    return sandbox


@functools.cache
def fully_warm() -> Sandbox:
    """One that has imported all that grading wants, with two threads for torch."""
    sandbox = Sandbox(Limits(), environment={"OMP_NUM_THREADS": "2"})
    sandbox.start()
    atexit.register(sandbox.close)
    return sandbox


def execute(kernel: WarmKernel, *sources: str, timeout: int = 60) -> list[list[dict]]:
    """Run cells through nbclient, errors allowed; the outputs of each. Raises DeadKernelError."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    client = NotebookClient(notebook, km=kernel.manager, timeout=timeout, allow_errors=True)
    client.execute()
    return [cell.outputs for cell in notebook.cells]


def text(outputs: list[dict]) -> str:
    """What a cell printed; an error as "Name: message"."""
    return "".join(output.get("text") or f"{output['ename']}: {output['evalue']}\n" for output in outputs).strip()


def run(sandbox: Sandbox, *sources: str, seed: int = 1, files: dict | None = None) -> str:
    """What the last of the cells printed in a kernel of its own, which is gone afterwards."""
    with warm_kernel(sandbox, files=files or {}, seed=seed) as kernel:
        return text(execute(kernel, *sources)[-1])


def children(pid: int) -> list[int]:
    """Every process below `pid`."""
    return [process for process in usage.family(pid, usage.parents()) if process != pid]


def processes_with(marker: str) -> list[int]:
    """Every process on this machine that has `marker` in its command line, this one excepted."""
    found = []
    for process in usage.parents():
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if marker.encode() in command and process != os.getpid():
            found.append(process)
    return found


def eventually(condition, seconds: float = 10.0) -> bool:
    """Does `condition` come true within that time?"""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def start_worker(source: str) -> subprocess.Popen:
    """A process that runs `source` with this folder and the repository on its path; its output is a pipe."""
    path = os.pathsep.join([str(REPOSITORY), str(Path(__file__).parent)])
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen([sys.executable, "-c", source], env=environment, stdout=subprocess.PIPE, text=True)


KEEP_BUSY = """import os
os.system("nohup setsid sh -c 'sleep 1000; : {marker}' >/dev/null 2>&1 &")"""
"""A cell that leaves a program running."""

WORKER = """
from sandbox_helpers import *
with Sandbox(Limits(), preload=[]) as own:
    kernel = warm_kernel(own, files={{}}, seed=1)
    execute(kernel, {cell!r})
    print(own.pid, own._folder, flush=True)
    time.sleep(1000)
"""
"""A process with a sandbox and a kernel that has run a cell; it prints what ends them, and their folder."""
