"""Right ways to write `softplus(z)` and `log_sigmoid(z)`, as students with different habits would."""

import torch


def softplus_textbook(z):
    return torch.maximum(z, torch.zeros_like(z)) + torch.log1p(torch.exp(-torch.abs(z)))


def softplus_logaddexp(z):
    return torch.logaddexp(z, torch.zeros_like(z))


def softplus_logaddexp_of_a_number(z):
    return torch.logaddexp(z.new_tensor(0.0), z)


def softplus_half_sum(z):
    size = z.abs()
    return z / 2 + size / 2 + size.neg().exp().log1p()


def softplus_where_inside(z):
    positive = z > 0
    safe = torch.where(positive, -z, z)
    return torch.where(positive, z, torch.zeros_like(z)) + torch.log1p(torch.exp(safe))


def softplus_amax_of_a_pair(z):
    pair = torch.stack([z, torch.zeros_like(z)], -1)
    return pair.amax(-1) + torch.log1p(torch.exp(-z.abs()))


def softplus_float32_inside(z):
    wide = z if z.dtype == torch.float64 else z.float()
    return (torch.maximum(wide, torch.zeros_like(wide)) + torch.log1p(torch.exp(-wide.abs()))).to(z.dtype)


def softplus_loop(z):
    def one(number):
        if number > 0:
            return number + torch.log1p(torch.exp(-number))
        return torch.log1p(torch.exp(number))

    return torch.stack([one(number) for number in z.reshape(-1).unbind(0)]).reshape(z.shape)


def softplus_numpy(z):
    import numpy as np

    class Softplus(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            array = x.detach().cpu()
            array = (array.float() if array.element_size() < 4 else array).numpy()
            e = np.exp(-np.abs(array))
            ctx.slope = np.where(array >= 0, 1 / (1 + e), e / (1 + e))
            return torch.from_numpy(np.maximum(array, 0) + np.log1p(e)).to(x)

        @staticmethod
        def backward(ctx, grad):
            return torch.from_numpy(np.asarray(ctx.slope)).to(grad) * grad

    return Softplus.apply(z)


def softplus_autograd_function(z):
    class Softplus(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            e = torch.exp(-x.abs())
            ctx.save_for_backward(torch.where(x >= 0, 1 / (1 + e), e / (1 + e)))
            return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(e)

        @staticmethod
        def backward(ctx, grad):
            (slope,) = ctx.saved_tensors
            return grad * slope

    return Softplus.apply(z)


def log_sigmoid_by_softplus(z):
    def softplus(x):
        return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs()))

    return -softplus(-z)


def log_sigmoid_textbook(z):
    return torch.minimum(z, torch.zeros_like(z)) - torch.log1p(torch.exp(-z.abs()))


def log_sigmoid_logaddexp(z):
    return -torch.logaddexp(-z, torch.zeros_like(z))


def log_sigmoid_where_inside(z):
    negative = z < 0
    safe = torch.where(negative, z, -z)
    return torch.where(negative, z, torch.zeros_like(z)) - torch.log1p(torch.exp(safe))


def log_sigmoid_half_difference(z):
    size = z.abs()
    return z / 2 - size / 2 - torch.log1p(torch.exp(-size))


def log_sigmoid_float32_inside(z):
    wide = z if z.dtype == torch.float64 else z.float()
    return (torch.minimum(wide, torch.zeros_like(wide)) - torch.log1p(torch.exp(-wide.abs()))).to(z.dtype)


def log_sigmoid_autograd_function(z):
    class LogSigmoid(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            e = torch.exp(-x.abs())
            ctx.save_for_backward(torch.where(x >= 0, e / (1 + e), 1 / (1 + e)))
            return torch.minimum(x, torch.zeros_like(x)) - torch.log1p(e)

        @staticmethod
        def backward(ctx, grad):
            (slope,) = ctx.saved_tensors
            return grad * slope

    return LogSigmoid.apply(z)


SOFTPLUS = {
    "textbook": softplus_textbook,
    "logaddexp": softplus_logaddexp,
    "logaddexp-of-a-number": softplus_logaddexp_of_a_number,
    "half-sum": softplus_half_sum,
    "where-inside": softplus_where_inside,
    "amax-of-a-pair": softplus_amax_of_a_pair,
    "float32-inside": softplus_float32_inside,
    "loop": softplus_loop,
    "numpy": softplus_numpy,
    "autograd-function": softplus_autograd_function,
}
LOG_SIGMOID = {
    "by-softplus": log_sigmoid_by_softplus,
    "textbook": log_sigmoid_textbook,
    "logaddexp": log_sigmoid_logaddexp,
    "where-inside": log_sigmoid_where_inside,
    "half-difference": log_sigmoid_half_difference,
    "float32-inside": log_sigmoid_float32_inside,
    "autograd-function": log_sigmoid_autograd_function,
}
