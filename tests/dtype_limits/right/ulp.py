"""Right ways to write `ulp(x)`, as students with different habits would."""

import torch


def ulp_nextafter(x):
    a = x.abs().clamp(max=torch.finfo(x.dtype).max / 1.5)
    return torch.nextafter(a, torch.full_like(a, torch.inf)) - a


def ulp_gap_below_at_the_end(x):
    a = x.abs()
    above = torch.nextafter(a, torch.full_like(a, torch.inf))
    below = torch.nextafter(a, torch.zeros_like(a))
    return torch.where(above.isinf(), a - below, above - a)


def ulp_bits(x):
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[x.element_size()]
    bits = x.abs().view(whole).clamp(max=torch.tensor(torch.finfo(x.dtype).max, dtype=x.dtype).view(whole).item() - 1)
    return (bits + 1).view(x.dtype) - bits.view(x.dtype)


def ulp_exponent_field(x):
    # The spacing's own bits: its exponent is that of x, less the number of fraction bits.
    whole, fraction = {
        torch.float16: (torch.int16, 10),
        torch.bfloat16: (torch.int16, 7),
        torch.float32: (torch.int32, 23),
        torch.float64: (torch.int64, 52),
    }[x.dtype]
    exponent = (x.abs().view(whole) >> fraction).clamp(min=1)
    normal = (exponent - fraction).clamp(min=1) << fraction
    subnormal = torch.ones_like(exponent) << (exponent - 1).clamp(max=fraction)
    return torch.where(exponent > fraction, normal, subnormal).view(x.dtype)


def ulp_frexp(x):
    info = torch.finfo(x.dtype)
    # Only the mantissa is divided, so |x| = m · 2^e gives 2^e = |x| / m without a power that could overflow.
    a = x.abs().clamp(info.smallest_normal, info.max / 1.5)
    mantissa, _ = torch.frexp(a)
    return (a / (2 * mantissa)) * info.eps


def ulp_numpy(x):
    import numpy as np

    if x.dtype == torch.bfloat16:
        # float32 with 16 bits less: its own neighbour, 2^16 of float32's further on.
        a = x.detach().float().abs().clamp(max=torch.finfo(x.dtype).max / 1.5)
        return ((a.view(torch.int32) + 2**16).view(torch.float32) - a).to(x.dtype)
    a = np.minimum(np.abs(x.detach().numpy()), np.array(torch.finfo(x.dtype).max / 1.5, dtype=x.numpy().dtype))
    return torch.as_tensor(np.spacing(a)).reshape(x.shape)


def ulp_python_numbers(x):
    import math

    info = torch.finfo(x.dtype)
    lowest, digits = round(math.log2(info.smallest_normal)), round(-math.log2(info.eps))

    def spacing(number):
        _, exponent = math.frexp(abs(number))
        return math.ldexp(1.0, (max(exponent - 1, lowest) if number else lowest) - digits)

    return torch.tensor([spacing(n) for n in x.flatten().tolist()], dtype=x.dtype).reshape(x.shape)


ULP = {
    "nextafter": ulp_nextafter,
    "gap-below-at-the-end": ulp_gap_below_at_the_end,
    "bits": ulp_bits,
    "exponent-field": ulp_exponent_field,
    "frexp": ulp_frexp,
    "numpy": ulp_numpy,
    "python-numbers": ulp_python_numbers,
}
