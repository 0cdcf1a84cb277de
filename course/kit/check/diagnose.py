"""Names the mistake: looks for the known misconception that does what the student's function did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import torch

from course.kit.check.case import Case
from course.kit.check.judge import Truth
from course.kit.check.observe import Observation, observe
from course.kit.misconception import Misconception

LIKENESS = 0.9
"""Share of the wrong results on which a misconception has to agree before it is named. Not 1, because two writings of
one mistake can fall on different sides of a threshold in one case. On the right results it has to agree throughout:
a mistake that would have broken something the student has right is not the one they made."""


_ROUGHLY, _EXACTLY = 1 / 4, 1 / 64
"""By what share two errors may differ that come from the same mistake."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """One observation of the student's function, beside the truth and the verdict on it."""

    observation: Observation
    truth: Truth
    right: bool


def diagnose(
    evidence: Sequence[Evidence], misconceptions: Iterable[Misconception], shown: Observation | None = None
) -> Misconception | None:
    """The misconception that best explains what came out, or None where none explains it well.

    It has to explain `shown` in any case, the observation that stands beside the diagnosis.
    """
    wrong = [e for e in evidence if not e.right]
    right = [e for e in evidence if e.right]
    first = [e for e in wrong if shown is not None and _same_call(e.observation, shown)]
    best, best_misses = None, None
    for misconception in misconceptions:
        for variant in misconception.variants:
            if not all(_agrees(variant, e) for e in first):
                continue
            misses = _misses(variant, wrong, right)
            if misses is not None and (best_misses is None or misses < best_misses):
                best, best_misses = misconception, misses
    return best


def _misses(variant: Callable, wrong: Sequence[Evidence], right: Sequence[Evidence]) -> tuple[int, int] | None:
    """On how many (wrong, right) results the variant does something else, or None where that is too many.

    Gives up at the first miss too many: most misconceptions are ruled out by one or two cases.
    """
    counts = []
    for group, allowed in ((wrong, int((1 - LIKENESS) * len(wrong))), (right, 0)):
        missed = 0
        for each in group:
            missed += not _agrees(variant, each)
            if missed > allowed:
                return None
        counts.append(missed)
    return counts[0], counts[1]


def _agrees(variant: Callable, evidence: Evidence) -> bool:
    theirs, truth = evidence.observation, evidence.truth
    known = observe if theirs.case.hidden else _known
    mine = known(variant, theirs.case, theirs.dtype, gradient=_asked_for_gradient(theirs))
    # A Python number is one number, and two writings of one mistake give the same.
    share = _EXACTLY if isinstance(truth.returns, type) else _ROUGHLY
    if not _alike(theirs.value, mine.value, truth.value, truth.tolerance, share):
        return False
    if isinstance(truth.returns, torch.dtype) and _dtype(theirs) != _dtype(mine):
        return False
    if theirs.failure is not None or mine.failure is not None:
        return (
            theirs.failure is not None
            and mine.failure is not None
            and (theirs.failure.kind, theirs.failure.exception) == (mine.failure.kind, mine.failure.exception)
        )
    if theirs.gradients is None or mine.gradients is None:
        return theirs.gradients is mine.gradients
    return all(
        _alike(gradient, mine.gradients[name], truth.gradients.get(name), truth.gradient_tolerances.get(name))
        for name, gradient in theirs.gradients.items()
    )


_kept: dict[tuple[Callable, Case, torch.dtype, bool], Observation] = {}
"""What variants do on the course's cases, which are few."""


def _known(variant: Callable, case: Case, dtype: torch.dtype, *, gradient: bool) -> Observation:
    """What a variant does on one of the course's cases, which is the same whatever it is compared with."""
    key = variant, case, dtype, gradient
    if key not in _kept:
        seen = observe(variant, case, dtype, gradient=gradient)
        if seen.failure is not None and seen.failure.kind == "too slow":
            return seen  # that is the machine, which is not always this busy
        if isinstance(seen.returned, torch.Tensor):  # without the graph behind it, which would be kept as long
            seen = replace(seen, returned=seen.returned.detach())
        _kept[key] = seen
    return _kept[key]


def _dtype(observation: Observation) -> torch.dtype | None:
    return getattr(observation.returned, "dtype", None)


def _same_call(a: Observation, b: Observation) -> bool:
    return a.case is b.case and a.dtype == b.dtype and _asked_for_gradient(a) == _asked_for_gradient(b)


def _asked_for_gradient(observation: Observation) -> bool:
    failure = observation.failure
    return observation.differentiated or (failure is not None and failure.kind in ("no gradient", "no value"))


def _alike(
    theirs: torch.Tensor | None,
    mine: torch.Tensor | None,
    true: torch.Tensor | None,
    tolerance: torch.Tensor | None,
    share: float = _ROUGHLY,
) -> bool:
    """Same shape, same pattern of nan and infinities, and finite numbers off the truth by the same amount.

    The amount may differ by the given share of it, or by what the rounding of two writings of one formula can make.
    """
    if theirs is None or mine is None:
        return theirs is mine
    if theirs.shape != mine.shape or not torch.equal(theirs.isnan(), mine.isnan()):
        return False
    if not torch.equal(theirs.isposinf(), mine.isposinf()) or not torch.equal(theirs.isneginf(), mine.isneginf()):
        return False
    slack = 1e-3 * theirs.abs()
    if true is not None and tolerance is not None and true.shape == theirs.shape:
        known = true.isfinite()
        slack = torch.where(known, torch.maximum(4 * tolerance, share * (theirs - true).abs()), slack)
    finite = theirs.isfinite()
    return bool(((theirs - mine).abs()[finite] <= slack[finite]).all())
