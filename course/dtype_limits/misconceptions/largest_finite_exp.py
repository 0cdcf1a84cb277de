"""Known mistakes in `largest_finite_exp(dtype)`: numbers that are not the dtype's, or not its last ones.

Every variant takes `dtype`, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def largest_log_of_the_largest(dtype):
    import math

    return math.log(torch.finfo(dtype).max)


def largest_log_rounded_to_the_dtype(dtype):
    import math

    return torch.tensor(math.log(torch.finfo(dtype).max), dtype=dtype).item()


def largest_log_taken_in_the_dtype(dtype):
    return torch.tensor(torch.finfo(dtype).max, dtype=dtype).log().item()


def largest_bisected_between_python_numbers(dtype):
    low, high = 0.0, 1000.0
    for _ in range(200):
        middle = (low + high) / 2
        if torch.exp(torch.tensor(middle, dtype=dtype)).isfinite():
            low = middle
        else:
            high = middle
    return low


def largest_bisected_coarsely(dtype):
    low, high = 0.0, 1000.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        if torch.exp(torch.tensor(middle, dtype=dtype)).isfinite():
            low = middle
        else:
            high = middle
    return low


def largest_whole_number(dtype):
    import math

    n = int(math.log(torch.finfo(dtype).max)) - 2
    while torch.exp(torch.tensor(float(n + 1), dtype=dtype)).isfinite():
        n += 1
    return float(n)


def largest_in_steps_of_a_tenth(dtype):
    import math

    n = 10 * int(math.log(torch.finfo(dtype).max)) - 20
    while torch.exp(torch.tensor((n + 1) / 10, dtype=dtype)).isfinite():
        n += 1
    return n / 10


def largest_first_infinite(dtype):
    import math

    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[torch.zeros((), dtype=dtype).element_size()]
    x = torch.tensor([math.log(torch.finfo(dtype).max) * 0.99], dtype=dtype)
    low, high = x.view(whole).item(), (x * 1.1).view(whole).item()
    while high - low > 1:
        middle = (low + high) // 2
        if torch.exp(torch.tensor([middle], dtype=whole).view(dtype)).isfinite().item():
            low = middle
        else:
            high = middle
    return torch.tensor([high], dtype=whole).view(dtype).item()


def largest_one_step_short(dtype):
    import math

    x = torch.tensor(math.log(torch.finfo(dtype).max), dtype=dtype)
    return torch.nextafter(x, torch.zeros_like(x)).item()


def largest_number(dtype):
    return float(torch.finfo(dtype).max)


def largest_of_float32(dtype):
    import math

    x = torch.tensor(math.log(torch.finfo(torch.float32).max))
    while torch.exp(x).isinf():
        x = torch.nextafter(x, torch.zeros_like(x))
    return x.item()


def largest_of_float64(dtype):
    import math

    return math.log(torch.finfo(torch.float64).max)


def largest_log_of_base_two(dtype):
    import math

    return math.log2(torch.finfo(dtype).max)


def largest_log_of_base_ten(dtype):
    import math

    return math.log10(torch.finfo(dtype).max)


LARGEST_FINITE_EXP = (
    Misconception(
        name="off-the-grid",
        title="A number that the dtype does not have",
        explanation=(
            "You return a float64 number that cannot be held in the dtype in question. Asked for its exponential, the "
            "dtype first rounds it to a neighbour, which may lie on either side of the limit. The logarithm of the "
            "largest number, and a bisection between Python numbers, both end there. Search among the numbers of the "
            "dtype itself; there are 65 536 of them in half precision."
        ),
        variants=(
            largest_log_of_the_largest,
            largest_bisected_between_python_numbers,
            largest_bisected_coarsely,
        ),
    ),
    Misconception(
        name="rounded-past-the-end",
        title="The logarithm of the largest number, rounded up",
        explanation=(
            "You round the logarithm of the largest number to the dtype. Rounding goes to the nearest number, and in "
            "two of the four dtypes the nearest one lies above: its exponential is inf. A limit that is itself over "
            "the limit lets one number through, and it needs a test at exactly that number to notice."
        ),
        variants=(largest_log_rounded_to_the_dtype, largest_log_taken_in_the_dtype),
    ),
    Misconception(
        name="coarse-steps",
        title="A search in steps that are wider than the dtype's",
        explanation=(
            "You walk in whole numbers, or in tenths, and stop at the last that works. Between that and the next "
            "there are more numbers of the dtype, and their exponentials are finite too. As a rule of thumb 88 is "
            "fine, and it is what people remember. As a limit it rejects inputs that are safe."
        ),
        variants=(largest_whole_number, largest_in_steps_of_a_tenth),
    ),
    Misconception(
        name="first-infinite",
        title="The first number that overflows",
        explanation=(
            "You return one number too far: its exponential is inf. A bisection ends with two neighbours, the last "
            "that works and the first that fails, and you took the second. The two differ by one ulp, which is why "
            "printing a few digits does not show it. Put your number into `torch.exp` before you return it."
        ),
        variants=(largest_first_infinite,),
    ),
    Misconception(
        name="one-step-short",
        title="One step further down than necessary",
        explanation=(
            "You round the logarithm to the dtype and then step down once to be on the safe side. In the dtypes in "
            "which rounding went up that is right, and in the others a number that works is thrown away. In bfloat16 "
            "that step is as wide as 0.5. Whether to step is a question to put to `torch.exp`."
        ),
        variants=(largest_one_step_short,),
    ),
    Misconception(
        name="largest-number",
        title="The largest number, not the largest argument",
        explanation=(
            "You return the size of the result, not the x that leads to it. In float32 that is 3.4e38, where the x "
            "wanted is below 89: its exponential is the large number. Both are called a limit. Compare x with the "
            "first and every check says that all is well."
        ),
        variants=(largest_number,),
    ),
    Misconception(
        name="same-for-all",
        title="One limit for every dtype",
        explanation=(
            "Your answer does not depend on the dtype that is asked for. A tensor that is made without `dtype=` is "
            "float32, and a Python number float64, so the search may never have seen the dtype in question. In "
            "float16 the limit is about an eighth of float32's. A guard with the wrong one never fires."
        ),
        variants=(largest_of_float32, largest_of_float64),
    ),
    Misconception(
        name="other-base",
        title="A logarithm of another base",
        explanation=(
            "You took the logarithm to base 2 or 10. The exponent bits count powers of two and finfo prints powers of "
            "ten, so both are at hand; exp has base e. The base-2 limit, 128 in float32, is too large by a factor of "
            "1.44, and numbers between 89 and 128 overflow behind a check that lets them pass."
        ),
        variants=(largest_log_of_base_two, largest_log_of_base_ten),
    ),
)
