"""A student in front of a kernel: runs cells, reads what appears, moves sliders and presses buttons.

All of it goes by Jupyter's own messages, as a front end's does. Nothing is called inside the kernel, so what happens
there is what happens for a student.
"""

from __future__ import annotations

import json
import os
import queue
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

_PATIENCE = 500  # seconds for one cell; generous, for machines that do much else

# As Colab's launcher does, whose modules are there before the first cell runs.
_START = "{first}\nfrom ipykernel.kernelapp import launch_new_instance\nlaunch_new_instance()"


@dataclass
class Seen:
    """What one action of the student made appear."""

    text: str = ""
    """Everything printed or shown, as plain text."""

    errors: list[tuple[str, str]] = field(default_factory=list)
    """(exception's name, its text) of each traceback."""

    bundles: list[Mapping[str, Any]] = field(default_factory=list)
    """Everything displayed, by mime type."""

    notices: str = ""
    """What came over standard error."""

    @property
    def html(self) -> str:
        """All HTML that was displayed."""
        return "".join(bundle.get("text/html", "") for bundle in self.bundles)


class Student:
    """One notebook session. `models` holds the state of every widget, by model id, as a front end knows it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.models: dict[str, dict[str, Any]] = {}

    def run(self, source: str) -> Seen:
        """Run a cell to its end."""
        return self._follow(self._client.execute(source, stop_on_error=False))

    def set(self, model: str, **state: Any) -> Seen:
        """Change a widget's state, as by moving a slider."""
        self.models[model].update(state)
        return self._send(model, {"method": "update", "state": state, "buffer_paths": []})

    def click(self, model: str) -> Seen:
        """Press a button."""
        return self._send(model, {"method": "custom", "content": {"event": "click"}})

    def widgets(self, kind: str, within: str | None = None) -> list[str]:
        """Model ids of the widgets whose model is called `kind`, in the order they were made: all, or a box's."""
        ids = self.models if within is None else self._below(within)
        return [model for model in ids if self.models[model].get("_model_name") == kind]

    def _below(self, model: str) -> list[str]:
        children = [child.removeprefix("IPY_MODEL_") for child in self.models[model].get("children", ())]
        return [model, *(found for child in children for found in self._below(child))]

    def _send(self, model: str, data: Mapping[str, Any]) -> Seen:
        message = self._client.session.msg("comm_msg", {"comm_id": model, "data": data})
        self._client.shell_channel.send(message)
        return self._follow(message["header"]["msg_id"])

    def _follow(self, request: str) -> Seen:
        """Everything that a request causes, until the kernel is idle again."""
        seen = Seen()
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                message = self._client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"No answer within {_PATIENCE} s; so far: {seen.text[-2000:]}") from None
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return seen
            self._take(seen, kind, content, message.get("buffers") or [])

    def _take(self, seen: Seen, kind: str, content: Mapping[str, Any], buffers: list[Any]) -> None:
        if kind == "stream" and content["name"] == "stderr":
            seen.notices += content["text"]
        elif kind == "stream":
            seen.text += content["text"]
        elif kind in ("display_data", "execute_result"):
            seen.bundles.append(content["data"])
            seen.text += content["data"].get("text/plain", "") + "\n"
        elif kind == "error":
            seen.errors.append((content["ename"], content["evalue"]))
            seen.text += f"{content['ename']}: {content['evalue']}\n"
        elif kind == "comm_open":
            self.models[content["comm_id"]] = {}
            self._update(content["comm_id"], content["data"], buffers)
        elif kind == "comm_msg" and content["data"].get("method") == "update":
            self._update(content["comm_id"], content["data"], buffers)

    def _update(self, model: str, data: Mapping[str, Any], buffers: list[Any]) -> None:
        state = self.models[model]
        state.update(data.get("state", {}))
        for (name, *_), buffer in zip(data.get("buffer_paths", ()), buffers, strict=True):
            state[name] = bytes(buffer)


@contextmanager
def student(
    python: Path, folder: Path, spec: Path, *, first: str = "", wrapper: tuple[str, ...] = (), **environment: str
) -> Iterator[Student]:
    """A student whose notebook lies in `folder` and runs in the environment of the interpreter `python`.

    Args:
        python: the interpreter that the kernel runs in.
        folder: where the notebook lies.
        spec: an empty folder for the kernel's description.
        first: Python that runs in the kernel's process before the kernel does.
        wrapper: a command in front of the interpreter, such as a sandbox's.
        environment: variables on top of PATH and language.
    """
    argv = [*wrapper, str(python), "-c", _START.format(first=first), "-f", "{connection_file}"]
    (spec / "student").mkdir(parents=True)
    (spec / "student/kernel.json").write_text(json.dumps({"argv": argv, "display_name": "S", "language": "python"}))
    manager = KernelManager(kernel_name="student", kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(spec)]))
    inherited = {
        name: os.environ[name] for name in ("LANG", "LC_ALL", "OMP_NUM_THREADS", "TMPDIR") if name in os.environ
    }
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    manager.start_kernel(cwd=str(folder), env={**inherited, "PATH": path, **environment})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=_PATIENCE)
        yield Student(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
