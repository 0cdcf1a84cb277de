"""Right ways to write `cross_entropy(logits, targets, label_smoothing=0.0, ignore_index=-100)`."""

import torch


def cross_entropy_gather(logits, targets, label_smoothing=0.0, ignore_index=-100):
    dim = min(1, logits.dim() - 1)
    shifted = logits - logits.amax(dim, keepdim=True)
    log_p = shifted - shifted.exp().sum(dim, keepdim=True).log()
    counted = targets != ignore_index
    safe = targets.masked_fill(~counted, 0)
    losses = -log_p.gather(dim, safe.unsqueeze(dim)).squeeze(dim)
    if label_smoothing:
        losses = (1 - label_smoothing) * losses - label_smoothing * log_p.mean(dim)
    return losses.masked_fill(~counted, 0).sum() / counted.sum()


def cross_entropy_rows_kept(logits, targets, label_smoothing=0.0, ignore_index=-100):
    rows = (logits if logits.dim() == 1 else logits.movedim(1, -1)).reshape(-1, logits.shape[min(1, logits.dim() - 1)])
    flat = targets.reshape(-1)
    kept, classes = rows[flat != ignore_index], flat[flat != ignore_index]
    top = kept.max(-1, keepdim=True).values
    log_p = kept - top - torch.log(torch.exp(kept - top).sum(-1, keepdim=True))
    hard = -log_p[torch.arange(len(kept)), classes]
    smooth = -log_p.mean(-1) if label_smoothing > 0 else torch.zeros_like(hard)
    return ((1 - label_smoothing) * hard + label_smoothing * smooth).mean()


def cross_entropy_lse_minus_target(logits, targets, label_smoothing=0.0, ignore_index=-100):
    dim = min(1, logits.dim() - 1)
    z = logits - logits.amax(dim, keepdim=True).detach()
    lse = z.exp().sum(dim).log()
    mask = targets.ne(ignore_index)
    at_target = z.gather(dim, torch.where(mask, targets, 0).unsqueeze(dim)).squeeze(dim)
    expected = at_target
    if label_smoothing > 0:
        expected = (1 - label_smoothing) * at_target + label_smoothing / z.shape[dim] * z.sum(dim)
    return torch.where(mask, lse - expected, 0).sum() / mask.sum()


def cross_entropy_soft_targets(logits, targets, label_smoothing=0.0, ignore_index=-100):
    moved = logits.movedim(min(1, logits.dim() - 1), -1)
    classes = moved.shape[-1]
    keep = targets != ignore_index
    hot = torch.nn.functional.one_hot(targets.where(keep, torch.zeros_like(targets)), classes)
    q = (1 - label_smoothing) * hot.to(logits.dtype) + label_smoothing / classes
    shifted = moved - moved.amax(-1, keepdim=True)
    log_p = shifted - shifted.exp().sum(-1, keepdim=True).log()
    losses = -torch.where(q > 0, q * log_p.masked_fill(q == 0, 0), 0).sum(-1)
    return (losses * keep).sum() / keep.sum()


def cross_entropy_loop(logits, targets, label_smoothing=0.0, ignore_index=-100):
    rows = (logits if logits.dim() == 1 else logits.movedim(1, -1)).reshape(-1, logits.shape[min(1, logits.dim() - 1)])
    total, count = rows.new_zeros(()), 0
    for row, t in zip(rows, targets.reshape(-1).tolist(), strict=True):
        if t == ignore_index:
            continue
        log_p = row - row.max() - (row - row.max()).exp().sum().log()
        loss = -log_p[t]
        if label_smoothing:
            loss = (1 - label_smoothing) * loss - label_smoothing * log_p.mean()
        total, count = total + loss, count + 1
    return total / count if count else total * float("nan")


def cross_entropy_own_gradient(logits, targets, label_smoothing=0.0, ignore_index=-100):
    class CrossEntropy(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            dim = min(1, z.dim() - 1)
            wide = z if z.dtype == torch.float64 else z.float()
            shifted = wide - wide.amax(dim, keepdim=True)
            log_p = shifted - shifted.exp().sum(dim, keepdim=True).log()
            keep = targets != ignore_index
            place = torch.where(keep, targets, 0).unsqueeze(dim)
            losses = -(1 - label_smoothing) * log_p.gather(dim, place).squeeze(dim)
            if label_smoothing:
                losses = losses - label_smoothing * log_p.mean(dim)
            q = torch.full_like(wide, label_smoothing / z.shape[dim])
            q.scatter_add_(dim, place, torch.full_like(place, 1, dtype=wide.dtype) * (1 - label_smoothing))
            ctx.slope = torch.where(keep.unsqueeze(dim), log_p.exp() - q, 0) / keep.sum()
            return (losses.masked_fill(~keep, 0).sum() / keep.sum()).to(z.dtype)

        @staticmethod
        def backward(ctx, grad):
            return (grad * ctx.slope).to(grad.dtype)

    return CrossEntropy.apply(logits)


CROSS_ENTROPY = {
    "gather": cross_entropy_gather,
    "rows-kept": cross_entropy_rows_kept,
    "lse-minus-target": cross_entropy_lse_minus_target,
    "soft-targets": cross_entropy_soft_targets,
    "loop": cross_entropy_loop,
    "own-gradient": cross_entropy_own_gradient,
}
