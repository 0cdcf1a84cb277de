"""A Jupyter kernel in a process that was forked, confined, and given its sockets by the grader.

ipykernel does the work. What differs: the five sockets were made outside and come as descriptors, so that the sandbox
shares no folder with anyone; there is no connection file, no heartbeat (the grader watches the process itself) and no
history; and after the first cells the grader talks to the notebook's functions over a further socket (`session`).
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import zmq
from ipykernel.kernelapp import IPKernelApp
from traitlets import List
from traitlets.config import Config

from autograder.channel import session
from autograder.kernels import confinement
from autograder.kernels.capped_stream import SPARE, CappedStream


class SandboxedKernelApp(IPKernelApp):
    """ipykernel's application, listening on descriptors that were handed to it."""

    outstream_class = "autograder.kernels.capped_stream.CappedStream"
    listeners = List(help="descriptors of listening sockets, by port from 1")

    def _try_bind_socket(self, s: zmq.Socket, port: int) -> int:
        s.setsockopt(zmq.USE_FD, self.listeners[port - 1])
        # The grader's ends hold few messages, so that a flood stays in this process's memory; none may be lost here.
        s.setsockopt(zmq.SNDHWM, 0)
        return super()._try_bind_socket(s, port)

    def init_control(self, context: zmq.Context) -> None:
        super().init_control(context)
        # The debugger's socket would look for the shell's address, which names nothing in here, ten times a second.
        address = self.shell_socket.getsockopt(zmq.LAST_ENDPOINT)
        debugger = getattr(self, "debug_shell_socket", None)
        if debugger is not None and address:
            debugger.disconnect(address)

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """There is none."""

    def load_config_file(self, suppress_errors: bool | None = None) -> None:
        """There is none: the home folder is empty."""

    def init_connection_file(self) -> None:
        """There is none."""

    def write_connection_file(self, **kwargs: Any) -> None:
        """There is none."""

    def init_heartbeat(self) -> None:
        """There is none."""


def _reseed(seed: int) -> None:
    """Give each notebook random numbers of its own: a fork would go on with the nursery's."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    if "torch" in sys.modules:
        # Not torch.manual_seed: it goes through every kind of accelerator, which takes as long as confinement does.
        sys.modules["torch"].default_generator.manual_seed(seed % 2**63)


def prepare(
    launch: Mapping[str, Any], fds: Sequence[int], limits: Mapping[str, int], kept: Sequence[str], home: str
) -> SandboxedKernelApp:
    """Confine this process and make its kernel, ready to be started.

    Args:
        launch: "identity", "connection" and "seed", as `sandbox.Sandbox.launch` sends them.
        fds: the packed files, the session's socket, and Jupyter's listening sockets.
        limits: see `confinement.limit`; also "disk_bytes" and "output_bytes".
        kept: see `confinement.enter`.
        home: a folder to live in without any confinement; "": be confined.

    Raises OSError and whatever keeps ipykernel from starting.
    """
    files, for_session, *listeners = fds
    if home:
        os.environ["HOME"] = home
        work = Path(home, "work")
        work.mkdir()
        confinement.unpack(files, work)
        os.chdir(work)
    else:
        confinement.enter(launch["identity"], files, limits["disk_bytes"], kept)
    _reseed(launch["seed"])
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    CappedStream.most = SPARE * limits["output_bytes"]
    quiet = Config({"HistoryManager": {"enabled": False}, "IPKernelApp": {"log_level": "CRITICAL"}})
    application = SandboxedKernelApp.instance(config=quiet, listeners=listeners)
    application.load_connection_info(dict(launch["connection"]))
    application.initialize([])
    if "matplotlib.pyplot" in sys.modules:
        # What pyplot does when it is imported inside a kernel, and could not do in the nursery.
        application.shell.enable_matplotlib("inline")
    confinement.limit(limits)
    session.attach(socket.socket(fileno=for_session), application.shell, loop)
    return application
