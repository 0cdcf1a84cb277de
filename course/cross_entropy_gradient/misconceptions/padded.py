"""A known mistake in `gradient_check(f, x, eps)`: a small constant in the scale, which hides small slopes."""

import torch

from course.kit.misconception import Misconception


def check_padded(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        a = slope.flatten()[i].item()
        worst = max(worst, abs(a - n) / (max(abs(a), abs(n)) + 1e-8))
    return worst


def check_padded_a_little(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        a = slope.flatten()[i].item()
        worst = max(worst, abs(a - n) / (max(abs(a), abs(n)) + 1e-12))
    return worst


def check_with_floor(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        a = slope.flatten()[i].item()
        worst = max(worst, abs(a - n) / max(abs(a), abs(n), 1e-8))
    return worst


PADDED = (
    Misconception(
        name="padded-scale",
        title="A constant in the denominator",
        explanation=(
            "You add a small constant to the scale, or put one under it, so that 0/0 cannot happen. It is a common "
            "idiom, and for slopes around 1 it costs a digit that nobody reads. For slopes smaller than the constant "
            "every difference looks tiny, and a wrong backward pass goes through. Treat the case in which both slopes "
            "are 0 on its own, and leave the scale as it is."
        ),
        variants=(check_padded, check_padded_a_little, check_with_floor),
    ),
)
