"""Right ways to write `log10_ratio(a, b)`, as students with different habits would."""

import math

import torch


def textbook(a, b):
    return (a - b) / math.log(10)


def times_log_of_e(a, b):
    return torch.sub(a, b) * math.log10(math.e)


def negated(a, b):
    return -(b - a) / 2.302585092994046


def float32_inside(a, b):
    wide = torch.float64 if a.dtype == torch.float64 else torch.float32
    return ((a.to(wide) - b.to(wide)) / math.log(10)).to(a.dtype)


def tensor_constant(a, b):
    return (a - b) / torch.log(torch.tensor(10.0, dtype=torch.float64)).item()


def by_elements(a, b):
    a, b = torch.broadcast_tensors(a, b)
    pairs = zip(a.reshape(-1).unbind(), b.reshape(-1).unbind(), strict=True)
    return torch.stack([(x - y) / math.log(10) for x, y in pairs]).reshape(a.shape)


def autograd_function(a, b):
    class Ratio(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.shapes = a.shape, b.shape
            return (a - b) / math.log(10)

        @staticmethod
        def backward(ctx, grad):
            first, second = ctx.shapes
            scaled = grad / math.log(10)
            return scaled.sum_to_size(first), -scaled.sum_to_size(second)

    return Ratio.apply(a, b)


LOG10_RATIO = {
    "textbook": textbook,
    "times-log-of-e": times_log_of_e,
    "negated": negated,
    "float32-inside": float32_inside,
    "tensor-constant": tensor_constant,
    "by-elements": by_elements,
    "autograd-function": autograd_function,
}
