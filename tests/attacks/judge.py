"""Says of an attack whether it succeeded: by points, by what anyone can read afterwards, by what acts in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from tests.attacks.arena import Battle, Graded
from tests.attacks.attack import CONTROLS, Attack
from tests.attacks.course import LIMITS, Course
from tests.attacks.families.display import EVIL

GOTCHA = "GOT" + "CHA"
_TEXT_ONLY = ("code", "pre", "title", "textarea")
_EMPTY = ("img", "br", "hr", "input", "meta", "link", "base", "embed", "source", "wbr", "area", "col", "track")
_UNTOLD = "nobody is told why"
_KINDS = ("stream", "error", "display_data", "execute_result")
_RUNNING_TEX = re.compile(r"\\(href|unicode|require)\s*\{\s*(javascript|<script)", re.IGNORECASE)


def merits(attack: Attack, battle: Battle) -> list[str]:
    """What the attack has achieved that submissions which attack nothing have not; for weakened graders."""
    by_itself = {success for control in CONTROLS for success in successes(control, battle)}
    found = [success for success in successes(attack, battle) if success not in by_itself]
    return [success for success in found if not success.startswith(_UNTOLD)]


def successes(attack: Attack, battle: Battle) -> list[str]:
    """What the attack has achieved that it must not; empty if it failed."""
    graded = battle.graded[attack.folder]
    return [*_by_points(attack, graded), *_by_reading(attack, battle, graded), *_by_machine(attack, battle)]


def _by_points(attack: Attack, graded: Graded) -> Iterator[str]:
    if graded.score is None or graded.notebook is None:
        yield "it has no recorded result"
        return
    if not graded.score <= attack.honest + 1e-9:
        yield f"it got {graded.score:g} points instead of {attack.honest:g}"
    if graded.score < attack.least:
        yield f"it got {graded.score:g} points instead of at least {attack.least:g}"
    if attack.reason and not re.search(attack.reason, graded.told):
        yield f"{_UNTOLD}: {graded.told[:200]!r}"


def _by_reading(attack: Attack, battle: Battle, graded: Graded) -> Iterator[str]:
    shown = f"{graded.outputs}\n{graded.page}"
    places = {kind: str([o for o in graded.outputs if o["output_type"] == kind]) for kind in _KINDS}
    for what, forms in secret_forms(battle.course).items():
        for place, text in {**places, "page": graded.page}.items():
            if any(form in text for form in forms):
                yield f"it read {what} ({place})"
    if GOTCHA in shown:
        yield "it came to its end"
    if attack.name == "where-it-runs" and str(battle.course.folder) in shown:
        yield "it found out where the course is"
    largest = (
        max((len(str(cell.get("outputs", ""))) for cell in graded.notebook.cells), default=0) if graded.notebook else 0
    )
    if largest > 3 * LIMITS["output_bytes"]:
        yield f"one of its cells shows {largest} characters"
    page = running_parts(graded.page)
    for output in graded.outputs:
        page += [part for kind in ("text/html", "text/markdown", "image/svg+xml") for part in _running(output, kind)]
    if page:
        yield f"a browser would run {page[0][:100]}"


def _by_machine(attack: Attack, battle: Battle) -> Iterator[str]:
    name = attack.name.removesuffix("-left")
    left = [
        str(thing) for thing in [*battle.files, *battle.processes, *battle.strewn] if f"gotcha-{name}" in str(thing)
    ]
    if left:
        yield f"it left {left[0][:100]}"
    finder = battle.graded.get(f"z-{name}-found")
    if attack.name.endswith("-left") and finder is not None and GOTCHA in str(finder.outputs):
        yield "another student found what it left"
    if attack.name == "start-up-files" and any("gotcha-" in path for path in battle.strewn):
        yield "the teacher's process executed its file"
    if attack.name == "network" and battle.calls:
        yield f"it made {battle.calls} calls"
    if attack.name in ("kills-what-is-above", "named-pipes", "stops-itself") and battle.status:
        yield f"the command ended with status {battle.status}"


def secret_forms(course: Course) -> dict[str, list[str]]:
    """What to look for in what students get: each secret as it is and in the disguises that a short code can make."""
    forms = {what: [text, text[::-1], text.encode().hex()] for what, text in course.secrets.all().items()}
    number = course.secrets.number
    shortened = [f"{number:.2f}"[:-1], f"{number / 2:.3f}"[:-1], str(int(number * 100))]
    return {what: [*found, *(shortened if what == "a hidden input" else [])] for what, found in forms.items()}


def running_parts(page: str) -> list[str]:
    """The parts of an HTML page by which the attackers' host would be called, or their script run."""
    parser = _Parts()
    parser.feed(page)
    parser.close()
    return parser.found


def _running(output, kind: str) -> list[str]:
    data = output.get("data", {})
    return running_parts(data[kind]) if isinstance(data, dict) and isinstance(data.get(kind), str) else []


class _Parts(HTMLParser):
    """Collects elements and attributes that act and mention the attackers' host."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY:
            self._open.append(tag)
        for name, value in attrs:
            value = value or ""
            acts = name.startswith("on") or name in (
                "src",
                "srcdoc",
                "style",
                "action",
                "data",
                "content",
                "formaction",
            )
            runs = (
                re.sub(r"[\s\x00-\x1f]", "", value).lower().startswith(("javascript:", "vbscript:", "data:text/html"))
            )
            if (acts and EVIL in value) or (runs and "fetch" in value) or (tag in ("link", "base") and EVIL in value):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if EVIL not in data:
            return
        inside = self._open[-1] if self._open else ""
        if inside in ("script", "style"):
            self.found.append(f"<{inside}>{data.strip()}")
        elif not set(self._open) & set(_TEXT_ONLY) and _RUNNING_TEX.search(data):
            self.found.append(data.strip())
