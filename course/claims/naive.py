"""Formulas as articles print them, in the dtype of what they are given; most of them break, which is the point."""

from __future__ import annotations

import torch


def softmax(logits: torch.Tensor) -> torch.Tensor:
    """exp(x) over its sum along the last dimension, without a shift."""
    powers = logits.exp()
    return powers / powers.sum(-1, keepdim=True)


def shifted_softmax(logits: torch.Tensor) -> torch.Tensor:
    """The same after the row's maximum was subtracted."""
    return softmax(logits - logits.max(-1, keepdim=True).values)


def logsumexp(numbers: torch.Tensor) -> torch.Tensor:
    """log(sum(exp(x))) along the last dimension, without a shift."""
    return numbers.exp().sum(-1).log()


def shifted_logsumexp(numbers: torch.Tensor) -> torch.Tensor:
    """max + log(sum(exp(x - max))) along the last dimension."""
    peak = numbers.max(-1).values
    return peak + logsumexp(numbers - peak.unsqueeze(-1))


def sigmoid(z: torch.Tensor) -> torch.Tensor:
    """1 / (1 + exp(-z))."""
    return 1 / (1 + z.neg().exp())


def slope(function, x: torch.Tensor) -> torch.Tensor:
    """What autograd says the derivative of an elementwise function is at x."""
    leaf = x.clone().requires_grad_()
    function(leaf).sum().backward()
    return leaf.grad
