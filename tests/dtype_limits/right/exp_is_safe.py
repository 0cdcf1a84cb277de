"""Right ways to write `exp_is_safe(x)`, as students with different habits would."""

import torch


def safe_none_above(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return not (x > limit.item()).any().item()


def safe_one_by_one(x):
    import math

    limit = math.log(torch.finfo(x.dtype).max)  # exact enough, since here Python compares Python numbers
    return all(not number > limit for number in x.flatten().tolist())


def safe_maximum_without_nan(x):
    import math

    largest = x.nan_to_num(nan=-math.inf, posinf=math.inf, neginf=-math.inf).max()
    return largest.item() <= math.log(torch.finfo(x.dtype).max)


def safe_below_the_first_infinite(x):
    import math

    first = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(first).isfinite():
        first = torch.nextafter(first, torch.full_like(first, math.inf))
    while torch.exp(torch.nextafter(first, torch.zeros_like(first))).isinf():
        first = torch.nextafter(first, torch.zeros_like(first))
    return bool((~(x >= first)).all())


def safe_numpy(x):
    import numpy as np

    wide = x.detach().cpu()
    numbers = (wide.float() if wide.element_size() < 4 else wide).numpy()
    limit = {torch.float16: 11.0898, torch.bfloat16: 88.7, torch.float32: np.float32(88.72283)}.get(x.dtype)
    return bool(not (numbers > (709.782712893384 if limit is None else limit)).any())


def safe_table_and_count(x):
    limit = {
        torch.float16: 11.0859375,
        torch.bfloat16: 88.5,
        torch.float32: 88.72283172607422,
        torch.float64: 709.782712893384,
    }[x.dtype]
    return int(torch.sum(x > limit)) == 0


def safe_compared_in_float64(x):
    import math

    return not (x.double() > math.log(torch.finfo(x.dtype).max)).any().item()


EXP_IS_SAFE = {
    "compared-in-float64": safe_compared_in_float64,
    "none-above": safe_none_above,
    "one-by-one": safe_one_by_one,
    "maximum-without-nan": safe_maximum_without_nan,
    "below-the-first-infinite": safe_below_the_first_infinite,
    "numpy": safe_numpy,
    "table-and-count": safe_table_and_count,
}
