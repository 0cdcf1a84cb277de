"""What a check says to a student: the outcome, the diagnosis and up to three hints, as HTML and as text."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, field
from typing import Any

from course.kit.frontend import escape as _escape
from course.kit.frontend import marked as _marked
from course.kit.frontend import plain as _plain

CORRECT = "correct"
INCORRECT = "incorrect"
NOT_ATTEMPTED = "not attempted"

RESULT_MIME = "application/vnd.stable-exponentials.result+json"
"""Mime type under which a result travels in a notebook's outputs, for reports and score tables."""

# Dark text on a pale ground keeps a contrast above 7 whatever the front end's theme; the sign and the word carry the
# outcome, the colour only repeats it.
_LOOK = {
    CORRECT: ("✔", "#e3f3ec", "#00543c"),
    INCORRECT: ("✘", "#fbeee3", "#7a3300"),
    NOT_ATTEMPTED: ("○", "#eceff3", "#33404f"),
}


class CheckError(AssertionError):
    """Raised by `Result.require` in a grade cell when the answer is incorrect; the message is the student's."""


@dataclass(frozen=True)
class Result:
    """The outcome of checking one answer."""

    exercise: str
    """Name of the exercise or quiz question."""

    behaviour: str | None
    """The one behaviour that was checked, or None when all of them were."""

    outcome: str
    """`"correct"`, `"incorrect"` or `"not attempted"`."""

    message: str
    """What to tell the student, in a few sentences."""

    misconception: str | None = None
    """Name of the mistake where it is a known one."""

    title: str = ""
    """The mistake as a noun phrase, or an empty string."""

    details: tuple[tuple[str, str], ...] = ()
    """Pairs (label, text): the failing input, what came out, what kind of value was expected."""

    passed: tuple[str, ...] = ()
    """Behaviours that were checked and are right."""

    failed: tuple[str, ...] = ()
    """Behaviours that were checked and are wrong."""

    hints: tuple[str, ...] = field(default=(), repr=False)
    """Hints, each stronger than the one before."""

    ask: str = field(default="", repr=False)
    """The call that gives the hints, where no cell has a check to which the student could add one."""

    hidden: bool = False
    """Whether it comes from a case that is not shown; `require` then shows it only if something is wrong."""

    def __post_init__(self):
        if self.outcome not in _LOOK:
            raise ValueError(f"outcome is {self.outcome!r}; it must be one of {', '.join(_LOOK)}")

    def hint(self, n: int = 1) -> Hint:
        """Hint number `n`, from 1, which only points, to the last, which nearly tells."""
        if not self.hints:
            return Hint("There are no hints here.")
        if self.outcome == CORRECT:
            return Hint("✔ This is right: you need no hint any more. Take `.hint(…)` away to see the result.")
        if not isinstance(n, int) or not 1 <= n <= len(self.hints):
            if len(self.hints) == 1:
                return Hint("There is one hint: ask for .hint(1).")
            return Hint(f"There are {len(self.hints)} hints: ask for .hint(1) to .hint({len(self.hints)}).")
        return Hint(f"Hint {n} of {len(self.hints)}: {self.hints[n - 1]}")

    def require(self) -> None:
        """Show the result, then raise unless the answer is correct. For grade cells.

        Raises:
            CheckError: (an AssertionError) when the answer is incorrect.
            NotImplementedError: when there is no answer yet.
        """
        if not (self.hidden and self.outcome == CORRECT):
            _display(self)
        if self.outcome == INCORRECT:
            name = f"[{self.misconception}] " if self.misconception else ""
            raise _without_traceback(CheckError(f"{name}{self.message}"))
        if self.outcome == NOT_ATTEMPTED:
            raise _without_traceback(NotImplementedError(self.message))

    def as_dict(self) -> dict[str, Any]:
        """What a report needs: everything but the hints and how to ask for them."""
        data = asdict(self)
        del data["hints"], data["ask"]
        return data

    @property
    def _offer(self) -> str:
        """How to ask for a hint."""
        if self.ask:
            return f"Stuck? Run `{self.ask}` in a new cell."
        more = f"; there are {len(self.hints)}, each stronger than the last" if len(self.hints) > 1 else ""
        return f"Stuck? Add `.hint(1)` to the check{more}."

    @property
    def _mistake(self) -> str:
        """The mistake in words, and the name under which it is counted."""
        return f"{self.title} [{self.misconception}]" if self.misconception else self.title

    def __str__(self) -> str:
        sign = _LOOK[self.outcome][0]
        name = f" · {self.behaviour}" if self.behaviour else ""
        lines = [f"{sign} {self.exercise}{name}: {self.outcome}{f' ({self._mistake})' if self._mistake else ''}"]
        lines += textwrap.wrap(_plain(self.message), 100)
        lines += [f"  {label}: {text}" for label, text in self.details]
        if self.passed and self.failed:
            lines.append(f"  right so far: {', '.join(self.passed)}")
            lines.append(f"  still wrong: {', '.join(self.failed)}")
        if self.hints and self.outcome != CORRECT:
            lines.append(f"  {_plain(self._offer)}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        sign, ground, ink = _LOOK[self.outcome]
        name = f" · {_escape(self.behaviour)}" if self.behaviour else ""
        title = f" — {_marked(self._mistake)}" if self._mistake else ""
        if self.outcome == CORRECT and self.behaviour:
            # One of many grade cells in a row: a line is enough.
            return (
                f'<div role="status" style="background:{ground};color:{ink};border-left:6px solid {ink};'
                f'padding:.2em 1em;max-width:60em;"><strong>{sign} {_escape(self.exercise)}{name}: {self.outcome}'
                f"</strong> {_marked(self.message)}</div>"
            )
        parts = [
            f'<div role="status" style="background:{ground};color:{ink};border-left:6px solid {ink};'
            'padding:.6em 1em;margin:.3em 0;max-width:60em;line-height:1.45;">',
            f"<strong>{sign} {_escape(self.exercise)}{name}: {self.outcome}</strong>{title}",
            f'<div style="margin:.35em 0;">{_marked(self.message)}</div>',
        ]
        if self.details:
            rows = "".join(
                f'<div><strong>{_escape(label)}:</strong> <code style="background:transparent;color:{ink};'
                f'white-space:pre-wrap;">{_escape(text)}</code></div>'
                for label, text in self.details
            )
            parts.append(f'<div style="margin:.35em 0;">{rows}</div>')
        if self.passed and self.failed:
            parts.append(
                f"<div>✔ right so far: {_escape(', '.join(self.passed))}<br>"
                f"✘ still wrong: {_escape(', '.join(self.failed))}</div>"
            )
        if self.hints and self.outcome != CORRECT:
            parts.append(f"<div>{_marked(self._offer)}</div>")
        parts.append("</div>")
        return "".join(parts)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._repr_html_(), RESULT_MIME: self.as_dict()}


class Hint(str):
    """A hint's text; shows itself without quotes in a notebook."""

    def __repr__(self) -> str:
        return "\n".join(textwrap.wrap(_plain(str(self)), 100))

    def _repr_html_(self) -> str:
        return (
            '<div role="status" style="background:#eaf2fa;color:#12395b;border-left:6px solid #12395b;'
            f'padding:.6em 1em;max-width:60em;line-height:1.45;">{_marked(str(self))}</div>'
        )


def _display(result: Result) -> None:
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:  # a plain interpreter: the exception carries the message
        return
    if get_ipython() is not None:
        display(result)


def _without_traceback(error: Exception) -> Exception:
    """The same error, of which IPython shows the message only: its traceback would lead into the kit."""
    error._render_traceback_ = lambda: textwrap.wrap(f"{type(error).__name__}: {error}", 100)
    return error
