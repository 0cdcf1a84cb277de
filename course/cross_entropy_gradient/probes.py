"""What values and gradients do not tell: whether it is an `autograd.Function`, and what `gradcheck` says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from course.kit.check import Case
from course.kit.check.conduct import Breach
from course.kit.check.guard import Failure, call

_NO_FUNCTION = Breach(
    "no-function",
    "Autograd's own backward pass",
    "Value and gradient are right, but the backward pass is the one that autograd derives from your forward pass: no "
    "`torch.autograd.Function` stands in the graph. Write `StableCrossEntropy` with its own `forward` and `backward`, "
    "and let `stable_cross_entropy` return `StableCrossEntropy.apply(logits, targets)`.",
)
_CUT_OFF = Breach(
    "detached-probabilities",
    "The probabilities count as constants",
    "The value is right, but its own gradient with respect to p is not: p is detached, or computed anew, on the way. "
    "In a backward pass that looks harmless. It is not: a gradient penalty or a second derivative goes through this "
    "product again, and there your p counts as a constant. Leave it attached; whoever wants a constant can detach it "
    "before the call.",
)
_CHANGES = Breach(
    "backward-changes-state",
    "A backward pass that spoils what it saved",
    "Asked a second time (`retain_graph=True`), the backward pass gives another gradient, or fails. It writes into a "
    "tensor that it saved: `p[rows, targets] -= 1` changes the saved p itself. It was tempting because the first "
    "answer is right and no memory is lost. In training it shows where a graph is used twice, such as in gradient "
    "penalties and in gradcheck, as a gradient that is quietly wrong. Work on a copy: `p.clone()`.",
)


def differentiates_through_p(function: Callable, case: Case, dtype: torch.dtype) -> Breach | None:
    """Whether a Jacobian product can be differentiated in the logits behind p too, or what is wrong with it."""
    logits, vector = case.arguments(dtype).values()
    logits.requires_grad_()
    _, failure = call(torch.autograd.gradcheck, lambda z: function(torch.softmax(z, -1), vector), (logits,))
    return None if failure is None else _CUT_OFF


def is_a_function_that_passes_gradcheck(function: Callable, case: Case, dtype: torch.dtype) -> Breach | None:
    """The rule that `function(logits, targets)` breaks as a hand-written `autograd.Function`, or None."""
    arguments = case.arguments(dtype)
    logits, targets = arguments["logits"].requires_grad_(), arguments["targets"]
    loss, _ = call(function, logits, targets)
    if not any(isinstance(node, torch.autograd.function.BackwardCFunction) for node in _graph(loss)):
        return _NO_FUNCTION
    twice, failure = call(lambda: [torch.autograd.grad(loss, logits, retain_graph=True)[0] for _ in range(2)])
    if failure is not None or not torch.allclose(*twice):
        return _CHANGES
    _, failure = call(torch.autograd.gradcheck, lambda z: function(z, targets), (logits,))
    return None if failure is None else _gradcheck(failure)


def _gradcheck(failure: Failure) -> Breach:
    text = f"`torch.autograd.gradcheck` compares your backward pass with central differences in float64. {failure.text}"
    return Breach("gradcheck-fails", "gradcheck disagrees", text)


def _graph(result: object) -> Iterator[object]:
    """The nodes behind a result, each once; none behind what is no tensor."""
    waiting, seen = [getattr(result, "grad_fn", None)], set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            yield node
            waiting += [following for following, _ in node.next_functions]
