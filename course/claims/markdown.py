"""The ledger as a document: every claim measured, machine-dependent ones from the readings on file."""

from __future__ import annotations

from collections import Counter

from course.claims.catalogue import all_claims
from course.claims.ledger import ONLY_IF, SOURCES, VERDICTS, Claim, Evidence
from course.claims.readings import READINGS

_INTRODUCTION = """# Claims

What public articles on this subject say, in our words, and what code finds. Every line below is the result of a
function of `course.claims` that ran: it measures, and its verdict follows from what it measured. Reference values have
60 digits (mpmath). This file is generated: `python -m course.claims > docs/claims.md` writes it anew, and a test
compares.

In a notebook, `from course import claims` and then `claims.get("X8")` measures and shows one claim;
`claims.get("X8").measure(x=1e-3)` judges it with another number. Units cite claims by id.

| verdict | means | claims |
|---|---|---|"""

_MEANING = dict(
    zip(
        VERDICTS,
        (
            "in every case in which it was tried",
            "in some of them; the condition is named",
            "in none; the right value or reason is given",
            "no measurement could settle it",
        ),
        strict=True,
    )
)


def judged(claim: Claim) -> Evidence:
    """A claim's evidence as the document has it: readings of a machine are those of `readings.py`."""
    return claim.measure(readings=READINGS[claim.id]) if claim.take else claim.evidence


def table() -> str:
    """The whole document, in Markdown; the same on every machine."""
    claims = {claim: judged(claim) for claim in all_claims().values()}
    tally = Counter(found.verdict for found in claims.values())
    lines = _INTRODUCTION.split("\n")
    lines += [f"| {verdict} | {_MEANING[verdict]} | {tally[verdict]} |" for verdict in VERDICTS]
    for letter, source in SOURCES.items():
        lines += [
            "",
            f"## {letter}: {source}",
            "",
            "| id | claim | verdict | measured | unit |",
            "|---|---|---|---|---|",
        ]
        lines += [_line(claim, found) for claim, found in claims.items() if claim.id[0] == letter]
    return "\n".join([*lines, *_machines(claims), ""])


def _line(claim: Claim, found: Evidence) -> str:
    stop = "" if found.verdict == ONLY_IF else "."
    verdict = f"**{found.verdict}{stop}** {found.because}".strip()
    measured = "<br>".join(f"{_cell(label)}: {_cell(text)}" for label, text in found.measured)
    mark = " †" if found.machine else ""
    return f"| {claim.id}{mark} | {_cell(claim.says)} | {_cell(verdict, bold=True)} | {measured} | {claim.unit} |"


def _cell(text: str, bold: bool = False) -> str:
    """`text` with the signs escaped that mean something in a table."""
    for sign in "|<_" if bold else "|<_*":
        text = text.replace(sign, f"\\{sign}")
    return text


def _machines(claims: dict[Claim, Evidence]) -> list[str]:
    by_machine: dict[str, list[str]] = {}
    for claim, found in claims.items():
        if found.machine:
            by_machine.setdefault(found.machine, []).append(claim.id)
    return [
        "",
        "## † What depends on the machine",
        "",
        "The verdict on a claim about time, or about two implementations, is a verdict about one machine. These were",
        "judged by readings on file in `course/claims/readings.py`. `claims.get(…)` takes new ones on your machine,",
        "and on its GPU if it has one; `python -m course.claims --readings > readings.py` writes a new file of them.",
        "",
        *(f"- {', '.join(ids)}: {machine}" for machine, ids in by_machine.items()),
    ]
