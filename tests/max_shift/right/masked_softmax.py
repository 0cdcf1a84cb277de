"""Right ways to write `masked_softmax(scores, mask, dim=-1)`, as students with different habits would."""

import torch


def masked_softmax_minus_infinity(scores, mask, dim=-1):
    visible = torch.where(mask, torch.full_like(scores, float("-inf")), scores)
    top = visible.amax(dim=dim, keepdim=True)
    top = torch.where(torch.isinf(top), torch.zeros_like(top), top)
    weights = torch.exp(visible - top)
    total = weights.sum(dim=dim, keepdim=True)
    return weights / torch.where(total == 0, torch.ones_like(total), total)


def masked_softmax_masked_fill(scores, mask, dim=-1):
    visible = scores.masked_fill(mask, float("-inf"))
    empty = mask.expand(scores.shape).all(dim, keepdim=True)
    top = visible.detach().max(dim, keepdim=True).values.masked_fill(empty, 0.0)
    weights = (visible - top).exp()
    return weights / weights.sum(dim, keepdim=True).masked_fill(empty, 1.0)


def masked_softmax_hidden_at_the_top(scores, mask, dim=-1):
    # A hidden place is moved to the visible maximum, where its exponential is a harmless 1, and then left out.
    lowest = torch.finfo(scores.dtype).min
    top = scores.detach().masked_fill(mask, lowest).amax(dim, keepdim=True)
    weights = torch.exp(torch.where(mask, top, scores) - top) * ~mask
    total = weights.sum(dim, keepdim=True)
    return weights / (total + (total == 0))


def masked_softmax_row_loop(scores, mask, dim=-1):
    moved = scores.movedim(dim, -1)
    rows = moved.reshape(-1, moved.shape[-1])
    hidden = mask.expand(scores.shape).movedim(dim, -1).reshape(rows.shape)
    results = []
    for row, skip in zip(rows.unbind(0), hidden.unbind(0), strict=True):
        result = row.masked_fill(skip, 0.0)
        if not skip.all():
            seen = row[~skip]
            weights = torch.exp(seen - seen.max())
            result = result.masked_scatter(~skip, weights / weights.sum())
        results.append(result)
    return torch.stack(results).reshape(moved.shape).movedim(-1, dim)


def masked_softmax_numpy(scores, mask, dim=-1):
    import numpy as np

    class MaskedSoftmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            array = x.detach().cpu()
            array = (array.float() if array.element_size() < 4 else array).numpy()
            hidden = np.broadcast_to(mask.cpu().numpy(), array.shape)
            visible = np.where(hidden, -np.inf, array)
            top = visible.max(axis=dim, keepdims=True)
            weights = np.exp(visible - np.where(np.isinf(top), 0, top))
            total = weights.sum(axis=dim, keepdims=True)
            ctx.p = (weights / np.where(total == 0, 1, total)).astype(array.dtype)
            return torch.from_numpy(ctx.p).to(x)

        @staticmethod
        def backward(ctx, grad):
            g = grad.detach().cpu()
            g = (g.float() if g.element_size() < 4 else g).numpy()
            return torch.from_numpy(ctx.p * (g - (ctx.p * g).sum(axis=dim, keepdims=True))).to(grad)

    return MaskedSoftmax.apply(scores)


def masked_softmax_autograd_function(scores, mask, dim=-1):
    class MaskedSoftmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            visible = x.masked_fill(mask, float("-inf"))
            # The smallest float keeps the shift finite where nothing is visible.
            top = visible.amax(dim, keepdim=True).clamp(min=torch.finfo(x.dtype).min)
            weights = torch.exp(visible - top)
            total = weights.sum(dim, keepdim=True)
            p = weights / total.clamp(min=torch.finfo(x.dtype).tiny)
            ctx.save_for_backward(p)
            return p

        @staticmethod
        def backward(ctx, grad):
            (p,) = ctx.saved_tensors
            return p * (grad - (p * grad).sum(dim, keepdim=True))

    return MaskedSoftmax.apply(scores)


def masked_softmax_float32_inside(scores, mask, dim=-1):
    wide = scores if scores.dtype == torch.float64 else scores.float()
    visible = wide.masked_fill(mask, float("-inf"))
    top = torch.nan_to_num(visible.amax(dim, keepdim=True), neginf=0.0)
    weights = torch.exp(visible - top)
    total = weights.sum(dim, keepdim=True)
    return torch.where(total > 0, weights / total.masked_fill(total == 0, 1.0), total).to(scores.dtype)


def masked_softmax_rounded_up_shift(scores, mask, dim=-1):
    visible = scores.masked_fill(mask, float("-inf"))
    shift = visible.detach().amax(dim, keepdim=True).ceil()
    weights = torch.exp(visible - shift.masked_fill(shift == float("-inf"), 0.0))
    total = weights.sum(dim, keepdim=True)
    return weights / total.masked_fill(total == 0, 1.0)


def masked_softmax_logarithm_inside(scores, mask, dim=-1):
    visible = scores.masked_fill(mask, float("-inf"))
    top = visible.amax(dim, keepdim=True)
    shifted = visible - top.masked_fill(top == float("-inf"), 0.0)
    total = torch.exp(shifted).sum(dim, keepdim=True)
    return torch.exp(shifted - torch.log(total.masked_fill(total == 0, 1.0)))


def masked_softmax_nan_replaced(scores, mask, dim=-1):
    # masked_fill gives its own input a gradient of 0, so the nan of a fully hidden row ends there on the way back.
    visible = scores.masked_fill(mask, float("-inf"))
    weights = torch.exp(visible - visible.amax(dim, keepdim=True))
    return (weights / weights.sum(dim, keepdim=True)).masked_fill(mask, 0.0)


MASKED_SOFTMAX = {
    "minus-infinity": masked_softmax_minus_infinity,
    "masked-fill": masked_softmax_masked_fill,
    "hidden-at-the-top": masked_softmax_hidden_at_the_top,
    "row-loop": masked_softmax_row_loop,
    "numpy": masked_softmax_numpy,
    "autograd-function": masked_softmax_autograd_function,
    "float32-inside": masked_softmax_float32_inside,
    "rounded-up-shift": masked_softmax_rounded_up_shift,
    "nan-replaced": masked_softmax_nan_replaced,
    "logarithm-inside": masked_softmax_logarithm_inside,
}
