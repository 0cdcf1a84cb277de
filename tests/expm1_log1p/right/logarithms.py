"""Right ways to write `log1pexp(x)`, `log1mexp(x)` and `logsubexp(a, b)`."""

import torch


def log1pexp_textbook(x):
    return torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs()))


def log1pexp_logaddexp(x):
    return torch.logaddexp(x, torch.zeros_like(x))


def log1pexp_two_branches(x):
    positive = x > 0
    below = torch.where(positive, torch.zeros_like(x), x)
    above = torch.where(positive, x, torch.zeros_like(x))
    return torch.where(positive, above + torch.log1p(torch.exp(-above)), torch.log1p(torch.exp(below)))


def log1pexp_custom_gradient(x):
    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            small = torch.exp(-x.abs())
            ctx.save_for_backward(x, small)
            return x.clamp(min=0) + torch.log1p(small)

        @staticmethod
        def backward(ctx, grad):
            x, small = ctx.saved_tensors
            return grad * torch.where(x >= 0, torch.ones_like(x), small) / (1 + small)

    return Function.apply(x)


def log1pexp_float32_inside(x):
    wide = x if x.dtype == torch.float64 else x.float()
    return (torch.maximum(wide, wide.new_zeros(())) + torch.log1p(torch.exp(-wide.abs()))).to(x.dtype)


def log1pexp_four_pieces(x):
    # The published switches are for float64. They do for float32, where exp(18) is finite; float16 has to be lifted.
    wide = x if x.dtype == torch.float64 else x.float()
    tiny, low, high = wide <= -37, (wide > -37) & (wide <= 18), (wide > 18) & (wide <= 33.3)
    zero = torch.zeros_like(wide)
    a, b, c = torch.where(tiny, wide, zero), torch.where(low, wide, zero), torch.where(high, wide, zero)
    pieces = torch.where(low, torch.log1p(torch.exp(b)), torch.where(high, c + torch.exp(-c), wide))
    return torch.where(tiny, torch.exp(a), pieces).to(x.dtype)


LOG1PEXP = {
    "textbook": log1pexp_textbook,
    "logaddexp": log1pexp_logaddexp,
    "two-branches": log1pexp_two_branches,
    "custom-gradient": log1pexp_custom_gradient,
    "float32-inside": log1pexp_float32_inside,
    "four-pieces": log1pexp_four_pieces,
}


def log1mexp_two_wheres(x):
    small = x < 0.6931471805599453
    one = torch.ones_like(x)
    near = torch.log(-torch.expm1(-torch.where(small, x, one)))
    far = torch.log1p(-torch.exp(-torch.where(small, one, x)))
    return torch.where(small, near, far)


def log1mexp_clamped_branches(x):
    near = torch.log(-torch.expm1(-x.clamp(max=1.0)))
    far = torch.log1p(-torch.exp(-x.clamp(min=0.5)))
    return torch.where(x < 0.7, near, far)


def log1mexp_by_mask(x):
    small = x <= 0.5
    result = torch.zeros_like(x)
    result[small] = torch.log(-torch.expm1(-x[small]))
    result[~small] = torch.log1p(-torch.exp(-x[~small]))
    return result


def log1mexp_custom_gradient(x):
    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            near, far = torch.log(-torch.expm1(-x)), torch.log1p(-torch.exp(-x))
            return torch.where(x < 0.6875, near, far)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * (torch.exp(-x) / -torch.expm1(-x))

    return Function.apply(x)


def log1mexp_float32_inside(x):
    wide = x if x.dtype == torch.float64 else x.float()
    small = wide < 0.6931472
    near = torch.log(-torch.expm1(-wide.masked_fill(~small, 1.0)))
    far = torch.log1p(-torch.exp(-wide.masked_fill(small, 1.0)))
    return torch.where(small, near, far).to(x.dtype)


def log1mexp_one_number_at_a_time(x):
    def of(number):
        if number.item() < 0.7:
            return torch.log(-torch.expm1(-number))
        return torch.log1p(-torch.exp(-number))

    return torch.stack([of(number) for number in x.reshape(-1).unbind()]).reshape(x.shape)


def log1mexp_hyperbolic_sine(x):
    # log(2 sinh(x/2)) - x/2, where x is small enough for neither term to cancel much
    wide = x if x.dtype == torch.float64 else x.float()
    small = wide < 0.7
    calm = torch.where(small, wide, torch.full_like(wide, 0.5))
    near = torch.log(2 * torch.sinh(calm / 2)) - calm / 2
    far = torch.log1p(-torch.exp(-torch.where(small, torch.ones_like(wide), wide)))
    return torch.where(small, near, far).to(x.dtype)


LOG1MEXP = {
    "two-wheres": log1mexp_two_wheres,
    "clamped-branches": log1mexp_clamped_branches,
    "by-mask": log1mexp_by_mask,
    "custom-gradient": log1mexp_custom_gradient,
    "float32-inside": log1mexp_float32_inside,
    "one-number-at-a-time": log1mexp_one_number_at_a_time,
    "hyperbolic-sine": log1mexp_hyperbolic_sine,
}


def logsubexp_two_wheres(a, b):
    equal = a == b
    gap = torch.where(equal, torch.ones_like(a), a - b)
    small = gap < 0.6931471805599453
    near = torch.log(-torch.expm1(-torch.where(small, gap, torch.ones_like(gap))))
    far = torch.log1p(-torch.exp(-torch.where(small, torch.ones_like(gap), gap)))
    return torch.where(equal, torch.full_like(a, -torch.inf), a + torch.where(small, near, far))


def logsubexp_clamped_gap(a, b):
    gap = (a - b).masked_fill(a == b, 2.0)
    near = torch.log(-torch.expm1(-gap.clamp(max=1.0)))
    far = torch.log1p(-torch.exp(-gap.clamp(min=0.5)))
    return (a + torch.where(gap < 0.7, near, far)).masked_fill(a == b, -torch.inf)


def logsubexp_by_mask(a, b):
    result = torch.full_like(a, -torch.inf)
    gap = a - b
    small, large = (gap > 0) & (gap <= 0.69), gap > 0.69
    result[small] = a[small] + torch.log(-torch.expm1(b[small] - a[small]))
    result[large] = a[large] + torch.log1p(-torch.exp(b[large] - a[large]))
    return result


def logsubexp_float32_inside(a, b):
    x, y = (a, b) if a.dtype == torch.float64 else (a.float(), b.float())
    equal = x == y
    gap = torch.where(equal, torch.ones_like(x), x - y)
    near = torch.log(-torch.expm1(-gap.clamp(max=1.0)))
    far = torch.log1p(-torch.exp(-gap.clamp(min=0.5)))
    result = torch.where(equal, -torch.inf, x + torch.where(gap < 0.7, near, far))
    return result.to(a.dtype)


def logsubexp_custom_gradient(a, b):
    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            gap = torch.where(a == b, torch.zeros_like(a), a - b)
            ctx.save_for_backward(gap)
            near, far = torch.log(-torch.expm1(-gap)), torch.log1p(-torch.exp(-gap))
            return torch.where(gap == 0, torch.full_like(a, -torch.inf), a + torch.where(gap < 0.7, near, far))

        @staticmethod
        def backward(ctx, grad):
            (gap,) = ctx.saved_tensors
            kept = torch.where(gap == 0, torch.ones_like(gap), -torch.expm1(-gap))
            return grad / kept, -grad * torch.exp(-gap) / kept

    return Function.apply(a, b)


def logsubexp_one_pair_at_a_time(a, b):
    def of(x, y):
        if x.item() == y.item():
            return x - torch.inf
        gap = x - y
        return x + (torch.log(-torch.expm1(-gap)) if gap.item() < 0.7 else torch.log1p(-torch.exp(-gap)))

    pairs = zip(a.reshape(-1).unbind(), b.reshape(-1).unbind(), strict=True)
    return torch.stack([of(x, y) for x, y in pairs]).reshape(a.shape)


LOGSUBEXP = {
    "two-wheres": logsubexp_two_wheres,
    "clamped-gap": logsubexp_clamped_gap,
    "by-mask": logsubexp_by_mask,
    "float32-inside": logsubexp_float32_inside,
    "custom-gradient": logsubexp_custom_gradient,
    "one-pair-at-a-time": logsubexp_one_pair_at_a_time,
}
