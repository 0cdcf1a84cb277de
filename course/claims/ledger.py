"""What a claim is, what was measured about it, and how a verdict follows from that."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

HOLDS = "holds"
ONLY_IF = "holds only if"
FALSE = "false"
UNCHECKABLE = "cannot be checked by running code"
VERDICTS = (HOLDS, ONLY_IF, FALSE, UNCHECKABLE)

SOURCES = {
    "G": "exp guide",
    "X": "interactive explainer",
    "A": "softmax article",
    "L": "log-sum-exp page",
    "C": "stabilisation card",
}
"""First letter of an id to the public document that the claim comes from."""


@dataclass(frozen=True)
class Evidence:
    """What one measurement of a claim gave."""

    verdict: str
    """One of `VERDICTS`."""

    because: str
    """The condition under which the claim holds, the right value, or why code cannot decide."""

    measured: tuple[tuple[str, str], ...]
    """Pairs (what was measured, what came out)."""

    machine: str = ""
    """What it was measured on, where the verdict depends on that."""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict is {self.verdict!r}; it must be one of {', '.join(VERDICTS)}")


@dataclass(frozen=True)
class Claim:
    """A claim in our own words, with the function that puts it to the test. Shows itself with its evidence."""

    id: str
    """A letter of `SOURCES` and a number."""

    unit: str
    """The folder in source/ of the unit that teaches it."""

    says: str
    """The claim, in our own words."""

    test: Callable[..., Evidence]
    """Measures and judges; its keywords are the numbers that the claim names, as the source prints them."""

    take: Callable[[], Mapping[str, Any]] | None = None
    """For claims about a machine: takes the readings, plain data, that `test` judges as its keyword `readings`."""

    @property
    def source(self) -> str:
        """The document that it comes from."""
        return SOURCES[self.id[0]]

    def measure(self, **numbers: Any) -> Evidence:
        """Put the claim to the test now, on this machine.

        `numbers` replaces numbers that the claim names, so `get("G1").measure(bound=23_000)` judges another claim.
        """
        if self.take is not None and "readings" not in numbers:
            numbers["readings"] = self.take()
        return self.test(**numbers)

    @cached_property
    def evidence(self) -> Evidence:
        """The claim as its source prints it, measured on first use."""
        return self.measure()

    def __str__(self) -> str:
        found = self.evidence
        verdict = (
            f"{found.verdict} {found.because}" if found.verdict == ONLY_IF else f"{found.verdict}. {found.because}"
        )
        lines = [*textwrap.wrap(f"{self.id} ({self.source}): {self.says}", 100), *textwrap.wrap(verdict.strip(), 100)]
        lines += [f"  {label}: {text}" for label, text in found.measured]
        if found.machine:
            lines.append(f"  measured on: {found.machine}")
        return "\n".join([*lines, f"  taught in {self.unit}"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        found, escape = self.evidence, html.escape
        # Dark on pale whatever the front end's theme, as in the rest of the kit; the word carries the verdict.
        parts = [
            '<div style="background:#eceff3;color:#20303f;border-left:6px solid #33404f;padding:.6em 1em;'
            'margin:.3em 0;max-width:60em;line-height:1.45;">',
            f"<div><strong>{escape(self.id)}</strong> ({escape(self.source)}): {escape(self.says)}</div>",
            f'<div style="margin:.35em 0;"><strong>{escape(found.verdict)}</strong> {escape(found.because)}</div>',
            *(f"<div>{escape(label)}: <strong>{escape(text)}</strong></div>" for label, text in found.measured),
        ]
        if found.machine:
            parts.append(f"<div>measured on: {escape(found.machine)}</div>")
        parts.append(f"<div>taught in {escape(self.unit)}</div></div>")
        return "".join(parts)


def judge(
    cases: Mapping[str, bool],
    measured: Mapping[str, str],
    *,
    holds: str = "",
    only_if: str = "{yes}; not: {no}",
    false: str = "not: {no}",
    machine: str = "",
) -> Evidence:
    """The verdict that follows from the cases in which a claim was tried.

    It holds if it does in every case, is false if it does in none, and holds only if … otherwise. `holds`, `only_if`
    and `false` say the rest of the sentence for each of these; in them `{yes}` and `{no}` stand for the cases in which
    the claim does and does not hold.

    Raises:
        ValueError: without a case.
    """
    if not cases:
        raise ValueError("a claim is judged by at least one case")
    yes = [name for name, met in cases.items() if met]
    no = [name for name, met in cases.items() if not met]
    verdict, text = (HOLDS, holds) if not no else (ONLY_IF, only_if) if yes else (FALSE, false)
    because = text.replace("{yes}", ", ".join(yes)).replace("{no}", ", ".join(no))
    return Evidence(verdict, because, tuple(measured.items()), machine)


_REGISTER: dict[str, Claim] = {}


def claim(
    identity: str, *, unit: str, says: str, take: Callable[[], Mapping[str, Any]] | None = None
) -> Callable[[Callable[..., Evidence]], Callable[..., Evidence]]:
    """Enter the decorated function into the ledger under an id.

    Raises:
        ValueError: when the id is taken, or belongs to no source.
    """
    if identity[0] not in SOURCES or not identity[1:].isdecimal():
        raise ValueError(f"{identity} is not a letter of {', '.join(SOURCES)} and a number")

    def enter(test: Callable[..., Evidence]) -> Callable[..., Evidence]:
        if identity in _REGISTER:
            raise ValueError(f"two functions claim the id {identity}")
        _REGISTER[identity] = Claim(identity, unit, says, test, take)
        return test

    return enter


def registered() -> dict[str, Claim]:
    """All claims entered so far, by id, in the order of the sources."""
    order = list(SOURCES)
    return dict(sorted(_REGISTER.items(), key=lambda item: (order.index(item[0][0]), int(item[0][1:]))))
