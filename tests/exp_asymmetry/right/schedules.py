"""Right ways to write `decay_weights` and `geometric_schedule`, as students with different habits would."""

import math

import torch


def shifted_by_maximum(length, rate, dtype=torch.float32):
    arguments = -rate * torch.arange(length, dtype=torch.float64)
    terms = torch.exp(arguments - arguments.max())
    return (terms / terms.sum()).to(dtype)


def in_float32(length, rate, dtype=torch.float32):
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    arguments = -rate * torch.arange(length, dtype=wide)
    terms = torch.exp(arguments - arguments.amax())
    return (terms / terms.sum()).to(dtype)


def counted_from_the_largest(length, rate, dtype=torch.float32):
    k = torch.arange(length, dtype=torch.float64)
    steps = k if rate >= 0 else length - 1 - k
    terms = torch.exp(-abs(rate) * steps)
    return (terms / terms.sum()).to(dtype)


def flipped(length, rate, dtype=torch.float32):
    terms = torch.exp(-abs(rate) * torch.arange(length, dtype=torch.float64))
    weights = terms / terms.sum()
    return (weights if rate >= 0 else weights.flip(0)).to(dtype)


def python_loop(length, rate, dtype=torch.float32):
    peak = max(0.0, -rate * (length - 1))
    terms = [math.exp(-rate * k - peak) for k in range(length)]
    total = math.fsum(terms)
    return torch.tensor([term / total for term in terms], dtype=dtype)


def numpy_weights(length, rate, dtype=torch.float32):
    import numpy

    arguments = -rate * numpy.arange(length)
    terms = numpy.exp(arguments - arguments.max())
    return torch.from_numpy(terms / terms.sum()).to(dtype)


def minus_logarithm_of_the_sum(length, rate, dtype=torch.float32):
    arguments = -rate * torch.arange(length, dtype=torch.float64)
    arguments = arguments - arguments.max()
    return torch.exp(arguments - arguments.exp().sum().log()).to(dtype)


DECAY_WEIGHTS = {
    "shifted-by-maximum": shifted_by_maximum,
    "in-float32": in_float32,
    "counted-from-the-largest": counted_from_the_largest,
    "flipped": flipped,
    "python-loop": python_loop,
    "numpy": numpy_weights,
    "minus-logarithm": minus_logarithm_of_the_sum,
}


def ends_overwritten(start, end, steps):
    values = torch.exp(torch.linspace(math.log(start), math.log(end), steps))
    values[-1] = end
    values[0] = start
    return values


def in_float64(start, end, steps):
    wide = torch.linspace(math.log(start), math.log(end), steps, dtype=torch.float64)
    return torch.exp(wide).to(torch.get_default_dtype())


def python_powers(start, end, steps):
    if steps == 1:
        return torch.tensor([float(start)])
    return torch.tensor([start ** (1 - k / (steps - 1)) * end ** (k / (steps - 1)) for k in range(steps)])


def joined(start, end, steps):
    if steps == 1:
        return torch.full((1,), float(start))
    middle = torch.exp(torch.linspace(math.log(start), math.log(end), steps)[1:-1])
    return torch.cat([torch.tensor([float(start)]), middle, torch.tensor([float(end)])])


def by_where(start, end, steps):
    k = torch.arange(steps)
    values = torch.exp(math.log(start) + k / max(steps - 1, 1) * (math.log(end) - math.log(start)))
    values = torch.where(k == steps - 1, torch.tensor(float(end)), values)
    return torch.where(k == 0, torch.tensor(float(start)), values)


def numpy_geomspace(start, end, steps):
    import numpy

    return torch.from_numpy(numpy.geomspace(start, end, steps)).float()


GEOMETRIC_SCHEDULE = {
    "ends-overwritten": ends_overwritten,
    "in-float64": in_float64,
    "python-powers": python_powers,
    "joined": joined,
    "by-where": by_where,
    "numpy-geomspace": numpy_geomspace,
}
