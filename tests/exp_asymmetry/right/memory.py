"""Right ways to write `exp_into(x, out)`, as students with different habits would."""

import torch


def out_keyword(x, out):
    return torch.exp(x, out=out)


def out_keyword_then_return(x, out):
    torch.exp(x, out=out)
    return out


def copied_then_in_place(x, out):
    out.copy_(x)
    return out.exp_()


def slice_then_in_place(x, out):
    out[...] = x
    out.exp_()
    return out


def torch_in_place(x, out):
    return torch.exp_(out.copy_(x))


def row_by_row(x, out):
    for i in range(x.shape[0]):
        torch.exp(x[i], out=out[i])
    return out


def in_chunks(x, out):
    with torch.no_grad():
        for piece, target in zip(x.split(1), out.split(1), strict=True):
            target.copy_(torch.exp(piece))
    return out


EXP_INTO = {
    "out-keyword": out_keyword,
    "out-keyword-then-return": out_keyword_then_return,
    "copied-then-in-place": copied_then_in_place,
    "slice-then-in-place": slice_then_in_place,
    "torch-in-place": torch_in_place,
    "row-by-row": row_by_row,
    "in-chunks": in_chunks,
}
