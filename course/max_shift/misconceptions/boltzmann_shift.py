"""Known mistakes in `boltzmann(energies, temperature)`: sign, shift and order.

Every variant takes `energies` (any shape, floating point, states along the last dimension) and `temperature` (a Python
number), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def boltzmann_wrong_sign(energies, temperature):
    w = torch.exp((energies - energies.amax(-1, keepdim=True)) / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_wrong_sign_unshifted(energies, temperature):
    w = torch.exp(energies / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_wrong_sign_minimum(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp((energies - low) / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_no_shift(energies, temperature):
    w = torch.exp(-energies / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_shift_by_max(energies, temperature):
    high = energies.amax(-1, keepdim=True)
    w = torch.exp(-(energies - high) / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_mean_shift(energies, temperature):
    w = torch.exp(-(energies - energies.mean(-1, keepdim=True)) / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_global_min(energies, temperature):
    w = torch.exp(-(energies - energies.min()) / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_shift_smallest_magnitude(energies, temperature):
    w = torch.exp(-(energies - energies.abs().amin(-1, keepdim=True)) / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_shift_largest_magnitude(energies, temperature):
    w = torch.exp(-(energies - energies.abs().amax(-1, keepdim=True)) / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_divides_first(energies, temperature):
    z = -energies / temperature
    w = torch.exp(z - z.amax(-1, keepdim=True))
    return w / w.sum(-1, keepdim=True)


def boltzmann_multiplies_by_beta_first(energies, temperature):
    z = energies * (1 / temperature)
    w = torch.exp(z.amin(-1, keepdim=True) - z)
    return w / w.sum(-1, keepdim=True)


def boltzmann_unscaled_shift(energies, temperature):
    z = energies / temperature - energies.amin(-1, keepdim=True)
    w = torch.exp(-z)
    return w / w.sum(-1, keepdim=True)


def boltzmann_power(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low)) ** (1 / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_power_of_weights(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low))
    p = (w / w.sum(-1, keepdim=True)) ** (1 / temperature)
    return p / p.sum(-1, keepdim=True)


BOLTZMANN_SHIFT = (
    Misconception(
        name="wrong-sign",
        title="High energies are made likely",
        explanation=(
            "You leave out the minus sign, so the state with the highest energy gets the most probability. For "
            "energies 0, 1, 2 at temperature 1 you return 0.09, 0.24, 0.67, the right weights in reverse order. The "
            "formula becomes the softmax that you have just written, and the result adds up to 1. A sampler built on "
            "it would walk up the energy landscape, and a model trained with it would learn the opposite of its data."
        ),
        variants=(boltzmann_wrong_sign, boltzmann_wrong_sign_unshifted, boltzmann_wrong_sign_minimum),
    ),
    Misconception(
        name="no-shift",
        title="The exponential of the raw energies",
        explanation=(
            "You exponentiate -E/T as it stands. Energies of a few hundred at temperature 1 all underflow to 0, and 0 "
            "divided by 0 is nan; negative energies of that size overflow to inf and end as nan too. A low "
            "temperature makes it worse, since it divides: at 0.001 an energy of 0.11 is enough for a float32 "
            "exponential of 0. Only differences of energies carry meaning, so a simulation that works may fail after "
            "nothing but a change of the zero point."
        ),
        variants=(boltzmann_no_shift,),
    ),
    Misconception(
        name="shift-by-max",
        title="The maximum is subtracted",
        explanation=(
            "You subtract the maximum, as in a softmax. Behind the minus sign the lowest energy has the largest "
            "exponential, so after your shift all exponents are 0 or more, and the state that should dominate "
            "overflows: energies 0 and 100 at temperature 1 give nan and 0 in float32. The rule was learned as a "
            "word, the maximum, where it means the largest exponent. With small energy differences the two agree, and "
            "a drop in temperature then breaks the run."
        ),
        variants=(boltzmann_shift_by_max,),
    ),
    Misconception(
        name="mean-shift",
        title="The mean energy as the shift",
        explanation=(
            "You measure energies from their mean. That is a sensible zero for people, but it bounds nothing: a state "
            "far below the mean has a large positive exponent, and at low temperature it overflows. Energies 0 and 1 "
            "at temperature 0.001 stand 500 on either side of the mean once divided, and the likelier state comes out "
            "as nan in float32. Cooling schedules end in exactly this region."
        ),
        variants=(boltzmann_mean_shift,),
    ),
    Misconception(
        name="global-min",
        title="One minimum for the whole tensor",
        explanation=(
            "You subtract the lowest energy of the whole tensor from all rows. The row that holds it is right. A row "
            "whose own minimum lies 104 temperatures or more above it has only zeros left in float32, and becomes "
            "0/0. A single system never shows this. In a batch of systems, one that is deeply relaxed turns the "
            "others into nan, and the lower the temperature, the more of them."
        ),
        variants=(boltzmann_global_min,),
    ),
    Misconception(
        name="shift-with-abs",
        title="The shift ignores the sign of the energies",
        explanation=(
            "You choose the shift by magnitude. For energies above 0 the smallest magnitude is the minimum, and it "
            "works. For negative ones the smallest magnitude belongs to the highest energy, so every exponent is 0 or "
            "more and the dominating state overflows: -200 and -10 at temperature 1 give nan and 0 in float32. The "
            "largest magnitude errs too, on the other side. Bound systems have negative energies, so the first real "
            "data set is likely to hit it."
        ),
        variants=(boltzmann_shift_smallest_magnitude, boltzmann_shift_largest_magnitude),
    ),
    Misconception(
        name="divides-first",
        title="Divided by the temperature before the shift",
        explanation=(
            "You divide first and subtract afterwards. On paper the order does not matter. In floating point the "
            "quotient of a large energy is rounded to a large number's spacing, and the subtraction then uncovers "
            "that error: in float32, energies 10000 and 10000.001953125 at temperature 0.001 should give 0.876 and "
            "0.124, and you get 0.731 and 0.269. In float16 the quotient is inf at once and the row is nan. No "
            "warning comes with it; the sampled populations are just wrong."
        ),
        variants=(boltzmann_divides_first, boltzmann_multiplies_by_beta_first),
    ),
    Misconception(
        name="power-of-weights",
        title="The temperature as a power of the finished exponential",
        explanation=(
            "You take the exponential first and raise it to the power 1/T. On paper that is the same. But the "
            "exponential has been rounded, and a power of 1000 makes a relative error a thousand times as large. At "
            "a high temperature it is worse: the exponential is 0 for energies beyond 104 in float32, and no power "
            "brings it back, although -E/T was small. Whatever scales an exponent belongs inside it."
        ),
        variants=(boltzmann_power, boltzmann_power_of_weights),
    ),
    Misconception(
        name="unscaled-shift",
        title="The shift is in other units than what it is taken from",
        explanation=(
            "You divide the energies by the temperature and then subtract a minimum that was never divided. Shift and "
            "numbers no longer belong together. On paper any constant cancels, so at moderate sizes the weights even "
            "come out right; but the constant no longer bounds the exponents, and at low temperature all of them "
            "under- or overflow. At temperature 1 the two are the same, which is where most people test."
        ),
        variants=(boltzmann_unscaled_shift,),
    ),
)
