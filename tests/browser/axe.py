"""axe-core on a page: what it finds seriously wrong, and how much it looked at.

The package axe-playwright-python carries axe-core as it is on npm; of its Python only the script is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")

_RUN = """([context, excused, rules]) =>
  axe.run(context, {elementRef: true, ...(rules.length ? {runOnly: rules} : {})}).then(results => {
    const nodes = (rule) => rule.nodes.filter(node => !(excused[rule.id] || []).some(s => node.element.matches(s)));
    const found = (rules) => rules.flatMap(rule => nodes(rule).map(node => ({
      rule: rule.id, impact: rule.impact, html: node.html.slice(0, 200),
      why: [...node.any, ...node.all, ...node.none].map(check => check.message).join(" "),
    })));
    return {
      version: results.testEngine.version,
      violations: found(results.violations),
      unsure: found(results.incomplete),
      passed: Object.fromEntries(results.passes.map(rule => [rule.id, rule.nodes.length])),
    };
  })"""


@dataclass(frozen=True)
class Audit:
    """What axe-core found on one page."""

    version: str
    violations: tuple[Mapping[str, str], ...]
    """What is wrong: rule, impact, the element's HTML and why."""

    unsure: tuple[Mapping[str, str], ...]
    """What axe-core could not decide, in the same form."""

    passed: Mapping[str, int]
    """By rule, how many elements keep it."""

    @property
    def serious(self) -> list[str]:
        """What is seriously or critically wrong, a line each."""
        return _lines(one for one in self.violations if one["impact"] in SERIOUS)

    @property
    def unmeasured(self) -> list[str]:
        """Texts whose contrast could not be told, a line each; single characters are left out."""
        return _lines(one for one in self.unsure if one["rule"] == "color-contrast" and "too short" not in one["why"])


def _lines(found: Iterable[Mapping[str, str]]) -> list[str]:
    return sorted({f"{one['rule']}: {one['html']} -- {one['why']}" for one in found})


def audit(
    page: Page,
    include: Sequence[str] = ("html",),
    excused: Mapping[str, Sequence[str]] | None = None,
    rules: Sequence[str] = (),
) -> Audit:
    """Run axe-core's `rules`, or all that it has, on all elements that `include` selects.

    `excused` names, by rule, selectors of elements that somebody else is to mend.
    """
    page.evaluate(AXE_SCRIPT)
    spared = {rule: list(selectors) for rule, selectors in (excused or {}).items()}
    found = page.evaluate(_RUN, [{"include": list(include)}, spared, list(rules)])
    return Audit(found["version"], tuple(found["violations"]), tuple(found["unsure"]), found["passed"])
