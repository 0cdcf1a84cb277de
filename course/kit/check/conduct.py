"""How a function goes about its work: the operators one call runs, and the rules an exercise sets for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from course.kit.check.guard import Failure, call

CONTAINS_SOFTMAX = frozenset(
    {
        "_fused_sdp_choice",
        "_log_softmax",
        "_masked_softmax",
        "_safe_softmax",
        "_scaled_dot_product_attention_math",
        "_scaled_dot_product_flash_attention_for_cpu",
        "_softmax",
        "cross_entropy_loss",
        "log_sigmoid_forward",
        "log_softmax",
        "logaddexp",
        "logaddexp2",
        "logcumsumexp",
        "logsumexp",
        "nll_loss_forward",
        "sigmoid",
        "softmax",
        "softplus",
        "special_log_softmax",
        "special_softmax",
    }
)
"""ATen operators that are a softmax or log-sum-exp, or contain one."""


@dataclass(frozen=True)
class Operator:
    """One operator that ran: plain data, so that a trace can be sent from another process."""

    name: str
    """ATen name without overload, trailing underscore of in-place forms removed."""

    dtypes: tuple[str, ...]
    """Dtypes of its floating-point tensors, inputs and outputs, as in `"float32"`."""

    sizes: tuple[int, ...]
    """Numbers of elements of the same tensors."""

    new: int
    """Elements in the largest tensor it allocated; 0 if it wrote into storage that was there before."""


@dataclass(frozen=True)
class Conduct:
    """What an exercise allows."""

    forbidden: frozenset[str] = CONTAINS_SOFTMAX
    """ATen operators that may not run."""

    why: str = (
        "the very thing this exercise asks you to write, or something that contains it. "
        "Build it from arithmetic, `exp`, `log`, `amax`, `sum` and `where`."
    )
    """What the student is told about them, after "It calls `softmax`,"."""

    float64_detour: bool = False
    """Whether narrower inputs may be worked on in float64. float32 for half precision is always allowed."""

    against_float64: str = (
        "That only moves the numbers at which a formula fails, and takes more memory on the way. The formula has to be "
        "right in the dtype it is given (or in float32, for half precision)."
    )
    """What to tell a student who takes that detour, in sentences."""

    largest_new: float | None = None
    """Largest tensor it may allocate, as a multiple of the input's elements; None for no limit."""

    smaller: str = "Look for a form that writes into memory you have."
    """What to tell a student who allocates more, as a sentence."""


@dataclass(frozen=True)
class Breach:
    """A rule that was broken: a name for reports and a sentence for the student."""

    name: str
    title: str
    text: str


class _Recorder(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.operators: list[Operator] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        inputs = [t for t in tree_leaves((args, kwargs or {})) if isinstance(t, torch.Tensor)]
        before = {t.untyped_storage().data_ptr() for t in inputs}
        result = func(*args, **(kwargs or {}))
        outputs = [t for t in tree_leaves(result) if isinstance(t, torch.Tensor)]
        new = [t.numel() for t in outputs if t.untyped_storage().data_ptr() not in before]
        floating = [t for t in inputs + outputs if t.is_floating_point()]
        self.operators.append(
            Operator(
                name=func._schema.name.split("::")[-1].rstrip("_"),
                dtypes=tuple(str(t.dtype).removeprefix("torch.") for t in floating),
                sizes=tuple(t.numel() for t in floating),
                new=max(new, default=0),
            )
        )
        return result


def trace(function: Callable, *args: Any, **keywords: Any) -> tuple[tuple[Operator, ...], Failure | None]:
    """Call `function` and return the operators that its forward pass ran, in order.

    A stand-in for a function in another process records there: its class has a method `trace`, which takes the same
    arguments and returns the operators as dictionaries, with the fields of `Operator`, and the result.
    """
    if hasattr(type(function), "trace"):
        recorded, failure = call(function.trace, *args, **keywords)
        return tuple(_from_elsewhere(fields) for fields in recorded[0]) if recorded else (), failure
    _first_recording()
    with _Recorder() as recorder:
        _, failure = call(function, *args, **keywords)
    return tuple(recorder.operators), failure


@functools.cache
def _first_recording() -> None:
    """Record one operator that no time limit can cut short.

    The first under a dispatch mode imports torch._dynamo, which takes seconds on a busy machine. An import that is
    interrupted leaves half a module behind, and every recording after it, and every optimiser, would fail.
    """
    with _Recorder():
        torch.zeros(())


def _from_elsewhere(fields: dict) -> Operator:
    return Operator(str(fields["name"]), tuple(fields["dtypes"]), tuple(fields["sizes"]), int(fields["new"]))


def _detour(operator: str) -> str:
    """What is done in float64. `_to_copy` is what `.double()` and `.to(...)` run, and no word that a student knows."""
    if operator == "_to_copy":
        return "It converts the whole input to float64"
    return f"It works on the whole input in float64 (in `{operator.strip('_')}`)"


def breaches(operators: tuple[Operator, ...], rules: Conduct, dtype: torch.dtype, elements: int) -> list[Breach]:
    """The rules that a call broke on an input of `elements` elements in `dtype`."""
    found = []
    used = sorted({o.name for o in operators} & rules.forbidden)
    if used:
        names = ", ".join(f"`{name.strip('_')}`" for name in used)
        found.append(
            Breach(
                "library-call",
                "A library function that is the answer",
                f"It calls {names}, {rules.why}",
            )
        )
    if not rules.float64_detour and dtype != torch.float64:
        wide = [
            o
            for o in operators
            for name, size in zip(o.dtypes, o.sizes, strict=True)
            if name == "float64" and size >= elements
        ]
        if wide:
            found.append(
                Breach(
                    "float64-detour",
                    "A detour through float64",
                    f"{_detour(wide[0].name)}, although it is {str(dtype).removeprefix('torch.')}. "
                    f"{rules.against_float64}",
                )
            )
    if rules.largest_new is not None:
        largest = max((o.new for o in operators), default=0)
        if largest > rules.largest_new * elements:
            found.append(
                Breach(
                    "allocates",
                    "A tensor too many",
                    f"It allocates a tensor of {largest} elements for an input of {elements}; this exercise allows "
                    f"{int(rules.largest_new * elements)} at most. {rules.smaller}",
                )
            )
    return found
