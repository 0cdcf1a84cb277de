"""Collects what a grade cell prints and displays, in the form in which notebooks keep it."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.channel.remote import is_proxy
from autograder.judging.verdicts import CORRECT, NOT_ATTEMPTED
from autograder.results import results_of
from course.kit.feedback import RESULT_MIME, Result

WITHHELD = "A test that the notebook does not show failed on this answer."
"""What stands in place of everything that a hidden test says."""

_PICTURES = ("image/png", "image/jpeg")

_HARMLESS_MAGICS = frozenset(["matplotlib", "config", "load_ext", "reload_ext", "autoreload", "precision", "pylab"])


class NeedsStudentProcessError(RuntimeError):
    """A grade cell asks for something that only the student's kernel has."""


class Recorder:
    """The outputs of one cell, in order.

    Once the student's side may have seen a hidden test (`secret`), whatever it gives can carry what it saw. Then
    nothing is recorded but the results of checks that went wrong, without anything in them that it chose.
    """

    def __init__(self, limit: int):
        """`limit` is in bytes, for all outputs together."""
        self.outputs: list[dict[str, Any]] = []
        self.muted = False
        self.secret = False
        self._left = limit
        self._limit = limit
        self._by_id: dict[str, dict[str, Any]] = {}

    def write(self, text: str) -> None:
        """Add text to standard output."""
        if self.muted or self.secret or not text or self._left < 0:
            return
        self._print(text[: max(self._left, 0)])
        self._left -= len(text)
        if self._left < 0:
            self._print(f"\n… and more than the {self._limit // 1024} kB that one cell may display.\n")

    def display(self, data: dict[str, Any], *, display_id: str | None = None, update: bool = False) -> None:
        """Add a display, or change the one that has this id."""
        kept = discreet(data) if self.secret else shown(data)
        if self.muted or self._left < 0 or not kept:
            return
        self._left -= sum(len(str(part)) for part in kept.values())
        if self._left < 0:
            return
        if update and display_id in self._by_id:
            self._by_id[display_id]["data"] = kept
            return
        output = {"output_type": "display_data", "data": kept, "metadata": {}}
        self.outputs.append(output)
        if display_id:
            self._by_id[display_id] = output

    def clear(self) -> None:
        """Forget everything so far, as IPython's `clear_output` does."""
        self.outputs.clear()
        self._by_id.clear()

    def _print(self, text: str) -> None:
        if not self.outputs or self.outputs[-1]["output_type"] != "stream":
            self.outputs.append({"output_type": "stream", "name": "stdout", "text": ""})
        self.outputs[-1]["text"] += text


def shown(data: dict[str, Any]) -> dict[str, Any]:
    """The parts of a display that are safe in any browser: text, pictures, and all of a check's own result."""
    if RESULT_MIME in data:
        return {mime: data[mime] for mime in ("text/plain", "text/html", RESULT_MIME) if mime in data}
    return {mime: part for mime, part in data.items() if mime in ("text/plain", *_PICTURES) and isinstance(part, str)}


def discreet(data: dict[str, Any]) -> dict[str, Any]:
    """What of a check's result is the course's own words: the outcome, and the mistake where it is a known one."""
    (result,) = results_of({"outputs": [{"data": data}]}) or [None]
    if result is None or result.outcome == CORRECT:
        return {}
    fields = data[RESULT_MIME]
    exercise, behaviour = (fields[key] if isinstance(fields.get(key), str) else "" for key in ("exercise", "behaviour"))
    told = f"{WITHHELD} {result.title}." if result.title else WITHHELD
    told = result.message if result.outcome == NOT_ATTEMPTED else told
    return Result(
        exercise, behaviour or None, result.outcome, told, result.misconception or None, result.title
    )._repr_mimebundle_()


def parts_of(value: object) -> dict[str, Any]:
    """How IPython shows a value: as text always, and as a picture or a check's result where it is one."""
    data, _ = get_shell().display_formatter.format(value)
    return {"text/plain": f"<{type(value).__name__}>", **shown(data)}


@contextlib.contextmanager
def captured(recorder: Recorder) -> Iterator[None]:
    """Send everything that is printed and displayed to the recorder; standard error costs nothing and goes nowhere."""
    shell = get_shell()
    before = sys.stdout, sys.stderr, sys.stdin
    sys.stdout, sys.stderr, sys.stdin = _Stdout(recorder), _Nowhere(), io.StringIO()
    shell.display_pub.recorder = recorder
    try:
        yield
    finally:
        sys.stdout, sys.stderr, sys.stdin = before
        shell.display_pub.recorder = None


def get_shell() -> InteractiveShell:
    """The shell that `get_ipython()` gives in a grade cell; made at the first call."""
    if not _Shell.initialized():
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        _Shell.instance(config=config)
    return _Shell.instance()


class _Stdout(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, recorder: Recorder):
        self._recorder = recorder

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._recorder.write(text)
        return len(text)


class _Nowhere(io.TextIOBase):
    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


class _Publisher(DisplayPublisher):
    recorder: Recorder | None = None

    def publish(self, data, metadata=None, *, transient=None, update=False, **_):
        """IPython's contract."""
        if self.recorder is not None:
            self.recorder.display(data, display_id=(transient or {}).get("display_id"), update=update)

    def clear_output(self, wait=False):
        """IPython's contract."""
        if self.recorder is not None:
            self.recorder.clear()


class _Formatter(DisplayFormatter):
    def format(self, obj, include=None, exclude=None):
        """IPython's contract. An object of the student's is asked for nothing: it could answer anything."""
        if is_proxy(obj):
            return {"text/plain": f"<{getattr(obj, '__name__', 'an object')} of the answer>"}, {}
        return super().format(obj, include, exclude)


class _Shell(InteractiveShell):
    """No kernel and no terminal: it displays, and has nothing on disk."""

    display_pub_class = _Publisher

    def init_ipython_dir(self, ipython_dir):
        """Have none."""

    def init_profile_dir(self, profile_dir):
        """Have none."""

    def init_virtualenv(self):
        """Leave sys.path alone."""

    def init_sys_modules(self):
        """Leave sys.modules alone."""

    def init_display_formatter(self):
        """IPython's contract."""
        self.display_formatter = _Formatter(parent=self)
        self.configurables.append(self.display_formatter)

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        """IPython's contract; only what changes nothing but the front end is let through."""
        if magic_name not in _HARMLESS_MAGICS:
            raise NeedsStudentProcessError(f"%{magic_name}")

    def run_cell_magic(self, magic_name, line, cell):
        """IPython's contract."""
        raise NeedsStudentProcessError(f"%%{magic_name}")

    def system(self, cmd):
        """IPython's contract."""
        raise NeedsStudentProcessError(f"!{cmd}")

    def getoutput(self, cmd, split=True, depth=0):
        """IPython's contract."""
        raise NeedsStudentProcessError(f"!{cmd}")
