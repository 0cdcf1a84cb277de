"""Right ways to write `cross_entropy_grad` and `mse_softmax_grad`, as students with different habits would."""

import torch


def ce_one_hot(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    y = torch.nn.functional.one_hot(targets, k).to(logits.dtype)
    g = torch.softmax(logits, dim=-1) - ((1 - label_smoothing) * y + label_smoothing / k)
    return g / n if reduction == "mean" else g


def ce_index_in_place(logits, targets, label_smoothing=0.0, reduction="mean"):
    n, k = logits.shape
    g = torch.softmax(logits, 1) - label_smoothing / k
    g[torch.arange(n, device=logits.device), targets] -= 1 - label_smoothing
    if reduction == "mean":
        g /= n
    return g


def ce_own_softmax(logits, targets, label_smoothing=0.0, reduction="mean"):
    powers = torch.exp(logits - logits.amax(1, keepdim=True))
    p = powers / powers.sum(1, keepdim=True)
    classes = torch.arange(logits.shape[1], device=logits.device)
    y = (classes[None, :] == targets[:, None]).to(logits.dtype)
    q = y - label_smoothing * (y - 1 / logits.shape[1])
    return (p - q) * (1 / len(logits) if reduction == "mean" else 1)


def ce_from_logarithms(logits, targets, label_smoothing=0.0, reduction="mean"):
    log_p = torch.log_softmax(logits, -1)
    hit = torch.zeros_like(logits, dtype=torch.bool).scatter(1, targets[:, None], True)
    if label_smoothing == 0:
        g = torch.where(hit, torch.expm1(log_p), log_p.exp())
    else:
        spread = label_smoothing / logits.shape[1]
        g = torch.where(hit, log_p.exp() - (1 - label_smoothing) - spread, log_p.exp() - spread)
    return g.div(logits.shape[0]) if reduction == "mean" else g


def ce_row_loop(logits, targets, label_smoothing=0.0, reduction="mean"):
    rows = []
    for row, target in zip(logits, targets.tolist(), strict=True):
        p = torch.softmax(row, 0)
        q = torch.full_like(p, label_smoothing / len(p))
        q[target] += 1 - label_smoothing
        rows.append(p - q)
    g = torch.stack(rows)
    return g / len(rows) if reduction == "mean" else g


def ce_numpy(logits, targets, label_smoothing=0.0, reduction="mean"):
    import numpy as np

    z = logits.detach().cpu()
    z = (z if z.dtype == torch.float64 else z.float()).numpy()
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    q = np.full_like(p, label_smoothing / p.shape[1])
    q[np.arange(len(p)), targets.cpu().numpy()] += 1 - label_smoothing
    return torch.from_numpy((p - q) / (len(p) if reduction == "mean" else 1)).to(logits)


def ce_scatter_add(logits, targets, label_smoothing=0.0, reduction="mean"):
    g = torch.nn.functional.softmax(logits, dim=1)
    taken = torch.full((len(targets), 1), label_smoothing - 1, dtype=logits.dtype, device=logits.device)
    g = g.scatter_add(1, targets.unsqueeze(1), taken) - label_smoothing / g.size(1)
    return g / g.size(0) if reduction == "mean" else g


def mse_product(logits, targets):
    p = torch.softmax(logits, 1)
    y = torch.nn.functional.one_hot(targets, logits.shape[1]).to(logits.dtype)
    v = 2 * (p - y) / len(logits)
    return p * (v - (p * v).sum(1, keepdim=True))


def mse_factors_last(logits, targets):
    p = torch.softmax(logits, -1)
    d = p - torch.zeros_like(p).scatter(1, targets[:, None], 1)
    return 2 * p * (d - torch.sum(d * p, -1, True)) / p.shape[0]


def mse_written_out(logits, targets):
    # Σ p (p - y) is Σ p² - p_y.
    p = torch.softmax(logits, 1)
    at = p.gather(1, targets[:, None])
    shared = (p * p).sum(1, keepdim=True) - at
    y = torch.zeros_like(p).scatter_(1, targets[:, None], 1.0)
    return p * (p - y - shared) * (2 / logits.shape[0])


def mse_row_loop(logits, targets):
    rows = []
    for row, target in zip(logits, targets, strict=True):
        p = torch.softmax(row, 0)
        d = p.clone()
        d[target] -= 1
        rows.append(2 * p * (d - torch.dot(p, d)) / logits.shape[0])
    return torch.stack(rows)


def mse_small_jacobians(logits, targets):
    p = torch.softmax(logits, 1)
    v = 2 * (p - torch.nn.functional.one_hot(targets, p.shape[1]).to(p.dtype))
    jacobian = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
    return (jacobian @ v[:, :, None])[:, :, 0] / len(p)


def mse_numpy(logits, targets):
    import numpy as np

    z = logits.detach().cpu()
    z = (z if z.dtype == torch.float64 else z.float()).numpy()
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    d = p.copy()
    d[np.arange(len(p)), targets.cpu().numpy()] -= 1
    return torch.from_numpy(2 * p * (d - (p * d).sum(axis=1, keepdims=True)) / len(p)).to(logits)


CROSS_ENTROPY = {
    "one-hot": ce_one_hot,
    "index-in-place": ce_index_in_place,
    "own-softmax": ce_own_softmax,
    "from-logarithms": ce_from_logarithms,
    "row-loop": ce_row_loop,
    "numpy": ce_numpy,
    "scatter-add": ce_scatter_add,
}

SQUARED_ERROR = {
    "product": mse_product,
    "factors-last": mse_factors_last,
    "written-out": mse_written_out,
    "row-loop": mse_row_loop,
    "small-jacobians": mse_small_jacobians,
    "numpy": mse_numpy,
}
