"""Known mistakes in `boltzmann(energies, temperature)`: temperature, repairs, sums and shapes.

Every variant takes `energies` (any shape, floating point, states along the last dimension) and `temperature` (a Python
number), needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def boltzmann_multiplies_by_temperature(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) * temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_ignores_temperature(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low))
    return w / w.sum(-1, keepdim=True)


def boltzmann_temperature_cancels(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low)) / temperature
    return w / w.sum(-1, keepdim=True)


def boltzmann_clipped_50(energies, temperature):
    w = torch.exp((-energies / temperature).clamp(-50, 50))
    return w / w.sum(-1, keepdim=True)


def boltzmann_clipped_80(energies, temperature):
    w = torch.exp((-energies / temperature).clamp(-80, 80))
    return w / w.sum(-1, keepdim=True)


def boltzmann_clipped_88(energies, temperature):
    w = torch.exp((-energies / temperature).clamp(-88, 88))
    return w / w.sum(-1, keepdim=True)


def boltzmann_clipped_above(energies, temperature):
    w = torch.exp((-energies / temperature).clamp(max=80))
    return w / w.sum(-1, keepdim=True)


def boltzmann_epsilon_temperature_1e6(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) / (temperature + 1e-6))
    return w / w.sum(-1, keepdim=True)


def boltzmann_epsilon_temperature_1e8(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) / (temperature + 1e-8))
    return w / w.sum(-1, keepdim=True)


def boltzmann_epsilon_temperature_1e12(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) / (temperature + 1e-12))
    return w / w.sum(-1, keepdim=True)


def boltzmann_epsilon_1e8(energies, temperature):
    w = torch.exp(-energies / temperature)
    return w / (w.sum(-1, keepdim=True) + 1e-8)


def boltzmann_epsilon_1e12(energies, temperature):
    w = torch.exp(-energies / temperature)
    return w / (w.sum(-1, keepdim=True) + 1e-12)


def boltzmann_shifted_epsilon_1e6(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) / temperature)
    return w / (w.sum(-1, keepdim=True) + 1e-6)


def boltzmann_shifted_epsilon_1e12(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) / temperature)
    return w / (w.sum(-1, keepdim=True) + 1e-12)


def boltzmann_nan_to_num(energies, temperature):
    w = torch.exp(-energies / temperature)
    return torch.nan_to_num(w / w.sum(-1, keepdim=True))


def boltzmann_not_normalised(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    return torch.exp(-(energies - low) / temperature)


def boltzmann_not_normalised_unshifted(energies, temperature):
    return torch.exp(-energies / temperature)


def boltzmann_whole_tensor_sum(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) / temperature)
    return w / w.sum()


def boltzmann_whole_tensor(energies, temperature):
    w = torch.exp(-(energies - energies.min()) / temperature)
    return w / w.sum()


def boltzmann_first_dim(energies, temperature):
    low = energies.amin(0, keepdim=True)
    w = torch.exp(-(energies - low) / temperature)
    return w / w.sum(0, keepdim=True)


def boltzmann_lost_keepdim(energies, temperature):
    w = torch.exp(-(energies - energies.amin(-1)) / temperature)
    return w / w.sum(-1)


def boltzmann_lost_keepdim_of_minimum(energies, temperature):
    w = torch.exp(-(energies - energies.amin(-1)) / temperature)
    return w / w.sum(-1, keepdim=True)


def boltzmann_lost_keepdim_of_sum(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) / temperature)
    return w / w.sum(-1)


def boltzmann_rounded_temperature(energies, temperature):
    low = energies.amin(-1, keepdim=True)
    w = torch.exp(-(energies - low) / torch.tensor(float(temperature), dtype=torch.float32))
    return w / w.sum(-1, keepdim=True)


def boltzmann_rounded_logarithm(energies, temperature):
    z = -energies / temperature
    m = z.amax(-1, keepdim=True)
    s = torch.exp(z - m).sum(-1, keepdim=True)
    return torch.exp(z - (m + torch.log(s)))


def boltzmann_rounded_logarithm_in_float(energies, temperature):
    x = energies.float() if energies.dtype in (torch.float16, torch.bfloat16) else energies
    z = -x / temperature
    m = z.amax(-1, keepdim=True)
    s = torch.exp(z - m).sum(-1, keepdim=True)
    return torch.exp(z - (m + torch.log(s))).to(energies.dtype)


def boltzmann_detached(energies, temperature):
    import math

    def weights(row):
        low = min(row)
        terms = [math.exp((low - number) / temperature) for number in row]
        return [term / sum(terms) for term in terms]

    found = [weights(row) for row in energies.reshape(-1, energies.shape[-1]).tolist()]
    return torch.tensor(found, dtype=energies.dtype).reshape(energies.shape)


BOLTZMANN_SLIPS = (
    Misconception(
        name="multiplies-by-temperature",
        title="Multiplied by the temperature",
        explanation=(
            "You multiply where you should divide. High temperature then makes the system choosier and low "
            "temperature makes it indifferent, the reverse of physics: energies 0 and 1 at temperature 10 should be "
            "nearly even, 0.525 and 0.475, and you return 0.99995 and 0.00005. Inverse temperature is written as a "
            "factor in many papers, so the slip is close at hand. At temperature 1 it cannot be seen, and annealing "
            "then runs backwards."
        ),
        variants=(boltzmann_multiplies_by_temperature,),
    ),
    Misconception(
        name="ignores-temperature",
        title="The temperature is not used where it counts",
        explanation=(
            "Your weights are the same at every temperature. Either the argument is never used, or it divides weights "
            "that are normalised afterwards, where it cancels. At temperature 1 all is well. At 0.001, energies 0, "
            "0.0005 and 0.001 should give 0.51, 0.31, 0.19, and you return three numbers that are equal to three "
            "digits. A schedule that cools the system would run to its end and change nothing."
        ),
        variants=(boltzmann_ignores_temperature, boltzmann_temperature_cancels),
    ),
    Misconception(
        name="clipped-exponent",
        title="The exponent is clipped",
        explanation=(
            "You keep -E/T within bounds that the exponential can bear. States beyond the bound become equal: at "
            "temperature 0.001, energies of -0.5 and -0.4 share the probability half and half, where the second "
            "should have less than 1e-43. It does end the overflow, and clamping is often recommended for that. At "
            "low temperature nearly all states are beyond the bound, so the result is close to uniform just where it "
            "should be sharpest, and a clipped state has no gradient."
        ),
        variants=(boltzmann_clipped_50, boltzmann_clipped_80, boltzmann_clipped_88, boltzmann_clipped_above),
    ),
    Misconception(
        name="epsilon-temperature",
        title="An epsilon is added to the temperature",
        explanation=(
            "You add a small constant to the temperature, so that it cannot be 0. It is required to be positive, so "
            "there is nothing to protect, and at 0.001 a constant of 1e-6 is a temperature 0.1 % too high. The error "
            "grows with the distance from the lowest state: for an energy of 0.01 the weight is already 1 % off. "
            "Adding an epsilon to every denominator is a reflex. It makes results depend on a number that appears in "
            "no formula."
        ),
        variants=(
            boltzmann_epsilon_temperature_1e6,
            boltzmann_epsilon_temperature_1e8,
            boltzmann_epsilon_temperature_1e12,
        ),
    ),
    Misconception(
        name="epsilon-denominator",
        title="An epsilon in the denominator",
        explanation=(
            "You add a small constant to the sum. Without a shift, a row of high energies has a sum smaller than the "
            "constant, and its probabilities fade to 0 together. With the shift the lowest state contributes exactly "
            "1, so there is nothing to guard, and each weight is made a little too small. It is tempting because it "
            "turns a nan into a number. Expectation values computed from such weights are pulled towards 0, and "
            "nothing tells you."
        ),
        variants=(
            boltzmann_epsilon_1e8,
            boltzmann_epsilon_1e12,
            boltzmann_shifted_epsilon_1e6,
            boltzmann_shifted_epsilon_1e12,
        ),
    ),
    Misconception(
        name="nan-to-num",
        title="The nan is painted over afterwards",
        explanation=(
            "You let the plain formula fail and replace nan by 0. A row of high energies then has no probability "
            "anywhere, and where one state overflows it is the most likely one that gets the 0. The output is clean, "
            "so whatever comes next runs on. Its backward pass does not: the operations that failed hand on nan as a "
            "gradient, and every parameter that shaped the energies is nan after the step."
        ),
        variants=(boltzmann_nan_to_num,),
    ),
    Misconception(
        name="not-normalised",
        title="The Boltzmann factors are never divided by their sum",
        explanation=(
            "You return Boltzmann factors, not probabilities. After the shift the lowest state has exactly 1 and the "
            "others less, which looks like a distribution until you add them up. The factor is the formula that one "
            "remembers, and the sum below it, the partition function, is the part that gets lost. Ratios between "
            "states are right, so a plot may pass; averages are too large by the partition function."
        ),
        variants=(boltzmann_not_normalised, boltzmann_not_normalised_unshifted),
    ),
    Misconception(
        name="whole-tensor-sum",
        title="The sum runs over the whole tensor",
        explanation=(
            "You divide by the sum over all rows. For one system that is its partition function; for a batch it adds "
            "up the states of systems that have nothing to do with each other, and all probabilities together make 1. "
            "A sum without a dimension is the shortest thing to write. The more systems you simulate at once, the "
            "smaller every probability becomes."
        ),
        variants=(boltzmann_whole_tensor_sum, boltzmann_whole_tensor),
    ),
    Misconception(
        name="first-dim",
        title="Along the first dimension, not the last",
        explanation=(
            "You normalise over dimension 0, which in a batch is the systems and not their states. On one system the "
            "two are the same dimension, so the first test passes. In a batch the probabilities of state 1 in all "
            "systems add up to 1, a number without meaning. The shape is right and nothing is nan, so only the sums "
            "along the last dimension give it away."
        ),
        variants=(boltzmann_first_dim,),
    ),
    Misconception(
        name="lost-keepdim",
        title="A reduction drops the dimension that it reduces",
        explanation=(
            "You reduce over the states and lose that dimension, so minimum or sum no longer line up with the rows. "
            "Torch raises where the sizes differ. With as many systems as states it pairs each row with the numbers "
            "of other rows and says nothing. A single system is right, and so is a batch of equal ones, the two "
            "things that one tries first. The first square batch of real data is silently wrong."
        ),
        variants=(boltzmann_lost_keepdim, boltzmann_lost_keepdim_of_minimum, boltzmann_lost_keepdim_of_sum),
    ),
    Misconception(
        name="rounded-temperature",
        title="The temperature is rounded to float32",
        explanation=(
            "You make a tensor of the temperature, and `torch.tensor` gives a Python number the default dtype, "
            "float32, whatever the energies have. 0.001 is then 0.001000000047, an error in the eighth digit that no "
            "float64 result may have; in every narrower dtype nothing shows. A test in float32 passes, and so does "
            "most of the training in which this would run. A Python number can be used in tensor arithmetic as it is, "
            "in the tensor's dtype; where a tensor must be made, give it the dtype of the energies."
        ),
        variants=(boltzmann_rounded_temperature,),
    ),
    Misconception(
        name="rounded-logarithm",
        title="The logarithm of the sum is rounded at the size of -E/T",
        explanation=(
            "You subtract a log-sum-exp from -E/T. On paper that gives the probabilities, and nothing overflows. But "
            "-E/T was rounded when you divided, and the logarithm that makes the probabilities sum to 1 is rounded "
            "again when it is added to a number of that size: near 1000 float32 numbers are 0.00006 apart, near "
            "100 000 they are 0.0078 apart. The exponential turns such a distance into a relative error. Subtract "
            "the lowest energy before anything else, and every number that follows stays small."
        ),
        variants=(boltzmann_rounded_logarithm, boltzmann_rounded_logarithm_in_float),
    ),
    Misconception(
        name="detached",
        title="A result cut off from autograd",
        explanation=(
            "Your numbers are right, and autograd cannot see where they come from. Python floats, NumPy, `.data` and "
            "`.detach()` give a tensor without a history. Simulation code is usually written like that and never "
            "needed a derivative. As soon as the energies come from a network, the forces and the training signal are "
            "derivatives of this function, and they would be missing without any sign in the values."
        ),
        variants=(boltzmann_detached,),
    ),
)
