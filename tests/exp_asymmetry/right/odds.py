"""Right ways to write `sigmoid_odds(log_odds)`, as students with different habits would."""

import torch


def each_on_its_side(log_odds):
    zero = torch.zeros_like(log_odds)
    positive = torch.where(log_odds >= 0, log_odds, zero)
    e = torch.exp(torch.where(log_odds < 0, log_odds, zero))
    return torch.where(log_odds >= 0, 1 / (1 + torch.exp(-positive)), e / (1 + e))


def by_clamp(log_odds):
    e = torch.exp(log_odds.clamp(max=0))
    return torch.where(log_odds >= 0, 1 / (1 + torch.exp(-log_odds.clamp(min=0))), e / (1 + e))


def shifted_by_maximum(log_odds):
    zero = torch.zeros_like(log_odds)
    top = torch.maximum(log_odds, zero)
    e = torch.exp(log_odds - top)
    return e / (e + torch.exp(zero - top))


def by_minimum(log_odds):
    zero = torch.zeros_like(log_odds)
    e = torch.exp(torch.minimum(log_odds, zero))
    return e / (e + torch.exp(torch.minimum(-log_odds, zero)))


def float32_inside(log_odds):
    x = log_odds if log_odds.dtype == torch.float64 else log_odds.float()
    e = torch.exp(x.clamp(max=0))
    p = torch.where(x >= 0, 1 / (1 + torch.exp(-x.clamp(min=0))), e / (1 + e))
    return p.to(log_odds.dtype)


def loop(log_odds):
    found = []
    for x in log_odds.reshape(-1).unbind():
        if x >= 0:
            found.append(1 / (1 + torch.exp(-x)))
        else:
            found.append(torch.exp(x) / (1 + torch.exp(x)))
    return torch.stack(found).reshape(log_odds.shape)


def autograd_function(log_odds):
    class Sigmoid(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            e = torch.exp(-x.abs())
            p = torch.where(x >= 0, torch.ones_like(e), e) / (1 + e)
            ctx.save_for_backward(p)
            return p

        @staticmethod
        def backward(ctx, grad):
            (p,) = ctx.saved_tensors
            return grad * p * (1 - p)

    return Sigmoid.apply(log_odds)


def numpy_sigmoid(log_odds):
    import numpy

    class Sigmoid(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            array = x.detach().cpu()
            array = (array.float() if array.element_size() < 4 else array).numpy()
            e = numpy.exp(-numpy.abs(array))
            ctx.p = torch.from_numpy(numpy.asarray(numpy.where(array >= 0, 1, e) / (1 + e))).to(x)
            return ctx.p.clone()

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.p * (1 - ctx.p)

    return Sigmoid.apply(log_odds)


SIGMOID_ODDS = {
    "each-on-its-side": each_on_its_side,
    "by-clamp": by_clamp,
    "shifted-by-maximum": shifted_by_maximum,
    "by-minimum": by_minimum,
    "float32-inside": float32_inside,
    "loop": loop,
    "autograd-function": autograd_function,
    "numpy": numpy_sigmoid,
}
