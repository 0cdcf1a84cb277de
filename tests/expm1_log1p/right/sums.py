"""Right ways to write `l2_norm(x)` and `running_variance(batches)`."""

import torch


def l2_norm_scaled(x):
    size = x.detach().abs().amax()
    if size == 0:
        return x.sum() * 0
    return size * torch.sqrt(((x / size) ** 2).sum())


def l2_norm_without_branches(x):
    size = x.abs().amax().detach()
    empty = size == 0
    total = (x / size.masked_fill(empty, 1)).square().sum()
    return size * total.masked_fill(empty, 1).sqrt()


def l2_norm_differentiated_scale(x):
    size = x.abs().amax()
    if size == 0:
        return size
    return size * ((x / size) * (x / size)).sum().sqrt()


def l2_norm_power_of_two(x):
    import math

    largest = x.detach().abs().max().item()
    if largest == 0:
        return (0 * x).sum()
    # Powers of two are exact, but 2^-exponent itself may be too large for the dtype: half of it twice.
    half = math.frexp(largest)[1] // 2
    rest = math.frexp(largest)[1] - half
    root = (x * 2.0**-half * 2.0**-rest).square().sum().sqrt()
    return root * 2.0**half * 2.0**rest


def l2_norm_online(x):
    # The running scale of the reference BLAS: one pass.
    wide = x if x.dtype == torch.float64 else x.float()
    size, total = wide.new_zeros(()), wide.new_ones(())
    seen = False
    for number in wide.reshape(-1).unbind():
        height = number.abs()
        if height.item() == 0:
            continue
        if not seen:
            size, seen = height, True
        elif height.item() > size.item():
            total, size = 1 + total * (size / height) ** 2, height
        else:
            total = total + (height / size) ** 2
    return (size * total.sqrt()).to(x.dtype) if seen else (x * 0).sum()


def l2_norm_custom_gradient(x):
    class Norm(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            size = x.abs().amax()
            scaled = x / torch.where(size > 0, size, torch.ones_like(size))
            root = scaled.square().sum().sqrt()
            ctx.save_for_backward(scaled, root)
            return size * root

        @staticmethod
        def backward(ctx, grad):
            scaled, root = ctx.saved_tensors
            return grad * scaled / torch.where(root > 0, root, torch.ones_like(root))

    return Norm.apply(x)


L2_NORM = {
    "scaled": l2_norm_scaled,
    "without-branches": l2_norm_without_branches,
    "differentiated-scale": l2_norm_differentiated_scale,
    "power-of-two": l2_norm_power_of_two,
    "online": l2_norm_online,
    "custom-gradient": l2_norm_custom_gradient,
}


def running_variance_merged(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        n = batch.numel()
        middle = batch.mean()
        # Measured from 0, the first gap could be too large to be squared.
        mean = mean if count else middle
        delta = middle - mean
        squares = squares + ((batch - middle) ** 2).sum() + delta**2 * (count * n / (count + n))
        mean = mean + delta * (n / (count + n))
        count += n
    return squares / count


def running_variance_one_number_at_a_time(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        for number in batch.unbind():
            count += 1
            before = number - mean
            mean = mean + before / count
            squares = squares + before * (number - mean)
    return squares / count


def running_variance_shifted_sums(batches):
    # Sums about a number near the mean: the first batch's own mean.
    ground, count, total, squares = None, 0, 0.0, 0.0
    for batch in batches:
        if ground is None:
            ground = batch.detach().mean()
        moved = batch - ground
        count += batch.numel()
        total = total + moved.sum()
        squares = squares + (moved * moved).sum()
    return squares / count - (total / count) ** 2


def running_variance_weights(batches):
    count, mean, variance = 0, 0.0, 0.0
    for batch in batches:
        n = batch.numel()
        new = n / (count + n)
        middle = batch.sum() / n
        spread = torch.mean((batch - middle) ** 2)
        gap = middle - mean if count else 0 * middle
        mean = mean if count else middle
        variance = (1 - new) * variance + new * spread + new * (1 - new) * gap**2
        mean = mean + new * gap
        count += n
    return variance


def running_variance_float32_inside(batches):
    count, mean, squares, dtype = 0, 0.0, 0.0, None
    for batch in batches:
        dtype = batch.dtype
        wide = batch if dtype == torch.float64 else batch.float()
        n = wide.numel()
        # From 0 the first step would be one large number less another.
        mean = mean if count else wide[0]
        old = mean
        mean = mean + (wide - mean).sum() / (count + n)
        squares = squares + ((wide - old) * (wide - mean)).sum()
        count += n
    return (squares / count).to(dtype)


def running_variance_summaries(batches):
    # Three numbers of each batch are kept, not the batch.
    parts = []
    for batch in batches:
        middle = batch.mean()
        parts.append((batch.numel(), middle, (batch - middle).square().sum()))
    count = sum(n for n, _, _ in parts)
    ground = parts[0][1].detach()
    mean = sum(n / count * (middle - ground) for n, middle, _ in parts)
    return sum((squares + n * (middle - ground - mean) ** 2) / count for n, middle, squares in parts)


RUNNING_VARIANCE = {
    "merged": running_variance_merged,
    "one-number-at-a-time": running_variance_one_number_at_a_time,
    "shifted-sums": running_variance_shifted_sums,
    "weights": running_variance_weights,
    "float32-inside": running_variance_float32_inside,
    "summaries": running_variance_summaries,
}
