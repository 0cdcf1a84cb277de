"""Right ways to write `gradient_check(f, x, eps)`."""

import torch


def check_loop(f, x, eps):
    leaf = x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.detach().flatten().clone(), x.detach().flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)) - f(down.reshape(x.shape))).item() / (2 * eps)
        a = slope.flatten()[i].item()
        if a or n:
            worst = max(worst, abs(a - n) / max(abs(a), abs(n)))
    return worst


def check_unit_vectors(f, x, eps):
    leaf = x.clone().requires_grad_()
    f(leaf).backward()
    a = leaf.grad.flatten()
    steps = eps * torch.eye(x.numel(), dtype=x.dtype).reshape(-1, *x.shape)
    n = torch.stack([(f(x + step) - f(x - step)) / (2 * eps) for step in steps]).detach()
    larger = torch.maximum(a.abs(), n.abs())
    apart = (a - n).abs() / torch.where(larger > 0, larger, torch.ones_like(larger))
    return apart.max().item()


def check_numpy(f, x, eps):
    import numpy as np

    leaf = torch.tensor(x.tolist(), dtype=x.dtype, requires_grad=True)
    f(leaf).backward()
    a = leaf.grad.numpy()
    n = np.zeros_like(a)
    for place in np.ndindex(*a.shape):
        step = np.zeros_like(a)
        step[place] = eps
        n[place] = (f(x + torch.from_numpy(step)) - f(x - torch.from_numpy(step))).item() / (2 * eps)
    larger = np.maximum(abs(a), abs(n))
    return float(np.divide(abs(a - n), larger, out=np.zeros_like(a), where=larger > 0).max())


def check_no_grad(f, x, eps):
    leaf = x.detach().clone().requires_grad_(True)
    slopes = torch.autograd.grad(f(leaf), [leaf])[0].flatten().tolist()
    base, found = x.detach().flatten().tolist(), []
    with torch.no_grad():
        for i, a in enumerate(slopes):
            values = []
            for sign in (1, -1):
                moved = list(base)
                moved[i] += sign * eps
                values.append(float(f(torch.tensor(moved, dtype=x.dtype).reshape(x.shape))))
            n = (values[0] - values[1]) / (2 * eps)
            found.append(0.0 if a == n else abs(a - n) / max(abs(a), abs(n)))
    return max(found)


def check_restores(f, x, eps):
    work = x.clone()
    work.requires_grad_()
    (slope,) = torch.autograd.grad(f(work), work)
    work = work.detach().contiguous()
    flat, worst = work.view(-1), 0.0
    for i, a in enumerate(slope.flatten().tolist()):
        before = flat[i].item()
        flat[i] = before + eps
        above = f(work).item()
        flat[i] = before - eps
        below = f(work).item()
        flat[i] = before
        n = (above - below) / (2 * eps)
        largest = max(abs(a), abs(n))
        worst = max(worst, abs(a - n) / largest if largest > 0 else 0.0)
    return worst


DIFFERENCE = {
    "loop": check_loop,
    "unit-vectors": check_unit_vectors,
    "numpy": check_numpy,
    "no-grad": check_no_grad,
    "restores": check_restores,
}
