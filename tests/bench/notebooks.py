"""How long the instructor notebooks take from top to bottom: each in a kernel of its own, and in warm ones."""

from __future__ import annotations

import copy
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.kernels.sandbox import DEFAULT_PRELOAD, Sandbox
from autograder.limits import Limits
from autograder.provisioner import warm_kernel
from tests.notebooks import ROOT, errors, run, source


def main(units: Sequence[str] = (), say: Callable[[str], None] = print) -> list[tuple[str, float, float]]:
    """Execute the instructor notebooks of `units` (all where none is given), print and return their wall seconds.

    A row is the unit, its time in a kernel that is started for it, and in one that the grader's nursery forks, with the
    seven units' packages and torch imported already. Raises RuntimeError where a cell fails.
    """
    units = units or sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
    say("| unit | fresh kernel, s | warm kernel, s |\n|---|---|---|")
    packages = [f"course.{unit.partition('-')[2].replace('-', '_')}" for unit in units]
    rows = []
    with (
        Sandbox(Limits(), environment={"OMP_NUM_THREADS": "2"}, preload=[*DEFAULT_PRELOAD, *packages]) as warm,
        tempfile.TemporaryDirectory(prefix="notebooks-") as folder,
    ):
        _warm(warm, units[0])  # the first kernel waits until the nursery has imported everything
        for unit in units:
            rows.append((unit, _timed(unit, partial(_fresh, Path(folder))), _timed(unit, partial(_warm, warm))))
            say("| {} | {:.1f} | {:.1f} |".format(*rows[-1]))
    say(f"| together | {sum(row[1] for row in rows):.1f} | {sum(row[2] for row in rows):.1f} |")
    return rows


def _timed(unit: str, execute: Callable[[str], NotebookNode]) -> float:
    began = time.monotonic()
    failed = errors(execute(unit))
    seconds = time.monotonic() - began
    if failed:
        raise RuntimeError(f"{unit}: cell {failed[0][0]} raised {failed[0][1]}: {failed[0][2]}")
    return seconds


def _fresh(folder: Path, unit: str) -> NotebookNode:
    return run(source(unit), folder)


def _warm(sandbox: Sandbox, unit: str) -> NotebookNode:
    notebook = copy.deepcopy(source(unit))
    with warm_kernel(sandbox, files={}, seed=1) as kernel:
        NotebookClient(notebook, km=kernel.manager, timeout=120, allow_errors=True).execute()
    return notebook
