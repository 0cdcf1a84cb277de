"""Right ways to write `softmax(logits, dim=-1)`, as students with different habits would."""

import torch


def softmax_textbook(logits, dim=-1):
    shifted = logits - logits.amax(dim=dim, keepdim=True)
    weights = torch.exp(shifted)
    return weights / weights.sum(dim=dim, keepdim=True)


def softmax_detached_max(logits, dim=-1):
    top = logits.detach().max(dim, keepdim=True).values
    weights = (logits - top).exp()
    return weights * (1 / weights.sum(dim, keepdim=True))


def softmax_row_loop(logits, dim=-1):
    moved = logits.movedim(dim, -1)
    rows = []
    for row in moved.reshape(-1, moved.shape[-1]).unbind(0):
        weights = torch.exp(row - max(row.tolist()))
        rows.append(weights / weights.sum())
    return torch.stack(rows).reshape(moved.shape).movedim(-1, dim)


def softmax_flattened(logits, dim=-1):
    moved = torch.movedim(logits, dim, 0)
    columns = moved.flatten(1) if moved.dim() > 1 else moved[:, None]
    top, _ = torch.max(columns, 0)
    weights = torch.exp(columns - top)
    return torch.movedim((weights / torch.sum(weights, 0)).reshape(moved.shape), 0, dim)


def softmax_numpy(logits, dim=-1):
    import numpy as np

    class Softmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            array = x.detach().cpu()
            array = (array.float() if array.element_size() < 4 else array).numpy()
            weights = np.exp(array - array.max(axis=dim, keepdims=True))
            p = weights / weights.sum(axis=dim, keepdims=True)
            ctx.p = p
            return torch.from_numpy(p).to(x)

        @staticmethod
        def backward(ctx, grad):
            g = grad.detach().cpu()
            g = (g.float() if g.element_size() < 4 else g).numpy()
            return torch.from_numpy(ctx.p * (g - (ctx.p * g).sum(axis=dim, keepdims=True))).to(grad)

    return Softmax.apply(logits)


def softmax_autograd_function(logits, dim=-1):
    class Softmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            weights = torch.exp(x - x.amax(dim, keepdim=True))
            p = weights / weights.sum(dim, keepdim=True)
            ctx.save_for_backward(p)
            return p

        @staticmethod
        def backward(ctx, grad):
            (p,) = ctx.saved_tensors
            return p * (grad - (p * grad).sum(dim, keepdim=True))

    return Softmax.apply(logits)


def softmax_rounded_up_shift(logits, dim=-1):
    # Any constant within a unit of the maximum is as good as the maximum.
    shift = logits.detach().amax(dim, keepdim=True).ceil()
    weights = torch.exp(logits - shift)
    return weights / weights.sum(dim, keepdim=True)


def softmax_second_largest_shift(logits, dim=-1):
    ordered = logits.detach().sort(dim, descending=True).values
    top = ordered.narrow(dim, 0, 1)
    second = ordered.narrow(dim, min(1, ordered.shape[dim] - 1), 1)
    weights = torch.exp(logits - torch.where(top - second < 1, second, top))
    return weights / weights.sum(dim, keepdim=True)


def softmax_float32_inside(logits, dim=-1):
    wide = logits if logits.dtype == torch.float64 else logits.float()
    weights = torch.exp(wide - wide.amax(dim, keepdim=True))
    return (weights / weights.sum(dim, keepdim=True)).to(logits.dtype)


def softmax_logarithm_inside(logits, dim=-1):
    shifted = logits - logits.amax(dim, keepdim=True)
    return torch.exp(shifted - torch.log(torch.exp(shifted).sum(dim, keepdim=True)))


def softmax_in_place_on_a_copy(logits, dim=-1):
    weights = logits.clone()
    weights.sub_(logits.detach().amax(dim, keepdim=True))
    weights.exp_()
    return weights.div(weights.sum(dim, keepdim=True))


def softmax_einsum(logits, dim=-1):
    moved = logits.transpose(dim, -1)
    weights = torch.exp(moved - moved.max(-1).values.unsqueeze(-1))
    totals = torch.einsum("...n->...", weights)
    return torch.einsum("...n,...->...n", weights, totals.reciprocal()).transpose(dim, -1)


SOFTMAX = {
    "textbook": softmax_textbook,
    "detached-max": softmax_detached_max,
    "row-loop": softmax_row_loop,
    "flattened": softmax_flattened,
    "numpy": softmax_numpy,
    "autograd-function": softmax_autograd_function,
    "rounded-up-shift": softmax_rounded_up_shift,
    "second-largest-shift": softmax_second_largest_shift,
    "float32-inside": softmax_float32_inside,
    "logarithm-inside": softmax_logarithm_inside,
    "in-place-on-a-copy": softmax_in_place_on_a_copy,
    "einsum": softmax_einsum,
}
