"""Compares what came out with the truth, and says in a sentence where and how they differ."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch

from course.kit.check.case import name_of, short
from course.kit.check.guard import a_kind_of
from course.kit.check.observe import Observation
from course.kit.check.wording import distance, kind_of_number, telling_digits


@dataclass(frozen=True, eq=False)
class Truth:
    """The right result for one case in one dtype, rounded to float64 from high-precision arithmetic."""

    value: torch.Tensor
    """Float64, of the result's shape; nan where the result has to be nan."""

    tolerance: torch.Tensor
    """Largest absolute error allowed, elementwise; 0 asks for the exact number."""

    gradients: dict[str, torch.Tensor] = field(default_factory=dict)
    """Vector-Jacobian product with the case's weights, by argument; nan stands for "any finite number"."""

    gradient_tolerances: dict[str, torch.Tensor] = field(default_factory=dict)

    returns: type | torch.dtype | None = None
    """What has to come back where that is no tensor in the input's dtype: `float` or `bool` for a Python number, or
    the dtype of the tensor. `value` is the number as a tensor of no dimension then, 1 for True."""


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that is wrong with one observation."""

    kind: str
    """What kind of fault; `NAMED` gives the ones that reports count by name."""

    text: str
    """A sentence for the student."""

    observation: Observation
    details: tuple[tuple[str, str], ...] = ()


NAMED = {
    "none": ("returns-nothing", "No return value"),
    "dtype": ("wrong-dtype", "Another dtype than the input's"),
    "result dtype": ("wrong-result-dtype", "Another dtype than the one that is asked for"),
    "modified": ("modifies-input", "The input is changed"),
    "another tensor": ("returns-another", "Another tensor is returned"),
    "no gradient": ("detached", "A result cut off from autograd"),
    "narrowed": ("narrower-dtype", "Computed in float32 on the way"),
}
"""Faults of form that have a name of their own, and their titles."""

_SEVEN_DIGITS = 1e-5
"""A float64 result that is off by less, relative to the right one, may have been rounded to float32 on the way."""


def judge(observation: Observation, truth: Truth, aspects: frozenset[str]) -> Finding | None:
    """The first thing wrong with an observation in the given aspects, or None."""
    unusable = _unusable(observation, truth)
    if unusable is not None:
        return unusable
    wanted = truth.returns if isinstance(truth.returns, torch.dtype) else observation.dtype
    if "form" in aspects:
        form = _form(observation, truth)
        if form is not None:
            return form
    if "value" in aspects:
        wrong = _differs(observation, observation.value, truth.value, truth.tolerance, "result", 0.0, wanted)
        if wrong is not None:
            return wrong
    if "gradient" in aspects:
        if observation.gradients is None:
            failure = observation.failure
            return Finding(failure.kind, failure.text, observation, _input(observation))
        for name, gradient in truth.gradients.items():
            wrong = _differs(
                observation,
                observation.gradients[name],
                gradient,
                truth.gradient_tolerances[name],
                f"gradient with respect to {name}",
                math.nan,
                wanted,
            )
            if wrong is not None:
                return wrong
    return None


def _unusable(observation: Observation, truth: Truth) -> Finding | None:
    """Faults that leave nothing to compare: no result, or one of the wrong type or shape."""
    failure = observation.failure
    if failure is not None and observation.value is None and failure.kind != "no value":
        return Finding(failure.kind, failure.text, observation, _input(observation))
    returned = observation.returned
    if returned is None:
        text = "It returns None. Is the `return` missing, or does it stand inside a branch?"
        return Finding("none", text, observation, _input(observation))
    if isinstance(truth.returns, type):
        if isinstance(returned, truth.returns):
            return None
        text = f"It returns {a_kind_of(returned)}; {_NUMBERS[truth.returns]} is wanted."
        return Finding("type", text, observation, _input(observation))
    if not isinstance(returned, torch.Tensor):
        text = f"It returns {a_kind_of(returned)}; a torch.Tensor is wanted."
        return Finding("type", text, observation, _input(observation))
    if observation.value is None:
        text = f"It returns a tensor of dtype {name_of(returned.dtype)}; floating-point numbers are wanted."
        return Finding("type", text, observation, _input(observation))
    if returned.shape != truth.value.shape:
        text = f"It returns shape {tuple(returned.shape)} where {tuple(truth.value.shape)} is wanted."
        text += _one_dimension(tuple(returned.shape), tuple(truth.value.shape))
        return Finding("shape", text, observation, _input(observation))
    return None


_NUMBERS = {
    float: "a Python float (`.item()` makes one of a tensor that holds one number)",
    bool: "True or False (`bool(...)` or `.item()` makes one of a tensor that holds one of them)",
}
"""What a Python number that is wanted is called, and how to get it from a tensor."""


def _one_dimension(found: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """What to do where the shapes differ by dimensions of length 1, as sentences to append; else an empty string."""
    if [n for n in found if n != 1] != [n for n in wanted if n != 1] or len(found) == len(wanted):
        return ""
    if len(found) > len(wanted):
        return " A dimension of length 1 is left over; `squeeze(dim)` drops it."
    return (
        " A dimension of length 1 is missing. A bare `squeeze()` drops every dimension of length 1 that it finds, "
        "`squeeze(dim)` that one alone; a reduction with `keepdim=True` drops none."
    )


def _form(observation: Observation, truth: Truth) -> Finding | None:
    returned, dtype = observation.returned, observation.dtype
    if observation.modified:
        names = " and ".join(f"`{name}`" for name in observation.modified)
        text = (
            f"It changes {names}, a tensor that belongs to whoever called it. An in-place operation (a name that ends "
            "in `_`, `-=`, or an assignment to a slice) works on the caller's memory unless you made a copy."
        )
        return Finding("modified", text, observation, _input(observation))
    if isinstance(truth.returns, torch.dtype):
        if returned.dtype != truth.returns:
            text = (
                f"It gets {name_of(dtype)} and returns {name_of(returned.dtype)}; {name_of(truth.returns)} is wanted."
            )
            return Finding("result dtype", text, observation, _input(observation))
    elif isinstance(returned, torch.Tensor) and returned.dtype != dtype:
        text = (
            f"It gets {name_of(dtype)} and returns {name_of(returned.dtype)}. Whoever calls it in half precision has "
            "a reason to; cast back to the input's dtype before you return."
        )
        return Finding("dtype", text, observation, _input(observation))
    if not observation.filled:
        name = observation.case.fills
        text = (
            f"It returns another tensor than `{name}`. Whoever hands in `{name}` wants that very tensor back, "
            "so that calls can be chained and nothing is copied."
        )
        return Finding("another tensor", text, observation, _input(observation))
    return None


def _differs(
    observation: Observation,
    found: torch.Tensor,
    true: torch.Tensor,
    tolerance: torch.Tensor,
    what: str,
    free: float,
    wanted: torch.dtype,
) -> Finding | None:
    """A finding for the first element that is outside its tolerance, a nan or an infinity out of place first."""
    anything_finite = true.isnan() if math.isnan(free) else torch.zeros_like(true, dtype=torch.bool)
    nan = found.isnan() & ~true.isnan() | (anything_finite & ~found.isfinite())
    infinite = found.isinf() & ~(found == true) & ~anything_finite
    lost = (true.isinf() & ~(found == true)) | (true.isnan() & ~found.isnan() & ~anything_finite)
    with_error = true.isfinite() & found.isfinite()
    # The truth was rounded to float64 once: half an ulp of it belongs to neither side.
    allowed = tolerance + true.abs() * 2.0**-53
    wrong = with_error & ((found - true).abs() > allowed)
    for mask in (nan, infinite, lost, wrong):
        if bool(mask.any()):
            place = tuple(int(i) for i in mask.nonzero()[0])
            return _finding(observation, found, true, place, what, wanted)
    return None


def _finding(
    observation: Observation,
    found: torch.Tensor,
    true: torch.Tensor,
    place: tuple[int, ...],
    what: str,
    wanted: torch.dtype,
) -> Finding:
    returned = observation.returned
    if isinstance(returned, bool):
        text = f"For {observation.case.label}, in {name_of(observation.dtype)}, the {what} is `{returned}`; "
        return Finding("value", f"{text}`{not returned}` is expected there.", observation, _input(observation))
    got, want = float(found[place]), float(true[place])
    digits = 4 if observation.case.hidden else telling_digits(got, want, wanted)
    where = f" at {list(place)}" if place else ""
    text = f"For {observation.case.label}, in {name_of(observation.dtype)}, the {what} is `{got:.{digits}g}`{where}; "
    undefined = math.isnan(want) and what == "result"  # in a gradient nan stands for any finite number
    text += f"{'`nan`' if undefined else kind_of_number(want)} is expected there"
    if math.isfinite(got) and math.isfinite(want):
        if want != 0 and abs(got - want) < abs(want) / 2:
            text += f", and yours is off by about {distance(got, want, wanted)}"
        elif want != 0 and got != 0 and math.copysign(1, got) != math.copysign(1, want):
            text += ", and yours has the wrong sign"
    text += "."
    if isinstance(returned, torch.Tensor) and returned.dtype != wanted:
        given = "the dtype it was given" if wanted == observation.dtype else name_of(wanted)
        text += f" It came back as {name_of(returned.dtype)}, not in {given}."
    details = () if observation.case.hidden else (*_input(observation), (f"the {what}", short(found)))
    kind = "value" if what == "result" else "gradient"
    if _narrowed(observation.dtype, found, got, want):
        kind = "narrowed"
        text += (
            " Each number of it fits into float32, so somewhere on the way half of float64's digits were dropped: "
            "look for `.float()` or a `dtype=`. float32 is for the narrower dtypes only."
        )
    return Finding(kind, text, observation, details)


def _narrowed(dtype: torch.dtype, found: torch.Tensor, got: float, want: float) -> bool:
    """Whether a float64 result looks like one of float32 that was cast up at the end."""
    if dtype != torch.float64 or not math.isfinite(got) or abs(got - want) > _SEVEN_DIGITS * abs(want):
        return False
    return bool((found.isnan() | (found.float().double() == found)).all())


def _input(observation: Observation) -> tuple[tuple[str, str], ...]:
    return () if observation.case.hidden else (("input", observation.case.describe(observation.dtype)),)
