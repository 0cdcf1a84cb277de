"""Right ways to find the ends of exp's range in a dtype, as students with different habits would."""

import torch


def largest_bisection_over_bits(dtype):
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[torch.finfo(dtype).bits // 8]

    def number(n):
        return torch.tensor([n], dtype=whole).view(dtype)

    low, high = 0, torch.tensor([torch.inf], dtype=dtype).view(whole).item()
    while high - low > 1:
        middle = (low + high) // 2
        if torch.exp(number(middle)).isfinite():
            low = middle
        else:
            high = middle
    return number(low).item()


def largest_rounded_logarithm_and_steps(dtype):
    import math

    x = torch.tensor(math.log(torch.finfo(dtype).max), dtype=dtype)
    up, down = torch.full_like(x, torch.inf), torch.zeros_like(x)
    while torch.exp(x).isinf():
        x = torch.nextafter(x, down)
    while torch.exp(torch.nextafter(x, up)).isfinite():
        x = torch.nextafter(x, up)
    return x.item()


def largest_bisection_with_rounded_middle(dtype):
    low, high = torch.tensor(0.0, dtype=dtype), torch.tensor(1024.0, dtype=dtype)
    while True:
        middle = low + (high - low) / 2
        if middle in (low, high):
            break
        if torch.isinf(torch.exp(middle)):
            high = middle
        else:
            low = middle
    return float(low)


def largest_binary_digits(dtype):
    # Adds powers of two, largest first, as long as the sum is a number of the dtype with a finite exponential.
    total = 0.0
    for k in range(9, -60, -1):
        longer = total + 2.0**k
        held = torch.tensor(longer, dtype=dtype)
        if held.item() == longer and torch.exp(held).isfinite():
            total = longer
    return total


def largest_all_at_once(dtype):
    # 65 candidates a round, all of them in one call of exp; the round that follows lies between two of them.
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[torch.finfo(dtype).bits // 8]
    low, high = 0, torch.tensor([torch.inf], dtype=dtype).view(whole).item()
    while high - low > 1:
        step = max(1, (high - low) // 64)
        tried = torch.tensor(range(low, high + 1, step), dtype=whole)
        finite = int(torch.exp(tried.view(dtype)).isfinite().sum())
        low, high = tried[finite - 1].item(), min(high, tried[finite - 1].item() + step)
    return torch.tensor([low], dtype=whole).view(dtype).item()


def largest_numpy_spacing(dtype):
    import numpy as np

    if dtype == torch.bfloat16:
        step = 0.5  # of bfloat16 between 64 and 128
        x = 64.0
        while torch.exp(torch.tensor(x + step, dtype=dtype)).isfinite():
            x += step
        return x
    kind = {torch.float16: np.float16, torch.float32: np.float32, torch.float64: np.float64}[dtype]
    x = kind(np.log(np.float64(torch.finfo(dtype).max)))
    while torch.exp(torch.tensor(x.item(), dtype=dtype)).isinf():
        x = np.nextafter(x, kind(0))
    return float(x)


LARGEST_FINITE_EXP = {
    "bisection-over-bits": largest_bisection_over_bits,
    "rounded-logarithm-and-steps": largest_rounded_logarithm_and_steps,
    "bisection-with-rounded-middle": largest_bisection_with_rounded_middle,
    "binary-digits": largest_binary_digits,
    "all-at-once": largest_all_at_once,
    "numpy-spacing": largest_numpy_spacing,
}


def smallest_bisection_over_bits(dtype):
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[torch.finfo(dtype).bits // 8]

    def number(n):
        return -torch.tensor([n], dtype=whole).view(dtype)

    low, high = 0, torch.tensor([torch.inf], dtype=dtype).view(whole).item()
    while high - low > 1:
        middle = (low + high) // 2
        if torch.exp(number(middle)) > 0:
            low = middle
        else:
            high = middle
    return number(low).item()


def smallest_rounded_logarithm_and_steps(dtype):
    import math

    info = torch.finfo(dtype)
    x = torch.tensor(math.log(info.smallest_normal) + math.log(info.eps / 2), dtype=dtype)
    up, down = torch.zeros_like(x), torch.full_like(x, -torch.inf)
    while torch.exp(x) == 0:
        x = torch.nextafter(x, up)
    while torch.exp(torch.nextafter(x, down)) > 0:
        x = torch.nextafter(x, down)
    return x.item()


def smallest_bisection_with_rounded_middle(dtype):
    low, high = torch.tensor(-1024.0, dtype=dtype), torch.tensor(0.0, dtype=dtype)
    while True:
        middle = low + (high - low) / 2
        if middle in (low, high):
            break
        if torch.exp(middle) == 0:
            low = middle
        else:
            high = middle
    return float(high)


def smallest_binary_digits(dtype):
    total = 0.0
    for k in range(9, -60, -1):
        longer = total + 2.0**k
        held = torch.tensor(-longer, dtype=dtype)
        if held.item() == -longer and torch.exp(held) > 0:
            total = longer
    return -total


def smallest_all_at_once(dtype):
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[torch.finfo(dtype).bits // 8]
    low, high = 0, torch.tensor([torch.inf], dtype=dtype).view(whole).item()
    while high - low > 1:
        step = max(1, (high - low) // 64)
        tried = torch.tensor(range(low, high + 1, step), dtype=whole)
        positive = int((torch.exp(-tried.view(dtype)) > 0).sum())
        low, high = tried[positive - 1].item(), min(high, tried[positive - 1].item() + step)
    return -torch.tensor([low], dtype=whole).view(dtype).item()


SMALLEST_NONZERO_EXP = {
    "bisection-over-bits": smallest_bisection_over_bits,
    "rounded-logarithm-and-steps": smallest_rounded_logarithm_and_steps,
    "bisection-with-rounded-middle": smallest_bisection_with_rounded_middle,
    "binary-digits": smallest_binary_digits,
    "all-at-once": smallest_all_at_once,
}
