"""Known mistakes in `smallest_nonzero_exp(dtype)`: the wrong end, half the way, or a number that is not the dtype's.

Every variant takes `dtype`, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def smallest_log_of_the_smallest_normal(dtype):
    import math

    return math.log(torch.finfo(dtype).smallest_normal)


def smallest_log_of_the_smallest_normal_on_the_grid(dtype):
    import math

    return torch.tensor(math.log(torch.finfo(dtype).smallest_normal), dtype=dtype).item()


def smallest_with_a_normal_exponential(dtype):
    import math

    info = torch.finfo(dtype)
    x = torch.tensor(math.log(info.smallest_normal), dtype=dtype)
    while torch.exp(x) < info.smallest_normal:
        x = torch.nextafter(x, torch.zeros_like(x))
    return x.item()


def smallest_log_of_the_smallest(dtype):
    import math

    info = torch.finfo(dtype)
    return math.log(info.smallest_normal) + math.log(info.eps)


def smallest_log_of_the_smallest_on_the_grid(dtype):
    import math

    info = torch.finfo(dtype)
    return torch.tensor(math.log(info.smallest_normal) + math.log(info.eps), dtype=dtype).item()


def smallest_log_of_half_the_smallest(dtype):
    import math

    info = torch.finfo(dtype)
    return math.log(info.smallest_normal) + math.log(info.eps) - math.log(2)


def smallest_log_of_half_the_smallest_on_the_grid(dtype):
    import math

    info = torch.finfo(dtype)
    return torch.tensor(math.log(info.smallest_normal) + math.log(info.eps) - math.log(2), dtype=dtype).item()


def smallest_bisected_between_python_numbers(dtype):
    low, high = -1000.0, 0.0
    for _ in range(200):
        middle = (low + high) / 2
        if torch.exp(torch.tensor(middle, dtype=dtype)) > 0:
            high = middle
        else:
            low = middle
    return high


def smallest_bisected_coarsely(dtype):
    low, high = -1000.0, 0.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        if torch.exp(torch.tensor(middle, dtype=dtype)) > 0:
            high = middle
        else:
            low = middle
    return high


def smallest_mirror_image(dtype):
    import math

    x = torch.tensor(math.log(torch.finfo(dtype).max), dtype=dtype)
    while torch.exp(x).isinf():
        x = torch.nextafter(x, torch.zeros_like(x))
    return -x.item()


def smallest_first_zero(dtype):
    import math

    info = torch.finfo(dtype)
    x = torch.tensor(math.log(info.smallest_normal) + math.log(info.eps) - math.log(2), dtype=dtype)
    while torch.exp(x) == 0:
        x = torch.nextafter(x, torch.zeros_like(x))
    while torch.exp(x) > 0:
        x = torch.nextafter(x, torch.full_like(x, -torch.inf))
    return x.item()


def smallest_whole_number(dtype):
    import math

    n = int(math.log(torch.finfo(dtype).smallest_normal))
    while torch.exp(torch.tensor(float(n - 1), dtype=dtype)) > 0:
        n -= 1
    return float(n)


def smallest_in_steps_of_a_tenth(dtype):
    import math

    n = 10 * int(math.log(torch.finfo(dtype).smallest_normal))
    while torch.exp(torch.tensor((n - 1) / 10, dtype=dtype)) > 0:
        n -= 1
    return n / 10


def smallest_number(dtype):
    info = torch.finfo(dtype)
    return float(info.smallest_normal) * float(info.eps)


def smallest_normal_number(dtype):
    return float(torch.finfo(dtype).smallest_normal)


def smallest_by_the_bits_of_negative_numbers(dtype):
    whole = {torch.float16: torch.int16, torch.bfloat16: torch.int16, torch.float32: torch.int32}.get(
        dtype, torch.int64
    )
    low, high = torch.tensor([-torch.inf, -0.0], dtype=dtype).view(whole).tolist()
    while high - low > 1:
        middle = (low + high) // 2
        above = torch.exp(torch.tensor([middle], dtype=whole).view(dtype)).item() > 0
        low, high = (low, middle) if above else (middle, high)
    return torch.tensor([high], dtype=whole).view(dtype).item()


def smallest_of_float32(dtype):
    import math

    info = torch.finfo(torch.float32)
    return torch.tensor(math.log(info.smallest_normal) + math.log(info.eps) - math.log(2)).item()


def smallest_of_float64(dtype):
    import math

    info = torch.finfo(torch.float64)
    x = math.log(info.smallest_normal) + math.log(info.eps) - math.log(2)
    while math.exp(x) == 0:
        x = math.nextafter(x, 0.0)
    return x


def smallest_least_number(dtype):
    return float(torch.finfo(dtype).min)


def smallest_without_the_sign(dtype):
    import math

    info = torch.finfo(dtype)
    x = torch.tensor(math.log(info.smallest_normal) + math.log(info.eps) - math.log(2), dtype=dtype)
    while torch.exp(x) == 0:
        x = torch.nextafter(x, torch.zeros_like(x))
    return -x.item()


SMALLEST_NONZERO_EXP = (
    Misconception(
        name="stops-at-normal",
        title="The end of the normal numbers taken for the end of all",
        explanation=(
            "You stop where the smallest *normal* number is reached; `finfo.tiny` is that number, whatever its name "
            "says. Below it come the subnormal ones, with fewer and fewer digits, and an exponential that is one of "
            "them is not 0 yet. It is where digits begin to go, which is worth knowing too, but it is another limit. "
            "Ask `torch.exp` further down."
        ),
        variants=(
            smallest_log_of_the_smallest_normal,
            smallest_log_of_the_smallest_normal_on_the_grid,
            smallest_with_a_normal_exponential,
        ),
    ),
    Misconception(
        name="forgets-rounding",
        title="The logarithm of the smallest number",
        explanation=(
            "You return the logarithm of the smallest positive number. A result a little below that is not lost: it "
            "is rounded to the *nearest* number, and as long as it is more than half of the smallest one, that is the "
            "smallest one and not 0. So the end lies further down, by about ln 2. At the upper end half an ulp is "
            "next to nothing, which is why nobody misses it there."
        ),
        variants=(smallest_log_of_the_smallest, smallest_log_of_the_smallest_on_the_grid),
    ),
    Misconception(
        name="off-the-grid",
        title="A number that the dtype does not have",
        explanation=(
            "You return a float64 number that cannot be held in the dtype in question, or that is not its last one. "
            "Asked for its exponential, the dtype first rounds it to a neighbour, which may lie on either side of the "
            "limit. A logarithm, and a bisection between Python numbers, both end there. Search among the numbers of "
            "the dtype itself."
        ),
        variants=(
            smallest_log_of_half_the_smallest,
            smallest_bisected_between_python_numbers,
            smallest_bisected_coarsely,
        ),
    ),
    Misconception(
        name="rounded-past-the-end",
        title="The logarithm of half the smallest number, rounded down",
        explanation=(
            "You round the logarithm of half the smallest number to the dtype. Rounding goes to the nearest number, "
            "and in bfloat16, whose numbers are 0.5 apart there, the nearest one lies below: its exponential is 0. In "
            "the other three dtypes it is a matter of luck. Ask `torch.exp` whether your number still works, and look "
            "at its neighbours."
        ),
        variants=(smallest_log_of_half_the_smallest_on_the_grid,),
    ),
    Misconception(
        name="mirror-image",
        title="The upper end with a minus sign",
        explanation=(
            "You return the largest argument, negated. The exponents of normal numbers reach about as far down as up, "
            "so this is nearly where the normal numbers end; the subnormal ones come after. In float16 that is the "
            "difference between -11 and -17. The range of exp is lopsided, and a clamp to ±88 is not the whole of it."
        ),
        variants=(smallest_mirror_image,),
    ),
    Misconception(
        name="first-zero",
        title="The first number whose exponential is 0",
        explanation=(
            "You return one number too far: its exponential is 0. A bisection ends with two neighbours, the last that "
            "works and the first that fails, and you took the second. The two differ by one ulp, which is why "
            "printing a few digits does not show it. Put your number into `torch.exp` before you return it."
        ),
        variants=(smallest_first_zero,),
    ),
    Misconception(
        name="coarse-steps",
        title="A search in steps that are wider than the dtype's",
        explanation=(
            "You walk down in whole numbers, or in tenths, and stop at the last that works. Between that and the next "
            "there are more numbers of the dtype, and their exponentials are above 0 too. As a rule of thumb it will "
            "do. As a limit it is up to a whole step short."
        ),
        variants=(smallest_whole_number, smallest_in_steps_of_a_tenth),
    ),
    Misconception(
        name="stuck-at-zero",
        title="0, or a number next to it",
        explanation=(
            "The exponential of what you return is 1. Either it is the smallest *number* of the dtype, 1.4e-45 in "
            "float32, and wanted is the x at which exp reaches that. Or your search never moved: the bits of negative "
            "numbers, read as integers, run backwards, from -0, the least, up to -inf. Search among the positive "
            "numbers, and put the minus sign in where you call exp."
        ),
        variants=(smallest_number, smallest_normal_number, smallest_by_the_bits_of_negative_numbers),
    ),
    Misconception(
        name="least-number",
        title="The least number of all, not the last argument",
        explanation=(
            "You return the dtype's most negative number, -3.4e38 in float32, and its exponential is 0. Wanted is the "
            "x beyond which the exponential becomes 0, a moderate negative number. Both can be called the smallest. "
            "Put your answer into `torch.exp`: what comes out has to be above 0."
        ),
        variants=(smallest_least_number,),
    ),
    Misconception(
        name="same-for-all",
        title="One limit for every dtype",
        explanation=(
            "Your answer does not depend on the dtype that is asked for. A tensor that is made without `dtype=` is "
            "float32, and a Python number float64, so the search may never have seen the dtype in question. float32 "
            "and bfloat16 have nearly the same upper end and different lower ones: fewer fraction bits mean fewer "
            "subnormal numbers."
        ),
        variants=(smallest_of_float32, smallest_of_float64),
    ),
    Misconception(
        name="sign-lost",
        title="The right size with the wrong sign",
        explanation=(
            "The size is right and the sign is missing. exp of a positive number is never below 1, let alone close to "
            "0: what you return overflows. It happens when the search runs over the size of x, which is a good plan, "
            "and the minus sign is put in only where exp is called. Put it back before you return."
        ),
        variants=(smallest_without_the_sign,),
    ),
)
