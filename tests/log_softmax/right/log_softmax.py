"""Right ways to write `log_softmax(logits, dim=-1)`; all keep the digits of a logarithm near 0."""

import torch


def log_softmax_scatter(logits, dim=-1):
    top, place = logits.max(dim=dim, keepdim=True)
    shifted = logits - top
    others = torch.exp(shifted).scatter(dim, place, 0.0).sum(dim=dim, keepdim=True)
    return shifted - torch.log1p(others)


def log_softmax_position_mask(logits, dim=-1):
    moved = logits.movedim(dim, -1)
    place = moved.argmax(-1, keepdim=True)
    top = moved.gather(-1, place)
    is_top = torch.arange(moved.shape[-1], device=logits.device) == place
    others = (moved - top).masked_fill(is_top, float("-inf")).exp().sum(-1, keepdim=True)
    return (moved - top - others.log1p()).movedim(-1, dim)


def log_softmax_sorted(logits, dim=-1):
    ordered = logits.sort(dim=dim, descending=True).values
    top = ordered.narrow(dim, 0, 1)
    rest = ordered.narrow(dim, 1, logits.shape[dim] - 1)
    return logits - top - torch.log1p(torch.exp(rest - top).sum(dim, keepdim=True))


def log_softmax_row_loop(logits, dim=-1):
    def of_row(row):
        k = int(row.argmax())
        others = torch.cat([row[:k], row[k + 1 :]])
        return row - row[k] - torch.log1p(torch.exp(others - row[k]).sum())

    moved = logits.movedim(dim, -1)
    rows = [of_row(row) for row in moved.reshape(-1, moved.shape[-1])]
    return torch.stack(rows).reshape(moved.shape).movedim(-1, dim)


def log_softmax_own_gradient(logits, dim=-1):
    class LogSoftmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            top, place = z.max(dim, keepdim=True)
            terms = torch.exp(z - top)
            terms.scatter_(dim, place, 0)
            result = z - top - torch.log1p(terms.sum(dim, keepdim=True))
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, grad):
            (result,) = ctx.saved_tensors
            return grad - result.exp() * grad.sum(dim, keepdim=True)

    return LogSoftmax.apply(logits)


def log_softmax_float32_inside(logits, dim=-1):
    z = logits if logits.dtype == torch.float64 else logits.float()
    place = z.argmax(dim, keepdim=True)
    top = torch.take_along_dim(z, place, dim)
    terms = torch.exp(z - top)
    ones = torch.zeros_like(terms).scatter(dim, place, 1.0)
    others = torch.where(ones > 0, torch.zeros_like(terms), terms).sum(dim, keepdim=True)
    return (z - top - torch.log1p(others)).to(logits.dtype)


def log_softmax_numpy(logits, dim=-1):
    import numpy as np

    class LogSoftmax(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            array = z.detach().cpu()
            array = (array.float() if array.element_size() < 4 else array).numpy()
            place = np.expand_dims(array.argmax(axis=dim), dim)
            with np.errstate(over="ignore"):
                shifted = array - np.take_along_axis(array, place, dim)
            terms = np.exp(shifted)
            np.put_along_axis(terms, place, 0, dim)
            result = shifted - np.log1p(terms.sum(axis=dim, keepdims=True))
            ctx.p = torch.from_numpy(np.exp(result))
            return torch.from_numpy(result).to(z)

        @staticmethod
        def backward(ctx, grad):
            return grad - ctx.p.to(grad) * grad.sum(dim, keepdim=True)

    return LogSoftmax.apply(logits)


LOG_SOFTMAX = {
    "scatter": log_softmax_scatter,
    "position-mask": log_softmax_position_mask,
    "sorted": log_softmax_sorted,
    "row-loop": log_softmax_row_loop,
    "own-gradient": log_softmax_own_gradient,
    "float32-inside": log_softmax_float32_inside,
    "numpy": log_softmax_numpy,
}
