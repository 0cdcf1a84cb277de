"""Known mistakes in `log10_ratio(a, b)`.

Every variant takes two tensors that broadcast, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def log10_ratio_of_exponentials(a, b):
    return torch.log10(torch.exp(a) / torch.exp(b))


def log10_ratio_of_separate_logs(a, b):
    return torch.log10(torch.exp(a)) - torch.log10(torch.exp(b))


def log10_ratio_clamped_80(a, b):
    return (a.clamp(-80, 80) - b.clamp(-80, 80)) / 2.302585092994046


def log10_ratio_clamped_exponentials(a, b):
    return torch.log10(torch.exp(a.clamp(-80, 80)) / torch.exp(b.clamp(-80, 80)))


def log10_ratio_clamped_88(a, b):
    return (a.clamp(-88, 88) - b.clamp(-88, 88)) / 2.302585092994046


def log10_ratio_of_difference_exp(a, b):
    return torch.log10(torch.exp(a - b))


def log10_ratio_in_nats(a, b):
    return a - b


def log10_ratio_in_bits(a, b):
    return (a - b) / 0.6931471805599453


def log10_ratio_times_ln10(a, b):
    return (a - b) * 2.302585092994046


def log10_ratio_inverted(a, b):
    return (b - a) / 2.302585092994046


def log10_ratio_quotient(a, b):
    return a / b


def log10_ratio_quotient_of_logs(a, b):
    return torch.log10(a / b)


def log10_ratio_absolute(a, b):
    return (a - b).abs() / 2.302585092994046


def log10_ratio_scaled_first(a, b):
    return a / 2.302585092994046 - b / 2.302585092994046


def log10_ratio_ln10_as_tensor(a, b):
    return (a - b) / torch.log(torch.tensor(10.0))


def log10_ratio_ln10_in_three_digits(a, b):
    return (a - b) / 2.303


def log10_ratio_ln10_in_two_digits(a, b):
    return (a - b) / 2.3


def log10_ratio_ln10_in_five_digits(a, b):
    return (a - b) / 2.3026


def log10_ratio_ln10_in_seven_digits(a, b):
    return (a - b) / 2.302585


def log10_ratio_log10_e_in_three_digits(a, b):
    return (a - b) * 0.434


def log10_ratio_log10_e_in_four_digits(a, b):
    return (a - b) * 0.4343


def log10_ratio_floor(a, b):
    return torch.floor((a - b) / 2.302585092994046)


def log10_ratio_round(a, b):
    return torch.round((a - b) / 2.302585092994046)


def log10_ratio_of_sizes(a, b):
    return (torch.exp(a) - torch.exp(b)).log10()


LOG10_RATIO = (
    Misconception(
        name="exponentials-first",
        title="Both exponentials are computed before they are compared",
        explanation=(
            "You compute exp(a) and exp(b) and then look at their ratio. For 1000 and 998 both are inf, and inf/inf "
            "is nan; for -1000 and -1004 both are 0, and 0/0 is nan too. It is how the question is worded, and for "
            "small numbers it works. In training, a and b are log-probabilities of whole texts, and the first long "
            "text ends the run."
        ),
        variants=(log10_ratio_of_exponentials, log10_ratio_of_separate_logs),
    ),
    Misconception(
        name="exp-of-the-difference",
        title="The exponential of the difference, only to take its logarithm",
        explanation=(
            "You subtract first, which is right, and then exponentiate and take the logarithm again. On paper the two "
            "cancel. In float32 a difference of 89 makes the exponential inf, one of -104 makes it 0, and the "
            "logarithm is then inf or -inf. A difference of a million is a perfectly ordinary number as long as it "
            "stays in log space."
        ),
        variants=(log10_ratio_of_difference_exp,),
    ),
    Misconception(
        name="clamped",
        title="The numbers are clamped before the exponential",
        explanation=(
            "You force a and b into a range that the exponential can bear. Nothing overflows, but 1000 and 998 become "
            "the same number, so a ratio of 7.4 turns into 1. Clamping is a common repair, and on small numbers it "
            "changes nothing. Its gradient is 0 beyond the limit, so what is furthest off learns nothing."
        ),
        variants=(log10_ratio_clamped_80, log10_ratio_clamped_exponentials, log10_ratio_clamped_88),
    ),
    Misconception(
        name="natural-logarithm",
        title="Powers of e are counted, not decimal digits",
        explanation=(
            "You return a - b, which is the natural logarithm of the ratio. That is the right idea in another unit: "
            "it counts factors of e, and a decimal digit is a factor of 10. The two differ by a factor of 2.3, easily "
            "overlooked, since both grow together. A log file that mixes them reports losses nobody can compare."
        ),
        variants=(log10_ratio_in_nats,),
    ),
    Misconception(
        name="wrong-unit",
        title="The change of base has the wrong factor",
        explanation=(
            "Your difference is converted with the wrong factor. A factor of e is less than a factor of 10, so the "
            "number of decimal digits is *smaller* than a - b. Dividing by ln 2 counts bits; multiplying by ln 10 "
            "converts the other way. The mistake scales all results alike, so no comparison among them shows it."
        ),
        variants=(log10_ratio_in_bits, log10_ratio_times_ln10),
    ),
    Misconception(
        name="inverted",
        title="The ratio is upside down",
        explanation=(
            "You return the digits of exp(b)/exp(a). Which one is divided by which is a matter of convention, and "
            "here it is a over b. The numbers have the right size and the wrong sign. In a policy-gradient loss the "
            "inverted ratio rewards what it should punish."
        ),
        variants=(log10_ratio_inverted,),
    ),
    Misconception(
        name="quotient",
        title="The numbers are divided, not their exponentials",
        explanation=(
            "You divide a by b. The logarithm turns a quotient into a *difference*: exp(a)/exp(b) is exp(a - b). Two "
            "numbers of 1000 and 998 have a quotient near 1 and exponentials that differ by a factor of 7.4. The rule "
            "for powers, exp(a)^b = exp(ab), is what this is usually mixed up with."
        ),
        variants=(log10_ratio_quotient, log10_ratio_quotient_of_logs),
    ),
    Misconception(
        name="absolute",
        title="The sign is dropped",
        explanation=(
            "You return the size of the difference. Where exp(a) is the smaller one, it exceeds exp(b) by a negative "
            "number of digits, and the sign says so. A distance looks more natural for a comparison. Whoever uses the "
            "result to decide which of two models is the better one is then always told the first."
        ),
        variants=(log10_ratio_absolute,),
    ),
    Misconception(
        name="converted-first",
        title="Converted first, subtracted afterwards",
        explanation=(
            "You convert a and b to decimal digits one by one and subtract then. On paper the order does not matter. "
            "But the conversion rounds, and for numbers of a million float32 rounds to steps of 0.03: what is left "
            "after the subtraction is that error. The subtraction of two close numbers is exact, so it should come "
            "first."
        ),
        variants=(log10_ratio_scaled_first,),
    ),
    Misconception(
        name="short-constant",
        title="The constant has too few digits",
        explanation=(
            "Your formula is right, and the constant in it has fewer digits than the result may have. 2.3026 is ln 10 "
            "to five digits; `torch.log(torch.tensor(10.0))` has the seven of float32, too few where the inputs are "
            "float64. A Python number such as `math.log(10)` has sixteen. The error is the same share of every "
            "result, so no comparison among them shows it."
        ),
        variants=(
            log10_ratio_ln10_as_tensor,
            log10_ratio_ln10_in_two_digits,
            log10_ratio_ln10_in_three_digits,
            log10_ratio_ln10_in_five_digits,
            log10_ratio_ln10_in_seven_digits,
            log10_ratio_log10_e_in_three_digits,
            log10_ratio_log10_e_in_four_digits,
        ),
    ),
    Misconception(
        name="rounded",
        title="Rounded to whole digits",
        explanation=(
            "You round to a whole number of digits. The task counts digits the way a logarithm does, so that a factor "
            "of 3 is about half a digit. Rounding throws that away, and its gradient is 0 everywhere. A ratio used in "
            "a loss would then teach nothing."
        ),
        variants=(log10_ratio_floor, log10_ratio_round),
    ),
    Misconception(
        name="difference-of-exponentials",
        title="The exponentials are subtracted",
        explanation=(
            "You take the logarithm of exp(a) - exp(b). *By how much* can mean a difference, but digits count "
            "factors, so a ratio is asked for. For equal numbers yours is -inf, and where exp(b) is the larger, nan. "
            "A logarithm of a difference is the one thing that log space does not make easy."
        ),
        variants=(log10_ratio_of_sizes,),
    ),
)
