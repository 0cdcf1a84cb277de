"""The names that a grade cell sees: its own, the instructor's, Python's, and only then the student's."""

from __future__ import annotations

import builtins
import pickle
import sys
import types
from collections.abc import Iterable
from typing import Any

from IPython import get_ipython

from autograder.channel.remote import Missing, Remote, is_proxy
from autograder.slicing.slices import Handover, Ownership, Slice


class MissingAnswerError(NameError):
    """A grade cell needs a name that the notebook does not bind."""


class InstructorCellError(RuntimeError):
    """A statement of the instructor's that a grade cell depends on failed, and not because of the student."""


class Namespace(dict):
    """The globals of a grade cell: a dict that knows where names come from that it does not hold.

    Python's instructions for global names ask `__missing__` of a subclass of dict, module-level stores and deletions
    call `__setitem__` and `__delitem__`. The body of a class asks for neither, so names in one are looked up before.
    """

    def __init__(self, slice_: Slice, remote: Remote):
        super().__init__(__name__="__main__", __builtins__=builtins, __doc__=None, get_ipython=get_ipython)
        # `__missing__` would leave these to Python in the end; this way they cost what they cost elsewhere.
        self.update({name: getattr(builtins, name) for name in slice_.builtins})
        self.asked: set[str] = set()
        """Names that were looked up among the student's."""
        self._slice = slice_
        self._remote = remote
        self._ownership: Ownership = slice_.ownership
        self._failed: dict[str, BaseException] = {}
        self._found: dict[str, _Found] = {}
        self._deleted: set[str] = set()

    @property
    def saw_data(self) -> bool:
        """Whether anything of the student's that is no function or object was looked up, or nothing was found."""
        return len(self._found) < len(self.asked) or any(f.fingerprint is not None for f in self._found.values())

    def prepare(self) -> None:
        """Run what the cell depends on, as in the notebook: a statement that fails ends its cell, not the next one."""
        broken: dict[int, BaseException] = {}
        for step in self._slice.steps:
            if isinstance(step, Handover):
                for name in step.names:
                    self.pop(name, None)
                    self._failed.pop(name, None)
                continue
            self._ownership = step.ownership
            if step.cell not in broken:
                try:
                    self._bind_for_classes(step.in_classes)
                    exec(step.code, self)
                except (Exception, SystemExit) as error:
                    broken[step.cell] = self._blamed(error, step.place)
            if step.cell in broken:
                self._failed.update({n: broken[step.cell] for n in step.binds if not dict.__contains__(self, n)})
        self._ownership = self._slice.ownership
        self._bind_for_classes(self._slice.in_classes - self._slice.binds)

    def __missing__(self, name: str) -> Any:
        if name in self._failed:
            raise self._failed[name]
        if name in self._deleted or not self._may_be_student(name):
            raise KeyError(name)
        return self._of_student(name)

    def __contains__(self, name: object) -> bool:
        if dict.__contains__(self, name):
            return True
        if not isinstance(name, str) or name in self._deleted or not self._may_be_student(name):
            return False
        try:
            self._of_student(name)
        except MissingAnswerError:
            return False
        return True

    def get(self, name: str, default: Any = None) -> Any:
        """As of any dict."""
        try:
            return self[name]
        except (KeyError, MissingAnswerError):
            return default

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._deleted.discard(name)
        # Their own object put back, or a function in its place: their other functions call it by this name. Other
        # values stay here; they may be what a hidden test expects.
        if (name in self._found or name in self._ownership.students) and (is_proxy(value) or callable(value)):
            self._remote.assign(name, value)

    def __delitem__(self, name: str) -> None:
        held = dict.__contains__(self, name)
        if held:
            super().__delitem__(name)
        if name in self._found or name in self._ownership.students:
            try:
                self._remote.delete(name)
            except Missing:
                if not held:
                    raise KeyError(name) from None
            self._found.pop(name, None)
            self._deleted.add(name)
        elif not held:
            raise KeyError(name)

    def _bind_for_classes(self, names: Iterable[str]) -> None:
        for name in names:
            if dict.__contains__(self, name) or not self._may_be_student(name):
                continue
            try:
                super().__setitem__(name, self._of_student(name))
            except MissingAnswerError:
                self.asked.discard(name)

    def _may_be_student(self, name: str) -> bool:
        if name.startswith("__") and name.endswith("__"):
            return False
        if name in self._ownership.students:
            return True
        return name not in self._ownership.instructors and not hasattr(builtins, name)

    def _of_student(self, name: str) -> Any:
        """What the name is in the student's process. Data that a call may have changed since is fetched anew; unless it
        has changed there, it stays the same object here."""
        self.asked.add(name)
        before = self._found.get(name)
        if before is not None and (before.calls == self._remote.calls or before.fingerprint is None):
            return before.value
        try:
            value = self._remote.lookup(name)
        except Missing:
            raise MissingAnswerError(f"name {name!r} is not defined", name=name) from None
        now = _Found(value, self._remote.calls, _fingerprint(value))
        if before is not None and before.fingerprint == now.fingerprint:
            now.value = before.value
        self._found[name] = now
        return now.value

    def _blamed(self, error: BaseException, place: str) -> BaseException:
        """The error as the grade cell shall see it."""
        if getattr(error, "remote", False) or (self.asked and not isinstance(error, ImportError)):
            return error
        wrapped = InstructorCellError(f"{place} failed with {type(error).__name__}: {error}")
        wrapped.__cause__ = error
        return wrapped


class _Found:
    def __init__(self, value: Any, calls: int, fingerprint: int | None):
        self.value = value
        self.calls = calls
        self.fingerprint = fingerprint


def _fingerprint(value: Any) -> int | None:
    """Equal for data that is equal in every bit; None for what stays on the student's side."""
    if is_proxy(value) or callable(value):
        return None
    try:
        return hash(pickle.dumps(value))
    except Exception:  # a proxy somewhere inside refuses in its own way
        return None


class MainModule(types.ModuleType):
    """What a grade cell sees as the module `__main__`."""

    def __init__(self, namespace: Namespace):
        super().__init__("__main__")
        self.__dict__["_namespace"] = namespace

    def __getattr__(self, name: str) -> Any:
        try:
            return self._namespace[name]
        except (KeyError, MissingAnswerError):
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return sorted(self._namespace)


def install_main(namespace: Namespace) -> None:
    """Make it the module `__main__` of this process, for unittest, pickle and dataclasses."""
    sys.modules["__main__"] = MainModule(namespace)
