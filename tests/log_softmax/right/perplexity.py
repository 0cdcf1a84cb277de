"""Right ways to write `perplexity(logits, targets)`."""

import torch


def perplexity_gather(logits, targets):
    shifted = logits - logits.amax(-1, keepdim=True)
    log_p = shifted - shifted.exp().sum(-1, keepdim=True).log()
    return torch.exp(-log_p.gather(-1, targets.unsqueeze(-1)).mean())


def perplexity_lse(logits, targets):
    top = logits.detach().amax(-1, keepdim=True)
    z = logits - top
    losses = z.exp().sum(-1).log() - torch.take_along_dim(z, targets[..., None], -1)[..., 0]
    return losses.mean().exp()


def perplexity_flat(logits, targets):
    rows, chosen = logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)
    rows = rows - rows.max(-1, keepdim=True).values
    log_p = rows - torch.log(torch.exp(rows).sum(-1, keepdim=True))
    return torch.exp(-log_p[torch.arange(len(rows)), chosen].sum() / len(rows))


def perplexity_float32_inside(logits, targets):
    z = logits if logits.dtype == torch.float64 else logits.float()
    z = z - z.amax(-1, keepdim=True)
    log_p = z - z.exp().sum(-1, keepdim=True).log()
    return (-log_p.gather(-1, targets.unsqueeze(-1))).mean().exp().to(logits.dtype)


def perplexity_mask(logits, targets):
    z = logits - logits.amax(-1, keepdim=True)
    chosen = torch.arange(z.shape[-1]) == targets.unsqueeze(-1)
    losses = z.exp().sum(-1).log() - torch.where(chosen, z, 0).sum(-1)
    return losses.mean().exp()


def perplexity_base_two(logits, targets):
    import math

    z = logits if logits.dtype == torch.float64 else logits.float()
    z = z - z.amax(-1, keepdim=True)
    nats = (z.exp().sum(-1, keepdim=True).log() - z.gather(-1, targets.unsqueeze(-1))).mean()
    return torch.exp2(nats / math.log(2)).to(logits.dtype)


PERPLEXITY = {
    "gather": perplexity_gather,
    "lse": perplexity_lse,
    "flat": perplexity_flat,
    "float32-inside": perplexity_float32_inside,
    "mask": perplexity_mask,
    "base-two": perplexity_base_two,
}
