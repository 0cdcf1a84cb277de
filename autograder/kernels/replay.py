"""Phase one of grading: runs a student's notebook, without its grade cells, in a kernel from the nursery."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_notebook, new_output

from autograder.channel.remote import Remote
from autograder.limits import Limits
from autograder.provisioner import WarmKernel

TIMED_OUT = "CellTimeoutError"
DIED = "DeadKernelError"

SMALLEST_MESSAGE = 256
"""Bytes that the shortest output counts as, so that a million empty ones are too many too."""

FLOOD = 8
"""A cell that displays this many times its limit is interrupted."""


class ReplayError(RuntimeError):
    """A notebook that cannot be run at all; the message says why, in words for a teacher."""


class _Client(NotebookClient):
    """nbclient, with limits on what a cell displays and with every error among the cell's outputs."""

    def __init__(self, notebook: NotebookNode, kernel: WarmKernel, limits: Limits, deadline: float):
        super().__init__(
            notebook,
            km=kernel.manager,
            allow_errors=True,
            skip_cells_with_tag="",
            store_widget_state=False,
            timeout_func=lambda cell: max(1.0, min(limits.cell_seconds, deadline - time.monotonic())),
            interrupt_on_timeout=True,
            error_on_timeout={"ename": TIMED_OUT, "evalue": "", "traceback": []},
            on_cell_executed=self._note_time,
        )
        self.log.setLevel(logging.CRITICAL)
        self._kernel = kernel
        self._limits = limits
        self._displayed: dict[int, int] = {}
        self.timed_out = False

    def process_message(self, msg, cell, cell_index):
        """Count what is displayed, and drop what is too much; nbclient's contract."""
        if msg["msg_type"] not in ("status", "execute_input"):
            limit = self._limits.output_bytes
            before = self._displayed.get(cell_index, 0)
            now = before + max(SMALLEST_MESSAGE, _size(msg["content"]))
            self._displayed[cell_index] = now
            if now > limit:
                if before <= limit:
                    cell.outputs.append(new_output("stream", name="stdout", text=_cut(limit)))
                if before <= FLOOD * limit < now:
                    self._kernel.interrupt()
                return None
        return super().process_message(msg, cell, cell_index)

    def _note_time(self, cell, cell_index, execute_reply):
        """Remember a cell that ran into its time limit, for which nbclient makes up a reply without a header, and one
        that asked for the kernel's end, which comes later."""
        payload = execute_reply["content"].get("payload") if execute_reply is not None else None
        if any(isinstance(part, dict) and part.get("source") == "ask_exit" for part in payload or ()):
            self._kernel.kill("was ended by `exit` or `quit`")
        if execute_reply is not None and "header" not in execute_reply:
            self.timed_out = True
            said = f"This cell was stopped after {self._limits.cell_seconds:g} seconds."
            cell.outputs.append(new_output("error", ename=TIMED_OUT, evalue=said, traceback=[f"{TIMED_OUT}: {said}"]))


class Replay:
    """The student's side of one notebook: cells that were run, and a session that remembers each grade cell's place.

    A cell that kills its kernel costs itself alone: a new kernel runs the others again, without it.
    """

    def __init__(
        self,
        cells: Sequence[NotebookNode],
        places: Sequence[int],
        launch: Callable[[], WarmKernel],
        limits: Limits,
        deadline: float,
    ):
        """`cells` are changed in place: code cells get their outputs. `places` are the indices of the cells that are
        bookmarked instead of run, `deadline` is the time.monotonic() at which the whole notebook has to be done, of
        which cells get `limits.replay_share`."""
        self.cells = cells
        self.places = frozenset(places)
        self.limits = limits
        self.deadline = deadline
        self.late: list[int] = []
        """Cells that were not run, because the time was used up."""

        self.restarts = 0
        self.remote: Remote | None = None
        self.kernel: WarmKernel | None = None
        self.seconds = 0.0
        self.starting = 0.0
        self._launch = launch
        self._cells_until = deadline - (1 - limits.replay_share) * (deadline - time.monotonic())
        self._loop = asyncio.new_event_loop()
        # nbclient leaves tasks of a kernel that was killed behind; what they say is of no interest any more.
        self._loop.set_exception_handler(lambda loop, context: logging.getLogger(__name__).debug("%s", context))
        self._deadly: set[int] = set()
        self._client: _Client | None = None
        self._seen: set[int] = set()
        self._gave_up = False

    def run(self) -> None:
        """Run all cells, in a new kernel; again after each death, until one comes through or restarts are used up.

        Raises:
            ReplayError: if no kernel comes through.
        """
        while True:
            began = time.monotonic()
            try:
                killer = self._loop.run_until_complete(self._play())
            finally:
                self.seconds += time.monotonic() - began
            if killer is None:
                return
            why = self.kernel.why_dead or "the kernel ended"
            self._deadly.add(killer)
            self._seen.add(killer)
            self.cells[killer].outputs = [*self.cells[killer].get("outputs", []), _death(why)]
            try:
                self.restart(why)
            except ReplayError:
                if self._gave_up:
                    raise
                self._give_up(why)

    def _give_up(self, why: str) -> None:
        """Leave out every cell that has not come through yet, for one last run: what did come through counts."""
        self._gave_up = True
        for index, cell in enumerate(self.cells):
            if cell.cell_type == "code" and index not in self._seen | self.places:
                self._deadly.add(index)
                cell.outputs = [_death(f"not run, as cells before it ended {self.restarts} kernels ({why})")]

    def restart(self, why: str) -> None:
        """Throw the kernel away, so that `run` starts another.

        Raises:
            ReplayError: if that has happened too often.
        """
        self._end_kernel()
        self.restarts += 1
        if self.restarts > self.limits.restarts:
            raise ReplayError(f"its code ended the kernel {self.restarts} times ({why}), so the rest was not run")

    def run_grade_cell(self, index: int) -> None:
        """Run a grade cell in the student's process, as its instructor wants; it gets its outputs there."""
        self._answers(lambda: self.remote.restore(str(index)))
        self._loop.run_until_complete(self._execute(index))

    def disconnect(self) -> None:
        """Say that no more cells will be run in this kernel: what it sends to Jupyter's sockets now, to fill this
        process, reaches nobody."""
        if self.kernel is not None:
            self._client.kc.stop_channels()
            self.kernel.disconnect()

    def close(self) -> None:
        """End the kernel and everything that it started."""
        self._end_kernel()
        self._loop.close()

    def _end_kernel(self) -> None:
        if self.remote is not None:
            self.remote.close()
        if self._client is not None and self._client.kc is not None:
            self._client.kc.stop_channels()
            self._client.kc.context.destroy(linger=0)
        if self.kernel is not None:
            self.kernel.kill()
        self._client = self.kernel = self.remote = None

    async def _play(self) -> int | None:
        """One run; the index of the cell that killed the kernel, or None."""
        began = time.monotonic()
        self.kernel = kernel = self._launch()
        self.remote = Remote(kernel.session, interrupt=kernel.interrupt, kill=kernel.kill, limits=self.limits)
        self._client = _Client(new_notebook(cells=list(self.cells)), kernel, self.limits, self._cells_until)
        try:
            await self._client.async_start_new_kernel_client()
        except RuntimeError as error:
            raise ReplayError(f"its kernel did not start: {error}") from error
        self.starting += time.monotonic() - began
        for index, cell in enumerate(self.cells):
            if index in self.places:
                if not self._answers(lambda key=str(index): self.remote.bookmark(key)):
                    return self._last_run(index)
            elif cell.cell_type == "code" and index not in self._deadly and not await self._execute(index):
                return index
        return None

    def _answers(self, request: Callable[[], None]) -> bool:
        """Whether the session still does what it is asked; a kernel in which it does not is of no use, and is ended."""
        try:
            request()
        except Exception as error:  # no answer, or one that is an error: student code has got at the session
            logging.getLogger(__name__).debug("the session: %r", error)
        else:
            return True
        self.kernel.kill()
        return False

    def _last_run(self, index: int) -> int:
        """The last code cell before `index` that was run: the one that left something behind which ended the kernel."""
        ran = [
            i
            for i in range(index)
            if i not in self.places and i not in self._deadly and self.cells[i].cell_type == "code"
        ]
        return max(ran, default=index)

    async def _execute(self, index: int) -> bool:
        """Run one cell and keep its outputs, if it runs for the first time; whether the kernel is still there."""
        cell = self.cells[index]
        if index not in self.places and time.monotonic() > self._cells_until:
            if index not in self._seen:
                self.late.append(index)
                cell.outputs = [_late(self.limits)]
            return True
        kept = cell.get("outputs", [])
        self._client.timed_out = False
        try:
            await self._client.async_execute_cell(cell, index)
            cell.outputs = _merged(cell.outputs)
        except DeadKernelError:
            pass
        except Exception as error:  # messages that are none: the student's process can send anything
            logging.getLogger(__name__).debug("cell %d: %s", index, error)
            self.kernel.kill()
        if self._client.timed_out:
            # Whether it came back from the interrupt shows in whether it still answers.
            self._answers(lambda: self.remote.bookmark("after a time limit"))
        alive = self.kernel.alive and not self.remote.dead
        if index in self._seen:
            cell.outputs = kept
        elif alive:
            self._seen.add(index)
        return alive


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs with what was printed in one piece for each stream, as a terminal would show it.

    nbclient has an option for this, which takes for ever on a single long line.
    """
    kept: list[NotebookNode] = []
    streams: dict[str, list[str]] = {}
    for output in outputs:
        if output.output_type != "stream":
            kept.append(output)
        elif output.name in streams:
            streams[output.name].append(output.text)
        else:
            streams[output.name] = [output.text]
            kept.append(output)
    for output in kept:
        if output.output_type == "stream":
            lines = "".join(streams[output.name]).split("\n")
            # A carriage return goes back to the start of the line, and what follows is written over it.
            output.text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return kept


def _size(content: dict) -> int:
    """About how many bytes a message's content has."""
    data = content.get("data")
    parts = [*(data.values() if isinstance(data, dict) else ()), content.get("text"), content.get("traceback")]
    return sum(len(part) if isinstance(part, str) else len(str(part)) for part in parts if part is not None)


def _cut(limit: int) -> str:
    return f"\n… and more than the {limit // 1024} kB that one cell may display; the rest was cut off.\n"


def _death(why: str) -> NotebookNode:
    said = f"The kernel ended while this cell ran: {why}."
    return new_output("error", ename=DIED, evalue=said, traceback=[f"{DIED}: {said}"])


def _late(limits: Limits) -> NotebookNode:
    seconds = limits.replay_share * limits.notebook_seconds
    said = f"Not run: the cells above had used up the {seconds:g} seconds that a notebook's cells have."
    return new_output("error", ename=TIMED_OUT, evalue=said, traceback=[f"{TIMED_OUT}: {said}"])
