"""Right ways to write `logsumexp(x, dim=-1, keepdim=False)`, as students with different habits would."""

import torch


def logsumexp_safe_rows(x, dim=-1, keepdim=False):
    top = x.amax(dim=dim, keepdim=True)
    infinite = torch.isinf(top)
    # Infinite rows never enter the formula, so nothing in its backward pass is nan.
    safe = torch.where(infinite, torch.zeros_like(x), x)
    shift = torch.where(infinite, torch.zeros_like(top), top)
    finite = shift + torch.log(torch.exp(safe - shift).sum(dim=dim, keepdim=True))
    result = torch.where(infinite, top, finite)
    return result if keepdim else result.squeeze(dim)


def logsumexp_masked_fill(x, dim=-1, keepdim=False):
    top = x.detach().amax(dim, keepdim=True)
    infinite = top.isinf()
    safe = x.masked_fill(infinite, 0.0)
    shift = top.masked_fill(infinite, 0.0)
    total = (safe - shift).exp().sum(dim, keepdim=True)
    result = total.log().add(shift).masked_fill(top == float("inf"), float("inf"))
    result = result.masked_fill(top == float("-inf"), float("-inf"))
    return result if keepdim else result.squeeze(dim)


def logsumexp_row_loop(x, dim=-1, keepdim=False):
    import math

    def of_row(row):
        top = max(row.tolist())
        if math.isinf(top):
            return row.max()
        return torch.log(torch.exp(row - top).sum()) + top

    moved = x.movedim(dim, -1)
    rows = moved.reshape(-1, moved.shape[-1]).unbind(0)
    result = torch.stack([of_row(row) for row in rows]).reshape(moved.shape[:-1])
    return result.unsqueeze(dim) if keepdim else result


def logsumexp_numpy(x, dim=-1, keepdim=False):
    import numpy as np

    class LogSumExp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            array = x.detach().cpu()
            array = (array.float() if array.element_size() < 4 else array).numpy()
            top = array.max(axis=dim, keepdims=True)
            ctx.infinite = np.isinf(top)
            shifted = np.where(ctx.infinite, 0, array) - np.where(ctx.infinite, 0, top)
            weights = np.exp(shifted)
            total = weights.sum(axis=dim, keepdims=True)
            ctx.p = weights / total
            result = np.where(ctx.infinite, top, np.where(ctx.infinite, 0, top) + np.log(total))
            return torch.from_numpy(result).to(x)

        @staticmethod
        def backward(ctx, grad):
            p = torch.from_numpy(np.where(ctx.infinite, 0, ctx.p)).to(grad)
            return grad * p

    result = LogSumExp.apply(x)
    return result if keepdim else result.squeeze(dim)


def logsumexp_custom_gradient(x, dim=-1, keepdim=False):
    class LogSumExp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            top = x.amax(dim, keepdim=True)
            shift = torch.where(top.isfinite(), top, torch.zeros_like(top))
            weights = torch.exp(x - shift)
            total = weights.sum(dim, keepdim=True)
            ctx.save_for_backward(weights, total)
            return shift + torch.log(total)

        @staticmethod
        def backward(ctx, grad):
            weights, total = ctx.saved_tensors
            usable = total.isfinite() & (total > 0)
            share = torch.where(usable, weights, torch.zeros_like(weights)) / torch.where(
                usable, total, torch.ones_like(total)
            )
            return grad * share

    result = LogSumExp.apply(x)
    return result if keepdim else result.squeeze(dim)


def logsumexp_float32_inside(x, dim=-1, keepdim=False):
    wide = x if x.dtype == torch.float64 else x.float()
    top = wide.amax(dim, keepdim=True)
    usable = top.isfinite()
    zero = torch.zeros((), dtype=wide.dtype)
    shift = torch.where(usable, top, zero)
    total = torch.exp(torch.where(usable, wide, zero) - shift).sum(dim, keepdim=True)
    result = torch.where(usable, shift + torch.log(total), top).to(x.dtype)
    return result if keepdim else result.squeeze(dim)


def logsumexp_rounded_up_shift(x, dim=-1, keepdim=False):
    top = x.detach().amax(dim, keepdim=True)
    infinite = top.isinf()
    shift = torch.where(infinite, torch.zeros_like(top), top.ceil())
    total = torch.exp(torch.where(infinite, torch.zeros_like(x), x) - shift).sum(dim, keepdim=True)
    result = torch.where(infinite, top, shift + torch.log(total))
    return result if keepdim else result.squeeze(dim)


def logsumexp_sorted_log1p(x, dim=-1, keepdim=False):
    ordered = torch.sort(x.movedim(dim, -1), dim=-1, descending=True).values
    top = ordered[..., :1]
    infinite = torch.isinf(top)
    safe = ordered.masked_fill(infinite, 0.0)
    rest = torch.exp(safe[..., 1:] - safe[..., :1]).sum(-1, keepdim=True)
    result = torch.where(infinite, top, safe[..., :1] + torch.log1p(rest)).squeeze(-1)
    return result.unsqueeze(dim) if keepdim else result


def logsumexp_online(x, dim=-1, keepdim=False):
    wide = x if x.dtype == torch.float64 else x.float()
    top = wide.amax(dim, keepdim=True)
    infinite = torch.isinf(top)
    items = wide.masked_fill(infinite, 0.0).unbind(dim)
    largest, total = items[0], torch.ones_like(items[0])
    for item in items[1:]:
        new = torch.maximum(largest, item)
        # The guard keeps -inf minus -inf out while only -inf has come by.
        base = new.masked_fill(new == float("-inf"), 0.0)
        total = total * torch.exp(largest - base) + torch.exp(item - base)
        largest = new
    finite = (largest + torch.log(total.masked_fill(total == 0, 1.0))).unsqueeze(dim)
    result = torch.where(infinite, top, finite).to(x.dtype)
    return result if keepdim else result.squeeze(dim)


LOGSUMEXP = {
    "safe-rows": logsumexp_safe_rows,
    "masked-fill": logsumexp_masked_fill,
    "row-loop": logsumexp_row_loop,
    "numpy": logsumexp_numpy,
    "custom-gradient": logsumexp_custom_gradient,
    "float32-inside": logsumexp_float32_inside,
    "rounded-up-shift": logsumexp_rounded_up_shift,
    "sorted-log1p": logsumexp_sorted_log1p,
    "online": logsumexp_online,
}
