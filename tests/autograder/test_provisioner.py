"""Jupyter's side of the sandbox's kernels."""

import asyncio
import importlib
import json
import os
import re
import time
from pathlib import Path

import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import KernelProvisionerBase, KernelProvisionerFactory
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from sandbox_helpers import REPOSITORY, execute, run, text, warm

from autograder import provisioner
from autograder.provisioner import WarmManager, WarmProvisioner, warm_kernel


def test_a_notebook_runs_in_nbclient():
    notebook = new_notebook(cells=[new_code_cell("x = 20"), new_code_cell("x + 1")])
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        NotebookClient(notebook, km=kernel.manager).execute()
    assert notebook.cells[1].outputs[0]["data"]["text/plain"] == "21"
    assert notebook.metadata["language_info"]["name"] == "python"


def test_notebooks_run_one_after_the_other_in_one_sandbox():
    assert [run(warm(), f"print({n})") for n in range(5)] == ["0", "1", "2", "3", "4"]


def test_the_next_kernel_can_be_launched_while_one_runs():
    with warm_kernel(warm(), files={}, seed=1) as one:
        execute(one, "x = 1")
        start = time.perf_counter()
        following = warm_kernel(warm(), files={}, seed=2)
        launched = time.perf_counter() - start
        with following:
            assert launched < 0.05
            assert text(execute(one, "print(x)")[0]) == "1"
            one.kill()
            assert text(execute(following, "print('x' in globals())")[0]) == "False"


def test_errors_of_cells_come_back_as_jupyter_shows_them():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        (error,) = execute(kernel, "1 / 0")[0]
    assert (error["output_type"], error["ename"]) == ("error", "ZeroDivisionError")


async def seconds_until_ready(kernel, timeout):
    """How long a new client waits."""
    client = kernel.manager.client()
    client.start_channels()
    start = time.perf_counter()
    try:
        await client.wait_for_ready(timeout=timeout)
    finally:
        client.stop_channels()
    return time.perf_counter() - start


def test_the_client_is_ready_without_sleeping():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        execute(kernel, "1")
        assert asyncio.run(seconds_until_ready(kernel, 30)) < 0.2  # the stock client takes at least that, and twice


def test_a_kernel_that_does_not_come_up_says_why(monkeypatch):
    monkeypatch.setattr("autograder.kernels.sandbox._identity", lambda: -5)
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        with pytest.raises(DeadKernelError, match="process could not be started: OverflowError"):
            asyncio.run(seconds_until_ready(kernel, 30))
        assert kernel.why_dead.startswith("could not be started: OverflowError")


def test_a_kernel_that_does_not_answer_is_given_up():
    hold = "import ctypes, threading\nthreading.Timer(0.2, ctypes.PyDLL(None).sleep, [100]).start()"
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        execute(kernel, hold)
        time.sleep(0.5)  # from now on that thread holds the interpreter
        with pytest.raises(RuntimeError, match=r"did not answer within 1\.5 seconds"):
            asyncio.run(seconds_until_ready(kernel, 1.5))
        kernel.kill()
        assert not kernel.alive


def test_killing_is_quick_and_told():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        execute(kernel, "1")
        assert kernel.alive
        assert kernel.why_dead == ""
        start = time.perf_counter()
        kernel.kill()
        assert time.perf_counter() - start < 1
        assert not kernel.alive
        assert kernel.why_dead == "was stopped"


def test_a_kernel_can_be_killed_before_it_is_up():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        kernel.kill()
        assert not kernel.alive


def test_killing_and_interrupting_the_dead_does_nothing():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        kernel.kill()
        kernel.kill()
        kernel.interrupt()
        assert kernel.why_dead == "was stopped"


def test_a_fork_of_this_process_can_interrupt_and_kill_and_both_see_the_end():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        execute(kernel, "1")
        fork = os.fork()
        if fork == 0:
            kernel.kill()
            os._exit(0 if kernel.why_dead == "was stopped" else 1)
        _, status = os.waitpid(fork, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert kernel.why_dead == "was stopped"


def test_the_session_socket_belongs_to_this_kernel_alone():
    with warm_kernel(warm(), files={}, seed=1) as one, warm_kernel(warm(), files={}, seed=2) as other:
        execute(one, "1")
        execute(other, "1")
        assert one.session.fileno() != other.session.fileno()
        one.session.settimeout(5)
        other.session.settimeout(0.1)
        one.kill()
        assert one.session.recv(1) == b""
        with pytest.raises(TimeoutError):
            other.session.recv(1)


def test_closing_removes_the_kernels_sockets_from_the_folder():
    kernel = warm_kernel(warm(), files={}, seed=1)
    address = Path(kernel.manager.ip)
    assert len(list(address.parent.glob(f"{address.name}-*"))) == 4
    kernel.close()
    assert list(address.parent.glob(f"{address.name}-*")) == []


def test_closing_leaves_no_descriptor_open():
    for _ in range(2):
        run(warm(), "pass")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        run(warm(), "pass")
    assert len(os.listdir("/proc/self/fd")) <= before


def test_the_entry_point_names_the_provisioner():
    project = (REPOSITORY / "pyproject.toml").read_text()
    entry = re.search(r'jupyter_client.kernel_provisioners"\]\n(\S+) = "(\S+):(\S+)"', project)
    assert entry[1] == provisioner.NAME
    found = getattr(importlib.import_module(entry[2]), entry[3])
    assert found is WarmProvisioner
    assert issubclass(found, KernelProvisionerBase)


@pytest.fixture
def registered(monkeypatch):
    """The provisioner under its name, whatever was installed when."""

    class Entry:
        load = staticmethod(lambda: WarmProvisioner)

    factory = KernelProvisionerFactory.instance()
    monkeypatch.setitem(factory.provisioners, provisioner.NAME, Entry)


async def answer_of(manager):
    """What a kernel that is started through Jupyter's own steps says to 6 * 7."""
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        said = []
        await client.execute_interactive("print(6 * 7)", output_hook=said.append, timeout=30)
        assert await manager.is_alive()
    finally:
        client.stop_channels()
        await manager.shutdown_kernel()
    assert not await manager.is_alive()
    return "".join(message["content"].get("text", "") for message in said).strip()


def test_a_warm_manager_starts_its_kernel_itself(registered):
    assert asyncio.run(answer_of(WarmManager(sandbox=warm(), seed=3))) == "42"


def test_a_kernelspec_of_any_jupyter_tool_can_name_the_provisioner(registered, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(provisioner, "shared_sandbox", warm)
    folder = tmp_path / "kernels" / "warm"
    folder.mkdir(parents=True)
    spec = {"argv": [], "display_name": "Warm", "language": "python"}
    spec["metadata"] = {"kernel_provisioner": {"provisioner_name": provisioner.NAME}}
    (folder / "kernel.json").write_text(json.dumps(spec))
    manager = AsyncKernelManager()
    manager._kernel_spec = KernelSpec.from_resource_dir(str(folder))
    assert asyncio.run(answer_of(manager)) == "42"


def test_restarting_gives_a_fresh_kernel(registered):
    async def restarted():
        manager = WarmManager(sandbox=warm(), seed=3)
        await manager.start_kernel()
        first = manager.ip
        await manager.restart_kernel(now=True)
        second, alive = manager.ip, await manager.is_alive()
        await manager.shutdown_kernel(now=True)
        return first != second and alive

    assert asyncio.run(restarted())
