"""Every limit that a submission runs under, in one place; the command line and nbgrader_config.py can change them."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Limits:
    """Defaults leave an honest notebook of a torch course plenty of room on an old laptop."""

    cell_seconds: float = 60.0
    """Wall time of one cell, student's or grade cell, before it is interrupted."""

    notebook_seconds: float = 300.0
    """Wall time of one notebook, all its cells and all grade cells together; then what is left is not run."""

    replay_share: float = 0.7
    """How much of a notebook's wall time its own cells may use up; the rest is for grade cells."""

    call_seconds: float = 10.0
    """Wall time of one call into the student's process from a grade cell."""

    grace_seconds: float = 2.0
    """How long an interrupted kernel has to come back before it is killed."""

    cpu_seconds: int = 600
    """CPU time of one process of the student's."""

    memory_bytes: int = 4 * GIB
    """Memory of all processes of one submission together, and what each may allocate beyond the warm start."""

    processes: int = 128
    """Processes and threads of one submission."""

    file_bytes: int = 64 * MIB
    """Size of one file that student code writes."""

    disk_bytes: int = 256 * MIB
    """Everything that student code writes, which is kept in memory and thrown away."""

    open_files: int = 256
    """Open files of one process."""

    output_bytes: int = 1 * MIB
    """Text, pictures and everything else that one cell displays; what comes after is cut off."""

    message_bytes: int = 128 * MIB
    """One message between the grader and the student's process, either way."""

    message_items: int = 200_000
    """Numbers, strings and containers in one such message; the elements of an array count as one."""

    message_depth: int = 64
    """Containers within containers in one such message."""

    submission_bytes: int = 64 * MIB
    """Size of one file that is handed in; larger ones are left out."""

    submission_files: int = 200
    """Files of one submission; further ones are left out."""

    restarts: int = 6
    """How often a submission gets a new kernel after one of its cells killed it."""
