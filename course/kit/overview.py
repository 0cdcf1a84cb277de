"""`course.progress()`: what the learner has passed across all units, as a picture, as a table and as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from course.kit import passed, syllabus
from course.kit.frontend import escape, interactive

PASSED, BEGUN, OPEN = "✔", "◐", "○"
_LEGEND = {PASSED: "passed", BEGUN: "partly right", OPEN: "not yet"}
_HEADS = {syllabus.EXERCISE: "exercises", syllabus.CLAIM: "claims", syllabus.QUESTION: "quiz"}


@dataclass(frozen=True)
class Standing:
    """How far the learner is with one item."""

    item: syllabus.Item
    right: int
    """How many of its parts were right once."""

    @property
    def sign(self) -> str:
        """One of `PASSED`, `BEGUN` and `OPEN`."""
        if self.right == len(self.item.parts):
            return PASSED
        return BEGUN if self.right else OPEN

    @property
    def share(self) -> str:
        """`"2 of 5"` where it is partly right, else an empty string."""
        return f"{self.right} of {len(self.item.parts)}" if self.sign == BEGUN else ""

    def __str__(self) -> str:
        return f"{self.sign} {self.item.name}{f' ({self.share})' if self.share else ''}"


@dataclass(frozen=True)
class Row:
    """One unit, and how far the learner is with each of its items."""

    unit: syllabus.Unit
    standings: tuple[Standing, ...]

    def of(self, kind: str) -> list[Standing]:
        """The standings of one kind of item."""
        return [standing for standing in self.standings if standing.item.kind == kind]

    @property
    def count(self) -> str:
        """`"3 of 16"`."""
        return _count(self.standings)


def progress() -> Overview:
    """What you have passed: exercises, claims of the fact-checks and quiz questions of all units.

    It is read from the file `stable-exponentials-progress.json` beside your notebooks. What was right once stays in it;
    what holds of the code that you have now is what its check says.
    """
    not_saved = passed.save() if interactive() else ""
    known, not_read = passed.passed()
    notes = [line for line in dict.fromkeys((not_saved, not_read)) if line]
    rows = []
    for unit in syllabus.units():
        try:
            rows.append(Row(unit, _standings(syllabus.items(unit), known.get(unit.package, {}))))
        except (ImportError, OSError) as error:  # OSError: a shared library of torch's that does not load
            notes.append(f"Unit {unit.number} cannot be shown: {error}. Your file keeps what you have passed there.")
    notes.append(_whereabouts())
    return Overview(tuple(rows), tuple(notes))


def _standings(items: tuple[syllabus.Item, ...], known: dict[str, list[str]]) -> tuple[Standing, ...]:
    return tuple(Standing(item, len(set(item.parts) & set(known.get(item.name, ())))) for item in items)


def _whereabouts() -> str:
    try:
        return f"It is kept in {passed.place()}, which never leaves this machine; deleting it harms nothing."
    except OSError:  # the working folder is gone
        return "There is no folder to keep it in."


def _count(standings: tuple[Standing, ...] | list[Standing]) -> str:
    return f"{sum(standing.sign == PASSED for standing in standings)} of {len(standings)}"


class Overview:
    """Rows of what was passed: a picture and a table in a notebook, text elsewhere."""

    def __init__(self, rows: tuple[Row, ...], notes: tuple[str, ...]) -> None:
        self.rows = rows
        self.notes = notes

    @property
    def line(self) -> str:
        """The whole in one sentence."""
        everything = [standing for row in self.rows for standing in row.standings]
        parts = [f"{head} {_count([s for s in everything if s.item.kind == kind])}" for kind, head in _HEADS.items()]
        return f"Passed: {_count(everything)} ({', '.join(parts)})."

    @property
    def alt(self) -> str:
        """What the picture shows, in words."""
        of_units = "; ".join(f"unit {row.unit.number}: {row.count}" for row in self.rows)
        return f"{self.line} {of_units}."

    def __str__(self) -> str:
        lines = [self.line]
        for row in self.rows:
            lines.append(f"Unit {row.unit.number}, {row.unit.title}: {row.count}")
            lines += [f"  {head}: {'  '.join(map(str, row.of(kind)))}" for kind, head in _HEADS.items() if row.of(kind)]
        lines.append("  ".join(f"{sign} {meaning}" for sign, meaning in _LEGEND.items()))
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        picture = self._picture()
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        shown = picture.html() if picture else f"<p>{escape(self.line)}</p>"
        return {"text/plain": str(self), "text/html": f"{shown}{self._table()}{notes}"}

    def _picture(self) -> Any:
        """The picture, or None where matplotlib is missing or there is nothing to draw."""
        try:
            from course.kit.overview_picture import draw
            from course.kit.picture import Picture
        except ImportError:
            return None
        return Picture(draw(self.rows, list(_HEADS.items())), self.alt) if self.rows else None

    def _table(self) -> str:
        style = 'style="text-align:left;padding:.25em .8em .25em 0;vertical-align:top;"'
        heads = "".join(f'<th scope="col" {style}>{head}</th>' for head in ("unit", *_HEADS.values(), "passed"))
        body = ""
        for row in self.rows:
            body += f'<tr><th scope="row" {style}>{row.unit.number} {escape(row.unit.title)}</th>'
            for kind in _HEADS:
                body += f"<td {style}>{'<br>'.join(escape(standing) for standing in row.of(kind))}</td>"
            body += f"<td {style}>{row.count}</td></tr>"
        legend = " · ".join(f"{sign} {meaning}" for sign, meaning in _LEGEND.items())
        return (
            "<details><summary>The same as a table, with names</summary>"
            f"<table><caption>{legend}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></details>"
        )
