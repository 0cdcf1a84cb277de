"""Right ways to write `compound(rate, periods)` and `log_factorial(n)`."""

import torch


def compound_textbook(rate, periods):
    return torch.expm1(periods * torch.log1p(rate))


def compound_hyperbolic_sine(rate, periods):
    half = periods * torch.log1p(rate) / 2
    return 2 * torch.exp(half) * torch.sinh(half)


def compound_hyperbolic_tangents(rate, periods):
    exponent = periods * (2 * torch.atanh(rate / (2 + rate)))
    return torch.tanh(exponent / 2) * (torch.exp(exponent) + 1)


def compound_by_doubling(rate, periods):
    # Growth over m + n periods is g + h + g h: nothing is ever added to 1.
    total, power = 0 * rate, rate
    while periods:
        if periods % 2:
            total = total + power + total * power
        power = power * (2 + power)
        periods //= 2
    return total


def compound_custom_gradient(rate, periods):
    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, rate):
            exponent = periods * torch.log1p(rate)
            ctx.save_for_backward(rate, exponent)
            return torch.expm1(exponent)

        @staticmethod
        def backward(ctx, grad):
            rate, exponent = ctx.saved_tensors
            return grad * periods * torch.exp(exponent) / (1 + rate)

    return Function.apply(rate)


def compound_float32_inside(rate, periods):
    wide = rate if rate.dtype == torch.float64 else rate.float()
    return torch.special.expm1(torch.log1p(wide) * float(periods)).to(rate.dtype)


COMPOUND = {
    "textbook": compound_textbook,
    "hyperbolic-sine": compound_hyperbolic_sine,
    "hyperbolic-tangents": compound_hyperbolic_tangents,
    "by-doubling": compound_by_doubling,
    "custom-gradient": compound_custom_gradient,
    "float32-inside": compound_float32_inside,
}


def log_factorial_lgamma(n):
    import math

    if isinstance(n, int):
        return math.lgamma(n + 1)
    return torch.lgamma(n + 1)


def log_factorial_as_tensor(n):
    return torch.special.gammaln(torch.as_tensor(n, dtype=None if torch.is_tensor(n) else torch.float64) + 1)


def log_factorial_one_at_a_time(n):
    import math

    if not torch.is_tensor(n):
        return math.lgamma(n + 1)
    values = [math.lgamma(number + 1) for number in n.reshape(-1).tolist()]
    return torch.tensor(values, dtype=n.dtype, device=n.device).reshape(n.shape)


def log_factorial_stirling(n):
    import math

    def of(n):
        if n < 20:
            return sum(math.log(k) for k in range(2, round(n) + 1))
        series = 1 / (12 * n) - 1 / (360 * n**3) + 1 / (1260 * n**5) - 1 / (1680 * n**7)
        return (n + 0.5) * math.log(n) - n + 0.5 * math.log(2 * math.pi) + series

    if not torch.is_tensor(n):
        return float(of(n))
    values = [of(number) for number in n.reshape(-1).tolist()]
    return torch.tensor(values, dtype=n.dtype, device=n.device).reshape(n.shape)


def log_factorial_float32_inside(n):
    import math

    if not torch.is_tensor(n):
        return math.lgamma(1.0 + n)
    wide = n if n.dtype == torch.float64 else n.float()
    return torch.lgamma(1 + wide).to(n.dtype)


LOG_FACTORIAL = {
    "lgamma": log_factorial_lgamma,
    "as-tensor": log_factorial_as_tensor,
    "one-at-a-time": log_factorial_one_at_a_time,
    "stirling": log_factorial_stirling,
    "float32-inside": log_factorial_float32_inside,
}
