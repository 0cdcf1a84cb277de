"""Runs a command and says which processes it left behind: `python reaper.py SECONDS FILE COMMAND…`."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_GRACE_SECONDS = 2.0
TIMED_OUT = 124


def main(seconds: float, file: Path, command: list[str]) -> int:
    """Orphans of the command become children of this process, which lists them in `file`, as JSON, and ends them."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    process = subprocess.Popen(command)
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        status = TIMED_OUT
        process.kill()
        process.wait()
    deadline = time.monotonic() + _GRACE_SECONDS
    while _children() and time.monotonic() < deadline:
        _collect()
        time.sleep(0.05)
    left = []
    while children := _children():
        for child in children:
            left.append(Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    file.write_text(json.dumps(left), encoding="utf-8")
    return status


def _children() -> list[int]:
    me = os.getpid()
    return [int(child) for child in Path(f"/proc/{me}/task/{me}/children").read_text().split()]


def _collect() -> None:
    """Wait for those that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
