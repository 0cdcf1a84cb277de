"""Reaches a gradebook: looks at it without changing it, waits while it is locked, says what is wrong with it."""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from alembic.script import ScriptDirectory
from nbgrader.api import Assignment, BaseCell, Notebook
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from autograder.interrupts import let_through

PATIENCE = 60.0
"""Seconds to wait for a gradebook that another program has locked."""

_ONE_TRY = 5.0
_LOCKED = ("database is locked", "database table is locked", "database schema is locked")
_FULL = ("database or disk is full", "no space left", "quota exceeded")

Result = TypeVar("Result")


class RecordingError(RuntimeError):
    """A result that cannot be recorded; the message says in one line why, and what to do."""


class GradebookError(RecordingError):
    """A gradebook that cannot be used, so that there is no point in going on."""


class DiskFullError(RecordingError):
    """No room for results, so that there is no point in going on."""


def patiently(action: Callable[[], Result], patience: float, say: Callable[[str], None]) -> Result:
    """What `action` returns; it is tried again for `patience` seconds while the database is locked.

    Raises:
        GradebookError: if it stays locked, or fails in another way.
        DiskFullError: if there is no room.
    """
    until, told = time.monotonic() + patience, False
    while True:
        try:
            return action()
        except SQLAlchemyError as error:
            reason = _reason(error)
            if any(mark in reason.lower() for mark in _FULL):
                raise DiskFullError(FULL) from error
            if not any(mark in reason for mark in _LOCKED):
                raise GradebookError(f"the gradebook does not answer: {reason}") from error
            if time.monotonic() >= until:
                raise GradebookError(
                    f"the gradebook does not answer: another program has kept it locked for {patience:g} s; "
                    "close that program first"
                ) from error
            if not told:
                say(f"The gradebook is locked by another program; waiting up to {patience:g} s.")
                told = True
            let_through()
            time.sleep(min(0.1, patience))


FULL = "the disk is full: make room first"


def is_full(error: OSError) -> bool:
    """Whether there was no room for what was written."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def patient_url(db_url: str, patience: float = PATIENCE) -> str:
    """The URL for a connection that waits a few seconds at a time, so that one can say what it waits for."""
    url = make_url(db_url)
    if url.get_backend_name() == "sqlite":
        url = url.update_query_dict({"timeout": str(min(_ONE_TRY, patience))})
    return url.render_as_string(hide_password=False)


def check_gradebook(
    db_url: str,
    unit: str,
    *,
    patience: float = PATIENCE,
    say: Callable[[str], None] = print,
) -> set[tuple[str, str]]:
    """See whether results of the assignment `unit` can be recorded; nothing is changed.

    Returns:
        (notebook, cell) of everything that the gradebook knows of the assignment.

    Raises:
        GradebookError: if they cannot.
    """
    unreleased = f"the gradebook knows no assignment {unit}: run nbgrader generate_assignment {unit} first"
    file = sqlite_file(db_url)
    if file is not None and not file.is_file():
        raise GradebookError(f"there is no gradebook yet: run nbgrader generate_assignment {unit} first")
    engine = _reading_engine(db_url, file, patience)
    try:
        return patiently(lambda: _cells(engine, unit, unreleased), patience, say)
    finally:
        engine.dispose()


def sqlite_file(db_url: str) -> Path | None:
    """The file of an SQLite gradebook, None for other databases."""
    url = make_url(db_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _reading_engine(db_url: str, file: Path | None, patience: float) -> Engine:
    if file is None:
        try:
            return create_engine(db_url)
        except (SQLAlchemyError, ImportError) as error:
            raise GradebookError(f"the gradebook does not answer: {_reason(error)}") from error
    address = f"file:{quote(str(file.resolve()))}?mode=ro"
    return create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True, timeout=min(_ONE_TRY, patience))
    )


def _cells(engine: Engine, unit: str, unreleased: str) -> set[tuple[str, str]]:
    tables = inspect(engine).get_table_names()
    if Assignment.__tablename__ not in tables:
        raise GradebookError(unreleased)
    with Session(engine) as session:
        if "alembic_version" in tables:
            _check_version(session.execute(text("SELECT version_num FROM alembic_version")).scalars().first())
        identifier = session.scalar(select(Assignment.id).where(Assignment.name == unit))
        if identifier is None:
            raise GradebookError(unreleased)
        query = select(Notebook.name, BaseCell.name).join(BaseCell, BaseCell.notebook_id == Notebook.id)
        return {tuple(row) for row in session.execute(query.where(Notebook.assignment_id == identifier))}


def _check_version(version: str | None) -> None:
    scripts = ScriptDirectory(ALEMBIC_DIR)
    known = {script.revision for script in scripts.walk_revisions()}
    if version is not None and version not in known:
        raise GradebookError("the gradebook was made by a newer nbgrader: install that one, pip install -U nbgrader")
    if version not in scripts.get_heads():
        raise GradebookError("the gradebook was made by an older nbgrader: back it up, then run nbgrader db upgrade")


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).strip().split("\n")[0] or type(cause).__name__
