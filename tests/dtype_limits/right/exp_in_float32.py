"""Right ways to write `exp_in_float32(x)`, as students with different habits would."""

import torch


def exp_float_method(x):
    return torch.exp(x.float())


def exp_in_place_on_the_copy(x):
    return x.to(torch.float32).exp_()


def exp_into_a_new_tensor(x):
    out = torch.empty(x.shape, dtype=torch.float32, device=x.device)
    return torch.exp(x.to(out), out=out)


def exp_numpy(x):
    import numpy as np

    with np.errstate(over="ignore"):
        return torch.from_numpy(np.exp(x.detach().cpu().float().numpy())).to(x.device)


def exp_one_by_one(x):
    wide = x.reshape(-1).to(torch.float32)
    return torch.stack([torch.exp(number) for number in wide]).reshape(x.shape)


def exp_promoted_by_a_sum(x):
    return (x + torch.zeros((1,) * max(1, x.dim()), device=x.device)).exp().reshape(x.shape)


EXP_IN_FLOAT32 = {
    "float-method": exp_float_method,
    "in-place-on-the-copy": exp_in_place_on_the_copy,
    "into-a-new-tensor": exp_into_a_new_tensor,
    "numpy": exp_numpy,
    "one-by-one": exp_one_by_one,
    "promoted-by-a-sum": exp_promoted_by_a_sum,
}
