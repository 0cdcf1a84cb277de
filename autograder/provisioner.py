"""Kernels of the sandbox as Jupyter knows kernels: a provisioner, a manager, and a client that does not wait in vain.

`warm_kernel` is what grading uses: it launches at once, so that the next notebook's kernel comes up while this one's
runs, and gives out a manager to hand to nbclient. The provisioner alone, which is registered under the name
"warm-sandbox", gives any Jupyter tool such kernels, from a sandbox of the process's own.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import resource
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client import AsyncKernelManager
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import KernelProvisionerBase
from nbclient.exceptions import DeadKernelError
from traitlets import Dict, Instance, Integer, Type, default

from autograder.kernels.launched import Kernel
from autograder.kernels.sandbox import Sandbox
from autograder.limits import MIB, Limits

NAME = "warm-sandbox"
"""The provisioner's name in the entry points "jupyter_client.kernel_provisioners"."""

QUEUED_MESSAGES = 4
"""Messages that one of our sockets holds; more stay in the student's process, where they count as its memory."""

MESSAGE_OUTPUTS = 64
"""The largest message that a kernel may send to Jupyter's sockets, in `output_bytes`.

Six times what a stream of a well-behaved kernel can come to (`capped_stream`), since JSON may write a character with
six; a larger message ends the connection.
"""

GROWTH_BYTES = 512 * MIB
"""How much larger this process may get while it waits for one kernel.

Neither of the limits above holds for a message of endlessly many parts, which a hostile kernel can send.
"""

_POLL_SECONDS = 0.05


class WarmProvisioner(KernelProvisionerBase):
    """Launches a kernel in its manager's sandbox; managers that have none share one."""

    kernel: Kernel | None = None

    def launch(self) -> Kernel:
        """Launch the kernel, without waiting for it; raises what `Sandbox.launch` raises."""
        sandbox = getattr(self.parent, "sandbox", None) or shared_sandbox()
        self.kernel = sandbox.launch(getattr(self.parent, "files", {}), getattr(self.parent, "seed", 0))
        self.connection_info = {**self.kernel.connection, "key": self.kernel.connection["key"].encode()}
        return self.kernel

    @property
    def has_process(self) -> bool:
        return self.kernel is not None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        self.launch()
        return self.connection_info

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        return await super().pre_launch(cmd=[], **kwargs)

    async def poll(self) -> int | None:
        return None if self.kernel is not None and self.kernel.alive else 0

    async def wait(self) -> int | None:
        while await self.poll() is None:
            await asyncio.sleep(_POLL_SECONDS)
        self._release()
        return 0

    async def send_signal(self, signum: int) -> None:
        """SIGINT interrupts; any other signal that Jupyter may send is meant to end the kernel, and does."""
        if self.kernel is None:
            return
        if signum == signal.SIGINT:
            self.kernel.interrupt()
        elif signum != 0:
            self.kernel.kill()

    async def kill(self, restart: bool = False) -> None:
        if self.kernel is not None:
            self.kernel.kill()

    async def terminate(self, restart: bool = False) -> None:
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        self._release()

    def _release(self) -> None:
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None


@functools.cache
def shared_sandbox() -> Sandbox:
    """The sandbox for kernels whose manager has none, with default limits; it ends with this process."""
    sandbox = Sandbox(Limits())
    sandbox.start()
    atexit.register(sandbox.close)
    return sandbox


class _ShellChannel(AsyncZMQSocketChannel):
    """A channel that says so at once when no answer will come any more."""

    kernel: Kernel

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._most_bytes = _resident_bytes() + GROWTH_BYTES

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """As in the base class; raises DeadKernelError where the kernel has ended and nothing is left to read."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            if _resident_bytes() > self._most_bytes:
                self.kernel.kill("sent more than can be received")
            alive = self.kernel.alive  # asked first: what it sent before its end has arrived by then
            left = _POLL_SECONDS if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                return await super().get_msg(min(left, _POLL_SECONDS))
            except Empty:
                if not alive:
                    raise DeadKernelError(f"The notebook's process {self.kernel.why_dead}") from None
                if left == 0:
                    raise


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


class WarmClient(AsyncKernelClient):
    """A client that is ready when the kernel is, and leaves out the heartbeat, which these kernels have not."""

    shell_channel_class = Type(_ShellChannel)

    @property
    def shell_channel(self) -> _ShellChannel:
        channel = super().shell_channel
        channel.kernel = self.parent.provisioner.kernel
        return channel

    def start_channels(
        self, shell: bool = True, iopub: bool = True, stdin: bool = True, hb: bool = False, control: bool = True
    ) -> None:
        super().start_channels(shell, iopub, stdin, hb, control)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and its output arrives; the base class sleeps 0.4 s on the way.

        Raises RuntimeError after `timeout` seconds, DeadKernelError where the kernel ends.
        """
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        while time.monotonic() < deadline:
            request = self.kernel_info()
            with contextlib.suppress(TimeoutError, Empty):
                self._handle_kernel_info_reply(await self._recv_reply(request, timeout=1.0))
                while time.monotonic() < deadline:
                    if self._is_idle_after(request, await self.get_iopub_msg(timeout=0.2)):
                        return
        raise RuntimeError(f"The notebook's process did not answer within {timeout:g} seconds")

    @staticmethod
    def _is_idle_after(request: str, message: dict[str, Any]) -> bool:
        ours = message["parent_header"].get("msg_id") == request
        return ours and message["content"].get("execution_state") == "idle"


class WarmManager(AsyncKernelManager):
    """Manages one kernel of `sandbox`, with `files` in its work folder; see `Sandbox.launch`."""

    client_class = "autograder.provisioner.WarmClient"
    client_factory = Type(klass=WarmClient, default_value=WarmClient)

    sandbox = Instance(Sandbox)
    files = Dict()
    seed = Integer()

    @property
    def kernel_spec(self) -> KernelSpec:
        """A Python kernel that comes from the provisioner of this module."""
        return KernelSpec(
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": NAME}},
        )

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        context, limits = zmq.asyncio.Context(), self.sandbox.limits
        self._created_context = True
        for option, value in (
            (zmq.MAXMSGSIZE, min(limits.message_bytes, MESSAGE_OUTPUTS * limits.output_bytes)),
            (zmq.RCVHWM, QUEUED_MESSAGES),
            (zmq.LINGER, 0),
        ):
            context.setsockopt(option, value)
        return context

    def client(self, **kwargs: Any) -> WarmClient:
        """A client in this manager's context, whose sockets hold few messages and no giant ones."""
        return super().client(context=self.context, **kwargs)


class WarmKernel:
    """A launched kernel and what one needs to use it. Interrupting, killing and asking work in any thread and fork.

    Attributes:
        manager: to hand to nbclient, `NotebookClient(notebook, km=kernel.manager)`; its kernel runs already.
        session: the trusted end of the stream socket on which `autograder.channel.session` serves inside.
    """

    def __init__(self, manager: WarmManager, kernel: Kernel) -> None:
        self.manager = manager
        self.session: socket.socket = kernel.session
        self._kernel = kernel

    def __enter__(self) -> WarmKernel:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Has it not ended yet? True also while it is coming up."""
        return self._kernel.alive

    @property
    def why_dead(self) -> str:
        """How it ended, in words that continue "The notebook's process ..."; "" while it has not."""
        return self._kernel.why_dead

    def interrupt(self) -> None:
        """Send SIGINT to the kernel and to programs that its cells started; does nothing where it has ended."""
        self._kernel.interrupt()

    def kill(self, reason: str = "was stopped") -> None:
        """End everything of this kernel; all of it and of what it wrote is gone on return. Raises SandboxError."""
        self._kernel.kill(reason)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait up to `timeout` seconds for its end; was there one?"""
        return self._kernel.wait(timeout)

    def disconnect(self) -> None:
        """Close Jupyter's sockets when no more cells will run: what the kernel then sends reaches nobody.

        Only where it was launched, in the thread in which it was used.
        """
        self.manager.context.destroy(linger=0)

    def close(self) -> None:
        """Kill it and free what this process holds of it. Only where it was launched, in the thread of its use."""
        self._kernel.close()
        self.disconnect()


def warm_kernel(sandbox: Sandbox, *, files: Mapping[str, bytes | Path], seed: int) -> WarmKernel:
    """Launch a kernel and give out what one needs to use it, before it is up. Raises what `Sandbox.launch` raises."""
    manager = WarmManager(sandbox=sandbox, files=dict(files), seed=seed)
    provisioner = WarmProvisioner(kernel_spec=manager.kernel_spec, parent=manager)
    kernel = provisioner.launch()
    manager.provisioner = provisioner
    manager.load_connection_info(provisioner.connection_info)
    return WarmKernel(manager, kernel)
