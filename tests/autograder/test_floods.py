"""Kernels that send too much: honest ones lose nothing that anybody reads, hostile ones do not fill this process."""

import asyncio
import dataclasses
import re
import time
from pathlib import Path

import pytest
from nbclient.exceptions import DeadKernelError
from sandbox_helpers import eventually, execute, text, warm

from autograder import provisioner
from autograder.kernels.capped_stream import SPARE
from autograder.limits import MIB, Limits
from autograder.provisioner import warm_kernel


def test_no_output_is_lost_in_a_flood():
    source = "from IPython.display import display\nfor n in range(3000): display(n)"
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        outputs = execute(kernel, source)[0]
    assert [int(output["data"]["text/plain"]) for output in outputs] == list(range(3000))


def resident():
    """Memory of this process, in bytes."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024


def most_resident():
    """The most memory that this process has had since it was asked the last time, in bytes."""
    most = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) * 1024
    Path("/proc/self/clear_refs").write_text("5")
    return most


def test_a_message_beyond_the_limit_does_not_enter_this_process():
    limits = dataclasses.replace(Limits(), message_bytes=4 * MIB)
    large = "from IPython.display import display\ndisplay({'text/plain': 'x' * (100 << 20)}, raw=True)"
    with warm_kernel(warm(limits), files={}, seed=1) as kernel:
        execute(kernel, "1")
        most_resident()
        before = resident()
        assert execute(kernel, large) == [[]]
        assert most_resident() - before < 50 * MIB


@pytest.mark.parametrize(
    "source",
    [
        "print('x' * (60 << 20))",
        "for _ in range(60): print('x' * (1 << 20))",
        "import os\n_ = os.system('head -c 60M /dev/zero')",
    ],
    ids=["at once", "in pieces", "by a program"],
)
def test_what_a_cell_prints_is_cut_off_before_it_is_sent_and_the_next_cell_prints_again(source):
    limits = dataclasses.replace(Limits(), output_bytes=MIB // 2)
    with warm_kernel(warm(limits), files={}, seed=1) as kernel:
        outputs = execute(kernel, source, "print('next')")
    assert MIB // 2 < sum(len(output["text"]) for output in outputs[0]) <= SPARE * MIB // 2
    assert text(outputs[1]) == "next"


def test_messages_wait_in_the_students_process_and_not_in_this_one():
    async def leave_unread(kernel):
        client = kernel.manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=30)
        flood = "for _ in range(100): display({'text/plain': 'x' * (8 << 20)}, raw=True)"
        client.execute(f"from IPython.display import display\n{flood}")
        before = resident()
        await asyncio.sleep(3)
        grown = resident() - before
        client.stop_channels()
        return grown

    with warm_kernel(warm(), files={}, seed=1) as kernel:
        assert asyncio.run(leave_unread(kernel)) < 200 * MIB


ENDLESS_MESSAGE = """
import os, socket, threading
def flood(connection):
    connection.setblocking(True)
    while True:
        connection.sendall(b"\\x03" + (8 << 20).to_bytes(8, "big") + bytes(8 << 20))  # one more part, of 8 MiB
for name in os.listdir("/proc/self/fd"):
    try:
        connection = socket.socket(fileno=os.dup(int(name)))
        connection.getpeername()
    except OSError:
        continue
    threading.Thread(target=flood, args=(connection,), daemon=True).start()
"""


def test_a_message_of_endlessly_many_parts_does_not_fill_this_process():
    most = resident() + provisioner.GROWTH_BYTES + 1024 * MIB
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        with pytest.raises(DeadKernelError):
            execute(kernel, ENDLESS_MESSAGE + "threading.Event().wait()", timeout=30)
        assert kernel.why_dead == "sent more than can be received"
        assert resident() < most
    assert eventually(lambda: resident() < most - 1024 * MIB)


def test_after_disconnecting_a_kernel_cannot_send_anything():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        execute(kernel, "import threading, time", f"threading.Timer(0.3, exec, [{ENDLESS_MESSAGE!r}]).start()")
        kernel.disconnect()
        before = resident()
        time.sleep(1)
        assert resident() - before < 50 * MIB
        assert kernel.alive
