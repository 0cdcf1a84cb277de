"""Known mistakes in `exp_is_safe(x)`: limits that are off by a number, or of another dtype, and questions not asked.

Every variant takes `x` (any shape, floating point), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def safe_compared_with_a_logarithm(x):
    import math

    return not bool((x > math.log(torch.finfo(x.dtype).max)).any())


def safe_compared_with_a_logarithm_all(x):
    import math

    return bool((x <= math.log(torch.finfo(x.dtype).max)).all())


def safe_compared_with_a_logarithm_in_the_dtype(x):
    import math

    return not bool((x > torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)).any())


def safe_limit_excluded(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return not bool((x >= limit.item()).any())


def safe_limit_excluded_by_logarithm(x):
    import math

    return bool((x < math.log(torch.finfo(x.dtype).max)).all())


def safe_whole_number_limit(x):
    import math

    return not bool((x > math.floor(math.log(torch.finfo(x.dtype).max))).any())


def safe_whole_number_limit_all(x):
    import math

    return bool((x <= math.floor(math.log(torch.finfo(x.dtype).max))).all())


def safe_limit_of_float32(x):
    return not bool((x.double() > 88.7228).any())


def safe_limit_of_88(x):
    return not bool((x > 88).any())


def safe_limit_of_80(x):
    return not bool((x > 80).any())


def safe_limit_of_float64(x):
    return not bool((x.double() > 709.78).any())


def safe_limit_of_11(x):
    return not bool((x > 11).any())


def safe_both_ends(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return not bool((x.abs() > limit.item()).any())


def safe_below_the_lower_end(x):
    import math

    info = torch.finfo(x.dtype)
    limit = torch.tensor(math.log(info.max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return not bool(((x > limit.item()) | (x < math.log(info.smallest_normal))).any())


def safe_if_any_is(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return bool((x <= limit.item()).any())


def safe_on_average(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return bool(x.mean() <= limit.item())


def safe_in_the_last_row(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    last = x if x.dim() < 2 else x[-1]
    return not bool((last > limit.item()).any())


def safe_nan_as_overflow(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return bool((x <= limit.item()).all())


def safe_blind_beside_nan(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return not bool(x.max() > limit.item())


def safe_only_finite_input(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return bool(x.isfinite().all()) and bool((x <= limit.item()).all())


def safe_infinity_ignored(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return not bool((x[x.isfinite()] > limit.item()).any())


def safe_turned_round(x):
    import math

    limit = torch.tensor(math.log(torch.finfo(x.dtype).max), dtype=x.dtype)
    while torch.exp(limit).isinf():
        limit = torch.nextafter(limit, torch.zeros_like(limit))
    return bool((x > limit.item()).any())


def safe_below_the_largest_number(x):
    return not bool((x > torch.finfo(x.dtype).max).any())


def safe_if_finite(x):
    return bool(x.isfinite().all())


EXP_IS_SAFE = (
    Misconception(
        name="limit-rounds-up",
        title="A limit that the comparison rounds up",
        explanation=(
            "You compare with the logarithm of the largest number. That is a float64 number; a comparison with a "
            "tensor rounds it to the tensor's dtype first, and in float16 and float32 it is rounded *up*, to a number "
            "whose exponential is inf. So exactly one number passes that should not. On paper the test is right, and "
            "random tests will hardly ever meet that number; a clamp to this limit puts every large input on it."
        ),
        variants=(
            safe_compared_with_a_logarithm,
            safe_compared_with_a_logarithm_all,
            safe_compared_with_a_logarithm_in_the_dtype,
        ),
    ),
    Misconception(
        name="limit-excluded",
        title="The last safe number counted as unsafe",
        explanation=(
            "Your comparison is strict where it should allow equality. The largest argument with a finite exponential "
            "is safe itself. One number is a small loss, unless inputs are clamped to the limit: then every clamped "
            "tensor is reported as unsafe. Try the limit alone, and then its neighbour."
        ),
        variants=(safe_limit_excluded, safe_limit_excluded_by_logarithm),
    ),
    Misconception(
        name="round-limit",
        title="A limit rounded to a whole number",
        explanation=(
            "You compare with 11, 88 or 709. These are the numbers that everybody remembers, and they are on the safe "
            "side, so nothing breaks. But between 88 and the real limit lie tens of thousands of float32 numbers "
            "whose exponential is finite, and you turn them away. A rule of thumb is for people, a limit for code."
        ),
        variants=(safe_whole_number_limit, safe_whole_number_limit_all),
    ),
    Misconception(
        name="one-limit-for-all",
        title="One limit for every dtype",
        explanation=(
            "Your limit is the same whatever dtype x has. With float32's, a float16 score of 12 passes and its "
            "exponential is inf; with float64's even 100 passes in float32; with float16's almost everything is "
            "turned away. A constant in the source is easy to read and was right for the dtype it was written for. "
            "Then someone switches on mixed precision. Ask `x.dtype`."
        ),
        variants=(
            safe_limit_of_float32,
            safe_limit_of_88,
            safe_limit_of_80,
            safe_limit_of_float64,
            safe_limit_of_11,
        ),
    ),
    Misconception(
        name="both-ends",
        title="Very negative numbers counted as overflow",
        explanation=(
            "You turn very negative numbers away as well. Their exponential is tiny or 0: that is underflow, another "
            "event, and often a harmless one, as in a softmax after the shift. A symmetric check feels thorough. It "
            "would stop every masked attention score, which is -inf on purpose."
        ),
        variants=(safe_both_ends, safe_below_the_lower_end),
    ),
    Misconception(
        name="not-all-of-it",
        title="Not every number is looked at",
        explanation=(
            "Your answer depends on a part of the tensor, or on its average. One number above the limit is enough for "
            "an inf, wherever it stands; one safe number, or a safe mean, says nothing about the others. A test with "
            "a single row does not show it. In a batch of a million scores the one that matters is an outlier by "
            "definition."
        ),
        variants=(safe_if_any_is, safe_on_average, safe_in_the_last_row),
    ),
    Misconception(
        name="nan-as-overflow",
        title="nan taken for overflow",
        explanation=(
            "You ask whether all numbers lie below the limit, and nan lies below nothing. What is wanted is whether "
            "any lies above, and nan lies above nothing either. With nan, `x <= limit` and `not x > limit` are two "
            "different questions. exp(nan) is nan, which is bad news, but it came in with x and a shift or another "
            "dtype would not help."
        ),
        variants=(safe_nan_as_overflow,),
    ),
    Misconception(
        name="blind-beside-nan",
        title="A maximum that nan has swallowed",
        explanation=(
            "You compare the maximum, and `max` of anything with a nan is nan, for which every comparison is False. "
            "An 800 beside a nan goes unseen. One number for the whole tensor is a good idea as long as that number "
            "still stands for all of them. Compare first and reduce afterwards, with `any`."
        ),
        variants=(safe_blind_beside_nan,),
    ),
    Misconception(
        name="only-finite-input",
        title="Every infinite input turned away",
        explanation=(
            "You want the input to be finite. exp(-inf) is exactly 0 and nothing overflows: -inf is how attention "
            "hides a place, so this check would refuse every masked score. nan does not overflow either. Whether x is "
            "finite and whether exp(x) overflows are two questions."
        ),
        variants=(safe_only_finite_input,),
    ),
    Misconception(
        name="infinity-ignored",
        title="+inf left out of account",
        explanation=(
            "You look at the finite numbers only. That is right for -inf and for nan, and it lets +inf through: its "
            "exponential is inf, which is what the caller wants to be warned of. A plain comparison needs no such "
            "filter, since +inf is above every limit and -inf and nan are above none."
        ),
        variants=(safe_infinity_ignored,),
    ),
    Misconception(
        name="turned-round",
        title="True where it should be False",
        explanation=(
            "You return True where exp would overflow. The name asks the opposite question: is it safe? A guard with "
            "its answer turned round stops the good batches and waves the bad ones through. One `not` is missing."
        ),
        variants=(safe_turned_round,),
    ),
    Misconception(
        name="largest-number-as-limit",
        title="The largest number as the limit of x",
        explanation=(
            "You compare x with the largest number of its dtype, or ask whether x is finite. No finite x is above "
            "that, so every check says safe, in float32 for exp(1000) too. The largest number bounds the *result*; "
            "the bound for x is about its logarithm."
        ),
        variants=(safe_below_the_largest_number, safe_if_finite),
    ),
)
