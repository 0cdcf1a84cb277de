"""Right ways to write `nll(log_probs, targets, reduction="mean")`."""

import torch


def nll_gather(log_probs, targets, reduction="mean"):
    dim = min(1, log_probs.dim() - 1)
    losses = -log_probs.gather(dim, targets.unsqueeze(dim)).squeeze(dim)
    return losses if reduction == "none" else getattr(losses, reduction)()


def nll_index(log_probs, targets, reduction="mean"):
    rows = log_probs.movedim(min(1, log_probs.dim() - 1), -1).reshape(-1, log_probs.shape[min(1, log_probs.dim() - 1)])
    picked = rows[torch.arange(len(rows), device=rows.device), targets.reshape(-1)]
    losses = picked.neg().reshape(targets.shape)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses


def nll_where(log_probs, targets, reduction="mean"):
    dim = 1 if log_probs.dim() > 1 else 0
    classes = torch.arange(log_probs.shape[dim], device=targets.device)
    shape = [1] * log_probs.dim()
    shape[dim] = -1
    chosen = classes.view(shape) == targets.unsqueeze(dim)
    losses = torch.where(chosen, -log_probs, torch.zeros_like(log_probs)).sum(dim)
    return {"mean": losses.mean, "sum": losses.sum, "none": losses.clone}[reduction]()


def nll_take_along(log_probs, targets, reduction="mean"):
    if log_probs.dim() == 1:
        losses = -log_probs[targets]
    else:
        losses = -torch.take_along_dim(log_probs, targets[:, None], 1)[:, 0]
    total = losses.sum()
    return {"none": losses, "sum": total, "mean": total / targets.numel()}[reduction]


def nll_loop(log_probs, targets, reduction="mean"):
    classes_last = log_probs if log_probs.dim() == 1 else log_probs.movedim(1, -1)
    rows = classes_last.reshape(-1, classes_last.shape[-1])
    losses = torch.stack([-row[t] for row, t in zip(rows, targets.reshape(-1).tolist(), strict=True)])
    if reduction == "none":
        return losses.reshape(targets.shape)
    return losses.sum() / (len(losses) if reduction == "mean" else 1)


NLL = {
    "gather": nll_gather,
    "index": nll_index,
    "where": nll_where,
    "take-along": nll_take_along,
    "loop": nll_loop,
}
