"""Right ways to write `bce_with_logits`, `bce_grad` and `multilabel_loss`, as students with different habits would."""

import torch


def bce_two_softplus(z, y, pos_weight=None, reduction="mean"):
    def softplus(x):
        return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs()))

    positive = y * softplus(-z)
    if pos_weight is not None:
        positive = pos_weight * positive
    loss = (1 - y) * softplus(z) + positive
    return {"none": lambda x: x, "sum": torch.sum, "mean": torch.mean}[reduction](loss)


def bce_log_sigmoids(z, y, pos_weight=None, reduction="mean"):
    def log_sigmoid(x):
        return torch.minimum(x, torch.zeros_like(x)) - torch.log1p(torch.exp(-x.abs()))

    w = 1.0 if pos_weight is None else pos_weight
    loss = -(w * y * log_sigmoid(z) + (1 - y) * log_sigmoid(-z))
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.mean()


def bce_one_exponential(z, y, pos_weight=None, reduction="mean"):
    rest = torch.log1p(torch.exp(-z.abs()))
    zero = torch.zeros_like(z)
    if pos_weight is None:
        # The large parts cancel exactly before the small one is added.
        loss = torch.maximum(z, zero) - z * y + rest
    else:
        loss = (1 - y) * (torch.maximum(z, zero) + rest) + pos_weight * y * (torch.maximum(-z, zero) + rest)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_logaddexp(z, y, pos_weight=None, reduction="mean"):
    zero = torch.zeros_like(z)
    weight = torch.ones_like(y) if pos_weight is None else pos_weight.expand_as(z)
    loss = torch.lerp(torch.logaddexp(z, zero), torch.logaddexp(-z, zero), y) if pos_weight is None else None
    if loss is None:
        loss = torch.logaddexp(z, zero) * (1 - y) + torch.logaddexp(-z, zero) * (y * weight)
    return loss if reduction == "none" else loss.sum() if reduction == "sum" else loss.sum() / loss.numel()


def bce_float32_inside(z, y, pos_weight=None, reduction="mean"):
    def softplus(x):
        return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs()))

    dtype = z.dtype
    if dtype in (torch.float16, torch.bfloat16):
        z, y = z.float(), y.float()
        pos_weight = None if pos_weight is None else pos_weight.float()
    w = 1 if pos_weight is None else pos_weight
    loss = (1 - y) * softplus(z) + w * y * softplus(-z)
    return (loss if reduction == "none" else getattr(loss, reduction)()).to(dtype)


def bce_loop(z, y, pos_weight=None, reduction="mean"):
    weights = torch.ones_like(z) if pos_weight is None else pos_weight.expand_as(z)
    losses = []
    for logit, label, weight in zip(z.reshape(-1), y.reshape(-1), weights.reshape(-1), strict=True):
        rest = torch.log1p(torch.exp(-abs(logit)))
        zero = torch.zeros_like(logit)
        losses.append(
            (1 - label) * (torch.maximum(logit, zero) + rest) + weight * label * (torch.maximum(-logit, zero) + rest)
        )
    loss = torch.stack(losses).reshape(z.shape)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_autograd_function(z, y, pos_weight=None, reduction="mean"):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, label, weight):
            e = torch.exp(-x.abs())
            p = torch.where(x >= 0, 1 / (1 + e), e / (1 + e))
            q = torch.where(x >= 0, e / (1 + e), 1 / (1 + e))
            ctx.save_for_backward((1 - label) * p - weight * label * q)
            zero, rest = torch.zeros_like(x), torch.log1p(e)
            return (1 - label) * (torch.maximum(x, zero) + rest) + weight * label * (torch.maximum(-x, zero) + rest)

        @staticmethod
        def backward(ctx, grad):
            (slope,) = ctx.saved_tensors
            return grad * slope, None, None

    weight = torch.ones_like(z) if pos_weight is None else pos_weight
    loss = Loss.apply(z, y, weight)
    return loss if reduction == "none" else getattr(loss, reduction)()


def bce_grad_library_sigmoid(z, y):
    return torch.sigmoid(z) - y


def bce_grad_by_exp(z, y):
    return 1 / (1 + torch.exp(-z)) - y


def bce_grad_one_safe_exponential(z, y):
    e = torch.exp(-z.abs())
    return torch.where(z >= 0, torch.ones_like(z), e) / (1 + e) - y


def bce_grad_two_halves(z, y):
    return (1 - y) * torch.sigmoid(z) - y * torch.sigmoid(-z)


def bce_grad_tanh(z, y):
    return 0.5 * (1 + torch.tanh(z / 2)) - y


def bce_grad_float32_inside(z, y):
    if z.dtype in (torch.float16, torch.bfloat16):
        return (torch.sigmoid(z.float()) - y.float()).to(z.dtype)
    return torch.sigmoid(z).sub(y)


def bce_grad_numpy(z, y):
    import numpy as np

    def array(x):
        x = x.detach().cpu()
        return (x.float() if x.element_size() < 4 else x).numpy()

    numbers = array(z)
    e = np.exp(-np.abs(numbers))
    return torch.from_numpy(np.where(numbers >= 0, 1, e) / (1 + e) - array(y)).to(z)


def multilabel_two_softplus(logits, targets, weight):
    def softplus(x):
        return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs()))

    return (weight * ((1 - targets) * softplus(logits) + targets * softplus(-logits))).mean()


def multilabel_logaddexp(logits, targets, weight):
    zero = torch.zeros_like(logits)
    losses = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return losses.mul(weight).sum() / logits.numel()


def multilabel_means_of_columns(logits, targets, weight):
    def softplus(x):
        return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs()))

    columns = ((1 - targets) * softplus(logits) + targets * softplus(-logits)).mean(0)
    return (weight * columns).mean()


def multilabel_loop_over_classes(logits, targets, weight):
    def softplus(x):
        return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs()))

    total = 0
    for z, y, w in zip(logits.T, targets.T, weight, strict=True):
        total = total + w * ((1 - y) * softplus(z) + y * softplus(-z)).mean()
    return total / len(weight)


def multilabel_einsum(logits, targets, weight):
    rest = torch.log1p(torch.exp(-logits.abs()))
    losses = torch.maximum(logits, torch.zeros_like(logits)) - logits * targets + rest
    return torch.einsum("nc,c->", losses, weight) / logits.numel()


def multilabel_float32_inside(logits, targets, weight):
    dtype = logits.dtype
    if dtype != torch.float64:
        logits, targets, weight = logits.float(), targets.float(), weight.float()
    zero = torch.zeros_like(logits)
    losses = (1 - targets) * torch.logaddexp(logits, zero) + targets * torch.logaddexp(-logits, zero)
    return (weight * losses).mean().to(dtype)


BCE_WITH_LOGITS = {
    "two-softplus": bce_two_softplus,
    "log-sigmoids": bce_log_sigmoids,
    "one-exponential": bce_one_exponential,
    "logaddexp": bce_logaddexp,
    "float32-inside": bce_float32_inside,
    "loop": bce_loop,
    "autograd-function": bce_autograd_function,
}
BCE_GRAD = {
    "library-sigmoid": bce_grad_library_sigmoid,
    "by-exp": bce_grad_by_exp,
    "one-safe-exponential": bce_grad_one_safe_exponential,
    "two-halves": bce_grad_two_halves,
    "tanh": bce_grad_tanh,
    "float32-inside": bce_grad_float32_inside,
    "numpy": bce_grad_numpy,
}
MULTILABEL_LOSS = {
    "two-softplus": multilabel_two_softplus,
    "logaddexp": multilabel_logaddexp,
    "means-of-columns": multilabel_means_of_columns,
    "loop-over-classes": multilabel_loop_over_classes,
    "einsum": multilabel_einsum,
    "float32-inside": multilabel_float32_inside,
}
