"""Right ways to write `softmax_vjp(p, v, dim=-1)`, which are right for `softmax_jvp(p, t, dim=-1)` too."""

import torch


def product_textbook(p, v, dim=-1):
    return p * (v - (p * v).sum(dim=dim, keepdim=True))


def product_opened_bracket(p, v, dim=-1):
    weighted = p * v
    return weighted - p * weighted.sum(dim, keepdim=True)


def product_centred_first(p, v, dim=-1):
    # Softmax does not notice a common shift, so neither does its Jacobian.
    rest = v - v.detach().mean(dim, keepdim=True)
    return p * (rest - torch.sum(p * rest, dim, True))


def product_row_loop(p, v, dim=-1):
    p_rows, v_rows = p.movedim(dim, -1), v.movedim(dim, -1)
    n = p_rows.shape[-1]
    rows = [a * (b - torch.dot(a, b)) for a, b in zip(p_rows.reshape(-1, n), v_rows.reshape(-1, n), strict=True)]
    return torch.stack(rows).reshape(p_rows.shape).movedim(-1, dim)


def product_einsum(p, v, dim=-1):
    a, b = p.transpose(dim, -1), v.transpose(dim, -1)
    mean = torch.einsum("...n,...n->...", a, b)
    return (a * b - torch.einsum("...n,...->...n", a, mean)).transpose(dim, -1)


def product_float32_inside(p, v, dim=-1):
    a, b = (x if x.dtype == torch.float64 else x.float() for x in (p, v))
    return (a * (b - (a * b).sum(dim, keepdim=True))).to(p.dtype)


def product_matmul(p, v, dim=-1):
    a, b = p.movedim(dim, -1), v.movedim(dim, -1)
    mean = (a.unsqueeze(-2) @ b.unsqueeze(-1)).squeeze(-1)
    return (a * (b - mean)).movedim(-1, dim)


PRODUCTS = {
    "textbook": product_textbook,
    "opened-bracket": product_opened_bracket,
    "centred-first": product_centred_first,
    "row-loop": product_row_loop,
    "einsum": product_einsum,
    "float32-inside": product_float32_inside,
    "matmul": product_matmul,
}
