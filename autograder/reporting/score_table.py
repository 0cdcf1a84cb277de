"""Shows a graded class as a table: as text for a terminal, as CSV, and as one HTML page that needs nothing else."""

from __future__ import annotations

import csv
import html
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from autograder.pages.shown_text import plain, spreadsheet_cell
from autograder.reporting.gradebook import BY_HAND, NOT_GRADED, Outcome, Row
from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED

SIGNS = {CORRECT: "✔", INCORRECT: "✘", NOT_ATTEMPTED: "○", BY_HAND: "✎", NOT_GRADED: "–"}

MOST_COMMON = 5
"""How many misconceptions the summary line lists."""

_LEGEND = " · ".join(f"{sign} {outcome}" for outcome, sign in SIGNS.items())
_NUMBERED = re.compile(r"(.+?)-\d+")


def text_table(rows: Sequence[Row], width: int = 100) -> str:
    """The class as lines of at most `width` characters, save where the columns alone need more.

    Under a student's scores stand the misconceptions that were named, what was said of other mistakes and, after an
    exclamation mark, what needs a look.
    """
    rows = list(rows)
    body = [[row.student, _points(row), *(_mark(outcome) for outcome in _folded(row))] for row in rows]
    head = ["student", "score", *(outcome.exercise for outcome in (_folded(rows[0]) if rows else ()))]
    widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
    lines = [_line(head, widths), "  ".join("─" * w for w in widths)]
    for row, cells in zip(rows, body, strict=True):
        lines.append(_line(cells, widths))
        notes = [f"named: {_named(row)}"] if _named(row) else []
        notes += _unnamed(row)
        notes += [f"! {reason}" for reason in row.attention]
        for note in notes:
            lines += _wrapped(f"    {plain(note)}", width, "      ")
    lines += ["", *_wrapped(_LEGEND, width), *_wrapped(_summary(rows), width)]
    return "\n".join(lines)


def write_csv(rows: Iterable[Row], file: Path) -> None:
    """Write one line a student: every exercise's outcome and points, misconceptions, what needs a look."""
    rows = list(rows)
    names = [outcome.exercise for outcome in rows[0].outcomes] if rows else []
    with Path(file).open("w", newline="", encoding="utf-8", errors="replace") as stream:
        writer = csv.writer(stream)
        columns = [column for name in names for column in (f"{name} outcome", f"{name} points")]
        columns += ["misconceptions", "other mistakes", "needs attention"]
        writer.writerow(["student", "score", "max_score", *columns])
        for row in rows:
            cells = [cell for outcome in row.outcomes for cell in (outcome.outcome, f"{outcome.score:g}")]
            remarks = [_named(row), "; ".join(_unnamed(row)), "; ".join(row.attention)]
            remarks = [spreadsheet_cell(remark) for remark in remarks]
            student = spreadsheet_cell(row.student)
            writer.writerow([student, f"{row.score:g}", f"{row.max_score:g}", *cells, *remarks])


def write_html(rows: Iterable[Row], file: Path, title: str) -> None:
    """Write the class as one page; students whose feedback page lies beside it, in feedback/, are linked to it."""
    rows, file = list(rows), Path(file)
    head = ["student", "score", *(outcome.exercise for outcome in (_folded(rows[0]) if rows else ()))]
    head += ["what went wrong", "needs attention"]
    page = _PAGE.substitute(
        title=html.escape(title),
        legend=html.escape(_LEGEND),
        summary=html.escape(_summary(rows)),
        head="".join(f'<th scope="col">{html.escape(name)}</th>' for name in head),
        body="\n".join(_html_row(row, file.parent) for row in rows),
    )
    file.write_text(page, encoding="utf-8", errors="replace")


def _html_row(row: Row, folder: Path) -> str:
    pages = sorted((folder / "feedback" / row.student).glob("*/*.html"))
    name = html.escape(row.student)
    if pages:
        name = f'<a href="{html.escape(pages[0].relative_to(folder).as_posix())}">{name}</a>'
    cells = [f'<th scope="row">{name}</th>', f"<td>{_points(row)}</td>"]
    cells += [
        f'<td class="{outcome.outcome.split()[0]}" title="{html.escape(outcome.outcome)}">{_mark(outcome)}</td>'
        for outcome in _folded(row)
    ]
    wrong = "; ".join([*([_named(row)] if _named(row) else []), *_unnamed(row)])
    cells += [f"<td>{html.escape(text)}</td>" for text in (wrong, "; ".join(row.attention))]
    return f"<tr>{''.join(cells)}</tr>"


def _folded(row: Row) -> list[Outcome]:
    """The outcomes with numbered ones (quiz-1, quiz-2, …) added up to one, which is correct if all of them are."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in row.outcomes:
        numbered = _NUMBERED.fullmatch(outcome.exercise)
        groups.setdefault(numbered[1] if numbered else outcome.exercise, []).append(outcome)
    return [group[0] if len(group) == 1 else _sum(name, group) for name, group in groups.items()]


def _sum(name: str, group: list[Outcome]) -> Outcome:
    outcomes = {outcome.outcome for outcome in group}
    outcome = outcomes.pop() if len(outcomes) == 1 else INCORRECT
    return Outcome(name, outcome, sum(one.score for one in group), sum(one.max_score for one in group))


def _summary(rows: Sequence[Row]) -> str:
    looks = sum(bool(row.attention) for row in rows)
    text = f"{len(rows)} students, {looks} with something to look at."
    named = ((outcome.exercise, name) for row in rows for outcome in row.outcomes for name in outcome.misconceptions)
    made = Counter(named)
    often = sorted(made.items(), key=lambda item: (-item[1], item[0]))[:MOST_COMMON]
    if often:
        listed = ", ".join(f"{name} ({exercise}) {count}×" for (exercise, name), count in often)
        text += f" Of {len(made)} different misconceptions the most common: {listed}."
    return text


def _named(row: Row) -> str:
    return ", ".join(f"{name} ({outcome.exercise})" for outcome in row.outcomes for name in outcome.misconceptions)


def _unnamed(row: Row) -> list[str]:
    """What checks said of mistakes that have no name; of single questions, whose letter says it all, nothing."""
    return [
        f"{outcome.exercise}: {outcome.unnamed}"
        for outcome in row.outcomes
        if outcome.unnamed and not _NUMBERED.fullmatch(outcome.exercise)
    ]


def _points(entry: Row | Outcome) -> str:
    return f"{entry.score:g}/{entry.max_score:g}"


def _mark(outcome: Outcome) -> str:
    points = f"?/{outcome.max_score:g}" if outcome.outcome == BY_HAND else _points(outcome)
    return f"{SIGNS[outcome.outcome]} {points}"


def _line(cells: list[str], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; color: #1b1f24; margin: 2em; }
table { border-collapse: collapse; }
caption { text-align: left; padding: 0 0 .8em; color: #33404f; }
th, td { border-bottom: 1px solid #d5dae1; padding: .35em .8em; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #33404f; }
th[scope="row"] { font-weight: 600; white-space: nowrap; }
td { font-variant-numeric: tabular-nums; }
td:nth-last-child(-n + 2) { min-width: 20em; }
td.correct { background: #e3f3ec; color: #00543c; white-space: nowrap; }
td.incorrect { background: #fbeee3; color: #7a3300; white-space: nowrap; }
td.not { background: #eceff3; color: #33404f; white-space: nowrap; }
td.to { background: #eaf2fa; color: #12395b; white-space: nowrap; }
</style>
</head>
<body>
<h1>$title</h1>
<p>$summary</p>
<table>
<caption>$legend</caption>
<thead><tr>$head</tr></thead>
<tbody>
$body
</tbody>
</table>
</body>
</html>
""")
