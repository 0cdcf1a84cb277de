"""Right ways to write `boltzmann(energies, temperature)`, as students with different habits would."""

import torch


def boltzmann_textbook(energies, temperature):
    above = energies - energies.amin(dim=-1, keepdim=True)
    weights = torch.exp(-above / temperature)
    return weights / weights.sum(dim=-1, keepdim=True)


def boltzmann_detached_minimum(energies, temperature):
    lowest = energies.detach().min(-1, keepdim=True).values
    weights = torch.exp((lowest - energies) * (1 / temperature))
    return weights * weights.sum(-1, keepdim=True).reciprocal()


def boltzmann_negated(energies, temperature):
    logits = -energies
    weights = torch.exp((logits - logits.amax(-1, keepdim=True)) / temperature)
    return weights / weights.sum(-1, keepdim=True)


def boltzmann_row_loop(energies, temperature):
    rows = []
    for row in energies.reshape(-1, energies.shape[-1]).unbind(0):
        weights = torch.exp((min(row.tolist()) - row) / temperature)
        rows.append(weights / weights.sum())
    return torch.stack(rows).view(energies.shape)


def boltzmann_numpy(energies, temperature):
    import numpy as np

    class Boltzmann(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            array = x.detach().cpu()
            array = (array.float() if array.element_size() < 4 else array).numpy()
            weights = np.exp((array.min(axis=-1, keepdims=True) - array) / temperature)
            ctx.p = weights / weights.sum(axis=-1, keepdims=True)
            return torch.from_numpy(ctx.p).to(x)

        @staticmethod
        def backward(ctx, grad):
            g = grad.detach().cpu()
            g = (g.float() if g.element_size() < 4 else g).numpy()
            pulled = ctx.p * ((ctx.p * g).sum(axis=-1, keepdims=True) - g) / temperature
            return torch.from_numpy(pulled).to(grad)

    return Boltzmann.apply(energies)


def boltzmann_autograd_function(energies, temperature):
    class Boltzmann(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            weights = torch.exp((x.amin(-1, keepdim=True) - x) / temperature)
            p = weights / weights.sum(-1, keepdim=True)
            ctx.save_for_backward(p)
            return p

        @staticmethod
        def backward(ctx, grad):
            (p,) = ctx.saved_tensors
            return p * ((p * grad).sum(-1, keepdim=True) - grad) / temperature

    return Boltzmann.apply(energies)


def boltzmann_second_lowest_shift(energies, temperature):
    # Any state within one temperature of the lowest will do as the zero point.
    ordered = energies.detach().sort(-1).values
    lowest, second = ordered[..., :1], ordered[..., min(1, ordered.shape[-1] - 1) :][..., :1]
    zero_point = torch.where(second - lowest < temperature, second, lowest)
    weights = torch.exp((zero_point - energies) / temperature)
    return weights / weights.sum(-1, keepdim=True)


def boltzmann_float32_inside(energies, temperature):
    wide = energies if energies.dtype == torch.float64 else energies.float()
    weights = torch.exp(-(wide - wide.amin(-1, keepdim=True)) / temperature)
    return (weights / weights.sum(-1, keepdim=True)).to(energies.dtype)


def boltzmann_logarithm_inside(energies, temperature):
    exponent = (energies.amin(-1, keepdim=True) - energies) / temperature
    return torch.exp(exponent - torch.log(torch.exp(exponent).sum(-1, keepdim=True)))


def boltzmann_in_place_on_a_copy(energies, temperature):
    weights = energies.clone()
    weights.sub_(energies.detach().amin(-1, keepdim=True)).div_(-temperature).exp_()
    return weights.div(weights.sum(-1, keepdim=True))


def boltzmann_einsum(energies, temperature):
    weights = torch.exp((energies.min(-1).values.unsqueeze(-1) - energies) / temperature)
    return torch.einsum("...n,...->...n", weights, 1 / torch.einsum("...n->...", weights))


BOLTZMANN = {
    "textbook": boltzmann_textbook,
    "detached-minimum": boltzmann_detached_minimum,
    "negated": boltzmann_negated,
    "row-loop": boltzmann_row_loop,
    "numpy": boltzmann_numpy,
    "autograd-function": boltzmann_autograd_function,
    "second-lowest-shift": boltzmann_second_lowest_shift,
    "float32-inside": boltzmann_float32_inside,
    "logarithm-inside": boltzmann_logarithm_inside,
    "in-place-on-a-copy": boltzmann_in_place_on_a_copy,
    "einsum": boltzmann_einsum,
}
