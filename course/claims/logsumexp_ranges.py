"""Claims of the log-sum-exp page about where naive code overflows."""

from __future__ import annotations

import torch

from course.claims import exact, naive
from course.claims.exact import DTYPES, number
from course.claims.guide_ranges import overflow
from course.claims.ledger import UNCHECKABLE, Evidence, claim, judge

_DTYPE, _LOG = "02-dtype-limits", "04-log-softmax"
_INF = float("inf")


@claim("L1", unit=_DTYPE, says="exp overflows above about 709 in float64 and 88 in float32.")
def two_limits(float64: float = 709, float32: float = 88, within: float = 1) -> Evidence:
    """The last number with a finite exp, at most 1 away."""
    ends = {name: overflow(DTYPES[name])[0] for name in ("float64", "float32")}
    return judge(
        {name: abs(ends[name] - about) <= within for name, about in (("float64", float64), ("float32", float32))},
        {f"largest {name} with a finite exp": number(end, 6) for name, end in ends.items()},
    )


@claim("L8", unit=_DTYPE, says="In float16 the naive form overflows above about 11.")
def half_precision_limit(about: float = 11, within: float = 0.5, several: int = 1000) -> Evidence:
    """The largest logit with a finite naive log-sum-exp: alone, and in a row of equal ones."""
    last, _ = overflow(torch.float16)
    grid = torch.arange(0, 12, 1 / 64, dtype=torch.float16)
    limits = {"one logit": last}
    for n in (3, several):
        fine = naive.logsumexp(grid.unsqueeze(-1).expand(-1, n)).isfinite()
        limits[f"{n:,} equal logits"] = grid[fine].max().item()
    return judge(
        {name: abs(limit - about) <= within for name, limit in limits.items()},
        {f"largest logit with a finite result, {name}": number(limit, 3) for name, limit in limits.items()},
        only_if="one term is nearly all of the sum: {yes}. Not: {no}, whose sum overflows earlier.",
        false="The limits are others.",
    )


@claim(
    "L10",
    unit=_LOG,
    says="Logits of today's language models routinely overflow float32 without the shift.",
)
def logits_of_language_models(logits: torch.Tensor | None = None) -> Evidence:
    """Give it logits, classes last, and it looks; without them there is nothing to look at.

    A row overflows where its naive sum does. `logits` may have any shape and floating dtype.
    """
    limit = exact.exp_limit(torch.float32)
    if logits is None:
        # Cauchy-Schwarz: a hidden state of unit mean square and a row of the output matrix of norm w.
        norms = {d: limit / d**0.5 for d in (768, 4096)}
        return Evidence(
            UNCHECKABLE,
            "It names no model, no input and no share of rows. Logits of a model that you have can be checked: "
            "`claims.get('L10').measure(logits=logits)`.",
            (
                ("a logit overflows float32's exp above", number(limit, 5)),
                *(
                    (f"least norm of an output row for that, normalised hidden state of {d}", number(w, 3))
                    for d, w in norms.items()
                ),
            ),
        )
    sums = naive.logsumexp(logits.float())
    share = sums.eq(_INF).float().mean().item()
    return judge(
        {"most rows overflow": share > 0.5},
        {"rows that overflow": f"{share:.0%}", "largest logit": number(logits.max().item())},
        false=f"{share:.0%} of the rows overflow.",
    )


@claim("L11", unit=_DTYPE, says="Naive code fails for logits outside [-88, 88] in float32.")
def outside_the_range(edge: float = 88, far: float = 20) -> Evidence:
    """Softmax and log-sum-exp in float32 just outside and further out: one logit of three, and all three."""
    cases, measured = {}, {}
    below, above = -edge - 1, edge + 1
    rows = {
        f"one logit at {number(above)}": (above, 0.0, 1.0),
        f"all at {number(above)}": (above,) * 3,
        f"one at {number(below)}": (below, 0.0, 1.0),
        f"all at {number(below)}": (below,) * 3,
        f"all at {number(below - far)}": (below - far,) * 3,
    }
    bound = 8 * torch.finfo(torch.float32).eps * (1 + edge + far)
    for name, numbers in rows.items():
        x = torch.tensor(numbers, dtype=torch.float32)
        p, s = naive.softmax(x), naive.logsumexp(x).item()
        fails = {
            "softmax": exact.worst(p.tolist(), exact.softmax(numbers)) > bound,
            "log-sum-exp": exact.relative_error(s, exact.logsumexp(numbers)) > bound,
        }
        if len(set(fails.values())) == 1:
            fails = {"both": fails["softmax"]}
        cases |= {name if what == "both" else f"{what}, {name}": failed for what, failed in fails.items()}
        measured[f"{name}: softmax; log-sum-exp"] = f"{', '.join(number(v, 2) for v in p.tolist())}; {number(s, 4)}"
    return judge(
        cases,
        measured,
        only_if="a logit is above, or all logits of the row are so far below that every term is 0. Softmax and "
        "log-sum-exp fail for: {yes}. Right: {no}.",
    )
