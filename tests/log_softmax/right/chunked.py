"""Right ways to write `chunked_cross_entropy(hidden, weight, targets, chunk=1024)`."""

import torch
import torch.utils.checkpoint  # takes seconds on a busy machine, more than one call may


def chunked_row_slices(hidden, weight, targets, chunk=1024):
    total = hidden.new_zeros(())
    for start in range(0, len(hidden), chunk):
        logits = hidden[start : start + chunk] @ weight.T
        log_p = torch.log_softmax(logits, dim=-1)
        total = total - log_p.gather(1, targets[start : start + chunk, None]).sum()
    return total / len(hidden)


def chunked_split(hidden, weight, targets, chunk=1024):
    losses = []
    for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        logits = torch.nn.functional.linear(part, weight)
        logits = logits - logits.amax(-1, keepdim=True)
        losses.append(logits.exp().sum(-1).log() - logits[torch.arange(len(part)), answers])
    return torch.cat(losses).mean()


def chunked_vocabulary(hidden, weight, targets, chunk=1024):
    at_target = (hidden * weight[targets]).sum(-1)
    top = torch.full_like(at_target, float("-inf"))
    total = torch.zeros_like(at_target)
    for start in range(0, len(weight), chunk):
        logits = hidden @ weight[start : start + chunk].T
        new = torch.maximum(top, logits.detach().amax(-1))
        total = total * torch.exp(top - new) + torch.exp(logits - new[:, None]).sum(-1)
        top = new
    return (total.log() + (top - at_target)).mean()


def chunked_weighted_means(hidden, weight, targets, chunk=1024):
    result = 0
    for part, answers in zip(torch.split(hidden, chunk), torch.split(targets, chunk), strict=True):
        logits = part @ weight.t()
        top = logits.amax(1, keepdim=True)
        rest = torch.logsumexp(logits - top, 1)
        loss = rest - (logits - top).gather(1, answers[:, None])[:, 0]
        result = result + loss.mean() * (len(part) / len(hidden))
    return result


def chunked_own_gradient(hidden, weight, targets, chunk=1024):
    class Chunked(torch.autograd.Function):
        @staticmethod
        def forward(ctx, h, w):
            grad_h, grad_w = torch.zeros_like(h), torch.zeros_like(w)
            total = h.new_zeros(())
            for i in range(0, len(h), chunk):
                part, answers = h[i : i + chunk], targets[i : i + chunk]
                log_p = (part @ w.T).log_softmax(-1)
                total -= log_p.gather(1, answers[:, None]).sum()
                slope = log_p.exp()
                slope[torch.arange(len(part)), answers] -= 1
                grad_h[i : i + chunk] = slope @ w / len(h)
                grad_w += slope.T @ part / len(h)
            ctx.save_for_backward(grad_h, grad_w)
            return total / len(h)

        @staticmethod
        def backward(ctx, grad):
            grad_h, grad_w = ctx.saved_tensors
            return grad * grad_h, grad * grad_w

    return Chunked.apply(hidden, weight)


def chunked_checkpoint(hidden, weight, targets, chunk=1024):
    from torch.utils.checkpoint import checkpoint

    def of_part(part, weight, answers):
        return -torch.log_softmax(part @ weight.T, -1).gather(1, answers[:, None]).sum()

    parts = zip(hidden.split(chunk), targets.split(chunk), strict=True)
    return sum(checkpoint(of_part, part, weight, answers, use_reentrant=False) for part, answers in parts) / len(hidden)


CHUNKED = {
    "row-slices": chunked_row_slices,
    "split": chunked_split,
    "vocabulary": chunked_vocabulary,
    "weighted-means": chunked_weighted_means,
    "own-gradient": chunked_own_gradient,
    "checkpoint": chunked_checkpoint,
}
